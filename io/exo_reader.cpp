// SPDX-License-Identifier: Apache-2.0
#include "io/exo_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "io/bytes/time_text.h"
#include "io/exo_property.h"
#include "io/recipient_type.h"
#include "snapshots/errors.h"

namespace trueup {
namespace {

void check_list(const ListPart& list) {
  if (!list.announced || *list.announced == list.records) return;
  throw InputError(list.file + ", byte " + std::to_string(list.begin) + ": the list announces " +
                   std::to_string(*list.announced) + " mailboxes and holds " +
                   std::to_string(list.records) + "; the file is cut off or damaged, export again");
}

}  // namespace

void merge(ExoSummary& into, const ExoSummary& from) {
  into.all_records += from.all_records;
  into.records += from.records;
  into.records_without_id += from.records_without_id;
  into.untranslated_types += from.untranslated_types;
  into.managed_flag_seen |= from.managed_flag_seen;
  into.supplied = into.supplied | from.supplied;
  for (const ListPart& part : from.open_lists) {
    if (const auto list = join(into.open_lists, part)) check_list(*list);
  }
}

class ExoReader::Export : public JsonRecords {
 public:
  void parse(const Chunk& chunk, const std::string& file, MailboxSink& sink, ExoSummary& summary) {
    summary_ = &summary;
    walk(chunk, file, sink);
  }

 private:
  Clue clue(std::string_view key) const override {
    if (is_list(key) || key == "error") return Clue::kList;
    return match_exo_property(key).property == ExoProperty::kNone ? Clue::kNone : Clue::kRecord;
  }
  bool is_list(std::string_view key) const override { return same_name(key, "value"); }
  bool takes_arrays() const override { return true; }
  std::string expected() const override {
    return "mailboxes as Get-EXOMailbox ... | ConvertTo-Json writes them were expected";
  }
  void on_record(bool in_list) override;
  void on_list_key(std::string_view key, std::uint64_t offset, ListPart& part) override;
  void on_list(ListPart part) override;

  void field(std::string_view key);
  void take_id();
  void take_type();
  void take_time();
  void finish_type();
  std::optional<bool> boolean(const char* property);
  std::string_view address_text(const char* property);
  void addresses();
  std::string_view proxy_address();
  void extension_values(Attribute attribute);
  template <typename TakeOne>
  bool values(TakeOne take_one);
  std::uint64_t number();
  [[noreturn]] void refuse_flattened(std::uint64_t offset, const char* property,
                                     std::string_view text) const;

