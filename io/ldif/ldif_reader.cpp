// SPDX-License-Identifier: Apache-2.0
#include "io/ldif/ldif_reader.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "io/bytes/base64.h"
#include "io/bytes/byte_mask.h"
#include "io/bytes/line_ends.h"
#include "io/ldif/ldif_line.h"
#include "io/ldif/tool_lines.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/directory_identity.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kLongestQuote = 256;  // bytes of a DN or value in a message

/// Lengths of the names of lines that are no attributes: none, dn, result, changetype, and the
/// prompt "Press [before/after(/offset|:value)]" up to its colon.
constexpr std::uint32_t kKeywordLengths = 1U << 0 | 1U << 2 | 1U << 6 | 1U << 10 | 1U << 28;

/// "ldap_result: ..." is a message of ldapsearch; no attribute of AD is spelled so.
bool starts_like_a_client(const char* line) { return std::memcmp(line, "ldap", 4) == 0; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

std::optional<std::uint64_t> number_after(std::string_view line, std::string_view label) {
  if (!line.starts_with(label)) return std::nullopt;
  line = trimmed(line.substr(label.size()));
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc() || stop == line.data()) return std::nullopt;
  return number;
}

/// [MS-ADTS] 3.1.1.3.1.3.3: the server gave some of the values only.
bool has_range(std::string_view options) {
  constexpr std::string_view kRange = ";range=";
  for (; options.size() >= kRange.size(); options.remove_prefix(1)) {
    if (equal_ignoring_ascii_case(options.substr(0, kRange.size()), kRange)) return true;
  }
  return false;
}

/// For messages: what stands in a damaged file must not break their lines.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, kLongestQuote));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return out;
}

class Parser {
 public:
  Parser(const Chunk& chunk, const std::string& file, MailboxSink& sink, LdifSummary& summary,
         AdObjectBuilder& builder, TextArena& arena, Mailbox& mailbox)
      : chunk_(chunk),
        begin_(chunk.text.data()),
        end_(begin_ + chunk.text.size()),
        file_(file),
        sink_(sink),
        summary_(summary),
        builder_(builder),
        arena_(arena),
        mailbox_(mailbox),
        line_ends_(begin_, end_) {}

  void run() {
    const char* line = begin_;
    while (line < end_) {
      const char* const line_end = line_ends_.next();
      const char* next = line_end + 1;
      if (is_blank_line(line, end_)) {
        finish_record();
      } else if (*line == '#') {
        read_comment({line, static_cast<std::size_t>(line_end - line)}, line_end);
      } else if (*line == ' ' && (in_entry_ || after_comment_)) {
        // Goes on with a line that was stepped over.
      } else if (in_entry_) {
        next = add_line(line, line_end);
      } else {
        next = begin_record(line);
      }
      line = next;
    }
    finish_record();
    // Behind the last entry only: before one it may be that one's name.
    for (const std::string_view comment : comments_) {
      if (tells_a_failure(comment)) record_foreign(comment);
    }
    if (line_ends_.saw_high_bytes()) refuse_wrong_encoding(chunk_.text, chunk_.offset, file_);
  }

 private:
  // The functions that take a line return where the next one starts.

  const char* begin_record(const char* line) {
    after_comment_ = false;
    record_ = line;
    const FoldedLine folded = folded_line(line, end_);
    LdifLine dn;
    const char* wrong = parse_line(unfolded(folded, arena_), arena_, dn);
    if (!equal_ignoring_ascii_case(dn.name, "dn")) return read_other_record(dn, wrong);
    if (dn.kind == LdifValue::kUrl) wrong = "a dn: that is a URL";
    if (wrong != nullptr) refuse(wrong);
    builder_.begin(wrong == nullptr ? dn.value : std::string_view());
    comments_.clear();
    ++summary_.entries;
    summary_.last_entry_at = offset_of(line) + 1;
    in_entry_ = found_record_ = true;
    return go_on_at(folded.next);
  }

