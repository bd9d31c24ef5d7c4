// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/directory_schema.h"

#include <ldap.h>
#include <ldap_schema.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "io/ldap/object_searches.h"
#include "io/ldap/session/ldap_errors.h"
#include "io/ldap/session/ldap_messages.h"
#include "io/ldap/session/patient_search.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// Each answer is large (some 500 names), so fewer at a time than for other reads.
constexpr std::size_t kRightsInFlight = 16;

/// A schema whose attribute types are their own supertypes does not hold us up.
constexpr int kMostSupertypes = 32;

/// All that a search gives, waited for.
LdapMessage search(const LdapSession& session, const std::string& base, int scope,
                   const std::string& filter, std::vector<const char*> attributes) {
  SearchReply reply = search_patiently(
      session,
      {.base = base, .scope = scope, .filter = filter, .attributes = std::move(attributes)});
  if (reply.code != LDAP_SUCCESS) {
    throw DirectoryError("cannot read the schema " + base + " at " + session.url() + ": " +
                         ldap_error_text(session.handle(), reply.code) +
                         "; the bind account must be able to read it");
  }
  return std::move(reply.message);
}

struct SchemaObject {
  std::optional<Attribute> attribute;
  AttributeSchema schema{.present = true, .single_valued = false, .range_upper = {}};
};

SchemaObject read_schema_object(ldap* handle, LDAPMessage* entry) {
  SchemaObject object;
  EntryCursor cursor(handle, entry);
  while (cursor.next()) {
    if (cursor.values().empty()) continue;
    const std::string_view value = cursor.values().front();
    if (equal_ignoring_ascii_case(cursor.name(), "lDAPDisplayName")) {
      object.attribute = attribute_by_name(value);
    } else if (equal_ignoring_ascii_case(cursor.name(), "isSingleValued")) {
      object.schema.single_valued = value == "TRUE";
    } else if (equal_ignoring_ascii_case(cursor.name(), "isDefunct")) {
      object.schema.present = value != "TRUE";
    } else if (equal_ignoring_ascii_case(cursor.name(), "rangeUpper")) {
      std::size_t upper = 0;
      const auto end = value.data() + value.size();
      // A negative one is a 32-bit number without a sign to AD: no limit that matters here.
      if (std::from_chars(value.data(), end, upper).ptr == end) object.schema.range_upper = upper;
    }
  }
  return object;
}

DirectorySchema read_ad_schema(const LdapSession& session) {
  std::string filter = "(&(objectClass=attributeSchema)(|";
  for (int i = 0; i < kAttributeCount; ++i) {
    filter += "(lDAPDisplayName=" + std::string(traits(attribute_at(i)).name) + ")";
  }
  filter += "))";
  const LdapMessage found =
      search(session, session.root_dse().schema_naming_context, LDAP_SCOPE_ONELEVEL, filter,
             {"lDAPDisplayName", "isSingleValued", "isDefunct", "rangeUpper"});
  DirectorySchema schema;
  for (LDAPMessage* entry = ldap_first_entry(session.handle(), found.get()); entry != nullptr;
       entry = ldap_next_entry(session.handle(), entry)) {
    const SchemaObject object = read_schema_object(session.handle(), entry);
    // A name may have been used again after its first attribute became defunct.
    if (!object.attribute || !object.schema.present) continue;
    schema.attributes[static_cast<std::size_t>(index(*object.attribute))] = object.schema;
  }
  // Every AD has these, whatever it was extended by.
  if (!schema.present().contains_all(kAddressAttributes)) {
    throw DirectoryError("the schema at " + session.url() + " does not show mail and " +
                         "proxyAddresses; the bind account must be able to read " +
                         session.root_dse().schema_naming_context);
  }
  return schema;
}

using AttributeType = std::unique_ptr<LDAPAttributeType, void (*)(LDAPAttributeType*)>;

AttributeType parse_attribute_type(const std::string& text) {
  int code = 0;
  const char* error = nullptr;
  return {ldap_str2attributetype(text.c_str(), &code, &error, LDAP_SCHEMA_ALLOW_ALL),
          ldap_attributetype_free};
}

void take_attribute_type(const std::string& text, DirectorySchema& schema) {
  const AttributeType type = parse_attribute_type(text);
  if (type == nullptr || type->at_names == nullptr || type->at_obsolete != 0) return;
  for (char** name = type->at_names; *name != nullptr; ++name) {
    const std::optional<Attribute> attribute = attribute_by_name(*name);
    if (!attribute) continue;
    AttributeSchema& known = schema.attributes[static_cast<std::size_t>(index(*attribute))];
    known.present = true;
    known.single_valued = type->at_single_value != 0;
    if (type->at_syntax_len > 0) known.range_upper = static_cast<std::size_t>(type->at_syntax_len);
  }
}

