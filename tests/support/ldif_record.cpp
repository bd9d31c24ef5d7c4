// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ldif_record.h"

#include <optional>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

bool is(std::string_view name, std::string_view keyword) {
  return equal_ignoring_ascii_case(name, keyword);
}

std::optional<ChangeType> change_type(std::string_view value) {
  if (is(value, "add")) return ChangeType::kAdd;
  if (is(value, "delete")) return ChangeType::kDelete;
  if (is(value, "modify")) return ChangeType::kModify;
  if (is(value, "modrdn") || is(value, "moddn")) return ChangeType::kModifyDn;
  return std::nullopt;
}

std::optional<LdifModification::Operation> operation(std::string_view name) {
  if (is(name, "add")) return LdifModification::Operation::kAdd;
  if (is(name, "delete")) return LdifModification::Operation::kDelete;
  if (is(name, "replace")) return LdifModification::Operation::kReplace;
  return std::nullopt;
}

std::string_view comment_text(std::string_view line) {
  line.remove_prefix(line.starts_with("# ") ? 2 : 1);
  return line;
}

/// "name;options" as it stands in the file: the two are views of one piece of text.
std::string_view description(const LdifLine& line) {
  return {line.name.data(), line.name.size() + line.options.size()};
}

}  // namespace

void LdifRecord::clear() {
  offset = 0;
  has_dn = false;
  dn = {};
  change = ChangeType::kNone;
  controls.clear();
  lines.clear();
  modifications.clear();
  comments.clear();
}

LdifRecordReader::LdifRecordReader(std::string_view text, std::uint64_t offset)
    : begin_(text.data()), end_(begin_ + text.size()), position_(begin_), offset_(offset) {}

LdifRecordReader::Result LdifRecordReader::next(LdifRecord& record, std::string& reason) {
  record.clear();
  arena_.reset();
  skip_between_records(record);
  record.offset = offset_ + static_cast<std::uint64_t>(position_ - begin_);
  if (position_ == end_) return Result::kEnd;
  held_ = false;
  const char* const wrong = parse_record(record);
  skip_record();
  if (wrong == nullptr) return Result::kRecord;
  reason = wrong;
  return Result::kDefect;
}

/// Goes to the first line of a record: over blank lines, comments and version lines.
void LdifRecordReader::skip_between_records(LdifRecord& record) {
  while (position_ != end_) {
    if (is_blank_line(position_, end_)) {
      position_ += *position_ == '\r' ? 2 : 1;
      continue;
    }
    const FoldedLine folded = folded_line(position_, end_);
    const std::string_view text = unfolded(folded, arena_);
    if (text.starts_with('#')) {
      record.comments.push_back(comment_text(text));
    } else if (!is(text.substr(0, text.find(':')), "version")) {
      return;
    }
    position_ = folded.next;
  }
}

/// Goes behind the current record.
void LdifRecordReader::skip_record() {
  while (position_ != end_ && !is_blank_line(position_, end_)) {
    position_ = folded_line(position_, end_).next;
  }
}

/// Reads the next line of the record to line_ or separator_, comments aside; `found` is false at
/// the record's end.
const char* LdifRecordReader::next_line(LdifRecord& record, bool& found) {
  if (held_) {
    held_ = false;
    found = true;
    return nullptr;
  }
  found = false;
  separator_ = false;
  while (position_ != end_ && !is_blank_line(position_, end_)) {
    const FoldedLine folded = folded_line(position_, end_);
    const std::string_view text = unfolded(folded, arena_);
    position_ = folded.next;
    if (text.starts_with('#')) {
      record.comments.push_back(comment_text(text));
      continue;
    }
    found = true;
    separator_ = text == "-";
    return separator_ ? nullptr : parse_line(text, arena_, line_);
  }
  return nullptr;
}

const char* LdifRecordReader::parse_record(LdifRecord& record) {
  if (const char* wrong = parse_head(record)) return wrong;
  if (record.change == ChangeType::kModify) return parse_modifications(record);
  bool found = false;
  while (true) {
    if (const char* wrong = next_line(record, found)) return wrong;
    if (!found) break;
    if (separator_) return "a \"-\" line outside a modify record";
    if (record.has_dn && is(line_.name, "dn")) {
      return "a second dn: in a record; a blank line is missing";
    }
    record.lines.push_back(line_);
  }
  if (record.change == ChangeType::kDelete && !record.lines.empty()) {
    return "attributes in a delete record";
  }
  return nullptr;
}

/// dn:, control: and changetype: lines; the first other line is held for next_line().
const char* LdifRecordReader::parse_head(LdifRecord& record) {
  bool found = false;
  if (const char* wrong = next_line(record, found)) return wrong;
  if (separator_) return "a record that begins with \"-\"";
  record.has_dn = is(line_.name, "dn");
  if (!record.has_dn) {
    record.lines.push_back(line_);
    return nullptr;
  }
  if (line_.kind == LdifValue::kUrl) return "a dn: that is a URL";
  record.dn = line_.value;
  while (true) {
    if (const char* wrong = next_line(record, found)) return wrong;
    if (!found) return nullptr;
    if (!separator_ && is(line_.name, "control")) {
      record.controls.push_back(line_.value);
    } else if (!separator_ && is(line_.name, "changetype")) {
      const std::optional<ChangeType> type = change_type(line_.value);
      if (!type) return "an unknown changetype";
      record.change = *type;
      return nullptr;
    } else {
      held_ = true;
      return record.controls.empty() ? nullptr : "control: without changetype:";
    }
  }
}

const char* LdifRecordReader::parse_modifications(LdifRecord& record) {
  bool found = false;
  while (true) {
    if (const char* wrong = next_line(record, found)) return wrong;
    if (!found) return nullptr;
    const std::optional<LdifModification::Operation> op =
        separator_ ? std::nullopt : operation(line_.name);
    if (!op) return "not add:, delete: or replace: where a modification starts";
    const std::string_view attribute = line_.value;
    const std::size_t first = record.lines.size();
    while (true) {
      if (const char* wrong = next_line(record, found)) return wrong;
      if (!found) return "a modification without \"-\" behind it; the record is not whole";
      if (separator_) break;
      if (!is(description(line_), attribute))
        return "a value of another attribute in a modification";
      record.lines.push_back(line_);
    }
    record.modifications.push_back({*op, attribute, first, record.lines.size() - first});
  }
}

}  // namespace trueup
