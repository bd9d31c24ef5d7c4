// SPDX-License-Identifier: Apache-2.0
//
// GET /users/delta: rounds of pages, each leading to the next, and a token at the end for the round
// after. Source: Graph, "delta query overview", "user: delta".
//
// A round of everything goes over the tenant slot by slot and shows each user as it is then; what
// changed behind its back comes at its end, or in the next round, which then repeats some. Called
// by many threads.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "tools/graph_sim/http.h"
#include "tools/graph_sim/tenant_history.h"

namespace trueup::sim {

struct DeltaOptions {
  std::chrono::seconds lifetime{7 * 24 * 3600};  // of a token
  int expired_status = 400;                      // of syncStateNotFound: 400 or 410
  bool oddities = true;  // empty pages, users twice, @removed in the first round
};

class DeltaService {
 public:
  static constexpr std::size_t kMostUsers = 200;  // a page

  DeltaService(const Tenant& tenant, const DeltaOptions& options)
      : tenant_(tenant), options_(options) {}

  /// `service`: https://host:port for links. Throws Refusal.
  Answer answer(const Request& request, std::string_view service, std::chrono::milliseconds delay);

  /// What an answer depends on, besides the request and the tenant; "": it must not be kept.
  std::string state() const;

  /// From now on, tokens of before are answered 410 + Location / syncStateNotFound.
  void resync() { ++resyncs_; }
  void expire_tokens(int status) {
    expired_status_ = status;
    ++expirations_;
  }
  /// The next round of changes begins with what `events` events before it said already.
  void replay(std::uint64_t events) { replay_ = events; }

 private:
  struct Cursor;
  struct Page;

  std::uint64_t issue_time() const;
  Cursor first_cursor(const Request& request, std::chrono::milliseconds delay, bool latest) const;
  Cursor cursor_of(const std::string& token, bool of_delta, std::string_view service) const;
  void begin_round(Cursor& cursor, const Request& request, std::chrono::milliseconds delay);
  void fill_page(Cursor& cursor, Page& page, std::chrono::milliseconds delay) const;
  void fill_from_tenant(Cursor& cursor, Page& page, Version now) const;
  void fill_from_log(Cursor& cursor, Page& page, Version now) const;

  const Tenant& tenant_;
  const DeltaOptions options_;
  std::atomic<std::uint64_t> resyncs_{0};
  std::atomic<std::uint64_t> expirations_{0};
  std::atomic<int> expired_status_{0};
  std::atomic<std::uint64_t> replay_{0};
};

/// The page size a request asks for by Prefer: odata.maxpagesize=n; 0: none.
std::size_t preferred_page_size(const std::string& prefer);
bool prefers_minimal(const std::string& prefer);

/// Of $select, or what comes without. Throws Refusal for an unknown property.
Selection selection_of(const Request& request);

}  // namespace trueup::sim
