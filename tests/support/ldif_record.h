// SPDX-License-Identifier: Apache-2.0
// Reads any LDIF (RFC 2849), content and change records alike, with every line of them: the plans,
// undos and rejects that trueup writes, as a test looks at them. One thread; the text must stay
// alive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/ldif/ldif_line.h"

namespace trueup {

enum class ChangeType : std::uint8_t {
  kNone,  // a content record
  kAdd,
  kDelete,
  kModify,
  kModifyDn,  // modrdn, moddn
};

/// One block of a modify record: what stands before its "-".
struct LdifModification {
  enum class Operation : std::uint8_t { kAdd, kDelete, kReplace };
  Operation operation{};
  std::string_view attribute;  // with its options
  std::size_t first = 0;       // its values are lines[first .. first + count)
  std::size_t count = 0;
};

/// The views are good until the reader reads on.
struct LdifRecord {
  std::uint64_t offset = 0;  // of its first line, from the start of the file
  /// False: a record that begins with something else, as "ref:" or ldapsearch's "search:"; then it
  /// has lines only.
  bool has_dn = false;
  std::string_view dn;
  ChangeType change = ChangeType::kNone;
  std::vector<std::string_view> controls;  // values of "control:" lines
  /// All other lines in input order; of a modify record the values only.
  std::vector<LdifLine> lines;
  std::vector<LdifModification> modifications;
  /// The text of comments behind the record before and within this one, unfolded, without "# ".
  std::vector<std::string_view> comments;

  void clear();
};

class LdifRecordReader {
 public:
  /// `offset`: where `text` starts in its file. The text starts at a record.
  explicit LdifRecordReader(std::string_view text, std::uint64_t offset = 0);

  enum class Result { kRecord, kDefect, kEnd };
  /// Reads the next record. kDefect: it cannot be read, `reason` says why, record.offset where; the
  /// reader stands behind it. kEnd: there is none; record.comments holds what stood there.
  Result next(LdifRecord& record, std::string& reason);

 private:
  const char* parse_record(LdifRecord& record);
  const char* parse_head(LdifRecord& record);
  const char* parse_modifications(LdifRecord& record);
  const char* next_line(LdifRecord& record, bool& found);
  void skip_between_records(LdifRecord& record);
  void skip_record();

  const char* begin_;
  const char* end_;
  const char* position_;
  std::uint64_t offset_;
  TextArena arena_;
  LdifLine line_;           // the line next_line() found ...
  bool separator_ = false;  // ... or it was "-"
  bool held_ = false;       // next_line() shall give it once more
};

}  // namespace trueup
