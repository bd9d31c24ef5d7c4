// SPDX-License-Identifier: Apache-2.0
// Reads graph_sim's pages to their end, as the simulator's own tests want them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/servers/graph_service.h"

namespace trueup {

struct GraphRound {
  std::vector<nlohmann::json> users;  // in stream order
  std::vector<std::size_t> page_sizes;
  std::string delta_link;

  /// The last occurrence of each, without those removed.
  std::map<std::string, nlohmann::json> by_id() const {
    std::map<std::string, nlohmann::json> result;
    for (const nlohmann::json& user : users) {
      const std::string id = user.at("id");
      result.erase(id);
      if (!user.contains("@removed")) result[id] = user;
    }
    return result;
  }
};

/// From `target` by nextLinks to the end.
inline GraphRound read_pages(GraphService& service, std::string target,
                             const GraphService::Headers& headers = {}) {
  GraphRound round;
  while (!target.empty()) {
    const GraphReply reply = service.graph(target, headers);
    if (reply.status != 200) {
      ADD_FAILURE() << reply.status << " " << reply.body;
      return round;
    }
    const nlohmann::json page = reply.json();
    round.page_sizes.push_back(page.at("value").size());
    for (const nlohmann::json& user : page.at("value")) round.users.push_back(user);
    round.delta_link = page.value("@odata.deltaLink", "");
    target = page.value("@odata.nextLink", "");
    EXPECT_TRUE(target.empty() || round.delta_link.empty());
  }
  return round;
}

/// Every user of the tenant as it is now, by the control endpoint, by id.
inline std::map<std::string, nlohmann::json> whole_tenant(GraphService& service) {
  std::map<std::string, nlohmann::json> users;
  for (const nlohmann::json& user : service.get("/sim/users")) users[user.at("id")] = user;
  return users;
}

/// Without what has no value, so that absent, null and empty are one.
inline nlohmann::json without_empty(const nlohmann::json& value) {
  if (!value.is_object()) return value;
  nlohmann::json result = nlohmann::json::object();
  for (const auto& [name, member] : value.items()) {
    const nlohmann::json kept = without_empty(member);
    if (!kept.is_null() && !(kept.is_structured() && kept.empty())) result[name] = kept;
  }
  return result;
}

inline std::map<std::string, nlohmann::json> without_empty(
    std::map<std::string, nlohmann::json> users) {
  for (auto& [id, user] : users) user = without_empty(user);
  return users;
}

}  // namespace trueup
