// SPDX-License-Identifier: Apache-2.0
#include "engine/apply.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/open_changes.h"
#include "engine/throttle.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

/// While one change is tried again, those of the next pages go on; this bounds how far.
constexpr std::size_t kOpenPages = 4;
constexpr std::size_t kOpenChanges = 2048;  // also with small pages, so that the window is filled
/// The stop flag is looked at this often.
constexpr std::chrono::milliseconds kLongestWait{100};
constexpr std::chrono::milliseconds kLongestBackoff{10'000};

enum class ResultClass : std::uint8_t { kDone, kConflict, kTransient, kRun, kObject };

/// LDAP result codes, RFC 4511 appendix A.
ResultClass class_of(int result_code) {
  switch (result_code) {
    case 0: return ResultClass::kDone;
    case 16:  // noSuchAttribute: a value to delete is not there
    case 20:  // attributeOrValueExists: a value to add is there
      return ResultClass::kConflict;
    case 51:  // busy
    case 52:  // unavailable
      return ResultClass::kTransient;
    case 8:   // strongerAuthRequired
    case 10:  // referral: not a writable replica of this object's domain
    case 49:  // invalidCredentials
      return ResultClass::kRun;
    default: return ResultClass::kObject;
  }
}

/// 0.5 to 1, evenly spread over changes and tries, and the same in every run.
double jitter(std::uint32_t number, int retry) {
  std::uint64_t x = (std::uint64_t{number} << 8) + static_cast<std::uint64_t>(retry);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return 0.5 + static_cast<double>(x >> 32) / 8589934592.0;  // 2^33
}

class Application {
 public:
  Application(DirectoryWriter& writer, const ApplyOptions& options, Clock& clock)
      : writer_(writer),
        options_(options),
        clock_(clock),
        open_(options.page_size),
        bucket_(options.max_changes_per_second, clock.now()) {}

  void read(const std::function<bool(Change&)>& next_change) {
    const std::size_t most = std::max(kOpenPages, kOpenChanges / options_.page_size);
    while (!exhausted_ && !stopped() && open_.pages() < most) {
      exhausted_ = !open_.read_page(next_change, unsent_);
    }
  }

  /// Sends all that may be sent now. Sets wake_, when it is worth coming back without an answer.
  void send();
  /// Waits for answers, or until wake_.
  void wait();
  void stop(ApplyResult::Stop reason, std::string message) {
    if (stopped()) return;
    result_.stop = reason;
    result_.stop_message = std::move(message);
  }

  bool stopped() const { return result_.stop != ApplyResult::Stop::kNone; }
  bool finished() const {
    return in_flight_ == 0 && (stopped() || (exhausted_ && open_.pages() == 0));
  }
  OpenChanges& open() { return open_; }
  const ApplyResult& result() const { return result_; }

 private:
  void take(const Outcome& outcome);
  void retry_later(OpenChange& change);
  void settle(OpenChange& change, Verdict verdict, int result_code, std::string message);
  void lose_directory(const std::string& message);

  DirectoryWriter& writer_;
  const ApplyOptions& options_;
  Clock& clock_;
  OpenChanges open_;
  TokenBucket bucket_;
  std::vector<OpenChange*> unsent_;  // by rising number
  std::vector<Outcome> outcomes_;
  std::size_t in_flight_ = 0;
  bool exhausted_ = false;
  Clock::TimePoint wake_{};
  ApplyResult result_;
};

void Application::send() {
  Clock::TimePoint now = clock_.now();
  wake_ = now + kLongestWait;
  std::size_t looked_at = 0;
  std::size_t kept = 0;
  std::string why;
  for (; looked_at < unsent_.size() && !stopped() && writer_.has_room(); ++looked_at) {
    OpenChange* const change = unsent_[looked_at];
    const OpenChanges::Readiness readiness = open_.readiness(*change, why);
    if (readiness == OpenChanges::Readiness::kHopeless) {
      settle(*change, Verdict::kDependsOn, 0, why);
      continue;
    }
    if (readiness == OpenChanges::Readiness::kBlocked || change->not_before > now) {
      if (readiness == OpenChanges::Readiness::kReady) wake_ = std::min(wake_, change->not_before);
      unsent_[kept++] = change;
      continue;
    }
    if (!bucket_.take(now)) {
      now = clock_.now();
      if (!bucket_.take(now)) {
        wake_ = std::min(wake_, now + bucket_.wait(now));
        break;
      }
    }
    change->state = OpenChange::State::kInFlight;
    ++in_flight_;
    writer_.submit(change->change);
  }
  unsent_.erase(unsent_.begin() + static_cast<std::ptrdiff_t>(kept),
                unsent_.begin() + static_cast<std::ptrdiff_t>(looked_at));
}

void Application::wait() {
  const Clock::Duration pause = std::max(Clock::Duration{}, wake_ - clock_.now());
  if (in_flight_ == 0 && writer_.has_room()) {
    if (!unsent_.empty() && !stopped()) clock_.sleep_for(pause);
    return;
  }
  outcomes_.clear();
  try {
    // Without room and with nothing in flight all connections are lost, which poll() reports.
    writer_.poll(std::chrono::ceil<std::chrono::milliseconds>(pause), outcomes_);
  } catch (const DirectoryError& e) {
    for (const Outcome& outcome : outcomes_) take(outcome);
    lose_directory(e.what());
    return;
  }
  for (const Outcome& outcome : outcomes_) take(outcome);
}

void Application::take(const Outcome& outcome) {
  OpenChange& change = open_.find(outcome.number);
  if (change.state != OpenChange::State::kInFlight) {
    throw std::logic_error("an answer for change " + std::to_string(outcome.number) +
                           ", which is not in flight");
  }
  --in_flight_;
  if (!outcome.answered) return settle(change, Verdict::kUnknown, 0, outcome.message);
  switch (class_of(outcome.result_code)) {
    case ResultClass::kDone: return settle(change, Verdict::kDone, 0, {});
    case ResultClass::kConflict:
      return settle(change, Verdict::kConflict, outcome.result_code, outcome.message);
    case ResultClass::kTransient:
      if (change.retries < options_.max_retries) return retry_later(change);
      break;
    case ResultClass::kRun:
      stop(ApplyResult::Stop::kRefused,
           "the server refuses to go on (result " + std::to_string(outcome.result_code) + " for " +
               std::string(change.change.dn) + "): " + outcome.message +
               "; check the server, the account and TLS, then resume the run");
      break;
    case ResultClass::kObject: break;
  }
  settle(change, Verdict::kRejected, outcome.result_code, outcome.message);
}

/// Busy or unavailable: nothing was changed, so the change is as good as unsent.
void Application::retry_later(OpenChange& change) {
  change.state = OpenChange::State::kUnsent;
  const auto backoff = std::min<Clock::Duration>(
      kLongestBackoff, options_.first_backoff * (1 << std::min(change.retries, 16)));
  ++change.retries;
  ++result_.retries;
  change.not_before =
      clock_.now() + std::chrono::duration_cast<Clock::Duration>(
                         backoff * jitter(change.change.number, change.retries));
  const auto by_number = [](const OpenChange* a, const OpenChange* b) {
    return a->change.number < b->change.number;
  };
  unsent_.insert(std::ranges::upper_bound(unsent_, &change, by_number), &change);
}

void Application::settle(OpenChange& change, Verdict verdict, int result_code,
                         std::string message) {
  switch (verdict) {
    case Verdict::kDone: ++result_.done; break;
    case Verdict::kAlready: ++result_.already; break;
    case Verdict::kRejected: ++result_.rejected; break;
    case Verdict::kConflict: ++result_.conflict; break;
    case Verdict::kDependsOn: ++result_.depends_on; break;
    case Verdict::kUnknown: ++result_.unknown; break;
  }
  open_.settle(change, verdict, result_code, std::move(message));
}

void Application::lose_directory(const std::string& message) {
  open_.for_each_in_flight([&](OpenChange& change) {
    settle(change, Verdict::kUnknown, 0, "the directory went away before the answer");
  });
  in_flight_ = 0;
  stop(ApplyResult::Stop::kDirectoryGone, message);
}

}  // namespace

