// SPDX-License-Identifier: Apache-2.0
// The dry run: a directory that answers "done" to every change, but for objects that are known to
// be gone, and is never written to; what is read comes from the directory itself. One thread.
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
  /// `directory` is read from, and must outlive this; `missing`: numbers of changes whose objects
  /// are not there.
  explicit DryRunWriter(DirectoryWriter& directory, std::vector<std::uint32_t> missing = {})
      : directory_(directory), missing_(std::move(missing)) {}

  bool has_room() const override { return answers_.size() < kWindow && directory_.has_room(); }
  void submit(const Change& change) override {
    constexpr int kNoSuchObject = 32;
    const bool missing = std::ranges::find(missing_, change.number) != missing_.end();
    answers_.push_back({.number = change.number,
                        .request = WriterAnswer::Request::kModify,
                        .answered = true,
                        .result_code = missing ? kNoSuchObject : 0,
                        .message = missing ? "the object is not there" : "",
                        .values = {}});
  }
  void read(const Change& change) override { directory_.read(change); }
  void poll(std::chrono::milliseconds timeout, std::vector<WriterAnswer>& outcomes) override {
    const bool at_once = !answers_.empty();
    for (WriterAnswer& answer : answers_) outcomes.push_back(std::move(answer));
    answers_.clear();
    if (directory_.in_flight() == 0) return;
    directory_.poll(at_once ? std::chrono::milliseconds(0) : timeout, outcomes);
  }
  std::size_t in_flight() const override { return answers_.size() + directory_.in_flight(); }

  std::size_t connections() const override { return directory_.connections(); }
  std::size_t lost_connections() const override { return directory_.lost_connections(); }
  void drop_connections() override { directory_.drop_connections(); }
  bool reconnect(std::string& why) override { return directory_.reconnect(why); }

 private:
  static constexpr std::size_t kWindow = 256;

  DirectoryWriter& directory_;
  std::vector<std::uint32_t> missing_;
  std::vector<WriterAnswer> answers_;
};

}  // namespace trueup
