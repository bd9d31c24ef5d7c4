// SPDX-License-Identifier: Apache-2.0
#include "snapshots/model/directory_identity.h"

#include "snapshots/model/canonical.h"
#include "snapshots/model/dn.h"

namespace trueup {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool begins_with_dc(std::string_view dn) {
  const std::string_view type = trimmed(dn.substr(0, dn.find('=')));
  return equal_ignoring_ascii_case(type, "dc") || type == "0.9.2342.19200300.100.1.25";
}

/// The lowest DN that both are, or lie below.
std::string_view shared(std::string_view a, std::string_view b) {
  const std::string key = dn_key(b, DnFold::kLdap);
  for (; !a.empty(); a = parent_dn(a)) {
    if (key.starts_with(dn_key(a, DnFold::kLdap))) break;
  }
  return a;
}

}  // namespace

std::string_view domain_of(std::string_view dn) {
  std::string_view domain;
  for (std::string_view rest = dn; !rest.empty(); rest = parent_dn(rest)) {
    if (!begins_with_dc(rest)) {
      domain = {};
    } else if (domain.empty()) {
      domain = rest;
    }
  }
  return trimmed(domain);
}

bool is_domain(std::string_view dn) {
  // Nearly every DN is told by its first letter.
  if (dn.empty() || (dn[0] != 'D' && dn[0] != 'd' && dn[0] != ' ' && dn[0] != '0')) return false;
  return domain_of(dn).size() == trimmed(dn).size();
}

std::string naming_context_of(const std::vector<std::string_view>& dns) {
  bool all_in_domains = !dns.empty();
  for (const std::string_view dn : dns) all_in_domains = all_in_domains && !domain_of(dn).empty();
  std::optional<std::string_view> context;
  for (const std::string_view dn : dns) {
    const std::string_view in = all_in_domains ? domain_of(dn) : trimmed(dn);
    context = context ? shared(*context, in) : in;
  }
  return std::string(context.value_or(""));
}

}  // namespace trueup
