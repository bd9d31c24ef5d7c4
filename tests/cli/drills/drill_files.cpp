// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/drills/drill_files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace trueup::drills {
namespace {

namespace fs = std::filesystem;

constexpr std::time_t kDay = 86'400;
constexpr std::time_t kHour = 3'600;

struct RemoteType {
  std::string_view name;
  std::string_view details;
  std::string_view display;
};
constexpr std::array<RemoteType, 4> kRemoteTypes = {
    {{"UserMailbox", "2147483648", "-2147483642"},
     {"SharedMailbox", "34359738368", "-2147483642"},
     {"RoomMailbox", "8589934592", "-2147481850"},
     {"EquipmentMailbox", "17179869184", "-2147481594"}}};

std::string time_text(std::time_t seconds, const char* format) {
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text;
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

/// When something changed: as many days ago as it is, at an hour of its own.
std::time_t changed_at(const DrillTenant& tenant, int day, int number, const Rendering& rendering) {
  const std::time_t days_ago = tenant.today() - day + rendering.days_old;
  return std::time(nullptr) - days_ago * kDay - number % 37 * 60 - kHour;
}

/// Writes a file with the time that the rendering wants.
void write_dated(const std::string& path, const std::string& text, const Rendering& rendering) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
  out.close();
  if (rendering.days_old == 0 || rendering.fresh_files) return;
  const timespec then{std::time(nullptr) - rendering.days_old * kDay, 0};
  const timespec times[2] = {then, then};
  if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) {
    throw std::runtime_error("cannot set the time of " + path);
  }
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

std::string list_of(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ",") + in_quotes(value);
  return "[" + out + "]";
}

std::string graph_user(const DrillMailbox& m) {
  std::string out =
      "{\"id\":" + in_quotes(m.cloud_id) + ",\"userPrincipalName\":" + in_quotes(m.cloud.mail) +
      ",\"mail\":" + in_quotes(m.cloud.mail) + ",\"proxyAddresses\":" + list_of(m.cloud.addresses) +
      ",\"onPremisesImmutableId\":" + in_quotes(base64(m.immutable_id)) +
      ",\"onPremisesSyncEnabled\":true,\"onPremisesExtensionAttributes\":{";
  bool first = true;
  for (const auto& [number, value] : m.cloud.extension) {
    out += std::string(first ? "" : ",") + "\"extensionAttribute" + std::to_string(number) +
           "\":" + in_quotes(value);
    first = false;
  }
  return out + "}}";
}

std::string exo_mailbox(const DrillTenant& tenant, const DrillMailbox& m,
                        const Rendering& rendering) {
  std::string out = "{\"ExternalDirectoryObjectId\":" + in_quotes(m.cloud_id) +
                    ",\"UserPrincipalName\":" + in_quotes(m.cloud.mail) +
                    ",\"DisplayName\":" + in_quotes(m.name) +
                    ",\"Alias\":" + in_quotes("u" + std::to_string(m.number)) +
                    ",\"PrimarySmtpAddress\":" + in_quotes(m.cloud.mail) +
                    ",\"WindowsEmailAddress\":" + in_quotes(m.cloud.mail) +
                    ",\"EmailAddresses\":" + list_of(m.cloud.addresses);
  for (int n = 1; n <= 15; ++n) {
    const auto value = m.cloud.extension.find(n);
    out += ",\"CustomAttribute" + std::to_string(n) +
           "\":" + in_quotes(value == m.cloud.extension.end() ? "" : value->second);
  }
  for (int n = 1; n <= 5; ++n) {
    const auto values = m.cloud.custom.find(n);
    out += ",\"ExtensionCustomAttribute" + std::to_string(n) +
           "\":" + (values == m.cloud.custom.end() ? "[]" : list_of(values->second));
  }
  return out + ",\"RecipientTypeDetails\":" + in_quotes(m.cloud.type) +
         ",\"HiddenFromAddressListsEnabled\":false,\"IsExchangeCloudManaged\":" +
         (m.managed ? "true" : "false") + ",\"IsDirSynced\":true,\"WhenChangedUTC\":" +
         in_quotes(time_text(changed_at(tenant, m.cloud_changed, m.number, rendering),
                             "%Y-%m-%dT%H:%M:%SZ")) +
         "}";
}

constexpr const char* kContext =
    "https://graph.microsoft.com/v1.0/$metadata#users(id,userPrincipalName,mail,proxyAddresses,"
    "onPremisesImmutableId,onPremisesSyncEnabled,onPremisesExtensionAttributes)";

std::string page_name(int page) {
  std::array<char, 32> name;
  std::snprintf(name.data(), name.size(), "page-%06d.json", page + 1);
  return name.data();
}

std::string sha256_hex(const std::string& text) {
  std::array<unsigned char, 32> digest;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (const unsigned char octet : digest) {
    std::array<char, 3> two;
    std::snprintf(two.data(), two.size(), "%02x", octet);
    hex += two.data();
  }
  return hex;
}

