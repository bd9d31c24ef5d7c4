// SPDX-License-Identifier: Apache-2.0
// A directory server that has trouble: it passes requests on to a real one, and answers those that
// the test chooses itself (busy, a referral, not bound ...), hangs up on them, or says nothing. On
// a free port of 127.0.0.1, without TLS.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace trueup {

class LdapFaults {
 public:
  enum class Operation : std::uint8_t { kBind, kSearch, kModify, kOther };

  struct Request {
    Operation operation = Operation::kOther;
    std::string target;  // bind: who; search: the base; modify: the object
  };

  struct Fault {
    enum class Kind : std::uint8_t { kAnswer, kClose, kSilence } kind = Kind::kAnswer;
    int code = 0;  // RFC 4511 4.1.9
    std::string message{};
  };

  /// Called for each request, by any thread; nothing: it is passed on.
  using Choose = std::function<std::optional<Fault>(const Request&)>;

  /// Throws std::system_error.
  explicit LdapFaults(int target_port);
  ~LdapFaults();
  LdapFaults(const LdapFaults&) = delete;
  LdapFaults& operator=(const LdapFaults&) = delete;

  void choose(Choose choose);

  int port() const { return port_; }
  /// ldap://127.0.0.1:PORT
  std::string url() const { return "ldap://127.0.0.1:" + std::to_string(port_); }
  /// Requests that were not passed on.
  std::uint64_t faults() const { return faults_; }

 private:
  struct Connection;

  void accept_all(const std::stop_token& stop);
  void serve(Connection& connection);
  bool take(Connection& connection, const std::string& message);

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<std::uint64_t> faults_ = 0;
  std::mutex mutex_;  // guards what follows
  Choose choose_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::jthread acceptor_;
};

}  // namespace trueup
