// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/sender.h"

#include <algorithm>
#include <utility>

#include "engine/apply/edit_on_object.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// While one change is tried again, those of the next pages go on; this bounds how far.
constexpr std::size_t kOpenPages = 4;
constexpr std::size_t kOpenChanges = 2048;  // also with small pages, so that the limit is reached
/// A page holds what is settled in this time, within bounds.
constexpr double kPageSeconds = 0.5;
constexpr std::size_t kFirstPage = 1024;
constexpr std::size_t kSmallestPage = 32;
constexpr std::size_t kLargestPage = 8192;
constexpr std::chrono::milliseconds kRateSpan{100};  // the rate is measured over this at least
/// What was read of an object is relied on for so long.
constexpr std::chrono::milliseconds kReadHolds{1000};
/// The stop flag is looked at this often.
constexpr std::chrono::milliseconds kLongestWait{100};

LimiterOptions limits(const ApplyOptions& options) {
  LimiterOptions limiter;
  limiter.most = std::max<std::size_t>(1, options.max_in_flight);
  limiter.first = std::min(limiter.first, limiter.most);
  return limiter;
}

bool too_long(const Edit& edit, std::size_t max_units) {
  return max_units != 0 && std::ranges::any_of(edit.adds, [&](std::string_view value) {
           // No character takes more UTF-16 units than UTF-8 octets.
           return value.size() > max_units && utf16_length(value).value_or(0) > max_units;
         });
}

}  // namespace

Sender::Sender(const ApplyRecords& records, DirectoryWriter& writer, const ApplyHistory& history,
               const ApplyOptions& options, Clock& clock, const ApplyControl& control)
    : records_(records),
      writer_(writer),
      options_(options),
      clock_(clock),
      control_(control),
      open_(history),
      bucket_(options.max_changes_per_second, clock.now()),
      limiter_(limits(options), clock.now()),
      backoff_(options.longest_outage),
      trouble_(options.longest_outage),
      measured_from_(clock.now()),
      page_size_(options.page_size == 0 ? kFirstPage : options.page_size) {
  result_.refused_attributes = options.refused_attributes;
}

/// By what was settled lately, so that a page is about as long on any server.
std::size_t Sender::page_size() {
  if (options_.page_size != 0) return options_.page_size;
  const Clock::TimePoint now = clock_.now();
  if (now - measured_from_ >= kRateSpan) {
    const double seconds = std::chrono::duration<double>(now - measured_from_).count();
    const double rate = static_cast<double>(result_.settled() - settled_then_) / seconds;
    page_size_ =
        std::clamp(static_cast<std::size_t>(rate * kPageSeconds), kSmallestPage, kLargestPage);
    measured_from_ = now;
    settled_then_ = result_.settled();
  }
  return page_size_;
}

void Sender::read() {
  while (!exhausted_ && !stopped() && fresh_.size() < std::max(kOpenChanges / 4, page_size_) &&
         (open_.pages() < kOpenPages || open_.size() < kOpenChanges)) {
    exhausted_ = !open_.read_page(records_, page_size(), fresh_);
  }
}

void Sender::stop(ApplyResult::Stop reason, std::string message) {
  if (stopped()) return;
  result_.stop = reason;
  result_.stop_message = std::move(message);
}

void Sender::keep_connected() {
  if (trouble_.on() && !stopped()) {
    const Clock::TimePoint now = clock_.now();
    if (trouble_.too_long(now)) {
      return stop(ApplyResult::Stop::kDirectoryGone,
                  "the directory answers, but can take no changes: " + trouble_.why() +
                      "; when it can, go on with 'trueup apply --resume'");
    }
    if (trouble_.wants_connections() && in_flight_ == 0 && trouble_.due(now)) {
      writer_.drop_connections();
      trouble_.has_connections();
    }
  }
  if (writer_.lost_connections() == 0 || stopped()) return;
  const bool unreachable = writer_.connections() == 0;
  Clock::TimePoint now = clock_.now();
  if (backoff_.due(now)) {
    try {
      std::string why;
      if (writer_.reconnect(why)) {
        backoff_.over(clock_.now());
        ++result_.reconnects;
        look_at_waiting_ = true;
        return;
      }
      now = clock_.now();
      if (control_.say && unreachable && backoff_.why() != why) {
        control_.say("waiting: " + why + "; tries again for " +
                     std::to_string(options_.longest_outage.count()) + " s at most");
      }
      backoff_.failed(why, unreachable, now);
    } catch (const StopError&) {
      return stop(ApplyResult::Stop::kRequested, "stopped on request");
    } catch (const DirectoryError& e) {
      backoff_.give_up(e.what());
    }
  }
  if (unreachable && (backoff_.hopeless() || backoff_.too_long(now))) {
    stop(ApplyResult::Stop::kDirectoryGone,
         "the directory went away and did not come back: " + backoff_.why() +
             "; when it is back, go on with 'trueup apply --resume'");
  }
}

