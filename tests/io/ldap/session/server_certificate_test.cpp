// SPDX-License-Identifier: Apache-2.0
// What a directory server's certificate is for: one with an extended key usage other than
// serverAuth never gets to see the password.
#include <gtest/gtest.h>

#include <stdexcept>

#include "io/ldap/ldap_writer.h"
#include "io/ldap/session/ldap_session.h"
#include "tests/support/process.h"
#include "tests/support/servers/slapd.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class ServerCertificateSlapd : public testing::Test {
 protected:
  /// Gives the server a certificate with that extended key usage; "": with none.
  void show_certificate(const std::string& usage) {
    slapd_.stop();
    const ProcessResult made =
        run_process({TRUEUP_SOURCE_DIR "/tools/lab/make_certificates", slapd_.file("server"),
                     "localhost", "DNS:localhost,IP:127.0.0.1", usage});
    if (made.exit_code != 0) throw std::runtime_error(made.err);
    slapd_.start();
  }

  /// ldaps://, or ldap:// with StartTLS.
  LdapOptions options(bool start_tls) const {
    LdapOptions options = slapd_.tls();
    if (start_tls) options.urls = slapd_.plain().urls;
    return options;
  }

  Slapd slapd_{{.ldif = user_ldif(1, ""), .tls = true}};
};

std::string complaint(const LdapOptions& options) {
  try {
    LdapSession session(options);
  } catch (const DirectoryError& e) {
    return e.what();
  }
  return {};
}

TEST_F(ServerCertificateSlapd, AClientsCertificateIsRefusedBeforeTheBind) {
  const TempFolder folder;
  show_certificate("clientAuth");
  for (const bool start_tls : {false, true}) {
    LdapOptions with = options(start_tls);
    EXPECT_NE(complaint(with), "");
    with.password_file = folder.write("password", "wrong\n");  // a bind would complain of it
    const std::string text = complaint(with);
    EXPECT_NE(text.find("the certificate of " + with.urls.front() + " is not one for servers"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("serverAuth"), std::string::npos) << text;
  }
  EXPECT_THROW(LdapWriter(options(false), {.connections = 2, .max_in_flight = 4}), DirectoryError);
}

TEST_F(ServerCertificateSlapd, AServersCertificateIsTaken) {
  for (const char* usage : {"serverAuth", "clientAuth,serverAuth", "anyExtendedKeyUsage"}) {
    show_certificate(usage);
    for (const bool start_tls : {false, true}) EXPECT_EQ(complaint(options(start_tls)), "");
  }
}

TEST_F(ServerCertificateSlapd, ACertificateForNothingInParticularIsTaken) {
  show_certificate("");
  for (const bool start_tls : {false, true}) EXPECT_EQ(complaint(options(start_tls)), "");
}

}  // namespace
}  // namespace trueup
