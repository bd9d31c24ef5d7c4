// SPDX-License-Identifier: Apache-2.0
// Somebody else writes to the objects of a plan, after it was made or while it is applied: nothing
// of theirs is overwritten, neither by the run nor by its undo, and what stood in the way is told.
#include <csignal>
#include <random>
#include <thread>

#include "tests/cli/apply/write_trial.h"

namespace trueup::cli {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kUsers = 5000;
constexpr unsigned kDrifted = 1000;  // with two edits each; see drifted_world()
constexpr unsigned kOfAKind = 50;

world::World tenant() {
  world::World world = drifted_world(kDrifted);
  for (unsigned n = kDrifted + 2; n <= kUsers; ++n) {
    world::add_user(world, n, "u" + std::to_string(n) + "@x.example");
  }
  return world;
}

std::string by_hand(unsigned n, std::string_view attribute, const std::string& value) {
  const std::string name(attribute);
  return "dn: CN=u" + std::to_string(n) + ",OU=people," + std::string(Slapd::kSuffix) +
         "\nchangetype: modify\nreplace: " + name + "\n" + name + ": " + value + "\n-\n\n";
}

void set(Content& content, unsigned n, const std::string& attribute, const std::string& value) {
  content.at(world_dn(n))[attribute] = {value};
}

class CliConcurrentEditsSlapd : public testing::Test {
 protected:
  Json apply(int exit_code) { return trueup_json(trial_.apply_directly(store_), exit_code); }
  std::string run_file(const char* name) const { return read_file(store_ + "/runs/1/" + name); }

