// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/service.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/graph_sim/gzip.h"
#include "tools/graph_sim/page_token.h"
#include "tools/graph_sim/render.h"

namespace trueup::sim {
namespace {

constexpr std::size_t kMostAsked = 50'000;
constexpr std::size_t kMostListed = 999;
constexpr std::size_t kUsuallyListed = 100;
constexpr std::string_view kUsers = "/v1.0/users";
constexpr std::string_view kPlain = "text/plain";

Refusal expired_page_token() {
  return Refusal(400, "Directory_ExpiredPageToken",
                 "The specified page token value has expired and can no longer be included in "
                 "your request.");
}

/// Of $top; throws Refusal.
std::size_t page_size_of(const Request& request) {
  const std::string* const top = request.parameter("$top");
  if (top == nullptr) return kUsuallyListed;
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(top->data(), top->data() + top->size(), size);
  if (error != std::errc() || end != top->data() + top->size() || size < 1 || size > kMostListed) {
    throw Refusal(
        400, "Request_UnsupportedQuery",
        "Invalid page size specified: '" + *top + "'. Must be between 1 and 999 inclusive.");
  }
  return size;
}

void refuse_other_parameters(const Request& request) {
  for (const auto& [name, value] : request.query) {
    const bool known = name == "$select" || name == "$top" || name == "$filter" ||
                       name == "$skiptoken" || name == "$count";
    if (!known) {
      throw Refusal(400, "Request_UnsupportedQuery",
                    "The query parameter '" + name + "' is not supported.");
    }
  }
}

Filter filter_of(const Request& request) {
  const std::string* const text = request.parameter("$filter");
  return text == nullptr ? Filter() : parse_filter(*text);
}

int units_of(const Request& request) {
  if (!request.path.starts_with(kUsers)) return 1;
  const std::string* const top = request.parameter("$top");
  return units_of_users_request(request.parameter("$select") != nullptr,
                                top != nullptr && std::atoi(top->c_str()) < 20);
}

}  // namespace

std::string next_page_query(const std::string& raw_query, const std::string& skip_token) {
  std::string query;
  for (std::size_t at = 0; at < raw_query.size();) {
    const std::size_t end = std::min(raw_query.find('&', at), raw_query.size());
    const std::string part = raw_query.substr(at, end - at);
    if (!part.starts_with("$skiptoken=") && !part.starts_with("%24skiptoken=")) query += part + "&";
    at = end + 1;
  }
  return query + "$skiptoken=" + skip_token;
}

GraphSim::GraphSim(const SimOptions& options, std::function<void()> quit)
    : options_(options),
      quit_(std::move(quit)),
      tenant_(options.shape, options.threads),
      tokens_(options.application),
      delta_(tenant_, options.delta),
      cache_(options.cache_bytes),
      faults_(options.faults) {}

Answer GraphSim::list(const Request& request, const std::string& service) const {
  refuse_other_parameters(request);
  const Selection selection = selection_of(request);
  const Filter filter = filter_of(request);
  const std::size_t top = page_size_of(request);
  std::string after;
  if (const std::string* const token = request.parameter("$skiptoken")) {
    const std::optional<Unsealed> content = unseal(*token);
    if (!content || !content->numbers.empty()) {
      throw expired_page_token();
    }
    after = content->text;
  }
  const Tenant::Reading reading(tenant_);
  const Version version = tenant_.visible(std::chrono::milliseconds(list_delay_ms_));
  const ListPage page = find_page(tenant_, version, filter, options_.list_order, top, after);
  Answer answer;
  answer.objects = page.indexes.size();
  answer.body = "{\"@odata.context\":\"" + page_context(service, selection) + "\",";
  if (page.more) {
    const std::string key = list_key(tenant_, version, options_.list_order, page.indexes.back());
    answer.body += "\"@odata.nextLink\":\"" + service + std::string(kUsers) + "?" +
                   next_page_query(request.raw_query, seal({}, key)) + "\",";
  }
  answer.body += "\"value\":[";
  RecordScratch scratch;
  PropertyValues values;
  for (const UserIndex index : page.indexes) {
    if (index != page.indexes.front()) answer.body.push_back(',');
    tenant_.read(index, version, scratch, values);
    append_listed_user(answer.body, values, selection);
  }
  answer.body += "]}";
  return answer;
}

Answer GraphSim::one(const Request& request, const std::string& name,
                     const std::string& service) const {
  const Selection selection = selection_of(request);
  const Tenant::Reading reading(tenant_);
  const Version version = tenant_.visible(std::chrono::milliseconds(list_delay_ms_));
  const std::optional<UserId> id = parse_id(name);
  const std::optional<UserIndex> index =
      id ? tenant_.find(*id) : tenant_.find_name(folded(name), version);
  if (!index || tenant_.standing(*index, version) != UserState::kLive) {
    throw Refusal(404, "Request_ResourceNotFound",
                  "Resource '" + name +
                      "' does not exist or one of its queried reference-property "
                      "objects are not present.");
  }
  RecordScratch scratch;
  PropertyValues values;
  tenant_.read(*index, version, scratch, values);
  Answer answer;
  answer.objects = 1;
  std::string user;
  append_listed_user(user, values, selection);
  answer.body =
      "{\"@odata.context\":\"" + page_context(service, selection) + "/$entity\"," + user.substr(1);
  return answer;
}

Answer GraphSim::count(const Request& request) const {
  if (folded(request.header("consistencylevel")) != "eventual") {
    throw Refusal(
        400, "Request_UnsupportedQuery",
        "$count is not currently supported without the header ConsistencyLevel: eventual.");
  }
  const Filter filter = filter_of(request);
  const Tenant::Reading reading(tenant_);
  const Version version = tenant_.visible(std::chrono::milliseconds(list_delay_ms_));
  Answer answer;
  answer.type = kPlain;
  answer.body = std::to_string(count_users(tenant_, version, filter));
  return answer;
}

Answer GraphSim::route_graph(const Request& request, const std::string& service) {
  if (request.method != "GET") {
    throw Refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed here.");
  }
  const std::string_view path = request.path;
  if (path == kUsers) return list(request, service);
  if (path == "/v1.0/users/$count") return count(request);
  if (path == "/v1.0/users/delta" || path == "/v1.0/users/delta()" ||
      path == "/v1.0/users/microsoft.graph.delta()") {
    return delta_.answer(request, service, std::chrono::milliseconds(delta_delay_ms_));
  }
  if (path.starts_with("/v1.0/users/") && path.find('/', kUsers.size() + 1) == path.npos) {
    return one(request, std::string(path.substr(kUsers.size() + 1)), service);
  }
  throw Refusal(400, "BadRequest",
                "Resource not found for the segment '" +
                    std::string(path.substr(path.rfind('/') + 1)) + "'.");
}

/// From the cache where the tenant has not changed since.
Answer GraphSim::page(const Request& request, const std::string& service) {
  const bool delta = request.path == "/v1.0/users/delta";
  const std::string state = delta ? delta_.state() : "list";
  if ((!delta && request.path != kUsers) || state.empty()) return route_graph(request, service);
  const std::chrono::milliseconds delay(delta ? delta_delay_ms_ : list_delay_ms_);
  const auto visible = [&] {
    const Tenant::Reading reading(tenant_);
    return tenant_.visible(delay);
  };
  const Version version = visible();
  std::string key = state + "|" + service + request.path + "?" + request.raw_query + "|" +
                    request.header("prefer") + "|" + request.header("accept-encoding");
  Answer answer;
  answer.cached = cache_.find(key, version);
  if (answer.cached == nullptr) {
    answer = route_graph(request, service);
    pack(request, answer);
    if (version != visible()) return answer;
    auto kept = std::make_shared<const Answer>(std::move(answer));
    cache_.put(key, version, kept);
    answer = Answer();
    answer.cached = std::move(kept);
  }
  answer.headers = answer.cached->headers;
  answer.objects = answer.cached->objects;
  answer.gzip = answer.cached->gzip;
  return answer;
}

Answer GraphSim::route(const Request& request, const std::string& service) {
  const std::string& tenant = options_.application.tenant;
  if (request.path.starts_with("/v1.0/")) {
    tokens_.check(request.header("authorization"));
    Quota::Verdict verdict;
    if (options_.quota) {
      verdict = quota_.take(units_of(request), options_.application.client_id, tenant);
    }
    if (!verdict.allowed) {
      Refusal refusal(429, "TooManyRequests", "Too many requests");
      refusal.headers = verdict.headers;
      throw refusal;
    }
    change_meanwhile();
    Answer answer = page(request, service);
    answer.headers.insert(answer.headers.end(), verdict.headers.begin(), verdict.headers.end());
    return answer;
  }
  const std::string token_path = "/oauth2/v2.0/token";
  const std::string configuration_path = "/v2.0/.well-known/openid-configuration";
  if (request.method == "POST" && request.path.ends_with(token_path)) {
    const std::size_t size = request.path.size() - token_path.size();
    return tokens_.token(request, request.path.substr(std::min<std::size_t>(1, size), size - 1),
                         service);
  }
  if (request.path == "/common/discovery/instance") {
    return TokenService::instance_discovery(request, service, tenant);
  }
  if (request.path.ends_with(configuration_path)) {
    return TokenService::openid_configuration(service, tenant);
  }
  throw Refusal(404, "ResourceNotFound", "Resource not found.");
}

void GraphSim::change_meanwhile() {
  RandomChanges changes;
  {
    const std::lock_guard lock(while_reading_mutex_);
    WhileReading& w = while_reading_;
    if (w.every_requests == 0 || ++w.requests % w.every_requests != 0) return;
    changes = w.changes;
    if (w.total > 0) changes.count = std::min<std::size_t>(changes.count, w.total - w.made);
    if (changes.count == 0) return;
    w.made += changes.count;
    changes.seed += w.requests;
  }
  make_random_changes(tenant_, changes);
}

Answer GraphSim::fail(const Fault& fault, const Request& request, const std::string& service,
                      const std::function<Answer()>& work) {
  const std::string& kind = fault.kind;
  if (kind == "cut" || kind == "slow" || kind == "reset" || kind == "bad-json") {
    Answer answer = work();
    if (kind == "cut") answer.transfer_fault = TransferFault::kCut;
    if (kind == "slow") answer.transfer_fault = TransferFault::kSlow;
    if (kind == "reset") answer.transfer_fault = TransferFault::kReset;
    answer.slow_ms = fault.slow_ms;
    // Well-framed, and wrong inside.
    if (kind == "bad-json") {
      if (answer.cached) answer.body = answer.cached->body;
      if (answer.gzip) answer.body = gunzipped(answer.body);
      answer.cached = nullptr;
      answer.gzip = false;
      answer.body = answer.body.substr(0, answer.body.size() / 2) + "\"},,";
    }
    return answer;
  }
  if (kind == "410") {
    Refusal refusal(410, "resyncRequired", "Resync required.");
    refusal.headers.emplace_back("Location", service + "/v1.0/users/delta?$deltatoken=");
    throw refusal;
  }
  if (kind == "sync-state-not-found") {
    throw Refusal(options_.delta.expired_status, "syncStateNotFound",
                  "The sync state generation is not found. The delta token is expired and data "
                  "must be synchronized again.");
  }
  if (kind == "bad-token") throw Refusal(400, "Request_BadRequest", "Badly formed token.");
  if (kind == "expired-page-token") throw expired_page_token();
  const int status = std::atoi(kind.c_str());
  Refusal refusal(status,
                  status == 429   ? "TooManyRequests"
                  : status == 401 ? "InvalidAuthenticationToken"
                  : status == 403 ? "Authorization_RequestDenied"
                  : status == 404 ? "Request_ResourceNotFound"
                  : status == 501 ? "NotImplemented"
                  : status == 504 ? "UnknownError"
                                  : "ServiceUnavailable",
                  "graph_sim was asked for this: " + kind + " " + request.path);
  if (status == 401) refusal.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"\"");
  if (fault.date_seconds >= 0) {
    refusal.headers.emplace_back("Retry-After", http_date(fault.date_seconds));
  } else if (!fault.retry_after.empty()) {
    refusal.headers.emplace_back("Retry-After", fault.retry_after);
  }
  throw refusal;
}

