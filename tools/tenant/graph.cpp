// SPDX-License-Identifier: Apache-2.0
#include "tools/tenant/graph.h"

#include <algorithm>
#include <atomic>
#include <span>

#include "tools/tenant/names.h"
#include "tools/tenant/random.h"

namespace trueup::tenant {

namespace {

constexpr std::string_view kService = "https://graph.microsoft.com/v1.0/";
// With quirks, one empty page follows each so many.
constexpr std::uint64_t kPagesPerEmptyPage = 25;

void append_extensions(JsonObject& user, std::string& out, const Mailbox& m,
                       const GraphRecordStyle& style) {
  const auto& values = m.cloud.extension;
  const bool none =
      std::all_of(values.begin(), values.end(), [](std::string_view v) { return v.empty(); });
  if (none && m.null_mask == 0 && !style.stale) {
    return;  // never set
  }
  user.name("onPremisesExtensionAttributes");
  JsonObject extensions(out, style.json);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (style.stale && i == 2) {
      extensions.text(extension_name(i), "an older value");
    } else if (!values[i].empty()) {
      extensions.text(extension_name(i), values[i]);
    } else if ((m.null_mask >> i & 1) != 0) {
      extensions.literal(extension_name(i), "null");
    }
  }
  extensions.close();
}

void append_removed(std::string& out, const Guid& id, std::string_view reason) {
  out.append("{\"id\":\"");
  append_guid(out, id);
  out.append("\",\"@removed\":{\"reason\":\"").append(reason).append("\"}}");
}

// One page after the other, by one thread.
class PageWriter {
 public:
  PageWriter(const TenantShape& shape, const FeedOptions& options, std::uint32_t page_size,
             std::uint64_t pages)
      : shape_(shape), options_(options), page_size_(page_size), pages_(pages), maker_(shape) {}

  // `page` counts the pages with users, from 0.
  void write(std::uint64_t page) {
    const std::uint64_t before = options_.quirks ? page / kPagesPerEmptyPage : 0;
    const bool empty_follows = options_.quirks && (page + 1) % kPagesPerEmptyPage == 0;
    const bool last = page + 1 == pages_;
    begin_page();
    append_users(page);
    end_page(page + before, last && !empty_follows);
    if (empty_follows) {
      begin_page();
      end_page(page + before + 1, last);
    }
  }

  [[nodiscard]] const FeedCount& count() const noexcept { return count_; }

 private:
  void begin_page() {
    text_.clear();
    first_ = true;
    text_.append("{\"@odata.context\":\"")
        .append(kService)
        .append("$metadata#users(")
        .append(kGraphProperties);
    text_.append(")\",\"value\":[");
  }

  void end_page(std::uint64_t file_number, bool last) {
    text_.append("],\"")
        .append(last ? "@odata.deltaLink" : "@odata.nextLink")
        .append("\":\"")
        .append(kService);
    text_.append("users/delta?").append(last ? "$deltatoken=" : "$skiptoken=");
    RandomStream random(shape_.seed, file_number, Purpose::kToken);
    for (int i = 0; i < 3; ++i) {
      append_hex(text_, draw_guid(random));
    }
    text_.append("\"}");
    std::string name = "page-";
    append_padded(name, file_number + 1, 6);
    name.append(".json").append(compressed_ending(options_.compression));
    const std::filesystem::path path = options_.folder / "graph" / name;
    if (options_.compression == Compression::kNone) {
      write_file(path, text_);
    } else {
      write_file(path, compressed(text_, options_.compression));
    }
    ++count_.files;
    count_.bytes += text_.size();
  }

  std::string& begin_record() {
    if (!first_) {
      text_.push_back(',');
    }
    first_ = false;
    return text_;
  }

  void append_users(std::uint64_t page) {
    const std::uint64_t begin = page * page_size_;
    const std::uint64_t end = std::min(begin + page_size_, shape_.mailboxes);
    GraphRecordStyle style;
    if (options_.quirks) {
      style.json.ascii_only = page % 3 == 1;
      style.json.gap = page % 4 == 2 ? "\r\n  " : page % 4 == 3 ? "\t " : "";
      append_echoes(begin);
    }
    for (std::uint64_t i = begin; i < end; ++i) {
      const Mailbox& m = maker_.make(i);
      if (m.in_cloud()) {
        append_graph_user(begin_record(), shape_, m, style);
        ++count_.records;
      } else if (options_.quirks && m.population == Population::kAdUser) {
        append_gone_user(m, end == shape_.mailboxes, style);
      }
    }
    if (options_.quirks) {
      append_early_versions(end, style);
    }
  }

