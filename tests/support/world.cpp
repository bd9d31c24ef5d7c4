// SPDX-License-Identifier: Apache-2.0
#include "tests/support/world.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace trueup::world {
namespace {

using nlohmann::json;

json json_of(const Property& property, bool list) {
  if (!property) return nullptr;
  if (list) return *property;
  return property->empty() ? json("") : json(property->front());
}

json json_of(const GraphUser& user) {
  json out = {{"id", user.id}};
  if (user.removed) {
    out["@removed"] = {{"reason", "deleted"}};
    return out;
  }
  out["userPrincipalName"] = user.upn;
  if (!user.immutable_id.empty()) out["onPremisesImmutableId"] = user.immutable_id;
  if (user.sync_enabled) out["onPremisesSyncEnabled"] = *user.sync_enabled;
  for (const auto& [name, property] : user.properties) {
    if (name.starts_with("extensionAttribute")) {
      out["onPremisesExtensionAttributes"][name] = json_of(property, false);
    } else {
      out[name] = json_of(property, name == "proxyAddresses");
    }
  }
  return out;
}

json json_of(const ExoMailbox& mailbox) {
  json out = {{"ExternalDirectoryObjectId", mailbox.id}};
  if (mailbox.managed) out["IsExchangeCloudManaged"] = *mailbox.managed;
  for (const auto& [name, property] : mailbox.properties) {
    const bool list = name == "EmailAddresses" || name.starts_with("ExtensionCustomAttribute");
    out[name] = json_of(property, list);
  }
  return out;
}

bool plain(std::string_view value) {
  if (value.empty()) return true;
  if (value.front() == ' ' || value.front() == ':' || value.front() == '<') return false;
  if (value.back() == ' ') return false;
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 32 && c < 127; });
}

void append_line(std::string_view name, std::string_view value, std::string_view eol,
                 std::string& out) {
  out.append(name).append(plain(value) ? ": " : ":: ");
  out.append(plain(value) ? std::string(value) : base64_of(value)).append(eol);
}

// [first, last) of part `i` of `parts` of a list of `size`.
std::pair<std::size_t, std::size_t> part_of(std::size_t size, std::size_t i, std::size_t parts) {
  return {size * i / parts, size * (i + 1) / parts};
}

template <typename T>
T& last_with_id(std::vector<T>& list, const std::string& id) {
  const auto it = std::find_if(list.rbegin(), list.rend(), [&](const T& t) { return t.id == id; });
  if (it == list.rend()) throw std::logic_error("no record with id " + id);
  return *it;
}

std::string graph_page(const World& world, std::size_t first, std::size_t last, bool is_last,
                       bool delta_link) {
  json page;
  if (!world.selected.empty()) {
    page["@odata.context"] =
        "https://graph.microsoft.com/v1.0/$metadata#users(" + world.selected + ")/$delta";
  }
  if (!is_last) {
    page["@odata.nextLink"] =
        "https://graph.microsoft.com/v1.0/users/delta?$skiptoken=" + std::to_string(last);
  } else if (delta_link) {
    page["@odata.deltaLink"] = "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=t";
  }
  page["value"] = json::array();
  for (std::size_t i = first; i < last; ++i) page["value"].push_back(json_of(world.graph[i]));
  return page.dump();
}

void write_graph(const World& world, const TempFolder& folder, const std::string& at,
                 const Layout& layout) {
  std::string lines;
  std::size_t first = 0;
  for (int page = 1;; ++page) {
    const std::size_t last = std::min(world.graph.size(), first + layout.users_a_page);
    const bool is_last = last == world.graph.size();
    const std::string text = graph_page(world, first, last, is_last, layout.delta_link);
    if (layout.pages_in_one_file) {
      lines += text + "\n";
    } else {
      folder.write(at + "/page-" + std::to_string(page) + ".json", text);
    }
    if (is_last) break;
    first = last;
  }
  if (layout.pages_in_one_file) folder.write(at + "/pages.jsonl", lines);
}

void write_exo(const World& world, const TempFolder& folder, const std::string& at,
               const Layout& layout) {
  for (std::size_t i = 0; i < layout.exo_files; ++i) {
    const auto [first, last] = part_of(world.exo.size(), i, layout.exo_files);
    json list = json::array();
    std::string lines;
    for (std::size_t k = first; k < last; ++k) {
      list.push_back(json_of(world.exo[k]));
      lines += list.back().dump() + "\n";
    }
    if (layout.exo_lines && first == last) continue;
    const std::string name = at + "/mailboxes-" + std::to_string(i + 1);
    folder.write(name + (layout.exo_lines ? ".jsonl" : ".json"),
                 layout.exo_lines ? lines : list.dump(1));
  }
}

}  // namespace

std::string guid_octets(unsigned n) {
  std::string octets(16, '\x11');
  octets[0] = static_cast<char>((n * 37) & 0xFF);
  octets[1] = static_cast<char>(n & 0xFF);
  octets[2] = static_cast<char>((n >> 8) & 0xFF);
  return octets;
}

