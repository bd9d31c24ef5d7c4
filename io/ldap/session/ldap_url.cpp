// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/ldap_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "snapshots/model/canonical.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/dn_subtree.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::string_view kStartTls = "1.3.6.1.4.1.1466.20037";
constexpr int kPort = 389;
constexpr int kTlsPort = 636;

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

/// Host and port of `rest`, which is a URL without its scheme.
std::string_view server_of(std::string_view rest) {
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// Is it, or may it be the beginning of, user:password@host?
bool may_name_user(std::string_view server) {
  if (server.find('@') != std::string_view::npos) return true;
  const std::size_t colon = server.rfind(':');
  return colon != std::string_view::npos && !server.starts_with('[') &&
         !std::ranges::all_of(server.substr(colon + 1), is_digit);
}

/// For messages: without user information, and without what follows the base, where a bind name or
/// a password may stand.
std::string shown(std::string_view url) {
  const std::size_t begin = url.find("://");
  if (begin != std::string_view::npos && may_name_user(server_of(url.substr(begin + 3)))) {
    return std::string(url.substr(0, begin + 3)) + "...";
  }
  const std::size_t end = url.find('?');
  return std::string(url.substr(0, end)) + (end == std::string_view::npos ? "" : "?...");
}

[[noreturn]] void refuse(std::string_view url, const std::string& what) {
  throw UsageError("'" + shown(url) + "' " + what);
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// RFC 3986 2.1.
std::string decoded(std::string_view url, std::string_view text, const std::string& where) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      refuse(url, "has '" + std::string(text.substr(i, 3)) + "' in " + where +
                      ", and % is followed by two hex digits; a % itself is written %25");
    }
    if (high == 0 && low == 0) refuse(url, "has a NUL (%00) in " + where);
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

/// RFC 3986 2.2 and 2.3, as far as they may stand in a URL. All else is written as %XX.
void require_url_characters(std::string_view url, std::string_view rest) {
  constexpr std::string_view kMarks = "-._~:/?[]@!$&'()*+,;=%";
  for (const char c : rest) {
    if (is_letter(c) || is_digit(c) || kMarks.find(c) != std::string_view::npos) continue;
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    const std::string escape = {'%', kHex[byte >> 4], kHex[byte & 15]};
    if (c == '#') refuse(url, "has a fragment (#), which an LDAP URL has not; a # is written %23");
    const bool plain = byte > ' ' && byte < 0x7f;
    refuse(url, "has " +
                    (c == ' ' ? std::string("a blank")
                     : plain  ? "'" + std::string(1, c) + "'"
                              : "a byte that is no ASCII character") +
                    ", which is written " + escape + " in a URL");
  }
}

void read_port(std::string_view url, std::string_view text, LdapUrl& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.port);
  const bool digits = !text.empty() && std::ranges::all_of(text, is_digit);
  if (digits && error == std::errc() && end == text.data() + text.size() && out.port >= 1 &&
      out.port <= 65'535) {
    return;
  }
  refuse(url, "has the port '" + std::string(text) +
                  "', and a port is 1 to 65535; leave the colon "
                  "away for " +
                  std::to_string(out.tls ? kTlsPort : kPort));
}

/// What stands in brackets: an IPv6 address, and perhaps a zone (RFC 6874: fe80::1%25eth0).
std::string read_ipv6(std::string_view url, std::string_view text) {
  const std::string host = decoded(url, text, "the address");
  const std::string address = host.substr(0, host.find('%'));
  in6_addr parsed{};
  if (::inet_pton(AF_INET6, address.c_str(), &parsed) == 1 && !host.ends_with('%')) return host;
  refuse(url, "has '" + host + "' in brackets, which is no IPv6 address");
}

std::string read_name(std::string_view url, std::string_view text) {
  const std::string host = decoded(url, text, "the host");
  for (const char c : host) {
    if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_') continue;
    refuse(url, "has a host with '" + std::string(1, c) + "' in it, which no name has");
  }
  return host;
}

void read_server(std::string_view url, std::string_view text, LdapUrl& out) {
  const std::string scheme = out.tls ? "ldaps://" : "ldap://";
  if (may_name_user(text) && url.find('@') != std::string_view::npos) {
    refuse(url,
           "names a user; give the account with --bind-dn and its password with "
           "--password-file");
  }
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) refuse(url, "has a bracket in its host that is not closed");
    out.host = read_ipv6(url, text.substr(1, end - 1));
    const std::string_view rest = text.substr(end + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) refuse(url, "has something between ']' and the port");
    if (has_port) port = rest.substr(1);
  } else {
    if (text.find(',') != std::string_view::npos) {
      refuse(url,
             "has a comma in its host; of several servers each has a scheme of its own: "
             "ldaps://dc1,ldaps://dc2");
    }
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) {
      refuse(url, "has more than one colon in its host; an IPv6 address stands in brackets: " +
                      scheme + "[2001:db8::1]");
    }
    out.host = read_name(url, text.substr(0, colon));
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
  }
  if (out.host.empty()) refuse(url, "names no host; give ldaps://host or ldap://host");
  out.port = out.tls ? kTlsPort : kPort;
  out.server = scheme;
  // An address as it was written: the % before a zone stays %25.
  out.server += text.starts_with('[') ? std::string(text.substr(0, text.find(']') + 1)) : out.host;
  if (!has_port) return;
  read_port(url, port, out);
  out.server += ":" + std::to_string(out.port);
}

