// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/root_dse.h"

#include <ldap.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <memory>

#include "io/ldap/session/ldap_errors.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::string_view kCapabilityAd = "1.2.840.113556.1.4.800";
constexpr std::string_view kCapabilityRodc = "1.2.840.113556.1.4.1920";

std::vector<std::string> values_of(ldap* handle, LDAPMessage* entry, const char* attribute) {
  std::vector<std::string> texts;
  berval** values = ldap_get_values_len(handle, entry, attribute);
  for (int i = 0; values != nullptr && values[i] != nullptr; ++i) {
    texts.emplace_back(values[i]->bv_val, values[i]->bv_len);
  }
  ldap_value_free_len(values);
  return texts;
}

std::string value_of(ldap* handle, LDAPMessage* entry, const char* attribute) {
  const std::vector<std::string> values = values_of(handle, entry, attribute);
  return values.empty() ? std::string() : values.front();
}

struct Answer {
  int code = 0;
  std::unique_ptr<LDAPMessage, int (*)(LDAPMessage*)> message{nullptr, ldap_msgfree};
  LDAPMessage* entry = nullptr;  // in `message`
};

Answer read_object(ldap* handle, const std::string& dn, std::vector<const char*> attributes) {
  Answer answer;
  LDAPMessage* message = nullptr;
  answer.code = ldap_search_ext_s(handle, dn.c_str(), LDAP_SCOPE_BASE, "(objectClass=*)",
                                  const_cast<char**>(attributes.data()), 0, nullptr, nullptr,
                                  nullptr, 0, &message);
  answer.message.reset(message);
  if (answer.code == LDAP_SUCCESS) answer.entry = ldap_first_entry(handle, message);
  return answer;
}

std::uint64_t number_in(const std::string& text) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() ? number : 0;
}

/// GeneralizedTime as AD writes it: 20240131120000.0Z.
std::int64_t time_in(const std::string& text) {
  std::tm parts{};
  const char* const rest = ::strptime(text.c_str(), "%Y%m%d%H%M%S", &parts);
  if (rest == nullptr || text.back() != 'Z') return 0;
  return ::timegm(&parts);
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

}  // namespace

bool RootDse::supports(std::string_view control_oid) const {
  return contains(supported_controls, control_oid);
}

RootDse read_root_dse(ldap* handle, const std::string& url) {
  const Answer answer =
      read_object(handle, "",
                  {"supportedCapabilities", "supportedControl", "namingContexts",
                   "defaultNamingContext", "configurationNamingContext", "schemaNamingContext",
                   "subschemaSubentry", "supportedSASLMechanisms", "dsServiceName", "dnsHostName",
                   "highestCommittedUSN", "currentTime", "isGlobalCatalogReady", nullptr});
  if (answer.entry == nullptr) {
    const std::string failed =
        "cannot read the root DSE of " + url + ": " + ldap_error_text(handle, answer.code);
    require_answer(answer.code, last_message(handle), failed);
    throw DirectoryError(failed + "; is this an LDAP directory server?");
  }
  const auto values = [&](const char* name) { return values_of(handle, answer.entry, name); };
  const auto value = [&](const char* name) { return value_of(handle, answer.entry, name); };
  RootDse dse;
  const std::vector<std::string> capabilities = values("supportedCapabilities");
  dse.active_directory = contains(capabilities, kCapabilityAd);
  dse.read_only = contains(capabilities, kCapabilityRodc);
  dse.supported_controls = values("supportedControl");
  dse.naming_contexts = values("namingContexts");
  dse.default_naming_context = value("defaultNamingContext");
  if (dse.default_naming_context.empty() && !dse.naming_contexts.empty()) {
    dse.default_naming_context = dse.naming_contexts.front();
  }
  dse.supported_sasl_mechanisms = values("supportedSASLMechanisms");
  dse.subschema_subentry = value("subschemaSubentry");
  dse.schema_naming_context = value("schemaNamingContext");
  dse.configuration_naming_context = value("configurationNamingContext");
  dse.ds_service_name = value("dsServiceName");
  dse.dns_host_name = value("dnsHostName");
  dse.global_catalog_building = value("isGlobalCatalogReady") == "FALSE";
  dse.highest_committed_usn = number_in(value("highestCommittedUSN"));
  dse.current_time = time_in(value("currentTime"));
  if (dse.active_directory && !dse.ds_service_name.empty()) {
    const Answer settings = read_object(handle, dse.ds_service_name, {"invocationId", nullptr});
    require_answer(
        settings.code, last_message(handle),
        "cannot read invocationId of " + url + ": " + ldap_error_text(handle, settings.code));
    if (settings.entry != nullptr) {
      dse.invocation_id = value_of(handle, settings.entry, "invocationId");
    }
  }
  return dse;
}

bool is_active_directory(ldap* handle) {
  const Answer answer = read_object(handle, "", {"supportedCapabilities", nullptr});
  return answer.entry != nullptr &&
         contains(values_of(handle, answer.entry, "supportedCapabilities"), kCapabilityAd);
}

std::string read_heuristics(ldap* handle, const std::string& url, const RootDse& root_dse) {
  if (root_dse.configuration_naming_context.empty()) return {};
  const std::string dn =
      "CN=Directory Service,CN=Windows NT,CN=Services," + root_dse.configuration_naming_context;
  const Answer answer = read_object(handle, dn, {"dSHeuristics", nullptr});
  if (answer.code == LDAP_NO_SUCH_OBJECT) return {};
  require_answer(answer.code, last_message(handle),
                 "cannot read " + dn + " at " + url + ": " + ldap_error_text(handle, answer.code));
  if (answer.code != LDAP_SUCCESS) {
    throw DirectoryError("cannot read " + dn + " at " + url + ": " +
                         ldap_error_text(handle, answer.code) +
                         "; the bind account must be able to read it");
  }
  return answer.entry == nullptr ? std::string() : value_of(handle, answer.entry, "dSHeuristics");
}

void write_address(const RootDse& server, const Anchor& object_guid, std::string_view dn,
                   std::string& out) {
  out.clear();
  if (!server.active_directory || object_guid == Anchor{}) {
    out += dn;
    return;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  out += "<GUID=";
  for (const std::uint8_t octet : object_guid.octets) {
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  out += '>';
}

}  // namespace trueup
