// SPDX-License-Identifier: Apache-2.0
// URLs of directory servers, RFC 4516: what is taken of them, and what is refused by what is wrong.
#include "io/ldap/session/ldap_url.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/ldap/ldap_writer.h"
#include "snapshots/model/errors.h"
#include "tests/support/ldap_complaint.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

constexpr const char* kStartTls = "1.3.6.1.4.1.1466.20037";

std::string complaint(const std::string& url) {
  try {
    parse_ldap_url(url);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

testing::AssertionResult refused(const std::string& url, const std::string& what) {
  const std::string text = complaint(url);
  if (text.find(what) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << url << ": '" << text << "' does not say '" << what << "'";
}

TEST(LdapUrl, HostAndPort) {
  LdapUrl url = parse_ldap_url("ldaps://dc1.contoso.com");
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "dc1.contoso.com");
  EXPECT_EQ(url.port, 636);
  EXPECT_EQ(url.server, "ldaps://dc1.contoso.com");
  EXPECT_EQ(url.base, "");
  EXPECT_EQ(url.passed_over, "");
  url = parse_ldap_url("LDAP://dc%31:3890/");
  EXPECT_FALSE(url.tls);
  EXPECT_FALSE(url.start_tls);
  EXPECT_EQ(url.host, "dc1");
  EXPECT_EQ(url.port, 3890);
  EXPECT_EQ(url.server, "ldap://dc1:3890");
  EXPECT_EQ(parse_ldap_url("ldap://10.0.0.1").port, 389);
}

TEST(LdapUrl, AddressesOfIpv6StandInBrackets) {
  LdapUrl url = parse_ldap_url("ldaps://[2001:db8::1]/DC=contoso,DC=com");
  EXPECT_EQ(url.host, "2001:db8::1");
  EXPECT_EQ(url.port, 636);
  EXPECT_EQ(url.server, "ldaps://[2001:db8::1]");
  EXPECT_EQ(url.base, "DC=contoso,DC=com");
  url = parse_ldap_url("ldap://[::1]:3890");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 3890);
  EXPECT_EQ(url.server, "ldap://[::1]:3890");
  url = parse_ldap_url("ldap://[fe80::1%25eth0]:389");
  EXPECT_EQ(url.host, "fe80::1%eth0");
  EXPECT_EQ(url.server, "ldap://[fe80::1%25eth0]:389");
  EXPECT_TRUE(refused("ldap://2001:db8::1", "stands in brackets"));
  EXPECT_TRUE(refused("ldap://[2001:db8::1", "not closed"));
  EXPECT_TRUE(refused("ldap://[2001:db8::g]", "no IPv6 address"));
  EXPECT_TRUE(refused("ldap://[10.0.0.1]", "no IPv6 address"));
  EXPECT_TRUE(refused("ldap://[::1]389", "between ']' and the port"));
}

TEST(LdapUrl, TheBaseIsDecoded) {
  EXPECT_EQ(parse_ldap_url("ldap://h/OU=Staff%20Users,DC=x,DC=y").base, "OU=Staff Users,DC=x,DC=y");
  EXPECT_EQ(parse_ldap_url("ldap://h/OU=%C3%84rzte,DC=x").base, "OU=Ärzte,DC=x");
  EXPECT_EQ(parse_ldap_url("ldap://h/OU=a%5C%2Cb%3F%23%25,DC=x").base, "OU=a\\,b?#%,DC=x");
  EXPECT_EQ(parse_ldap_url("ldap://h/DC=x????").base, "DC=x");
  EXPECT_TRUE(refused("ldap://h/OU=a%2,DC=x", "'%2,' in its base"));
  EXPECT_TRUE(refused("ldap://h/OU=100%", "two hex digits"));
  EXPECT_TRUE(refused("ldap://h/OU=a%zz,DC=x", "two hex digits"));
  EXPECT_TRUE(refused("ldap://h/OU=a%00,DC=x", "NUL"));
  EXPECT_TRUE(refused("ldap://h/OU=%FF,DC=x", "no UTF-8"));
  EXPECT_TRUE(refused("ldap://h/OU=Staff Users,DC=x", "written %20"));
  EXPECT_TRUE(refused("ldap://h/OU=\xC3\x84,DC=x", "written %C3"));
  EXPECT_TRUE(refused("ldap://h/OU=a\\,b,DC=x", "written %5C"));
  EXPECT_TRUE(refused("ldap://h/DC=x#top", "fragment"));
  EXPECT_TRUE(refused("ldap://h/Staff", "no DN"));
  EXPECT_TRUE(refused("ldap://h/contoso.com/Staff", "by its DN"));
}

TEST(LdapUrl, AScopeIsPassedOverWithAWord) {
  for (const std::string scope : {"base", "one", "sub", "ONE"}) {
    const LdapUrl url = parse_ldap_url("ldap://h/DC=x??" + scope);
    EXPECT_NE(url.passed_over.find("passed over"), std::string::npos) << scope;
    EXPECT_EQ(url.base, "DC=x");
  }
  EXPECT_TRUE(refused("ldap://h/DC=x??tree", "the scope 'tree'"));
}

TEST(LdapUrl, StartTlsIsTheOneExtension) {
  const std::string begin = "ldap://h/DC=x????";
  for (const std::string mark : {"", "!"}) {
    const LdapUrl url = parse_ldap_url(begin + mark + kStartTls);
    EXPECT_TRUE(url.start_tls);
    EXPECT_EQ(url.server, "ldap://h");
  }
  EXPECT_TRUE(parse_ldap_url("ldap://h/???"
                             "?!" +
                             std::string(kStartTls))
                  .start_tls);
  EXPECT_TRUE(refused(begin + "1.2.3.4", "the extension '1.2.3.4'"));
  EXPECT_TRUE(refused(begin + "!1.2.3.4=5", "the critical extension '1.2.3.4'"));
  EXPECT_TRUE(refused(begin + kStartTls + ",!1.2.3.4", "the critical extension '1.2.3.4'"));
  EXPECT_TRUE(refused(begin + kStartTls + ",", "the extension ''"));
  EXPECT_TRUE(refused(begin + "StartTLS", kStartTls));
  EXPECT_TRUE(refused(begin + kStartTls + "=yes", "a value"));
  EXPECT_TRUE(refused("ldaps://h/????" + std::string(kStartTls), "StartTLS within TLS"));
}

TEST(LdapUrl, WhatTrueupDoesNotGoByIsRefused) {
  EXPECT_TRUE(refused("ldap://h/DC=x?mail", "attributes (mail)"));
  EXPECT_TRUE(refused("ldap://h/DC=x?*", "attributes"));
  EXPECT_TRUE(refused("ldap://h/DC=x??sub?(mail=a)", "a filter"));
  EXPECT_TRUE(refused("ldap://h/DC=x?????", "more than four"));
  EXPECT_TRUE(refused("ldap://h?DC=x", "without a '/'"));
  EXPECT_TRUE(refused("ldapi://%2Frun%2Fslapd%2Fldapi", "socket of this machine"));
  EXPECT_TRUE(refused("https://h", "no LDAP URL"));
  EXPECT_TRUE(refused("h", "no LDAP URL"));
  EXPECT_TRUE(refused("", "no LDAP URL"));
  EXPECT_TRUE(refused("ldap:///DC=x", "names no host"));
  EXPECT_TRUE(refused("ldap://:389", "names no host"));
  EXPECT_TRUE(refused("ldap://h:0", "1 to 65535"));
  EXPECT_TRUE(refused("ldap://h:65536", "1 to 65535"));
  EXPECT_TRUE(refused("ldap://h:99999999999999999999", "1 to 65535"));
  EXPECT_TRUE(refused("ldap://h:+389", "1 to 65535"));
  EXPECT_TRUE(refused("ldap://h:ldap", "the port 'ldap'"));
  EXPECT_TRUE(refused("ldap://h:/DC=x", "leave the colon away"));
  EXPECT_TRUE(refused("ldap://h!", "a host with '!'"));
  EXPECT_TRUE(refused("ldap://dc 1", "' '"));
  EXPECT_TRUE(refused("ldaps://dc1:636,dc2:636", "a scheme of its own"));
}

TEST(LdapUrl, NoPasswordIsRepeated) {
  for (const std::string url :
       {"ldaps://svc:hunter2@dc1/DC=x", "ldaps://hunter2@dc1", "ldaps://svc:hunter2/3@dc1/DC=x",
        "ldaps://svc:hunter2?@dc1", "ldaps://svc:hunter2#@dc1",
        "ldap://h/DC=x???"
        "?!bindname=cn=svc,X-BINDPW=hunter2"}) {
    const std::string text = complaint(url);
    EXPECT_NE(text, "") << url;
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  }
  EXPECT_TRUE(refused("ldaps://svc:hunter2@dc1/DC=x", "--bind-dn"));
}

TEST(LdapUrl, AListIsCutWhereASchemeFollows) {
  using Urls = std::vector<std::string>;
  EXPECT_EQ(split_ldap_urls("ldaps://a"), Urls{"ldaps://a"});
  EXPECT_EQ(split_ldap_urls("ldaps://a/OU=x,DC=y,ldap://b:1/OU=x,DC=y, LDAPS://c"),
            (Urls{"ldaps://a/OU=x,DC=y", "ldap://b:1/OU=x,DC=y", "LDAPS://c"}));
  EXPECT_EQ(split_ldap_urls("ldaps://a,ldapi://b"), (Urls{"ldaps://a", "ldapi://b"}));
  EXPECT_EQ(split_ldap_urls("ldaps://a,b"), Urls{"ldaps://a,b"});
}

TEST(LdapUrl, OneBaseForAll) {
  EXPECT_EQ(common_base({"ldap://a", "ldap://b"}, ""), "");
  EXPECT_EQ(common_base({"ldap://a"}, "OU=x,DC=y"), "OU=x,DC=y");
  EXPECT_EQ(common_base({"ldap://a", "ldap://b/OU=x,DC=y"}, ""), "OU=x,DC=y");
  EXPECT_EQ(common_base({"ldap://a/ou=X,%20dc=y", "ldap://b/OU=x,DC=y"}, "OU=x,DC=Y"), "OU=x,DC=Y");
  EXPECT_EQ(common_base({"ldap://a"}, "contoso.com/Staff"), "contoso.com/Staff");
  EXPECT_THROW(common_base({"ldap://a/OU=x,DC=y"}, "DC=y"), UsageError);
  EXPECT_THROW(common_base({"ldap://a/OU=x,DC=y", "ldap://b/OU=z,DC=y"}, ""), UsageError);
  EXPECT_THROW(common_base({"ldap://a/OU=x,DC=y"}, "contoso.com/Staff"), UsageError);
}

TEST(LdapUrlSlapd, AStartTlsExtensionIsHeededOnEveryConnection) {
  const Slapd slapd(
      {.ldif = user_ldif(1, ""), .tls = true, .global_config = "security simple_bind=64\n"});
  LdapOptions options = slapd.plain();  // with --allow-plaintext
  options.ca_file = slapd.tls().ca_file;
  EXPECT_TRUE(contains(complaint<DirectoryError>(options), "the server wants TLS"));
  for (const std::string mark : {"", "!"}) {
    LdapOptions asking = options;
    asking.urls.front() += "/????" + mark + "1.3.6.1.4.1.1466.20037";
    const LdapWriter writer(asking, {.connections = 3, .max_in_flight = 4});
    EXPECT_EQ(writer.url(), options.urls.front());
    EXPECT_EQ(complaint<DirectoryError>(writer.same_server()), "");
  }
}

TEST(LdapUrlSlapd, TheBaseAndTheScope) {
  const Slapd slapd({.ldif = user_ldif(1, "")});
  LdapOptions options = slapd.plain();
  options.base_dn.clear();
  options.urls.front() += "/OU=Staff,DC=contoso,DC=lab??one";
  const LdapSession session(options);
  EXPECT_EQ(session.base_dn(), "OU=Staff,DC=contoso,DC=lab");
  EXPECT_EQ(session.url(), slapd.plain().urls.front());
  ASSERT_EQ(session.warnings().size(), 1U);
  EXPECT_TRUE(contains(session.warnings().front(), "the scope 'one'"));
  session.require_base();
  options.base_dn = "DC=contoso,DC=lab";
  EXPECT_TRUE(contains(complaint<UsageError>(options), "name one"));
}

TEST(LdapUrlSlapd, AnAddressOfIpv6) {
  const int probe = ::socket(AF_INET6, SOCK_STREAM, 0);
  if (probe < 0) GTEST_SKIP() << "no IPv6 here";
  ::close(probe);
  const Slapd slapd({});
  LdapOptions options = slapd.plain();
  // An IPv6 socket that reaches an IPv4 server (RFC 4291 2.5.5.2).
  options.urls = {"ldap://[::ffff:127.0.0.1]:" + std::to_string(slapd.port())};
  EXPECT_EQ(LdapSession(options).url(), options.urls.front());
}

}  // namespace
}  // namespace trueup