bool Sender::has_room(Clock::TimePoint now) {
  if (!writer_.has_room()) return false;
  if (trouble_.on() && (in_flight_ > 0 || trouble_.wants_connections())) {
    if (trouble_.next_try() > now) wake_ = std::min(wake_, trouble_.next_try());
    return false;
  }
  if (options_.fixed_in_flight != 0) return in_flight_ < options_.fixed_in_flight;
  if (in_flight_ < limiter_.limit(now)) return true;
  if (limiter_.wake() > now) wake_ = std::min(wake_, limiter_.wake());
  return false;
}

void Sender::send() {
  const Clock::TimePoint now = clock_.now();
  wake_ = now + kLongestWait;
  if (stopped()) return;
  if (control_.changes_per_second != nullptr) {
    bucket_.set_rate(control_.changes_per_second->load(std::memory_order_relaxed), now);
  }
  if (!trouble_.on()) {
    for (OpenChange* change : troubled_) put_off(*change, {});
    troubled_.clear();
  }
  bool full = false;
  if (look_at_waiting_ || now >= waiting_wake_) {
    look_at_waiting_ = false;
    waiting_wake_ = now + kLongestWait;
    // settle() may find more to look at; what this pass puts back keeps its place.
    std::vector<OpenChange*> waiting = std::move(waiting_);
    waiting_.clear();
    for (OpenChange* change : waiting) {
      const Attempt tried = full ? Attempt::kFull : attempt(*change, now);
      full = full || tried == Attempt::kFull;
      if (tried != Attempt::kOver) waiting_.push_back(change);
    }
    if (full) look_at_waiting_ = true;
  }
  while (!full && !fresh_.empty() && !stopped()) {
    const Attempt tried = attempt(*fresh_.front(), now);
    full = tried == Attempt::kFull;
    if (full) break;
    if (tried == Attempt::kLater) waiting_.push_back(fresh_.front());
    fresh_.pop_front();
  }
  if (!full && in_flight_ == 0 && !troubled_.empty() && !stopped()) {
    OpenChange& next = *troubled_.front();
    const Attempt tried = attempt(next, now);
    if (tried != Attempt::kFull) troubled_.pop_front();
    if (tried == Attempt::kLater) put_off(next, {});
  }
  if (look_at_waiting_ && !full) wake_ = now;
  reject_referred_if_alone(now);
  if (!waiting_.empty()) wake_ = std::min(wake_, waiting_wake_);
}

Sender::Attempt Sender::attempt(OpenChange& change, Clock::TimePoint now) {
  if (stopped() || !has_room(now)) return Attempt::kFull;
  if (change.not_before > now) {
    waiting_wake_ = std::min(waiting_wake_, change.not_before);
    return Attempt::kLater;
  }
  if (change.to_read) return attempt_read(change);
  switch (open_.readiness(change, why_)) {
    case OpenChanges::Readiness::kBlocked: return Attempt::kLater;
    case OpenChanges::Readiness::kReady: return attempt_modify(change, now);
    case OpenChanges::Readiness::kUndecided:
      ++result_.left;
      open_.leave(change);
      look_at_waiting_ = true;
      return Attempt::kOver;
    case OpenChanges::Readiness::kHopeless:
      settle(change, change.begin_partial().journal_entry(Verdict::kDependsOn, 0, why_));
      return Attempt::kOver;
  }
  return Attempt::kOver;
}

Sender::Attempt Sender::attempt_read(OpenChange& change) {
  if (change.patience == Clock::TimePoint{}) {
    change.patience = clock_.now() + options_.patience;
  }
  change.state = OpenChange::State::kInFlight;
  change.in_flight = ++in_flight_;
  ++result_.reads;
  writer_.read(change.request());
  return Attempt::kOver;
}

Sender::Attempt Sender::attempt_modify(OpenChange& change, Clock::TimePoint now) {
  if (!open_.intended(change)) {
    if (in_flight_ == 0) open_.await_intents();  // nothing else would wake us
    if (!open_.intended(change)) return Attempt::kFull;
  }
  leave_taken_out(change);
  leave_refused_out(change);
  if (change.partial && change.partial->nothing_left()) {
    conclude(change);
    return Attempt::kOver;
  }
  if (!take_token(change, now)) return Attempt::kFull;
  if (must_be_read(change)) return attempt_read(change);
  change.counted = false;
  change.read_at.reset();
  change.state = OpenChange::State::kInFlight;
  change.in_flight = ++in_flight_;
  ++result_.sent;
  result_.most_in_flight = std::max(result_.most_in_flight, in_flight_);
  writer_.submit(change.request());
  return Attempt::kOver;
}

