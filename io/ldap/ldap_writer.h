// SPDX-License-Identifier: Apache-2.0
// Sends changes to one directory server: a few connections, a window of requests in flight on each,
// answers matched by message id in whatever order they come. Made by engine/run, driven by
// engine/apply. One thread.
#pragma once

#include <memory>

#include "io/directory_writer.h"
#include "io/ldap/session/ldap_session.h"

namespace trueup {

struct LdapWriterOptions {
  int connections = 4;     // 1 .. kMaxConnections
  int max_in_flight = 64;  // on each connection, 1 .. kMaxWindow
};

/// Each change is ONE modify: for each edit its deletes, then its adds, by value. The server takes
/// all of it or nothing, and refuses it if a value to delete is not there.
class LdapWriter : public DirectoryWriter {
 public:
  /// Servers close a connection that has too much outstanding: slapd at 1,000 by default.
  static constexpr int kMaxWindow = 256;
  static constexpr int kMaxConnections = 64;

  /// Opens all connections, to one server. Throws UsageError and DirectoryError as LdapSession
  /// does; DirectoryError also where the server is not to be written to, or where the connections
  /// reached different domain controllers behind one name.
  LdapWriter(const LdapOptions& ldap, const LdapWriterOptions& options);
  /// Servers drop what is in flight at an unbind, so it waits for that, 5 s at most.
  ~LdapWriter() override;

  const std::string& url() const;
  /// To connect to the same server once more.
  const LdapOptions& same_server() const;
  const RootDse& root_dse() const;
  const std::vector<std::string>& warnings() const;
  /// To ask things before the first request: answers to others would be lost among those of
  /// requests in flight. REQUIRES: in_flight() == 0 and connections() > 0.
  const LdapSession& session() const;

  bool has_room() const override;
  /// A change that is larger than an AD takes (MaxReceiveBuffer) is not sent, and answered with
  /// adminLimitExceeded.
  void submit(const Change& change) override;
  void read(const Change& change) override;
  /// A connection that is lost, or silent for the operation timeout, gives all it had in flight as
  /// not answered and takes no more. Returns at once when none is left.
  void poll(std::chrono::milliseconds timeout, std::vector<WriterAnswer>& outcomes) override;
  std::size_t in_flight() const override;

  std::size_t connections() const override;
  std::size_t lost_connections() const override;
  void drop_connections() override;
  /// To the server of url(), within 5 s for each step of a connection. Throws DirectoryError also
  /// where it answers as another domain controller, or one restored from a backup (dsServiceName,
  /// invocationId), or no AD with another directory (the GUID of its head).
  bool reconnect(std::string& why) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trueup