  const char* add_line(const char* line, const char* line_end) {
    const std::uint32_t mask = either_mask32(line, ':', ';');
    const auto name_length = static_cast<std::size_t>(std::countr_zero(mask));
    const char* const delimiter = line + name_length;
    if (mask == 0 || delimiter >= line_end) return add_long_name(line, line_end);
    const AdField field = ad_field_padded(line, name_length);
    if (field == AdField::kNone) {
      const bool keyword = (kKeywordLengths >> name_length & 1) != 0;
      const bool client = starts_like_a_client(line);
      return keyword || client ? check_keyword(line, line_end) : line_end + 1;
    }
    const bool folded = line_end + 1 < end_ && line_end[1] == ' ';
    if (folded || *delimiter == ';' || delimiter[1] == '<') return add_general(line);
    const char* value = delimiter + (delimiter[1] == ':' ? 2 : 1);
    while (value < line_end && *value == ' ') ++value;
    const char* value_end = line_end;
    if (value_end > value && value_end[-1] == '\r') --value_end;
    const std::string_view text(value, static_cast<std::size_t>(value_end - value));
    if (text.empty()) {
      refuse_empty({line, name_length});
    } else if (delimiter[1] == ':') {
      add_base64(field, text);
    } else {
      builder_.add(field, text);
    }
    return line_end + 1;
  }

  void add_base64(AdField field, std::string_view text) {
    char* const bytes = arena_.take(text.size() / 4 * 3);
    const std::optional<std::size_t> size = decode_base64(text, bytes);
    if (!size) return refuse("a value that is not base64");
    builder_.add(field, {bytes, *size});
  }

  /// A line whose name is longer than any that counts, or is itself folded.
  const char* add_long_name(const char* line, const char* line_end) {
    const auto length = static_cast<std::size_t>(line_end - line);
    if (std::memchr(line, ':', length) != nullptr) return line_end + 1;
    return add_general(line);
  }

  /// Any line, also with folds, options and URLs.
  const char* add_general(const char* start) {
    const FoldedLine folded = folded_line(start, end_);
    LdifLine line;
    const char* const wrong = parse_line(unfolded(folded, arena_), arena_, line);
    if (wrong != nullptr) {
      if (const char* const next = read_tool_line(start)) return next;
      refuse(wrong);
    } else if (const AdField field = ad_field(line.name); field == AdField::kNone) {
      check_keyword(line);
    } else if (has_range(line.options)) {
      refuse("an incomplete attribute (" + printable(line.name) + printable(line.options) +
             "); export it whole, ldapsearch and ldifde do not fetch further ranges");
    } else if (line.kind == LdifValue::kUrl) {
      refuse("a value of " + printable(line.name) + " given as a URL, which is never opened");
    } else if (line.options.empty() || equal_ignoring_ascii_case(line.options, ";binary")) {
      if (line.value.empty()) refuse_empty(line.name);
      builder_.add(field, line.value);
    }  // with another option it is another attribute
    return go_on_at(folded.next);
  }

  const char* check_keyword(const char* line, const char* line_end) {
    const std::string_view text(line, static_cast<std::size_t>(line_end - line));
    const std::string_view name = text.substr(0, text.find(':'));
    if (name.empty() || equal_ignoring_ascii_case(name, "dn") ||
        equal_ignoring_ascii_case(name, "changetype")) {
      LdifLine parsed;
      const FoldedLine folded = folded_line(line, end_);
      const char* const wrong = parse_line(unfolded(folded, arena_), arena_, parsed);
      if (wrong != nullptr) {
        refuse(wrong);
      } else {
        check_keyword(parsed);
      }
    } else if (*line == 'l' || *line == 'r' || *line == 'P') {
      if (const char* const next = read_tool_line(line)) return next;
    }
    return line_end + 1;
  }