void read_base(std::string_view url, std::string_view text, LdapUrl& out) {
  out.base = decoded(url, text, "its base");
  if (out.base.empty()) return;
  if (!utf16_length(out.base)) refuse(url, "has a base that is no UTF-8 once it is decoded");
  if (looks_like_canonical_name(out.base)) {
    refuse(url, "has the base '" + out.base +
                    "', and a URL names it by its DN; give it with "
                    "--base");
  }
  try {
    DnSubtree(out.base, DnFold::kLdap);
  } catch (const UsageError& error) {
    refuse(url, std::string("has a base that is no DN: ") + error.what());
  }
}

void read_scope(std::string_view url, std::string_view text, LdapUrl& out) {
  if (text.empty()) return;
  const std::string scope = lower(text);
  if (scope != "base" && scope != "one" && scope != "sub") {
    refuse(url, "has the scope '" + std::string(text) + "', which is none of base, one and sub");
  }
  out.passed_over = "the scope '" + scope + "' in '" + shown(url) +
                    "' is passed over: all below "
                    "the base is read; leave it away";
}

void read_extensions(std::string_view url, std::string_view text, LdapUrl& out) {
  for (std::size_t at = 0; at < text.size() || (at == text.size() && at > 0);) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string_view extension = text.substr(at, end - at);
    at = end + 1;
    const bool critical = extension.starts_with('!');
    if (critical) extension.remove_prefix(1);
    const std::size_t equals = extension.find('=');
    // The value is not shown: it may be a password.
    const std::string type = decoded(url, extension.substr(0, equals), "an extension");
    if (type != kStartTls) {
      refuse(url, "has the " + std::string(critical ? "critical " : "") + "extension '" + type +
                      "', which trueup does not know" +
                      (lower(type) == "starttls" || lower(type) == "x-starttls"
                           ? "; StartTLS is named " + std::string(kStartTls)
                           : "; leave it away"));
    }
    if (equals != std::string_view::npos) {
      refuse(url, "gives the extension StartTLS a value, which it does not take");
    }
    if (out.tls) {
      refuse(url,
             "asks for StartTLS within TLS; with the extension the scheme is ldap://, or "
             "leave it away");
    }
    out.start_tls = true;
  }
}

bool same_base(const std::string& a, const std::string& b) {
  const DnSubtree one(a, DnFold::kLdap);
  const DnSubtree other(b, DnFold::kLdap);
  return one.covers(other) && other.covers(one);
}

}  // namespace

LdapUrl parse_ldap_url(std::string_view url) {
  LdapUrl out;
  const std::size_t colon = url.find("://");
  const std::string scheme = lower(url.substr(0, colon == std::string_view::npos ? 0 : colon));
  if (scheme == "ldapi") {
    refuse(url,
           "is a socket of this machine, where no domain controller is; give ldaps://host or "
           "ldap://host");
  }
  if (scheme != "ldap" && scheme != "ldaps") {
    refuse(url, "is no LDAP URL; give ldaps://host or ldap://host");
  }
  out.tls = scheme == "ldaps";
  const std::string_view rest = url.substr(colon + 3);
  const std::string_view server = server_of(rest);
  read_server(url, server, out);
  require_url_characters(url, rest);
  std::string_view path = rest.substr(server.size());
  if (path.starts_with('?')) {
    refuse(url, "has a '?' without a '/' in front; write " + out.server + "/?");
  }
  if (path.empty()) return out;
  path.remove_prefix(1);
  // dn ? attributes ? scope ? filter ? extensions
  std::array<std::string_view, 5> parts;
  if (std::ranges::count(path, '?') >= static_cast<std::ptrdiff_t>(parts.size())) {
    refuse(url, "has more than four '?'; one in a value is written %3F");
  }
  for (std::string_view& part : parts) {
    part = path.substr(0, path.find('?'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  read_base(url, parts[0], out);
  if (!parts[1].empty()) {
    refuse(url, "names attributes (" + std::string(parts[1]) +
                    "); which are read and written is "
                    "set with --attributes");
  }
  read_scope(url, parts[2], out);
  if (!parts[3].empty()) {
    refuse(url, "has a filter (" + std::string(parts[3]) +
                    "), which trueup does not go by; narrow "
                    "what is compared with the base, --scope or --exclude");
  }
  read_extensions(url, parts[4], out);
  return out;
}

std::vector<std::string> split_ldap_urls(std::string_view list) {
  const auto begins_url = [](std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
    return end > 0 && text.substr(end).starts_with("://");
  };
  std::vector<std::string> urls;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] != ',') continue;
    const std::size_t next = std::min(list.find_first_not_of(' ', i + 1), list.size());
    if (!begins_url(list.substr(next))) continue;
    urls.emplace_back(list.substr(begin, i - begin));
    begin = next;
  }
  urls.emplace_back(list.substr(begin));
  return urls;
}

std::string common_base(const std::vector<std::string>& urls, const std::string& base) {
  std::string common = base;
  std::string named_by = "--base";
  for (const std::string& text : urls) {
    const LdapUrl url = parse_ldap_url(text);
    if (url.base.empty()) continue;
    if (common.empty()) {
      common = url.base;
      named_by = url.server;
      continue;
    }
    if (looks_like_canonical_name(common)) {
      throw UsageError("--base is '" + common + "', and " + url.server +
                       " is given with the base '" + url.base + "'; name it in one place");
    }
    if (same_base(common, url.base)) continue;
    throw UsageError("the base is '" + common + "' by " + named_by + " and '" + url.base + "' by " +
                     url.server + "; name one");
  }
  return common;
}

}  // namespace trueup
