// SPDX-License-Identifier: Apache-2.0
#include "bench/corpus.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "tools/tenant/ad.h"
#include "tools/tenant/exo.h"
#include "tools/tenant/graph.h"
#include "tools/tenant/truth.h"

namespace trueup {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMailboxes = 20'000;
constexpr std::uint32_t kUsersPerPage = 200;

std::uint64_t bytes_in(const fs::path& path) {
  if (!fs::is_directory(path)) return fs::file_size(path);
  std::uint64_t bytes = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) bytes += entry.file_size();
  return bytes;
}

ExpectedPlan expected_plan(const nlohmann::json& counts) {
  return {counts.at("in_scope"), counts.at("matched"), counts.at("changed"), counts.at("refused"),
          counts.at("held")};
}

}  // namespace

ScratchFolder::ScratchFolder() {
  path_ = (fs::temp_directory_path() / "trueup-bench-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

Corpus::Corpus() {
  if (const char* given = std::getenv("TRUEUP_BENCH_TENANT")) {
    folder_ = given;
  } else {
    folder_ = scratch_.path() + "/tenant";
    make(folder_);
  }
  graph_bytes_ = bytes_in(folder_ + "/graph");
  exo_bytes_ = bytes_in(folder_ + "/exo.json");
  ad_bytes_ = bytes_in(folder_ + "/ad.ldif");
  read_truth();
}

LoadOptions Corpus::inputs(bool exo) const {
  LoadOptions options;
  options.graph = {folder_ + "/graph"};
  if (exo) options.exo = {folder_ + "/exo.json"};
  options.ad = {folder_ + "/ad.ldif"};
  return options;
}

void Corpus::make(const std::string& folder) {
  fs::create_directories(folder);
  tenant::TenantShape shape;
  shape.mailboxes = kMailboxes;
  tenant::FeedOptions feed;
  feed.folder = folder;
  feed.threads = std::max(1U, std::thread::hardware_concurrency());
  tenant::write_graph_feed(shape, feed, kUsersPerPage);
  tenant::write_exo_feed(shape, feed, tenant::ExoFormat::kArray);
  tenant::write_ad_feed(shape, feed, {});
  tenant::write_truth(shape, feed);
}

void Corpus::read_truth() {
  std::ifstream file(folder_ + "/truth.json", std::ios::binary);
  const nlohmann::json truth = nlohmann::json::parse(file);
  const nlohmann::json& totals = truth.at("totals");
  mailboxes_ = totals.at("mailboxes");
  graph_only_ = expected_plan(totals.at("expected").at("synced/graph"));
  with_exo_ = expected_plan(totals.at("expected").at("synced/graph+exo"));
}

}  // namespace trueup
