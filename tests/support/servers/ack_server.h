// SPDX-License-Identifier: Apache-2.0
// The least that passes for an LDAP server: it takes every bind and, unless told otherwise, every
// modify at once and keeps nothing. What a client costs is measured against it (bench/apply), as it
// costs next to nothing itself. One thread of its own; the setters and counts are safe to use from
// any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace trueup {

/// RFC 4511, as far as it goes: bind, modify: success. Search of the root DSE: an entry as a plain
/// LDAP server's, with namingContexts and a schema of what trueup may write; any other search: the
/// base object without attributes. Other requests: unwillingToPerform. Many requests may be
/// outstanding, but a client that sends without ever reading is waited for.
class AckServer {
 public:
  static constexpr std::string_view kSuffix = "DC=contoso,DC=lab";

  /// On a free port of 127.0.0.1. Throws std::system_error.
  AckServer();
  ~AckServer();
  AckServer(const AckServer&) = delete;
  AckServer& operator=(const AckServer&) = delete;

  /// ldap://127.0.0.1:PORT
  std::string url() const { return "ldap://127.0.0.1:" + std::to_string(port_); }

  /// Answers modifies with this result code (RFC 4511 4.1.9) from now on; 0, as at the start: takes
  /// them.
  void answer_modifies_with(int result_code) { modify_result_ = result_code; }

  /// Modifies answered so far, whatever the answer, and the bytes of their requests.
  std::uint64_t modifies() const { return modifies_; }
  std::uint64_t modify_bytes() const { return modify_bytes_; }
  /// Of the modifies those that were taken.
  std::uint64_t taken() const { return taken_; }

 private:
  void serve();

  int listener_ = -1;
  int wake_ = -1;
  int port_ = 0;
  std::atomic<int> modify_result_ = 0;
  std::atomic<std::uint64_t> modifies_ = 0;
  std::atomic<std::uint64_t> modify_bytes_ = 0;
  std::atomic<std::uint64_t> taken_ = 0;
  std::thread thread_;
};

}  // namespace trueup