  ExoSummary* summary_ = nullptr;
  std::string_view type_;
  std::string_view windows_address_;
  std::string_view primary_address_;
};

void ExoReader::Export::on_record(bool) {
  ++summary_->all_records;
  mailbox_.clear();
  mailbox_.flags = kFromExo;
  type_ = windows_address_ = primary_address_ = {};
  const std::uint64_t offset = json_.offset();
  json_.object([this](std::string_view key) { field(key); });
  finish_type();
  if (mailbox_.id.empty()) {
    if (mailbox_.has(kUntranslatedType)) {
      ++summary_->records_without_id;
      return;
    }
    throw JsonDefect{"a mailbox without ExternalDirectoryObjectId; export this property too"};
  }
  add(Attribute::kMail, windows_address_.empty() ? primary_address_ : windows_address_);
  deliver(offset);
  ++summary_->records;
  if (mailbox_.has(kUntranslatedType)) ++summary_->untranslated_types;
  summary_->managed_flag_seen |= mailbox_.has(kCloudManagedSupplied);
  summary_->supplied = summary_->supplied | mailbox_.supplied;
}

void ExoReader::Export::field(std::string_view key) {
  const ExoMatch found = match_exo_property(key);
  switch (found.property) {
    case ExoProperty::kNone: return json_.skip();
    case ExoProperty::kId: return take_id();
    case ExoProperty::kName: mailbox_.name = text_or_null("UserPrincipalName"); return;
    case ExoProperty::kManaged:
      if (const auto managed = boolean("IsExchangeCloudManaged")) {
        mailbox_.flags |= kCloudManagedSupplied | (*managed ? kCloudManaged : 0U);
      }
      return;
    case ExoProperty::kAddresses: return addresses();
    case ExoProperty::kWindowsAddress:
      mailbox_.supplied.add(Attribute::kMail);
      windows_address_ = trimmed_address(address_text("WindowsEmailAddress"));
      return;
    case ExoProperty::kPrimaryAddress:
      mailbox_.supplied.add(Attribute::kMail);
      primary_address_ = trimmed_address(address_text("PrimarySmtpAddress"));
      return;
    case ExoProperty::kCustom:
      supply(extension_attribute(found.number));
      return add(extension_attribute(found.number), text_or_null("a CustomAttribute"));
    case ExoProperty::kExtension: return extension_values(extension_custom_attribute(found.number));
    case ExoProperty::kType: return take_type();
    case ExoProperty::kHidden:
      supply(Attribute::kHideFromAddressLists);
      if (boolean("HiddenFromAddressListsEnabled").value_or(false)) {
        add(Attribute::kHideFromAddressLists, "TRUE");
      }
      return;
    case ExoProperty::kAlias:
      supply(Attribute::kMailNickname);
      return add(Attribute::kMailNickname, text_or_null("Alias"));
    case ExoProperty::kChanged: return take_time();
  }
}

void ExoReader::Export::take_id() {
  if (!mailbox_.id.empty()) throw JsonDefect{"a mailbox with two ids"};
  const std::string_view id = text_or_null("ExternalDirectoryObjectId");
  mailbox_.id = id;
  if (std::none_of(id.begin(), id.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) return;
  char* const lower = json_.room(id.size());  // Graph's spelling
  std::transform(id.begin(), id.end(), lower,
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  mailbox_.id = {lower, id.size()};
}

// A name, a number, or what a remote session makes of it: {"value": 1, "Value": "UserMailbox"}.
void ExoReader::Export::take_type() {
  if (json_.peek() == '"') {
    type_ = json_.string();
  } else if (json_.peek() == '{') {
    json_.object([this](std::string_view key) {
      if (!same_name(key, "value")) return json_.skip();
      type_ = json_.peek() == '"' ? json_.string() : json_.scalar();
    });
  } else if (const std::string_view number = json_.scalar(); number != "null") {
    type_ = number;
  }
}

// A text, or what Windows PowerShell makes of a date: {"value": "/Date(...)/", "DateTime": ...}.
// A time that cannot be read is not told: it protects, and is no part of the mailbox.
void ExoReader::Export::take_time() {
  const auto take_text = [this] {
    if (json_.peek() == '"') {
      mailbox_.changed_at = seconds_of_json_time(json_.string());
    } else {
      json_.skip();
    }
  };
  if (json_.peek() != '{') return take_text();
  json_.object([&](std::string_view key) {
    if (same_name(key, "value")) return take_text();
    json_.skip();
  });
}

void ExoReader::Export::finish_type() {
  if (type_.empty()) return;
  if (const auto remote = remote_type(type_)) {
    supply(Attribute::kRecipientTypeDetails);
    add(Attribute::kRecipientTypeDetails, remote->type_details);
    supply(Attribute::kRecipientDisplayType);
    add(Attribute::kRecipientDisplayType, remote->display_type);
  } else {
    mailbox_.flags |= kUntranslatedType;
  }
}

std::optional<bool> ExoReader::Export::boolean(const char* property) {
  const std::string_view text = json_.peek() == '"' ? json_.string() : json_.scalar();
  if (same_name(text, "true")) return true;
  if (same_name(text, "false")) return false;
  if (text.empty() || text == "null") return std::nullopt;
  throw JsonDefect{std::string(property) + " is neither true nor false"};
}

// An SmtpAddress: a string, or an object with its parts.
std::string_view ExoReader::Export::address_text(const char* property) {
  if (json_.peek() != '{') return text_or_null(property);
  std::string_view address, local, domain;
  json_.object([&](std::string_view key) {
    if (same_name(key, "Address")) {
      address = text_or_null(property);
    } else if (same_name(key, "Local")) {
      local = text_or_null(property);
    } else if (same_name(key, "Domain")) {
      domain = text_or_null(property);
    } else {
      json_.skip();
    }
  });
  if (!address.empty() || (local.empty() && domain.empty())) return address;
  char* const out = json_.room(local.size() + 1 + domain.size());
  *std::copy(local.begin(), local.end(), out) = '@';
  std::copy(domain.begin(), domain.end(), out + local.size() + 1);
  return {out, local.size() + 1 + domain.size()};
}

void ExoReader::Export::addresses() {
  supply(Attribute::kProxyAddresses);
  const std::uint64_t offset = json_.offset();
  std::size_t count = 0;
  std::string_view text;
  auto take_one = [&] {
    text = json_.peek() == '{' ? proxy_address() : text_or_null("a value of EmailAddresses");
    if (is_list_type_name(text)) refuse_flattened(offset, "EmailAddresses", text);
    add(Attribute::kProxyAddresses, trimmed_address(text));
    ++count;
  };
  if (!values(take_one)) {
    if (json_.peek() != '{') throw JsonDefect{"EmailAddresses is no list of addresses"};
    take_one();
  }
  if (count == 1 && is_joined_addresses(text)) refuse_flattened(offset, "EmailAddresses", text);
}

// A ProxyAddress. Its type is upper-case for the primary address of that type.
std::string_view ExoReader::Export::proxy_address() {
  std::string_view whole, address, type;
  std::optional<bool> primary;
  json_.object([&](std::string_view key) {
    if (same_name(key, "ProxyAddressString")) {
      whole = text_or_null("ProxyAddressString");
    } else if (same_name(key, "AddressString")) {
      address = text_or_null("AddressString");
    } else if (same_name(key, "PrefixString")) {
      type = text_or_null("PrefixString");
    } else if (same_name(key, "IsPrimaryAddress")) {
      primary = boolean("IsPrimaryAddress");
    } else {
      json_.skip();
    }
  });
  if (!whole.empty()) return whole;
  if (address.empty() || type.empty()) {
    throw JsonDefect{"an object without ProxyAddressString in EmailAddresses"};
  }
  char* const out = json_.room(type.size() + 1 + address.size());
  char* const colon = std::transform(type.begin(), type.end(), out, [primary](char c) {
    const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
    return primary && (*primary ? lower : upper) ? static_cast<char>(c ^ 0x20) : c;
  });
  *colon = ':';
  std::copy(address.begin(), address.end(), colon + 1);
  return {out, type.size() + 1 + address.size()};
}

void ExoReader::Export::extension_values(Attribute attribute) {
  supply(attribute);
  const std::uint64_t offset = json_.offset();
  const bool is_list = values([&] {
    const std::string_view text = text_or_null("a value of ExtensionCustomAttribute");
    if (is_list_type_name(text)) refuse_flattened(offset, "ExtensionCustomAttribute", text);
    add(attribute, text);
  });
  if (!is_list) throw JsonDefect{"ExtensionCustomAttribute is no list of strings"};
}

// Calls take_one() for each value: of an array, of {"value": [...], "Count": n}, for a single
// string; not at all for null. False if it is nothing of these.
template <typename TakeOne>
bool ExoReader::Export::values(TakeOne take_one) {
  if (json_.peek() == '"') {
    take_one();
    return true;
  }
  if (json_.peek() == '[') {
    json_.array(take_one);
    return true;
  }
  if (json_.peek() != '{') return json_.scalar() == "null";
  const JsonCursor::Mark start = json_.mark();
  bool wrapped = false;
  json_.object([&](std::string_view key) {
    wrapped |= json_.peek() == '[' && same_name(key, "value");
    json_.skip();
  });
  json_.seek(start);
  if (!wrapped) return false;
  std::uint64_t count = 0, announced = 0;
  bool counted = false;
  json_.object([&](std::string_view key) {
    if (json_.peek() == '[' && same_name(key, "value")) {
      json_.array([&] {
        take_one();
        ++count;
      });
    } else if (same_name(key, "Count")) {
      counted = true;
      announced = number();
    } else {
      json_.skip();
    }
  });
  if (counted && announced != count) throw JsonDefect{"a list with a Count that is not its own"};
  return true;
}

std::uint64_t ExoReader::Export::number() {
  const std::string_view text = json_.peek() == '"' ? json_.string() : json_.scalar();
  std::uint64_t n = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), n);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) {
    throw JsonDefect{"a Count that is no number"};
  }
  return n;
}

