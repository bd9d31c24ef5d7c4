// SPDX-License-Identifier: Apache-2.0
// One mailbox on both sides, for the tests of the Comparer.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "engine/compare/compare.h"

namespace trueup::world {

class Pair {
 public:
  DiffOptions options;
  AttributeSet ever_filled;

  /// The cloud supplies these values; `ad` has them; or both.
  Pair& cloud(Attribute a, const std::vector<std::string>& values) {
    cloud_.supplied.add(a);
    return fill(cloud_, a, values);
  }
  Pair& cloud_flag(MailboxFlag flag) {
    cloud_.flags |= flag;
    return *this;
  }
  Pair& supplied_empty(Attribute a) { return cloud(a, {}); }
  Pair& ad(Attribute a, const std::vector<std::string>& values) { return fill(ad_, a, values); }
  Pair& both(Attribute a, const std::vector<std::string>& values) {
    return cloud(a, values).ad(a, values);
  }

  std::vector<AttributeVerdict> compare() {
    Comparer comparer(options);
    const auto verdicts = comparer.compare(cloud_, ad_, ever_filled);
    return {verdicts.begin(), verdicts.end()};
  }

  /// The edits, a line an attribute: name -deleted +added, then the reason if it is not made.
  std::string text() {
    std::string out;
    for (const AttributeVerdict& v : compare()) {
      if (!v.has_edit()) continue;
      if (!out.empty()) out += '\n';
      out += traits(v.edit.attribute).name;
      for (const std::string_view d : v.edit.deletes) out.append(" -").append(d);
      for (const std::string_view a : v.edit.adds) out.append(" +").append(a);
      if (v.refusal != Refusal::kNone) out.append(" ").append(to_string(v.refusal));
      if (v.hold != Hold::kNone) out.append(" ").append(to_string(v.hold));
    }
    return out;
  }

 private:
  Pair& fill(Mailbox& m, Attribute a, const std::vector<std::string>& values) {
    for (const std::string& v : values) {
      kept_.push_back(v);
      m.values.push_back({a, kept_.back()});
    }
    std::stable_sort(
        m.values.begin(), m.values.end(),
        [](const AttributeValue& x, const AttributeValue& y) { return x.attribute < y.attribute; });
    return *this;
  }

  std::deque<std::string> kept_;
  Mailbox cloud_, ad_;
};

}  // namespace trueup::world
