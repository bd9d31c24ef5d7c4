// SPDX-License-Identifier: Apache-2.0
// The answers that a Sender gets, and what it makes of them.
#include <algorithm>
#include <stdexcept>

#include "engine/apply/sender.h"

namespace trueup {
namespace {

constexpr std::chrono::milliseconds kLongestBackoff{10'000};
/// What may still turn up is looked at again after this, doubled each time.
constexpr std::chrono::milliseconds kFirstLook{100};
/// After the first the object is read and what still stands is sent, after the second it is left.
constexpr int kMostConflicts = 2;
/// One may be of the moment, a second one is about the object.
constexpr int kMostTooMuch = 2;
/// So many referrals and nothing else: this is no server for these objects.
constexpr std::size_t kMostReferrals = 20;
constexpr int kOther = 80;  // LDAP's: the server's own failure

/// 0.5 to 1, evenly spread over changes and tries, and the same in every run.
double jitter(std::uint32_t number, int retry) {
  std::uint64_t x = (std::uint64_t{number} << 8) + static_cast<std::uint64_t>(retry);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return 0.5 + static_cast<double>(x >> 32) / 8589934592.0;  // 2^33
}

Clock::Duration doubled(std::chrono::milliseconds first, int times, std::uint32_t number) {
  const auto pause = std::min<Clock::Duration>(kLongestBackoff, first * (1 << std::min(times, 16)));
  return std::chrono::duration_cast<Clock::Duration>(pause * jitter(number, times));
}

std::string refused_by_server(const WriterAnswer& answer, std::string_view dn) {
  return "the server refuses to go on (result " + std::to_string(answer.result_code) + " for " +
         std::string(dn) + "): " + answer.message +
         "; check the server, the account and TLS, then resume the run";
}

}  // namespace

void Sender::take(WriterAnswer& answer) {
  OpenChange& change = open_.find(answer.number);
  if (change.state != OpenChange::State::kInFlight) {
    throw std::logic_error("an answer for change " + std::to_string(answer.number) +
                           ", which is not in flight");
  }
  --in_flight_;
  change.state = OpenChange::State::kWaiting;
  if (answer.request == WriterAnswer::Request::kRead) {
    take_read(change, answer);
  } else {
    take_modify(change, answer);
  }
}

void Sender::take_modify(OpenChange& change, const WriterAnswer& answer) {
  const ResultClass what =
      answer.answered ? classify(answer.result_code, answer.message) : ResultClass::kTransient;
  const bool overloaded = what == ResultClass::kTransient || what == ResultClass::kTooMuch;
  limiter_.on_answer(
      overloaded ? InFlightLimiter::Answer::kOverloaded : InFlightLimiter::Answer::kTaken,
      answer.latency, change.in_flight, answered_at_);
  if (!answer.answered) {
    change.begin_partial().doubt();
    change.conflicts = 0;
    count_failure(change);
    ++change.lost;
    return read_first(change);
  }
  switch (what) {
    case ResultClass::kDone:
      record_taken(WriterAnswer::Request::kModify);
      if (!change.partial) return settle(change, JournalEntry{});
      change.partial->take_acknowledgement();
      return conclude(change);
    case ResultClass::kConflict:
      record_taken(WriterAnswer::Request::kModify);
      ++change.conflicts;
      change.result_code = answer.result_code;
      return read_first(change);
    case ResultClass::kTransient:
      if (change.retries < options_.max_retries) return back_off(change);
      if (is_the_servers(change)) return await_server(change, answer);
      return reject(change, answer);
    case ResultClass::kServer:
      if (is_stuck(change)) return reject(change, answer);
      return await_server(change, answer);
    case ResultClass::kOneOrAll: return take_one_or_all(change, answer);
    case ResultClass::kTooMuch:
      if (++change.too_much >= kMostTooMuch) return reject(change, answer);
      return back_off(change);
    case ResultClass::kRun:
      // Nothing was done, and nothing is wrong with the change: it has no outcome yet.
      return stop(ApplyResult::Stop::kRefused, refused_by_server(answer, change.change.dn));
    case ResultClass::kAttribute:
      record_taken(WriterAnswer::Request::kModify);
      return refuse_attribute(change, answer);
    case ResultClass::kObject:
      record_taken(WriterAnswer::Request::kModify);
      return reject(change, answer);
  }
}

void Sender::record_taken(WriterAnswer::Request request) {
  const bool read = request == WriterAnswer::Request::kRead;
  trouble_.taken(read ? ServerTrouble::Request::kRead : ServerTrouble::Request::kModify);
  if (read) return;
  ++taken_;
  reject_referred();
}

void Sender::count_failure(OpenChange& change) {
  if (change.failing) return;
  change.failing = true;
  change.taken_before = taken_;
}

/// Whether it is the server that fails, and not this object: no other one was taken since, though
/// there are some.
bool Sender::is_the_servers(const OpenChange& change) const {
  if (trouble_.on()) return true;
  return has_others() && change.taken_before == taken_;
}

bool Sender::has_others() const {
  return in_flight_ > 0 || !fresh_.empty() || !waiting_.empty() || !troubled_.empty() ||
         !referred_.empty();
}

bool Sender::is_stuck(OpenChange& change) {
  count_failure(change);
  if (has_others() && change.taken_before == taken_) return false;
  return ++change.servers >= options_.max_retries;
}

void Sender::await_server(OpenChange& change, const WriterAnswer& answer) {
  const bool read = answer.request == WriterAnswer::Request::kRead;
  trouble_.failed(read ? ServerTrouble::Request::kRead : ServerTrouble::Request::kModify,
                  answer.answered ? "result " + std::to_string(answer.result_code) + " for " +
                                        std::string(change.change.dn) + ": " + answer.message
                                  : answer.message,
                  clock_.now());
  tell_trouble();
  ++result_.retries;
  change.retries = change.lost = change.lost_reads = 0;
  if (!read && answer.result_code == kOther) {  // whether anything was done is not known
    change.begin_partial().doubt();
    change.to_read = true;
  }
  troubled_.push_back(&change);  // the next try is another change's: this one may be alone in it
}

/// Of one object it says that the object is elsewhere; of all, that this is the wrong server.
void Sender::take_one_or_all(OpenChange& change, const WriterAnswer& answer) {
  if (taken_ > 0) return reject(change, answer);
  if (trouble_.on()) return await_server(change, answer);
  referred_.push_back({&change, answer});
  if (referred_.size() < kMostReferrals) return;
  const std::vector<Referred> referred = std::move(referred_);
  referred_.clear();
  for (const Referred& r : referred) await_server(*r.change, r.answer);
}

void Sender::tell_trouble() {
  if (!control_.say || trouble_.told()) return;
  control_.say("waiting: the directory answers, but takes no changes (" + trouble_.why() +
               "); one at a time is tried again");
  trouble_.has_told();
}

void Sender::reject_referred() {
  const std::vector<Referred> referred = std::move(referred_);
  referred_.clear();
  for (const Referred& r : referred) reject(*r.change, r.answer);
}

/// Nothing else is left to tell whose they are.
void Sender::reject_referred_if_alone(Clock::TimePoint now) {
  if (referred_.empty() || in_flight_ > 0 || !fresh_.empty() || !exhausted_ || trouble_.on() ||
      writer_.lost_connections() > 0) {
    return;
  }
  if (std::ranges::any_of(waiting_, [&](const OpenChange* c) { return c->not_before > now; }))
    return;
  reject_referred();
}

/// The server names an attribute that no object will take: it is left out from here on.
void Sender::refuse_attribute(OpenChange& change, const WriterAnswer& answer) {
  AttributeSet sent;
  for (const Edit& edit : change.request().edits) sent.add(edit.attribute);
  const std::optional<Attribute> named = named_attribute(answer.message, sent);
  if (!named) return reject(change, answer);
  std::string& why = result_.refused_attributes[static_cast<std::size_t>(index(*named))];
  why = std::string(traits(*named).name) + ": the directory does not take it (result " +
        std::to_string(answer.result_code) + "): " + answer.message;
  change.result_code = answer.result_code;
  put_off(change, {});
}

void Sender::take_read(OpenChange& change, WriterAnswer& answer) {
  constexpr int kNoSuchObject = 32;
  constexpr int kMostLostReads = 40;
  const bool waits = change.awaited || options_.settle_only;
  if (!answer.answered) {
    count_failure(change);
    if (++change.lost_reads < kMostLostReads) return read_first(change);
    if (is_the_servers(change)) return await_server(change, answer);
    return cannot_be_read(change, answer);
  }
  if (answer.result_code == 0) {
    record_taken(WriterAnswer::Request::kRead);
    return take_object(change, answer.values);
  }
  const ResultClass what = classify(answer.result_code, answer.message);
  if (what == ResultClass::kRun) {
    stop(ApplyResult::Stop::kRefused, refused_by_server(answer, change.change.dn));
    return put_off(change, {});
  }
  if (what == ResultClass::kServer) {
    if (!is_stuck(change)) return await_server(change, answer);
  }
  if (what == ResultClass::kOneOrAll && !waits) return reject(change, answer);
  if (what == ResultClass::kTransient) {
    if (change.retries < options_.max_retries) return back_off(change);
    if (is_the_servers(change)) return await_server(change, answer);
  }
  if (waits) return look_again(change, answer.message);
  if (answer.result_code == kNoSuchObject) return reject(change, answer);
  cannot_be_read(change, answer);
}

/// So it cannot be decided.
void Sender::cannot_be_read(OpenChange& change, const WriterAnswer& answer) {
  const Verdict verdict =
      change.begin_partial().doubtful() ? Verdict::kUnknown : Verdict::kConflict;
  const std::string_view advice = advice_on(answer.result_code, answer.message);
  settle(change,
         change.partial->journal_entry(verdict, answer.result_code,
                                       "cannot be read again: " + answer.message +
                                           (advice.empty() ? "" : "; ") + std::string(advice)));
}

void Sender::take_object(OpenChange& change, std::span<const HeldValue> values) {
  PartialChange& partial = change.begin_partial();
  change.read_at = answered_at_;
  const bool waits = change.awaited || options_.settle_only;
  partial.take_object(values, waits ? PartialChange::AfterRead::kLook
                              : change.conflicts >= kMostConflicts
                                  ? PartialChange::AfterRead::kLeave
                                  : PartialChange::AfterRead::kSend);
  if (partial.nothing_left()) return conclude(change);
  if (waits) return look_again(change, "the object does not show it");
  if (change.lost > options_.max_retries && is_the_servers(change)) {
    change.lost = 0;
    trouble_.failed(ServerTrouble::Request::kModify,
                    "the connection is lost each time that something is sent", clock_.now());
  }
  if (change.lost > options_.max_retries) {
    return settle(change, partial.journal_entry(
                              Verdict::kRejected, 0,
                              "the connection was lost each of the " + std::to_string(change.lost) +
                                  " times it was sent, and the object does not show it"));
  }
  change.to_read = false;
  put_off(change, {});
}

/// What is written elsewhere, or may be written still, is looked for until patience ends.
void Sender::look_again(OpenChange& change, const std::string& why) {
  const Clock::TimePoint now = clock_.now();
  if (now < change.patience) {
    const Clock::Duration pause = doubled(kFirstLook, change.retries, change.change.number);
    ++change.retries;
    return put_off(change, std::min(pause, change.patience - now));  // the last look is at its end
  }
  const Verdict verdict = options_.settle_only ? options_.not_found : Verdict::kUnknown;
  settle(change, change.partial->journal_entry(verdict, 0, why));
}

void Sender::conclude(OpenChange& change) {
  JournalEntry answer = change.partial->journal_entry();
  if (answer.verdict == Verdict::kConflict || answer.verdict == Verdict::kRejected) {
    answer.result_code = change.result_code;
  }
  settle(change, std::move(answer));
}

void Sender::reject(OpenChange& change, const WriterAnswer& answer) {
  const PartialChange& partial = change.begin_partial();
  std::string why = answer.message;
  for (const std::string_view more :
       {advice_on(answer.result_code, answer.message), std::string_view(partial.why_refused())}) {
    if (!more.empty()) why += "; " + std::string(more);
  }
  settle(change, partial.journal_entry(Verdict::kRejected, answer.result_code, std::move(why)));
}

void Sender::read_first(OpenChange& change) {
  change.to_read = true;
  put_off(change, {});
}

/// Busy or unavailable: nothing was done.
void Sender::back_off(OpenChange& change) {
  count_failure(change);
  const Clock::Duration pause =
      doubled(options_.first_backoff, change.retries, change.change.number);
  ++change.retries;
  ++result_.retries;
  constexpr std::chrono::seconds kShort{1}, kBetween{10};
  if (control_.say && pause >= kShort && clock_.now() >= quiet_until_) {
    control_.say("waiting: the directory is busy for " + std::string(change.change.dn) +
                 "; it is tried again");
    quiet_until_ = clock_.now() + kBetween;
  }
  put_off(change, pause);
}

void Sender::settle_doubtful() {
  open_.for_each_unsettled([&](OpenChange& change) {
    if (!change.partial || !change.partial->doubtful()) return;
    settle(change,
           change.partial->journal_entry(Verdict::kUnknown, 0,
                                         "its answer was lost, and the object could not be read "
                                         "again"));
  });
}

}  // namespace trueup
