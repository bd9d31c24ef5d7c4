// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/dn_subtree.h"

#include <algorithm>
#include <array>
#include <optional>

#include "snapshots/model/canonical.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/errors.h"
#include "snapshots/model/rdn_key.h"

namespace trueup {
namespace {

// What a character of a DN is to the comparison of plain text: of itself, up to ASCII case.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = ' '; c <= '~'; ++c) plain[c] = true;
  for (const char c : {'\\', '"', '+', ',', ';'}) plain[static_cast<unsigned char>(c)] = false;
  return plain;
}();

bool is_plain_char(char c) { return kPlain[static_cast<unsigned char>(c)]; }

// REQUIRES: plain characters only. Is the text that of its key, up to ASCII case?
bool is_plain_value(std::string_view value) {
  return !value.empty() && value.front() != '#' && value.front() != ' ' && value.back() != ' ' &&
         value.find("  ") == std::string_view::npos;
}

bool is_plain_type(std::string_view type) {
  constexpr std::string_view kTypes[] = {"ou", "cn", "dc", "o", "uid", "c", "l"};
  return std::any_of(std::begin(kTypes), std::end(kTypes),
                     [&](std::string_view t) { return equal_ignoring_ascii_case(type, t); });
}

bool is_plain_rdn(std::string_view rdn) {
  const std::size_t equals = rdn.find('=');
  return equals != std::string_view::npos && is_plain_type(rdn.substr(0, equals)) &&
         is_plain_value(rdn.substr(equals + 1));
}

// The text behind the last comma; nothing if it has other than plain characters, or if the comma
// may be escaped. REQUIRES: no quotes.
std::optional<std::string_view> last_plain_rdn(std::string_view dn) {
  std::size_t start = dn.size();
  while (start > 0 && dn[start - 1] != ',') {
    if (!is_plain_char(dn[--start])) return std::nullopt;
  }
  if (start > 1 && dn[start - 2] == '\\') return std::nullopt;
  return dn.substr(start);
}

bool all_plain_chars(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_plain_char);
}

// A DN's text without escapes and quotes, as far as there are any.
std::string without_escapes(std::string_view dn) {
  std::string out;
  for (std::size_t i = 0; i < dn.size(); ++i) {
    if (dn[i] == '"') continue;
    if (dn[i] != '\\') {
      out += dn[i];
    } else if (const auto octet = hex_octet(dn, i + 1)) {
      out += *octet;
      i += 2;
    } else if (++i < dn.size()) {
      out += dn[i];
    }
  }
  return out;
}

// Cut at every separator, whether it was escaped or not; from the leaf.
std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t end = text.find_first_of(",;");
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

// Without the blank ones at the root, such as a comma too many makes.
std::vector<std::string_view> pieces_of_dn(std::string_view text) {
  std::vector<std::string_view> pieces = pieces_of(text);
  while (!pieces.empty() && without_outer_blanks(pieces.back()).empty()) pieces.pop_back();
  return pieces;
}

std::string lenient_key(std::string_view piece) {
  std::string key;
  const std::size_t equals = piece.find('=');
  if (equals != std::string_view::npos) {
    append_rdn_type_key(without_outer_blanks(piece.substr(0, equals)), key);
    key += '=';
    piece.remove_prefix(equals + 1);
  }
  append_rdn_value_key(without_outer_blanks(piece), DnFold::kWidest, key);
  return key;
}

[[noreturn]] void refuse(std::string_view text, std::size_t offset, std::string_view kind,
                         std::string_view what, std::string_view remedy) {
  const auto before = text.substr(0, offset);
  const auto character = 1 + std::count_if(before.begin(), before.end(), [](char c) {
                           return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                         });
  std::string message("'");
  message.append(text).append("' is not a ").append(kind).append(": at character ");
  message.append(std::to_string(character)).append(", ").append(what);
  throw UsageError(message.append(". ").append(remedy));
}

}  // namespace

bool DnSubtree::Rdn::matches(std::string_view rdn_key) const {
  if (type == Type::kGiven) return rdn_key == key;
  if (value_of_rdn_key(rdn_key) != key || is_multi_valued(rdn_key)) {
    return false;
  }
  return type == Type::kAny || !rdn_key.starts_with("dc=");
}

