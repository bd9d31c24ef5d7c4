// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/dump_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "io/files/compressed_file.h"
#include "io/files/output_file.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string page_name(std::size_t number) {
  char text[40];
  std::snprintf(text, sizeof text, "page-%06zu.json.zst", number);
  return text;
}

/// Whatever a load of the folder would take for a page.
bool is_page_name(std::string name) {
  for (const std::string_view ending : {".zst", ".gz"}) {
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  return name.ends_with(".json") || name.ends_with(".jsonl");
}

/// As page_name() makes them.
bool is_own_page(const std::string& name) {
  constexpr std::string_view kStart = "page-";
  constexpr std::string_view kEnd = ".json.zst";
  if (!name.starts_with(kStart) || !name.ends_with(kEnd)) return false;
  const std::string digits = name.substr(kStart.size(), name.size() - kStart.size() - kEnd.size());
  return digits.size() >= 6 && digits.find_first_not_of("0123456789") == std::string::npos;
}

DumpManifest::Holds holds(const PageOrigin& origin) {
  if (origin.kind == PageOrigin::Kind::kReread) return DumpManifest::Holds::kAsked;
  return origin.changes ? DumpManifest::Holds::kChanges : DumpManifest::Holds::kUsers;
}

json to_json(const UpnRange& range) {
  return {{"number", range.number}, {"low", range.low}, {"high", range.high}};
}

struct KeptToken {
  std::string link;
  std::uint64_t at = 0;
};

std::optional<std::string> text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::uint64_t> number_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::optional<KeptToken> token_of(const json& token) {
  if (!token.is_object()) return std::nullopt;
  const auto link = text_of(token, "link");
  const auto at = number_of(token, "at");
  if (!link || !at) return std::nullopt;
  return KeptToken{*link, *at};
}

/// The ranges that come to be are numbered on, and take the place of one that is there and not
/// done.
bool take_pieces(const json& event, ReadCheckpoint& state) {
  if (!event["pieces"].is_array()) return false;
  const bool replaces = event.contains("replaced");
  if (replaces != state.cut) return false;  // the first cut has nothing to replace
  const std::optional<std::uint64_t> replaced = number_of(event, "replaced");
  if (replaces && (!replaced || *replaced >= state.ranges.size() || state.ranges[*replaced].done)) {
    return false;
  }
  std::vector<UpnRange> added;
  for (const json& p : event["pieces"]) {
    if (!p.is_object()) return false;
    const auto number = number_of(p, "number");
    const auto low = text_of(p, "low");
    const auto high = text_of(p, "high");
    if (!low || !high || number != state.ranges.size() + added.size()) return false;
    added.push_back({*number, *low, *high, "", false});
  }
  if (replaces) state.ranges[*replaced].done = true;
  state.ranges.insert(state.ranges.end(), added.begin(), added.end());
  state.cut = true;
  return true;
}

struct JournalledPage {
  DumpManifest::Page page;
  PageOrigin origin;
  std::string next, delta_link;
};

/// `number`: that the page must have in its name.
std::optional<JournalledPage> page_of(const json& p, const ReadCheckpoint& state,
                                      std::size_t number) {
  if (!p.is_object()) return std::nullopt;
  const auto file = text_of(p, "file");
  const auto sha256 = text_of(p, "sha256");
  const auto next = text_of(p, "next");
  const auto delta_link = text_of(p, "delta_link");
  const auto bytes = number_of(p, "bytes");
  const auto kind = number_of(p, "kind");
  const auto range = number_of(p, "piece");
  const auto changes = p.find("changes");
  if (!file || !sha256 || !next || !delta_link || !bytes || !kind || !range) return std::nullopt;
  if (changes == p.end() || !changes->is_boolean()) return std::nullopt;
  if (*file != page_name(number)) return std::nullopt;  // it is removed by this name
  if (*kind > static_cast<std::uint64_t>(PageOrigin::Kind::kReread)) return std::nullopt;
  JournalledPage found;
  found.origin = {static_cast<PageOrigin::Kind>(*kind), *range, changes->get<bool>()};
  const bool listed = found.origin.kind == PageOrigin::Kind::kListed;
  if (listed && (*range >= state.ranges.size() || found.origin.changes)) return std::nullopt;
  found.page = {*file, *bytes, *sha256, holds(found.origin)};
  found.next = *next;
  found.delta_link = *delta_link;
  return found;
}

std::string begin_event(const DumpManifest& m) {
  return json{{"begin",
               {{"service", m.service},
                {"read", m.read},
                {"select", m.select},
                {"start_link", m.start_link}}}}
      .dump();
}

}  // namespace

DumpWriter::DumpWriter(std::string folder, const DumpManifest& read)
    : folder_(std::move(folder)), manifest_(read) {
  manifest_.pages.clear();
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw StoreError(folder_ + ": cannot be made: " + error.message());
  lock_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (lock_ >= 0) ::close(lock_);
    throw StoreError(folder_ + " is in use by another trueup");
  }
  try {
    open_folder();  // only now: what stands there does not change any more
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

DumpWriter::~DumpWriter() {
  if (journal_ >= 0) ::close(journal_);
  ::close(lock_);
}

std::string DumpWriter::path_of(const std::string& file) const {
  return (fs::path(folder_) / file);
}

void DumpWriter::open_folder() {
  if (fs::exists(path_of(kManifestName))) {
    throw UsageError(folder_ + " holds a complete dump already; name another folder, or remove it");
  }
  const bool goes_on = fs::exists(path_of(kJournalName));
  if (goes_on) read_journal();
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename();
    if (!is_page_name(name) || (goes_on && is_own_page(name))) continue;
    throw UsageError(folder_ + " holds " + entry.path().filename().string() +
                     ", which is no page of "
                     "a read that could be gone on with; name another folder");
  }
}

