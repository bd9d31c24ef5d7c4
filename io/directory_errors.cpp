// SPDX-License-Identifier: Apache-2.0
#include "io/directory_errors.h"

#include <algorithm>
#include <charconv>

namespace trueup {
namespace {

/// Of a DC's database (ESE, esent.h): what it answers while it can take nothing from anyone.
bool is_database_error(std::string_view message) {
  constexpr std::string_view kErrors[] = {
      "data -1069",  // JET_errVersionStoreOutOfMemory
      "data -1066",  // JET_errVersionStoreOutOfMemoryAndCleanupTimedOut
      "data -1101",  // JET_errOutOfSessions
      "data -1092",  // JET_errInstanceUnavailableDueToFatalLogDiskFull
      "data -1090",  // JET_errInstanceUnavailable
      "data -1032",  // JET_errFileAccessDenied
      "data -1022",  // JET_errDiskIO
      "data -1014",  // JET_errOutOfBuffers
      "data -1011",  // JET_errOutOfMemory
      "data -1000",  // JET_errTermInProgress
      "data -1808",  // JET_errDiskFull
      "data -529",   // JET_errLogDiskFull
      "data -510"};  // JET_errLogWriteFail
  return std::ranges::any_of(kErrors, [&](std::string_view error) {
    const std::size_t at = message.find(error);
    const std::size_t end = at + error.size();
    return at != message.npos &&
           (end == message.size() || message[end] < '0' || message[end] > '9');
  });
}

/// operationsError where the bind is gone: of AD with 000004DC, Samba says it in words only.
bool is_not_bound(int result_code, std::string_view message) {
  return result_code == 1 && (message.find("without authentication") != message.npos ||
                              message.find("successful bind") != message.npos);
}

bool is_of_the_server(std::uint32_t error) {  // winerror.h
  switch (error) {
    case 0x04DC:  // ERROR_NOT_AUTHENTICATED: the connection is not bound any more
    case 0x0008:  // ERROR_NOT_ENOUGH_MEMORY
    case 0x000E:  // ERROR_OUTOFMEMORY
    case 0x045B:  // ERROR_SHUTDOWN_IN_PROGRESS
    case 0x05AA:  // ERROR_NO_SYSTEM_RESOURCES
    case 0x0700:  // ERROR_NETLOGON_NOT_STARTED
    case 0x20AC:  // ERROR_DS_SHUTTING_DOWN
      return true;
    default: return false;
  }
}

}  // namespace

std::optional<std::uint32_t> windows_error(std::string_view message) {
  constexpr std::size_t kDigits = 8;
  if (message.size() <= kDigits || message[kDigits] != ':') return std::nullopt;
  std::uint32_t error = 0;
  const char* const end = message.data() + kDigits;
  const auto [stopped, failed] = std::from_chars(message.data(), end, error, 16);
  if (failed != std::errc{} || stopped != end) return std::nullopt;
  return error;
}

bool is_passing(int result_code, std::string_view message) {
  switch (windows_error(message).value_or(0)) {
    case 0x200E:  // ERROR_DS_BUSY
    case 0x200F:  // ERROR_DS_UNAVAILABLE
    case 0x2022:  // ERROR_DS_TIMELIMIT_EXCEEDED
      return true;
    default: return result_code == 3 || result_code == 51 || result_code == 52;
  }
}

bool is_server_trouble(int result_code, std::string_view message) {
  if (result_code == 0) return false;
  const std::optional<std::uint32_t> error = windows_error(message);
  return is_database_error(message) || is_not_bound(result_code, message) ||
         (error && is_of_the_server(*error));
}

}  // namespace trueup
