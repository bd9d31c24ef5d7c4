// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/exo.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <span>

#include "tools/tenant/json.h"
#include "tools/tenant/maker.h"

namespace trueup::tenant {

namespace {

// Which of the two exports a file is; without quirks one file is both.
enum class Part : std::uint8_t { kWhole, kProperties, kFlag };

// A one-value list comes as a bare string, and an empty one as null, where an export went through a
// pipeline.
void append_list(JsonObject& mailbox, std::string_view property,
                 std::span<const std::string_view> values, bool odd) {
  if (odd && values.empty()) {
    mailbox.literal(property, "null");
  } else if (odd && values.size() == 1) {
    mailbox.text(property, values.front());
  } else {
    mailbox.texts(property, values);
  }
}

void append_flag(JsonObject& mailbox, std::string_view property, bool value, bool odd) {
  if (odd) {
    mailbox.text(property, value ? "True" : "False");
  } else {
    mailbox.boolean(property, value);
  }
}

void append_type(JsonObject& mailbox, MailboxType type, bool odd) {
  if (odd) {
    mailbox.number("RecipientTypeDetails", exo_type_number(type));
  } else {
    mailbox.text("RecipientTypeDetails", exo_type_name(type));
  }
}

class ExoRecordWriter {
 public:
  ExoRecordWriter(const TenantShape& shape, const FeedOptions& options, Part part,
                  const JsonStyle& style)
      : shape_(shape), quirks_(options.quirks), part_(part), style_(style) {}

  void append(std::string& out, const Mailbox& m) const {
    RandomStream random(shape_.seed, m.index, Purpose::kExoShape);
    const bool odd = quirks_ && random.chance(300);
    const bool minimum_set =
        random.chance(120);  // Get-EXOMailbox's sets have no WindowsEmailAddress
    JsonObject mailbox(out, style_);
    mailbox.guid("ExternalDirectoryObjectId", m.cloud_id);
    mailbox.guid("Guid", m.exchange_guid);
    mailbox.text("UserPrincipalName", m.user_principal_name);
    if (part_ != Part::kFlag) {
      append_properties(mailbox, m, minimum_set, odd);
    }
    if (part_ != Part::kProperties) {
      append_type(mailbox, m.cloud_type, odd);
      append_flag(mailbox, "IsExchangeCloudManaged", m.cloud_managed, odd);
      append_flag(mailbox, "IsDirSynced", m.synced(), odd);
    }
    mailbox.close();
  }

 private:
  void append_properties(JsonObject& mailbox, const Mailbox& m, bool minimum_set, bool odd) const {
    mailbox.text("Alias", m.alias);
    mailbox.text("DisplayName", m.display_name);
    mailbox.text("PrimarySmtpAddress", m.cloud.mail);
    if (!minimum_set) {
      mailbox.text("WindowsEmailAddress", m.cloud.mail);
    }
    append_list(mailbox, "EmailAddresses", m.cloud.addresses, odd);
    if (part_ == Part::kProperties) {
      append_type(mailbox, m.ad_type, odd);  // older than what the second file says, which wins
    }
    append_flag(mailbox, "HiddenFromAddressListsEnabled", !m.is_person, odd);
    for (std::size_t i = 0; i < m.cloud.extension.size(); ++i) {
      const std::string_view value = m.cloud.extension[i];
      const std::string_view property = kCustomAttributes[i];
      if (value.empty() && (m.null_mask >> i & 1) != 0) {
        mailbox.literal(property, "null");
      } else {
        mailbox.text(property, value);
      }
    }
    for (std::size_t i = 0; i < m.cloud.custom.size(); ++i) {
      append_list(mailbox, kExtensionCustomAttributes[i], m.cloud.custom[i],
                  odd && m.cloud.custom[i].size() != 1);
    }
  }