/// Its read and its modify count as one for the rate.
bool Sender::take_token(OpenChange& change, Clock::TimePoint now) {
  if (!change.counted) change.counted = bucket_.take(now);
  if (change.counted) return true;
  const Clock::TimePoint later = clock_.now();
  change.counted = bucket_.take(later);
  if (!change.counted) wake_ = std::min(wake_, later + bucket_.wait(later));
  return change.counted;
}

/// A directory takes a second primary address without a word, and the delete of the old one goes
/// through where that was made a secondary one by hand: a DC compares without case. So nobody but
/// us sees to it, right before such an add is sent.
bool Sender::must_be_read(const OpenChange& change) const {
  if (!adds_a_primary(change.request())) return false;
  return !change.read_at || clock_.now() - *change.read_at > kReadHolds;
}

/// Those that somebody else holds are not written.
void Sender::leave_taken_out(OpenChange& change) {
  const auto taken = options_.taken_addresses.find(change.change.number);
  if (taken == options_.taken_addresses.end()) return;
  const bool edits_them = std::ranges::any_of(change.request().edits, [](const Edit& edit) {
    return kAddressAttributes.contains(edit.attribute);
  });
  if (edits_them) change.begin_partial().refuse_addresses(taken->second.verdict, taken->second.why);
}

void Sender::leave_refused_out(OpenChange& change) {
  const auto why_not = [&](const Edit& edit) -> std::string {
    const auto at = static_cast<std::size_t>(index(edit.attribute));
    const std::string& refused = result_.refused_attributes[at];
    if (!refused.empty()) return refused;
    if (!too_long(edit, options_.max_utf16_units[at])) return {};
    return std::string(traits(edit.attribute).name) + ": a value is longer than the " +
           std::to_string(options_.max_utf16_units[at]) + " characters of this directory's schema";
  };
  AttributeSet out;
  std::string why;
  for (const Edit& edit : change.request().edits) {
    const std::string reason = why_not(edit);
    if (reason.empty()) continue;
    out.add(edit.attribute);
    why += (why.empty() ? "" : "; ") + reason;
  }
  if (out.empty()) return;
  // An address that is left out must not stand in the one of the two and lack in the other.
  if (!(out & kAddressAttributes).empty()) out = out | kAddressAttributes;
  change.begin_partial().refuse(out, 0, why);
}

void Sender::wait() {
  const Clock::Duration pause = std::max(Clock::Duration{}, wake_ - clock_.now());
  if (in_flight_ == 0) {
    if (!stopped() && !(exhausted_ && open_.pages() == 0)) {
      if (writer_.connections() == 0) {
        const Clock::Duration next_try = backoff_.next_try() - clock_.now();
        clock_.sleep_for(std::clamp(next_try, Clock::Duration{}, Clock::Duration{kLongestWait}));
      } else if (!fresh_.empty() || !waiting_.empty() || !troubled_.empty()) {
        clock_.sleep_for(pause);
      }
    }
    return;
  }
  answers_.clear();
  writer_.poll(std::chrono::ceil<std::chrono::milliseconds>(pause), answers_);
  answered_at_ = clock_.now();
  for (WriterAnswer& answer : answers_) take(answer);
}

void Sender::settle(OpenChange& change, JournalEntry outcome) {
  if (control_.settled != nullptr) control_.settled->fetch_add(1, std::memory_order_relaxed);
  switch (outcome.verdict) {
    case Verdict::kDone: ++result_.done; break;
    case Verdict::kAlready: ++result_.already; break;
    case Verdict::kRejected: ++result_.rejected; break;
    case Verdict::kAddressTaken:
    case Verdict::kAddressUnknown: ++result_.address_taken; break;
    case Verdict::kConflict: ++result_.conflict; break;
    case Verdict::kDependsOn: ++result_.depends_on; break;
    case Verdict::kUnknown: ++result_.unknown; break;
    case Verdict::kNotSent: ++result_.not_sent; break;
  }
  open_.settle(change, std::move(outcome));
  look_at_waiting_ = true;
}

void Sender::put_off(OpenChange& change, Clock::Duration pause) {
  change.not_before = clock_.now() + pause;
  const auto by_number = [](const OpenChange* a, const OpenChange* b) {
    return a->change.number < b->change.number;
  };
  waiting_.insert(std::ranges::upper_bound(waiting_, &change, by_number), &change);
  look_at_waiting_ = true;
}

}  // namespace trueup
