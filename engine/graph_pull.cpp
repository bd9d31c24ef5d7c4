// SPDX-License-Identifier: Apache-2.0
#include "engine/graph_pull.h"

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/graph_requests.h"
#include "io/graph_client.h"
#include "io/service_error.h"
#include "snapshots/errors.h"

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
  throw SourceError("Graph refuses " + asked + " with status " + std::to_string(page.status) + ": " +
                    parse_service_error(page.body).text() + " (request-id " + page.request_id +
                    "); nothing was taken over: try again, and with --graph-read sequential if it "
                    "stays so");
}

std::string own_link(const PullContext& context, const std::string& link) {
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

FetchedPage next_page(PullContext& context) {
  constexpr std::chrono::milliseconds kPatience(200);
  while (true) {
    context.progress.check_stop();
    if (auto page = context.fetcher.next(kPatience)) {
      context.date = std::max(context.date, page->date);
      return std::move(*page);
    }
  }
}

std::optional<TakenPage> try_take(PullContext& context, const FetchedPage& page,
                                  const PageOrigin& origin) {
  try {
    return context.pages.take(page, origin);
  } catch (const InputError& bad) {
    context.fetcher.again(page, bad.what());
    return std::nullopt;
  }
}

std::string first_delta_url(const PullContext& context) {
  return context.root + "/users/delta?$select=" + std::string(kSelectedProperties);
}

void take_token(PullContext& context) {
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
      context.pages.keep()->note_token(context.state.token, page.date);
    }
    return;
  }
}

std::string follow_delta(PullContext& context, const std::string& start, DeltaKind kind) {
  PullState& state = context.state;
  std::string url = state.delta_next.empty() ? start : state.delta_next;
  std::set<std::string> seen;
  while (true) {
    if (!seen.insert(url).second) {
      throw SourceError("Graph names the same delta pages over and over; nothing was taken over");
    }
    const PageOrigin origin{.kind = PageOrigin::Kind::kDelta, .piece = 0,
                            .changes = kind != DeltaKind::kAll};
    context.fetcher.start(
        {.url = own_link(context, url), .minimal = kind == DeltaKind::kSinceGeneration});
    std::optional<TakenPage> taken;
    while (!taken) {
      const FetchedPage page = next_page(context);
      const bool token = url.find("token=") != std::string::npos;
      if (asks_for_resync(page) || (page.status == 400 && token)) {
        throw ResyncNeeded("Graph cannot go on from the delta token (status " +
                           std::to_string(page.status) + " " + error_code_of(page) + ")");
      }
      if (page.status != 200) refuse(page, "a page of the delta");
      taken = try_take(context, page, origin);
      if (taken && taken->next_link.empty() && taken->delta_link.empty()) {
        throw SourceError("Graph sent a delta page with neither a nextLink nor a deltaLink "
                          "(request-id " + page.request_id + "); nothing was taken over");
      }
    }
    state.delta_next = taken->next_link;
    if (!taken->delta_link.empty()) return state.delta_link = own_link(context, taken->delta_link);
    url = taken->next_link;
  }
}

void reread_users(PullContext& context, const std::vector<std::string>& ids) {
  const PageOrigin origin{.kind = PageOrigin::Kind::kReread, .piece = 0, .changes = false};
  std::size_t next = 0;
  std::size_t done = 0;
  while (done < ids.size()) {
    while (next < ids.size() &&
           context.fetcher.open_requests() < context.fetcher.useful_requests()) {
      const std::string filter = "id eq '" + ids[next] + "'";
      context.fetcher.start({.tag = next,
                             .url = context.root + "/users?$select=" +
                                    std::string(kSelectedProperties) +
                                    "&$filter=" + url_encoded(filter)});
      ++next;
    }
    const FetchedPage page = next_page(context);
    if (page.status != 200) refuse(page, "a user by id");
    if (try_take(context, page, origin)) ++done;
  }
}

std::uint64_t count_users(PullContext& context) {
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
