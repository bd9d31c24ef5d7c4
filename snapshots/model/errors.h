// SPDX-License-Identifier: Apache-2.0
// What makes a run stop. Each message says what, where (file and offset, DN, URL) and the remedy.
// The type decides the exit code; nothing ever looks at the text.
#pragma once

#include <stdexcept>

namespace trueup {

/// The store cannot be opened, read or written. Exit 1.
struct StoreError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// An input is unreadable or incomplete. Exit 1, nothing to accept.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The directory server refuses or fails. Exit 1, or 5 where the run can be resumed.
struct DirectoryError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A service that is read from (Microsoft Graph) cannot be reached, or refuses. Exit 1.
struct SourceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The command line or the configuration is wrong. Exit 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The operator asked the run to stop before it was done; what is stored is whole. Exit 5.
struct StopError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A plan that a guard stopped and nobody accepted was to be applied. Exit 3.
struct GuardError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace trueup
