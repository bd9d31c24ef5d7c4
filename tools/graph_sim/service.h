// SPDX-License-Identifier: Apache-2.0
//
// The whole of graph_sim behind its server: takes a request, gives the answer when its time has
// come. Called by many threads, one a connection.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "tools/graph_sim/access_tokens.h"
#include "tools/graph_sim/cache.h"
#include "tools/graph_sim/delta.h"
#include "tools/graph_sim/faults.h"
#include "tools/graph_sim/http.h"
#include "tools/graph_sim/list.h"
#include "tools/graph_sim/quota.h"
#include "tools/graph_sim/random_changes.h"
#include "tools/graph_sim/tenant_history.h"

namespace trueup::sim {

struct SimOptions {
  tenant::TenantShape shape;
  unsigned threads = 1;  // to make the tenant with
  Application application;
  ListOrder list_order = ListOrder::kById;
  DeltaOptions delta;
  FaultRate faults;
  bool quota = true;
  std::size_t cache_bytes = std::size_t{512} << 20;
  std::chrono::milliseconds latency{0};             // of a page
  std::chrono::microseconds latency_per_object{0};  // and of each user on it
};

/// What was asked, and how it was answered.
struct LoggedRequest {
  std::string method;
  std::string target;  // path and query
  int status = 0;
  std::string fault;
  std::string client_request_id;
  std::string prefer;
  std::string user_agent;
  std::string priority;  // x-ms-throttle-priority
  std::size_t objects = 0;
};

class GraphSim {
 public:
  /// `quit` is called, once, by POST /sim/quit.
  GraphSim(const SimOptions& options, std::function<void()> quit);

  /// Blocks for as long as the answer takes.
  Answer answer(const Request& request);

 private:
  struct WhileReading {
    std::uint64_t every_requests = 0;  // 0: no changes
    std::uint64_t total = 0;           // at most so many changes; 0: no end
    RandomChanges changes;
    std::uint64_t requests = 0;
    std::uint64_t made = 0;
  };

  Answer route(const Request& request, const std::string& service);
  Answer route_graph(const Request& request, const std::string& service);
  Answer page(const Request& request, const std::string& service);
  Answer list(const Request& request, const std::string& service) const;
  Answer one(const Request& request, const std::string& name, const std::string& service) const;
  Answer count(const Request& request) const;
  Answer fail(const Fault& fault, const Request& request, const std::string& service,
              const std::function<Answer()>& work);
  void change_meanwhile();
  void note(const Request& request, const Answer& answer, const std::string& fault);

  // control.cpp
  Answer control(const Request& request);
  std::string control_post(const std::string& path, const std::string& body);
  std::string control_get(const std::string& path);
  std::string whole_tenant() const;

  const SimOptions options_;
  std::function<void()> quit_;
  Tenant tenant_;
  TokenService tokens_;
  DeltaService delta_;
  Quota quota_;
  PageCache cache_;
  Faults faults_;
  std::atomic<std::int64_t> list_delay_ms_{0};
  std::atomic<std::int64_t> delta_delay_ms_{0};
  std::mutex while_reading_mutex_;
  WhileReading while_reading_;
  std::mutex asked_mutex_;
  std::deque<LoggedRequest> asked_;  // the newest
  std::map<std::string, std::uint64_t> counts_;
};

/// What leads from one page of a list to the next.
std::string next_page_query(const std::string& raw_query, const std::string& skip_token);

}  // namespace trueup::sim
