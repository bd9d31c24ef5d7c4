// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/samba_tenant.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "snapshots/model/attribute.h"

namespace trueup::cli {
namespace {

std::string graph_id(int number) {
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "00000000-0000-4000-8000-%012d", number);
  return text.data();
}

/// -w and not -y: the password file may end with a newline, which ldapmodify would take as part.
Arguments bind_arguments(const LdapOptions& account) {
  std::string password = read_file(account.password_file);
  while (password.ends_with('\n')) password.pop_back();
  return {"-x", "-H", account.urls.front(), "-D", account.bind_dn, "-w", password};
}

ProcessOptions trusting(const LdapOptions& account) {
  return {.environment = {{"LDAPTLS_CACERT", account.ca_file}}};
}

std::string users(const LdapOptions& account, const Arguments& attributes) {
  const ProcessResult found = run_process(
      Arguments{"ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-o", "nettimeout=20", "-l", "60"} +
          bind_arguments(account) +
          // Without the domain's own accounts, which change with each logon.
          Arguments{"-b", std::string(SambaDc::kBase),
                    "(&(objectClass=user)(objectGUID=*)(!(isCriticalSystemObject=TRUE))"
                    "(!(sAMAccountName=svc-trueup)))"} +
          attributes,
      trusting(account));
  if (found.exit_code != 0) throw std::runtime_error("ldapsearch: " + found.err);
  return found.out;
}

std::uint32_t number_at(const std::string& octets, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) {
    number = number << 8 | static_cast<unsigned char>(octets.at(at + i));
  }
  return number;
}

}  // namespace

Arguments CloudSide::inputs() const {
  Json users = Json::array();
  Json exo = Json::array();
  for (const auto& [number, properties] : mailboxes_) {
    users.push_back({{"id", graph_id(number)},
                     {"onPremisesSyncEnabled", true},
                     {"onPremisesImmutableId", to_base64(user_guid(number))}});
    Json mailbox = {{"ExternalDirectoryObjectId", graph_id(number)},
                    {"IsExchangeCloudManaged", true}};
    mailbox.update(properties);
    exo.push_back(std::move(mailbox));
  }
  const Json page = {{"@odata.context",
                      "https://graph.microsoft.com/v1.0/$metadata#users(id,onPremisesSyncEnabled,"
                      "onPremisesImmutableId)"},
                     {"value", std::move(users)},
                     {"@odata.deltaLink", "https://graph.microsoft.com/v1.0/users/delta?x"}};
  return {"--graph", folder_.write("cloud/graph.json", page.dump()), "--exo",
          folder_.write("cloud/exo.json", exo.dump())};
}

Arguments reach(const LdapOptions& options) {
  Arguments arguments = {"--ad", options.urls.front(), "--base", options.base_dn};
  if (!options.ca_file.empty()) arguments = arguments + Arguments{"--ad-ca-file", options.ca_file};
  if (options.auth == LdapAuth::kGssapi) return arguments + Arguments{"--auth", "gssapi"};
  return arguments +
         Arguments{"--bind-dn", options.bind_dn, "--password-file", options.password_file};
}

void modify_by_hand(const LdapOptions& account, const std::string& ldif) {
  const TempFolder folder;
  const ProcessResult modified = run_process(
      Arguments{"ldapmodify", "-f", folder.write("by-hand.ldif", ldif)} + bind_arguments(account),
      trusting(account));
  if (modified.exit_code != 0) throw std::runtime_error("ldapmodify: " + modified.err);
}

Content managed_content(const LdapOptions& account) {
  Arguments names;
  for (int i = 0; i < kAttributeCount; ++i) names.emplace_back(traits(attribute_at(i)).name);
  return entries_of(users(account, names));
}

Versions versions(const LdapOptions& administrator) {
  // replPropertyMetaDataBlob: version, reserved, count, reserved; then 48 octets an attribute,
  // which begin with its number and version ([MS-DRSR] 5.166).
  constexpr std::size_t kHead = 16, kEach = 48;
  Versions all;
  for (const auto& [dn, entry] : entries_of(users(administrator, {"replPropertyMetaData"}))) {
    const std::string& blob = *entry.at("replPropertyMetaData").begin();
    const std::uint32_t count = number_at(blob, 8);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t at = kHead + i * kEach;
      all[dn][number_at(blob, at)] = number_at(blob, at + 4);
    }
  }
  return all;
}

std::map<std::string, std::uint32_t> writes_between(const Versions& before, const Versions& after) {
  std::map<std::string, std::uint32_t> writes;
  for (const auto& [dn, attributes] : after) {
    for (const auto& [attribute, version] : attributes) {
      std::uint32_t earlier = 0;
      if (const auto object = before.find(dn); object != before.end()) {
        const auto found = object->second.find(attribute);
        if (found != object->second.end()) earlier = found->second;
      }
      if (version != earlier) writes[dn] += version - earlier;
    }
  }
  return writes;
}

std::map<std::string, std::uint32_t> writes_of(const std::string& plan_ldif) {
  std::map<std::string, std::uint32_t> writes;
  for (const LdifRecord& record : parse_ldif(plan_ldif)) {
    for (const auto& [key, edit] : edits_of({record})) {
      writes[folded_dn(record.dn())] +=
          (edit.deletes.empty() ? 0U : 1U) + (edit.adds.empty() ? 0U : 1U);
    }
  }
  return writes;
}

LdifRecord reject_of(const std::string& rejects_ldif, const std::string& dn) {
  for (const LdifRecord& record : parse_ldif(rejects_ldif)) {
    if (folded_dn(record.dn()) == folded_dn(dn)) return record;
  }
  return {};
}

}  // namespace trueup::cli