void GraphSim::note(const Request& request, const Answer& answer, const std::string& fault) {
  const std::lock_guard lock(asked_mutex_);
  ++counts_["requests"];
  ++counts_["status-" + std::to_string(answer.status)];
  counts_["objects"] += answer.objects;
  counts_["bytes"] += (answer.cached ? answer.cached->body : answer.body).size();
  if (!fault.empty()) ++counts_["fault-" + fault];
  if (request.path.starts_with("/v1.0/users/delta")) ++counts_["delta"];
  if (request.path == kUsers) ++counts_["list"];
  if (request.path.ends_with("/token")) ++counts_["token"];
  asked_.push_back(
      {request.method, request.path + (request.raw_query.empty() ? "" : "?" + request.raw_query),
       answer.status, fault, request.header("client-request-id"), request.header("prefer"),
       request.header("user-agent"), request.header("x-ms-throttle-priority"), answer.objects});
  if (asked_.size() > kMostAsked) asked_.pop_front();
}

Answer GraphSim::answer(const Request& request) {
  if (request.path.starts_with("/sim/")) return control(request);
  const auto begin = std::chrono::steady_clock::now();
  std::string host = request.header("host");
  const std::string service = "https://" + host;
  const std::string request_id = random_guid();
  const std::string client_request_id = request.header("client-request-id");
  const bool of_graph = request.path.starts_with("/v1.0/");
  const std::optional<Fault> fault = faults_.next(request.path + "?" + request.raw_query, of_graph);
  Answer answer;
  try {
    const auto work = [&] { return route(request, service); };
    answer = fault ? fail(*fault, request, service, work) : work();
  } catch (const Refusal& refusal) {
    answer = Answer();
    answer.status = refusal.status;
    answer.type = "application/json";
    answer.headers = refusal.headers;
    answer.body = error_body(refusal.code, refusal.what(), request_id,
                             client_request_id.empty() ? request_id : client_request_id);
  }
  answer.headers.emplace_back("Date", http_date());
  answer.headers.emplace_back("request-id", request_id);
  answer.headers.emplace_back("client-request-id",
                              client_request_id.empty() ? request_id : client_request_id);
  if (of_graph) {
    answer.headers.emplace_back("OData-Version", "4.0");
    answer.headers.emplace_back("Vary", "Accept-Encoding");
    answer.headers.emplace_back("x-ms-ags-diagnostic",
                                R"({"ServerInfo":{"DataCenter":"Loopback","Slice":"E","Ring":"1",)"
                                R"("ScaleUnit":"000","RoleInstance":"graph_sim"}})");
    std::this_thread::sleep_until(begin + options_.latency +
                                  options_.latency_per_object * answer.objects);
  }
  pack(request, answer);
  note(request, answer, fault ? fault->kind : "");
  return answer;
}

}  // namespace trueup::sim
