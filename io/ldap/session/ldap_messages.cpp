// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/ldap_messages.h"

#include <ldap.h>

#include <algorithm>
#include <charconv>

#include "io/ldap/session/ldap_errors.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

struct FreeByLibldap {
  void operator()(void* memory) const { ldap_memfree(memory); }
};

constexpr std::string_view kRange = ";range=";

bool has_range(std::string_view options) {
  return equal_ignoring_ascii_case(options.substr(0, kRange.size()), kRange);
}

}  // namespace

std::optional<ValueRange> parse_range(std::string_view options) {
  if (!has_range(options)) return std::nullopt;
  const char* const end = options.data() + options.size();
  ValueRange range;
  const auto first = std::from_chars(options.data() + kRange.size(), end, range.first);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const std::string_view rest(first.ptr + 1, static_cast<std::size_t>(end - first.ptr - 1));
  range.to_end = rest == "*";
  if (range.to_end) return range;
  const auto last = std::from_chars(rest.data(), end, range.last);
  if (last.ec != std::errc{} || last.ptr != end || range.last < range.first) return std::nullopt;
  return range;
}

void FreeLdapMessage::operator()(ldapmsg* message) const { ldap_msgfree(message); }

void EntryCursor::FreeElement::operator()(berelement* element) const { ber_free(element, 0); }

EntryCursor::EntryCursor(ldap* handle, ldapmsg* entry) : handle_(handle), entry_(entry) {
  BerElement* element = nullptr;
  berval dn{};
  if (ldap_get_dn_ber(handle, entry, &element, &dn) != LDAP_SUCCESS) {
    throw DirectoryError("the server sent an entry that cannot be decoded");
  }
  element_.reset(element);
  dn_ = {dn.bv_val, dn.bv_len};
}

bool EntryCursor::next() {
  berval name{};
  berval* values = nullptr;
  const int code = ldap_get_attribute_ber(handle_, entry_, element_.get(), &name, &values);
  const std::unique_ptr<berval, FreeByLibldap> owner(values);
  if (code != LDAP_SUCCESS) {
    throw DirectoryError("the server sent an attribute of " + std::string(dn_) +
                         " that cannot be decoded");
  }
  if (name.bv_val == nullptr) return false;
  const std::string_view description(name.bv_val, name.bv_len);
  const std::size_t end = std::min(description.find(';'), description.size());
  name_ = description.substr(0, end);
  field_ = ad_field(name_);
  is_range_ = end < description.size() && has_range(description.substr(end));
  range_ = is_range_ ? parse_range(description.substr(end)) : std::nullopt;
  values_.clear();
  for (const berval* v = values; v != nullptr && v->bv_val != nullptr; ++v) {
    values_.emplace_back(v->bv_val, v->bv_len);
  }
  return true;
}

SearchResult parse_search_result(ldap* handle, ldapmsg* message) {
  SearchResult result;
  char* text = nullptr;
  LDAPControl** controls = nullptr;
  const int parsed = ldap_parse_result(handle, message, &result.code, nullptr, &text, nullptr,
                                       &controls, /*freeit=*/0);
  const std::unique_ptr<char, FreeByLibldap> text_owner(text);
  const std::unique_ptr<LDAPControl*, void (*)(LDAPControl**)> owner(controls, ldap_controls_free);
  if (parsed != LDAP_SUCCESS) result.code = parsed;
  if (result.code != LDAP_SUCCESS) {
    result.text = ldap_err2string(result.code);
    const std::string diagnostic = diagnostic_text(text);
    if (!diagnostic.empty()) result.text += " (" + diagnostic + ")";
    return result;
  }
  LDAPControl* const paged = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr);
  if (paged == nullptr) return result;
  ber_int_t estimate = 0;
  berval cookie{};
  result.code = ldap_parse_pageresponse_control(handle, paged, &estimate, &cookie);
  const std::unique_ptr<char, FreeByLibldap> cookie_owner(cookie.bv_val);
  if (result.code != LDAP_SUCCESS) result.text = "its paged results control cannot be decoded";
  result.cookie.assign(cookie.bv_val == nullptr ? "" : cookie.bv_val, cookie.bv_len);
  return result;
}

}  // namespace trueup
