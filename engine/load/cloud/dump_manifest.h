// SPDX-License-Identifier: Apache-2.0
// manifest.json beside the pages of a Graph dump, as `trueup fetch` writes it last: with it the
// dump is complete. JSON, UTF-8:
//   {"format": "trueup-dump-1", "service": "https://graph.microsoft.com TENANT",
//    "read": "shards" | "delta", "select": "id,mail,...", "start_link": "" or the deltaLink that a
//    delta began at, "delta_link": "https://...", "started_at": "2026-11-22T01:02:03Z",
//    "finished_at": ..., "users": 200000, "removed": 3,
//    "pages": [{"file": "page-000001.json.zst", "bytes": 12345, "sha256": "...", "holds": "users"},
//              ...]}
// "holds": "users" whole; "changes", where an absent property is unchanged; or "asked", users asked
// for by id, which may be older than the changes before.
// Times are the service's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace trueup {

struct DumpManifest {
  enum class Holds : std::uint8_t { kUsers, kChanges, kAsked };
  struct Page {
    std::string file;         // name within the folder
    std::uint64_t bytes = 0;  // of the file
    std::string sha256;       // of the file, hex
    Holds holds = Holds::kUsers;
  };
  std::string service;
  std::string read;
  std::string select;
  std::string start_link;
  std::string delta_link;
  std::uint64_t started_at = 0;  // Unix seconds
  std::uint64_t finished_at = 0;
  std::uint64_t users = 0;
  std::uint64_t removed = 0;
  std::vector<Page> pages;
};

inline constexpr const char* kManifestName = "manifest.json";
/// Beside the pages of a read that was cut off (engine/load/cloud/dump_writer.h).
inline constexpr const char* kJournalName = "fetch.journal";

std::string to_json(const DumpManifest& manifest);

/// The manifest in the folder that all of `files` stand in; nothing if there is none. One that
/// another program wrote is passed over with a warning. Throws InputError if it is damaged, or if
/// they are pages of a read that was cut off.
std::optional<DumpManifest> manifest_beside(const std::vector<std::string>& files,
                                            std::vector<std::string>& warnings);
/// The manifest in `folder`; nothing if there is none.
std::optional<DumpManifest> manifest_in(const std::string& folder,
                                        std::vector<std::string>& warnings);

/// A page's file as a manifest lists it. Throws InputError if it cannot be read.
DumpManifest::Page listed_page(const std::string& path);

/// Throws InputError unless `files` are the pages of the manifest, all of them, byte for byte.
void check_pages(const DumpManifest& manifest, const std::vector<std::string>& files);

/// "2026-11-22T01:02:03Z" and back (0 if it is no such time).
std::string utc_text(std::uint64_t unix_seconds);
std::uint64_t utc_seconds(const std::string& text);

}  // namespace trueup
