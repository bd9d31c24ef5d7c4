// SPDX-License-Identifier: Apache-2.0
// One object as one side sees it: what the readers in io/ fill, what the store keeps, and what the
// diff compares. Not thread-safe; a reader fills one Mailbox again and again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/anchor.h"
#include "snapshots/model/attribute.h"

namespace trueup {

/// Facts about a mailbox that are not attributes. The values are stored: never renumber.
enum MailboxFlag : std::uint32_t {
  // cloud
  kSyncEnabledSupplied = 1U << 0,   // onPremisesSyncEnabled was selected ...
  kSyncEnabled = 1U << 1,           // ... and is true
  kCloudManagedSupplied = 1U << 2,  // IsExchangeCloudManaged was in the export ...
  kCloudManaged = 1U << 3,          // ... and is true
  kRemoved = 1U << 4,               // Graph's @removed
  kBadAnchor = 1U << 5,             // an immutableId that is not 16 octets
  kFromGraph = 1U << 6,
  kFromExo = 1U << 7,
  kUntranslatedType = 1U << 8,  // a RecipientTypeDetails without a Remote* twin
  kLostCharacters = 1U << 14,   // Mailbox::damaged is not empty
  // ... of a later Graph delta, on the way to a snapshot only
  kDelta = 1U << 9,            // what the record does not carry is unchanged
  kAnchorSupplied = 1U << 10,  // onPremisesImmutableId was carried
  /// Restored after @removed, and the delta did not tell all: what it does not carry is not known,
  /// and so not supplied.
  kIncomplete = 1U << 11,
  /// On the way to a snapshot only: the user was asked for by id after the rest was read. The
  /// answer
  /// may be older than the changes that a delta has told.
  kReread = 1U << 12,
  /// On the way to a snapshot only: a record of a full read that has nothing but an id, as Graph
  /// repeats a user of whom something else changed (members@delta): it does not tell the user.
  kIdOnly = 1U << 13,
  /// On the way to a snapshot only: a record of a full read without onPremisesImmutableId. Where
  /// the
  /// user came before with an anchor, it tells what has changed, and no more.
  kAnchorNotTold = 1U << 15,
  // AD
  kJoinable = 1U << 16,            // user or inetOrgPerson, not computer, not deleted
  kOnPremMailbox = 1U << 17,       // homeMDB, msExchHomeServerName or a local recipient type
  kAdminCount = 1U << 18,          // any adminCount but 0 (AdminSDHolder)
  kAclableDisplayType = 1U << 19,  // the ACLable twin of msExchRecipientDisplayType
  kFromExtra = 1U << 20,           // of another domain's export (--ad-extra)
  // ... that the object carries what a protection or the join rests on, whatever the value
  kCarriesAdminCount = 1U << 21,
  kCarriesHome = 1U << 22,  // homeMDB or msExchHomeServerName
  kCarriesConsistencyGuid = 1U << 23,
  // both
  kOtherThanKept = 1U << 28,    // has address types beside SMTP, SPO and kUsuallyKeptTypes
  kSpoAddress = 1U << 29,       // has addresses of type SPO, which no fingerprint covers
  kAmbiguousAnchor = 1U << 30,  // more than one object claims this anchor
};

struct AttributeValue {
  Attribute attribute;
  std::string_view bytes;

  friend bool operator==(const AttributeValue&, const AttributeValue&) = default;
};

/// The views point into the reader's buffer (or the encoded record) and are good only until the
/// reader goes on.
struct Mailbox {
  std::string_view id;    // cloud: Graph id = EXO ExternalDirectoryObjectId; AD: empty
  std::string_view name;  // AD: the DN; cloud: userPrincipalName
  /// AD: sAMAccountName and displayName, those that it has, a line each. Nothing compares them.
  std::string_view aliases;
  Anchor anchor;  // meaningful if has_anchor
  bool has_anchor = false;
  Anchor object_guid;  // AD only: what a write is addressed to; all zero if absent
  std::uint32_t flags = 0;
  /// Unix seconds, by the source's clock (whenChanged, WhenChangedUTC); 0: not told. Not stored.
  std::uint64_t changed_at = 0;
  /// Which attributes this record speaks for. AD records supply all: there absent means empty.
  AttributeSet supplied;
  /// Cloud: of which Exchange's value is Graph's with letters lost.
  AttributeSet damaged;
  /// In input order; an attribute without a value has no entry. Never an empty value.
  std::vector<AttributeValue> values;

  void clear();
  bool has(MailboxFlag flag) const { return (flags & flag) != 0; }
  AttributeSet filled() const;
};

/// The stored form of `m`: values grouped by attribute, input order kept within one.
/// REQUIRES: id and name under 64 KiB, aliases under 16 MiB, each value under 16 MiB, under 2^24
/// values.
std::size_t encoded_size(const Mailbox& m);
/// Writes it to `out`, which has room for encoded_size(m).
void encode_to(const Mailbox& m, char* out);
/// Appends it.
void encode(const Mailbox& m, std::string& out);

/// Whether an encoded record has an anchor. REQUIRES: made by encode().
bool has_anchor(std::string_view record);
/// Sets flags and supplied of an encoded record in place. REQUIRES: made by encode().
void set_facts(char* record, std::uint32_t flags, AttributeSet supplied);

/// The inverse; the views of `m` point into `record`. Throws StoreError if `record` is not one.
void decode(std::string_view record, Mailbox& m);

}  // namespace trueup
