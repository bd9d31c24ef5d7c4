// SPDX-License-Identifier: Apache-2.0
#include "io/graph/graph_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/json/flattened_list.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

/// What both merge() and a reader check of a page that is whole.
void check_page(const ListPart& page, GraphSummary& summary) {
  if (page.has_next_link && page.has_delta_link) {
    throw InputError(page.file + ", byte " + std::to_string(page.begin) +
                     ": a page with both a nextLink and a deltaLink, which Graph never sends; "
                     "fetch the dump again");
  }
  ++summary.pages;
  if (page.has_selection) return;
  ++summary.pages_without_context;
  if (page.carried.users == 0) return;
  summary.unlisted_pages.push_back({page.file, page.begin, page.end, page.carried});
}

void take_selection(GraphSummary& into, const std::string& selected, const std::string& file) {
  if (selected.empty()) return;
  if (into.selected.empty()) {
    into.selected = selected;
    into.selected_file = file;
  } else if (into.selected != selected &&
             sorted_properties(into.selected) != sorted_properties(selected)) {
    throw InputError("the pages select different properties: " + into.selected_file + " has (" +
                     into.selected + "), " + file + " has (" + selected +
                     "); give the pages of one dump only");
  }
}

void take_last_link(GraphSummary& into, const std::string& file, std::uint64_t offset) {
  if (file.empty() || (file == into.last_link_file && offset < into.last_link_offset)) return;
  into.last_link_file = file;
  into.last_link_offset = offset;
}

/// The number behind "extensionAttribute", 0 if there is none from 1 to 15.
int extension_number(std::string_view key) {
  constexpr std::string_view kPrefix = "extensionAttribute";
  if (key.size() <= kPrefix.size() || key.size() > kPrefix.size() + 2) return 0;
  if (std::memcmp(key.data(), kPrefix.data(), kPrefix.size()) != 0) return 0;
  int n = 0;
  for (char c : key.substr(kPrefix.size())) n = c >= '0' && c <= '9' ? n * 10 + (c - '0') : 100;
  return key[kPrefix.size()] != '0' && n <= 15 ? n : 0;
}

/// The attributes that a property of `$select` brings.
AttributeSet attributes_of_property(std::string_view name) {
  if (name == "mail") return {Attribute::kMail};
  if (name == "proxyAddresses") return {Attribute::kProxyAddresses};
  if (name == "mailNickname") return {Attribute::kMailNickname};
  if (name == "onPremisesExtensionAttributes") return kExtensionAttributes;
  return {};
}

/// Calls visit(name) for the properties of a list such as "id,mail,manager(id,mail)".
template <typename Visit>
void for_each_selected(std::string_view list, Visit visit) {
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '(') ++depth;
    if (i < list.size() && list[i] == ')') --depth;
    if (i < list.size() && (list[i] != ',' || depth > 0)) continue;
    std::string_view name = list.substr(begin, i - begin);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    name = name.substr(0, name.find_first_of("(/ "));
    visit(name);
    begin = i + 1;
  }
}

}  // namespace

std::string sorted_properties(const std::string& list) {
  std::vector<std::string> names;
  for_each_selected(list, [&](std::string_view name) { names.emplace_back(name); });
  std::sort(names.begin(), names.end());
  std::string sorted;
  for (const std::string& name : names) sorted += (sorted.empty() ? "" : ",") + name;
  return sorted;
}

