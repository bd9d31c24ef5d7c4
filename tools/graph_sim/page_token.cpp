// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/page_token.h"

#include <charconv>

#include "tools/tenant/random.h"
#include "tools/tenant/text.h"

namespace trueup::sim {
namespace {

std::uint64_t checksum(std::string_view text) {
  std::uint64_t sum = 0x7472756575702121;
  for (const char c : text) sum = tenant::mix(sum ^ static_cast<unsigned char>(c));
  return sum;
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string text;
  tenant::append_base64(text, bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '-'             ? 62
                      : c == '_'             ? 63
                                             : -1;
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return bytes;
}

std::string seal(const std::vector<std::uint64_t>& numbers, std::string_view text) {
  std::string content;
  for (const std::uint64_t number : numbers) {
    tenant::append_decimal(content, number);
    content.push_back('.');
  }
  content.append(":").append(text);
  std::string token = "SIM1";
  tenant::append_decimal(token, checksum(content));
  return to_base64url(token + "|" + content);
}

std::optional<Unsealed> unseal(std::string_view token) {
  const std::optional<std::string> bytes = from_base64url(token);
  if (!bytes || !bytes->starts_with("SIM1") || to_base64url(*bytes) != token) return std::nullopt;
  const std::size_t bar = bytes->find('|');
  if (bar == std::string::npos) return std::nullopt;
  const std::string content = bytes->substr(bar + 1);
  if (bytes->substr(4, bar - 4) != std::string(tenant::Decimal(checksum(content)))) {
    return std::nullopt;
  }
  Unsealed result;
  const std::size_t colon = content.find(':');
  result.text = content.substr(colon + 1);
  const char* at = content.data();
  const char* const end = at + colon;
  while (at < end) {
    std::uint64_t number = 0;
    at = std::from_chars(at, end, number).ptr + 1;
    result.numbers.push_back(number);
  }
  return result;
}

}  // namespace trueup::sim