  WriteTrial trial_{tenant()};
  const std::string store_ = trial_.planned_store();
};

TEST_F(CliConcurrentEditsSlapd, BetweenPlanAndApply) {
  std::string edits;
  Content after = trial_.target();   // what is to be there after the run
  Content undone = trial_.before();  // ... and after its undo
  for (unsigned i = 0; i < kOfAKind; ++i) {
    // To the plan's own values: no longer ours to write, nor to undo.
    unsigned n = 1 + 4 * i;
    const std::string number = std::to_string(n);
    edits += by_hand(n, "extensionAttribute1", "new " + number);
    edits += by_hand(n, "extensionAttribute2", "more " + number);
    set(undone, n, "extensionAttribute1", "new " + number);
    set(undone, n, "extensionAttribute2", "more " + number);
    // Both attributes to other values: nothing of the change is left.
    ++n;
    for (const char* attribute : {"extensionAttribute1", "extensionAttribute2"}) {
      edits += by_hand(n, attribute, "by hand");
      set(after, n, attribute, "by hand");
      set(undone, n, attribute, "by hand");
    }
    // Another attribute: no business of ours.
    ++n;
    edits += by_hand(n, "department", "by hand");
    set(after, n, "department", "by hand");
    set(undone, n, "department", "by hand");
    // One of the two.
    ++n;
    edits += by_hand(n, "extensionAttribute1", "by hand");
    set(after, n, "extensionAttribute1", "by hand");
    set(undone, n, "extensionAttribute1", "by hand");
  }
  trial_.modify(edits);

  const Json applied = apply(4).at("applied");
  EXPECT_EQ(applied.at("already"), kOfAKind);
  EXPECT_EQ(applied.at("conflict"), 2 * kOfAKind);
  EXPECT_EQ(applied.at("done"), kDrifted - 3 * kOfAKind);
  EXPECT_EQ(applied.at("rejected"), 0);
  EXPECT_EQ(difference(trial_.now(), after), "");

  // Each conflict is told with what the plan shows and what is there, and nothing that was done.
  unsigned told = 0;
  for (const LdifRecord& reject : parse_ldif(run_file("rejects.ldif"))) {
    ASSERT_EQ(reject.comment("reason"), "conflict") << reject.dn();
    ++told;
    EXPECT_EQ(reject.comment("there extensionAttribute1"), "by hand");
    const Edits edits_left = edits_of({reject});
    const std::string anchor = reject.comment("anchor");
    const std::string number = reject.dn().substr(4, reject.dn().find(',') - 4);
    const bool both = std::stoi(number) % 4 == 2;
    EXPECT_EQ(edits_left.size(), both ? 2U : 1U) << reject.dn();
    EXPECT_EQ(edits_left.at({anchor, "extensionAttribute1"}),
              (AttributeEdit{{"old " + number}, {"new " + number}}));
    EXPECT_EQ(reject.comment("there extensionAttribute2"), both ? "by hand" : "");
  }
  EXPECT_EQ(told, 2 * kOfAKind);

  // Undone is what was done, edit by edit.
  Edits of_undo = edits_of(parse_ldif(run_file("undo.ldif")));
  Edits done = edits_of(trial_.plan());
  std::map<std::string, unsigned> numbers;  // by anchor
  for (const LdifRecord& record : trial_.plan()) {
    numbers[record.comment("anchor")] =
        static_cast<unsigned>(std::stoi(record.dn().substr(4, record.dn().find(',') - 4)));
  }
  std::erase_if(done, [&](const auto& entry) {
    const unsigned n = numbers.at(entry.first.first);
    if (n > 4 * kOfAKind) return false;
    const bool first = entry.first.second == "extensionAttribute1";
    return n % 4 == 1 || n % 4 == 2 || (n % 4 == 0 && first);
  });
  for (auto& [key, edit] : done) std::swap(edit.deletes, edit.adds);
  EXPECT_EQ(of_undo, done);

  must(trial_.undo(store_, 1));
  EXPECT_EQ(difference(trial_.now(), undone), "");
}

// Before, at or after the moment when the plan comes to that object: by hand it was written last,
// or it stands in the way.
TEST_F(CliConcurrentEditsSlapd, WhileItIsApplied) {
  std::string edits;
  for (unsigned n = 1; n <= kDrifted; n += 5) edits += by_hand(n, "extensionAttribute1", "by hand");
  const std::string file = trial_.folder().write("meanwhile.ldif", edits);
  trial_.relay().set_round_trip(milliseconds(2));
  Process process(Arguments{TRUEUP_BINARY} +
                  trial_.apply(store_, {"--connections", "2", "--max-in-flight", "2", "--json"}));
  ASSERT_TRUE(trial_.wait_for_modifies(100, process));
  const ProcessResult modified = ldapmodify(trial_.slapd(), file);
  ASSERT_EQ(modified.exit_code, 0) << modified.err;
  const ProcessResult& result = process.wait();
  ASSERT_EQ(result.exit_code, 4) << result.err;
  const Json applied = Json::parse(result.out).at("applied");
  EXPECT_GT(applied.at("conflict"), 0);
  EXPECT_LT(applied.at("conflict"), kDrifted / 5) << "all of them came before the run";
  EXPECT_EQ(applied.at("conflict").get<int>() + applied.at("done").get<int>(), kDrifted);

  Content expected = trial_.target();
  for (unsigned n = 1; n <= kDrifted; n += 5) set(expected, n, "extensionAttribute1", "by hand");
  EXPECT_EQ(difference(trial_.now(), expected), "");

  // The undo meets those that were written by hand after the run: conflicts, and left alone.
  const ProcessResult undone = trueup(trial_.undo(store_, 1));
  EXPECT_EQ(undone.exit_code, 4) << undone.err;
  expected = trial_.before();
  for (unsigned n = 1; n <= kDrifted; n += 5) set(expected, n, "extensionAttribute1", "by hand");
  EXPECT_EQ(difference(trial_.now(), expected), "");
}

// --- Addresses that move ---

std::string address(const std::string& name) { return "smtp:" + name + "@x.example"; }
std::string primary(unsigned n) { return "SMTP:u" + std::to_string(n) + "@x.example"; }

void take_part(world::World& world, unsigned n) {
  world::add_user(world, n, "u" + std::to_string(n) + "@x.example");
}

/// Moves secondary addresses around in a ring: each of `users` has one, and gets that of the one
/// before.
void add_ring(world::World& world, const std::vector<unsigned>& users) {
  for (const unsigned n : users) take_part(world, n);
  for (std::size_t i = 0; i < users.size(); ++i) {
    const unsigned n = users[i];
    const unsigned from = users[(i + users.size() - 1) % users.size()];
    world::set_ad_addresses(world, n, {primary(n), address("a" + std::to_string(n))});
    world::set_cloud_addresses(world, n, {primary(n), address("a" + std::to_string(from))});
  }
}

TEST(CliAddressMovesSlapd, RingsOfTwoAndThree) {
  world::World world;
  add_ring(world, {1, 2});
  add_ring(world, {3, 4, 5});
  WriteTrial trial(world);
  EXPECT_EQ(trial.plan().size(), 7U) << "one change a mailbox, and two more to cut the rings";
  const std::string store = trial.planned_store();
  must(trial.apply_directly(store));
  Content now = trial.now();
  const std::map<unsigned, unsigned> rings = {{1, 2}, {2, 1}, {3, 5}, {4, 3}, {5, 4}};
  for (const auto& [n, from] : rings) {
    EXPECT_EQ(now[world_dn(n)]["proxyAddresses"],
              (std::set<std::string>{primary(n), address("a" + std::to_string(from))}));
  }
  EXPECT_EQ(now, trial.target());
  must(trial.undo(store, 1));
  EXPECT_EQ(difference(trial.now(), trial.before()), "");
}

/// Each of the first `kPairs` gives an address to the one `kPairs` after it.
constexpr unsigned kPairs = 150;

world::World givers_and_takers() {
  world::World world;
  for (unsigned n = 1; n <= 2 * kPairs; ++n) take_part(world, n);
  for (unsigned n = 1; n <= kPairs; ++n) {
    const std::string moving = address("moving" + std::to_string(n));
    world::set_ad_addresses(world, n, {primary(n), moving});
    world::set_cloud_addresses(world, n, {primary(n)});
    world::set_cloud_addresses(world, n + kPairs, {primary(n + kPairs), moving});
  }
  return world;
}

class CliFailedGiverSlapd : public testing::Test {
 protected:
  /// Every third giver is deleted by hand after the plan was made.
  void delete_givers() {
    std::string gone;
    for (unsigned n = 3; n <= kPairs; n += 3) {
      gone += "dn: " + world_dn(n) + "\nchangetype: delete\n\n";
    }
    trial_.modify(gone);
  }