void merge(GraphSummary& into, const GraphSummary& from) {
  take_selection(into, from.selected, from.selected_file);  // may throw: before anything is added
  into.users += from.users;
  into.removed += from.removed;
  into.pages += from.pages;
  into.bare_users += from.bare_users;
  into.next_links += from.next_links;
  if (!from.next_link.empty()) into.next_link = from.next_link;
  into.delta_links += from.delta_links;
  if (from.delta_links != 0 && (into.delta_link_file != from.delta_link_file ||
                                into.delta_link_offset < from.delta_link_offset)) {
    into.delta_link = from.delta_link;
    into.delta_link_file = from.delta_link_file;
    into.delta_link_offset = from.delta_link_offset;
  }
  take_last_link(into, from.last_link_file, from.last_link_offset);
  into.selected_attributes = into.selected_attributes | from.selected_attributes;
  into.selected_sync_enabled |= from.selected_sync_enabled;
  into.pages_without_context += from.pages_without_context;
  into.carried_attributes = into.carried_attributes | from.carried_attributes;
  into.carried_sync_enabled |= from.carried_sync_enabled;
  into.carried_by_bare_users.add(from.carried_by_bare_users);
  into.unlisted_pages.insert(into.unlisted_pages.end(), from.unlisted_pages.begin(),
                             from.unlisted_pages.end());
  into.anchor_carried |= from.anchor_carried;
  if (into.bad_anchor.empty()) {
    into.bad_anchor = from.bad_anchor;
    into.bad_anchor_user = from.bad_anchor_user;
  }
  for (const ListPart& part : from.open_pages) {
    if (const auto page = join(into.open_pages, part)) check_page(*page, into);
  }
}

class GraphReader::Pages : public JsonRecords {
 public:
  explicit Pages(GraphRecords records) : partial_(records == GraphRecords::kChanges) {}

  void parse(const Chunk& chunk, const std::string& file, MailboxSink& sink,
             GraphSummary& summary) {
    summary_ = &summary;
    carried_ = {};
    walk(chunk, file, sink);
  }

 private:
  Clue clue(std::string_view key) const override;
  bool is_list(std::string_view key) const override { return key == "value"; }
  bool takes_arrays() const override { return false; }
  std::string expected() const override {
    return "a Graph response body with \"value\", or one user a line, was expected";
  }
  void on_record(bool in_list) override;
  void on_list_key(std::string_view key, std::uint64_t offset, ListPart& part) override;
  void on_list(ListPart part) override;

  bool field(std::string_view key);
  void anchor(std::string_view immutable_id);
  void add_to_summary(const CarriedProperties& carried);
  void sync_enabled();
  void addresses();
  void extension_attributes();
  bool context(std::uint64_t offset);
  [[noreturn]] void error_body(std::uint64_t offset);

  const bool partial_;
  GraphSummary* summary_ = nullptr;
  CarriedProperties carried_;    // by the records of the page that is read
  bool anchor_carried_ = false;  // by the record that is read
  std::string_view bad_anchor_;  // of it
};

JsonRecords::Clue GraphReader::Pages::clue(std::string_view key) const {
  if (key == "value" || key == "error" || key == "@odata.nextLink" || key == "@odata.deltaLink") {
    return Clue::kList;
  }
  if (key == "id" || key == "@removed" || key == "userPrincipalName" ||
      key.starts_with("onPremises") || !attributes_of_property(key).empty()) {
    return Clue::kRecord;
  }
  return Clue::kNone;
}

void GraphReader::Pages::on_record(bool in_list) {
  mailbox_.clear();
  mailbox_.flags = partial_ ? kFromGraph | kDelta : std::uint32_t{kFromGraph};
  anchor_carried_ = false;
  const std::uint64_t offset = json_.offset();
  bool tells = false;
  json_.object([&](std::string_view key) {
    if (!in_list && key == "@odata.context") {
      context(json_.offset());
    } else {
      tells |= field(key);
    }
  });
  if (!tells && !partial_) mailbox_.flags |= kIdOnly;
  if (tells && !partial_ && !anchor_carried_) mailbox_.flags |= kAnchorNotTold;
  if (mailbox_.id.empty()) throw JsonDefect{"a user without an id"};
  if (mailbox_.has(kRemoved)) {  // carries an id only; whatever else stands there is not current
    const std::string_view id = mailbox_.id;
    mailbox_.clear();
    mailbox_.id = id;
    mailbox_.flags = kFromGraph | kRemoved;
  }
  deliver(offset);
  ++(mailbox_.has(kRemoved) ? summary_->removed : summary_->users);
  if (mailbox_.has(kBadAnchor) && summary_->bad_anchor.empty()) {
    summary_->bad_anchor = bad_anchor_;
    summary_->bad_anchor_user = mailbox_.name.empty() ? mailbox_.id : mailbox_.name;
  }
  const CarriedProperties carried{.users = mailbox_.has(kRemoved) ? 0U : 1U,
                                  .attributes = mailbox_.supplied,
                                  .by_all = tells ? mailbox_.supplied : kAllAttributes,
                                  .sync_enabled = mailbox_.has(kSyncEnabledSupplied),
                                  .anchor = anchor_carried_};
  if (in_list) return carried_.add(carried);
  ++summary_->bare_users;
  summary_->carried_by_bare_users.add(carried);
  add_to_summary(carried);
}

