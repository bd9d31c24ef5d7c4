// SPDX-License-Identifier: Apache-2.0
// Reads LDIF content records (RFC 2849) as ldifde and ldapsearch write them, and picks out what
// AdObjectBuilder uses; the other attributes are stepped over without a look at their values.
// Called by engine/load, one reader a thread: chunks of one file may be parsed by several at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/ad/ad_object.h"
#include "io/bytes/text_arena.h"
#include "io/files/input_file.h"
#include "io/mailbox_sink.h"

namespace trueup {

/// What parsing found out about a file. parse() adds to it, so one summary may go through the
/// chunks of a file, or each chunk have its own and be added.
struct LdifSummary {
  std::uint64_t entries = 0;       // records with a dn:, defects included, references apart
  std::uint64_t user_entries = 0;  // ... of class user or inetOrgPerson, not computer, not deleted
  std::uint64_t user_entries_without_guid = 0;     // an ldifde -n or -m export has no objectGUID
  std::uint64_t entries_without_object_class = 0;  // exported without it, nothing is joinable
  /// ldapsearch's "# numEntries: n", once a run of it; a file may hold several runs.
  std::optional<std::uint64_t> announced_entries;
  std::uint64_t searches_begun = 0;  // "# extended LDIF": ldapsearch writes it for every page
  std::uint64_t searches_ended = 0;  // "result: 0 Success"
  /// Where the last of each stands, plus 1; 0: there is none.
  std::uint64_t last_entry_at = 0;
  std::uint64_t last_prompt_at = 0;  // of ldapsearch, between two pages
  std::uint64_t last_cookie_at = 0;  // "pagedresults: cookie=", as a comment too ...
  bool more_pages = false;           // ... and it is not empty: a page was to follow
  std::uint64_t last_foreign_at =
      0;                     // a block that is no LDIF, or a comment that tells a failure ...
  std::string last_foreign;  // ... and its first line, printable

  void add(const LdifSummary& other);
  /// Once the whole file is in: why entries are missing in it, as far as the lines of what
  /// wrote it tell; empty if they do not say so.
  std::string incomplete() const;
};

/// Cuts behind the last blank line. For open_chunks().
std::size_t cut_ldif(std::string_view text);

/// Parses the records of one chunk and delivers the AD objects in it. Throws InputError where the
/// file itself is not usable: cut off (no final newline, an unfinished line at its end), not LDIF,
/// no UTF-8, or an ldapsearch that did not end with success (io/ldif/tool_lines.h). A record that
/// cannot be read is a defect, and so is an empty value of what AdObjectBuilder uses: AD has none.
class AdLdifReader {
 public:
  /// REQUIRES: kChunkPadding readable bytes behind chunk.text; chunks cut by cut_ldif.
  void parse(const Chunk& chunk, const std::string& file, MailboxSink& sink, LdifSummary& summary);

 private:
  // Kept from chunk to chunk for the memory they hold.
  AdObjectBuilder builder_;
  TextArena arena_;
  Mailbox mailbox_;
};

}  // namespace trueup
