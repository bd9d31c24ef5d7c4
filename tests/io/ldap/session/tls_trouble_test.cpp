// SPDX-License-Identifier: Apache-2.0
// Why there is no TLS with a directory server, in words and with what to do.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <thread>

#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/errors.h"
#include "tests/support/ldap_complaint.h"
#include "tests/support/openssl.h"
#include "tests/support/process.h"
#include "tests/support/servers/slapd.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class TlsTroubleSlapd : public testing::Test {
 protected:
  /// The server shows a certificate of its CA that is valid from `from` to `until` (YYYYMMDD).
  void show(const std::string& from, const std::string& until, const std::string& usage) {
    slapd_.stop();
    const std::string folder = slapd_.file("server");
    std::ofstream(folder + "/ca.cnf")
        << "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
           "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n";
    std::ofstream(folder + "/index.txt");
    std::ofstream(folder + "/serial") << "1000\n";
    std::ofstream(folder + "/shown.cnf")
        << "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=" << usage << "\n";
    openssl({"ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile",
             "ca-key.pem", "-extfile", "shown.cnf", "-startdate", from + "000000Z", "-enddate",
             until + "000000Z", "-in", "request.pem", "-out", "cert.pem"},
            folder);
    slapd_.start();
  }
  /// ldaps:// and StartTLS.
  std::vector<LdapOptions> ways() const {
    LdapOptions start_tls = slapd_.tls();
    start_tls.urls = slapd_.plain().urls;
    return {slapd_.tls(), start_tls};
  }

  Slapd slapd_{{.tls = true}};
};

TEST_F(TlsTroubleSlapd, ACertificateThatIsNotValidNowIsToldWithItsTime) {
  show("20200101", "20200201", "serverAuth");
  for (const LdapOptions& options : ways()) {
    const std::string text = complaint<DirectoryError>(options);
    EXPECT_TRUE(contains(text, "no TLS with " + options.urls.front())) << text;
    EXPECT_TRUE(contains(text, "its certificate expired at 2020-02-01 00:00:00 UTC")) << text;
    EXPECT_TRUE(contains(text, "renew it")) << text;
    EXPECT_FALSE(contains(text, "unknown CA")) << text;
    EXPECT_FALSE(contains(text, "another host")) << text;
  }
  show("20450101", "20460101", "serverAuth");
  for (const LdapOptions& options : ways()) {
    const std::string text = complaint<DirectoryError>(options);
    EXPECT_TRUE(contains(text, "is not valid before 2045-01-01")) << text;
    EXPECT_TRUE(contains(text, "clock")) << text;
  }
}

TEST_F(TlsTroubleSlapd, AllThatIsWrongIsTold) {
  show("20200101", "20200201", "clientAuth");
  const std::string text = complaint<DirectoryError>(slapd_.tls());
  EXPECT_TRUE(contains(text, "expired")) << text;
  EXPECT_TRUE(contains(text, "not one for servers")) << text;
  EXPECT_TRUE(contains(text, "serverAuth")) << text;
}

TEST_F(TlsTroubleSlapd, AnUnknownCaIsNamed) {
  const Slapd other({.tls = true});
  for (LdapOptions options : ways()) {
    options.ca_file = other.tls().ca_file;
    const std::string text = complaint<DirectoryError>(options);
    EXPECT_TRUE(contains(text, "an unknown CA, CN=trueup lab CA")) << text;
    EXPECT_TRUE(contains(text, "not in " + options.ca_file)) << text;
    EXPECT_TRUE(contains(text, "--ad-ca-file")) << text;
    EXPECT_FALSE(contains(text, "expired")) << text;
  }
}

TEST_F(TlsTroubleSlapd, WithoutACaFileItIsTheSystemThatDoesNotKnowIt) {
  LdapOptions options = slapd_.tls();
  options.ca_file.clear();
  std::string text = complaint<DirectoryError>(options);
  EXPECT_TRUE(contains(text, "an unknown CA")) << "never taken on trust: " << text;
  EXPECT_TRUE(contains(text, "not in what the system trusts")) << text;
  // A CA that the system knows is not what is wrong.
  setenv("SSL_CERT_FILE", slapd_.tls().ca_file.c_str(), 1);
  show("20200101", "20200201", "serverAuth");
  text = complaint<DirectoryError>(options);
  unsetenv("SSL_CERT_FILE");
  EXPECT_TRUE(contains(text, "expired at 2020-02-01")) << text;
  EXPECT_FALSE(contains(text, "unknown CA")) << text;
}

