// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/ldap_session.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/ldap/ldap_writer.h"
#include "snapshots/model/errors.h"
#include "tests/support/ldap_complaint.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

std::string write_file(const Slapd& slapd, std::string_view name, std::string_view content) {
  const std::string path = slapd.file(name);
  std::ofstream(path) << content;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return path;
}

/// The root DSE of a domain controller, as far as it is looked at.
Slapd::Options domain_controller(std::string_view more = {}) {
  Slapd::Options options;
  options.global_config = "rootDSE @DIR@/root.ldif\n";
  options.files["root.ldif"] =
      "dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\n"
      "defaultNamingContext: DC=contoso,DC=lab\n"
      "configurationNamingContext: CN=Configuration,DC=contoso,DC=lab\n"
      "dsServiceName: CN=NTDS Settings,CN=DC1,DC=contoso,DC=lab\n" +
      std::string(more);
  return options;
}

TEST(LdapSessionSlapd, ConnectsByLdapsAndByStartTls) {
  const Slapd slapd({.tls = true});
  EXPECT_EQ(LdapSession(slapd.tls()).url(), slapd.tls().urls.front());

  LdapOptions start_tls = slapd.plain();
  start_tls.allow_plaintext = false;
  start_tls.ca_file = slapd.tls().ca_file;
  const LdapSession session(start_tls);
  EXPECT_GT(session.socket(), 0);
  EXPECT_TRUE(session.warnings().empty());
}

TEST(LdapSessionSlapd, RefusesACertificateOfAnotherCa) {
  const Slapd slapd({.tls = true});
  const Slapd other({.tls = true});
  LdapOptions options = slapd.tls();
  options.ca_file = other.tls().ca_file;
  EXPECT_TRUE(contains(complaint<DirectoryError>(options), "no TLS with ldaps://127.0.0.1"));
  options.urls = slapd.plain().urls;  // the same by StartTLS
  EXPECT_TRUE(contains(complaint<DirectoryError>(options), "--ad-ca-file"));
}

TEST(LdapSessionSlapd, RefusesACertificateOfAnotherHostName) {
  const Slapd slapd({.tls = true, .tls_host = "dc2.contoso.lab"});
  EXPECT_TRUE(contains(complaint<DirectoryError>(slapd.tls()), "no TLS with ldaps://127.0.0.1"));
}

/// A server that takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    host_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~SilentServer() { close(socket_); }
  const std::string& host() const { return host_; }

 private:
  int socket_;
  std::string host_;
};

TEST(LdapSessionSlapd, DoesNotWaitForEverForASilentServer) {
  const SilentServer server;
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  options.connect_timeout = options.operation_timeout = std::chrono::milliseconds(200);
  options.urls = {"ldaps://" + server.host()};
  EXPECT_TRUE(contains(complaint<DirectoryError>(options), "does not finish the TLS handshake"));
  options.urls = {"ldap://" + server.host()};
  EXPECT_TRUE(contains(complaint<DirectoryError>(options), "refuses the bind"));
  options.allow_plaintext = false;
  EXPECT_NE(complaint<DirectoryError>(options), "");
}

TEST(LdapSessionSlapd, RefusesPlaintextUnlessAllowed) {
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  options.allow_plaintext = false;
  EXPECT_TRUE(contains(complaint<DirectoryError>(options), "refuses StartTLS"));
  EXPECT_EQ(complaint<DirectoryError>(slapd.plain()), "");
}

TEST(LdapSessionSlapd, SaysThatTheServerWantsTls) {
  const Slapd slapd({.tls = true, .global_config = "security simple_bind=64\n"});
  EXPECT_TRUE(contains(complaint<DirectoryError>(slapd.plain()), "the server wants TLS"));
  EXPECT_EQ(complaint<DirectoryError>(slapd.tls()), "");
}

TEST(LdapSessionSlapd, RefusesAWrongPassword) {
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  options.password_file = write_file(slapd, "wrong", "not it\n");
  const std::string text = complaint<DirectoryError>(options);
  EXPECT_TRUE(contains(text, options.bind_dn)) << text;
  EXPECT_TRUE(contains(text, options.password_file)) << text;
  EXPECT_FALSE(contains(text, "not it")) << text;
}

TEST(LdapSessionSlapd, RefusesAPasswordThatWouldBindAnonymously) {
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  options.password_file = write_file(slapd, "empty", "\n");
  EXPECT_TRUE(contains(complaint<UsageError>(options), "is empty"));
  options.password_file = write_file(slapd, "two", "a\nb\n");
  EXPECT_TRUE(contains(complaint<UsageError>(options), "more than one line"));
  options.password_file = slapd.file("none");
  EXPECT_TRUE(contains(complaint<UsageError>(options), slapd.file("none")));
  options = slapd.plain();
  options.bind_dn.clear();
  EXPECT_TRUE(contains(complaint<UsageError>(options), "--bind-dn"));
}

