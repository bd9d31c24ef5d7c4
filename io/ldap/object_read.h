// SPDX-License-Identifier: Apache-2.0
// Reads single objects by base searches, also where the server gives values in ranges: an AD gives
// at most MaxValRange (1,500 by default) as `name;range=0-1499`, beside an empty `name`, and wants
// to be asked for `name;range=1500-*` and so on until a range ends in `*` ([MS-ADTS]
// 3.1.1.3.1.3.3). What LdapReader and LdapWriter share; for io/*.cpp only. One thread.
//
// Each range is an answer of its own: an object that is written to in between may show a value
// twice or not at all, as with any reader of ranges. A modify by value still finds that out.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "io/ldap/session/ldap_messages.h"
#include "snapshots/model/attribute.h"
#include "snapshots/model/mailbox.h"

namespace trueup {

/// One object, gathered from the answers to one base search or several.
class ObjectRead {
 public:
  /// `address`: as write_address() makes it.
  ObjectRead(std::string address, AttributeSet wanted)
      : address_(std::move(address)), wanted_(wanted) {}

  /// Takes an entry of the answer to what was asked last.
  void take(ldap* handle, LdapMessage entry);
  /// To be called at the success that ends an answer. True if there are more values to ask for.
  bool needs_more();

  const std::string& address() const { return address_; }
  /// An entry came at all.
  bool seen() const { return !entries_.empty(); }
  /// Attributes of which the server did not give the next range as asked: the values are a part.
  AttributeSet incomplete() const { return incomplete_; }
  /// The same in words; REQUIRES: !incomplete().empty().
  std::string complaint() const;
  /// In the order of the answers. The views are good while this object is.
  const std::vector<AttributeValue>& values() const { return values_; }

 private:
  friend class ObjectSearch;
  struct NextValue {
    Attribute attribute{};
    std::size_t position = 0;  // from 0
  };

  NextValue* find(std::vector<NextValue>& list, Attribute attribute);
  void take_range(Attribute attribute, const std::optional<ValueRange>& range);

  std::string address_;
  AttributeSet wanted_;
  AttributeSet incomplete_;
  bool follow_up_ = false;        // the search under way asks for ranges, else for all
  std::vector<NextValue> asked_;  // ... these, as far as not answered yet
  std::vector<NextValue> next_;   // to ask for by the next search
  std::vector<LdapMessage> entries_;
  std::vector<AttributeValue> values_;  // views into entries_
};

/// Sends the searches of ObjectReads; keeps what libldap wants to be pointed to.
class ObjectSearch {
 public:
  ObjectSearch();

  /// Sends the first search for `read`, or the one that needs_more() said is due. A code of
  /// libldap's own; `message_id` is set if it is LDAP_SUCCESS.
  int send(ldap* handle, const ObjectRead& read, int& message_id);

 private:
  std::array<std::string, kAttributeCount> names_;
  std::vector<std::string> ranges_;
  std::vector<char*> wanted_;
};

}  // namespace trueup