TEST(TlsTroubleHostSlapd, TheHostsOfTheCertificateAreNamed) {
  const Slapd slapd({.tls = true, .tls_host = "dc2.contoso.lab"});
  const std::string text = complaint<DirectoryError>(slapd.tls());
  EXPECT_TRUE(contains(text, "for another host: for dc2.contoso.lab, not for 127.0.0.1")) << text;
  EXPECT_TRUE(contains(text, "in the URL")) << text;
}

TEST_F(TlsTroubleSlapd, APortWithoutTls) {
  const std::string port = std::to_string(slapd_.port());
  LdapOptions options = slapd_.tls();
  options.urls = {"ldaps://127.0.0.1:" + port};
  std::string text = complaint<DirectoryError>(options);
  EXPECT_TRUE(contains(text, "no TLS behind port " + port)) << text;
  EXPECT_TRUE(contains(text, "ldap://")) << text;
  const Slapd plain({});
  options.urls = {"ldaps://127.0.0.1:" + std::to_string(plain.port())};
  text = complaint<DirectoryError>(options);
  EXPECT_TRUE(contains(text, "plain LDAP")) << text;
}

TEST_F(TlsTroubleSlapd, APortWithNothingButTls) {
  LdapOptions options = slapd_.tls();
  const std::string tls = options.urls.front();
  options.urls = {"ldap" + tls.substr(tls.find(':'))};
  const std::string text = complaint<DirectoryError>(options);
  EXPECT_TRUE(contains(text, "TLS from the first byte on")) << text;
  EXPECT_TRUE(contains(text, "ldaps://")) << text;
}

TEST(TlsTroubleHostSlapd, AServerThatWantsAClientCertificate) {
  const Slapd slapd({.tls = true, .global_config = "TLSVerifyClient demand\n"});
  const std::string text = complaint<DirectoryError>(slapd.tls());
  EXPECT_TRUE(contains(text, "want a client certificate (--ad-cert-file")) << text;
}

/// Says hello to everyone and hangs up.
class ChattyServer {
 public:
  ChattyServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] {
      for (int client; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
        constexpr std::string_view kHello = "220 mail.contoso.com ESMTP\r\n";
        (void)::send(client, kHello.data(), kHello.size(), MSG_NOSIGNAL);
        char byte = 0;
        (void)::recv(client, &byte, 1, 0);
      }
    });
  }
  ~ChattyServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  int port() const { return port_; }

 private:
  int socket_;
  int port_ = 0;
  std::jthread thread_;
};

TEST_F(TlsTroubleSlapd, APortOfSomethingElse) {
  const ChattyServer mail;
  LdapOptions options = slapd_.tls();
  for (const std::string scheme : {"ldaps", "ldap"}) {
    options.urls = {scheme + "://127.0.0.1:" + std::to_string(mail.port())};
    const std::string text = complaint<DirectoryError>(options);
    EXPECT_TRUE(contains(text, "check the port")) << text;
  }
}

TEST_F(TlsTroubleSlapd, FilesThatAreNoUseAreFoundBeforeAServerIsAsked) {
  const TempFolder folder;
  for (const std::string name : {"one", "two"}) {
    openssl(
        {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name, "-days", "30"},
        folder.path());
  }
  LdapOptions options = slapd_.tls();
  options.auth = LdapAuth::kExternal;
  options.cert_file = folder / "one.pem";
  options.key_file = folder / "two.key";
  std::string text = complaint<UsageError>(options);
  EXPECT_TRUE(contains(text, "does not fit the certificate in " + options.cert_file)) << text;
  options.key_file = folder / "one.pem";
  text = complaint<UsageError>(options);
  EXPECT_TRUE(contains(text, "no key without a passphrase in the key file")) << text;
  options.cert_file = folder / "two.key";
  text = complaint<UsageError>(options);
  EXPECT_TRUE(contains(text, "no certificate in the certificate file")) << text;
  options = slapd_.tls();
  options.ca_file = folder.write("ca.der", "\x30\x82");
  text = complaint<UsageError>(options);
  EXPECT_TRUE(contains(text, "no certificate in the CA file " + options.ca_file)) << text;
}

}  // namespace
}  // namespace trueup
