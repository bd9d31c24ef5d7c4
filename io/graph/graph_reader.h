// SPDX-License-Identifier: Apache-2.0
// Reads Microsoft Graph /users/delta response bodies: {"@odata.context", "@odata.nextLink" or
// "@odata.deltaLink", "value": [...]}, one a file or one a line, or bare user objects, one a line.
// Called by engine/load with the chunks of open_json_chunks(), in any order, one reader a thread.
//
// Format: Microsoft Graph "delta query overview" and resource type "user". Property names are
// case-sensitive; those that trueup has no use for are passed over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/files/input_file.h"
#include "io/json/json_records.h"
#include "io/mailbox_sink.h"

namespace trueup {

/// What parsing chunks of one dump found out, merged over chunks by the caller. A page that was cut
/// into several chunks counts when its last part is merged.
struct GraphSummary {
  std::uint64_t users = 0;  // delivered, @removed ones apart
  std::uint64_t removed = 0;
  std::uint64_t pages = 0;
  std::uint64_t bare_users = 0;  // newline-delimited users outside any page, also in `users`
  std::uint64_t next_links = 0;
  std::string next_link;   // of the page parsed last that has one
  std::string delta_link;  // of the page that has one
  std::uint64_t delta_links = 0;
  std::string delta_link_file;          // file of the (last) page that has the deltaLink
  std::uint64_t delta_link_offset = 0;  // of the deltaLink's key
  /// Where the page link stands that is last in its file, nextLink or deltaLink: if it is the
  /// deltaLink, that file ends complete. Across files the one merged later.
  std::string last_link_file;
  std::uint64_t last_link_offset = 0;
  /// The property list of @odata.context, as written, "" where there is none. Pages that differ
  /// are an InputError that names both files.
  std::string selected;
  std::string selected_file;
  AttributeSet selected_attributes;  // the managed attributes in `selected`
  bool selected_sync_enabled = false;
  std::uint64_t pages_without_context = 0;  // or with one that has no property list
  AttributeSet carried_attributes;          // that any record carried (present, null included)
  bool carried_sync_enabled = false;
  CarriedProperties carried_by_bare_users;
  /// Pages without a property list that have users: those say by themselves what is supplied.
  struct UnlistedPage {
    std::string file;
    std::uint64_t begin = 0, end = 0;  // bytes of the file
    CarriedProperties carried;
  };
  std::vector<UnlistedPage> unlisted_pages;
  bool anchor_carried = false;       // onPremisesImmutableId, by any record
  std::string bad_anchor;            // the first that is not 16 octets in base64 ...
  std::string bad_anchor_user;       // ... and whose it is
  std::vector<ListPart> open_pages;  // parts of pages that are still to be joined
};

/// A property list such as "mail,id,manager(id,mail)" in order: the same for the same properties.
std::string sorted_properties(const std::string& list);

/// Adds up. Throws InputError where the two cannot be of one dump, or a page that is whole only now
/// is none.
void merge(GraphSummary& into, const GraphSummary& from);

/// What the records of a page are.
enum class GraphRecords : std::uint8_t {
  kWhole,    // of a full read: an absent property was never set
  kChanges,  // of a later delta: an absent property is unchanged; they get kDelta
};

class GraphReader {
 public:
  explicit GraphReader(GraphRecords records = GraphRecords::kWhole);
  ~GraphReader();

  /// Delivers the users of `chunk`. Mailbox::supplied tells what the record itself carried (null
  /// included): what the dump supplies is for the caller to say, from the summary. Throws
  /// InputError: no JSON, cut off, an error body, a foreign file.
  void parse(const Chunk& chunk, const std::string& file, MailboxSink& sink, GraphSummary& summary);

 private:
  class Pages;
  std::unique_ptr<Pages> pages_;
};

}  // namespace trueup