bool DnSubtree::Rdn::covers(const Rdn& other) const {
  if (other.type == Type::kGiven) return matches(other.key);
  return type != Type::kGiven && key == other.key;
}

DnSubtree::DnSubtree(std::string_view text, DnFold fold) : text_(text), fold_(fold) {
  const std::string_view name = without_outer_blanks(text_);
  if (looks_like_canonical_name(name)) {
    read_canonical_name(name);
  } else if (name.find('=') != std::string_view::npos) {
    read_dn(name);
  } else {
    throw UsageError("'" + text_ +
                     "' is neither a distinguished name nor a canonical name; write "
                     "OU=Board,DC=contoso,DC=com, or contoso.com/Board, or contoso.com/ for the "
                     "whole domain");
  }
  for (const Rdn& rdn : rdns_) {
    const bool plain = all_plain_chars(rdn.key) &&
                       (rdn.type == Rdn::Type::kGiven ? is_plain_value(value_of_rdn_key(rdn.key))
                                                      : is_plain_value(rdn.key));
    plain_ = plain_ && plain;
  }
}

void DnSubtree::read_dn(std::string_view dn) {
  DnReader reader(dn);
  for (Rdn rdn; next_rdn_key(reader, fold_, rdn.key);) rdns_.push_back(rdn);
  if (const auto& error = reader.error()) {
    refuse(dn, error->offset, "distinguished name", error->what,
           "Write type=value, separated by commas, as in OU=Board,DC=contoso,DC=com, and a comma "
           "inside a value as \\,");
  }
  std::reverse(rdns_.begin(), rdns_.end());
  const std::string text = without_escapes(dn);
  for (const std::string_view piece : pieces_of_dn(text)) {
    lenient_.push_back({Rdn::Type::kGiven, lenient_key(piece)});
  }
  std::reverse(lenient_.begin(), lenient_.end());
}

void DnSubtree::read_canonical_name(std::string_view name) {
  const std::size_t slash = name.find('/');
  for (std::size_t end = slash; end != std::string_view::npos;) {  // labels, from the root
    const std::size_t dot = end == 0 ? std::string_view::npos : name.rfind('.', end - 1);
    const std::size_t start = dot == std::string_view::npos ? 0 : dot + 1;
    Rdn rdn{Rdn::Type::kGiven, "dc="};
    append_rdn_value_key(name.substr(start, end - start), fold_, rdn.key);
    rdns_.push_back(std::move(rdn));
    end = dot;
  }
  lenient_ = rdns_;
  Rdn::Type type = Rdn::Type::kAnyButDc;
  for (std::size_t at = slash + 1; at < name.size(); ++at) {
    const std::size_t start = at;
    std::string value;
    for (; at < name.size() && name[at] != '/'; ++at) {
      if (name[at] == '\\' && at + 1 == name.size()) {
        refuse(name, at, "canonical name", "nothing follows this backslash",
               "Write a backslash as \\\\");
      }
      if (name[at] == '\\' && (name[at + 1] == '/' || name[at + 1] == '\\')) ++at;
      value += name[at];
    }
    if (without_outer_blanks(value).empty()) {
      refuse(name, start, "canonical name", "there is no name between the slashes",
             "Write it as in contoso.com/Board/Level 2, and a slash inside a name as \\/");
    }
    add_component(type, value);
    type = Rdn::Type::kAny;
  }
}

void DnSubtree::add_component(Rdn::Type type, std::string_view value) {
  Rdn rdn{type, {}};
  append_rdn_value_key(value, fold_, rdn.key);
  rdns_.push_back(std::move(rdn));
  // In a DN's text, the pieces of `a,b` are `?=a` and `b`, the leaf first.
  const std::vector<std::string_view> pieces = pieces_of(value);
  for (std::size_t i = pieces.size(); i-- > 1;) {
    lenient_.push_back({Rdn::Type::kGiven, lenient_key(pieces[i])});
  }
  Rdn first{Rdn::Type::kAny, {}};
  append_rdn_value_key(pieces[0], DnFold::kWidest, first.key);
  lenient_.push_back(std::move(first));
}

bool DnSubtree::contains(std::string_view dn) const {
  switch (plain_ ? contains_plain(dn) : Answer::kUnsure) {
    case Answer::kNo: return false;
    case Answer::kYes: return true;
    case Answer::kUnsure: break;
  }
  const std::optional<std::size_t> count = count_rdns(dn);
  if (!count) return fold_ == DnFold::kWidest && contains_leniently(dn);
  return *count >= rdns_.size() && matches_below(dn, *count - rdns_.size());
}

