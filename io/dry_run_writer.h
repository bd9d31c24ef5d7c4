// SPDX-License-Identifier: Apache-2.0
// The dry run: a directory that answers "done" to everything and is never touched. One thread.
#pragma once

#include <utility>

#include "io/directory_writer.h"

namespace trueup {

class DryRunWriter : public DirectoryWriter {
 public:
  bool has_room() const override { return answers_.size() < kWindow; }
  void submit(const Change& change) override {
    answers_.push_back({.number = change.number, .answered = true, .message = {}});
  }
  void poll(std::chrono::milliseconds, std::vector<Outcome>& outcomes) override {
    for (Outcome& answer : answers_) outcomes.push_back(std::move(answer));
    answers_.clear();
  }
  std::size_t in_flight() const override { return answers_.size(); }

 private:
  static constexpr std::size_t kWindow = 256;
  std::vector<Outcome> answers_;
};

}  // namespace trueup
