// SPDX-License-Identifier: Apache-2.0
// Builds a Mailbox from the attributes of one AD object, whichever way they came (LDIF or a live
// read). Holds what makes an AD object joinable, hosted on-premises, protected. One a thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "io/ad/ad_field.h"
#include "snapshots/model/mailbox.h"

namespace trueup {

class AdObjectBuilder {
 public:
  /// Starts an object. `dn` must stay alive until finish().
  void begin(std::string_view dn);
  std::string_view dn() const { return mailbox_.name; }  // until finish()

  /// One value of one attribute, as LDAP carries it (base64 already decoded). `name` without
  /// options, any case; `value` must stay alive until finish(). Unknown attributes are ignored.
  void add(std::string_view name, std::string_view value) { add(ad_field(name), value); }
  void add(AdField field, std::string_view value);

  /// True if add() would use this attribute (managed, address, anchor or a fact about the object).
  static bool is_used(std::string_view name) { return ad_field(name) != AdField::kNone; }

  enum class Result { kMailbox, kIgnored, kDefect };
  /// kMailbox: a joinable object, or any other that holds addresses (then without kJoinable and
  /// without an anchor). kIgnored: neither (an OU, a container), or isDeleted. kDefect: `reason`
  /// says what is wrong with it.
  Result finish(Mailbox& out, std::string& reason);

  /// After finish(), for the counts of a summary: of class user or inetOrgPerson, not computer, not
  /// deleted.
  bool is_deleted() const { return is_deleted_; }
  std::string_view object_guid() const { return object_guid_; }  // as it came
  bool is_user() const { return is_user_ && !is_computer_ && !is_deleted_; }
  bool has_object_class() const { return has_object_class_; }
  bool has_object_guid() const { return !object_guid_.empty(); }
  /// objectGUID, or where there is none the entryUUID of another server; nothing if neither can be
  /// read.
  std::optional<Anchor> guid() const;
  /// What holds other objects, and may hold none at the moment: an OU, a container, a domain.
  bool is_container() const { return is_container_ && !is_deleted_; }
  /// kCarries... bits of what the object carried, whatever became of it. The adminCount of a group
  /// tells nothing of users': those may be another export, made without it.
  std::uint32_t carried() const { return is_group_ ? carried_ & ~kCarriesAdminCount : carried_; }

 private:
  void add_fact(AdField field, std::string_view value);
  void record_type(AdField field, std::string_view value);
  bool resolve_guids(std::string& reason);

  Mailbox mailbox_;
  std::string aliases_;                // what mailbox_ has of them is in here
  std::string_view object_guid_;       // as it came
  std::string_view consistency_guid_;  // as it came
  std::string_view entry_uuid_;        // as it came
  bool is_user_ = false;
  bool is_computer_ = false;
  bool is_deleted_ = false;
  bool has_object_class_ = false;
  bool has_two_guids_ = false;
  bool is_container_ = false;
  bool is_group_ = false;
  std::uint32_t carried_ = 0;
};

inline void AdObjectBuilder::add(AdField field, std::string_view value) {
  if (field == AdField::kNone || value.empty()) return;
  if (field >= AdField::kObjectClass) return add_fact(field, value);
  mailbox_.values.push_back({static_cast<Attribute>(field), value});
  if (field >= static_cast<AdField>(Attribute::kRecipientTypeDetails)) record_type(field, value);
}

}  // namespace trueup