void GraphReader::Pages::add_to_summary(const CarriedProperties& carried) {
  summary_->carried_attributes = summary_->carried_attributes | carried.attributes;
  summary_->carried_sync_enabled |= carried.sync_enabled;
  summary_->anchor_carried |= carried.anchor;
}

/// Whether it is a property of the user that trueup has use for, null included.
bool GraphReader::Pages::field(std::string_view key) {
  switch (key.size()) {
    case 2:
      if (key == "id") {
        if (json_.peek() != '"') throw JsonDefect{"an id that is no string"};
        if (!mailbox_.id.empty()) throw JsonDefect{"a user with two ids"};
        mailbox_.id = json_.string();
        return false;
      }
      break;
    case 4:
      if (key == "mail") {
        supply(Attribute::kMail);
        add(Attribute::kMail, trimmed_address(text_or_null("mail")));
        return true;
      }
      break;
    case 8:
      if (key == "@removed") mailbox_.flags |= kRemoved;
      break;
    case 12:
      if (key == "mailNickname") {
        supply(Attribute::kMailNickname);
        add(Attribute::kMailNickname, text_or_null("mailNickname"));
        return true;
      }
      break;
    case 14:
      if (key == "proxyAddresses") {
        addresses();
        return true;
      }
      break;
    case 17:
      if (key == "userPrincipalName") {
        mailbox_.name = text_or_null("userPrincipalName");
        return true;
      }
      break;
    case 21:
      if (key == "onPremisesImmutableId") {
        anchor(text_or_null("onPremisesImmutableId"));
        return true;
      }
      if (key == "onPremisesSyncEnabled") {
        sync_enabled();
        return true;
      }
      break;
    case 29:
      if (key == "onPremisesExtensionAttributes") {
        extension_attributes();
        return true;
      }
      break;
    default: break;
  }
  json_.skip();
  return false;
}

void GraphReader::Pages::anchor(std::string_view immutable_id) {
  if (partial_) mailbox_.flags |= kAnchorSupplied;
  anchor_carried_ = true;
  if (immutable_id.empty()) return;
  if (const auto anchor = anchor_from_base64(immutable_id)) {
    mailbox_.anchor = *anchor;
    mailbox_.has_anchor = true;
  } else {
    mailbox_.flags |= kBadAnchor;
    bad_anchor_ = immutable_id;
  }
}

void GraphReader::Pages::sync_enabled() {
  const std::string_view value = json_.peek() == '"' ? "" : json_.scalar();
  if (value != "true" && value != "false" && value != "null") {
    throw JsonDefect{"onPremisesSyncEnabled is neither true, false nor null"};
  }
  mailbox_.flags |= kSyncEnabledSupplied;
  if (value == "true") mailbox_.flags |= kSyncEnabled;
}

void GraphReader::Pages::addresses() {
  supply(Attribute::kProxyAddresses);
  const std::uint64_t offset = json_.offset();
  if (json_.peek() == '"') {  // of pages that went through PowerShell
    if (const std::string_view text = json_.string(); !text.empty()) {
      refuse(offset, flattened("proxyAddresses", text));
    }
    return;
  }
  if (json_.peek() != '[') {
    if (json_.peek() != '{' && json_.scalar() == "null") return;
    throw JsonDefect{"proxyAddresses is no array"};
  }
  json_.array([&] {
    const std::string_view text = text_or_null("a value of proxyAddresses");
    if (may_be_joined(text) && is_joined_addresses(text)) {
      refuse(offset, flattened("proxyAddresses", text));
    }
    add(Attribute::kProxyAddresses, trimmed_address(text));
  });
}

