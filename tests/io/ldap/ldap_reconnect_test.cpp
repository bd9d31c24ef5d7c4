// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "io/ldap/ldap_writer.h"
#include "snapshots/model/errors.h"
#include "tests/io/ldap/ldap_changes.h"
#include "tests/support/servers/ldap_stub.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

using std::chrono::milliseconds;

/// Until the writer has noticed that its server is gone.
void lose_all(LdapWriter& writer) {
  std::vector<WriterAnswer> outcomes;
  while (writer.connections() > 0) writer.poll(milliseconds(100), outcomes);
}

TEST(LdapReconnectSlapd, GoesOnWithTheSameServer) {
  Slapd slapd({.ldif = user_ldif(1, "") + user_ldif(2, "")});
  LdapWriter writer(slapd.plain(), {.connections = 2, .max_in_flight = 1});
  Changes changes;
  EXPECT_EQ(write(writer, changes.add(1, {{kFirst, {}, {"v"}}})).result_code, 0);
  slapd.signal(SIGKILL);
  lose_all(writer);
  EXPECT_EQ(writer.lost_connections(), 2U);
  std::string why;
  EXPECT_FALSE(writer.reconnect(why));
  EXPECT_NE(why.find("Connection refused"), std::string::npos) << why;
  slapd.start();
  EXPECT_TRUE(writer.reconnect(why));
  EXPECT_EQ(writer.connections(), 2U);
  EXPECT_EQ(writer.lost_connections(), 0U);
  // Both connections carry requests again.
  for (int i = 1; i <= 2; ++i) writer.submit(changes.add(i, {{kFirst, {"v"}, {"w"}}}));
  EXPECT_FALSE(writer.has_room());
  EXPECT_EQ(wait_for_all(writer).size(), 2U);
  EXPECT_EQ(read(slapd, 1, kFirst), (Values{"w"}));
}

TEST(LdapReconnectSlapd, AReadInFlightIsUnansweredToo) {
  Slapd slapd({.ldif = user_ldif(1, "")});
  LdapWriter writer(slapd.plain(), {.connections = 1, .max_in_flight = 4});
  Changes changes;
  slapd.signal(SIGSTOP);
  writer.read(changes.add(1, {{kFirst, {}, {"v"}}}));
  slapd.signal(SIGKILL);
  const std::vector<WriterAnswer> outcomes = wait_for_all(writer);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_FALSE(outcomes.front().answered);
  EXPECT_EQ(outcomes.front().request, WriterAnswer::Request::kRead);
  EXPECT_NE(outcomes.front().message.find("connection lost before the answer: "),
            std::string::npos);
}

TEST(LdapReconnectSlapd, DoesNotTryAgainWithAnAccountThatIsRefused) {
  Slapd slapd({.ldif = user_ldif(1, "userPassword: first\n")});
  LdapOptions options = slapd.plain();
  options.bind_dn = user_dn(1);
  options.password_file = slapd.file("user-password");
  std::ofstream(options.password_file) << "first\n";
  LdapWriter writer(options, {.connections = 1, .max_in_flight = 1});
  slapd.signal(SIGKILL);
  lose_all(writer);
  slapd.start();
  std::ofstream(options.password_file) << "second\n";
  std::string why;
  EXPECT_THROW(writer.reconnect(why), DirectoryError);
  EXPECT_EQ(writer.lost_connections(), 1U);
}

TEST(LdapReconnectSlapd, DoesNotGoOnWithAnotherDomainController) {
  const auto root = [](std::string_view name) {
    return "dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\ndsServiceName: CN=" +
           std::string(name) + "\n";
  };
  Slapd::Options options{.ldif = user_ldif(1, "")};
  options.global_config = "rootDSE @DIR@/root.ldif\n";
  options.files["root.ldif"] = root("DC1");
  Slapd slapd(options);
  LdapWriter writer(slapd.plain(), {.connections = 1, .max_in_flight = 1});
  slapd.signal(SIGKILL);
  lose_all(writer);
  std::ofstream(slapd.file("root.ldif")) << root("DC2");
  slapd.start();
  std::string why;
  try {
    writer.reconnect(why);
    FAIL() << "went on with another domain controller";
  } catch (const DirectoryError& e) {
    EXPECT_NE(std::string(e.what()).find("CN=DC2"), std::string::npos) << e.what();
  }
}

// It does not say which server it is; the head of its directory does.
TEST(LdapReconnectSlapd, DoesNotGoOnWithAnotherDirectory) {
  Slapd slapd({.ldif = user_ldif(1, "")});
  LdapWriter writer(slapd.plain(), {.connections = 2, .max_in_flight = 1});
  slapd.signal(SIGKILL);
  lose_all(writer);
  for (const char* file : {"server/db/data.mdb", "server/db/lock.mdb"}) {
    std::filesystem::remove(slapd.file(file));  // and made anew from the same LDIF
  }
  slapd.start();
  std::string why;
  EXPECT_THROW(writer.reconnect(why), LdapRefused);
}

TEST(LdapReconnect, DoesNotGoOnWithADatabaseThatWasRestored) {
  LdapStub stub(1500);
  const std::string settings = "CN=NTDS Settings,CN=DC1";
  stub.put(settings, {{"invocationId", {std::string("\x00\x01 first", 8)}}});
  LdapWriter writer(stub.options(), {.connections = 2, .max_in_flight = 1});
  EXPECT_EQ(writer.root_dse().invocation_id, std::string("\x00\x01 first", 8));
  stub.hang_up();
  lose_all(writer);
  std::string why;
  EXPECT_TRUE(writer.reconnect(why)) << why;
  stub.hang_up();
  lose_all(writer);
  stub.put(settings, {{"invocationId", {"second"}}});
  EXPECT_THROW(writer.reconnect(why), LdapRefused);
}

}  // namespace
}  // namespace trueup