// Compares RDN by RDN from the root, by their text. Certain only of RDNs whose text is that of
// their key, up to ASCII case, and of commas that cannot be escaped or quoted.
DnSubtree::Answer DnSubtree::contains_plain(std::string_view dn) const {
  if (dn.find('"') != std::string_view::npos) return Answer::kUnsure;
  for (std::size_t i = 0; i < rdns_.size(); ++i) {
    const std::optional<std::string_view> text = last_plain_rdn(dn);
    if (!text) return Answer::kUnsure;
    const Rdn& rdn = rdns_[i];
    if (rdn.type != Rdn::Type::kGiven) {
      if (!is_plain_rdn(*text)) return Answer::kUnsure;
      const std::size_t equals = text->find('=');
      if (!equal_ignoring_ascii_case(text->substr(equals + 1), rdn.key)) return Answer::kNo;
      if (rdn.type == Rdn::Type::kAnyButDc &&
          equal_ignoring_ascii_case(text->substr(0, equals), "dc")) {
        return Answer::kNo;
      }
    } else if (!equal_ignoring_ascii_case(*text, rdn.key)) {
      return is_plain_rdn(*text) ? Answer::kNo : Answer::kUnsure;
    }
    if (text->size() == dn.size()) return i + 1 == rdns_.size() ? Answer::kYes : Answer::kNo;
    dn.remove_suffix(text->size() + 1);
  }
  // What stands before the head: under kWidest it makes no difference whether it parses.
  if (fold_ == DnFold::kWidest) return Answer::kYes;
  while (const std::optional<std::string_view> text = last_plain_rdn(dn)) {
    if (!is_plain_rdn(*text)) break;
    if (text->size() == dn.size()) return Answer::kYes;
    dn.remove_suffix(text->size() + 1);
  }
  const std::optional<std::size_t> rdns = count_rdns(dn);
  return rdns && *rdns > 0 ? Answer::kYes : Answer::kNo;
}

// The DN, which can be parsed, without that many RDNs at the leaf is the head.
bool DnSubtree::matches_below(std::string_view dn, std::size_t rdns_below) const {
  DnReader reader(dn);
  for (; rdns_below > 0; --rdns_below) {
    if (!reader.skip_rdn()) return false;
  }
  std::string key;
  for (std::size_t i = rdns_.size(); i-- > 0;) {
    if (!next_rdn_key(reader, fold_, key) || !rdns_[i].matches(key)) return false;
  }
  return true;
}

bool DnSubtree::contains_leniently(std::string_view dn) const {
  const std::string text = without_escapes(dn);
  const std::vector<std::string_view> pieces = pieces_of_dn(text);
  if (pieces.size() < lenient_.size()) return false;
  for (std::size_t i = 0; i < lenient_.size(); ++i) {
    if (!lenient_[i].matches(lenient_key(pieces[pieces.size() - 1 - i]))) return false;
  }
  return true;
}

bool DnSubtree::names(std::string_view dn) const {
  return count_rdns(dn) == rdns_.size() && matches_below(dn, 0);
}

bool DnSubtree::covers(const DnSubtree& other) const {
  if (other.fold_ != fold_) return covers(DnSubtree(other.text_, fold_));
  return rdns_.size() <= other.rdns_.size() &&
         std::equal(rdns_.begin(), rdns_.end(), other.rdns_.begin(),
                    [](const Rdn& mine, const Rdn& theirs) { return mine.covers(theirs); });
}

bool DnSubtree::is_below(std::string_view dn) const { return is_below(dn, false); }

bool DnSubtree::is_directly_below(std::string_view dn) const { return is_below(dn, true); }

bool DnSubtree::is_below(std::string_view dn, bool directly) const {
  const auto keys = rdn_keys(dn, fold_);
  if (!keys || keys->size() >= rdns_.size()) return false;
  if (directly && keys->size() + 1 != rdns_.size()) return false;
  return std::equal(keys->begin(), keys->end(), rdns_.begin(),
                    [](const std::string& key, const Rdn& rdn) { return rdn.matches(key); });
}

}  // namespace trueup
