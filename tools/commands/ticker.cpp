// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/ticker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "tools/commands/terminal.h"

namespace trueup {
namespace {

using namespace std::chrono_literals;

struct StageName {
  const char* name;
  bool bytes;  // counts bytes, else things
};

StageName name_of(Stage s) {
  switch (s) {
    case Stage::kLoadCloud: return {"loading the cloud side", true};
    case Stage::kLoadAd: return {"loading the AD side", true};
    case Stage::kDiff: return {"comparing", false};
    case Stage::kPlan: return {"planning", false};
    case Stage::kAddresses: return {"looking for addresses", false};
    case Stage::kApply: return {"applying", false};
    case Stage::kVerify: return {"verifying", false};
  }
  return {"", false};
}

constexpr auto kBetweenLines = 30s;  // where they are not rewritten

}  // namespace

Ticker::Ticker(const Progress& progress, bool silent)
    : progress_(progress),
      terminal_(::isatty(STDERR_FILENO) == 1),
      stage_start_(std::chrono::steady_clock::now()) {
  if (silent) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, 250ms, [&] { return stop.stop_requested(); })) look();
  });
}

Ticker::~Ticker() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  if (terminal_ && shown_) std::fputs("\r\x1b[K", stderr);
}

void Ticker::say(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  if (terminal_ && shown_) std::fputs("\r\x1b[K", stderr);
  print_text(text + "\n", stderr);
}

/// On a terminal each time; else when there is something to say.
void Ticker::look() {
  const Time now = std::chrono::steady_clock::now();
  const Stage stage = progress_.current.load(std::memory_order_relaxed);
  const bool new_stage = stage != stage_ || !shown_at_;
  if (stage != stage_) {
    stage_ = stage;
    stage_start_ = now;
  }
  if (!terminal_ && !new_stage && now - *shown_at_ < kBetweenLines) return;
  shown_at_ = now;
  show();
}

void Ticker::show() {
  const std::string text = line();
  std::fprintf(stderr, terminal_ ? "\r\x1b[K%s" : "%s\n", text.c_str());
  shown_ = true;
}

/// Both sides, while they are loaded beside each other.
std::string Ticker::line() const {
  if (stage_ != Stage::kLoadCloud && stage_ != Stage::kLoadAd) return line_of(stage_);
  std::string text;
  for (const Stage stage : {Stage::kLoadCloud, Stage::kLoadAd}) {
    const auto& counter = progress_.stages[static_cast<std::size_t>(stage)];
    if (stage != stage_ && counter.done.load(std::memory_order_relaxed) == 0) continue;
    text += (text.empty() ? "" : "; ") + line_of(stage);
  }
  return text;
}

std::string Ticker::line_of(Stage stage) const {
  const auto& counter = progress_.stages[static_cast<std::size_t>(stage)];
  const auto done = static_cast<double>(counter.done.load(std::memory_order_relaxed));
  const auto total = static_cast<double>(counter.total.load(std::memory_order_relaxed));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - stage_start_).count();
  const double rate = seconds >= 0.2 ? done / seconds : 0;  // at first there is none
  const StageName name = name_of(stage);
  std::string text = name.name;
  if (done == 0) return text;
  if (rate == 0) return text;
  if (name.bytes && !counter.objects.load(std::memory_order_relaxed)) {
    text += fmt::format(": {:.0f} MB, {:.0f} MB/s", done / 1e6, rate / 1e6);
  } else if (rate >= 10) {
    text += fmt::format(": {:.0f}, {:.0f}/s", done, rate);
  } else {
    text += fmt::format(": {:.0f}, {:.2g}/s", done, rate);  // slow is not 0
  }
  if (total > 0) {
    text += fmt::format(", {:.0f} %", 100 * done / total);
    if (rate > 0 && done < total) text += fmt::format(", {:.0f} s left", (total - done) / rate);
  }
  return text;
}

}  // namespace trueup
