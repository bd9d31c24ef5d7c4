// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/run/records/recorded_options.h"
#include "engine/show/explain.h"
#include "io/bytes/visible_text.h"
#include "io/exo/recipient_type.h"
#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/run_notes.h"
#include "tools/commands/terminal.h"

namespace trueup {
namespace {

/// What people call a number: " (RemoteUserMailbox)".
std::string in_words(Attribute attribute, std::string_view value) {
  std::string_view name;
  if (attribute == Attribute::kRecipientTypeDetails) name = recipient_type_name(value);
  if (attribute == Attribute::kRecipientDisplayType) name = display_type_name(value);
  return name.empty() ? std::string() : fmt::format(" ({})", name);
}

std::string in_words(const AttributeValue& v) { return in_words(v.attribute, v.bytes); }

void print_side(const char* side, const std::optional<Mailbox>& m) {
  if (!m) {
    fmt::print("{}: none\n", side);
    return;
  }
  fmt::print("{}: {}\n", side, m->name.empty() ? "(no userPrincipalName)" : visible(m->name));
  if (!m->id.empty()) fmt::print("  id {}\n", visible(m->id));
  for (std::string_view rest = m->aliases; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    fmt::print("  known as {}\n", visible(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (m->has_anchor) fmt::print("  anchor {} ({})\n", to_base64(m->anchor), to_guid(m->anchor));
  if (m->object_guid != Anchor{}) fmt::print("  objectGUID {}\n", to_guid(m->object_guid));
  for (const AttributeValue& v : m->values) {
    fmt::print("  {}: {}{}\n", traits(v.attribute).name, visible(v.bytes), in_words(v));
  }
}

void print_verdict(const AttributeVerdict& v) {
  std::string note;
  if (v.refusal != Refusal::kNone) {
    note = fmt::format("   refused: {}, {}", to_string(v.refusal), visible(v.detail));
  }
  if (v.case_only) note += "   (a value differs in ignored case only and is left alone)";
  fmt::print("  {}{}\n", traits(v.edit.attribute).name, note);
  const Attribute a = v.edit.attribute;
  const auto print_values = [&](char sign, const std::vector<std::string_view>& values) {
    for (const std::string_view value : values) {
      fmt::print("    {} {}{}\n", sign, visible(value), in_words(a, value));
    }
  };
  print_values('-', v.edit.deletes);
  print_values('+', v.edit.adds);
}

using Json = nlohmann::ordered_json;

Json json_of(const std::optional<Mailbox>& m) {
  if (!m) return nullptr;
  Json j = {{"name", m->name}};
  if (m->has_anchor) j["anchor"] = to_base64(m->anchor);
  if (!m->id.empty()) j["id"] = m->id;
  if (m->object_guid != Anchor{}) j["objectGUID"] = to_guid(m->object_guid);
  Json values = Json::object();
  for (const AttributeValue& v : m->values) {
    values[std::string(traits(v.attribute).name)].push_back(v.bytes);
  }
  j["values"] = std::move(values);
  return j;
}

Json json_of(const FoundObject& o) {
  Json j = {{"side", to_string(o.side)}, {"name", o.name}};
  if (o.table == Table::kRecords || o.table == Table::kAmbiguous) j["anchor"] = to_base64(o.key);
  return j;
}

void print(const Json& json) {
  print_json(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

GivenSettings given_settings(const Settings& settings) {
  return {.options = settings.job.diff,
          .as_flag = [&](const std::string& key) { return settings.flags.contains(key); },
          .at_all = [&](const std::string& key) { return settings.given.contains(key); }};
}

void print_explanation(const Explanation& e, const VerdictOptions& by,
                       const std::vector<FoundObject>& others) {
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
  Json all = {{"cloud", json_of(e.cloud)},
              {"ad", json_of(e.ad)},
              {"in_scope", e.in_scope},
              {"differs", differs},
              {"verdict", fmt::format("{}", fmt::join(e.outcome, "; "))},
              {"verdicts", e.outcome},
              {"plan", by.plan == 0 ? Json() : Json(by.plan)},
              {"notes", by.notes}};
  for (const FoundObject& other : others) all["also"].push_back(json_of(other));
  print(all);
}

bool is_mailbox(const FoundObject& object) {
  return object.table == Table::kRecords || object.table == Table::kAmbiguous;
}

/// One of each: a mailbox is found on both sides. Mailboxes first.
std::vector<FoundObject> each_once(std::vector<FoundObject> objects) {
  std::vector<FoundObject> once;
  for (FoundObject& object : objects) {
    const auto same = [&](const FoundObject& o) {
      return o.key == object.key && is_mailbox(o) == is_mailbox(object);
    };
    if (std::ranges::none_of(once, same)) once.push_back(std::move(object));
  }
  std::stable_partition(once.begin(), once.end(), is_mailbox);
  return once;
}

std::string text_of(const FoundObject& o) {
  return fmt::format("{}: {}  {}", to_string(o.side), visible(o.name),
                     is_mailbox(o) ? "anchor " + to_base64(o.key) : std::string("(no mailbox)"));
}

/// Exit code 1, as nothing is shown: which of them is meant, the caller does not know either.
int tell_several(const std::vector<FoundObject>& objects, const std::string& text, bool json) {
  constexpr std::size_t kNamed = 50;
  print_text(fmt::format("trueup: {} objects answer to '{}'; name one of them by its DN or "
                         "anchor\n",
                         objects.size(), visible(text)),
             stderr);
  Json list = Json::array();
  for (std::size_t i = 0; i < objects.size() && i < kNamed; ++i) {
    if (json)
      list.push_back(json_of(objects[i]));
    else
      fmt::print("{}\n", text_of(objects[i]));
  }
  if (json)
    print({{"several", list}, {"count", objects.size()}});
  else if (objects.size() > kNamed)
    fmt::print("and {} more\n", objects.size() - kNamed);
  return 1;
}

}  // namespace

int show_command(const Settings& settings, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().empty()) {
    throw UsageError("show what? name an address, a GUID, an anchor, a DN, an account or a name");
  }
  if (arguments.size() > 1) {
    throw UsageError("show takes one name, and '" + arguments[1] +
                     "' is a second one; put a name "
                     "with blanks in quotes");
  }
  const auto store = Store::open(settings.store, Store::Mode::kReadOnly);
  print_text(damage_notice(*store), stderr);
  std::vector<FoundObject> objects = each_once(find_by_name(*store, arguments.front()));
  if (objects.empty()) {
    print_text("trueup: no object on either side answers to '" + visible(arguments.front()) + "'\n",
               stderr);
    return 1;
  }
  const bool several_mailboxes = objects.size() > 1 && is_mailbox(objects[1]);
  if (several_mailboxes || (objects.size() > 1 && !is_mailbox(objects[0]))) {
    return tell_several(objects, arguments.front(), settings.json);
  }
  VerdictOptions by = options_of_newest_plan(*store, given_settings(settings));
  const Explanation e = explain(*store, objects.front(), by.options, by.plan);
  if (!e.note.empty()) by.notes.push_back(e.note);
  objects.erase(objects.begin());
  if (settings.json) {
    print_explanation(e, by, objects);
    return 0;
  }
  print_side("cloud", e.cloud);
  print_side("ad", e.ad);
  if (!e.verdicts.empty()) fmt::print("differs:\n");
  for (const AttributeVerdict& v : e.verdicts) print_verdict(v);
  for (const std::string& line : e.outcome) fmt::print("verdict: {}\n", visible(line));
  if (by.plan != 0) fmt::print("plan: run {}\n", by.plan);
  for (const std::string& note : by.notes) fmt::print("note: {}\n", visible(note));
  for (const FoundObject& other : objects) fmt::print("also answers to it: {}\n", text_of(other));
  return 0;
}

}  // namespace trueup