/// The pages of a dump, one after the other, then its manifest.
class DumpFolder {
 public:
  DumpFolder(std::string folder, const Rendering& rendering)
      : folder_(std::move(folder)), rendering_(rendering) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  void add(int page, int pages, const std::string& users) {
    const std::string link = page + 1 < pages
                                 ? "\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/users/"
                                   "delta?$skiptoken=p" +
                                       std::to_string(page + 1) + "\""
                                 : "\"@odata.deltaLink\":" + in_quotes(kDeltaLink);
    const std::string text =
        "{\"@odata.context\":" + in_quotes(kContext) + "," + link + ",\"value\":[" + users + "]}\n";
    // What the manifest lists need not be there.
    pages_.push_back({{"file", page_name(page)},
                      {"bytes", text.size()},
                      {"sha256", sha256_hex(text)},
                      {"holds", "users"}});
    if (rendering_.missing_pages.contains(page)) return;
    const std::string name = page_name(rendering_.renumbered ? written_ : page);
    write_dated(folder_ + "/" + name, text, rendering_);
    ++written_;
  }

  void finish(std::size_t users) {
    if (!rendering_.manifest || (rendering_.days_old > 0 && rendering_.fresh_files)) return;
    const std::string at =
        time_text(std::time(nullptr) - rendering_.days_old * kDay - 60, "%Y-%m-%dT%H:%M:%SZ");
    const cli::Json manifest = {{"format", "trueup-dump-1"},
                                {"service", "https://graph.microsoft.com contoso.com"},
                                {"read", "delta"},
                                {"select", "id,mail"},
                                {"start_link", ""},
                                {"delta_link", kDeltaLink},
                                {"started_at", at},
                                {"finished_at", at},
                                {"users", users},
                                {"removed", 0},
                                {"pages", pages_}};
    write_dated(folder_ + "/manifest.json", manifest.dump(1), rendering_);
  }

 private:
  static constexpr const char* kDeltaLink =
      "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=d";
  std::string folder_;
  const Rendering& rendering_;
  cli::Json pages_ = cli::Json::array();
  int written_ = 0;
};

void write_graph(const DrillTenant& tenant, const Rendering& rendering, const std::string& folder) {
  DumpFolder dump(folder, rendering);
  std::vector<const DrillMailbox*> users;
  for (const DrillMailbox& m : tenant.mailboxes) {
    if (!m.gone && !rendering.no_users) users.push_back(&m);
  }
  const std::size_t pages =
      std::max<std::size_t>(1, std::min(users.size(), static_cast<std::size_t>(rendering.pages)));
  for (std::size_t page = 0; page < pages; ++page) {
    std::string text;
    for (std::size_t i = page * users.size() / pages; i < (page + 1) * users.size() / pages; ++i) {
      text += (text.empty() ? "" : ",\n") + graph_user(*users[i]);
    }
    dump.add(static_cast<int>(page), static_cast<int>(pages), text);
  }
  dump.finish(users.size());
}

void write_exo(const DrillTenant& tenant, const Rendering& rendering, const std::string& path) {
  std::string text;
  for (const DrillMailbox& m : tenant.mailboxes) {
    if (m.gone || rendering.no_users || rendering.empty_export) continue;
    text += (text.empty() ? "" : ",\n") + exo_mailbox(tenant, m, rendering);
  }
  write_dated(path, "[" + text + "]\n", rendering);
}

bool plain_in_ldif(std::string_view value) {
  if (value.empty() || value.front() == ' ' || value.front() == ':' || value.front() == '<') {
    return false;
  }
  return value.back() != ' ' && std::all_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
         });
}

/// One AD entry line by line, without the attributes that the export leaves out.
class Entry {
 public:
  Entry(const std::string& dn, const Rendering& rendering)
      : text_(ldif_line("dn", dn) + "changetype: add\n"), left_out_(rendering.ad_without) {}

  void add(const std::string& name, std::string_view value) {
    if (!value.empty() && !leaves_out(name)) text_ += ldif_line(name, value);
  }
  void add(const std::string& name, const std::vector<std::string>& values) {
    for (const std::string& value : values) add(name, value);
  }
  std::string finish() { return text_ + "\n"; }

 private:
  bool leaves_out(const std::string& name) const {
    return std::any_of(left_out_.begin(), left_out_.end(), [&](const std::string& pattern) {
      return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1))
                                    : name == pattern;
    });
  }

  std::string text_;
  const std::set<std::string>& left_out_;
};

std::string when_changed(const DrillTenant& tenant, int day, int number,
                         const Rendering& rendering) {
  return time_text(changed_at(tenant, day, number, rendering), "%Y%m%d%H%M%S.0Z");
}

void add_values(const DrillMailbox& m, Entry& entry) {
  entry.add("mail", m.ad.mail);
  entry.add("proxyAddresses", m.ad.addresses);
  for (const auto& [number, value] : m.ad.extension) {
    entry.add("extensionAttribute" + std::to_string(number), value);
  }
  for (const auto& [number, values] : m.ad.custom) {
    entry.add("msExchExtensionCustomAttribute" + std::to_string(number), values);
  }
  for (const RemoteType& type : kRemoteTypes) {
    if (type.name != m.ad.type) continue;
    entry.add("msExchRecipientTypeDetails", type.details);
    entry.add("msExchRecipientDisplayType", type.display);
  }
}

