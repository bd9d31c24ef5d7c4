// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/list_read.h"

#include <algorithm>
#include <deque>
#include <set>

#include "engine/load/cloud/page_requests.h"
#include "engine/load/cloud/read_progress.h"
#include "engine/load/cloud/upn_ranges.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kPageSize = 999;       // $top, the service's limit
constexpr std::size_t kNamesARange = 4;      // of the sample: fewer would make odd ranges
constexpr std::uint64_t kUsersAPiece = 900;  // mostly one page
constexpr std::size_t kKeptNames = 1000;
constexpr std::uint64_t kPagesBeforeCut = 2;  // of a range
constexpr int kRestarts = 3;

std::string quoted(const std::string& name) {
  std::string out = "'";
  for (const char c : name) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

class ListRead {
 public:
  explicit ListRead(ReadContext& context) : context_(context) {}

  void run(std::uint64_t users, std::vector<std::string> names) {
    ReadCheckpoint& state = context_.state;
    if (!state.cut) {
      if (names.empty()) names = sample();
      cut_whole(users, std::move(names));
    }
    reading_.resize(state.ranges.size());
    for (const UpnRange& range : state.ranges) {
      if (!range.done) waiting_.push_back(range.number);
    }
    while (!waiting_.empty() || open_ > 0) {
      start_waiting();
      take(next_page(context_));
    }
  }

 private:
  /// What was seen of a range that is being read.
  struct Reading {
    std::uint64_t pages = 0;
    int restarts = 0;  // because the token of its next page was refused
    std::vector<std::string> names;
    std::set<std::string> seen;  // nextLinks since it was begun
    ReadProgress progress;
  };

  std::string list_url(const std::string& select, const UpnRange& range) const {
    std::string filter;
    if (!range.low.empty()) filter = "userPrincipalName ge " + quoted(range.low);
    if (!range.high.empty()) {
      filter += (filter.empty() ? "" : " and ") + std::string("userPrincipalName le ") +
                quoted(range.high);
    }
    std::string url =
        context_.root + "/users?$select=" + select + "&$top=" + std::to_string(kPageSize);
    if (!filter.empty()) url += "&$filter=" + url_encoded(filter);
    return url;
  }

  // The first page of the list. Its users are taken in; they come again with their range.
  std::vector<std::string> sample() {
    context_.fetcher.start({.url = list_url(std::string(kSelectedProperties), UpnRange{})});
    while (true) {
      const FetchedPage page = next_page(context_);
      if (page.status != 200) refuse(page, "the list of users");
      const PageOrigin origin{.kind = PageOrigin::Kind::kReread, .range = 0, .changes = false};
      if (auto taken = try_take(context_, page, origin)) return std::move(taken->names);
    }
  }

  void cut_whole(std::uint64_t users, std::vector<std::string> names) {
    std::vector<std::string> bounds;
    if (users > kPageSize) {
      const auto wanted = static_cast<std::size_t>(users / kUsersAPiece + 1);
      bounds = in_order(names)
                   ? letter_bounds("", "")
                   : bounds_of(names, std::min(wanted, names.size() / kNamesARange), "", "");
    }
    add_pieces(UpnRange{}, bounds, std::nullopt);
    context_.state.cut = true;
  }

  void add_pieces(const UpnRange& whole, const std::vector<std::string>& bounds,
                  std::optional<std::uint64_t> replaced) {
    std::vector<UpnRange>& ranges = context_.state.ranges;
    std::vector<UpnRange> added;
    for (std::size_t i = 0; i <= bounds.size(); ++i) {
      UpnRange range;
      range.number = ranges.size() + added.size();
      range.low = i == 0 ? whole.low : bounds[i - 1];
      range.high = i == bounds.size() ? whole.high : bounds[i];
      added.push_back(std::move(range));
    }
    if (context_.pages.keep() != nullptr) context_.pages.keep()->journal_ranges(added, replaced);
    ranges.insert(ranges.end(), added.begin(), added.end());
  }

  void start_waiting() {
    while (!waiting_.empty() && open_ < context_.fetcher.useful_requests()) {
      const UpnRange& range = context_.state.ranges[waiting_.front()];
      waiting_.pop_front();
      const std::string url = range.next.empty() ? list_url(std::string(kSelectedProperties), range)
                                                 : own_link(context_, range.next);
      context_.fetcher.start({.tag = range.number, .url = url});
      ++open_;
    }
  }

  void take(const FetchedPage& page) {
    const std::uint64_t number = page.tag;
    if (page.status == 400 && !context_.state.ranges[number].next.empty()) {
      // Directory_ExpiredPageToken and the like.
      --open_;
      return begin_again(number, page);
    }
    if (page.status != 200) refuse(page, "a page of the list of users");
    const PageOrigin origin{.kind = PageOrigin::Kind::kListed, .range = number, .changes = false};
    std::optional<TakenPage> taken = try_take(context_, page, origin);
    if (!taken) return;
    --open_;
    UpnRange& range = context_.state.ranges[number];
    Reading& reading = reading_[number];
    range.next = std::move(taken->next_link);
    if (range.next.empty()) {
      range.done = true;
      reading = {};
      return;
    }
    if (!reading.seen.insert(range.next).second) {
      throw SourceError(
          "Graph names the same page of the list over and over; nothing was taken "
          "over");
    }
    reading.progress.took(taken->users, "the list of users", page.request_id);
    ++reading.pages;
    reading.names.insert(reading.names.end(), std::make_move_iterator(taken->names.begin()),
                         std::make_move_iterator(taken->names.end()));
    if (!cut_again(number)) waiting_.push_front(number);
  }

  /// The token of the range's next page was refused: it is read anew. What was read of it comes
  /// again, which does no harm; what is deleted meanwhile is in the delta.
  void begin_again(std::uint64_t number, const FetchedPage& page) {
    UpnRange& range = context_.state.ranges[number];
    const int restarts = reading_[number].restarts + 1;
    const std::string refused = "Graph refuses a next page of a part of the list (status " +
                                std::to_string(page.status) + " " + error_code_of(page) +
                                ", request-id " + page.request_id + ")";
    if (restarts > kRestarts) {
      throw SourceError(refused + ", " + std::to_string(restarts) +
                        " times in a row; nothing was "
                        "taken over: try again, and with --graph-read sequential if it stays so");
    }
    warn(context_, refused + "; that part is read again from its beginning");
    reading_[number] = {};
    reading_[number].restarts = restarts;
    range.next.clear();
    waiting_.push_back(number);
  }

  /// While there is room for more requests than ranges, a large one is cut.
  bool cut_again(std::uint64_t number) {
    Reading& reading = reading_[number];
    const std::size_t room = context_.fetcher.useful_requests();
    const std::size_t busy = open_ + waiting_.size() + 1;
    if (reading.pages < kPagesBeforeCut || busy >= room) return false;
    const UpnRange range = context_.state.ranges[number];
    std::vector<std::string> bounds;
    if (in_order(reading.names)) {
      // All up to the last name was read; what may be behind it is cut by letters.
      const std::string& reached = reading.names.back();
      bounds = letter_bounds(std::max(range.low, reached), range.high);
    } else {
      bounds = bounds_of(reading.names, room - busy + 2, range.low, range.high);
    }
    if (bounds.empty()) {
      thin_out(reading.names, kKeptNames);
      return false;
    }
    add_pieces(range, bounds, number);
    context_.state.ranges[number].done = true;
    reading_.resize(context_.state.ranges.size());
    for (std::uint64_t i = reading_.size() - bounds.size() - 1; i < reading_.size(); ++i) {
      waiting_.push_back(i);
    }
    return true;
  }

  ReadContext& context_;
  std::deque<std::uint64_t> waiting_;  // numbers of ranges
  std::size_t open_ = 0;
  std::vector<Reading> reading_;
};

}  // namespace

void read_list(ReadContext& context, std::uint64_t users, std::vector<std::string> names) {
  ListRead(context).run(users, std::move(names));
}

}  // namespace trueup
