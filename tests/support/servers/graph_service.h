// SPDX-License-Identifier: Apache-2.0
// A private graph_sim for one test: its own folder and port, gone when the test ends. Its url and
// files are for the client under test; post() and get() reach its control endpoint, ask() anything.
// One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace trueup {

struct GraphReply {
  int status = 0;  // 0: the connection broke, or the body came short
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;                                 // decoded

  std::string header(const std::string& lower_case_name) const;
  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

class GraphService {
 public:
  static constexpr const char* kTenant = "0f3a7d12-6c1b-4a5e-9a53-51a1c0de0001";
  static constexpr const char* kClientId = "7b1e2c44-90d5-4f0e-8a11-51a1c0de0002";

  /// `options` are graph_sim's, without --folder. Throws std::runtime_error if it does not start.
  explicit GraphService(int mailboxes, const std::vector<std::string>& options = {});
  ~GraphService();
  GraphService(const GraphService&) = delete;
  GraphService& operator=(const GraphService&) = delete;

  const std::string& url() const { return url_; }
  std::string token_url() const { return url_ + "/" + kTenant + "/oauth2/v2.0/token"; }
  std::string ca_file() const { return folder_ / "ca.pem"; }
  std::string secret_file() const { return folder_ / "secret"; }
  std::string cert_file() const { return folder_ / "app-cert.pem"; }
  std::string key_file() const { return folder_ / "app-key.pem"; }
  /// Its settings for trueup.
  std::string config_file() const { return folder_ / "trueup.toml"; }
  pid_t pid() const { return process_->pid(); }
  /// SIGTERM; gives its exit code.
  int stop();

  /// The control endpoint; `path` with /sim/. Throws std::runtime_error with its complaint.
  nlohmann::json post(const std::string& path,
                      const nlohmann::json& body = nlohmann::json::object());
  nlohmann::json get(const std::string& path);

  using Headers = std::multimap<std::string, std::string>;
  /// `target` is path and query, or a whole URL of this service.
  GraphReply ask(const std::string& target, const Headers& headers = {});
  /// With a token, which it gets first if it has none.
  GraphReply graph(const std::string& target, Headers headers = {});
  GraphReply post_form(const std::string& path, const std::string& form);
  /// Forgets the token at hand.
  void log_out() { token_.clear(); }

 private:
  struct Client;

  std::string path_of(const std::string& target) const;
  void log_in();

  TempFolder folder_;
  std::unique_ptr<Process> process_;
  std::unique_ptr<Client> client_;
  std::string url_;
  std::string token_;
};

/// As a query wants it: everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace trueup
