// SPDX-License-Identifier: Apache-2.0
// What makes one AD object agree with its cloud mailbox, attribute by attribute, and what of it AD
// would refuse. Pure: no store, no threads; one Comparer a thread. Called by engine/compare/diff.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/compare/diff_options.h"
#include "engine/compare/refusal.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/change.h"
#include "snapshots/model/mailbox.h"

namespace trueup {

/// The outcome for one attribute. The views of `edit` point into the records compared.
struct AttributeVerdict {
  Edit edit;  // no deletes and no adds: nothing to do
  Refusal refusal = Refusal::kNone;
  Hold hold = Hold::kNone;
  std::string detail;             // of the refusal: which value, which limit
  bool case_only = false;         // some value differs in ignored case only and is left alone
  bool clears = false;            // AD's values all go and nothing comes
  bool first_sight = false;       // ... and the cloud was never seen filled
  bool loses = false;             // a value goes and does not come back in another prefix case
  bool replaces_primary = false;  // the SMTP primary, or mail, becomes another address
  bool overwrites = false;        // single-valued: one value for another, more than case
  bool has_edit() const { return !edit.deletes.empty() || !edit.adds.empty(); }
};

class Comparer {
 public:
  explicit Comparer(const DiffOptions& options);

  /// One verdict for each managed and supplied attribute with an edit, a refusal or a difference
  /// in ignored case; by attribute. `ever_filled`: what the cloud was ever seen to have.
  /// The result is good until the next call, and no longer than both mailboxes.
  std::span<const AttributeVerdict> compare(const Mailbox& cloud, const Mailbox& ad,
                                            AttributeSet ever_filled);

 private:
  using Values = std::span<const AttributeValue>;
  // One value of proxyAddresses, ready to be matched.
  struct Address {
    std::string_view value;
    ProxyAddress parsed;
    std::string_view key;          // append_proxy_key
    std::string_view address_key;  // type and address, folded
    bool matched = false;          // the other side has it too
    bool stays = false;            // AD: is there afterwards
  };

  AttributeVerdict& verdict_for(Attribute a);
  void compare_single(Attribute a, Values cloud, Values ad);
  void compare_set(Attribute a, Values cloud, Values ad);
  void compare_addresses(const Mailbox& cloud, Values ad);
  void read_addresses(Values values, std::vector<Address>& out, std::string& keys) const;
  void drop_empty_addresses();
  void match_addresses(AttributeVerdict& v);
  bool kept(const Address& ad_only) const;
  bool unmanaged(const Address& address) const;
  void check_result(AttributeVerdict& v, const Mailbox& cloud);
  void check_added(AttributeVerdict& v, const Mailbox& cloud, Values ad) const;
  bool lacks_primary(std::span<const Address* const> result, const Mailbox& cloud) const;
  static bool has_smtp(std::span<const Address* const> addresses);
  void check_mail(AttributeVerdict& v, const Mailbox& cloud) const;
  void check_spelling(AttributeVerdict& v) const;
  void check_characters(AttributeVerdict& v, const Mailbox& cloud, Values ad) const;
  void hold_first_sight(AttributeVerdict& v, AttributeSet ever_filled) const;
  void join_address_refusals();

  const DiffOptions& options_;
  std::vector<std::string> keep_types_, drop_types_;        // folded
  std::vector<std::string> keep_suffixes_, hide_suffixes_;  // folded
  std::vector<AttributeVerdict> verdicts_;
  std::size_t used_ = 0;
  std::vector<Address> cloud_addresses_, ad_addresses_;
  std::string cloud_keys_, ad_keys_;
};

/// The values of one attribute. REQUIRES: `m` was decoded (its values stand grouped).
std::span<const AttributeValue> values_of(const Mailbox& m, Attribute a);

}  // namespace trueup
