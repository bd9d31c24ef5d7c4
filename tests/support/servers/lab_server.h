// SPDX-License-Identifier: Apache-2.0
// A directory server for one test, made by one of the lab tools (tools/slapd_lab, tools/ad_lab) in
// a folder of its own, gone when the test ends. Base of Slapd and SambaDc.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace trueup {

class LabServer {
 public:
  LabServer(const LabServer&) = delete;
  LabServer& operator=(const LabServer&) = delete;

  const std::string& folder() const { return folder_; }
  std::string file(std::string_view name) const { return folder_ + "/" + std::string(name); }

  /// Of the server; of a Samba with a replica, the first DC's parent.
  const std::string& pid() const { return printed("pid"); }

  /// SIGSTOP, SIGCONT, SIGKILL ... and waits until it has happened. After SIGKILL, start() goes on
  /// with the same data.
  void signal(int number) const;
  /// Throws std::runtime_error with the tool's complaint if it does not start.
  void start();
  void stop();
  /// Back to the data of the first start.
  void reset();

 protected:
  /// `tool` is the name of a program in tools/.
  explicit LabServer(std::string_view tool);
  ~LabServer();

  /// For a file in the folder; @DIR@ in `content` is the folder.
  void write(std::string_view name, std::string content) const;
  void start_with(std::string_view arguments);
  void run_tool(std::string_view command, std::string_view arguments);
  /// What the tool printed: url, bind_dn ...
  const std::string& printed(const std::string& name) const { return printed_.at(name); }

 private:
  std::string tool_;  // with its path
  std::string folder_;
  std::string arguments_;  // of start
  std::map<std::string, std::string> printed_;
};

}  // namespace trueup
