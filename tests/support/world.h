// SPDX-License-Identifier: Apache-2.0
// A tiny tenant: what Graph, Exchange Online and AD say, as plain lists in stream order, and the
// files that say it. The tests build one by hand or at random; the oracle reads the same lists.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/load/staging/load_options.h"
#include "tests/support/temp_folder.h"

namespace trueup::world {

using Values = std::vector<std::string>;

/// A property as one record of a feed has it; one that is absent has no entry. Nothing: null.
using Property = std::optional<Values>;

/// One record of the Graph dump. The same id may come again.
struct GraphUser {
  std::string id;
  std::string upn;
  std::string immutable_id;  // "" : absent
  bool removed = false;      // {"id", "@removed"}
  std::optional<bool> sync_enabled = true;
  std::map<std::string, Property> properties;  // mail, proxyAddresses, extensionAttributeN
};

/// One record of the EXO export.
struct ExoMailbox {
  std::string id;
  std::optional<bool> managed = true;          // IsExchangeCloudManaged
  std::map<std::string, Property> properties;  // by EXO's names
};

/// One object of the LDIF.
struct AdObject {
  std::string dn;
  Values classes = {"top", "person", "organizationalPerson", "user"};
  std::string object_guid;  // octets, "": none
  std::string consistency_guid;
  std::map<std::string, Values> attributes;  // by lDAPDisplayName
};

struct World {
  std::vector<GraphUser> graph;
  std::vector<ExoMailbox> exo;
  std::vector<AdObject> ad;
  std::vector<AdObject> ad_extra;
  /// The AD export has an object that carries what protections rest on, and is no mailbox; and the
  /// OU that tests exclude.
  bool carriers = true;
  /// What the pages' @odata.context lists, "": no context.
  std::string selected =
      "id,userPrincipalName,onPremisesImmutableId,onPremisesSyncEnabled,mail,proxyAddresses,"
      "onPremisesExtensionAttributes";
};

/// 16 octets that say `n`; spread over the shards.
std::string guid_octets(unsigned n);
std::string base64_of(std::string_view octets);
/// "00000000-0000-0000-0000-00000000000n": what Graph calls an object.
std::string id_of(unsigned n);

/// User `n` in all three feeds, in agreement: a primary, mail, UserMailbox, cloud-managed.
/// `primary` without a prefix.
void add_user(World& world, unsigned n, const std::string& primary);
GraphUser& graph_user(World& world, unsigned n);  // the last with this id
ExoMailbox& exo_mailbox(World& world, unsigned n);
AdObject& ad_user(World& world, unsigned n);

/// Both sides' address properties at once: EmailAddresses and mail of the cloud, and the graph's.
void set_cloud_addresses(World& world, unsigned n, const Values& proxies);
void set_ad_addresses(World& world, unsigned n, const Values& proxies);

/// The objects that World::carriers stands for.
std::vector<AdObject> carriers();

/// How the lists are laid out in files. Any layout keeps the stream order.
struct Layout {
  std::size_t users_a_page = 1000;
  bool pages_in_one_file = false;  // .jsonl, a page a line
  std::size_t exo_files = 1;
  bool exo_lines = false;  // an object a line instead of an array
  std::size_t ad_files = 1;
  bool crlf = false;
  bool delta_link = true;
};

/// Writes `world` below `folder`/`name` and gives the options that load it.
LoadOptions write_files(const World& world, const TempFolder& folder, const std::string& name,
                        const Layout& layout = {});

// The same as text, all in one piece.
std::string graph_page_of(const World& world);
std::string exo_of(const World& world);
std::string ldif_of(const std::vector<AdObject>& objects, bool crlf = false);

}  // namespace trueup::world