void GraphReader::Pages::extension_attributes() {
  const std::uint64_t offset = json_.offset();
  if (json_.peek() == '"') {
    const std::string_view text = json_.string();
    refuse(offset, flattened("onPremisesExtensionAttributes", text));
  }
  if (json_.peek() != '{') {
    if (json_.peek() == '[' || json_.scalar() != "null") {
      throw JsonDefect{"onPremisesExtensionAttributes is no object"};
    }
    mailbox_.supplied = mailbox_.supplied | kExtensionAttributes;
    return;
  }
  json_.object([this](std::string_view key) {
    const int n = extension_number(key);
    if (n == 0) return json_.skip();
    supply(extension_attribute(n));
    add(extension_attribute(n), text_or_null("an extensionAttribute"));
  });
}

void GraphReader::Pages::on_list_key(std::string_view key, std::uint64_t offset, ListPart& part) {
  if (key == "error") error_body(offset);
  const bool next = key == "@odata.nextLink";
  if (key == "@odata.context") {
    part.has_selection |= context(offset);
  } else if (next || key == "@odata.deltaLink") {
    const std::string_view link = text_or_null("a link");
    if (link.empty()) return;
    (next ? part.has_next_link : part.has_delta_link) = true;
    ++(next ? summary_->next_links : summary_->delta_links);
    take_last_link(*summary_, file(), offset);
    if (next) {
      summary_->next_link = link;
    } else {
      summary_->delta_link = link;
      summary_->delta_link_file = file();
      summary_->delta_link_offset = offset;
    }
  } else {
    json_.skip();
  }
}

void GraphReader::Pages::on_list(ListPart part) {
  add_to_summary(carried_);
  part.carried = std::exchange(carried_, {});
  if (part.opens && part.closes) return check_page(part, *summary_);
  if (const auto page = join(summary_->open_pages, std::move(part))) check_page(*page, *summary_);
}

// Such as "https://graph.microsoft.com/v1.0/$metadata#users(id,mail)/$delta". True if there is a
// property list.
bool GraphReader::Pages::context(std::uint64_t offset) {
  std::string_view text = text_or_null("@odata.context");
  const std::size_t hash = text.find('#');
  if (hash == text.npos) return false;
  text.remove_prefix(hash + 1);
  const std::string_view entities = text.substr(0, text.find_first_of("(/"));
  if (entities != "users") {
    // Other ways to ask for users give other names, but these are surely none.
    for (std::string_view other : {"groups", "contacts", "orgContacts", "devices"}) {
      if (entities == other) {
        refuse(offset, "a dump of " + std::string(other) + ", not of users; give the users dump");
      }
    }
    return false;
  }
  text.remove_prefix(entities.size());
  if (!text.starts_with('(') || text.rfind(')') == text.npos) return false;
  const std::string selected(text.substr(1, text.rfind(')') - 1));
  take_selection(*summary_, selected, file());
  for_each_selected(selected, [this](std::string_view property) {
    summary_->selected_attributes =
        summary_->selected_attributes | attributes_of_property(property);
    summary_->selected_sync_enabled |= property == "onPremisesSyncEnabled";
  });
  return !selected.empty();
}

// {"error": {"code", "message", "innerError": {...}}}: what Graph sends instead of a page.
void GraphReader::Pages::error_body(std::uint64_t offset) {
  std::string code, message;
  if (json_.peek() == '"') {
    code = json_.string();
  } else {
    json_.object([&](std::string_view key) {
      if (json_.peek() == '"' && (key == "code" || key == "message")) {
        (key == "code" ? code : message) = json_.string();
      } else {
        json_.skip();
      }
    });
  }
  refuse(offset, "Graph answered with an error and no page: " + code +
                     (code.empty() || message.empty() ? "" : ": ") + message +
                     "; mend what it says and fetch the dump again (an expired or unknown delta "
                     "token needs a full one)");
}

GraphReader::GraphReader(GraphRecords records) : pages_(std::make_unique<Pages>(records)) {}
GraphReader::~GraphReader() = default;

void GraphReader::parse(const Chunk& chunk, const std::string& file, MailboxSink& sink,
                        GraphSummary& summary) {
  pages_->parse(chunk, file, sink, summary);
}

}  // namespace trueup
