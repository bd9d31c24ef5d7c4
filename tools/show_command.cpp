// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/explain.h"
#include "io/bytes/visible_text.h"
#include "snapshots/errors.h"
#include "tools/commands.h"
#include "tools/commands/run_notes.h"
#include "tools/commands/terminal.h"

namespace trueup {
namespace {

void print_side(const char* side, const std::optional<Mailbox>& m) {
  if (!m) {
    fmt::print("{}: none\n", side);
    return;
  }
  fmt::print("{}: {}\n", side, visible(m->name));
  if (!m->id.empty()) fmt::print("  id {}\n", visible(m->id));
  fmt::print("  anchor {} ({})\n", to_base64(m->anchor), to_guid(m->anchor));
  if (m->object_guid != Anchor{}) fmt::print("  objectGUID {}\n", to_guid(m->object_guid));
  for (const AttributeValue& v : m->values) {
    fmt::print("  {}: {}\n", traits(v.attribute).name, visible(v.bytes));
  }
}

void print_verdict(const AttributeVerdict& v) {
  std::string note;
  if (v.refusal != Refusal::kNone) {
    note = fmt::format("   refused: {}, {}", to_string(v.refusal), visible(v.detail));
  }
  if (v.case_only) note += "   (a value differs in ignored case only and is left alone)";
  fmt::print("  {}{}\n", traits(v.edit.attribute).name, note);
  for (std::string_view value : v.edit.deletes) fmt::print("    - {}\n", visible(value));
  for (std::string_view value : v.edit.adds) fmt::print("    + {}\n", visible(value));
}

using Json = nlohmann::ordered_json;

Json json_of(const std::optional<Mailbox>& m) {
  if (!m) return nullptr;
  Json j = {{"name", m->name}, {"anchor", to_base64(m->anchor)}};
  if (!m->id.empty()) j["id"] = m->id;
  if (m->object_guid != Anchor{}) j["objectGUID"] = to_guid(m->object_guid);
  Json values = Json::object();
  for (const AttributeValue& v : m->values) {
    values[std::string(traits(v.attribute).name)].push_back(v.bytes);
  }
  j["values"] = std::move(values);
  return j;
}

void print_explanation(const Explanation& e) {
  Json differs = Json::array();
  for (const AttributeVerdict& v : e.verdicts) {
    Json j = {{"attribute", traits(v.edit.attribute).name},
              {"delete", v.edit.deletes},
              {"add", v.edit.adds},
              {"case_only", v.case_only}};
    if (v.refusal != Refusal::kNone) {
      j["refused"] = to_string(v.refusal);
      j["detail"] = v.detail;
    }
    differs.push_back(std::move(j));
  }
  const Json all = {{"cloud", json_of(e.cloud)}, {"ad", json_of(e.ad)},
                    {"in_scope", e.in_scope},    {"differs", differs},
                    {"verdict", e.outcome}};
  print_json(all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

int show_command(const Settings& settings, const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("show what? name an address, GUID, anchor or DN");
  const auto store = Store::open(settings.store, Store::Mode::kReadOnly);
  print_text(damage_notice(*store), stderr);
  const auto e = explain(*store, arguments.front(), settings.job.diff);
  if (!e) {
    print_text("trueup: no mailbox on either side answers to '" + visible(arguments.front()) +
                   "'\n", stderr);
    return 1;
  }
  if (settings.json) {
    print_explanation(*e);
    return 0;
  }
  print_side("cloud", e->cloud);
  print_side("ad", e->ad);
  if (!e->verdicts.empty()) fmt::print("differs:\n");
  for (const AttributeVerdict& v : e->verdicts) print_verdict(v);
  fmt::print("verdict: {}\n", visible(e->outcome));
  return 0;
}

}  // namespace trueup
