// SPDX-License-Identifier: Apache-2.0
// The ways of writing that bench/apply compares. Each sends what the first `count` users of a
// workload are to get next, notes it there, and throws std::runtime_error unless every change was
// acknowledged; whether it is really there is for Workload::check() to say.
#pragma once

#include <cstddef>
#include <string>

#include "bench/apply_workload.h"
#include "engine/apply/apply.h"
#include "io/ldap/ldap_writer.h"
#include "io/ldap/session/ldap_session.h"
#include "snapshots/store/store.h"

namespace trueup {

struct Measured {
  std::size_t changes = 0;
  double seconds = 0;
  double cpu_seconds = 0;        // of the client's thread, system calls included
  double median_latency_ms = 0;  // run_apply() only
  double rate() const { return static_cast<double>(changes) / seconds; }
  double cpu_microseconds() const { return cpu_seconds * 1e6 / static_cast<double>(changes); }
};

struct ApplyRun {
  /// As the command's defaults; with a fixed window the connections take as much as it allows.
  LdapWriterOptions writer = {};
  ApplyOptions options = {};
  std::size_t fixed_in_flight = 0;  // over all connections; 0: as trueup finds right
  bool plan_in_store = true;        // or encoded in memory
  bool journal = true;              // or outcomes are forgotten
  bool with_connecting = false;     // count the time to connect and bind
};

/// LdapWriter and apply() with plan and journal in `store`, as `trueup apply` does it.
Measured run_apply(const LdapOptions& server, Workload& workload, std::size_t count, Store& store,
                   const ApplyRun& how);

/// `ldapmodify -f FILE`, one change after the other; the whole process. Files go to `folder`.
Measured run_ldapmodify(const LdapOptions& server, Workload& workload, std::size_t count,
                        const std::string& folder);

/// `threads` threads, each with a connection and one ldap_modify_ext_s() after the other; from
/// connecting to the last answer.
Measured run_threads(const LdapOptions& server, Workload& workload, std::size_t count,
                     std::size_t threads);

/// Nothing but ldap_modify_ext() and ldap_result() on requests that were made before, with `window`
/// in flight on each connection; without connecting.
Measured run_bare(const LdapOptions& server, Workload& workload, std::size_t count,
                  std::size_t connections, std::size_t window);

}  // namespace trueup
