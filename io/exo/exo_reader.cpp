// SPDX-License-Identifier: Apache-2.0
#include "io/exo/exo_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "io/bytes/time_text.h"
#include "io/exo/exo_property.h"
#include "io/exo/recipient_type.h"
#include "io/json/flattened_list.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

void check_list(const ListPart& list, ExoSummary& summary) {
  summary.list_ends.push_back({.file = list.file,
                               .end = list.end,
                               .has_next_link = list.has_next_link,
                               .is_answer = list.is_answer,
                               .supplied = list.carried.attributes,
                               .tells_flag = list.carried.anchor,
                               .records = list.records,
                               .total = list.total});
  if (!list.warning.empty()) summary.warnings.emplace_back(list.file, list.warning);
  if (!list.announced || *list.announced == list.records) return;
  throw InputError(list.file + ", byte " + std::to_string(list.begin) + ": the list announces " +
                   std::to_string(*list.announced) + " mailboxes and holds " +
                   std::to_string(list.records) + "; the file is cut off or damaged, export again");
}

/// A name such as "CN=anna,OU=Soft Deleted Objects,OU=contoso...", or "Soft Deleted Objects\anna".
bool is_place_of_the_deleted(std::string_view name) {
  return name.starts_with("Soft Deleted Objects\\") ||
         name.find(",OU=Soft Deleted Objects,") != std::string_view::npos ||
         name.find("/Soft Deleted Objects/") != std::string_view::npos;
}

/// "@odata.nextLink" however tools that save an answer spell it: without what is no letter, folded.
std::string bare_name(std::string_view key) {
  std::string name;
  for (const char c : key) {
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') name += static_cast<char>(c | 0x20);
  }
  return name;
}

bool is_next_link(std::string_view bare) {
  return bare == "odatanextlink" || bare == "nextlink" || bare == "next";
}

std::string_view without_blanks(std::string_view id) {
  constexpr std::string_view kBlanks = " \t\r\n";
  while (!id.empty() && kBlanks.find(id.front()) != id.npos) id.remove_prefix(1);
  while (!id.empty() && kBlanks.find(id.back()) != id.npos) id.remove_suffix(1);
  return id;
}

}  // namespace

namespace {

/// Whether `page` may be what the link of the list before it leads to: an answer without properties
/// of its own. An export of others is another one, though it is given behind the first.
bool goes_on_in(const ExoSummary::ListEnd& list, const ExoSummary::ListEnd& page) {
  return page.is_answer && (page.supplied - list.supplied).empty() &&
         (list.tells_flag || !page.tells_flag);
}

void refuse_missing(const ExoSummary::ListEnd& list, const std::string& what) {
  throw InputError(list.file + ", byte " + std::to_string(list.end) + ": " + what);
}

}  // namespace

void refuse_missing_pages(const ExoSummary& all, const std::vector<std::string>& files) {
  for (const auto& [file, warning] : all.warnings) {
    // The name of the parameter stands in it in every language.
    if (warning.find("ResultSize") == warning.npos) continue;
    throw InputError(file + ": mailboxes are missing, Exchange says: " + warning +
                     " Export again with -ResultSize Unlimited");
  }
  std::vector<ExoSummary::ListEnd> lists = all.list_ends;
  const auto place = [&](const ExoSummary::ListEnd& list) {
    return std::pair(std::ranges::find(files, list.file) - files.begin(), list.end);
  };
  std::ranges::sort(lists, {}, place);
  std::uint64_t total = 0, records = 0;  // of the answer, over its pages
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const ExoSummary::ListEnd& list = lists[i];
    total = std::max(total, list.total);
    records += list.records;
    if (list.has_next_link) {
      if (i + 1 < lists.size() && goes_on_in(list, lists[i + 1])) continue;
      refuse_missing(list,
                     "the last answer of an export has an @odata.nextLink, so mailboxes are "
                     "missing; fetch that page and those behind it, and give all of them in order");
    }
    if (total > records) {
      refuse_missing(list, "the answer announces " + std::to_string(total) +
                               " mailboxes (@odata.count) and has " + std::to_string(records) +
                               ", so mailboxes are missing; give all of its pages");
    }
    total = records = 0;
  }
}

