// SPDX-License-Identifier: Apache-2.0
// What a directory server says about itself, and how its objects are addressed. Plain values; read
// once by LdapSession.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/anchor.h"

struct ldap;  // libldap's LDAP

namespace trueup {

/// RFC 4512 5.1, [MS-ADTS] 3.1.1.3.2.
struct RootDse {
  bool active_directory = false;       // supportedCapabilities 1.2.840.113556.1.4.800
  bool read_only = false;              // an RODC: supportedCapabilities 1.2.840.113556.1.4.1920
  std::string default_naming_context;  // where a server names none, the first of naming_contexts
  std::vector<std::string> naming_contexts;
  std::vector<std::string> supported_controls;
  std::vector<std::string> supported_sasl_mechanisms;
  std::string subschema_subentry;            // DN (RFC 4512 4.2)
  std::string schema_naming_context;         // AD only
  std::string configuration_naming_context;  // AD only
  std::string ds_service_name;               // which DC this is; empty unless AD
  /// Of the DC's database, a new one when that is restored from a backup: the raw octets of
  /// invocationId at ds_service_name; empty unless AD, or where the account cannot read it.
  std::string invocation_id;
  std::string dns_host_name;
  /// A global catalog that does not hold all of its forest yet: isGlobalCatalogReady is FALSE.
  bool global_catalog_building = false;
  /// How far its update sequence numbers have come at that time ([MS-ADTS] 3.1.1.1.9); 0 where
  /// it does not say, which is no AD.
  std::uint64_t highest_committed_usn = 0;
  std::int64_t current_time = 0;  // its clock then, Unix seconds; 0 where it does not say

  bool supports(std::string_view control_oid) const;
};

/// For io/*.cpp only. The readers throw DirectoryError that names `url`.
RootDse read_root_dse(ldap* handle, const std::string& url);
/// Can be asked before the bind. False if the server does not say.
bool is_active_directory(ldap* handle);
/// dSHeuristics of the forest, empty where it has none.
std::string read_heuristics(ldap* handle, const std::string& url, const RootDse& root_dse);

/// How an object is named in a request, written into `out` (cleared first): <GUID=hex of the raw
/// octets> where the server is an AD and the GUID is known, which survives renames and moves
/// ([MS-ADTS] 3.1.1.3.1.2.4); else the DN.
void write_address(const RootDse& server, const Anchor& object_guid, std::string_view dn,
                   std::string& out);

}  // namespace trueup
