// SPDX-License-Identifier: Apache-2.0
// What the Graph and the Exchange reader share: the way from a chunk to its documents, lists and
// records, past bad records, and the filling of a Mailbox. One a thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/files/input_file.h"
#include "io/json/json_cursor.h"
#include "io/mailbox_sink.h"
#include "snapshots/model/errors.h"

namespace trueup {

/// What the users of a page carried, null included.
struct CarriedProperties {
  std::uint64_t users = 0;               // @removed ones apart
  AttributeSet attributes{};             // that any of them carried
  AttributeSet by_all = kAllAttributes;  // that each of them carried
  bool sync_enabled = false;
  bool anchor = false;

  void add(const CarriedProperties& other) {
    users += other.users;
    attributes = attributes | other.attributes;
    if (other.users > 0) by_all = by_all & other.by_all;
    sync_enabled |= other.sync_enabled;
    anchor |= other.anchor;
  }
};

/// What is known of a list (a page, an array of mailboxes) whose chunks were parsed apart, and
/// what has to be the same for it as for one that was parsed as a whole.
struct ListPart {
  std::string file;
  std::uint64_t begin = 0;  // of the document, or of the chunk where the document began before
  std::uint64_t end = 0;
  bool opens = false;
  bool closes = false;
  std::uint64_t records = 0;  // elements, defects included
  std::optional<std::uint64_t> announced{};
  bool has_next_link = false;
  bool has_delta_link = false;
  bool has_selection = false;
  CarriedProperties carried{};  // by its records
  bool is_answer = false;       // {"value": [...]}, not a bare array
  std::uint64_t total = 0;      // @odata.count: of all pages together; 0: not told
  std::string warning{};        // of the service that answered, the first one
};
/// Adds `part` to `parts`, joined with its neighbours; returns the list if it is whole now.
std::optional<ListPart> join(std::vector<ListPart>& parts, ListPart part);

/// Finds the documents, the lists and the records in a chunk. Base of both readers.
class JsonRecords {
 public:
  virtual ~JsonRecords() = default;

 protected:
  enum class Clue { kNone, kList, kRecord };

  /// Throws InputError where the text is no JSON, is cut off, or holds neither lists nor records.
  void walk(const Chunk& chunk, const std::string& file, MailboxSink& sink);
  [[noreturn]] void refuse(std::uint64_t offset, const std::string& what) const {
    throw InputError(*file_ + ", byte " + std::to_string(offset) + ": " + what);
  }
  const std::string& file() const { return *file_; }

  /// Notes that the record speaks for `attribute`. Throws JsonDefect if it did already.
  void supply(Attribute attribute) {
    if (mailbox_.supplied.contains(attribute)) {
      throw JsonDefect{"two properties for " + std::string(traits(attribute).name)};
    }
    mailbox_.supplied.add(attribute);
  }
  /// Adds a value unless it is empty. Throws JsonDefect if the store could not keep it.
  void add(Attribute attribute, std::string_view value) {
    if (value.empty()) return;
    if (value.size() > kLongestValue) {
      throw JsonDefect{"a value of 16 MiB or more for " + std::string(traits(attribute).name)};
    }
    mailbox_.values.push_back({attribute, value});
  }
  /// A string, "" for null.
  std::string_view text_or_null(const char* property) {
    if (json_.peek() == '"') return json_.string();
    if (json_.take_null()) return {};
    throw JsonDefect{std::string(property) + " is neither a string nor null"};
  }
  /// `address` without white space around it and behind the colon of its type.
  std::string_view trimmed_address(std::string_view address);
  /// Hands mailbox_ to the sink. Throws JsonDefect if the store could not keep it.
  void deliver(std::uint64_t offset) {
    if (mailbox_.id.size() > kLongestName || mailbox_.name.size() > kLongestName) {
      throw JsonDefect{"an id or a name of 64 KiB or more"};
    }
    sink_->on_mailbox(mailbox_, offset);
  }

  JsonCursor json_;
  Mailbox mailbox_;
  MailboxSink* sink_ = nullptr;

 private:
  static constexpr std::size_t kLongestName = (std::size_t{64} << 10) - 1;
  static constexpr std::size_t kLongestValue = (std::size_t{16} << 20) - 1;

  /// What it is that a top-level object with this key holds.
  virtual Clue clue(std::string_view key) const = 0;
  virtual bool is_list(std::string_view key) const = 0;
  virtual bool takes_arrays() const = 0;
  /// What the file should have been, and the remedy.
  virtual std::string expected() const = 0;
  /// Takes the object that stands next. A JsonDefect that it throws is one for the sink.
  virtual void on_record(bool in_list) = 0;
  /// A key beside the list; takes or skips its value.
  virtual void on_list_key(std::string_view key, std::uint64_t offset, ListPart& part) = 0;
  virtual void on_list(ListPart part) = 0;

  void document();
  Clue top_level_clue();
  bool list_fields(ListPart& part, bool had_list);
  bool elements(ListPart& part);
  void skip_bad_element(JsonCursor::Mark start, const JsonDefect& defect);
  void record(bool in_list);
  void lines(JsonCursor::Mark start, bool first);
  void on_list_end(ListPart& part, bool closed) {
    part.closes = closed;
    part.end = closed ? json_.offset() : end_;
    on_list(std::move(part));
  }

  const std::string* file_ = nullptr;
  std::uint64_t end_ = 0;       // of the chunk
  bool at_file_start_ = false;  // no document yet
  bool goes_on_ = false;        // in the next chunk
  bool single_line_ = false;    // what json_ has open is one line of newline-delimited records
};

}  // namespace trueup