  void expect_nothing_taken() {
    const Counts modifies = trial_.modifies();
    Content expected = trial_.target();
    for (unsigned n = 3; n <= kPairs; n += 3) {
      EXPECT_FALSE(modifies.contains(world_dn(n + kPairs))) << "sent, without its giver " << n;
      expected.erase(world_dn(n));
      expected.at(world_dn(n + kPairs)) = trial_.before().at(world_dn(n + kPairs));
    }
    EXPECT_EQ(difference(trial_.now(), expected), "");
    const JournalRead journal = journal_of(store_, 1);
    EXPECT_EQ(journal.count(Verdict::kRejected), int{kPairs / 3});
    EXPECT_EQ(journal.count(Verdict::kDependsOn), int{kPairs / 3});
    EXPECT_EQ(journal.count(Verdict::kDone), int{2 * kPairs - 2 * (kPairs / 3)});
  }

  /// So many of the plan's objects gone would stop it.
  const Arguments gone_ = {"--guards-objects-missing", "1000, 100%"};
  WriteTrial trial_{givers_and_takers()};
  std::string store_ = trial_.planned_store();
};

TEST_F(CliFailedGiverSlapd, ItsTakerIsNotSent) {
  delete_givers();
  EXPECT_EQ(trueup(trial_.apply_directly(store_)).exit_code, 3) << "objects-missing";
  EXPECT_EQ(trueup(trial_.apply_directly(store_, gone_)).exit_code, 4);
  expect_nothing_taken();
  EXPECT_NE(read_file(store_ + "/runs/1/rejects.ldif").find("# reason: depends-on"),
            std::string::npos);
}

TEST_F(CliFailedGiverSlapd, NorWhenTheRunIsKilledAndResumed) {
  trial_.relay().set_round_trip(milliseconds(2));
  int resumed = 0;
  for (int i = 0; i < 10 && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    trial_.reset();
    store_ = trial_.planned_store();
    delete_givers();
    const Arguments slowly = {"--connections", "1", "--max-in-flight", "4"};
    Process process(Arguments{TRUEUP_BINARY} + trial_.apply(store_, slowly + gone_));
    if (trial_.wait_for_modifies(15 * i + 1, process)) process.signal(SIGKILL);
    process.wait();
    if (state_of(store_, 1) == "applying") {
      ++resumed;
      EXPECT_EQ(trueup(trial_.apply(store_, Arguments{"--resume", "1"} + gone_)).exit_code, 4);
    }
    expect_nothing_taken();
  }
  EXPECT_GT(resumed, 5);
}

}  // namespace
}  // namespace trueup::cli
