// SPDX-License-Identifier: Apache-2.0
//
// make_tenant: writes the dumps of a synthetic tenant (Graph, Exchange Online, AD) and the truth
// about what differs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tools/tenant/ad.h"
#include "tools/tenant/exo.h"
#include "tools/tenant/graph.h"
#include "tools/tenant/truth.h"

namespace trueup::tenant {
namespace {

constexpr std::uint64_t kMostMailboxes = 50'000'000;

constexpr const char* kExamples = R"(Examples:
  make_tenant --out t --mailboxes 5000
      t/graph/page-000001.json ..., t/exo.json, t/ad.ldif, t/truth.json
  make_tenant --out big --mailboxes 10000000 --compress zst --no-truth
  make_tenant --out odd --mailboxes 5000 --quirks --ldif-encoding utf16
      the same tenant as dumps that are as awkward as real ones
  make_tenant --out lab --mailboxes 2000 --feeds ad --ldif-style ldapsearch
      slapadd -f slapd.conf -l lab/ad.ldif

The same seed, size and drift give the same bytes at any --threads.
Exit status: 0 done, 1 failed, 2 wrong usage.)";

struct Request {
  TenantShape shape;
  FeedOptions feed;
  AdOptions ad;
  ExoFormat exo_format = ExoFormat::kArray;
  std::uint32_t page_size = 200;
  std::vector<std::string> feeds = {"graph", "exo", "ad"};
  bool no_truth = false;
  bool force = false;

  [[nodiscard]] bool wants(std::string_view feed_name) const {
    return std::find(feeds.begin(), feeds.end(), feed_name) != feeds.end();
  }
};

// An option that takes one of a few names.
template <typename Value>
void add_choice(CLI::App& app, const std::string& flag, Value& target,
                const std::map<std::string, Value>& names, const std::string& normally,
                const std::string& help) {
  app.add_option_function<std::string>(
         flag, [&target, names](const std::string& name) { target = names.at(name); }, help)
      ->check(CLI::IsMember(names).description(""))
      ->default_str(normally)
      ->type_name("NAME");
}

void bind_options(CLI::App& app, Request& request) {
  const std::map<std::string, LdifStyle> styles = {{"ldifde", LdifStyle::kLdifde},
                                                   {"ldapsearch", LdifStyle::kLdapsearch}};
  const std::map<std::string, Encoding> encodings = {{"utf8", Encoding::kUtf8},
                                                     {"utf16", Encoding::kUtf16}};
  const std::map<std::string, Compression> compressions = {
      {"none", Compression::kNone}, {"gz", Compression::kGzip}, {"zst", Compression::kZstd}};
  const std::map<std::string, ExoFormat> formats = {
      {"array", ExoFormat::kArray}, {"value", ExoFormat::kValue}, {"jsonl", ExoFormat::kJsonl}};
  app.add_option("--out", request.feed.folder, "folder to write to; made if it is not there")
      ->required()
      ->type_name("DIR");
  app.add_option("--mailboxes", request.shape.mailboxes,
                 "how many mailboxes, on both sides together")
      ->required()
      ->check(CLI::Range(std::uint64_t{1}, kMostMailboxes).description(""))
      ->type_name("N");
  app.add_option("--seed", request.shape.seed, "another seed, another tenant")
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--drift", request.shape.drift, "share of the mailboxes that must change, 0 to 1")
      ->check(CLI::Range(0.0, 1.0).description(""))
      ->capture_default_str()
      ->type_name("F");
  app.add_option("--threads", request.feed.threads, "threads")
      ->check(CLI::Range(1U, 1024U).description(""))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--page-size", request.page_size, "users a Graph page")
      ->check(CLI::Range(1U, 100000U).description(""))
      ->capture_default_str()
      ->type_name("N");
  add_choice(app, "--ldif-style", request.ad.style, styles, "ldifde",
             "whose LDIF: ldifde or ldapsearch (slapadd takes that)");
  add_choice(app, "--ldif-encoding", request.ad.encoding, encodings, "utf8",
             "utf8 or utf16 (ldifde -u)");
  add_choice(app, "--exo-format", request.exo_format, formats, "array",
             "array, value ({\"value\": [...]}) or jsonl");
  add_choice(app, "--compress", request.feed.compression, compressions, "none",
             "none, gz or zst; truth.json stays plain");
  app.add_option("--feeds", request.feeds, "which of graph,exo,ad to write")
      ->delimiter(',')
      ->check(CLI::IsMember({"graph", "exo", "ad"}).description(""))
      ->default_str("graph,exo,ad")
      ->type_name("LIST");
  app.add_flag("--quirks", request.feed.quirks,
               "the same final state, in dumps as awkward as real ones");
  app.add_flag("--no-truth", request.no_truth, "no truth.json");
  app.add_flag("--force", request.force, "remove an older tenant from the folder first");
}

// A page of a larger tenant that was left behind would become part of this one's dump.
void prepare_folder(const Request& request) {
  namespace fs = std::filesystem;
  const fs::path& folder = request.feed.folder;
  fs::create_directories(folder);
  std::vector<fs::path> left_behind;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name == "graph" || name == "exo" || name == "truth.json" ||
                      name.starts_with("exo.json") || name.starts_with("ad.ldif");
    if (ours) {
      left_behind.push_back(entry.path());
    }
  }
  if (!left_behind.empty() && !request.force) {
    throw std::runtime_error(folder.string() + " already holds " +
                             left_behind.front().filename().string() +
                             ": choose another folder, or --force to remove the older tenant");
  }
  for (const fs::path& path : left_behind) {
    fs::remove_all(path);
  }
}

template <typename Write>
void report(const char* what, const char* unit, Write write) {
  const auto begin = std::chrono::steady_clock::now();
  const FeedCount count = write();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const double records = static_cast<double>(count.records);
  std::printf("%-6s %10llu %-9s %14llu bytes %8.1f a record %8llu files %8.2f s\n", what,
              static_cast<unsigned long long>(count.records), unit,
              static_cast<unsigned long long>(count.bytes),
              count.records == 0 ? 0.0 : static_cast<double>(count.bytes) / records,
              static_cast<unsigned long long>(count.files), took.count());
}

void make(const Request& request) {
  prepare_folder(request);
  if (request.wants("graph")) {
    report("graph", "users",
           [&] { return write_graph_feed(request.shape, request.feed, request.page_size); });
  }
  if (request.wants("exo")) {
    report("exo", "mailboxes",
           [&] { return write_exo_feed(request.shape, request.feed, request.exo_format); });
  }
  if (request.wants("ad")) {
    report("ad", "entries", [&] { return write_ad_feed(request.shape, request.feed, request.ad); });
  }
  if (!request.no_truth) {
    report("truth", "drifted", [&] { return write_truth(request.shape, request.feed); });
  }
}

}  // namespace
}  // namespace trueup::tenant

int main(int argc, char** argv) {
  using namespace trueup::tenant;
  Request request;
  request.feed.threads = std::max(1U, std::thread::hardware_concurrency());
  CLI::App app(
      "Writes the dumps of a synthetic Exchange Online tenant and its Active Directory, and what "
      "differs.");
  bind_options(app, request);
  app.footer(kExamples);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    make(request);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_tenant: %s\n", error.what());
    return 1;
  }
  return 0;
}
