// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/delta.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "tools/graph_sim/filter.h"
#include "tools/graph_sim/page_token.h"
#include "tools/graph_sim/render.h"

namespace trueup::sim {
namespace {

// Every so many pages an empty one; the user every so many slots twice.
constexpr std::uint64_t kPagesPerEmptyPage = 25;
constexpr UserIndex kSlotsPerRepetition = 97;
constexpr std::size_t kMostIds = 50;  // in a $filter

std::uint64_t unix_now() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

enum class Phase : std::uint64_t { kTenant, kLog, kDone };

}  // namespace

struct DeltaService::Cursor {
  bool of_delta = false;  // a deltatoken
  Phase phase = Phase::kTenant;
  std::uint64_t position = 0;  // slot, or the version up to which the log was read
  Version begin = 0;           // of the round: what changed since is what `minimal` shows
  Version end = 0;             // of the round, once the log is read
  std::uint64_t pages = 0;     // of the round so far
  std::uint64_t page_size = kMostUsers;
  bool minimal = false;
  bool tail = true;  // what changed meanwhile comes at the end of this round
  std::uint64_t issued = 0;
  std::uint64_t resyncs = 0;
  std::uint64_t expirations = 0;
  Selection selection;
  std::vector<UserId> ids;  // of $filter

  std::string token() const {
    std::vector<std::uint64_t> numbers = {of_delta,
                                          static_cast<std::uint64_t>(phase),
                                          position,
                                          begin,
                                          end,
                                          pages,
                                          page_size,
                                          minimal,
                                          tail,
                                          issued,
                                          resyncs,
                                          expirations,
                                          selection.explicitly,
                                          ids.size()};
    for (const UserId id : ids) {
      numbers.push_back(id.high);
      numbers.push_back(id.low);
    }
    std::string properties;
    for (const PropertyNumber property : selection.properties) {
      properties.push_back(static_cast<char>('@' + property));
    }
    return seal(numbers, properties);
  }

  static std::optional<Cursor> parse(const std::string& token) {
    const std::optional<Unsealed> content = unseal(token);
    if (!content || content->numbers.size() < 14) return std::nullopt;
    const std::vector<std::uint64_t>& n = content->numbers;
    if (n.size() != 14 + 2 * n[13]) return std::nullopt;
    Cursor cursor;
    cursor.of_delta = n[0] != 0;
    cursor.phase = static_cast<Phase>(n[1]);
    cursor.position = n[2];
    cursor.begin = n[3];
    cursor.end = n[4];
    cursor.pages = n[5];
    cursor.page_size = n[6];
    cursor.minimal = n[7] != 0;
    cursor.tail = n[8] != 0;
    cursor.issued = n[9];
    cursor.resyncs = n[10];
    cursor.expirations = n[11];
    cursor.selection.explicitly = n[12] != 0;
    for (std::size_t i = 14; i + 1 < n.size(); i += 2) cursor.ids.push_back({n[i], n[i + 1]});
    for (const char c : content->text) {
      cursor.selection.properties.push_back(static_cast<PropertyNumber>(c - '@'));
      cursor.selection.mask |= bit_of(cursor.selection.properties.back());
    }
    return cursor;
  }

  bool wants(UserId id) const {
    return ids.empty() || std::find(ids.begin(), ids.end(), id) != ids.end();
  }
};

struct DeltaService::Page {
  std::string users;
  std::size_t count = 0;
  RecordScratch scratch;

