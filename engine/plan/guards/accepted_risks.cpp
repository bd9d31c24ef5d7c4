// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/guards/accepted_risks.h"

#include <algorithm>
#include <ctime>
#include <sstream>

#include "engine/plan/guards/input_guards.h"
#include "snapshots/model/errors.h"
#include "snapshots/store/unprotected.h"

namespace trueup {
namespace {

std::string day_text(std::uint64_t unix_seconds) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &utc);
  return text;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

std::vector<std::string> unprotected_lines(const Store& store, const SnapshotDescription& ad,
                                           const DiffOptions& options) {
  std::vector<std::string> lines;
  const auto accepted = unprotected(store);
  for (int i = 0; i < kCarriedCount; ++i) {
    const auto c = static_cast<Carried>(i);
    const auto found = accepted.find(std::string(to_string(c)));
    if (found == accepted.end() || !is_relied_on(options, c) || !is_unseen(ad, c)) continue;
    lines.push_back("NOT PROTECTED: " + found->first + ", accepted " + day_text(found->second));
  }
  return lines;
}

void require_lacking(const RunDescription& run, const std::vector<std::string>& keys) {
  const std::vector<std::string> lacking = words_of(run.unprotected);
  for (const std::string& key : keys) {
    if (std::ranges::find(lacking, key) != lacking.end()) continue;
    throw UsageError("--accept-unprotected " + key + ": the plan of run " +
                     std::to_string(run.run) + " does not lack that" +
                     (lacking.empty() ? "" : "; it lacks " + run.unprotected));
  }
}

std::string accept_unprotected_flags(const RunDescription& run) {
  std::string flags;
  for (const std::string& key : words_of(run.unprotected)) flags += " --accept-unprotected " + key;
  return flags;
}

void accept_risks(Store& store, const RunDescription& run, const std::vector<std::string>& keys,
                  bool record) {
  require_lacking(run, keys);
  std::string missing;
  for (const std::string& key : words_of(run.unprotected)) {
    if (std::ranges::find(keys, key) == keys.end()) missing += (missing.empty() ? "" : ", ") + key;
  }
  if (!missing.empty()) {
    throw GuardError("the plan of run " + std::to_string(run.run) +
                     " is made from inputs in which nothing carries " + missing +
                     ", so that it protects nothing; export it and plan again, or agree to go "
                     "without by" +
                     accept_unprotected_flags(run) + " beside --accept");
  }
  if (!record) return;
  for (const std::string& key : keys) {
    accept_unprotected(store, key, static_cast<std::uint64_t>(std::time(nullptr)));
  }
}

void end_risks(Store& store, const SnapshotDescription& accepted) {
  for (const auto& [key, since] : unprotected(store)) {
    for (int i = 0; i < kCarriedCount; ++i) {
      const auto c = static_cast<Carried>(i);
      if (to_string(c) == key && !is_unseen(accepted, c)) end_unprotected(store, key);
    }
  }
}

}  // namespace trueup
