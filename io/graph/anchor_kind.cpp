// SPDX-License-Identifier: Apache-2.0
#include "io/graph/anchor_kind.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "io/bytes/base64.h"
#include "snapshots/model/anchor.h"

namespace trueup {
namespace {

/// [MS-DTYP] 2.4.2.2: revision 1, a count of 32-bit sub-authorities, six octets of authority.
bool is_sid(std::string_view octets) {
  return octets.size() >= 8 && octets[0] == 1 &&
         octets.size() == 8 + 4 * std::size_t{static_cast<unsigned char>(octets[1])};
}

bool is_printable(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

/// What was done to the base64 of 16 octets that is `id`; "" if it is none.
std::string spoiled_base64(std::string_view id) {
  constexpr std::size_t kDigits = 22;  // and two of padding
  std::string plain;
  bool blank = false, url = false, quoted = false, percent = false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    char c = id[i];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      blank = true;
      continue;
    }
    if (c == '"' || c == '\'') {
      quoted = true;
      continue;
    }
    for (const auto& [escape, meant] : {std::pair<std::string_view, char>{"%3D", '='},
                                        {"%3d", '='},
                                        {"%2B", '+'},
                                        {"%2b", '+'},
                                        {"%2F", '/'},
                                        {"%2f", '/'}}) {
      if (!id.substr(i).starts_with(escape)) continue;
      c = meant;
      percent = true;
      i += escape.size() - 1;
      break;
    }
    url |= c == '-' || c == '_';
    plain += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  const bool padded = plain.ends_with("==");
  while (plain.ends_with('=')) plain.pop_back();
  if (plain.size() != kDigits || !anchor_from_base64(plain + "==")) return "";
  std::string how;
  const auto add = [&how](const char* what) {
    how += (how.empty() ? "" : ", ") + std::string(what);
  };
  if (url) add("in the alphabet of URLs");
  if (!padded) add("without its padding (==)");
  if (blank) add("with blanks in it");
  if (quoted) add("in quotes");
  if (percent) add("percent-encoded");
  return "16 octets in base64, but " + how + ": read the users again, and let no tool change it";
}

}  // namespace

bool is_spoiled_anchor(std::string_view id) { return !spoiled_base64(id).empty(); }

std::string anchor_kind(std::string_view id) {
  if (const std::string spoiled = spoiled_base64(id); !spoiled.empty()) return spoiled;
  if (id.find('@') != std::string_view::npos) return "an e-mail address or userPrincipalName";
  if (id.starts_with("S-1-") || id.starts_with("s-1-")) return "an objectSid as text";
  if (guid_from_text(id)) return "a GUID as text, not its 16 octets in base64";
  std::string octets(id.size() / 4 * 3, '\0');
  const std::optional<std::size_t> size = decode_base64(id, octets.data());
  octets.resize(size.value_or(0));
  if (is_sid(octets)) return "an objectSid in base64";
  if (is_printable(octets)) return "the text '" + octets + "' in base64, such as an employeeId";
  if (octets.size() > 16) {
    return "the base64 of " + std::to_string(octets.size()) + " octets, and a GUID has 16";
  }
  return "text, such as an employeeId";
}

}  // namespace trueup
