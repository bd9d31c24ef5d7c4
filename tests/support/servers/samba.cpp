// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/samba.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

/// Process -> its parent, of all that have not ended (proc(5), stat).
std::map<pid_t, pid_t> processes() {
  std::map<pid_t, pid_t> parents;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string line;
    std::getline(std::ifstream(entry.path() / "stat"), line);
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) continue;  // it has ended meanwhile
    const char state = line.at(name_end + 2);
    if (state == 'Z' || state == 'X') continue;
    parents[std::stoi(name)] = std::stoi(line.substr(name_end + 4));
  }
  return parents;
}

}  // namespace

SambaDc::SambaDc(const Options& options) : LabServer("ad_lab") {
  write("load.ldif", options.ldif);
  start_with((options.ldif.empty() ? "" : "--ldif " + file("load.ldif")) +
             (options.replica ? " --replica" : ""));
}

LdapOptions SambaDc::admin() const {
  LdapOptions options;
  options.urls = {printed("ldaps_url")};
  options.base_dn = kBase;
  options.bind_dn = printed("bind_dn");
  options.password_file = printed("password_file");
  options.ca_file = printed("ca_file");
  return options;
}

LdapOptions SambaDc::delegated() const {
  LdapOptions options = admin();
  options.bind_dn = printed("svc_bind_dn");
  options.password_file = printed("svc_password_file");
  return options;
}

LdapOptions SambaDc::delegated_at_replica() const {
  LdapOptions options = delegated();
  options.urls = {printed("replica_ldaps_url")};
  return options;
}

void SambaDc::kill() const {
  // With a replica each DC is a parent and what it has forked, which has not all ended when the
  // parent has. A child that appears meanwhile is found in the next round.
  const pid_t parent = std::stoi(printed("pid"));
  std::set<pid_t> all = {parent};
  for (bool more = true; more;) {
    for (const pid_t pid : all) ::kill(pid, SIGSTOP);
    more = false;
    for (const auto& [pid, its_parent] : processes()) {
      if (all.contains(its_parent)) more = all.insert(pid).second || more;
    }
  }
  for (const pid_t pid : all) ::kill(pid, SIGKILL);
  const auto gone = [&] {
    const std::map<pid_t, pid_t> left = processes();
    return std::ranges::none_of(all, [&](pid_t pid) { return left.contains(pid); });
  };
  for (int i = 0; !gone(); ++i) {
    if (i == 1000) throw std::runtime_error("the domain controller does not die");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void SambaDc::replicate() { run_tool("replicate", ""); }

LdapOptions SambaDc::gssapi() const {
  LdapOptions options;
  options.urls = {printed("url")};
  options.base_dn = kBase;
  options.auth = LdapAuth::kGssapi;
  options.ca_file = printed("ca_file");
  return options;
}

std::map<std::string, std::string> SambaDc::kerberos_environment() const {
  return {{"KRB5_CONFIG", printed("krb5_conf")},
          {"KRB5_CLIENT_KTNAME", "FILE:" + printed("keytab")},
          {"KRB5CCNAME", "FILE:" + file("ccache")}};
}

std::string samba_user_dn(int number) {
  const std::string dn = user_dn(number);
  return dn.substr(0, dn.size() - Slapd::kSuffix.size()) + std::string(SambaDc::kTenantBase);
}

}  // namespace trueup
