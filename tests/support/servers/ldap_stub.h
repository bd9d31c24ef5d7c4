// SPDX-License-Identifier: Apache-2.0
// A domain controller as far as an LDAP client sees it, for what neither slapd nor Samba does: it
// gives long attributes in ranges, and answers under another name after a restart. Takes any bind.
// Every public function may be called while it runs.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "io/ldap/session/ldap_session.h"

struct berelement;  // liblber's BerElement

namespace trueup {

class LdapStub {
 public:
  /// Attribute, as the client spells it, to values.
  using Entry = std::map<std::string, std::vector<std::string>>;

  /// Listens on a free port of 127.0.0.1. `max_values` is its MaxValRange.
  explicit LdapStub(std::size_t max_values);
  ~LdapStub();
  LdapStub(const LdapStub&) = delete;
  LdapStub& operator=(const LdapStub&) = delete;

  /// Objects are found by exactly this name, which may be a <GUID=...>; "" is the root DSE. A
  /// subtree search gives all below, without its base, and knows no filter and no pages.
  void put(const std::string& name, Entry entry);
  /// Called before each search is answered, in the stub's thread, with the name and the attributes
  /// that are asked for.
  void on_search(std::function<void(const std::string&, const std::vector<std::string>&)> hook);
  /// From now on binds get invalidCredentials, with this diagnostic message.
  void refuse_binds(const std::string& diagnostic);
  /// Closes all connections.
  void hang_up();
  /// To connect with.
  LdapOptions options() const;
  int modifies() const { return modifies_; }
  /// Bytes of the last modify's message, without its own tag and length.
  std::size_t modify_size() const { return modify_size_; }

 private:
  void accept_all();
  void serve(int client);
  void answer_bind(int client, int message_id);
  void answer_search(int client, int message_id, berelement* request);

  std::size_t max_values_;
  int listener_ = -1;
  int port_ = 0;
  std::string password_file_;
  std::atomic<int> modifies_ = 0;
  std::atomic<std::size_t> modify_size_ = 0;
  std::mutex mutex_;  // guards what follows
  std::map<std::string, Entry> entries_;
  std::function<void(const std::string&, const std::vector<std::string>&)> hook_;
  std::optional<std::string> bind_refusal_;
  std::vector<int> clients_;
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace trueup
