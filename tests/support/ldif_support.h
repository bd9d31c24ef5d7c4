// SPDX-License-Identifier: Apache-2.0
// What the LDIF tests share: a chunk made from a string, a sink that keeps what it gets, and
// libldap's own LDIF parser as the oracle.
#pragma once

#include <ldap.h>
#include <ldif.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/files/input_file.h"
#include "io/ldif/ldif_reader.h"
#include "io/mailbox_sink.h"
#include "tests/support/ldif_record.h"

namespace trueup {

/// A chunk that is a whole file, in memory of its exact size so that a sanitizer sees every step
/// past the padding.
inline Chunk chunk_of(std::string_view text, bool first = true, bool last = true) {
  std::shared_ptr<char[]> bytes(new char[text.size() + kChunkPadding]());
  text.copy(bytes.get(), text.size());
  Chunk chunk;
  chunk.text = {bytes.get(), text.size()};
  chunk.first = first;
  chunk.last = last;
  chunk.owner = std::move(bytes);
  return chunk;
}

struct KeptMailbox {
  std::string name;
  std::uint64_t offset = 0;
  bool has_anchor = false;
  Anchor anchor, object_guid;
  std::uint32_t flags = 0;
  AttributeSet supplied;
  std::vector<std::pair<Attribute, std::string>> values;

  bool has(MailboxFlag flag) const { return (flags & flag) != 0; }
  std::vector<std::string> all(Attribute attribute) const {
    std::vector<std::string> found;
    for (const auto& [a, value] : values) {
      if (a == attribute) found.push_back(value);
    }
    return found;
  }
  friend bool operator==(const KeptMailbox&, const KeptMailbox&) = default;
};

inline KeptMailbox kept(const Mailbox& m, std::uint64_t offset) {
  KeptMailbox k{std::string(m.name), offset,  m.has_anchor, m.anchor,
                m.object_guid,       m.flags, m.supplied,   {}};
  for (const AttributeValue& v : m.values) k.values.emplace_back(v.attribute, v.bytes);
  return k;
}

struct KeepingSink : MailboxSink {
  std::vector<KeptMailbox> mailboxes;
  std::vector<std::pair<std::uint64_t, std::string>> defects;

  void on_mailbox(const Mailbox& m, std::uint64_t offset) override {
    mailboxes.push_back(kept(m, offset));
  }
  void on_defect(std::uint64_t offset, std::string reason) override {
    defects.emplace_back(offset, std::move(reason));
  }
};

struct ParsedLdif : KeepingSink {
  LdifSummary summary;
};

inline ParsedLdif parse_ad_ldif(std::string_view text) {
  ParsedLdif parsed;
  AdLdifReader().parse(chunk_of(text), "test.ldif", parsed, parsed.summary);
  return parsed;
}

/// One record as (attribute description, value) pairs, the dn: line included. "-" is ("-", "").
using FlatRecord = std::vector<std::pair<std::string, std::string>>;

/// What libldap makes of `text`, version lines left out. Throws where libldap sees an error.
inline std::vector<FlatRecord> libldap_records(std::string text) {
  std::vector<FlatRecord> records;
  if (text.empty()) return records;
  LDIFFP* const file = ldif_open_mem(text.data(), text.size(), "r");
  unsigned long line_number = 0;
  char* buffer = nullptr;
  int size = 0;
  while (ldif_read_record(file, &line_number, &buffer, &size) > 0) {
    FlatRecord record;
    char* next = buffer;
    while (char* const line = ldif_getline(&next)) {
      if (*line == '\n' || *line == '\0') break;
      if (std::string_view(line) == "-") {
        record.emplace_back("-", "");
        continue;
      }
      berval type, value;
      int owned = 0;
      if (ldif_parse_line2(line, &type, &value, &owned) != 0) {
        throw std::runtime_error(std::string("libldap does not take the line ") + line);
      }
      if (std::string_view(type.bv_val, type.bv_len) == "version") continue;
      record.emplace_back(std::string(type.bv_val, type.bv_len),
                          std::string(value.bv_val, value.bv_len));
      if (owned != 0) ber_memfree(value.bv_val);
    }
    if (!record.empty()) records.push_back(std::move(record));
  }
  ber_memfree(buffer);
  ldif_close(file);
  return records;
}

inline std::string operation_name(LdifModification::Operation op) {
  switch (op) {
    case LdifModification::Operation::kAdd: return "add";
    case LdifModification::Operation::kDelete: return "delete";
    case LdifModification::Operation::kReplace: return "replace";
  }
  return "";
}

inline std::string change_name(ChangeType change) {
  switch (change) {
    case ChangeType::kAdd: return "add";
    case ChangeType::kDelete: return "delete";
    case ChangeType::kModify: return "modify";
    case ChangeType::kModifyDn: return "modrdn";
    case ChangeType::kNone: break;
  }
  return "";
}

/// A record of ours in the oracle's form.
inline FlatRecord flat(const LdifRecord& record) {
  FlatRecord out;
  const auto add_line = [&out](const LdifLine& line) {
    out.emplace_back(std::string(line.name) + std::string(line.options), std::string(line.value));
  };
  if (record.has_dn) out.emplace_back("dn", record.dn);
  for (const std::string_view control : record.controls) out.emplace_back("control", control);
  if (record.change != ChangeType::kNone) {
    out.emplace_back("changetype", change_name(record.change));
  }
  if (record.change != ChangeType::kModify) {
    for (const LdifLine& line : record.lines) add_line(line);
    return out;
  }
  for (const LdifModification& m : record.modifications) {
    out.emplace_back(operation_name(m.operation), m.attribute);
    for (std::size_t i = 0; i < m.count; ++i) add_line(record.lines[m.first + i]);
    out.emplace_back("-", "");
  }
  return out;
}

/// What LdifRecordReader makes of `text`. Throws where it sees a defect.
inline std::vector<FlatRecord> our_records(std::string_view text) {
  std::vector<FlatRecord> records;
  LdifRecordReader reader(text);
  LdifRecord record;
  std::string reason;
  while (true) {
    const LdifRecordReader::Result result = reader.next(record, reason);
    if (result == LdifRecordReader::Result::kEnd) return records;
    if (result == LdifRecordReader::Result::kDefect) throw std::runtime_error(reason);
    records.push_back(flat(record));
  }
}

}  // namespace trueup
