// SPDX-License-Identifier: Apache-2.0
#include "engine/load/cloud/dump_manifest.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "snapshots/model/digest.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr const char* kFormat = "trueup-dump-1";
constexpr const char* kAnyFormat = "trueup-dump-";
constexpr std::array<const char*, 3> kHolds = {"users", "changes", "asked"};
constexpr const char* kRemedy = "; fetch the dump again, or copy the folder whole";

std::optional<std::uint64_t> parse_utc(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end != text.c_str() + text.size()) return std::nullopt;
  const std::time_t time = ::timegm(&parts);
  return time >= 0 ? std::optional(static_cast<std::uint64_t>(time)) : std::nullopt;
}

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (in.bad() || !in.is_open()) throw InputError(path + ": cannot be read" + kRemedy);
  return text;
}

std::string name_of(const std::string& path) { return std::filesystem::path(path).filename(); }

/// What a manifest says that it cannot mean.
struct NotPlausible : std::runtime_error {
  using std::runtime_error::runtime_error;
};

DumpManifest::Holds holds_of(const std::string& name) {
  const auto found = std::find(kHolds.begin(), kHolds.end(), name);
  if (found != kHolds.end()) return static_cast<DumpManifest::Holds>(found - kHolds.begin());
  throw NotPlausible("a page holds '" + name +
                     "', which this trueup does not know (users, changes "
                     "or asked)");
}

std::uint64_t count_of(const nlohmann::json& json, const char* key) {
  const nlohmann::json& value = json.at(key);
  if (value.is_number_unsigned()) return value;
  throw NotPlausible(std::string(key) + " is no count: " + value.dump().substr(0, 40));
}

std::uint64_t time_of(const nlohmann::json& json, const char* key) {
  const std::string text = json.at(key);
  if (const auto time = parse_utc(text)) return *time;
  throw NotPlausible(std::string(key) +
                     " is no time such as 2026-11-22T01:02:03Z: " + text.substr(0, 40));
}

std::string text_of(const nlohmann::json& json, const char* key) { return json.at(key); }

void check_page(const DumpManifest::Page& page, const std::string& path) {
  const DumpManifest::Page found = listed_page(path);
  if (found.bytes != page.bytes || found.sha256 != page.sha256) {
    throw InputError(path + ": not the page that manifest.json lists (" +
                     std::to_string(found.bytes) + " bytes, listed " + std::to_string(page.bytes) +
                     ")" + kRemedy);
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

std::uint64_t utc_seconds(const std::string& text) { return parse_utc(text).value_or(0); }

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
    json["pages"].push_back({{"file", p.file},
                             {"bytes", p.bytes},
                             {"sha256", p.sha256},
                             {"holds", kHolds[static_cast<std::size_t>(p.holds)]}});
  }
  return json.dump(1) + "\n";
}

std::optional<DumpManifest> manifest_in(const std::string& folder,
                                        std::vector<std::string>& warnings) {
  const std::string path = (std::filesystem::path(folder) / kManifestName).string();
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::path(folder) / kJournalName, error)) {
    throw InputError(folder + " holds a read that was cut off (" + kJournalName +
                     "); go on with it: "
                     "run the same 'trueup fetch' again");
  }
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  const auto json = nlohmann::json::parse(read_whole(path), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw InputError(path + ": damaged: it is no JSON" + kRemedy);
  const nlohmann::json format =
      json.is_object() ? json.value("format", nlohmann::json()) : nlohmann::json();
  if (format != kFormat) {
    const std::string name = format.is_string() ? format.get<std::string>() : std::string();
    if (name.starts_with(kAnyFormat)) {
      throw InputError(path + " is of the format '" + name + "', this trueup reads '" + kFormat +
                       "'; use the version that wrote it");
    }
    warnings.push_back(path + " is not one that 'trueup fetch' wrote; it is passed over");
    return std::nullopt;
  }
  try {
    DumpManifest m;
    m.service = text_of(json, "service");
    m.read = text_of(json, "read");
    m.select = text_of(json, "select");
    m.start_link = text_of(json, "start_link");
    m.delta_link = text_of(json, "delta_link");
    m.started_at = time_of(json, "started_at");
    m.finished_at = time_of(json, "finished_at");
    m.users = count_of(json, "users");
    m.removed = count_of(json, "removed");
    if (!json.at("pages").is_array()) throw NotPlausible("its pages are no list");
    for (const auto& p : json.at("pages")) {
      m.pages.push_back({text_of(p, "file"), count_of(p, "bytes"), text_of(p, "sha256"),
                         holds_of(text_of(p, "holds"))});
    }
    return m;
  } catch (const nlohmann::json::exception& failure) {
    throw InputError(path + ": damaged: " + failure.what() + kRemedy);
  } catch (const NotPlausible& failure) {
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
    if (i == files.size() ||
        (i < manifest.pages.size() && name_of(files[i]) != manifest.pages[i].file)) {
      throw InputError("the dump lacks " + manifest.pages[i].file +
                       ", which its manifest.json "
                       "lists" +
                       kRemedy);
    }
    if (i == manifest.pages.size()) {
      throw InputError(files[i] + ": no page of the dump by its manifest.json; take it away");
    }
  }
  tbb::parallel_for(std::size_t{0}, files.size(),
                    [&](std::size_t i) { check_page(manifest.pages[i], files[i]); });
}

}  // namespace trueup
