// SPDX-License-Identifier: Apache-2.0
// The plan as people and other tools read it: plan.ldif (RFC 2849 change records that ldapmodify
// takes as they are), rejects.ldif and unmatched.csv; and the digest that ties a file to the plan
// in the store.
#pragma once

#include <string>
#include <vector>

#include "engine/compare/diff_options.h"
#include "engine/plan/plan.h"
#include "io/bytes/csv.h"
#include "snapshots/store/description.h"

namespace trueup {

/// Changes when the text of plan.ldif for the same plan changes.
inline constexpr int kPlanFormat = 2;

/// The options that have a say in what the plan holds, one "key: value" a line.
std::string options_text(const DiffOptions& options);

/// The comments that stand above the records of plan.ldif, without the digest. `unprotected`: what
/// stands there in so many words, a line each.
std::string plan_header(const Plan& plan, const SnapshotDescription& cloud,
                        const SnapshotDescription& ad, const DiffOptions& options,
                        const std::vector<std::string>& unprotected);

/// The lines of a header that say which directory the plan is for.
void append_directory(const DirectoryIdentity& directory, std::string& header);

/// Writes plan.ldif and returns its digest: SHA-256 in hex over the whole text but the digest line.
/// Same header and changes: the same bytes. `changes` are encoded. Throws StoreError.
std::string write_plan_file(const std::string& path, const std::string& header,
                            const std::vector<std::string>& changes);

/// The digest that the text of a plan file has, and the one that it says it has.
struct PlanFileDigest {
  std::string computed;
  std::string stated;
};
/// Throws InputError if it cannot be read or is not a plan.
PlanFileDigest digest_of_plan_file(const std::string& path);

/// What was refused, as change records with a "# reason:" comment, and what is held, as comments.
void write_rejects(const std::string& path, const std::vector<Rejected>& rejected);

/// side,anchor,id,name: mailboxes in scope without an AD object, AD users without a mailbox.
void write_unmatched(const std::string& path, const std::vector<Unmatched>& unmatched,
                     CsvCells how);

}  // namespace trueup
