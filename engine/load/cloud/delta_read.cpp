// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/delta_read.h"

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/load/cloud/page_requests.h"
#include "engine/load/cloud/read_progress.h"
#include "io/graph/graph_client.h"
#include "io/http/service_error.h"
#include "io/http/service_url.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

/// Codes come in either case, and a resync has more than one.
bool asks_for_resync(const FetchedPage& page) {
  if (page.status == 410) return true;
  const std::string code = error_code_of(page);
  return same_letters(code, "syncStateNotFound") || same_letters(code, "resyncRequired") ||
         same_letters(code, "syncStateInvalid");
}

}  // namespace

std::string url_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string error_code_of(const FetchedPage& page) { return parse_service_error(page.body).code; }

void refuse(const FetchedPage& page, const std::string& asked) {
  throw SourceError("Graph refuses " + asked + " with status " + std::to_string(page.status) +
                    ": " + parse_service_error(page.body).text() + " (request-id " +
                    page.request_id +
                    "); nothing was taken over: try again, and with --graph-read sequential if it "
                    "stays so");
}

void warn(ReadContext& context, std::string text) {
  if (context.warnings != nullptr) context.warnings->push_back(std::move(text));
}

std::string own_link(const ReadContext& context, const std::string& link) {
  std::string service;
  try {
    service = service_of(link);
  } catch (const UsageError&) {
    service = "one without https";
  }
  if (service == service_of(context.root)) return link;
  throw SourceError("Graph names a next page on another host, " + service +
                    ", where the access token must not go; nothing was taken over");
}

FetchedPage next_page(ReadContext& context) {
  constexpr std::chrono::milliseconds kPatience(200);
  while (true) {
    context.progress.check_stop();
    if (auto page = context.fetcher.next(kPatience)) {
      context.date = std::max(context.date, page->date);
      return std::move(*page);
    }
  }
}

std::optional<TakenPage> try_take(ReadContext& context, const FetchedPage& page,
                                  const PageOrigin& origin) {
  try {
    return context.pages.take(page, origin);
  } catch (const InputError& bad) {
    context.fetcher.again(page, bad.what());
    return std::nullopt;
  }
}

std::string first_delta_url(const ReadContext& context) {
  return context.root + "/users/delta?$select=" + std::string(kSelectedProperties);
}

void take_token(ReadContext& context) {
  context.fetcher.start({.url = first_delta_url(context) + "&$deltatoken=latest"});
  while (true) {
    const FetchedPage page = next_page(context);
    if (page.status != 200) refuse(page, "a delta token");
    const auto json = nlohmann::json::parse(page.body, nullptr, false);
    const auto found = json.find("@odata.deltaLink");
    const std::string link =
        json.is_object() && found != json.end() && found->is_string() ? *found : "";
    if (link.empty()) {
      context.fetcher.again(page, "no deltaLink where the latest one was asked for");
      continue;
    }
    context.state.token = own_link(context, link);
    context.state.token_at = page.date;
    if (context.pages.keep() != nullptr) {
      context.pages.keep()->journal_token(context.state.token, page.date);
    }
    return;
  }
}

namespace {

constexpr int kDeltaRestarts = 3;

/// A delta from its beginning, or from where an earlier read was cut off, to its end.
class DeltaPass {
 public:
  DeltaPass(ReadContext& context, const std::string& start, DeltaKind kind)
      : context_(context), start_(start), kind_(kind) {}

  /// False if the token of a next page was refused; why() says so.
  bool run() {
    ReadCheckpoint& state = context_.state;
    std::string url = state.delta_next.empty() ? start_ : state.delta_next;
    std::set<std::string> seen;
    while (true) {
      if (!seen.insert(url).second) {
        throw SourceError("Graph names the same delta pages over and over; nothing was taken over");
      }
      std::optional<TakenPage> taken = page_at(url);
      if (!taken) return false;
      state.delta_next = taken->next_link;
      if (!taken->delta_link.empty()) {
        state.delta_link = own_link(context_, taken->delta_link);
        return true;
      }
      url = taken->next_link;
    }
  }

  const std::string& why() const { return why_; }

