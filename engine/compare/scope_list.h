// SPDX-License-Identifier: Apache-2.0
// A scope list as it was read: what it names a mailbox by is for Scope to find out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trueup {

struct ScopeList {
  struct Entry {
    std::string text;              // without outer blanks and quotes; never empty
    bool may_have_remark = false;  // a '#' in it may begin one: not in a cell of a CSV
  };
  std::vector<Entry> entries;
  std::vector<std::string> unusable;  // for people: rows without a name
};

/// Without outer blanks, no-break ones among them, and byte order marks.
std::string_view trimmed_entry(std::string_view text);

/// `line` without a remark: a '#' begins one where a word would begin; guest#EXT#@contoso.com has
/// two.
std::string without_remark(std::string line);

}  // namespace trueup
