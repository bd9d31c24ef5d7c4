// SPDX-License-Identifier: Apache-2.0
//
// The control endpoint below /sim/: JSON, from this machine only, without a token.
#include <nlohmann/json.hpp>

#include "tools/graph_sim/service.h"

namespace trueup::sim {
namespace {

using Json = nlohmann::json;

RandomChanges random_changes(const Json& words) {
  RandomChanges changes;
  changes.count = words.value("count", changes.count);
  changes.seed = words.value("seed", changes.seed);
  changes.kinds = words.value("kinds", changes.kinds);
  return changes;
}

std::vector<std::string> checked_kinds(const std::vector<std::string>& kinds) {
  for (const std::string& kind : kinds) {
    if (!is_fault_kind(kind)) throw std::invalid_argument("there is no fault \"" + kind + "\"");
  }
  return kinds;
}

Json as_json(const LoggedRequest& asked) {
  return {{"method", asked.method},
          {"target", asked.target},
          {"status", asked.status},
          {"fault", asked.fault},
          {"client_request_id", asked.client_request_id},
          {"prefer", asked.prefer},
          {"user_agent", asked.user_agent},
          {"priority", asked.priority},
          {"objects", asked.objects}};
}

void set_faults(const Json& words, Faults& faults) {
  if (words.value("clear", false)) {
    faults.clear_scripts();
    faults.set_rate(FaultRate());
  }
  if (words.contains("rate")) {
    FaultRate rate = faults.rate();
    rate.rate = words.at("rate").get<double>();
    rate.kinds = checked_kinds(words.value("kinds", rate.kinds));
    rate.seed = words.value("seed", rate.seed);
    rate.retry_after = words.value("retry_after", rate.retry_after);
    faults.set_rate(rate);
  }
  if (words.contains("kind")) {
    FaultScript script;
    script.path = words.value("path", "");
    script.nth = words.value("nth", script.nth);
    script.times = words.value("times", script.times);
    script.fault.kind = checked_kinds({words.at("kind").get<std::string>()}).front();
    script.fault.retry_after = words.value("retry_after", script.fault.kind == "429" ? "1" : "");
    script.fault.date_seconds = words.value("retry_after_date", script.fault.date_seconds);
    script.fault.slow_ms = words.value("slow_ms", script.fault.slow_ms);
    faults.add(script);
  }
}

}  // namespace

std::string GraphSim::whole_tenant() const {
  const Tenant::Reading reading(tenant_);
  const Version now = tenant_.version();
  RecordScratch scratch;
  PropertyValues values;
  std::string text = "[";
  for (UserIndex index = 0; index < tenant_.indexes(); ++index) {
    if (tenant_.standing(index, now) != UserState::kLive) continue;
    tenant_.read(index, now, scratch, values);
    text.append(text.size() == 1 ? "{" : ",{");
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].empty()) continue;
      text.append(text.back() == '{' ? "\"" : ",\"");
      text.append(property_name(static_cast<PropertyNumber>(i))).append("\":").append(values[i]);
    }
    text.push_back('}');
  }
  return text + "]";
}

std::string GraphSim::control_get(const std::string& path) {
  if (path == "/sim/users") return whole_tenant();
  if (path == "/sim/requests") {
    const std::lock_guard lock(asked_mutex_);
    Json list = Json::array();
    for (const LoggedRequest& asked : asked_) list.push_back(as_json(asked));
    return list.dump();
  }
  if (path == "/sim/counts") {
    Json counts;
    {
      const std::lock_guard lock(asked_mutex_);
      counts = counts_;
    }
    const Tenant::Reading reading(tenant_);
    counts["users"] = tenant_.users(tenant_.version());
    counts["version"] = tenant_.version();
    counts["tokens"] = tokens_.issued();
    return counts.dump();
  }
  return "";
}

std::string GraphSim::control_post(const std::string& path, const std::string& body) {
  const Json words = body.empty() ? Json::object() : Json::parse(body);
  Json result = Json::object();
  if (path == "/sim/changes") {
    result["ids"] = Json::array();
    for (const Json& change : words.at("changes")) {
      result["ids"].push_back(make_change(tenant_, change));
    }
  } else if (path == "/sim/random") {
    result["changes"] = make_random_changes(tenant_, random_changes(words));
  } else if (path == "/sim/while-reading") {
    const std::lock_guard lock(while_reading_mutex_);
    while_reading_ = {words.value("every_requests", std::uint64_t{0}),
                      words.value("total", std::uint64_t{0}), random_changes(words), 0, 0};
  } else if (path == "/sim/faults") {
    set_faults(words, faults_);
  } else if (path == "/sim/resync") {
    delta_.resync();
  } else if (path == "/sim/expire-deltas") {
    delta_.expire_tokens(words.value("status", 0));
  } else if (path == "/sim/revoke-tokens") {
    tokens_.revoke_all();
  } else if (path == "/sim/replay") {
    delta_.replay(words.value("count", std::uint64_t{50}));
  } else if (path == "/sim/delay") {
    list_delay_ms_ = words.value("list_ms", list_delay_ms_.load());
    delta_delay_ms_ = words.value("delta_ms", delta_delay_ms_.load());
  } else if (path == "/sim/forget-requests") {
    const std::lock_guard lock(asked_mutex_);
    asked_.clear();
    counts_.clear();
  } else if (path == "/sim/quit") {
    quit_();
  } else {
    return "";
  }
  return result.dump();
}

Answer GraphSim::control(const Request& request) {
  Answer answer;
  answer.type = "application/json; charset=utf-8";
  if (!request.peer.starts_with("127.") && request.peer != "::1") {
    answer.status = 403;
    answer.body = Json{{"error", "from this machine only"}}.dump();
    return answer;
  }
  try {
    answer.body = request.method == "POST" ? control_post(request.path, request.body)
                                           : control_get(request.path);
    if (answer.body.empty()) {
      answer.status = 404;
      answer.body = Json{{"error", "there is no " + request.method + " " + request.path}}.dump();
    }
  } catch (const std::exception& error) {  // a value that makes no sense, or no JSON
    answer.status = 400;
    answer.body = Json{{"error", error.what()}}.dump();
  }
  return answer;
}

}  // namespace trueup::sim
