// SPDX-License-Identifier: Apache-2.0
// Reads mailbox exports of Exchange Online, as Get-EXOMailbox and Get-Mailbox write them through
// ConvertTo-Json: an array, one bare object, {"value": [...], "Count": n}, or one object a line.
// Called by engine/load with the chunks of open_json_chunks(), in any order, one reader a thread.
//
// ConvertTo-Json writes a value by its .NET type, which depends on how the session was made:
// enumerations come as name, number or {"value", "Value"}; lists as an array, {"value", "Count"}
// or, of addresses, a single string for one value; addresses as strings or objects. All are taken.
// Property names are matched without case; those that trueup has no use for are passed over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/files/input_file.h"
#include "io/json/json_records.h"
#include "io/mailbox_sink.h"

namespace trueup {

/// What parsing chunks of an export found out, merged over chunks by the caller.
struct ExoSummary {
  std::uint64_t all_records = 0;  // whatever became of them
  std::uint64_t records = 0;      // delivered
  /// Passed over: no ExternalDirectoryObjectId, and a type that no user's mailbox has (discovery,
  /// arbitration, group ...). Without the id any other record is a defect.
  std::uint64_t records_without_id = 0;
  std::uint64_t soft_deleted = 0;        // passed over: inactive and soft-deleted mailboxes
  std::uint64_t untranslated_types = 0;  // delivered with kUntranslatedType
  bool managed_flag_seen = false;        // IsExchangeCloudManaged, true or false, in any record
  AttributeSet supplied;                 // by any record
  std::vector<ListPart> open_lists;      // parts of lists that are still to be joined
  struct ListEnd {
    std::string file;
    std::uint64_t end = 0;
    bool has_next_link = false;  // an @odata.nextLink says that there is more
    bool is_answer = false;      // {"value": [...]}, not a bare array
    AttributeSet supplied;       // by any of its records
    bool tells_flag = false;     // IsExchangeCloudManaged
    std::uint64_t records = 0;
    std::uint64_t total = 0;  // @odata.count: of all pages of the answer; 0: not told
  };
  std::vector<ListEnd> list_ends;
  /// Lists whose answer came with a warning: the file, and the first warning.
  std::vector<std::pair<std::string, std::string>> warnings;
};

/// Throws InputError if mailboxes are missing: a page with a link is not followed by one of the
/// same answer, fewer came than the answer announces, or the service says that it has more of them.
/// REQUIRES: `all` is merged from all chunks of `files`, which are in order.
void refuse_missing_pages(const ExoSummary& all, const std::vector<std::string>& files);

/// Adds up. Throws InputError where a list that is whole only now does not have the announced
/// number of records.
void merge(ExoSummary& into, const ExoSummary& from);

class ExoReader {
 public:
  ExoReader();
  ~ExoReader();

  /// Delivers the mailboxes of `chunk`, id in lower case. Mailbox::supplied has what the record
  /// carried, null and empty included, but for RecipientTypeDetails, which supplies its two
  /// attributes only if it has a translation. HiddenFromAddressListsEnabled false is supplied
  /// without a value: AD says false by having none. IsExchangeCloudManaged null is no answer.
  /// Inactive and soft-deleted mailboxes are passed over: they have no id, or that of a live one.
  ///
  /// Throws InputError: no JSON, cut off, a foreign file, a flattened multi-value.
  void parse(const Chunk& chunk, const std::string& file, MailboxSink& sink, ExoSummary& summary);

 private:
  class Export;
  std::unique_ptr<Export> export_;
};

}  // namespace trueup
