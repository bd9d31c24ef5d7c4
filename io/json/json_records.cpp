// SPDX-License-Identifier: Apache-2.0
#include "io/json/json_records.h"

#include <algorithm>
#include <cstring>

namespace trueup {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_open(char c) { return (c | 0x20) == '{'; }   // { and [ differ in that bit only
bool is_close(char c) { return (c | 0x20) == '}'; }  // and so do } and ]

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<ListPart> join(std::vector<ListPart>& parts, ListPart part) {
  for (std::size_t i = 0; i < parts.size();) {
    const ListPart& other = parts[i];
    const bool before = other.end == part.begin && !other.closes && !part.opens;
    const bool behind = part.end == other.begin && !part.closes && !other.opens;
    if ((!before && !behind) || other.file != part.file) {
      ++i;
      continue;
    }
    (before ? part.begin : part.end) = before ? other.begin : other.end;
    part.opens |= other.opens;
    part.closes |= other.closes;
    part.records += other.records;
    if (other.announced) part.announced = other.announced;
    part.has_next_link |= other.has_next_link;
    part.has_delta_link |= other.has_delta_link;
    part.has_selection |= other.has_selection;
    part.carried.add(other.carried);
    part.is_answer |= other.is_answer;
    part.total = std::max(part.total, other.total);
    if (part.warning.empty()) part.warning = other.warning;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;
  }
  if (part.opens && part.closes) return part;
  parts.push_back(std::move(part));
  return std::nullopt;
}

void JsonRecords::walk(const Chunk& chunk, const std::string& file, MailboxSink& sink) {
  sink_ = &sink;
  file_ = &file;
  end_ = chunk.offset + chunk.text.size();
  at_file_start_ = chunk.first;
  goes_on_ = !chunk.last;
  single_line_ = false;
  if (chunk.text.size() > JsonCursor::kLongestText) {
    refuse(chunk.offset, "2 GiB or more in one piece; use smaller chunks");
  }
  json_.open(chunk.text, chunk.offset);
  try {
    if (chunk.first && json_.at_end()) json_.fail("an object expected");
    if (!chunk.first && json_.take(',')) {
      ListPart part{.file = file, .begin = chunk.offset};
      bool closed = elements(part);
      if (closed && json_.take(',')) {
        closed = list_fields(part, true);
      } else if (closed) {
        json_.take('}');
      }
      on_list_end(part, closed);
    }
    while (!json_.at_end()) document();
  } catch (const JsonDefect& defect) {
    refuse(json_.offset(), (defect.syntax ? "not JSON (" + defect.reason + ")" : defect.reason) +
                               "; the file is cut off or damaged, export or fetch it again");
  }
}

void JsonRecords::document() {
  const JsonCursor::Mark start = json_.mark();
  const bool first = std::exchange(at_file_start_, false);
  ListPart part{.file = *file_, .begin = json_.offset(), .opens = true};
  if (takes_arrays() && json_.take('['))
    return on_list_end(part, json_.take(']') || elements(part));
  if (json_.peek() != '{' && json_.peek() != '[') json_.fail("an object expected");
  const Clue kind = json_.peek() == '{' ? top_level_clue() : Clue::kNone;
  if (kind == Clue::kNone && first) refuse(part.begin, "a foreign file; " + expected());
  if (kind == Clue::kList) {
    json_.advance();
    part.is_answer = true;
    return on_list_end(part, list_fields(part, false));
  }
  try {
    record(false);
  } catch (const JsonDefect& defect) {
    if (defect.syntax && !single_line_) return lines(start, first);
    json_.seek(start);
    defect.syntax ? json_.skip_rest() : json_.skip();
    sink_->on_defect(part.begin, defect.reason);
  }
}

// Decided by the first key that only a list or only a record has.
JsonRecords::Clue JsonRecords::top_level_clue() {
  const JsonCursor::Mark start = json_.mark();
  Clue found = Clue::kNone;
  try {
    json_.advance();
    while (json_.peek() != '}') {
      found = clue(json_.key());
      if (found != Clue::kNone) break;
      json_.skip();
      if (!json_.take(',')) break;
    }
  } catch (const JsonDefect&) {
    found = Clue::kRecord;  // reading it as one will tell what is wrong
  }
  json_.seek(start);
  return found;
}

// Line breaks stand in no string, so newline-delimited records can be told apart even where one of
// them has unbalanced quotes or brackets.
void JsonRecords::lines(JsonCursor::Mark start, bool first) {
  std::string_view rest = json_.text().substr(*start);
  std::uint64_t offset = json_.offset(start);
  auto length_of_line = [&rest] { return std::min(rest.find('\n'), rest.size() - 1) + 1; };
  const std::size_t length = length_of_line();
  std::size_t last = length;
  while (last > 0 && is_space(rest[last - 1])) --last;
  const std::size_t next = skip_space(rest, length);
  const bool delimited =
      is_close(rest[last - 1]) && (next < rest.size() ? is_open(rest[next]) : !first);
  if (!delimited) {
    json_.seek(start);
    throw JsonDefect{"a record that does not end", true};
  }
  const bool goes_on = goes_on_;
  single_line_ = true;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, length_of_line());
    rest.remove_prefix(line.size());
    goes_on_ = goes_on && rest.empty();
    json_.open(line, offset);
    while (!json_.at_end()) document();
    offset += line.size();
  }
}