std::string base64_of(std::string_view octets) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    unsigned bits = 0;
    const std::size_t n = std::min<std::size_t>(3, octets.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < n ? static_cast<unsigned char>(octets[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= n ? kDigits[(bits >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

std::string id_of(unsigned n) {
  const std::string digits = std::to_string(n);
  return "00000000-0000-0000-0000-" + std::string(12 - digits.size(), '0') + digits;
}

void add_user(World& world, unsigned n, const std::string& primary) {
  const std::string octets = guid_octets(n);
  world.graph.push_back(
      {id_of(n), "u" + std::to_string(n) + "@x", base64_of(octets), false, true, {}});
  world.exo.push_back({id_of(n), true, {{"RecipientTypeDetails", Values{"UserMailbox"}}}});
  AdObject object;
  object.dn = "CN=u" + std::to_string(n) + ",OU=people,DC=corp";
  object.object_guid = octets;
  object.attributes["msExchRecipientTypeDetails"] = {"2147483648"};
  object.attributes["msExchRecipientDisplayType"] = {"-2147483642"};
  world.ad.push_back(object);
  set_cloud_addresses(world, n, {"SMTP:" + primary});
  set_ad_addresses(world, n, {"SMTP:" + primary});
}

GraphUser& graph_user(World& world, unsigned n) { return last_with_id(world.graph, id_of(n)); }
ExoMailbox& exo_mailbox(World& world, unsigned n) { return last_with_id(world.exo, id_of(n)); }

AdObject& ad_user(World& world, unsigned n) {
  const std::string octets = guid_octets(n);
  for (AdObject& object : world.ad) {
    if (object.object_guid == octets) return object;
  }
  throw std::logic_error("no AD user " + std::to_string(n));
}

namespace {

Values primary_of(const Values& proxies) {
  for (const std::string& p : proxies) {
    if (p.starts_with("SMTP:")) return {p.substr(5)};
  }
  return {};
}

}  // namespace

void set_cloud_addresses(World& world, unsigned n, const Values& proxies) {
  const Values mail = primary_of(proxies);
  GraphUser& user = graph_user(world, n);
  user.properties["proxyAddresses"] = proxies;
  user.properties["mail"] = mail.empty() ? Property() : Property(mail);
  ExoMailbox& mailbox = exo_mailbox(world, n);
  mailbox.properties["EmailAddresses"] = proxies;
  mailbox.properties["WindowsEmailAddress"] = mail;
}

void set_ad_addresses(World& world, unsigned n, const Values& proxies) {
  AdObject& object = ad_user(world, n);
  object.attributes["proxyAddresses"] = proxies;
  object.attributes["mail"] = primary_of(proxies);
}

std::string ldif_of(const std::vector<AdObject>& objects, bool crlf) {
  const std::string_view eol = crlf ? "\r\n" : "\n";
  std::string out;
  for (const AdObject& object : objects) {
    append_line("dn", object.dn, eol, out);
    if (crlf) append_line("changetype", "add", eol, out);  // as ldifde writes it
    for (const std::string& c : object.classes) append_line("objectClass", c, eol, out);
    if (!object.object_guid.empty()) {
      out.append("objectGUID:: ").append(base64_of(object.object_guid)).append(eol);
    }
    if (!object.consistency_guid.empty()) {
      out.append("mS-DS-ConsistencyGuid:: ").append(base64_of(object.consistency_guid));
      out.append(eol);
    }
    for (const auto& [name, values] : object.attributes) {
      for (const std::string& value : values) append_line(name, value, eol, out);
    }
    out += eol;
  }
  return out;
}

std::string graph_page_of(const World& world) {
  return graph_page(world, 0, world.graph.size(), true, true);
}

std::string exo_of(const World& world) {
  json list = json::array();
  for (const ExoMailbox& mailbox : world.exo) list.push_back(json_of(mailbox));
  return list.dump();
}

std::vector<AdObject> carriers() {
  AdObject contact;
  contact.dn = "CN=carrier,DC=corp";
  contact.classes = {"top", "person", "organizationalPerson", "contact"};
  contact.object_guid = std::string(15, '\xCA') + "\x01";
  contact.consistency_guid = std::string(16, '\xCA');
  contact.attributes = {{"adminCount", {"1"}},
                        {"homeMDB", {"CN=DB1,DC=corp"}},
                        {"mail", {"carrier@carrier.invalid"}}};
  AdObject unit;
  unit.dn = "OU=VIP,DC=corp";
  unit.classes = {"top", "organizationalUnit"};
  return {contact, unit};
}

LoadOptions write_files(const World& world, const TempFolder& folder, const std::string& name,
                        const Layout& layout) {
  LoadOptions options;
  write_graph(world, folder, name + "/graph", layout);
  options.graph = {folder / (name + "/graph")};
  if (!world.exo.empty()) {
    write_exo(world, folder, name + "/exo", layout);
    options.exo = {folder / (name + "/exo")};
  }
  // An export without an entry is an input error.
  const std::size_t ad_files = std::min(layout.ad_files, std::max<std::size_t>(1, world.ad.size()));
  for (std::size_t i = 0; i < ad_files; ++i) {
    const auto [first, last] = part_of(world.ad.size(), i, ad_files);
    std::vector<AdObject> part(world.ad.begin() + static_cast<std::ptrdiff_t>(first),
                               world.ad.begin() + static_cast<std::ptrdiff_t>(last));
    if (world.carriers && i + 1 == ad_files) {
      for (AdObject& object : carriers()) part.push_back(std::move(object));
    }
    folder.write(name + "/ad/export-" + std::to_string(i + 1) + ".ldif",
                 ldif_of(part, layout.crlf));
  }
  options.ad = {folder / (name + "/ad")};
  if (!world.ad_extra.empty()) {
    options.ad_extra = {folder.write(name + "/extra.ldif", ldif_of(world.ad_extra, layout.crlf))};
  }
  return options;
}

}  // namespace trueup::world