/// Calls take(text) for each attribute type that the server lists.
template <typename Take>
void read_attribute_types(const LdapSession& session, Take take) {
  const std::string& dn = session.root_dse().subschema_subentry;
  if (dn.empty()) {
    throw DirectoryError(session.url() +
                         " does not say where its schema is (subschemaSubentry); "
                         "the bind account must be able to read it");
  }
  const LdapMessage found =
      search(session, dn, LDAP_SCOPE_BASE, "(objectClass=*)", {"attributeTypes"});
  for (LDAPMessage* entry = ldap_first_entry(session.handle(), found.get()); entry != nullptr;
       entry = ldap_next_entry(session.handle(), entry)) {
    EntryCursor cursor(session.handle(), entry);
    while (cursor.next()) {
      for (std::string_view value : cursor.values()) take(std::string(value));
    }
  }
}

DirectorySchema read_subschema(const LdapSession& session) {
  DirectorySchema schema;
  read_attribute_types(session,
                       [&](const std::string& text) { take_attribute_type(text, schema); });
  return schema;
}

bool has_ad_schema(const LdapSession& session) {
  const RootDse& server = session.root_dse();
  return server.active_directory && !server.schema_naming_context.empty();
}

/// One object's answer; base searches give one entry at most.
void take_rights(EntryCursor& entry, AttributeSet asked, ObjectRights& rights) {
  bool whole = true;
  while (entry.next()) {
    const bool writable = equal_ignoring_ascii_case(entry.name(), "allowedAttributesEffective");
    const bool allowed = equal_ignoring_ascii_case(entry.name(), "allowedAttributes");
    if (!writable && !allowed) continue;
    whole = whole && !entry.is_range();
    // An account without rights gets no allowedAttributesEffective; allowedAttributes always has
    // values (objectClass, for one).
    rights.known = rights.known || allowed;
    for (std::string_view name : entry.values()) {
      const std::optional<Attribute> attribute = attribute_by_name(name);
      if (!attribute || !asked.contains(*attribute)) continue;
      (writable ? rights.writable : rights.allowed).add(*attribute);
    }
  }
  rights.known = rights.known && whole;
}

}  // namespace

AttributeSet DirectorySchema::present() const {
  AttributeSet set;
  for (int i = 0; i < kAttributeCount; ++i) {
    if (of(attribute_at(i)).present) set.add(attribute_at(i));
  }
  return set;
}

DirectorySchema read_schema(const LdapSession& session) {
  return has_ad_schema(session) ? read_ad_schema(session) : read_subschema(session);
}

bool schema_has_any(const LdapSession& session, const std::vector<std::string>& names) {
  bool found = false;
  if (has_ad_schema(session)) {
    std::string filter = "(&(objectClass=attributeSchema)(|";
    for (const std::string& name : names) filter += "(lDAPDisplayName=" + name + ")";
    const LdapMessage answer = search(session, session.root_dse().schema_naming_context,
                                      LDAP_SCOPE_ONELEVEL, filter + "))", {"lDAPDisplayName"});
    return ldap_count_entries(session.handle(), answer.get()) > 0;
  }
  read_attribute_types(session, [&](const std::string& text) {
    const AttributeType type = parse_attribute_type(text);
    if (type == nullptr || type->at_names == nullptr) return;
    for (char** name = type->at_names; *name != nullptr; ++name) {
      found = found || std::ranges::any_of(names, [&](const std::string& wanted) {
                return equal_ignoring_ascii_case(wanted, *name);
              });
    }
  });
  return found;
}

std::string equality_rule(const LdapSession& session, const std::string& attribute) {
  struct MatchingRule {
    std::string equality, supertype;
  };
  std::map<std::string, MatchingRule> rules;  // by folded name, and by OID
  read_attribute_types(session, [&](const std::string& text) {
    const AttributeType type = parse_attribute_type(text);
    if (type == nullptr) return;
    const auto text_of = [](const char* c) { return std::string(c == nullptr ? "" : c); };
    const MatchingRule rule{text_of(type->at_equality_oid), folded(text_of(type->at_sup_oid))};
    rules.emplace(text_of(type->at_oid), rule);
    for (char** name = type->at_names; name != nullptr && *name != nullptr; ++name) {
      rules.emplace(folded(*name), rule);
    }
  });
  std::string name = folded(attribute);
  for (int depth = 0; depth < kMostSupertypes; ++depth) {
    const auto rule = rules.find(name);
    if (rule == rules.end()) return {};
    if (!rule->second.equality.empty()) return rule->second.equality;
    name = rule->second.supertype;
  }
  return {};
}

std::optional<std::vector<ObjectRights>> read_rights(const LdapSession& session,
                                                     std::span<const ObjectRequest> objects) {
  if (!session.root_dse().active_directory) return std::nullopt;
  std::vector<ObjectRights> rights(objects.size());
  ObjectSearches searches;
  searches.wanted = {"allowedAttributes", "allowedAttributesEffective"};
  searches.in_flight = kRightsInFlight;
  searches.on_entry = [&](std::size_t index, EntryCursor& entry) {
    take_rights(entry, objects[index].attributes, rights[index]);
  };
  searches.on_result = [&](std::size_t index, SearchResult result) {
    rights[index].result_code = result.code;
    rights[index].message = std::move(result.text);
  };
  search_objects(session, objects, searches);
  return rights;
}

}  // namespace trueup