void JsonRecords::record(bool in_list) {
  if (json_.suspect()) {
    const JsonCursor::Mark start = json_.mark();
    json_.skip();
    json_.check_bytes(start);
    json_.seek(start);
  }
  json_.release();
  on_record(in_list);
}

// Behind the comma or the bracket before an element. False if the list goes on in the next chunk.
bool JsonRecords::elements(ListPart& part) {
  do {
    ++part.records;
    const JsonCursor::Mark start = json_.mark();
    try {
      if (json_.peek() != '{') json_.wrong_type("an object expected");
      record(true);
    } catch (const JsonDefect& defect) {
      skip_bad_element(start, defect);
      sink_->on_defect(json_.offset(start), defect.reason);
    }
  } while (json_.take(','));
  if (json_.take(']')) return true;
  if (!goes_on_ || !json_.at_end()) json_.fail("a comma or a closing bracket expected");
  return false;
}

void JsonRecords::skip_bad_element(JsonCursor::Mark start, const JsonDefect& defect) {
  json_.seek(start);
  bool whole = true;
  try {
    json_.skip();
  } catch (const JsonDefect&) {
    whole = false;
  }
  // With a quote missing, strings and what is between them are taken for each other, and the end
  // that was found may be that of a later record.
  if (!whole || (defect.syntax && json_.quotes_look_swapped(start))) {
    json_.seek(start);
    throw JsonDefect{"a record that does not end", true};
  }
}

// Behind the brace or the comma before a key. False if the list goes on in the next chunk.
bool JsonRecords::list_fields(ListPart& part, bool had_list) {
  if (!had_list || json_.peek() != '}') {
    do {
      const std::uint64_t offset = json_.offset();
      const std::string_view name = json_.key();
      if (!is_list(name)) {
        on_list_key(name, offset, part);
        continue;
      }
      if (had_list) refuse(offset, "a second \"value\" in one page; " + expected());
      if (!json_.take('[')) refuse(offset, "\"value\" is no array; " + expected());
      had_list = true;
      if (!json_.take(']') && !elements(part)) return false;
    } while (json_.take(','));
  }
  if (!json_.take('}')) json_.fail("a comma or a closing brace expected");
  if (!had_list) refuse(part.begin, "a page without \"value\"; " + expected());
  return true;
}

std::string_view JsonRecords::trimmed_address(std::string_view address) {
  address = trimmed(address);
  const std::size_t rest = address.find(':') + 1;  // 0 where there is none
  const std::string_view payload = trimmed(address.substr(rest));
  if (rest + payload.size() == address.size()) return address;
  char* const out = json_.room(rest + payload.size());
  std::memcpy(out, address.data(), rest);
  std::memcpy(out + rest, payload.data(), payload.size());
  return {out, rest + payload.size()};
}

}  // namespace trueup