  // A user that was deleted while the dump was being read: a record, and @removed later.
  void append_gone_user(const Mailbox& m, bool last_page, const GraphRecordStyle& style) {
    append_graph_user(begin_record(), shape_, m, style);
    if (last_page) {
      append_removed(begin_record(), m.cloud_id, "deleted");
    }
  }

  // What refers back to the page before: the removals, and a user sent twice.
  void append_echoes(std::uint64_t begin) {
    for (std::uint64_t i = begin - std::min<std::uint64_t>(begin, page_size_); i < begin; ++i) {
      if (standing_of(shape_, i).population == Population::kAdUser) {
        append_removed(begin_record(), maker_.make(i).cloud_id, i % 2 == 0 ? "changed" : "deleted");
      } else if (i % 97 == 5 && maker_.make(i).in_cloud()) {
        append_graph_user(begin_record(), shape_, maker_.make(i));
      }
    }
    RandomStream random(shape_.seed, begin, Purpose::kGraphShape);
    append_removed(begin_record(), draw_guid(random), "deleted");  // never seen
  }

  // Older states of users of the next page; some of them were deleted, and are restored there.
  void append_early_versions(std::uint64_t end, GraphRecordStyle style) {
    style.stale = true;
    for (std::uint64_t i = end; i < std::min(end + page_size_, shape_.mailboxes); ++i) {
      if (i % 53 != 7) {
        continue;
      }
      const Mailbox& m = maker_.make(i);
      if (m.in_cloud()) {
        append_graph_user(begin_record(), shape_, m, style);
        if (i % 4 == 0) {
          append_removed(begin_record(), m.cloud_id, "changed");
        }
      }
    }
  }

  const TenantShape& shape_;
  const FeedOptions& options_;
  std::uint32_t page_size_;
  std::uint64_t pages_;
  MailboxMaker maker_;
  std::string text_;
  bool first_ = true;
  FeedCount count_;
};

}  // namespace

void append_graph_user(std::string& out, const TenantShape& shape, const Mailbox& m,
                       const GraphRecordStyle& style) {
  RandomStream random(shape.seed, m.index, Purpose::kGraphShape);
  const bool null_when_never_set = random.chance(300);
  JsonObject user(out, style.json);
  user.guid("id", m.cloud_id);
  user.boolean("accountEnabled", m.is_person);
  user.text("displayName", m.display_name);
  user.text("userPrincipalName", m.user_principal_name);
  user.text("userType", "Member");
  user.text("mail", m.cloud.mail);
  user.text("mailNickname", m.alias);
  // An older state lacks the newest address.
  user.texts("proxyAddresses",
             std::span(m.cloud.addresses).first(m.cloud.addresses.size() - (style.stale ? 1 : 0)));
  if (m.population != Population::kCloudOnly) {
    user.base64("onPremisesImmutableId", m.anchor);
    user.boolean("onPremisesSyncEnabled", true);
    user.text("onPremisesDistinguishedName", m.distinguished_name);
    user.text("onPremisesDomainName", kDnsDomain);
    user.text("onPremisesSamAccountName", m.account_name);
    user.text("onPremisesUserPrincipalName", m.user_principal_name);
  } else if (null_when_never_set) {
    user.literal("onPremisesImmutableId", "null");
    user.literal("onPremisesSyncEnabled", "null");
    user.literal("onPremisesDistinguishedName", "null");
  }
  append_extensions(user, out, m, style);
  user.close();
}

FeedCount write_graph_feed(const TenantShape& shape, const FeedOptions& options,
                           std::uint32_t page_size) {
  const std::uint64_t pages = (shape.mailboxes + page_size - 1) / page_size;
  std::filesystem::create_directories(options.folder / "graph");
  // Neighbouring pages go to one thread: a block of drift is planned when it is entered.
  const std::uint64_t stretch = std::max<std::uint64_t>(1, kBlockSize / page_size);
  std::atomic<std::uint64_t> next{0};
  std::vector<FeedCount> counts(options.threads);
  run_threads(options.threads, [&](unsigned thread) {
    PageWriter writer(shape, options, page_size, pages);
    for (std::uint64_t page = next.fetch_add(stretch); page < pages;
         page = next.fetch_add(stretch)) {
      for (std::uint64_t i = page; i < std::min(page + stretch, pages); ++i) {
        writer.write(i);
      }
    }
    counts[thread] = writer.count();
  });
  FeedCount total;
  for (const FeedCount& count : counts) {
    total.files += count.files;
    total.records += count.records;
    total.bytes += count.bytes;
  }
  return total;
}

}  // namespace trueup::tenant