  std::string& begin_user() {
    if (count++ > 0) users.push_back(',');
    return users;
  }
};

namespace {

/// A user as it is at `version`: whole, in part, or removed.
template <typename Page>
void show(const Tenant& tenant, UserIndex index, Version version, const Selection& selection,
          PropertyMask shown, Page& page) {
  const UserState standing = tenant.standing(index, version);
  if (standing == UserState::kLive) {
    PropertyValues values;
    tenant.read(index, version, page.scratch, values);
    append_delta_user(page.begin_user(), values, selection, shown);
  } else if (standing != UserState::kNone) {
    append_removed_user(page.begin_user(), tenant.id(index),
                        standing == UserState::kDeleted ? "deleted" : "changed");
  }
}

}  // namespace

std::size_t preferred_page_size(const std::string& prefer) {
  constexpr std::string_view kName = "odata.maxpagesize=";
  const std::size_t at = folded(prefer).find(kName);
  std::size_t size = 0;
  if (at != std::string::npos) {
    std::from_chars(prefer.data() + at + kName.size(), prefer.data() + prefer.size(), size);
  }
  return size;
}

bool prefers_minimal(const std::string& prefer) {
  return folded(prefer).find("return=minimal") != std::string::npos;
}

Selection selection_of(const Request& request) {
  const std::string* const select = request.parameter("$select");
  if (select == nullptr || select->empty()) return default_selection();
  std::string unknown;
  Selection selection = parse_selection(*select, unknown);
  if (!unknown.empty()) {
    throw Refusal(400, "BadRequest",
                  "Parsing OData Select and Expand failed: Could not find a property named '" +
                      unknown + "' on type 'microsoft.graph.user'.");
  }
  return selection;
}

/// Unix seconds, but to a part of the lifetime only: the same page is the same text for a while.
std::uint64_t DeltaService::issue_time() const {
  const std::int64_t step = std::max<std::int64_t>(1, options_.lifetime.count() / 168);
  return unix_now() / static_cast<std::uint64_t>(step) * static_cast<std::uint64_t>(step);
}

std::string DeltaService::state() const {
  if (replay_ != 0) return "";
  return std::to_string(resyncs_) + "|" + std::to_string(expirations_) + "|" +
         std::to_string(issue_time());
}

DeltaService::Cursor DeltaService::first_cursor(const Request& request,
                                                std::chrono::milliseconds delay,
                                                bool latest) const {
  Cursor cursor;
  cursor.selection = selection_of(request);
  if (const std::string* const text = request.parameter("$filter")) {
    const Filter filter = parse_filter(*text);
    if (!filter.by_id || filter.from || filter.to || filter.prefix) {
      throw Refusal(400, "Request_UnsupportedQuery", "Unsupported Query.");
    }
    if (filter.ids.size() > kMostIds) {
      throw Refusal(400, "Request_BadRequest", "Too many ids in the filter; at most 50.");
    }
    cursor.ids = filter.ids;
  }
  const Version now = tenant_.visible(delay);
  cursor.begin = now;
  cursor.tail = now % 2 == 0;
  if (latest) {
    cursor.phase = Phase::kDone;
    cursor.end = now;
  }
  return cursor;
}

DeltaService::Cursor DeltaService::cursor_of(const std::string& token, bool of_delta,
                                             std::string_view service) const {
  const std::optional<Cursor> cursor = Cursor::parse(token);
  if (!cursor || cursor->of_delta != of_delta) {
    throw Refusal(400, "Request_BadRequest", "Badly formed token.");
  }
  if (cursor->resyncs != resyncs_) {
    Refusal refusal(410, "resyncRequired", "Resync required.");
    std::string select;
    for (const PropertyNumber property : cursor->selection.properties) {
      select.append(select.empty() ? "$select=" : ",").append(property_name(property));
    }
    if (!cursor->selection.explicitly) select.clear();
    refusal.headers.emplace_back("Location", std::string(service) + "/v1.0/users/delta?" + select +
                                                 (select.empty() ? "" : "&") + "$deltatoken=");
    throw refusal;
  }
  const bool aged =
      cursor->issued + static_cast<std::uint64_t>(options_.lifetime.count()) < unix_now();
  if (aged || cursor->expirations != expirations_) {
    const int asked = expired_status_;
    throw Refusal(asked != 0 ? asked : options_.expired_status, "syncStateNotFound",
                  "The sync state generation is not found. The delta token is expired and data "
                  "must be synchronized again.");
  }
  return *cursor;
}

void DeltaService::begin_round(Cursor& cursor, const Request& request,
                               std::chrono::milliseconds delay) {
  const std::uint64_t replayed = replay_.exchange(0);
  cursor.of_delta = false;
  cursor.phase = Phase::kLog;
  cursor.begin = cursor.end - std::min(cursor.end, replayed);
  cursor.position = cursor.begin;
  cursor.end = std::max(cursor.end, tenant_.visible(delay));
  cursor.pages = 0;
  cursor.minimal = prefers_minimal(request.header("prefer"));
}

void DeltaService::fill_from_tenant(Cursor& cursor, Page& page, Version now) const {
  const PropertyMask all = kAllProperties;
  if (!cursor.ids.empty()) {
    for (const UserId id : cursor.ids) {
      const std::optional<UserIndex> index = tenant_.find(id);
      if (index) show(tenant_, *index, now, cursor.selection, all, page);
    }
    cursor.position = tenant_.indexes();
  } else if (options_.oddities && cursor.position > 0 &&
             cursor.position % kSlotsPerRepetition < cursor.page_size / 2) {
    show(tenant_, static_cast<UserIndex>(cursor.position - 1), now, cursor.selection, all, page);
  }
  const std::size_t indexes = tenant_.indexes();
  for (; cursor.position < indexes && page.count < cursor.page_size; ++cursor.position) {
    const UserIndex index = static_cast<UserIndex>(cursor.position);
    if (!options_.oddities && tenant_.standing(index, now) != UserState::kLive) continue;
    show(tenant_, index, now, cursor.selection, all, page);
  }
  if (cursor.position < indexes) return;
  cursor.position = cursor.begin;
  cursor.phase = Phase::kLog;
  cursor.end = cursor.tail ? now : cursor.begin;
}

void DeltaService::fill_from_log(Cursor& cursor, Page& page, Version now) const {
  std::unordered_set<UserIndex> shown;
  while (cursor.position < cursor.end && page.count < cursor.page_size) {
    const Event& event = tenant_.event(++cursor.position);
    const bool relevant =
        event.kind != EventKind::kSet || (event.mask & cursor.selection.mask) != 0;
    if (!relevant || !cursor.wants(tenant_.id(event.index)) || !shown.insert(event.index).second) {
      continue;
    }
    const PropertyMask mask =
        cursor.minimal ? tenant_.changed(event.index, cursor.begin, now) : kAllProperties;
    show(tenant_, event.index, now, cursor.selection, mask, page);
  }
  if (cursor.position >= cursor.end) cursor.phase = Phase::kDone;
}

void DeltaService::fill_page(Cursor& cursor, Page& page, std::chrono::milliseconds delay) const {
  const Version now = std::max(tenant_.visible(delay), cursor.end);
  if (options_.oddities && cursor.pages++ % kPagesPerEmptyPage == 1) return;
  if (cursor.phase == Phase::kTenant) fill_from_tenant(cursor, page, now);
  if (cursor.phase == Phase::kLog && page.count < cursor.page_size) {
    fill_from_log(cursor, page, now);
  }
}

Answer DeltaService::answer(const Request& request, std::string_view service,
                            std::chrono::milliseconds delay) {
  const std::string* const delta_token = request.parameter("$deltatoken");
  const std::string* const skip_token = request.parameter("$skiptoken");
  for (const char* refused : {"$orderby", "$expand", "$search", "$count"}) {
    if (request.parameter(refused) != nullptr) {
      throw Refusal(400, "Request_UnsupportedQuery",
                    std::string("The query parameter '") + refused + "' is not supported.");
    }
  }
  const bool begins = skip_token == nullptr &&
                      (delta_token == nullptr || delta_token->empty() || *delta_token == "latest");
  if (!begins && request.parameter("$select") != nullptr) {
    throw Refusal(400, "Request_BadRequest",
                  "$select is not allowed together with $skiptoken or $deltatoken.");
  }
  const std::string prefer = request.header("prefer");
  const Tenant::Reading reading(tenant_);
  Cursor cursor =
      begins ? first_cursor(request, delay, delta_token != nullptr && *delta_token == "latest")
      : skip_token != nullptr ? cursor_of(*skip_token, false, service)
                              : cursor_of(*delta_token, true, service);
  if (cursor.of_delta) begin_round(cursor, request, delay);
  if (const std::size_t size = preferred_page_size(prefer); size > 0) {
    cursor.page_size = std::min(size, kMostUsers);
  }
  Answer answer;
  if (cursor.minimal) answer.headers.emplace_back("Preference-Applied", "return=minimal");
  Page page;
  if (cursor.phase != Phase::kDone) fill_page(cursor, page, delay);
  const bool done = cursor.phase == Phase::kDone;
  cursor.of_delta = done;
  cursor.issued = issue_time();
  cursor.resyncs = resyncs_;
  cursor.expirations = expirations_;
  answer.objects = page.count;
  answer.body = "{\"@odata.context\":\"" + page_context(service, cursor.selection) + "\",\"" +
                (done ? "@odata.deltaLink" : "@odata.nextLink") + "\":\"" + std::string(service) +
                "/v1.0/users/delta?" + (done ? "$deltatoken=" : "$skiptoken=") + cursor.token() +
                "\",\"value\":[" + page.users + "]}";
  return answer;
}

}  // namespace trueup::sim
