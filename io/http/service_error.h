// SPDX-License-Identifier: Apache-2.0
// What a refusal of Microsoft's services says: Graph's error object (Graph "errors") and the one of
// the token endpoint (RFC 6749 5.2, with AADSTS numbers and ids for Microsoft's support). Used by
// the Graph client; any thread.
#pragma once

#include <string>
#include <string_view>

namespace trueup {

/// Empty where the body does not say.
struct ServiceError {
  std::string code;            // Authorization_RequestDenied; invalid_client
  std::string message;         // AADSTS7000215: Invalid client secret ...
  std::string trace_id;        // of the token endpoint
  std::string correlation_id;  // of the token endpoint
  /// For messages: code and text.
  std::string text() const;
};

/// `body` may be anything; what is no such object gives its first characters as the message. All
/// strings are one printable line of bounded length, without tokens.
ServiceError parse_service_error(std::string_view body);

/// One printable line of at most `longest` bytes, without tokens.
std::string printable(std::string_view text, std::size_t longest);

}  // namespace trueup
