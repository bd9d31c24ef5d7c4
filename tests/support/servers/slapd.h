// SPDX-License-Identifier: Apache-2.0
// A private slapd for one test: AD-like schema, its own folder and port, gone when the test ends.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/anchor.h"
#include "tests/support/servers/lab_server.h"

namespace trueup {

class Slapd : public LabServer {
 public:
  struct Options {
    std::string ldif = {};             // content to load; see user_ldif()
    bool tls = false;                  // with a CA and a certificate ...
    std::string tls_host = {};         // ... for this host instead of localhost and 127.0.0.1
    bool accesslog = false;            // logs the writes that succeed below cn=accesslog
    std::string global_config = {};    // lines for slapd.conf; @DIR@ is the folder
    std::string database_config = {};  // lines for its database section
    std::string schema = {};           // instead of tools/lab/ad.schema
    std::map<std::string, std::string> files = {};  // put in the folder first: name, content
    int lifetime = 0;  // seconds, if a test takes longer than LabServer gives it
  };

  static constexpr std::string_view kSuffix = "DC=contoso,DC=lab";
  static constexpr std::string_view kAccesslogBase = "cn=accesslog";

  /// Throws std::runtime_error with slapd_lab's complaint if it does not start.
  explicit Slapd(const Options& options);

  /// To connect with: ldap:// without TLS.
  LdapOptions plain() const;
  /// Of plain()'s URL, on 127.0.0.1.
  int port() const;
  /// To connect with: ldaps:// and the CA.
  LdapOptions tls() const;
};

/// CN=User 0007,OU=Staff,DC=contoso,DC=lab for 7.
std::string user_dn(int number);
/// The objectGUID of that user, made of its number.
Anchor user_guid(int number);
/// A user with that DN, that objectGUID, and `attributes` ("mail: a@b\n...").
std::string user_ldif(int number, std::string_view attributes);
/// A group beside them that carries what protections rest on; adminCount apart, which every AD has.
std::string carriers_ldif();
/// And an object with adminCount, which a slapd does not have by itself.
std::string slapd_carriers_ldif();

}  // namespace trueup