  /// A line that ldapsearch, or what else made the export, says between the records; nullptr if it
  /// is none of these.
  const char* read_tool_line(const char* start) {
    const char* const newline = std::find(start, end_, '\n');
    const std::string_view line(start, static_cast<std::size_t>(newline - start));
    const char* next = newline == end_ ? end_ : newline + 1;
    switch (tool_line(line)) {
      case ToolLine::kNone: return nullptr;
      case ToolLine::kNotice: break;
      case ToolLine::kFailure: fail_search(start, trimmed(line));
      case ToolLine::kPrompt:
        finish_record();
        summary_.last_prompt_at = offset_of(start) + 1;
        if (const std::string_view rest = trimmed(line.substr(prompt_size(line))); !rest.empty()) {
          next = rest.data();
        }
        break;
    }
    found_record_ = true;
    return go_on_at(next);
  }

  /// A line of blanks, or the Ctrl-Z that Windows' copy puts at the end; nullptr if it is neither.
  const char* read_nothing(const char* start) {
    const char* const newline = std::find(start, end_, '\n');
    const std::string_view line(start, static_cast<std::size_t>(newline - start));
    if (line.find_first_not_of(" \t\r\x1A") != line.npos) return nullptr;
    return go_on_at(newline == end_ ? end_ : newline + 1);
  }

  void check_keyword(const LdifLine& line) {
    if (equal_ignoring_ascii_case(line.name, "dn")) {
      refuse("a second dn: in a record; a blank line is missing");
    } else if (equal_ignoring_ascii_case(line.name, "changetype") &&
               !equal_ignoring_ascii_case(line.value, "add")) {
      refuse("a change record (changetype: " + printable(line.value) + ") in an export");
    }
  }

  /// A record that is no entry: the version line, a search reference, how ldapsearch ended.
  const char* read_other_record(const LdifLine& first, const char* wrong) {
    if (const char* const next = read_tool_line(record_)) return next;
    if (const char* const next = read_nothing(record_)) return next;
    const bool is_search_result = equal_ignoring_ascii_case(first.name, "search") ||
                                  equal_ignoring_ascii_case(first.name, "result") ||
                                  equal_ignoring_ascii_case(first.name, "pagedresults");
    if (wrong == nullptr && equal_ignoring_ascii_case(first.name, "version")) {
      if (first.value != "1") fail("LDIF version " + printable(first.value) + " is not known");
      return go_on_at(folded_line(record_, end_).next);
    }
    const char* p = record_;
    while (p < end_ && !is_blank_line(p, end_)) {
      const FoldedLine folded = folded_line(p, end_);
      if (is_search_result && tool_line(folded.text) == ToolLine::kPrompt) break;
      if (is_search_result) check_result(folded.text);
      // Of the next page, with no blank line between.
      if (*p == '#') read_comment(folded.text, folded.text.data() + folded.text.size());
      p = folded.next;
    }
    const auto length = static_cast<std::size_t>(p - record_);
    if (std::memchr(record_, '\0', length) != nullptr) {
      wrong = "a NUL byte; the file is damaged";
    } else if (wrong == nullptr && !is_search_result &&
               !equal_ignoring_ascii_case(first.name, "ref")) {
      wrong = "a record that does not begin with dn:";
    }
    if (wrong != nullptr) {
      if (chunk_.first && !found_record_) fail("not an LDIF file: " + std::string(wrong));
      sink_.on_defect(offset_of(record_), wrong);
      record_foreign(folded_line(record_, end_).text);
    }
    found_record_ = true;
    return go_on_at(p);
  }