TEST(LdapSessionSlapd, WarnsOfAPasswordFileThatEveryoneCanRead) {
  const Slapd slapd({});
  const LdapOptions options = slapd.plain();
  std::filesystem::permissions(options.password_file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const LdapSession session(options);
  ASSERT_EQ(session.warnings().size(), 1U);
  EXPECT_TRUE(contains(session.warnings().front(), options.password_file));
}

TEST(LdapSessionSlapd, TakesTheFirstServerThatCanBeReached) {
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  options.urls = {"ldap://127.0.0.1:1", slapd.plain().urls.front()};
  EXPECT_EQ(LdapSession(options).url(), options.urls.back());
  options.urls.pop_back();
  const std::string text = complaint<DirectoryError>(options);
  EXPECT_TRUE(contains(text, "cannot connect to ldap://127.0.0.1:1: Connection refused")) << text;
}

TEST(LdapSession, RefusesWhatIsNoLdapUrl) {
  LdapOptions options;
  for (const char* url : {"https://dc1", "dc1", "ldap://", "ldapi:///", ""}) {
    options.urls = {url};
    EXPECT_NE(complaint<UsageError>(options), "") << url;
  }
  options.urls.clear();
  EXPECT_NE(complaint<UsageError>(options), "");
}

TEST(LdapSession, RefusesAGlobalCatalogWithoutAskingIt) {
  for (const char* url : {"ldap://dc1.contoso.com:3268", "ldaps://dc1.contoso.com:3269"}) {
    LdapOptions options;
    options.urls = {url};
    options.bind_dn = "svc";
    options.password_file = "/dev/null";
    try {
      const LdapSession session(options);
      ADD_FAILURE() << url;
    } catch (const DirectoryError& error) {
      EXPECT_NE(std::string(error.what()).find("global catalog"), std::string::npos);
    }
  }
}

TEST(LdapSessionSlapd, KnowsAnOrdinaryServer) {
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  options.base_dn.clear();
  const LdapSession session(options);
  EXPECT_FALSE(session.root_dse().active_directory);
  EXPECT_EQ(session.base_dn(), "dc=contoso,dc=lab");
  EXPECT_TRUE(session.root_dse().supports("1.2.840.113556.1.4.319"));
  EXPECT_FALSE(session.root_dse().supports("1.2.840.113556.1.4.1339"));
  EXPECT_EQ(session.root_dse().subschema_subentry, "cn=Subschema");
  EXPECT_TRUE(session.root_dse().invocation_id.empty());
  session.require_writable();
}

TEST(LdapSessionSlapd, RefusesABaseThatItDoesNotHold) {
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  LdapSession(options).require_base();
  for (const char* base : {"OU=None,DC=contoso,DC=lab", "DC=other,DC=lab", "no DN"}) {
    options.base_dn = base;
    const LdapSession session(options);
    EXPECT_THROW(session.require_base(), UsageError) << base;
    EXPECT_THROW(LdapWriter(options, {}), UsageError) << base;
  }
}

TEST(LdapSessionSlapd, KnowsADomainController) {
  const Slapd slapd(domain_controller());
  const LdapSession session(slapd.plain());
  EXPECT_TRUE(session.root_dse().active_directory);
  EXPECT_FALSE(session.root_dse().read_only);
  EXPECT_EQ(session.root_dse().ds_service_name, "CN=NTDS Settings,CN=DC1,DC=contoso,DC=lab");
  session.require_writable();
}

TEST(LdapSessionSlapd, RefusesToWriteToAReadOnlyDomainController) {
  const Slapd slapd(domain_controller("supportedCapabilities: 1.2.840.113556.1.4.1920\n"));
  const LdapSession session(slapd.plain());
  EXPECT_THROW(session.require_writable(), DirectoryError);
}

TEST(LdapSessionSlapd, RefusesToWriteWherePermissiveModifyIsForced) {
  for (const char* heuristics : {"0000000001", "00001"}) {
    Slapd::Options options = domain_controller();
    options.ldif =
        "dn: CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,DC=contoso,DC=lab\n"
        "objectClass: nTDSService\ncn: Directory Service\ndSHeuristics: " +
        std::string(heuristics) + "\n";
    const Slapd slapd(options);
    const LdapSession session(slapd.plain());
    if (heuristics[4] == '0') {
      session.require_writable();
    } else {
      EXPECT_THROW(session.require_writable(), DirectoryError);
    }
  }
}

TEST(LdapSession, AddressesAnAdByItsGuidAndOthersByTheDn) {
  RootDse server;
  const Anchor guid = *anchor_from_guid("12345678-9abc-def0-1234-56789abcdef0");
  std::string address = "stale";
  write_address(server, guid, "CN=A", address);
  EXPECT_EQ(address, "CN=A");
  server.active_directory = true;
  write_address(server, guid, "CN=A", address);
  EXPECT_EQ(address, "<GUID=78563412bc9af0de123456789abcdef0>");
  write_address(server, Anchor{}, "CN=A", address);
  EXPECT_EQ(address, "CN=A");
}

}  // namespace
}  // namespace trueup
