// SPDX-License-Identifier: Apache-2.0
// What apply() is made of: the changes that are open, the limits, and what is done with each
// answer. One object an apply() call; one thread.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "engine/apply/apply_types.h"
#include "engine/apply/in_flight_limiter.h"
#include "engine/apply/open_changes.h"
#include "engine/apply/reconnect_backoff.h"
#include "engine/apply/result_class.h"
#include "engine/apply/server_trouble.h"
#include "engine/apply/token_bucket.h"
#include "io/directory_writer.h"

namespace trueup {

class Sender {
 public:
  Sender(const ApplyRecords& records, DirectoryWriter& writer, const ApplyHistory& history,
         const ApplyOptions& options, Clock& clock, const ApplyControl& control);

  /// Takes up as many pages as are worth having open.
  void read();
  /// Opens again what connections were lost, when it is time to.
  void keep_connected();
  /// Sends all that may be sent now.
  void send();
  /// Waits for answers, or until something may be sent without one.
  void wait();
  /// Nothing more is sent; what is in flight is awaited.
  void stop(ApplyResult::Stop reason, std::string message);
  /// What is still in doubt when nothing more is sent gets its outcome: unknown.
  void settle_doubtful();

  bool stopped() const { return result_.stop != ApplyResult::Stop::kNone; }
  bool finished() const {
    return in_flight_ == 0 && (stopped() || (exhausted_ && open_.pages() == 0));
  }
  OpenChanges& open() { return open_; }
  const ApplyResult& result() const { return result_; }

 private:
  enum class Attempt : std::uint8_t {
    kOver,   // sent, or settled without
    kLater,  // not now: it waits for something
    kFull    // nothing can be sent now
  };

  std::size_t page_size();
  bool has_room(Clock::TimePoint now);
  Attempt attempt(OpenChange& change, Clock::TimePoint now);
  Attempt attempt_read(OpenChange& change);
  Attempt attempt_modify(OpenChange& change, Clock::TimePoint now);
  bool take_token(OpenChange& change, Clock::TimePoint now);
  bool must_be_read(const OpenChange& change) const;
  /// Takes out what the directory is known not to take.
  void leave_refused_out(OpenChange& change);
  void leave_taken_out(OpenChange& change);

  void take(WriterAnswer& answer);
  void take_modify(OpenChange& change, const WriterAnswer& answer);
  void take_read(OpenChange& change, WriterAnswer& answer);
  void take_object(OpenChange& change, std::span<const HeldValue> values);
  void cannot_be_read(OpenChange& change, const WriterAnswer& answer);
  void refuse_attribute(OpenChange& change, const WriterAnswer& answer);
  void look_again(OpenChange& change, const std::string& why);
  /// Nothing of the change is left to be sent.
  void conclude(OpenChange& change);
  /// `change` waits for its next try; REQUIRES: it is not in flight.
  void put_off(OpenChange& change, Clock::Duration pause);
  void back_off(OpenChange& change);
  void read_first(OpenChange& change);
  /// An answer that was about an object, so the server itself is well.
  void record_taken(WriterAnswer::Request request);
  void count_failure(OpenChange& change);
  bool is_the_servers(const OpenChange& change) const;
  bool has_others() const;
  /// An answer about the server that nobody else gets any more, or nobody else is left to get.
  bool is_stuck(OpenChange& change);
  /// The change waits until the server is well again.
  void await_server(OpenChange& change, const WriterAnswer& answer);
  void take_one_or_all(OpenChange& change, const WriterAnswer& answer);
  void tell_trouble();
  void reject_referred();
  void reject_referred_if_alone(Clock::TimePoint now);
  void settle(OpenChange& change, JournalEntry outcome);
  void reject(OpenChange& change, const WriterAnswer& answer);

  const ApplyRecords& records_;
  DirectoryWriter& writer_;
  const ApplyOptions& options_;
  Clock& clock_;
  const ApplyControl& control_;
  OpenChanges open_;
  TokenBucket bucket_;
  InFlightLimiter limiter_;
  ReconnectBackoff backoff_;
  ServerTrouble trouble_;
  std::uint64_t taken_ = 0;  // modifies answered with something about the object
  struct Referred {
    OpenChange* change;
    WriterAnswer answer;
  };
  std::vector<Referred> referred_;    // answered so while nothing else was answered
  std::deque<OpenChange*> troubled_;  // answered so by a server in trouble; longest ago first
  Clock::TimePoint quiet_until_{};    // of waits that are told
  std::deque<OpenChange*> fresh_;     // not tried yet, by rising number
  std::vector<OpenChange*> waiting_;  // tried, by rising number
  bool look_at_waiting_ = true;       // something has changed for them
  std::vector<WriterAnswer> answers_;
  Clock::TimePoint answered_at_{};
  std::size_t in_flight_ = 0;
  bool exhausted_ = false;
  Clock::TimePoint wake_{};
  Clock::TimePoint waiting_wake_{};  // when to look at waiting_ all the same
  Clock::TimePoint measured_from_;   // of the rate that page_size() goes by
  std::uint64_t settled_then_ = 0;
  std::size_t page_size_;
  std::string why_;
  ApplyResult result_;
};

}  // namespace trueup
