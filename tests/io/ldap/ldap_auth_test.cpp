// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <fstream>
#include <stdexcept>

#include "io/ldap/ldap_writer.h"
#include "io/ldap/session/ldap_bind.h"
#include "tests/io/ldap/ldap_changes.h"
#include "tests/support/ldap_complaint.h"
#include "tests/support/openssl.h"
#include "tests/support/process.h"
#include "tests/support/servers/slapd.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

/// A key and a certificate "CN=`name`" in `folder`, signed by the CA of `slapd`.
void make_certificate(const Slapd& slapd, const std::string& folder, const std::string& name) {
  openssl({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
           "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name},
          folder);
  openssl(
      {"x509", "-req", "-in", name + ".csr", "-CA", slapd.file("server/ca.pem"), "-CAkey",
       slapd.file("server/ca-key.pem"), "-CAcreateserial", "-days", "30", "-out", name + ".pem"},
      folder);
}

/// A server that takes the certificate of CN=svc for its administrator.
Slapd::Options certificate_server() {
  Slapd::Options options{.ldif = user_ldif(1, ""), .tls = true};
  options.global_config = "TLSVerifyClient try\nauthz-regexp ^cn=svc$ cn=admin,dc=contoso,dc=lab\n";
  return options;
}

LdapOptions by_certificate(const Slapd& slapd, const TempFolder& folder, const std::string& name) {
  LdapOptions options = slapd.tls();
  options.auth = LdapAuth::kExternal;
  options.bind_dn.clear();
  options.password_file.clear();
  options.cert_file = folder / (name + ".pem");
  options.key_file = folder / (name + ".key");
  return options;
}

TEST(LdapAuthSlapd, AClientCertificateIsTheAccount) {
  const Slapd slapd(certificate_server());
  const TempFolder folder;
  make_certificate(slapd, folder.path(), "svc");
  LdapOptions options = by_certificate(slapd, folder, "svc");
  for (const std::string& url : {slapd.tls().urls.front(), slapd.plain().urls.front()}) {
    options.urls = {url};  // LDAPS, then StartTLS
    LdapWriter writer(options, {.connections = 2, .max_in_flight = 4});
    Changes changes;
    const std::string_view value = changes.keep("smtp:" + url);
    const WriterAnswer outcome =
        write(writer, changes.add(1, {{Attribute::kProxyAddresses, {}, {value}}}));
    EXPECT_EQ(outcome.result_code, 0) << outcome.message;
  }
  EXPECT_EQ(read(slapd, 1, Attribute::kProxyAddresses).size(), 2U);
}

TEST(LdapAuthSlapd, ACertificateThatTheServerDoesNotAskForIsNoBind) {
  const Slapd slapd({.tls = true});
  const TempFolder folder;
  make_certificate(slapd, folder.path(), "svc");
  const std::string text = complaint<DirectoryError>(by_certificate(slapd, folder, "svc"));
  EXPECT_TRUE(contains(text, "does not offer EXTERNAL")) << text;
}

TEST(LdapAuthSlapd, ACertificateOfAnotherCaIsRefused) {
  const Slapd slapd(certificate_server());
  const Slapd other({.tls = true});
  const TempFolder folder;
  make_certificate(other, folder.path(), "svc");
  EXPECT_NE(complaint<DirectoryError>(by_certificate(slapd, folder, "svc")), "");
}

TEST(LdapAuthSlapd, AnAdTakesTheCertificateOnItsLdapsPortWithoutABind) {
  Slapd::Options options = certificate_server();
  options.global_config += "rootDSE @DIR@/root.ldif\n";
  options.files["root.ldif"] = "dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\n";
  const Slapd slapd(options);
  const TempFolder folder;
  make_certificate(slapd, folder.path(), "svc");
  LdapOptions client = by_certificate(slapd, folder, "svc");
  // slapd does want a bind, so without one the connection is nobody's, and that is noticed.
  const std::string text = complaint<LdapRefused>(client);
  EXPECT_TRUE(contains(text, "for nobody")) << text;
  client.urls = slapd.plain().urls;  // StartTLS: here an AD wants the bind too
  EXPECT_EQ(complaint<DirectoryError>(client), "");
}

TEST(LdapAuth, ExternalNeedsACertificateAndTls) {
  LdapOptions options;
  options.urls = {"ldap://127.0.0.1:1"};
  options.auth = LdapAuth::kExternal;
  EXPECT_TRUE(contains(complaint<UsageError>(options), "--ad-cert-file"));
  options.cert_file = options.key_file = "/dev/null";
  options.allow_plaintext = true;
  EXPECT_TRUE(contains(complaint<UsageError>(options), "--allow-plaintext"));
}

/// No Kerberos credentials, nor a realm to get any from.
class NoKerberos {
 public:
  NoKerberos() {
    const std::string config = folder_.write("krb5.conf", "[libdefaults]\n default_realm = X\n");
    setenv("KRB5_CONFIG", config.c_str(), 1);
    setenv("KRB5CCNAME", ("FILE:" + (folder_ / "none")).c_str(), 1);
    setenv("KRB5_CLIENT_KTNAME", (folder_ / "none").c_str(), 1);
  }
  ~NoKerberos() {
    for (const char* name : {"KRB5_CONFIG", "KRB5CCNAME", "KRB5_CLIENT_KTNAME"}) unsetenv(name);
  }

 private:
  TempFolder folder_;
};

TEST(LdapAuthSlapd, KerberosWithoutATicketSaysWhatToDo) {
  const NoKerberos none;
  const Slapd slapd({.tls = true});
  LdapOptions options = slapd.tls();
  options.auth = LdapAuth::kGssapi;
  for (const std::string& url : {slapd.plain().urls.front(), slapd.tls().urls.front()}) {
    options.urls = {url};
    const std::string text = complaint<DirectoryError>(options);
    EXPECT_TRUE(contains(text, "no Kerberos (GSSAPI) bind with " + url)) << text;
    EXPECT_TRUE(contains(text, "no ticket in the credential cache FILE:")) << text;
    EXPECT_TRUE(contains(text, "kinit")) << text;
  }
}

TEST(LdapAuthSlapd, AnExpiredServerCertificateIsRefused) {
  Slapd slapd({.tls = true});
  EXPECT_EQ(complaint<DirectoryError>(slapd.tls()), "");
  slapd.signal(SIGKILL);
  const std::string folder = slapd.file("server");
  std::ofstream(folder + "/ca.cnf")
      << "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
         "default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n";
  std::ofstream(folder + "/index.txt");
  std::ofstream(folder + "/serial") << "1000\n";
  openssl({"ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile",
           "ca-key.pem", "-extfile", "extensions.cnf", "-startdate", "20200101000000Z", "-enddate",
           "20200201000000Z", "-in", "request.pem", "-out", "cert.pem"},
          folder);
  slapd.start();
  LdapOptions options = slapd.tls();
  const std::string text = complaint<DirectoryError>(options);
  EXPECT_TRUE(contains(text, "no TLS with " + options.urls.front())) << text;
  EXPECT_TRUE(contains(text, "expired at 2020-02-01")) << text;
}

}  // namespace
}  // namespace trueup
