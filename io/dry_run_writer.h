// SPDX-License-Identifier: Apache-2.0
// The dry run: a directory that answers "done" to everything, but for objects that are known to be
// gone, and is never touched. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "io/directory_writer.h"

namespace trueup {

class DryRunWriter : public DirectoryWriter {
 public:
  /// Numbers of changes whose objects are not there.
  explicit DryRunWriter(std::vector<std::uint32_t> missing = {}) : missing_(std::move(missing)) {}

  bool has_room() const override { return answers_.size() < kWindow; }
  void submit(const Change& change) override { answer(change, Outcome::Request::kModify); }
  /// Nobody reads after a dry run's "done"; no values are made up.
  void read(const Change& change) override { answer(change, Outcome::Request::kRead); }
  void poll(std::chrono::milliseconds, std::vector<Outcome>& outcomes) override {
    for (Outcome& answer : answers_) outcomes.push_back(std::move(answer));
    answers_.clear();
  }
  std::size_t in_flight() const override { return answers_.size(); }

  std::size_t connections() const override { return 1; }
  std::size_t lost_connections() const override { return 0; }
  bool reconnect(std::string&) override { return true; }

 private:
  static constexpr std::size_t kWindow = 256;

  void answer(const Change& change, Outcome::Request request) {
    constexpr int kNoSuchObject = 32;
    const bool missing = std::ranges::find(missing_, change.number) != missing_.end();
    answers_.push_back({.number = change.number,
                        .request = request,
                        .answered = true,
                        .result_code = missing ? kNoSuchObject : 0,
                        .message = missing ? "the object is not there" : "",
                        .values = {}});
  }

  std::vector<std::uint32_t> missing_;
  std::vector<Outcome> answers_;
};

}  // namespace trueup
