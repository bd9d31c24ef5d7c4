// SPDX-License-Identifier: Apache-2.0
// All that is looked at in the directory between the bind and the first write, in this order: is it
// the one that the plan is for, are the plan's objects what they were, what does the schema have
// and what may the account write, is the forest seen, and is each gained address free. A dry run
// makes the same checks. Called by engine/run/apply_run.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/apply/apply.h"
#include "engine/run/run_context.h"
#include "io/ldap/ldap_writer.h"
#include "snapshots/store/description.h"

namespace trueup {

struct DirectoryChecks {
  const RunContext& context;
  const RunDescription& run;
  const ApplyHistory& history;
  bool elsewhere = false;  // goes on through another DC than the one that was written to
};

/// What will not be taken goes into `options`; warnings, and the guards that are read here, into
/// the report. Gives the numbers of changes whose objects were seen to be gone. Throws UsageError,
/// DirectoryError where nothing may be written at all.
std::vector<std::uint32_t> check_before_writing(const DirectoryChecks& checks, LdapWriter& writer,
                                                ApplyOptions& options);

}  // namespace trueup
