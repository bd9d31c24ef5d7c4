// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/lab_server.h"

#include <signal.h>
#include <stdlib.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

namespace trueup {
namespace {

/// Runs `command` in a shell; gives what it prints. Throws with its stderr if it fails.
std::string run(const std::string& command) {
  struct Close {
    void operator()(FILE* pipe) const { pclose(pipe); }
  };
  std::unique_ptr<FILE, Close> pipe(popen((command + " 2>&1").c_str(), "r"));
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), size);
  }
  if (pclose(pipe.release()) != 0) throw std::runtime_error(command + ": " + output);
  return output;
}

/// Whether all threads of a process are in one of `states`, or gone: a signal reaches them one by
/// one (proc(5), stat). A process that nobody waits for stays as a zombie, without ports or files.
bool all_threads_in(std::string_view states, const std::string& pid) {
  std::error_code gone;
  std::filesystem::directory_iterator tasks("/proc/" + pid + "/task", gone);
  for (; !gone && tasks != std::filesystem::directory_iterator(); tasks.increment(gone)) {
    std::string line;
    std::getline(std::ifstream(tasks->path() / "stat"), line);
    const std::size_t name_end = line.rfind(')');
    if (name_end != std::string::npos &&
        states.find(line.at(name_end + 2)) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace

LabServer::LabServer(std::string_view tool)
    : tool_(std::string(TRUEUP_SOURCE_DIR) + "/tools/" + std::string(tool)) {
  ::signal(SIGPIPE, SIG_IGN);  // as the trueup process does
  const std::string pattern = "trueup-" + std::string(tool) + "-XXXXXX";
  folder_ = (std::filesystem::temp_directory_path() / pattern).string();
  if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make " + folder_);
}

LabServer::~LabServer() {
  try {
    if (!printed_.empty()) signal(SIGCONT);  // in case the test left it stopped
    if (std::filesystem::exists(file("server"))) stop();
  } catch (const std::runtime_error& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void LabServer::write(std::string_view name, std::string content) const {
  constexpr std::string_view kMark = "@DIR@";
  for (std::size_t at = content.find(kMark); at != std::string::npos;
       at = content.find(kMark, at)) {
    content.replace(at, kMark.size(), folder_);
  }
  std::ofstream(file(name), std::ios::binary) << content;
}

void LabServer::start_with(std::string_view arguments) {
  // The lifetime ends a server whose test was killed before it could.
  arguments_ = "--lifetime 600 " + std::string(arguments);
  start();
}

void LabServer::start() { run_tool("start", arguments_); }
void LabServer::stop() { run_tool("stop", ""); }
void LabServer::reset() { run_tool("reset", ""); }

void LabServer::run_tool(std::string_view command, std::string_view arguments) {
  const std::string output =
      run(tool_ + " " + std::string(command) + " " + file("server") + " " + std::string(arguments));
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = output.find('\n', at);
    const std::string line = output.substr(at, end - at);
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) printed_[line.substr(0, equals)] = line.substr(equals + 1);
    at = end == std::string::npos ? output.size() : end + 1;
  }
}

void LabServer::signal(int number) const {
  const std::string& pid = printed("pid");
  ::kill(std::stoi(pid), number);
  const auto happened = [&] {
    if (number == SIGKILL) return all_threads_in("ZX", pid);
    return number != SIGSTOP || all_threads_in("T", pid);
  };
  for (int i = 0; !happened() && i < 1000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace trueup
