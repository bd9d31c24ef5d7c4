// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/apply/write_trial.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "snapshots/store/description.h"
#include "snapshots/store/store.h"

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

/// The suffix of a World's DNs is not that of the lab's slapd.
std::string in_lab(const std::string& text) { return replaced(text, "DC=corp", Slapd::kSuffix); }

}  // namespace

WriteTrial::WriteTrial(const Arguments& inputs, const std::string& ldif) { begin(inputs, ldif); }

WriteTrial::WriteTrial(const Tenant& tenant) { begin(tenant.inputs(), read_file(tenant.ad)); }

WriteTrial::WriteTrial(const world::World& world) {
  const std::string ldif = in_lab(world::ldif_of(world.ad) + world::ldif_of(world::carriers()));
  begin({"--graph", folder_.write("graph/page-1.json", world::graph_page_of(world)), "--exo",
         folder_.write("exo.json", world::exo_of(world)), "--ad", folder_.write("ad.ldif", ldif)},
        ldif);
}

void WriteTrial::begin(const Arguments& inputs, const std::string& ldif) {
  inputs_ = inputs;
  slapd_ = std::make_unique<Slapd>(Slapd::Options{.ldif = ldif, .accesslog = true});
  relay_ = std::make_unique<Relay>(slapd_->port());
  const std::string plan = folder_ / "plan.ldif";
  must(planning(folder_ / "planned") + Arguments{"--out", plan});
  plan_ = parse_ldif(read_file(plan));
  for (const LdifRecord& record : plan_) ++planned_modifies_[slapd_dn(record.dn())];
  before_ = now();
  const ProcessResult modified = ldapmodify(*slapd_, plan);
  if (modified.exit_code != 0) throw std::runtime_error("ldapmodify: " + modified.err);
  target_ = now();
  EXPECT_EQ(difference(modifies(), planned_modifies_), "");
  reset();
}

Arguments WriteTrial::planning(const std::string& store) const {
  return Arguments{"plan"} + inputs_ + Arguments{"--store", store} + open_guards();
}

std::string WriteTrial::planned_store() {
  const std::string store = folder_ / ("store-" + std::to_string(++stores_));
  fs::copy(folder_ / "planned", store, fs::copy_options::recursive);
  return store;
}

Arguments WriteTrial::server_at(const std::string& url) const {
  const LdapOptions options = slapd_->plain();
  return {"--ad",
          url,
          "--base",
          options.base_dn,
          "--bind-dn",
          options.bind_dn,
          "--password-file",
          options.password_file,
          "--allow-plaintext",
          "--no-progress"};
}

Arguments WriteTrial::apply(const std::string& store, const Arguments& more) const {
  return Arguments{"apply", "--store", store} + server_at(relay_->url()) + more;
}

Arguments WriteTrial::apply_directly(const std::string& store, const Arguments& more) const {
  return Arguments{"apply", "--store", store} + server_at(slapd_->plain().urls.front()) + more;
}

Arguments WriteTrial::undo(const std::string& store, int run) const {
  return Arguments{"undo", std::to_string(run), "--store", store} +
         server_at(slapd_->plain().urls.front()) + open_guards_of_undo();
}

Counts WriteTrial::modifies() const {
  const ProcessResult found = run_process(
      Arguments{"ldapsearch", "-LLL", "-o", "ldif-wrap=no"} + bind_arguments(*slapd_) +
      Arguments{"-b", std::string(Slapd::kAccesslogBase), "(objectClass=auditModify)", "reqDN"});
  EXPECT_EQ(found.exit_code, 0) << found.err;
  Counts counts;
  for (const LdifRecord& record : parse_ldif(found.out)) {
    for (const auto& [name, value] : record.lines) {
      if (name == "reqDN") ++counts[slapd_dn(value)];
    }
  }
  return counts;
}

std::string WriteTrial::written_twice() const {
  Counts most = planned_modifies_;
  const auto folded = [](const std::set<std::string>& values) {
    std::set<std::string> all;
    for (const std::string& value : values) all.insert(folded_dn(value));
    return all;
  };
  for (const LdifRecord& record : plan_) {
    const bool case_alone = std::ranges::all_of(edits_of({record}), [&](const auto& entry) {
      return folded(entry.second.deletes) == folded(entry.second.adds);
    });
    if (case_alone) ++most[slapd_dn(record.dn())];
  }
  std::string out;
  for (const auto& [dn, count] : modifies()) {
    if (!most.contains(dn) || count > most.at(dn)) out += dn + " " + std::to_string(count) + "\n";
  }
  return out;
}

