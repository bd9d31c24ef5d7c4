// SPDX-License-Identifier: Apache-2.0
// A tenant for the disaster drills: the same mailboxes as Exchange Online and as AD have them, with
// groups and contacts beside them, and the days that go by in it. Held in memory, deterministic.
// drill_files.h writes it out as trueup's inputs; ordinary_night() and the disasters change it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trueup::drills {

/// The managed values of one mailbox on one side.
struct Values {
  std::string mail;
  std::vector<std::string> addresses;              // SMTP:a@b
  std::map<int, std::string> extension;            // 1..15
  std::map<int, std::vector<std::string>> custom;  // msExchExtensionCustomAttribute1..5
  std::string type = "UserMailbox";                // as Exchange Online names it; "": AD has none

  bool operator==(const Values&) const = default;
};

struct DrillMailbox {
  int number = 0;
  std::string object_guid;       // 16 raw octets
  std::string consistency_guid;  // the same, or "": the anchor is the objectGUID
  std::string immutable_id;      // what Graph says the anchor is, raw octets
  std::string cloud_id;          // Graph's id
  std::string name;              // of the person
  std::string common_name;       // CN in AD, unique
  std::string unit;              // name of its OU
  bool gone = false;             // left; stands on neither side
  bool managed = true;           // IsExchangeCloudManaged
  bool admin = false;            // adminCount=1 in AD
  bool hosted = false;           // homeMDB in AD
  int cloud_changed = 0;         // days, see DrillTenant::today()
  int ad_changed = 0;
  Values cloud;
  Values ad;

  const std::string& anchor() const {
    return consistency_guid.empty() ? object_guid : consistency_guid;
  }
  /// trueup may write to it.
  bool open() const { return !gone && managed && !admin && !hosted; }
};

/// A group or a contact: it holds addresses, and nothing is written to it.
struct AddressHolder {
  bool group = true;
  std::string common_name;
  std::string unit;
  std::string object_guid;
  std::vector<std::string> addresses;
  int changed = 0;
};

struct TenantShape {
  int mailboxes = 0;
  std::uint64_t seed = 1;
  double managed = 1;  // share of the mailboxes that are managed in the cloud
  std::string first_domain = "contoso.com";
  std::string second_domain = "fabrikam.com";  // two mailboxes in five have their primary here
};

class DrillTenant {
 public:
  static constexpr std::string_view kSuffix = "DC=contoso,DC=lab";

  explicit DrillTenant(const TenantShape& shape);

  std::vector<DrillMailbox> mailboxes;
  std::vector<AddressHolder> holders;

  const TenantShape& shape() const { return shape_; }
  /// Days since the tenant was made. What changed d days ago has a time of d days ago in a feed.
  int today() const { return today_; }
  void next_day() { ++today_; }

  /// One night's ordinary work, for `share` of the mailboxes, at least one: hires, leavers,
  /// renames, moves, addresses and attributes that come, go and change, a new group.
  void ordinary_night(double share);
  /// A department, of at most `most` mailboxes, gets a new value of that extensionAttribute. Some
  /// mailbox in AD has a value of number 7; none has one of number 15.
  void stamp_department(int attribute, int most);

  /// What happened in AD itself since the last call, as change records for ldapmodify.
  std::string take_directory_changes();
  /// AD takes the values of a plan.ldif that was applied. Throws std::runtime_error if it names an
  /// object or an attribute that the tenant has not.
  void take_plan(const std::string& plan);
  /// AD has what the cloud has, where trueup may write.
  void settle();

  std::string dn_of(const DrillMailbox& mailbox) const;
  std::string dn_of(const AddressHolder& holder) const;

  /// A number of this tenant's own for `tag` and `n`; the same each time.
  std::uint64_t draw(std::uint64_t tag, std::uint64_t n) const;

 private:
  DrillMailbox make_mailbox(int number);
  AddressHolder make_holder(int number);
  void change(int kind, DrillMailbox& mailbox);
  void hire();
  void rename(DrillMailbox& mailbox);
  void move_in_directory(DrillMailbox& mailbox, const std::string& common_name,
                         const std::string& unit);
  DrillMailbox* pick_open(std::vector<bool>& taken);

  TenantShape shape_;
  int today_ = 0;
  int next_number_ = 0;
  std::uint64_t drawn_ = 0;
  std::string directory_changes_;
};

/// The OUs below OU=Staff.
const std::vector<std::string>& units();
/// The text with a ? for each letter that is not ASCII.
std::string with_question_marks(std::string_view utf8);
/// "a@b" of "SMTP:a@b".
std::string address_of(std::string_view typed);

}  // namespace trueup::drills