void ExoReader::Export::refuse_flattened(std::uint64_t offset, const char* property,
                                         std::string_view text) const {
  constexpr std::size_t kShown = 80;
  refuse(offset, std::string(property) + " holds \"" + std::string(text.substr(0, kShown)) +
                     (text.size() > kShown ? "...\"" : "\"") +
                     ", a list that was flattened to text, so its values are lost; export again "
                     "with ConvertTo-Json -Depth 4, not with Export-Csv or -join");
}

void ExoReader::Export::on_list_key(std::string_view key, std::uint64_t offset, ListPart& part) {
  if (key == "error") {
    const JsonCursor::Mark start = json_.mark();
    json_.skip();
    const std::string_view text = json_.since(start);
    refuse(offset, "an error and no export: " + std::string(text.substr(0, 300)) +
                       "; mend what it says and export again");
  }
  if (same_name(key, "Count")) {
    part.announced = number();
  } else {
    json_.skip();
  }
}

void ExoReader::Export::on_list(ListPart part) {
  if (part.opens && part.closes) return check_list(part);
  if (const auto list = join(summary_->open_lists, std::move(part))) check_list(*list);
}

ExoReader::ExoReader() : export_(std::make_unique<Export>()) {}
ExoReader::~ExoReader() = default;

void ExoReader::parse(const Chunk& chunk, const std::string& file, MailboxSink& sink,
                      ExoSummary& summary) {
  export_->parse(chunk, file, sink, summary);
}

}  // namespace trueup