bool WriteTrial::wait_for_modifies(int count, Process& process) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  for (;;) {
    int sum = 0;
    for (const auto& [dn, modifies] : modifies()) sum += modifies;
    if (sum >= count) return true;
    if (!process.running() || std::chrono::steady_clock::now() > end) return false;
  }
}

void WriteTrial::modify(const std::string& ldif) const {
  const ProcessResult result = ldapmodify(*slapd_, folder_.write("by-hand.ldif", ldif));
  if (result.exit_code != 0) throw std::runtime_error("ldapmodify: " + result.err);
}

std::string slapd_dn(const std::string& dn) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < dn.size(); ++i) {
    out += dn[i];
    if (dn[i] != '\\' || i + 1 == dn.size()) continue;
    const auto next = static_cast<unsigned char>(dn[i + 1]);
    if (std::isxdigit(next) != 0) continue;
    out += kHex[next >> 4];
    out += kHex[next & 15];
    ++i;
  }
  return folded_dn(out);
}

namespace {

std::string shown(int count) { return std::to_string(count); }

std::string shown(const std::map<std::string, std::set<std::string>>& entry) {
  std::string out;
  for (const auto& [attribute, values] : entry) {
    for (const std::string& value : values) out += "\n    " + attribute + ": " + value;
  }
  return out;
}

template <typename Map>
std::string difference_of(const Map& is, const Map& expected) {
  std::string out;
  for (const auto& [key, value] : is) {
    const auto other = expected.find(key);
    if (other != expected.end() && other->second == value) continue;
    out += key + " is " + shown(value) + ", expected " +
           (other == expected.end() ? "nothing" : shown(other->second)) + "\n";
  }
  for (const auto& [key, value] : expected) {
    if (!is.contains(key)) out += key + " is not there, expected " + shown(value) + "\n";
  }
  return out;
}

}  // namespace

std::string difference(const Counts& is, const Counts& expected) {
  return difference_of(is, expected);
}

std::string difference(const Content& is, const Content& expected) {
  return difference_of(is, expected);
}

std::string state_of(const std::string& store, int run) {
  const auto opened = Store::open(store, Store::Mode::kReadOnly);
  const auto description = run_description(*opened, static_cast<std::uint64_t>(run));
  return description ? std::string(to_string(description->state)) : "none";
}

int JournalRead::count(Verdict verdict) const {
  return static_cast<int>(std::ranges::count_if(
      outcomes, [&](const auto& outcome) { return outcome.second.verdict == verdict; }));
}

JournalRead journal_of(const std::string& store, int run) {
  const auto opened = Store::open(store, Store::Mode::kReadOnly);
  const Journal journal(*opened, static_cast<std::uint64_t>(run));
  JournalRead read;
  journal.read([&](const JournalEntry& entry) {
    EXPECT_TRUE(read.outcomes.emplace(entry.number, entry).second);
  });
  std::set<std::uint32_t> intended;
  for (const Intent& intent : journal.intents()) {
    for (std::uint32_t n = intent.first; n <= intent.last; ++n) intended.insert(n);
  }
  read.intended = static_cast<int>(intended.size());
  return read;
}

bool kill_after(const Arguments& arguments, std::chrono::steady_clock::duration delay) {
  Process process(Arguments{TRUEUP_BINARY} + arguments);
  std::this_thread::sleep_for(delay);  // the moment of the kill is what is tried out
  process.signal(SIGKILL);
  return process.wait().exit_code == 128 + SIGKILL;
}

std::string world_dn(unsigned n) {
  return slapd_dn("CN=u" + std::to_string(n) + ",OU=people," + std::string(Slapd::kSuffix));
}

world::World drifted_world(unsigned count) {
  world::World world;
  for (unsigned n = 1; n <= count; ++n) {
    const std::string number = std::to_string(n);
    world::add_user(world, n, "u" + number + "@x.example");
    world::ExoMailbox& mailbox = world.exo.back();
    mailbox.properties["CustomAttribute1"] = world::Values{"new " + number};
    mailbox.properties["CustomAttribute2"] = world::Values{"more " + number};
    world.ad.back().attributes["extensionAttribute1"] = {"old " + number};
  }
  // An attribute that no AD record carries would be a guard's business.
  world::add_user(world, count + 1, "carrier@x.example");
  world.exo.back().properties["CustomAttribute2"] = world::Values{"as it is"};
  world.ad.back().attributes["extensionAttribute2"] = {"as it is"};
  return world;
}

}  // namespace trueup::cli
