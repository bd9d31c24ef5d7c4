// SPDX-License-Identifier: Apache-2.0
// One connection of LdapWriter with what is in flight on it: requests go out without waiting,
// answers are matched by message id in whatever order they come. For io/*.cpp only. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/directory_writer.h"
#include "io/ldap/object_read.h"
#include "io/ldap/session/ldap_session.h"

struct ldapmod;  // libldap's LDAPMod

namespace trueup {

class LdapWindow {
 public:
  using Time = std::chrono::steady_clock::time_point;

  LdapWindow(LdapSession session, std::size_t size, std::chrono::milliseconds silence_limit);

  /// Gives the connection up. REQUIRES: in_flight() == 0.
  void close();
  /// Puts a new session in the place of the lost one. REQUIRES: !alive().
  void replace(LdapSession session);

  /// False once the connection is lost.
  bool alive() const { return session_.has_value(); }
  /// Has room for another request.
  bool takes() const { return usable() && in_flight_.size() < size_; }
  bool usable() const { return alive() && send_failure_.empty(); }
  /// A request could not be sent: the next take_answers() gives up the connection.
  bool failing() const { return alive() && !send_failure_.empty(); }
  std::size_t in_flight() const { return in_flight_.size(); }
  /// To wait on; -1 once lost.
  int socket() const { return alive() ? session_->socket() : -1; }
  /// REQUIRES: alive().
  const LdapSession& session() const { return *session_; }
  /// Why the connection was lost, the last time.
  const std::string& loss() const { return loss_; }

  /// Both send a request. False if libldap itself would not: then it is not in flight, `code` is
  /// libldap's, and the connection is as good as before. REQUIRES: takes().
  bool modify(std::uint32_t number, const std::string& address, ldapmod** mods, int& code);
  bool read(std::uint32_t number, const std::string& address, AttributeSet wanted,
            ObjectSearch& search, int& code);

  /// Appends what has been answered; `events` are what poll(2) says of socket(). Finds out if the
  /// connection is lost, or silent for too long, and then gives all in flight as not answered.
  void take_answers(short events, ObjectSearch& search, std::vector<WriterAnswer>& outcomes);

 private:
  struct InFlight {
    int message_id = 0;
    std::uint32_t number = 0;
    Time sent;
    std::unique_ptr<ObjectRead> read;  // none: a modify
  };

  void record_sent(InFlight request, int code);
  void drain(ObjectSearch& search, Time now, std::vector<WriterAnswer>& outcomes);
  void take(LdapMessage message, ObjectSearch& search, Time now,
            std::vector<WriterAnswer>& outcomes);
  bool ask_again(InFlight& request, ObjectSearch& search);
  void lose(const std::string& why, std::vector<WriterAnswer>& outcomes);

  std::optional<LdapSession> session_;
  std::size_t size_;
  std::chrono::milliseconds silence_limit_;
  std::vector<InFlight> in_flight_;
  Time heard_;                // the last sign of life, or when it was last idle
  std::string send_failure_;  // set: takes no more; what it has already answered is still read
  std::string notice_;        // of disconnection (RFC 4511 4.4.1): why the server hangs up
  std::string loss_;
};

}  // namespace trueup
