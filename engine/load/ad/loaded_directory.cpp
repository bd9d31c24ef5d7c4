// SPDX-License-Identifier: Apache-2.0
#include "engine/load/ad/loaded_directory.h"

#include "snapshots/model/dn.h"
#include "snapshots/model/errors.h"

namespace trueup {

DirectoryIdentity directory_of_export(const AdSinks& sinks,
                                      const std::vector<Container>& containers) {
  std::vector<std::string_view> holding_users;
  for (const Container& container : containers) {
    if (container.users > 0) holding_users.push_back(container.dn);
  }
  DirectoryIdentity directory{.naming_context = naming_context_of(holding_users), .head_guid = {}};
  const std::string key = dn_key(directory.naming_context, DnFold::kLdap);
  for (const AdSink& sink : sinks) {
    for (const DirectoryIdentity& domain : sink.domains()) {
      if (dn_key(domain.naming_context, DnFold::kLdap) != key) continue;
      if (directory.head_guid && domain.head_guid && *directory.head_guid != *domain.head_guid) {
        throw InputError("the AD export holds two directories of the name " +
                         directory.naming_context + ", whose heads are " +
                         to_guid(*directory.head_guid) + " and " + to_guid(*domain.head_guid) +
                         "; give the export of one of them");
      }
      if (domain.head_guid) directory.head_guid = domain.head_guid;
    }
  }
  return directory;
}

void describe_directory(const DirectoryIdentity& directory, SnapshotDescription& d) {
  d.naming_context = directory.naming_context;
  d.head_guid = directory.head_guid ? std::string(directory.head_guid->bytes()) : std::string();
}

}  // namespace trueup
