// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/recorded_options.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/run/records/same_content.h"
#include "snapshots/model/bytes.h"
#include "snapshots/model/digest.h"

namespace trueup {
namespace {

constexpr std::string_view kScope = "scope";
constexpr std::string_view kScopeList = "scope list";
constexpr std::string_view kScopeListDigest = "scope list digest";

using List = std::vector<std::string>;

template <typename Enum>
void write(std::string_view key, Enum value, Fields& fields) {
  fields.set(key, static_cast<std::uint64_t>(value));
}
void write(std::string_view key, AttributeSet value, Fields& fields) {
  fields.set(key, std::uint64_t{value.bits()});
}
void write(std::string_view key, const List& value, Fields& fields) {
  List sorted = value;
  std::ranges::sort(sorted);
  std::string text;
  for (const std::string& item : sorted) append_bytes(item, text);
  fields.set(key, text);
}

template <typename Enum>
void read(std::string_view key, Enum& value, const Fields& fields) {
  value = static_cast<Enum>(fields.number(key));
}
void read(std::string_view key, AttributeSet& value, const Fields& fields) {
  value = AttributeSet(static_cast<std::uint32_t>(fields.number(key)));
}
void read(std::string_view key, List& value, const Fields& fields) {
  const std::string text = fields.text(key);
  value.clear();
  for (ByteReader in(text); !in.at_end();) value.emplace_back(in.bytes());
}

// One list binds each setting's key to its field; the path of the scope list stands apart, and the
// base is that of the AD snapshot.
template <typename Options, typename Visit>
void visit_options(Options& o, Visit visit) {
  visit(kScope, o.scope);
  visit("attributes", o.attributes);
  visit("address_case", o.exact_address_case);
  visit("clear_at_first_sight", o.clear_at_first_sight);
  visit("exclude", o.exclude);
  visit("protect_admin_count", o.protect_admin_count);
  visit("allow_on_prem_mailboxes", o.allow_on_prem_mailboxes);
  visit("proxy.keep_types", o.keep_types);
  visit("proxy.keep_suffixes", o.keep_suffixes);
  visit("proxy.drop_types", o.drop_types);
  visit("proxy.hide_suffixes", o.hide_suffixes);
}

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

/// "" if it cannot be read.
std::string digest_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (path.empty() || !file || !(text << file.rdbuf())) return {};
  Sha256 digest;
  digest.update(text.view());
  return to_hex(digest.finish());
}

std::string joined(const List& list) {
  std::string out;
  for (const std::string& s : list) out += (out.empty() ? "" : ", ") + s;
  return out;
}

/// The newest plan that was made of the newest snapshots, or of such as have the same content.
std::optional<RunDescription> newest_plan(const Store& store) {
  const auto cloud = newest_snapshot(store, Side::kCloud, false);
  const auto ad = newest_snapshot(store, Side::kAd, false);
  if (!cloud || !ad) return std::nullopt;
  std::vector<RunDescription> runs = run_descriptions(store);
  std::ranges::reverse(runs);
  const auto newest = std::ranges::find_if(runs, [](const RunDescription& run) {
    return !run.plan_digest.empty() && run.undo_of == 0 && run.rejects_of == 0 &&
           run.state != RunState::kCompared;  // verify --all: nothing that can be applied
  });
  if (newest == runs.end()) return std::nullopt;
  const bool of_newest =
      newest->cloud_generation == cloud->generation && newest->ad_generation == ad->generation;
  if (!of_newest && !only_read_again(store, *newest, *ad)) return std::nullopt;
  return *newest;
}

}  // namespace

std::string record_of(const DiffOptions& options) {
  Fields fields;
  visit_options(options,
                [&](std::string_view key, const auto& value) { write(key, value, fields); });
  fields.set(kScopeList, absolute(options.scope_list));
  fields.set(kScopeListDigest, digest_of_file(options.scope_list));
  return fields.encoded();
}

std::optional<RecordedOptions> recorded_options(const RunDescription& run) {
  if (run.options.empty()) return std::nullopt;
  const Fields fields = Fields::decoded(run.options);
  RecordedOptions recorded;
  visit_options(recorded.options,
                [&](std::string_view key, auto& value) { read(key, value, fields); });
  recorded.options.scope_list = fields.text(kScopeList);
  recorded.scope_list_digest = fields.text(kScopeListDigest);
  return recorded;
}

bool scope_list_stands(const RecordedOptions& recorded) {
  if (recorded.options.scope != ScopeKind::kList) return true;
  const std::string now = digest_of_file(recorded.options.scope_list);
  return !now.empty() && now == recorded.scope_list_digest;
}

std::vector<std::string> differing_settings(const DiffOptions& a, const DiffOptions& b) {
  Fields fields_of_a, fields_of_b;
  List keys;
  const auto write_to = [](Fields& fields) {
    return [&fields](std::string_view key, const auto& value) { write(key, value, fields); };
  };
  visit_options(a, write_to(fields_of_a));
  visit_options(b, write_to(fields_of_b));
  const bool other_list = absolute(a.scope_list) != absolute(b.scope_list);
  visit_options(a, [&](std::string_view key, const auto&) {
    const bool differs = fields_of_a.text(key) != fields_of_b.text(key);
    if (differs || (key == kScope && other_list)) keys.emplace_back(key);
  });
  return keys;
}

namespace {

/// The values that `from` has of these keys.
void overlay_exo(DiffOptions& options, const DiffOptions& from, const List& keys) {
  Fields fields;
  visit_options(from, [&](std::string_view key, const auto& value) { write(key, value, fields); });
  visit_options(options, [&](std::string_view key, auto& value) {
    if (std::ranges::find(keys, key) != keys.end()) read(key, value, fields);
  });
  if (std::ranges::find(keys, kScope) != keys.end()) options.scope_list = from.scope_list;
}

}  // namespace

VerdictOptions options_of_newest_plan(const Store& store, const GivenSettings& given) {
  VerdictOptions verdict{.options = given.options, .plan = 0, .notes = {}};
  const std::optional<RunDescription> run = newest_plan(store);
  if (!run) {
    verdict.notes.emplace_back(
        "no plan was made of the newest snapshots: this is what one would "
        "say that is made with the settings given here");
    return verdict;
  }
  const std::string plan = "the plan of run " + std::to_string(run->run);
  const std::optional<RecordedOptions> recorded = recorded_options(*run);
  if (!recorded) {
    verdict.notes.push_back(plan +
                            " is of an earlier trueup, which did not record its options: "
                            "this goes by the settings given here, and the plan may say otherwise");
    return verdict;
  }
  List flags, others;
  for (std::string& key : differing_settings(given.options, recorded->options)) {
    if (given.as_flag(key))
      flags.push_back(std::move(key));
    else if (given.at_all(key))
      others.push_back(std::move(key));
  }
  verdict.options = recorded->options;
  if (!flags.empty()) {
    overlay_exo(verdict.options, given.options, flags);
    verdict.notes.push_back("by the options of " + plan + " but for " + joined(flags) +
                            ", which was given here with another value: the plan says otherwise");
    return verdict;
  }
  verdict.plan = run->run;
  if (!others.empty()) {
    verdict.notes.push_back(plan + " was made with other values of " + joined(others) +
                            " than the configuration has now; the next plan may say otherwise");
  }
  if (!scope_list_stands(*recorded)) {
    verdict.notes.push_back("the scope list " + recorded->options.scope_list +
                            " is no longer what " + plan +
                            " was made with: which mailboxes are in scope goes by it as it is now");
  }
  return verdict;
}

}  // namespace trueup