void merge(ExoSummary& into, const ExoSummary& from) {
  into.all_records += from.all_records;
  into.records += from.records;
  into.records_without_id += from.records_without_id;
  into.soft_deleted += from.soft_deleted;
  into.untranslated_types += from.untranslated_types;
  into.managed_flag_seen |= from.managed_flag_seen;
  into.supplied = into.supplied | from.supplied;
  into.warnings.insert(into.warnings.end(), from.warnings.begin(), from.warnings.end());
  into.list_ends.insert(into.list_ends.end(), from.list_ends.begin(), from.list_ends.end());
  for (const ListPart& part : from.open_lists) {
    if (const auto list = join(into.open_lists, part)) check_list(*list, into);
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
    if (is_list(key) || same_name(key, "error")) return Clue::kList;
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
  void take_next_link(ListPart& part);
  void take_warnings(ListPart& part);

  void field(std::string_view key);
  void take_id();
  void take_type();
  void take_time();
  void take_soft_deletion(ExoProperty property);
  bool is_soft_deleted() const { return soft_deleted_.value_or(deleted_at_) || deleted_place_; }
  void finish_type();
  std::optional<bool> boolean(const char* property);
  std::string_view address_text(const char* property);
  std::string_view single_text(const char* property);
  void addresses();
  std::string_view proxy_address();
  void extension_values(int number);
  template <typename TakeOne>
  bool values(TakeOne take_one);
  std::uint64_t number();
  [[noreturn]] void refuse_flattened(std::uint64_t offset, std::string_view property,
                                     std::string_view text) const {
    refuse(offset, flattened(property, text));
  }

  ExoSummary* summary_ = nullptr;
  CarriedProperties carried_;  // by the records of the list that is read
  std::string id_text_;
  std::string_view type_;
  std::string_view windows_address_;
  std::string_view primary_address_;
  std::optional<bool> soft_deleted_;  // by a property that says so; nothing: by none
  bool deleted_at_ = false;           // a time is told, which a restored mailbox may keep
  bool deleted_place_ = false;
};

void ExoReader::Export::on_record(bool) {
  ++summary_->all_records;
  mailbox_.clear();
  mailbox_.flags = kFromExo;
  type_ = windows_address_ = primary_address_ = {};
  soft_deleted_.reset();
  deleted_at_ = deleted_place_ = false;
  const std::uint64_t offset = json_.offset();
  json_.object([this](std::string_view key) { field(key); });
  if (is_soft_deleted()) {
    ++summary_->soft_deleted;
    return;
  }
  finish_type();
  if (mailbox_.id.empty()) {
    if (mailbox_.has(kUntranslatedType)) {
      ++summary_->records_without_id;
      return;
    }
    throw JsonDefect{
        "a mailbox without a value of ExternalDirectoryObjectId; export this property "
        "too, and IsInactiveMailbox if inactive mailboxes are in the export"};
  }
  add(Attribute::kMail, windows_address_.empty() ? primary_address_ : windows_address_);
  deliver(offset);
  ++summary_->records;
  if (mailbox_.has(kUntranslatedType)) ++summary_->untranslated_types;
  carried_.add(
      {.users = 1, .attributes = mailbox_.supplied, .anchor = mailbox_.has(kCloudManagedSupplied)});
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
      return add(extension_attribute(found.number), single_text("a CustomAttribute"));
    case ExoProperty::kExtension: return extension_values(found.number);
    case ExoProperty::kType: return take_type();
    case ExoProperty::kHidden:
      supply(Attribute::kHideFromAddressLists);
      if (boolean("HiddenFromAddressListsEnabled").value_or(false)) {
        add(Attribute::kHideFromAddressLists, "TRUE");
      }
      return;
    case ExoProperty::kAlias:
      supply(Attribute::kMailNickname);
      return add(Attribute::kMailNickname, single_text("Alias"));
    case ExoProperty::kChanged: return take_time();
    case ExoProperty::kSoftDeleted:
    case ExoProperty::kSoftDeletedAt:
    case ExoProperty::kPlace: return take_soft_deletion(found.property);
  }
}

