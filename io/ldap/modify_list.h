// SPDX-License-Identifier: Apache-2.0
// A change in the form that libldap takes. Used by LdapWriter, one a writer, again and again: its
// arrays keep their size, so that a change costs no allocation of its own.
#pragma once

#include <cstddef>
#include <memory>

#include "snapshots/model/change.h"

struct ldapmod;  // libldap's LDAPMod

namespace trueup {

/// At least the size of `change` as an LDAP message (RFC 4511 4.6), and little more: lengths are
/// taken for as long as they can get. Without the name of its object.
std::size_t encoded_bound(const Change& change);

class ModifyList {
 public:
  ModifyList();
  ~ModifyList();

  /// For each edit of `change` its deletes, then its adds; ends with a null pointer. Good until the
  /// next call, and while the views of `change` are.
  ldapmod** build(const Change& change);

 private:
  struct Arrays;
  std::unique_ptr<Arrays> arrays_;
};

}  // namespace trueup
