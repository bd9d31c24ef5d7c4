// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/apply.h"

#include <exception>
#include <vector>

#include "engine/apply/sender.h"

namespace trueup {
namespace {

/// Hands outcomes to the journal. A journal or plan that fails ends the sending, not the waiting:
/// what is in flight may be done already. Its outcomes are put on record once more at the end, then
/// the failure is told.
class Recorder {
 public:
  Recorder(const ApplyRecords& records, Sender& sender) : records_(records), sender_(sender) {}

  void record(const std::vector<JournalEntry>& entries) {
    if (entries.empty()) return;
    if (failure_) {
      unrecorded_.insert(unrecorded_.end(), entries.begin(), entries.end());
      return;
    }
    try {
      records_.record(entries);
    } catch (...) {
      unrecorded_ = entries;
      fail();
    }
  }

  /// REQUIRES: an exception is being handled.
  void fail() {
    if (!failure_) failure_ = std::current_exception();
    sender_.stop(ApplyResult::Stop::kRequested, "the plan or the journal failed");
  }

  void finish() {
    if (!failure_) return;
    if (!unrecorded_.empty()) records_.record(unrecorded_);
    std::rethrow_exception(failure_);
  }

 private:
  const ApplyRecords& records_;
  Sender& sender_;
  std::exception_ptr failure_;
  std::vector<JournalEntry> unrecorded_;
};

}  // namespace

ApplyResult apply(const ApplyRecords& records, DirectoryWriter& writer, const ApplyHistory& history,
                  const ApplyOptions& options, Clock& clock, const ApplyControl& control) {
  Sender sender(records, writer, history, options, clock, control);
  Recorder recorder(records, sender);
  std::vector<JournalEntry> entries;
  while (!sender.finished()) {
    if (control.stop != nullptr && control.stop->load(std::memory_order_relaxed)) {
      sender.stop(ApplyResult::Stop::kRequested, "stopped on request");
    }
    if (options.stop_at && clock.now() >= *options.stop_at) {
      sender.stop(ApplyResult::Stop::kTime, options.stop_reason);
    }
    try {
      sender.read();
      sender.keep_connected();
      sender.send();
    } catch (...) {
      recorder.fail();
    }
    sender.wait();
    while (sender.open().take_settled_page(entries)) recorder.record(entries);
  }
  // Only after a stop is there anything left: changes that were not sent, or whose answer was lost.
  sender.settle_doubtful();
  while (sender.open().take_page(entries)) recorder.record(entries);
  recorder.finish();
  ApplyResult result = sender.result();
  if (result.stop == ApplyResult::Stop::kNone && result.unknown + result.left > 0) {
    result.stop = ApplyResult::Stop::kUndecided;
    result.stop_message = "of " + std::to_string(result.unknown) +
                          " changes it is not known whether they are written, " +
                          std::to_string(result.left) + " that come after them were not sent";
  }
  return result;
}

}  // namespace trueup
