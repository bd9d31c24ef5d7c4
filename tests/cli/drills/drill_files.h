// SPDX-License-Identifier: Apache-2.0
// Writes a DrillTenant out as the files that trueup reads: Graph pages, an Exchange Online export,
// an AD export. Times are as of now: what changed d days ago says so, whenever it is written.
#pragma once

#include <set>
#include <string>

#include "tests/cli/command_line.h"
#include "tests/cli/drills/drill_tenant.h"

namespace trueup::drills {

struct Rendering {
  int pages = 12;                    // of Graph; fewer if there are fewer users
  std::set<int> missing_pages;       // 0 .. pages - 1
  bool renumbered = false;           // the names of the pages that are there have no gap
  bool manifest = true;              // as `trueup fetch` writes it, beside the pages
  bool no_users = false;             // Graph: one empty page; Exchange: an empty list
  bool empty_export = false;         // Exchange alone
  int days_old = 0;                  // of all times: the files', the manifest's, the objects'
  bool fresh_files = false;          // ... but for the files', and no manifest: a careless copy
  bool groups = true;                // groups and contacts are in the AD export
  std::set<std::string> ad_without;  // attributes that are not in it; a final * is any ending
};

struct Inputs {
  std::string graph;  // folder
  std::string exo;
  std::string ad;

  cli::Arguments arguments() const { return {"--graph", graph, "--exo", exo, "--ad", ad}; }
};

/// Overwrites what an earlier night left in `folder`.
Inputs write_inputs(const DrillTenant& tenant, const std::string& folder);
/// One side's. They fill in their members of `inputs`.
void write_cloud(const DrillTenant& tenant, const Rendering& rendering, const std::string& folder,
                 Inputs& inputs);
void write_ad(const DrillTenant& tenant, const Rendering& rendering, const std::string& folder,
              Inputs& inputs);

/// The AD export as text.
std::string ad_ldif(const DrillTenant& tenant, const Rendering& rendering = {});
/// One entry of it, from "dn:" to the empty line.
std::string ad_entry(const DrillTenant& tenant, const DrillMailbox& mailbox);
std::string ad_entry(const DrillTenant& tenant, const AddressHolder& holder);
/// "name: value", or "name:: base64" where LDIF wants it, with its line end.
std::string ldif_line(std::string_view name, std::string_view value);

std::string base64(std::string_view octets);
/// msExchRecipientTypeDetails of "UserMailbox" ..., and back; "" where there is none.
std::string remote_type_number(std::string_view type);
std::string type_of_remote_number(std::string_view number);

}  // namespace trueup::drills