  /// `line_end`: where it ends in the file; it may go on behind that.
  void read_comment(std::string_view line, const char* line_end) {
    after_comment_ = true;
    if (!in_entry_ && line_ends_.take_nul()) {
      sink_.on_defect(offset_of(line.data()), "a NUL byte; the file is damaged");
    }
    if (trimmed(line) == "# extended LDIF") ++summary_.searches_begun;
    if (in_entry_ && trimmed(line) == "# search result") finish_record();
    if (const std::optional<std::uint64_t> n = number_after(line, "# numEntries:")) {
      summary_.announced_entries = *n + summary_.announced_entries.value_or(0);
    }
    constexpr std::string_view kMark = "# ";
    if (line.starts_with("# pagedresults:")) read_cookie(line, line_end);
    if (line.starts_with("# result:") && is_failed_result(line.substr(kMark.size()))) {
      fail_search(line.data(), trimmed(line.substr(kMark.size())));
    }
    comments_.push_back(line);
  }

  /// What is no LDIF: at the end of a file, the last words of what wrote it.
  void record_foreign(std::string_view line) {
    summary_.last_foreign_at = offset_of(line.data()) + 1;
    summary_.last_foreign = printable(trimmed(line));
  }

  /// "pagedresults: cookie=AQAAAAAAAAD//w==": empty where no page follows.
  void read_cookie(std::string_view line, const char* line_end) {
    constexpr std::string_view kCookie = "cookie=";
    const std::size_t at = line.find(kCookie);
    if (at == std::string_view::npos) return;
    const std::size_t fold = line_end != end_ && *line_end == '\r' ? 2 : 1;
    const bool goes_on =
        end_ - line_end > static_cast<std::ptrdiff_t>(fold) && line_end[fold] == ' ';
    summary_.last_cookie_at = offset_of(line.data()) + 1;
    summary_.more_pages = goes_on || !trimmed(line.substr(at + kCookie.size())).empty();
  }

  /// ldapsearch's last record: "search: 2", "result: 0 Success", "pagedresults: cookie=".
  void check_result(std::string_view line) {
    if (line.starts_with("pagedresults:")) read_cookie(line, line.data() + line.size());
    if (!line.starts_with("result:")) return;
    const std::string_view result = trimmed(line.substr(std::string_view("result:").size()));
    if (result != "0" && !result.starts_with("0 ")) fail_search(line.data(), trimmed(line));
    ++summary_.searches_ended;
  }

  void finish_record() {
    after_comment_ = false;
    const bool nul = line_ends_.take_nul();
    if (!in_entry_) return;
    in_entry_ = false;
    if (nul) refuse("a NUL byte; the file is damaged");
    if (builder_.dn().empty() && builder_.is_user()) refuse("a user without a value of dn:");
    deliver();
    reason_.clear();
    arena_.reset();
  }

  void deliver() {
    using Result = AdObjectBuilder::Result;
    const std::string_view dn = builder_.dn();
    std::string wrong;
    const Result result = builder_.finish(mailbox_, wrong);
    if (!builder_.has_object_class()) ++summary_.entries_without_object_class;
    if (builder_.is_user()) {
      ++summary_.user_entries;
      if (!builder_.has_object_guid()) ++summary_.user_entries_without_guid;
    }
    if (is_domain(dn)) {
      if (const std::optional<Anchor> guid = builder_.guid()) sink_.on_domain(dn, *guid);
    }
    if (reason_.empty() && result == Result::kDefect) reason_ = std::move(wrong);
    if (!reason_.empty()) {
      sink_.on_defect(offset_of(record_), reason_ + ", in " + printable(dn));
    } else if (result == Result::kMailbox) {
      sink_.on_mailbox(mailbox_, offset_of(record_));
      return;
    }
    if (builder_.is_container()) sink_.on_container(dn);
    if (builder_.carried() != 0) sink_.on_carried(builder_.carried());
  }

  /// The first thing wrong with the current record is what its defect says.
  void refuse(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
  }

  void refuse_empty(std::string_view name) {
    refuse("an empty value of " + printable(name) +
           ", and AD stores none: a value on the next line "
           "must begin with a blank there; export again");
  }

  [[noreturn]] void fail(const std::string& what) const { fail_at(record_, what); }
  [[noreturn]] void fail_at(const char* where, const std::string& what) const {
    throw InputError(file_ + ", at byte " + std::to_string(offset_of(where)) + ": " + what);
  }
  [[noreturn]] void fail_search(const char* where, std::string_view message) const {
    fail_at(where, "the search that wrote it did not finish (" + printable(message) +
                       "), so entries are missing; export it again");
  }

