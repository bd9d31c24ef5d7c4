// SPDX-License-Identifier: Apache-2.0
// What bench/apply writes: each user's extensionAttribute1 is replaced (delete the old value, add
// the new one), and of each tenth user an address as well. Two sets of values, so that each run
// undoes or redoes another and nothing is loaded again. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/change.h"

namespace trueup {

/// Encoded changes (see encode(Change)), numbered from 1; owns them.
class EncodedPlan {
 public:
  void add(const Change& change);
  std::size_t size() const { return ends_.size(); }
  std::vector<std::string_view> records() const;

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

class Workload {
 public:
  /// Each run of # in `dn_pattern` becomes the user's number from 0, in as many digits.
  Workload(std::size_t users, std::string_view dn_pattern);

  std::size_t users() const { return users_.size(); }
  /// The users as they are at first, for a slapd to load.
  std::string ldif() const;
  /// Gives the users of another server (a Samba lab) these values and takes their other addresses
  /// away. Throws std::runtime_error.
  void prepare(const LdapOptions& server) const;

  /// What user `number` is to get next; views are good while this is.
  Change change(std::size_t number) const;
  EncodedPlan plan(std::size_t count) const;
  /// The same as ldapmodify takes it.
  std::string change_ldif(std::size_t count) const;
  /// Notes that the first `count` users have got it.
  void applied(std::size_t count);
  /// Throws std::runtime_error unless `server` holds what applied() has noted: some of the first
  /// `count` users, spread evenly, are read back.
  void check(const LdapOptions& server, std::size_t count) const;

 private:
  struct User {
    std::string dn;
    std::array<std::string, 2> extension;
    std::array<std::string, 2> address;  // of each tenth user
    std::size_t now = 0;
  };
  std::vector<User> users_;
};

}  // namespace trueup