void ExoReader::Export::take_id() {
  if (!mailbox_.id.empty()) throw JsonDefect{"a mailbox with two ids"};
  const std::string_view id = without_blanks(text_or_null("ExternalDirectoryObjectId"));
  mailbox_.id = id;
  constexpr std::size_t kDashed = 36;
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (id.empty() || (id.size() == kDashed && std::none_of(id.begin(), id.end(), upper))) return;
  id_text_.clear();
  append_object_id(id, id_text_);  // in Graph's spelling
  char* const copy = json_.room(id_text_.size());
  mailbox_.id = {copy, id_text_.copy(copy, id_text_.size())};
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

// Whatever its type; one that cannot be read says nothing.
void ExoReader::Export::take_soft_deletion(ExoProperty property) {
  const char first = json_.peek();
  if (first == '[' || first == '{') {  // a date as Windows PowerShell writes it
    deleted_at_ |= property == ExoProperty::kSoftDeletedAt;
    return json_.skip();
  }
  const std::string_view text = first == '"' ? json_.string() : json_.scalar();
  switch (property) {
    case ExoProperty::kSoftDeletedAt:
      deleted_at_ = !text.empty() && text != "null" && !text.starts_with("0001-");
      break;
    case ExoProperty::kPlace: deleted_place_ |= is_place_of_the_deleted(text); break;
    default:
      if (text.empty() || text == "null") break;
      if (same_name(text, "true") || text == "1") {
        soft_deleted_ = true;
      } else if (same_name(text, "false") || text == "0") {
        soft_deleted_ = soft_deleted_.value_or(false);
      } else {
        throw JsonDefect{"a flag of deleted mailboxes is neither true nor false"};
      }
  }
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
  if (json_.peek() == '{') {  // what a remote session makes of it: {"value": 1, "Value": "True"}
    std::optional<bool> told;
    json_.object([&](std::string_view key) {
      if (!same_name(key, "value")) return json_.skip();
      if (json_.peek() != '{') told = boolean(property);
    });
    return told;
  }
  const std::string_view text = json_.peek() == '"' ? json_.string() : json_.scalar();
  if (same_name(text, "true") || text == "1") return true;
  if (same_name(text, "false") || text == "0") return false;
  if (text.empty() || text == "null") return std::nullopt;
  throw JsonDefect{std::string(property) + " is neither true nor false"};
}

// What a list or an object became has no value that could be written.
std::string_view ExoReader::Export::single_text(const char* property) {
  const std::string_view text = text_or_null(property);
  if (is_list_type_name(text)) throw JsonDefect{flattened(property, text)};
  return text;
}

// An SmtpAddress: a string, or an object with its parts.
std::string_view ExoReader::Export::address_text(const char* property) {
  if (json_.peek() != '{') {
    const std::uint64_t offset = json_.offset();
    const std::string_view text = text_or_null(property);
    if (is_list_type_name(text)) refuse_flattened(offset, property, text);
    return text;
  }
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
  auto take_one = [&] {
    const std::string_view text =
        json_.peek() == '{' ? proxy_address() : text_or_null("a value of EmailAddresses");
    const bool list_as_text = text.starts_with('{') || text.starts_with('[');
    if (list_as_text || is_list_type_name(text) ||
        (may_be_joined(text) && is_joined_addresses(text))) {
      refuse_flattened(offset, "EmailAddresses", text);
    }
    add(Attribute::kProxyAddresses, trimmed_address(text));
  };
  if (!values(take_one)) {
    if (json_.peek() != '{') throw JsonDefect{"EmailAddresses is no list of addresses"};
    take_one();
  }
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

// A text with something in it is not taken for a list of one value: a list of several, cut at
// -Depth, looks the same.
void ExoReader::Export::extension_values(int number) {
  const Attribute attribute = extension_custom_attribute(number);
  supply(attribute);
  const std::uint64_t offset = json_.offset();
  const bool is_text = json_.peek() == '"';
  const bool is_list = values([&] {
    const std::string_view text = text_or_null("a value of ExtensionCustomAttribute");
    if ((is_text && !text.empty()) || is_list_type_name(text)) {
      refuse_flattened(offset, "ExtensionCustomAttribute" + std::to_string(number), text);
    }
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

void ExoReader::Export::on_list_key(std::string_view key, std::uint64_t offset, ListPart& part) {
  if (same_name(key, "error")) {
    const JsonCursor::Mark start = json_.mark();
    json_.skip();
    const std::string_view text = json_.since(start);
    refuse(offset, "an error and no export: " + std::string(text.substr(0, 300)) +
                       "; mend what it says and export again");
  }
  const std::string name = bare_name(key);
  if (same_name(key, "Count")) {
    part.announced = number();
  } else if (is_next_link(name)) {
    take_next_link(part);
  } else if (name == "odatacount" && json_.peek() != 'n') {  // null
    part.total = number();
  } else if (name == "adminapiwarnings") {
    take_warnings(part);
  } else {
    json_.skip();
  }
}

/// A text, or whatever a tool has put it into: empty is none.
void ExoReader::Export::take_next_link(ListPart& part) {
  if (json_.peek() == '"') {
    part.has_next_link |= !json_.string().empty();
    return;
  }
  const JsonCursor::Mark start = json_.mark();
  json_.skip();
  part.has_next_link |= json_.since(start).find("http") != std::string_view::npos;
}

// A list of texts, one text, or objects with texts in them.
void ExoReader::Export::take_warnings(ListPart& part) {
  const auto take_one = [&] {
    const bool is_text = json_.peek() == '"';
    const JsonCursor::Mark start = json_.mark();
    std::string_view text;
    if (is_text) {
      text = json_.string();
    } else {
      json_.skip();
      text = json_.since(start);
      if (text.find('"') == text.npos) return;  // null
    }
    if (part.warning.empty() || text.find("ResultSize") != text.npos) part.warning = text;
  };
  if (json_.peek() == '[') return json_.array(take_one);
  take_one();
}

void ExoReader::Export::on_list(ListPart part) {
  part.carried = std::exchange(carried_, {});
  if (part.opens && part.closes) return check_list(part, *summary_);
  if (const auto list = join(summary_->open_lists, std::move(part))) check_list(*list, *summary_);
}

ExoReader::ExoReader() : export_(std::make_unique<Export>()) {}
ExoReader::~ExoReader() = default;

void ExoReader::parse(const Chunk& chunk, const std::string& file, MailboxSink& sink,
                      ExoSummary& summary) {
  export_->parse(chunk, file, sink, summary);
}

}  // namespace trueup