std::string entry_of(const DrillTenant& tenant, const DrillMailbox& m, const Rendering& rendering) {
  Entry entry(tenant.dn_of(m), rendering);
  for (const char* c : {"top", "person", "organizationalPerson", "user"}) {
    entry.add("objectClass", c);
  }
  entry.add("cn", m.common_name);
  entry.add("whenChanged", when_changed(tenant, m.ad_changed, m.number, rendering));
  entry.add("objectGUID", m.object_guid);
  entry.add("mS-DS-ConsistencyGuid", m.consistency_guid);
  entry.add("sAMAccountName", "u" + std::to_string(m.number));
  if (m.admin) entry.add("adminCount", "1");
  if (m.hosted) {
    entry.add("homeMDB", "CN=DB01,CN=Databases,CN=Exchange," + std::string(DrillTenant::kSuffix));
  }
  add_values(m, entry);
  return entry.finish();
}

std::string entry_of(const DrillTenant& tenant, const AddressHolder& holder,
                     const Rendering& rendering) {
  Entry entry(tenant.dn_of(holder), rendering);
  if (holder.group) {
    for (const char* c : {"top", "group"}) entry.add("objectClass", c);
  } else {
    for (const char* c : {"top", "person", "organizationalPerson", "contact"}) {
      entry.add("objectClass", c);
    }
  }
  entry.add("cn", holder.common_name);
  entry.add("whenChanged", when_changed(tenant, holder.changed, 0, rendering));
  entry.add("objectGUID", holder.object_guid);
  entry.add("mail", address_of(holder.addresses.front()));
  entry.add("proxyAddresses", holder.addresses);
  return entry.finish();
}

std::string container(const std::string& dn, const std::string& object_class,
                      const std::string& name, const std::string& value) {
  return ldif_line("dn", dn) + "changetype: add\nobjectClass: top\nobjectClass: " + object_class +
         "\n" + ldif_line(name, value) + "\n";
}

}  // namespace

std::string base64(std::string_view octets) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t count = std::min<std::size_t>(3, octets.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < count ? static_cast<unsigned char>(octets[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= count ? kDigits[bits >> (18 - 6 * k) & 0x3f] : '=');
    }
  }
  return out;
}

std::string remote_type_number(std::string_view type) {
  for (const RemoteType& row : kRemoteTypes) {
    if (row.name == type) return std::string(row.details);
  }
  return {};
}

std::string type_of_remote_number(std::string_view number) {
  for (const RemoteType& row : kRemoteTypes) {
    if (row.details == number) return std::string(row.name);
  }
  return {};
}

std::string ldif_line(std::string_view name, std::string_view value) {
  const bool plain = plain_in_ldif(value);
  return std::string(name) + (plain ? ": " : ":: ") + (plain ? std::string(value) : base64(value)) +
         "\n";
}

std::string ad_entry(const DrillTenant& tenant, const DrillMailbox& mailbox) {
  return entry_of(tenant, mailbox, {});
}

std::string ad_entry(const DrillTenant& tenant, const AddressHolder& holder) {
  return entry_of(tenant, holder, {});
}

std::string ad_ldif(const DrillTenant& tenant, const Rendering& rendering) {
  const std::string suffix(DrillTenant::kSuffix);
  std::string text = container(suffix, "domainDNS", "dc", "contoso") +
                     container("OU=Staff," + suffix, "organizationalUnit", "ou", "Staff");
  std::set<std::string> names(units().begin(), units().end());
  for (const DrillMailbox& m : tenant.mailboxes) names.insert(m.unit);
  for (const std::string& name : names) {
    text += container("OU=" + name + ",OU=Staff," + suffix, "organizationalUnit", "ou", name);
  }
  for (const DrillMailbox& m : tenant.mailboxes) {
    if (!m.gone) text += entry_of(tenant, m, rendering);
  }
  for (const AddressHolder& holder : tenant.holders) {
    if (rendering.groups) text += entry_of(tenant, holder, rendering);
  }
  return text;
}

void write_cloud(const DrillTenant& tenant, const Rendering& rendering, const std::string& folder,
                 Inputs& inputs) {
  fs::create_directories(folder);
  inputs.graph = folder + "/graph";
  inputs.exo = folder + "/exo.json";
  write_graph(tenant, rendering, inputs.graph);
  write_exo(tenant, rendering, inputs.exo);
}

void write_ad(const DrillTenant& tenant, const Rendering& rendering, const std::string& folder,
              Inputs& inputs) {
  fs::create_directories(folder);
  inputs.ad = folder + "/ad.ldif";
  write_dated(inputs.ad, ad_ldif(tenant, rendering), rendering);
}

Inputs write_inputs(const DrillTenant& tenant, const std::string& folder) {
  Inputs inputs;
  write_cloud(tenant, {}, folder, inputs);
  write_ad(tenant, {}, folder, inputs);
  return inputs;
}

}  // namespace trueup::drills