  const char* go_on_at(const char* p) {
    line_ends_.go_to(p);
    return p;
  }

  std::uint64_t offset_of(const char* p) const {
    return chunk_.offset + static_cast<std::uint64_t>(p - begin_);
  }

  const Chunk& chunk_;
  const char* const begin_;
  const char* const end_;
  const std::string& file_;
  MailboxSink& sink_;
  LdifSummary& summary_;
  AdObjectBuilder& builder_;
  TextArena& arena_;
  Mailbox& mailbox_;
  LineEnds line_ends_;
  const char* record_ = begin_;  // where the current record starts
  bool in_entry_ = false;
  bool after_comment_ = false;  // a line that starts with a space goes on with a comment
  bool found_record_ = false;
  std::string reason_;                      // why the current record is refused; empty: it is not
  std::vector<std::string_view> comments_;  // since the last entry began
};

}  // namespace

void LdifSummary::add(const LdifSummary& other) {
  entries += other.entries;
  user_entries += other.user_entries;
  user_entries_without_guid += other.user_entries_without_guid;
  entries_without_object_class += other.entries_without_object_class;
  if (other.announced_entries) {
    announced_entries = *other.announced_entries + announced_entries.value_or(0);
  }
  searches_begun += other.searches_begun;
  searches_ended += other.searches_ended;
  last_entry_at = std::max(last_entry_at, other.last_entry_at);
  last_prompt_at = std::max(last_prompt_at, other.last_prompt_at);
  if (other.last_foreign_at > last_foreign_at) {
    last_foreign_at = other.last_foreign_at;
    last_foreign = other.last_foreign;
  }
  if (other.last_cookie_at > last_cookie_at) {
    last_cookie_at = other.last_cookie_at;
    more_pages = other.more_pages;
  }
}

std::string LdifSummary::incomplete() const {
  if (announced_entries && *announced_entries != entries) {
    return "it says numEntries: " + std::to_string(*announced_entries) + " but holds " +
           std::to_string(entries) + " entries; export it again";
  }
  if (more_pages) {
    return "its last 'pagedresults: cookie=' is not empty, so the search was to go on and pages "
           "are "
           "missing; export it again";
  }
  if (last_foreign_at > last_entry_at) {
    return "it ends with '" + last_foreign +
           "', which is no LDIF: what wrote it did not come to its "
           "end, so entries may be missing; export it again";
  }
  if (last_prompt_at > std::max(last_entry_at, last_cookie_at)) {
    return "it ends where ldapsearch asked for the next page, so pages are missing; export it "
           "again "
           "with -E pr=1000/noprompt";
  }
  if (searches_begun > searches_ended) {
    return "the ldapsearch that wrote it did not come to its end; export it again";
  }
  return "";
}

std::size_t cut_ldif(std::string_view text) {
  std::size_t newline = text.rfind('\n');
  while (newline != std::string_view::npos && newline != 0) {
    const std::size_t before = text.rfind('\n', newline - 1);
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    if (newline == start || (newline == start + 1 && text[start] == '\r')) return newline + 1;
    newline = before;
  }
  return 0;
}

void AdLdifReader::parse(const Chunk& chunk, const std::string& file, MailboxSink& sink,
                         LdifSummary& summary) {
  if (chunk.first && (chunk.text.starts_with('{') || chunk.text.starts_with('['))) {
    throw InputError(file +
                     " is JSON, not LDIF; --ad takes the export of Active Directory, "
                     "--graph and --exo take the cloud's");
  }
  if (chunk.last) refuse_cut_ldif(chunk.text, file);
  arena_.reset();
  Parser(chunk, file, sink, summary, builder_, arena_, mailbox_).run();
}

}  // namespace trueup
