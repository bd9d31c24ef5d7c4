// SPDX-License-Identifier: Apache-2.0
// A whole tenant against what its maker says must change: every expected edit is in plan.ldif,
// nothing else is, and what is refused or held is listed in rejects.ldif.
#include <algorithm>

#include "tests/cli/command_line.h"
#include "tests/cli/ldif_text.h"

namespace trueup::cli {
namespace {

struct Expected {
  Edits edits;
  std::map<std::string, std::set<std::string>> refused;  // anchor -> attributes
  std::map<std::string, std::set<std::string>> held;
};

Expected expected(const Json& truth, bool managed_only, bool with_exo) {
  Expected e;
  for (const Json& mailbox : truth.at("mailboxes")) {
    if (!mailbox.at(managed_only ? "cloud_managed" : "synced").get<bool>()) continue;
    const std::string anchor = mailbox.at("anchor");
    for (const Json& edit : mailbox.at("edits")) {
      const auto& feeds = edit.at("feeds");
      if (!with_exo && std::find(feeds.begin(), feeds.end(), "graph") == feeds.end()) continue;
      const std::string attribute = edit.at("attribute");
      if (edit.contains("refused")) {
        e.refused[anchor].insert(attribute);
      } else if (edit.contains("held")) {
        e.held[anchor].insert(attribute);
      } else {
        AttributeEdit& into = e.edits[{anchor, attribute}];
        for (const Json& value : edit.at("delete")) into.deletes.insert(value.get<std::string>());
        for (const Json& value : edit.at("add")) into.adds.insert(value.get<std::string>());
      }
    }
  }
  return e;
}

/// The blocks of rejects.ldif: "held" or "reason" -> anchor -> text.
std::map<std::string, std::map<std::string, std::string>> listed(const std::string& rejects) {
  std::map<std::string, std::map<std::string, std::string>> out;
  for (std::size_t at = 0; at < rejects.size();) {
    const std::size_t end = std::min(rejects.find("\n\n", at), rejects.size());
    const std::string block = rejects.substr(at, end - at);
    const std::size_t anchor = block.find("# anchor: ");
    if (anchor != std::string::npos) {
      const std::string value = block.substr(anchor + 10, block.find('\n', anchor) - anchor - 10);
      out[block.find("# held: ") != std::string::npos ? "held" : "reason"][value] += block + "\n";
    }
    at = end + 2;
  }
  return out;
}

void expect_listed(const std::map<std::string, std::set<std::string>>& expected,
                   const std::map<std::string, std::string>& blocks) {
  for (const auto& [anchor, attributes] : expected) {
    const auto block = blocks.find(anchor);
    ASSERT_NE(block, blocks.end()) << anchor;
    for (const std::string& attribute : attributes) {
      EXPECT_NE(block->second.find(attribute), std::string::npos) << attribute << block->second;
    }
  }
  for (const auto& [anchor, block] : blocks) {
    EXPECT_TRUE(expected.contains(anchor)) << "nobody expects " << block;
  }
}

class CliTruth : public testing::Test {
 protected:
  void check(const std::string& scope, bool with_exo) {
    const Tenant tenant = make_tenant(folder_, "t", 3000, {"--seed", "7"});
    const Json truth = tenant.truth();
    const Expected want = expected(truth, scope != "synced", with_exo);
    const Json report = trueup_json(
        Arguments{"plan"} + (with_exo ? tenant.inputs() : tenant.graph_and_ad()) +
        Arguments{"--scope", scope, "--store", folder_ / "store", "--out", folder_ / "p.ldif"});

    const std::vector<LdifRecord> records = parse_ldif(read_file(folder_ / "p.ldif"));
    const Edits got = edits_of(records);
    for (const auto& [key, edit] : want.edits) {
      const auto found = got.find(key);
      ASSERT_NE(found, got.end()) << "missing: " << key.first << " " << key.second;
      EXPECT_EQ(found->second.deletes, edit.deletes) << key.first << " " << key.second;
      EXPECT_EQ(found->second.adds, edit.adds) << key.first << " " << key.second;
    }
    for (const auto& [key, edit] : got) {
      EXPECT_TRUE(want.edits.contains(key)) << "not expected: " << key.first << " " << key.second;
    }
    const auto blocks = listed(read_file(folder_ / "store/runs/1/rejects.ldif"));
    const auto of = [&](const char* kind) {
      const auto found = blocks.find(kind);
      return found == blocks.end() ? std::map<std::string, std::string>{} : found->second;
    };
    expect_listed(want.refused, of("reason"));
    expect_listed(want.held, of("held"));

    const Json& totals =
        truth.at("totals").at("expected").at(scope + (with_exo ? "/graph+exo" : "/graph"));
    EXPECT_EQ(report.at("in_scope"), totals.at("in_scope"));
    EXPECT_EQ(report.at("matched"), totals.at("matched"));
    EXPECT_EQ(report.at("cloud_only"), totals.at("without_ad_object"));
    EXPECT_EQ(report.at("plan").at("mailboxes"), totals.at("changed"));
    EXPECT_EQ(report.at("plan").at("refused_mailboxes"), totals.at("refused"));
    EXPECT_EQ(report.at("plan").at("held_mailboxes"), totals.at("held"));
    EXPECT_EQ(report.at("plan").at("changes"), records.size());
    EXPECT_GE(records.size(), totals.at("changed").get<std::size_t>()) << "one modify an object";

    // run.json is the same report.
    const Json kept = last_block(folder_ / "store", 1);
    EXPECT_EQ(kept.at("plan"), report.at("plan"));
    EXPECT_EQ(kept.at("exit_code"), 0);
  }

  TempFolder folder_;
};

TEST_F(CliTruth, SyncedFromGraphAlone) { check("synced", false); }
TEST_F(CliTruth, SyncedWithExchange) { check("synced", true); }
TEST_F(CliTruth, ExchangeCloudManaged) { check("exchange-cloud-managed", true); }

// Who takes an address comes after who gives it.
TEST_F(CliTruth, AnAddressIsGivenBeforeItIsTaken) {
  const Tenant tenant = make_tenant(folder_, "t", 3000, {"--seed", "7"});
  must(Arguments{"plan"} + tenant.inputs() +
       Arguments{"--store", folder_ / "store", "--out", folder_ / "p.ldif"});
  std::map<std::string, std::size_t> taken;  // address -> place in the file
  std::size_t moves = 0;
  const std::vector<LdifRecord> records = parse_ldif(read_file(folder_ / "p.ldif"));
  for (std::size_t i = 0; i < records.size(); ++i) {
    for (const auto& [key, edit] : edits_of({records[i]})) {
      if (key.second != "proxyAddresses") continue;
      const auto bare = [](std::string value) { return value.substr(value.find(':') + 1); };
      std::set<std::string> kept;
      for (const std::string& value : edit.adds) kept.insert(bare(value));
      for (const std::string& value : edit.deletes) {
        if (kept.contains(bare(value))) continue;  // a swap of its own
        EXPECT_FALSE(taken.contains(bare(value))) << value << " is taken before it is given";
        ++moves;
      }
      for (const std::string& value : edit.adds) taken[bare(value)] = i;
    }
  }
  EXPECT_GT(moves, 0U);
}

}  // namespace
}  // namespace trueup::cli