ApplyResult apply(const std::function<bool(Change&)>& next_change, DirectoryWriter& writer,
                  const std::function<void(std::span<const JournalEntry>)>& journal_page,
                  const ApplyOptions& options, Clock& clock, std::atomic<std::uint64_t>* settled,
                  const std::atomic<bool>* stop) {
  if (options.page_size == 0) throw UsageError("a page must hold at least one change");
  Application application(writer, options, clock);
  std::vector<JournalEntry> entries;
  const std::uint64_t before = settled == nullptr ? 0 : settled->load();
  // A journal or a plan that fails ends the sending, not the waiting: what is in flight may be done
  // already. Its outcomes are put on record once more at the end, then the failure is told.
  std::exception_ptr failure;
  std::vector<JournalEntry> unrecorded;
  const auto fail = [&] {
    if (!failure) failure = std::current_exception();
    application.stop(ApplyResult::Stop::kRequested, "the plan or the journal failed");
  };
  const auto record = [&] {
    if (failure) {
      unrecorded.insert(unrecorded.end(), entries.begin(), entries.end());
      return;
    }
    try {
      journal_page(entries);
    } catch (...) {
      unrecorded = entries;
      fail();
    }
  };
  while (!application.finished()) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) {
      application.stop(ApplyResult::Stop::kRequested, "stopped on request; resume the run");
    }
    try {
      application.read(next_change);
    } catch (...) {
      fail();
    }
    application.send();
    application.wait();
    if (settled != nullptr) {
      settled->store(before + application.result().settled(), std::memory_order_relaxed);
    }
    while (application.open().take_settled_page(entries)) record();
  }
  // Only after a stop is there anything left: pages with changes that were not sent.
  while (application.open().take_page(entries)) {
    if (!entries.empty()) record();
  }
  if (failure) {
    if (!unrecorded.empty()) journal_page(unrecorded);
    std::rethrow_exception(failure);
  }
  return application.result();
}

}  // namespace trueup