 private:
  /// Nothing if its token has expired.
  std::optional<TakenPage> page_at(const std::string& url) {
    const bool followed = url != start_;
    const bool kept = !followed && kind_ == DeltaKind::kSinceGeneration;
    const PageOrigin origin{
        .kind = PageOrigin::Kind::kDelta, .range = 0, .changes = kind_ != DeltaKind::kAll};
    context_.fetcher.start({.url = own_link(context_, url),
                            .minimal = kind_ == DeltaKind::kSinceGeneration,
                            .kept_link = kept});
    while (true) {
      const FetchedPage page = next_page(context_);
      require_no_resync(page, url, kept);
      if (page.status == 400 && followed) {
        why_ =
            "the token of a next page of the delta is no good any more (" + answer_of(page) + ")";
        return std::nullopt;
      }
      if (page.status != 200) refuse(page, "a page of the delta");
      std::optional<TakenPage> taken = try_take(context_, page, origin);
      if (!taken) continue;
      if (!taken->next_link.empty()) {
        progress_.took(taken->users, "the delta", page.request_id);
      } else if (taken->delta_link.empty()) {
        throw SourceError(
            "Graph sent a delta page with neither a nextLink nor a deltaLink "
            "(request-id " +
            page.request_id + "); nothing was taken over");
      }
      return taken;
    }
  }

  static std::string answer_of(const FetchedPage& page) {
    const std::string code = error_code_of(page);
    return "status " + std::to_string(page.status) + (code.empty() ? "" : " " + code);
  }

  void require_no_resync(const FetchedPage& page, const std::string& url, bool kept) const {
    const bool token = url.find("token=") != std::string::npos;
    if (asks_for_resync(page) || (page.status == 400 && token && url == start_)) {
      throw ResyncNeeded("Graph cannot go on from the delta token (" + answer_of(page) + ")");
    }
    if (!kept || page.status == 200) return;
    switch (page.status) {
      case 403:
      case 404:
      case 501:
        throw ResyncNeeded("Graph does not take the deltaLink of the last read any more (" +
                           answer_of(page) + ")");
      default: return;
    }
  }

  ReadContext& context_;
  const std::string& start_;
  const DeltaKind kind_;
  ReadProgress progress_;
  std::string why_;
};

}  // namespace

std::string follow_delta(ReadContext& context, const std::string& start, DeltaKind kind) {
  // From a beginning without a token all users come again, which are no changes.
  const bool can_restart = kind != DeltaKind::kAll && start.find("token=") != std::string::npos;
  for (int restarts = 0;; ++restarts) {
    DeltaPass pass(context, start, kind);
    if (pass.run()) return context.state.delta_link;
    if (!can_restart) throw ResyncNeeded(pass.why());
    if (restarts == kDeltaRestarts) {
      throw ResyncNeeded(pass.why() + ", " + std::to_string(restarts + 1) + " times in a row");
    }
    context.state.delta_next.clear();
    warn(context, "Graph's changes are read again from their beginning: " + pass.why());
  }
}

void reread_users(ReadContext& context, const std::vector<std::string>& ids) {
  const PageOrigin origin{.kind = PageOrigin::Kind::kReread, .range = 0, .changes = false};
  std::size_t next = 0;
  std::size_t done = 0;
  while (done < ids.size()) {
    while (next < ids.size() &&
           context.fetcher.open_requests() < context.fetcher.useful_requests()) {
      const std::string filter = "id eq '" + ids[next] + "'";
      context.fetcher.start({.tag = next,
                             .url = context.root +
                                    "/users?$select=" + std::string(kSelectedProperties) +
                                    "&$filter=" + url_encoded(filter)});
      ++next;
    }
    const FetchedPage page = next_page(context);
    if (page.status != 200) refuse(page, "a user by id");
    if (try_take(context, page, origin)) ++done;
  }
}

std::uint64_t count_users(ReadContext& context) {
  context.fetcher.start({.url = context.root + "/users/$count", .eventual = true});
  while (true) {
    const FetchedPage page = next_page(context);
    if (page.status != 200) refuse(page, "the number of users");
    std::string_view text = page.body;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end != text.data()) return count;
    context.fetcher.again(page, "no number where the number of users was asked for");
  }
}

}  // namespace trueup
