// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/modify_list.h"

#include <ldap.h>

#include <array>
#include <string>
#include <vector>

namespace trueup {

std::size_t encoded_bound(const Change& change) {
  constexpr std::size_t kHeader = 6;  // BER: a tag, and a length of up to 2^32 - 1
  std::size_t size = 8 * kHeader;     // message, id, request, object, list of changes
  for (const Edit& edit : change.edits) {
    // Two changes: sequence, operation, sequence, name, set.
    size += 2 * (5 * kHeader + traits(edit.attribute).name.size());
    for (std::string_view value : edit.deletes) size += kHeader + value.size();
    for (std::string_view value : edit.adds) size += kHeader + value.size();
  }
  return size;
}

struct ModifyList::Arrays {
  std::array<std::string, kAttributeCount> names;  // libldap wants them with a final zero
  std::vector<berval> values;
  std::vector<berval*> value_list;  // the values of each mod, then a null pointer
  std::vector<LDAPMod> mods;
  std::vector<LDAPMod*> mod_list;
  std::size_t used_mods = 0;
  std::size_t used_values = 0;

  void append(int operation, Attribute attribute, const std::vector<std::string_view>& texts);
};

void ModifyList::Arrays::append(int operation, Attribute attribute,
                                const std::vector<std::string_view>& texts) {
  // A delete without values would clear the whole attribute.
  if (texts.empty()) return;
  LDAPMod& mod = mods[used_mods];
  mod.mod_op = operation | LDAP_MOD_BVALUES;
  mod.mod_type = names[static_cast<std::size_t>(index(attribute))].data();
  mod.mod_bvalues = &value_list[used_values + used_mods];
  mod_list[used_mods] = &mod;
  for (std::string_view text : texts) {
    // libldap only reads what bv_val points to.
    values[used_values] = {.bv_len = text.size(), .bv_val = const_cast<char*>(text.data())};
    value_list[used_values + used_mods] = &values[used_values];
    ++used_values;
  }
  value_list[used_values + used_mods] = nullptr;
  ++used_mods;
}

ModifyList::ModifyList() : arrays_(new Arrays) {
  for (int i = 0; i < kAttributeCount; ++i) {
    arrays_->names[static_cast<std::size_t>(i)] = traits(attribute_at(i)).name;
  }
}

ModifyList::~ModifyList() = default;

ldapmod** ModifyList::build(const Change& change) {
  Arrays& a = *arrays_;
  std::size_t mods = 0;
  std::size_t values = 0;
  for (const Edit& edit : change.edits) {
    mods += std::size_t{!edit.deletes.empty()} + std::size_t{!edit.adds.empty()};
    values += edit.deletes.size() + edit.adds.size();
  }
  a.values.resize(values);
  a.value_list.resize(values + mods);
  a.mods.resize(mods);
  a.mod_list.assign(mods + 1, nullptr);
  a.used_mods = 0;
  a.used_values = 0;
  for (const Edit& edit : change.edits) {
    a.append(LDAP_MOD_DELETE, edit.attribute, edit.deletes);
    a.append(LDAP_MOD_ADD, edit.attribute, edit.adds);
  }
  return a.mod_list.data();
}

}  // namespace trueup
