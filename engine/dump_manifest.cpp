// SPDX-License-Identifier: Apache-2.0
#include "engine/dump_manifest.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "snapshots/digest.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

constexpr const char* kFormat = "trueup-dump-1";
constexpr std::array<const char*, 3> kHolds = {"users", "changes", "asked"};
constexpr const char* kRemedy = "; fetch the dump again, or copy the folder whole";

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad() || !in.is_open()) throw InputError(path + ": cannot be read" + kRemedy);
  return text;
}

std::string name_of(const std::string& path) { return std::filesystem::path(path).filename(); }

DumpManifest::Holds holds_of(const std::string& name) {
  const auto found = std::find(kHolds.begin(), kHolds.end(), name);
  return static_cast<DumpManifest::Holds>(found == kHolds.end() ? 0 : found - kHolds.begin());
}

void check_page(const DumpManifest::Page& page, const std::string& path) {
  const DumpManifest::Page found = listed_page(path);
  if (found.bytes != page.bytes || found.sha256 != page.sha256) {
    throw InputError(path + ": not the page that manifest.json lists (" +
                     std::to_string(found.bytes) + " bytes, listed " +
                     std::to_string(page.bytes) + ")" + kRemedy);
  }
}

}  // namespace

std::string utc_text(std::uint64_t unix_seconds) {
  const auto time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, size};
}

std::uint64_t utc_seconds(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return end != nullptr && *end == '\0' ? static_cast<std::uint64_t>(::timegm(&parts)) : 0;
}

DumpManifest::Page listed_page(const std::string& path) {
  const std::string bytes = read_whole(path);
  Sha256 digest;
  digest.update(bytes);
  return {name_of(path), bytes.size(), to_hex(digest.finish()), DumpManifest::Holds::kUsers};
}

std::string to_json(const DumpManifest& m) {
  nlohmann::ordered_json json;
  json["format"] = kFormat;
  json["service"] = m.service;
  json["read"] = m.read;
  json["select"] = m.select;
  json["start_link"] = m.start_link;
  json["delta_link"] = m.delta_link;
  json["started_at"] = utc_text(m.started_at);
  json["finished_at"] = utc_text(m.finished_at);
  json["users"] = m.users;
  json["removed"] = m.removed;
  json["pages"] = nlohmann::ordered_json::array();
  for (const DumpManifest::Page& p : m.pages) {
    json["pages"].push_back({{"file", p.file}, {"bytes", p.bytes}, {"sha256", p.sha256},
                             {"holds", kHolds[static_cast<std::size_t>(p.holds)]}});
  }
  return json.dump(1) + "\n";
}

std::optional<DumpManifest> manifest_in(const std::string& folder,
                                        std::vector<std::string>& warnings) {
  const std::string path = (std::filesystem::path(folder) / kManifestName).string();
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::path(folder) / kJournalName, error)) {
    throw InputError(folder + " holds a read that was cut off (" + kJournalName + "); go on with it: "
                     "run the same 'trueup fetch' again");
  }
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  const auto json = nlohmann::json::parse(read_whole(path), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("format", nlohmann::json()) != kFormat) {
    warnings.push_back(path + " is not one that 'trueup fetch' wrote; it is passed over");
    return std::nullopt;
  }
  try {
    DumpManifest m;
    m.service = json.at("service");
    m.read = json.at("read");
    m.select = json.at("select");
    m.start_link = json.at("start_link");
    m.delta_link = json.at("delta_link");
    m.started_at = utc_seconds(json.at("started_at"));
    m.finished_at = utc_seconds(json.at("finished_at"));
    m.users = json.at("users");
    m.removed = json.at("removed");
    for (const auto& p : json.at("pages")) {
      m.pages.push_back({p.at("file"), p.at("bytes"), p.at("sha256"), holds_of(p.at("holds"))});
    }
    return m;
  } catch (const nlohmann::json::exception& failure) {
    throw InputError(path + ": damaged: " + failure.what() + kRemedy);
  }
}

std::optional<DumpManifest> manifest_beside(const std::vector<std::string>& files,
                                            std::vector<std::string>& warnings) {
  if (files.empty()) return std::nullopt;
  const auto folder = std::filesystem::path(files.front()).parent_path();
  for (const std::string& file : files) {
    if (std::filesystem::path(file).parent_path() != folder) return std::nullopt;
  }
  return manifest_in(folder.empty() ? "." : folder.string(), warnings);
}

void check_pages(const DumpManifest& manifest, const std::vector<std::string>& files) {
  for (std::size_t i = 0; i < std::max(files.size(), manifest.pages.size()); ++i) {
    if (i == files.size() || (i < manifest.pages.size() &&
                              name_of(files[i]) != manifest.pages[i].file)) {
      throw InputError("the dump lacks " + manifest.pages[i].file + ", which its manifest.json "
                       "lists" + kRemedy);
    }
    if (i == manifest.pages.size()) {
      throw InputError(files[i] + ": no page of the dump by its manifest.json; take it away");
    }
  }
  tbb::parallel_for(std::size_t{0}, files.size(),
                    [&](std::size_t i) { check_page(manifest.pages[i], files[i]); });
}

}  // namespace trueup
