// SPDX-License-Identifier: Apache-2.0
//
// HTTPS for graph_sim: a thread a connection (an answer may sleep), HTTP/1.1, keep-alive, gzip.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tools/graph_sim/http.h"

namespace trueup::sim {

class SimServer {
 public:
  using Handler = std::function<Answer(const Request&)>;

  /// PEM files. Throws std::runtime_error if they cannot be used.
  SimServer(const std::string& certificate_file, const std::string& key_file, Handler handler);
  ~SimServer();
  SimServer(const SimServer&) = delete;
  SimServer& operator=(const SimServer&) = delete;

  /// Port 0: any. Gives the port; throws std::runtime_error if it is taken.
  int bind(const std::string& address, int port);
  /// Serves, and does not come back; the process ends with everything in it.
  void run();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace trueup::sim