void DumpWriter::read_journal() {
  std::ifstream in(path_of(kJournalName), std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    if (in.eof() || !json::accept(line)) break;  // cut off, with all behind it
    lines_.push_back(line);
  }
  if (lines_.empty() || lines_.front() == begin_event(manifest_)) return;
  throw UsageError(folder_ +
                   " holds the beginning of another read (another service, tenant, way "
                   "of reading or starting point); name another folder, or remove it");
}

// The lines that hold, in a file of their own that takes the old one's place.
void DumpWriter::begin_journal() {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  write_file(path_of(kJournalName), text);
  if (journal_ >= 0) ::close(journal_);
  journal_ = ::open(path_of(kJournalName).c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  if (journal_ < 0) {
    throw StoreError(path_of(kJournalName) + ": cannot be written: " + std::strerror(errno));
  }
}

ReadCheckpoint DumpWriter::replay(const std::function<void(const KeptPage&)>& visit) {
  ReadCheckpoint state;
  std::size_t good = 0;
  while (good < lines_.size() && apply(lines_[good], state, visit)) ++good;
  lines_.resize(good);
  if (lines_.empty()) lines_.push_back(begin_event(manifest_));
  // Pages that the journal does not know would be taken for pages of the dump.
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename();
    const bool known = std::ranges::find(manifest_.pages, name, &DumpManifest::Page::file) !=
                       manifest_.pages.end();
    if (!known && is_own_page(name)) fs::remove(entry.path());
  }
  begin_journal();
  return state;
}

/// False if the event cannot be relied on: each number of it is looked at before it is used, and so
/// is each name.
bool DumpWriter::apply(const std::string& line, ReadCheckpoint& state,
                       const std::function<void(const KeptPage&)>& visit) {
  const json event = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) return false;
  if (event.contains("token")) {
    const std::optional<KeptToken> token = token_of(event["token"]);
    if (!token) return false;
    state.token = token->link;
    state.token_at = token->at;
  } else if (event.contains("pieces")) {
    return take_pieces(event, state);
  } else if (event.contains("page")) {
    const json& p = event["page"];
    std::optional<JournalledPage> journalled = page_of(p, state, manifest_.pages.size() + 1);
    if (!journalled) return false;
    DumpManifest::Page& page = journalled->page;
    KeptPage kept;
    kept.path = path_of(page.file);
    kept.origin = journalled->origin;
    try {
      DumpManifest only;
      only.pages = {page};
      check_pages(only, {kept.path});
      kept.body = *open_chunks(kept.path, nullptr, 0)->next();
    } catch (const InputError&) {
      return false;
    }
    visit(kept);
    manifest_.pages.push_back(page);
    const std::string& next = journalled->next;
    if (kept.origin.kind == PageOrigin::Kind::kDelta) {
      state.delta_next = next;
      state.delta_link = journalled->delta_link;
      state.past_end = state.past_end || !state.delta_link.empty();
    } else if (kept.origin.kind == PageOrigin::Kind::kListed) {
      UpnRange& range = state.ranges.at(kept.origin.range);
      range.next = next;
      range.done = next.empty();
    }
  }
  return true;
}

void DumpWriter::journal(const std::string& event) {
  const std::string line = event + "\n";
  if (::write(journal_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw StoreError(path_of(kJournalName) + ": cannot be written: " + std::strerror(errno));
  }
}

void DumpWriter::journal_token(const std::string& link, std::uint64_t at) {
  journal(json{{"token", {{"link", link}, {"at", at}}}}.dump());
}

void DumpWriter::journal_ranges(const std::vector<UpnRange>& ranges,
                                std::optional<std::uint64_t> replaced) {
  json event = {{"pieces", json::array()}};
  for (const UpnRange& range : ranges) event["pieces"].push_back(to_json(range));
  if (replaced) event["replaced"] = *replaced;
  journal(event.dump());
}

void DumpWriter::add(std::string_view body, const PageOrigin& origin, const std::string& next_link,
                     const std::string& delta_link) {
  const std::string name = page_name(manifest_.pages.size() + 1);
  CompressedFile file(path_of(name));
  file.write(body);
  file.commit();
  DumpManifest::Page page = listed_page(path_of(name));
  page.holds = holds(origin);
  manifest_.pages.push_back(page);
  journal(json{{"page",
                {{"file", page.file},
                 {"bytes", page.bytes},
                 {"sha256", page.sha256},
                 {"kind", static_cast<int>(origin.kind)},
                 {"piece", origin.range},
                 {"changes", origin.changes},
                 {"next", next_link},
                 {"delta_link", delta_link}}}}
              .dump());
}

void DumpWriter::finish(const DumpManifest& read) {
  std::vector<DumpManifest::Page> pages = std::move(manifest_.pages);
  manifest_ = read;
  manifest_.pages = std::move(pages);
  write_file(path_of(kManifestName), trueup::to_json(manifest_));
  fs::remove(path_of(kJournalName));
}

void DumpWriter::remove() {
  for (const DumpManifest::Page& page : manifest_.pages) fs::remove(path_of(page.file));
  manifest_.pages.clear();
  fs::remove(path_of(kJournalName));
  std::error_code not_empty;
  fs::remove(folder_, not_empty);
}

void DumpWriter::restart() {
  for (const DumpManifest::Page& page : manifest_.pages) fs::remove(path_of(page.file));
  manifest_.pages.clear();
  lines_ = {begin_event(manifest_)};
  begin_journal();
}

}  // namespace trueup
