// SPDX-License-Identifier: Apache-2.0
// The file of a scope list, as people and Export-Csv write it: UTF-8 or UTF-16 with a BOM, one
// mailbox a line and remarks behind '#', or a CSV with one column that names mailboxes. What the
// names mean is for engine/scope to say.
#pragma once

#include <string>
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

/// Throws UsageError: the file cannot be read, is in no encoding that it tells, or is a CSV of
/// which it is not plain which column is meant.
ScopeList read_scope_list(const std::string& path);

/// `line` without a remark: a '#' begins one where a word would begin; guest#EXT#@contoso.com has
/// two.
std::string without_remark(std::string line);

}  // namespace trueup
