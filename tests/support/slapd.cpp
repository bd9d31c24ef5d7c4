// SPDX-License-Identifier: Apache-2.0
#include "tests/support/slapd.h"

#include <signal.h>
#include <stdlib.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <thread>

#include "snapshots/anchor.h"

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

std::string with_folder(std::string text, const std::string& folder) {
  constexpr std::string_view kMark = "@DIR@";
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    text.replace(at, kMark.size(), folder);
  }
  return text;
}

/// SIGSTOP reaches the threads of a process one by one (proc(5), stat).
bool all_threads_stopped(const std::string& pid) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + pid + "/task")) {
    std::string line;
    std::getline(std::ifstream(task.path() / "stat"), line);
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos || line.substr(name_end + 2, 1) != "T") return false;
  }
  return true;
}

}  // namespace

Slapd::Slapd(const Options& options) {
  ::signal(SIGPIPE, SIG_IGN);  // as the trueup process does
  folder_ = (std::filesystem::temp_directory_path() / "trueup-slapd-XXXXXX").string();
  if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make " + folder_);

  std::map<std::string, std::string> files = options.files;
  files["global.conf"] = options.global_config;
  files["database.conf"] = options.database_config;
  files["load.ldif"] = options.ldif;
  for (const auto& [name, content] : files) {
    std::ofstream(file(name), std::ios::binary) << with_folder(content, folder_);
  }
  // The lifetime ends a server whose test was killed before it could.
  command_ = std::string(TRUEUP_SOURCE_DIR) + "/tools/slapd_lab start " + file("slapd") +
             " --suffix " + std::string(kSuffix) + " --lifetime 600 --ldif " + file("load.ldif") +
             " --global-config " + file("global.conf") + " --database-config " +
             file("database.conf") + (options.tls ? " --tls" : "") +
             (options.tls_host.empty() ? "" : " --tls-host " + options.tls_host);
  try {
    start();
  } catch (...) {
    std::filesystem::remove_all(folder_);
    throw;
  }
}

Slapd::~Slapd() {
  try {
    signal(SIGCONT);  // in case the test left it stopped
    run(std::string(TRUEUP_SOURCE_DIR) + "/tools/slapd_lab stop " + file("slapd"));
  } catch (const std::runtime_error& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Slapd::start() {
  printed_.clear();
  const std::string output = run(command_);
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = output.find('\n', at);
    const std::string line = output.substr(at, end - at);
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) printed_[line.substr(0, equals)] = line.substr(equals + 1);
    at = end == std::string::npos ? output.size() : end + 1;
  }
}

LdapOptions Slapd::plain() const {
  LdapOptions options;
  options.urls = {printed_.at("url")};
  options.base_dn = kSuffix;
  options.bind_dn = printed_.at("bind_dn");
  options.password_file = printed_.at("password_file");
  options.allow_plaintext = true;
  return options;
}

LdapOptions Slapd::tls() const {
  LdapOptions options = plain();
  options.urls = {printed_.at("ldaps_url")};
  options.ca_file = printed_.at("ca_file");
  options.allow_plaintext = false;
  return options;
}

void Slapd::signal(int number) const {
  const std::string& pid = printed_.at("pid");
  ::kill(std::stoi(pid), number);
  const auto happened = [&] {
    // Another process waits for it; when that has been done, the pid and the port are free.
    if (number == SIGKILL) return ::kill(std::stoi(pid), 0) != 0;
    return number != SIGSTOP || all_threads_stopped(pid);
  };
  for (int i = 0; !happened() && i < 1000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string user_dn(int number) {
  std::array<char, 16> digits;
  std::snprintf(digits.data(), digits.size(), "%04d", number);
  return std::string("CN=User ") + digits.data() + ",OU=Staff," + std::string(Slapd::kSuffix);
}

std::string user_ldif(int number, std::string_view attributes) {
  Anchor guid;
  for (std::size_t i = 0; i < 4; ++i) {
    guid.octets[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  guid.octets[15] = 1;
  const std::string dn = user_dn(number);
  const std::string cn = dn.substr(3, dn.find(',') - 3);
  return "dn: " + dn + "\nobjectClass: top\nobjectClass: person\n" +
         "objectClass: organizationalPerson\nobjectClass: user\ncn: " + cn +
         "\nobjectGUID:: " + to_base64(guid) + "\n" + std::string(attributes) + "\n";
}

}  // namespace trueup
