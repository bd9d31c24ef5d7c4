// SPDX-License-Identifier: Apache-2.0
#include "engine/run/settings_check.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include "engine/compare/mailbox_policy.h"
#include "engine/run/checks/same_directory.h"
#include "engine/run/run_record.h"
#include "io/files/input_paths.h"
#include "io/ldap/global_catalog.h"
#include "snapshots/model/dn_subtree.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// With the flag before what is wrong with its value.
void about(const std::string& flag, const std::function<void()>& check) {
  try {
    check();
  } catch (const UsageError& error) {
    throw UsageError(flag + ": " + error.what());
  }
}

void require_readable(const std::string& flag, const std::string& file) {
  if (file.empty() || ::access(file.c_str(), R_OK) == 0) return;
  throw UsageError(flag + ": cannot read " + file + ": " + std::strerror(errno));
}

/// For a file that is written there at the end.
void require_place(const std::string& flag, const std::string& file) {
  if (file.empty()) return;
  std::filesystem::path folder = std::filesystem::path(file).parent_path();
  if (folder.empty()) folder = ".";
  if (std::filesystem::is_directory(file)) {
    throw UsageError(flag + ": cannot write " + file + ": it is a folder; name a file in it");
  }
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
  throw UsageError(flag + ": cannot write " + file + ": " + folder.string() + ": " +
                   std::strerror(errno));
}

void check_names(const Job& job) {
  excluded_subtrees(job.diff);
  if (!job.load.base.empty()) about("--base", [&] { DnSubtree(job.load.base, DnFold::kLdap); });
  if (job.diff.scope == ScopeKind::kList) require_readable("--scope", job.diff.scope_list);
}

void check_places(const Job& job) {
  require_place("--out", job.out);
  require_place("--save-ad", job.load.live_ad.save);
}

void check_services(const Job& job) {
  if (!job.graph.url.empty() && job.load.graph.empty()) open_graph(job.graph);
  if (!job.ldap.urls.empty()) check_options(job.ldap);
  if (job.addresses.global_catalog.empty()) return;
  about("--ad-gc", [&] {
    LdapOptions catalog = job.ldap;
    catalog.urls = {job.addresses.global_catalog};
    catalog.global_catalog = true;
    check_options(catalog);
  });
}

}  // namespace

void check_settings(const Job& job) {
  check_sides_apart(job.load);
  check_names(job);
  check_places(job);
  // Only to see that they are there: those of the two sides come first of all that is read.
  if (!job.load.ad_extra.empty()) expand_input(job.load.ad_extra, {".ldif"}, nullptr);
  check_services(job);
}

namespace {

LdapSession usable_session(const Job& job) {
  require_directory(job);
  LdapSession session(job.ldap);
  session.require_writable();
  session.require_base();
  return session;
}

}  // namespace

void require_usable_directory(const Job& job) {
  const LdapSession session = usable_session(job);
  const std::string& catalog = job.addresses.global_catalog;
  if (!catalog.empty()) open_global_catalog(job.ldap, catalog, session);
}

void require_directory_of(const Store& store, const RunDescription& run, const Job& job) {
  require_same_directory(store, run, usable_session(job));
}

}  // namespace trueup
