// SPDX-License-Identifier: Apache-2.0
// The acknowledging server of tests/support, with libldap and our writer as its clients.
#include "tests/support/servers/ack_server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/ldap/ldap_reader.h"
#include "io/ldap/ldap_writer.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

LdapOptions to_connect(const AckServer& server, const TempFolder& folder) {
  LdapOptions options;
  options.urls = {server.url()};
  options.bind_dn = "cn=admin";
  options.password_file = folder.write("password", "secret");
  options.allow_plaintext = true;
  return options;
}

TEST(AckServer, LooksLikeAPlainServer) {
  const TempFolder folder;
  const AckServer server;
  const LdapSession session(to_connect(server, folder));
  EXPECT_EQ(session.base_dn(), AckServer::kSuffix);
  EXPECT_FALSE(session.root_dse().active_directory);
  session.require_writable();
}

TEST(AckServer, GivesAnEmptyObjectForAnyName) {
  const TempFolder folder;
  const AckServer server;
  LdapReader reader(to_connect(server, folder), {});
  const ObjectRequest request{
      .object_guid = {}, .dn = "CN=Somebody", .attributes = {Attribute::kMail}};
  int answers = 0;
  reader.read_objects({&request, 1}, [&](const ObjectAnswer& answer) {
    ++answers;
    EXPECT_EQ(answer.result_code, 0);
    EXPECT_TRUE(answer.values.empty());
  });
  EXPECT_EQ(answers, 1);
}

TEST(AckServer, AcknowledgesAPipelineOfSmallAndLargeModifies) {
  const TempFolder folder;
  const AckServer server;
  LdapWriter writer(to_connect(server, folder), {.connections = 2, .max_in_flight = 256});
  constexpr std::uint32_t kChanges = 5000;
  std::uint64_t text_bytes = 0;
  std::uint32_t sent = 0;
  std::vector<WriterAnswer> outcomes;
  while (outcomes.size() < kChanges) {
    for (; sent < kChanges && writer.has_room(); ++sent) {
      // BER lengths of one, two and three octets, and requests longer than what is read at a time.
      const std::string value(sent % 1000 == 999 ? 300'000 : sent % 7 * 60, 'v');
      text_bytes += value.size();
      Change change;
      change.number = sent + 1;
      change.dn = "CN=Somebody";
      change.edits = {{Attribute::kMail, {}, {value}}};
      writer.submit(change);
    }
    writer.poll(std::chrono::milliseconds(1000), outcomes);
  }
  for (const WriterAnswer& outcome : outcomes) {
    EXPECT_TRUE(outcome.answered);
    EXPECT_EQ(outcome.result_code, 0);
  }
  EXPECT_EQ(server.modifies(), kChanges);
  EXPECT_GT(server.modify_bytes(), text_bytes);
}

TEST(AckServer, RefusesModifiesOnCommand) {
  const TempFolder folder;
  AckServer server;
  LdapWriter writer(to_connect(server, folder), {.connections = 1});
  std::vector<WriterAnswer> outcomes;
  for (const int code : {51, 0}) {
    server.answer_modifies_with(code);
    Change change;
    change.number = 1;
    change.dn = "CN=Somebody";
    change.edits = {{Attribute::kMail, {}, {"a@x"}}};
    writer.submit(change);
    outcomes.clear();
    while (outcomes.empty()) writer.poll(std::chrono::milliseconds(1000), outcomes);
    EXPECT_EQ(outcomes.front().result_code, code);
  }
  EXPECT_EQ(server.modifies(), 2U);
  EXPECT_EQ(server.taken(), 1U);
}

}  // namespace
}  // namespace trueup
