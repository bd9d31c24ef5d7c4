// SPDX-License-Identifier: Apache-2.0
#include "engine/run/checks/same_directory.h"

#include <algorithm>
#include <string>
#include <vector>

#include "io/ldap/domain_head.h"
#include "snapshots/model/dn.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/stored_plan.h"

namespace trueup {
namespace {

bool same_dn(const std::string& a, const std::string& b) {
  return dn_key(a, DnFold::kLdap) == dn_key(b, DnFold::kLdap);
}

std::string text_of(const DirectoryIdentity& directory) {
  return directory.naming_context +
         (directory.head_guid ? " (" + to_guid(*directory.head_guid) + ")" : std::string());
}

}  // namespace

DirectoryIdentity directory_of_plan(const Store& store, const RunDescription& run) {
  DirectoryIdentity directory = directory_of(run);
  if (!directory.naming_context.empty()) return directory;
  std::vector<std::string> contexts;
  PlanCursor cursor(store, run.run);
  for (Change change; cursor.next(change);) {
    const std::string_view domain = domain_of(change.dn);
    const std::string context(domain.empty() ? parent_dn(change.dn) : domain);
    if (std::ranges::find(contexts, context) == contexts.end()) contexts.push_back(context);
  }
  directory.naming_context = naming_context_of({contexts.begin(), contexts.end()});
  return directory;
}

void require_same_directory(const Store& store, const RunDescription& run,
                            const LdapSession& session) {
  const DirectoryIdentity planned = directory_of_plan(store, run);
  const std::string name = "the plan of run " + std::to_string(run.run);
  const RootDse& server = session.root_dse();
  const std::string held = naming_context_of(server, planned.naming_context);
  // Of an export without DC= parts the plan knows what its users share, which may lie deeper.
  const bool is_it =
      server.active_directory ? same_dn(held, planned.naming_context) : !held.empty();
  if (planned.naming_context.empty() || held.empty() || !is_it) {
    throw UsageError(name + " is for the directory " + text_of(planned) + ", and " + session.url() +
                     " holds " + server.default_naming_context +
                     "; name a server of that directory with --ad, or plan against this one");
  }
  if (!planned.head_guid) return;
  const std::vector<Anchor> guids = read_head_guids(session, planned.naming_context);
  if (guids.empty()) {
    throw UsageError(session.url() + " shows neither objectGUID nor entryUUID of " + held +
                     ", so it cannot be told whether it is the directory that " + name +
                     " is for; let the bind account read them");
  }
  if (std::ranges::find(guids, *planned.head_guid) != guids.end()) return;
  std::string found;
  for (const Anchor& guid : guids) found += (found.empty() ? "" : ", ") + to_guid(guid);
  throw UsageError(name + " is for the directory " + text_of(planned) + ", and " + session.url() +
                   " holds another one of that name (" + found +
                   "); name a server of that directory with --ad, or plan against this one");
}

}  // namespace trueup
