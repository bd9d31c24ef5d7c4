// SPDX-License-Identifier: Apache-2.0
// A private slapd for one test: AD-like schema, its own folder and port, gone when the test ends.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>

#include "io/ldap_session.h"

namespace trueup {

class Slapd {
 public:
  struct Options {
    std::string ldif = {};  // content to load; see user_ldif()
    bool tls = false;       // with a CA and a certificate ...
    std::string tls_host = {};  // ... for this host instead of localhost and 127.0.0.1
    std::string global_config = {};    // lines for slapd.conf; @DIR@ is the folder
    std::string database_config = {};  // lines for its database section
    std::map<std::string, std::string> files = {};  // put in the folder first: name, content
  };

  static constexpr std::string_view kSuffix = "DC=contoso,DC=lab";

  /// Throws std::runtime_error with slapd_lab's complaint if it does not start.
  explicit Slapd(const Options& options);
  ~Slapd();
  Slapd(const Slapd&) = delete;
  Slapd& operator=(const Slapd&) = delete;

  /// To connect with: ldap:// without TLS.
  LdapOptions plain() const;
  /// To connect with: ldaps:// and the CA.
  LdapOptions tls() const;

  const std::string& folder() const { return folder_; }
  std::string file(std::string_view name) const { return folder_ + "/" + std::string(name); }

  /// SIGSTOP, SIGCONT, SIGKILL ... and waits until it has happened. After SIGKILL, start() goes on
  /// with the same data.
  void signal(int number) const;
  void start();

 private:
  std::string folder_;
  std::string command_;                        // that starts it
  std::map<std::string, std::string> printed_;  // by slapd_lab: url, bind_dn ...
};

/// CN=User 0007,OU=Staff,DC=contoso,DC=lab for 7.
std::string user_dn(int number);
/// A user with that DN, an objectGUID made of its number, and `attributes` ("mail: a@b\n...").
std::string user_ldif(int number, std::string_view attributes);

}  // namespace trueup