  static constexpr std::string_view kCustomAttributes[] = {
      "CustomAttribute1",  "CustomAttribute2",  "CustomAttribute3",  "CustomAttribute4",
      "CustomAttribute5",  "CustomAttribute6",  "CustomAttribute7",  "CustomAttribute8",
      "CustomAttribute9",  "CustomAttribute10", "CustomAttribute11", "CustomAttribute12",
      "CustomAttribute13", "CustomAttribute14", "CustomAttribute15",
  };
  static constexpr std::string_view kExtensionCustomAttributes[] = {
      "ExtensionCustomAttribute1", "ExtensionCustomAttribute2", "ExtensionCustomAttribute3",
      "ExtensionCustomAttribute4", "ExtensionCustomAttribute5",
  };

  const TenantShape& shape_;
  bool quirks_;
  Part part_;
  JsonStyle style_;
};

// One export file. Returns the number of mailboxes in it.
FeedCount write_export(const TenantShape& shape, const FeedOptions& options,
                       const std::filesystem::path& path, ExoFormat format, Part part) {
  const bool utf16 = part == Part::kProperties;
  const std::string_view newline = utf16 ? "\r\n" : "\n";
  JsonStyle style;
  if (utf16 && format != ExoFormat::kJsonl) {
    style.gap = "\r\n    ";
  }
  std::string separator(format == ExoFormat::kJsonl ? "" : ",");
  separator.append(newline);
  std::string head(format == ExoFormat::kArray   ? "["
                   : format == ExoFormat::kValue ? "{\"value\":["
                                                 : "");
  ChunkedFile file(path, options.compression, utf16 ? Encoding::kUtf16 : Encoding::kUtf8,
                   separator);
  file.write_head(head);

  FeedCount count{1, 0, head.size()};
  std::mutex mutex;
  const std::uint64_t blocks = (shape.mailboxes + kBlockSize - 1) / kBlockSize;
  write_chunks(file, blocks, options.threads, [&](unsigned) {
    auto maker = std::make_shared<MailboxMaker>(shape);
    return [&, maker, writer = ExoRecordWriter(shape, options, part, style)](std::uint64_t block,
                                                                             std::string& text) {
      const std::uint64_t first = block * kBlockSize;
      const std::uint64_t size = std::min(kBlockSize, shape.mailboxes - first);
      const Shuffle shuffle(size, RandomStream(shape.seed, block, Purpose::kExoShape).next());
      std::uint64_t records = 0;
      for (std::uint64_t i = 0; i < size; ++i) {
        const Mailbox& m = maker->make(first + shuffle.at(i));
        if (m.in_exo()) {
          text.append(records == 0 ? std::string_view() : std::string_view(separator));
          writer.append(text, m);
          ++records;
        }
      }
      const std::lock_guard lock(mutex);
      count.records += records;
      count.bytes += text.size();
    };
  });

  std::string tail(newline);
  if (format == ExoFormat::kArray) {
    tail.append("]").append(newline);
  } else if (format == ExoFormat::kValue) {
    tail.append("],\"Count\":").append(Decimal(count.records)).append("}").append(newline);
  }
  file.write_tail_and_close(tail);
  return count;
}

}  // namespace

FeedCount write_exo_feed(const TenantShape& shape, const FeedOptions& options, ExoFormat format) {
  std::string ending(format == ExoFormat::kJsonl ? ".jsonl" : ".json");
  ending.append(compressed_ending(options.compression));
  if (!options.quirks) {
    return write_export(shape, options, options.folder / ("exo" + ending), format, Part::kWhole);
  }
  std::filesystem::create_directories(options.folder / "exo");
  const FeedCount properties = write_export(
      shape, options, options.folder / "exo" / ("exo-1" + ending), format, Part::kProperties);
  const FeedCount flag = write_export(shape, options, options.folder / "exo" / ("exo-2" + ending),
                                      format, Part::kFlag);
  return {2, properties.records, properties.bytes + flag.bytes};
}

}  // namespace trueup::tenant
