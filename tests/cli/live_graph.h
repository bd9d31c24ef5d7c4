// SPDX-License-Identifier: Apache-2.0
// The command against a private graph_sim: loads in a store, and what they came to.
#pragma once

#include <filesystem>
#include <string>

#include "tests/cli/command_line.h"
#include "tests/support/servers/graph_service.h"

namespace trueup::cli {

/// A service and stores beside it.
class LiveGraph {
 public:
  explicit LiveGraph(int mailboxes, const std::vector<std::string>& options = {})
      : service_(mailboxes, options) {}

  GraphService& service() { return service_; }
  const TempFolder& folder() const { return folder_; }
  std::string store(const std::string& name) const { return folder_ / name; }

  /// Settings that reach the service; nothing to wait for.
  Arguments reach() const {
    return {"--config", service_.config_file(), "--graph-settle", "0", "--no-progress"};
  }
  ProcessResult load(const std::string& name, const Arguments& more = {}) const {
    return trueup(Arguments{"load", "--store", store(name), "--json"} + reach() + more);
  }
  /// The cloud snapshot that a load into store `name` made. Throws with stderr if it fails.
  Json cloud(const std::string& name, const Arguments& more = {}) {
    const ProcessResult result = load(name, more);
    if (result.exit_code != 0) throw std::runtime_error(result.err);
    warnings_ = result.err;
    return Json::parse(result.out).at("cloud");
  }
  /// stderr of the last load.
  const std::string& warnings() const { return warnings_; }

  /// The digest of everything read anew, into a store of its own, page after page.
  std::string sequential_digest() {
    const std::string name = "fresh" + std::to_string(++fresh_);
    const std::string digest = cloud(name, {"--graph-read", "sequential"}).at("digest");
    std::filesystem::remove_all(store(name));
    return digest;
  }

  /// `count` changes of all kinds.
  void change(int count, int seed) {
    service_.post("/sim/random", {{"count", count}, {"seed", seed}});
  }
  std::uint64_t asked(const std::string& what) {
    std::uint64_t n = 0;
    for (const Json& request : service_.get("/sim/requests")) {
      if (request.dump().find(what) != std::string::npos) ++n;
    }
    return n;
  }

 private:
  TempFolder folder_;
  GraphService service_;
  std::string warnings_;
  int fresh_ = 0;
};

}  // namespace trueup::cli
