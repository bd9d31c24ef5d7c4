// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/slapd.h"

#include <array>
#include <cstdio>

namespace trueup {

Slapd::Slapd(const Options& options) : LabServer("slapd_lab") {
  for (const auto& [name, content] : options.files) write(name, content);
  write("global.conf", options.global_config);
  write("database.conf", options.database_config);
  write("load.ldif", options.ldif);
  if (!options.schema.empty()) write("lab.schema", options.schema);
  start_with("--suffix " + std::string(kSuffix) + " --ldif " + file("load.ldif") +
             " --global-config " + file("global.conf") + " --database-config " +
             file("database.conf") + (options.tls ? " --tls" : "") +
             (options.lifetime > 0 ? " --lifetime " + std::to_string(options.lifetime) : "") +
             (options.tls_host.empty() ? "" : " --tls-host " + options.tls_host) +
             (options.schema.empty() ? "" : " --schema " + file("lab.schema")) +
             (options.accesslog ? " --accesslog" : ""));
}

LdapOptions Slapd::plain() const {
  LdapOptions options;
  options.urls = {printed("url")};
  options.base_dn = kSuffix;
  options.bind_dn = printed("bind_dn");
  options.password_file = printed("password_file");
  options.allow_plaintext = true;
  return options;
}

int Slapd::port() const {
  const std::string& url = printed("url");
  return std::stoi(url.substr(url.rfind(':') + 1));
}

LdapOptions Slapd::tls() const {
  LdapOptions options = plain();
  options.urls = {printed("ldaps_url")};
  options.ca_file = printed("ca_file");
  options.allow_plaintext = false;
  return options;
}

std::string user_dn(int number) {
  std::array<char, 16> digits;
  std::snprintf(digits.data(), digits.size(), "%04d", number);
  return std::string("CN=User ") + digits.data() + ",OU=Staff," + std::string(Slapd::kSuffix);
}

Anchor user_guid(int number) {
  Anchor guid;
  for (std::size_t i = 0; i < 4; ++i) {
    guid.octets[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  guid.octets[15] = 1;
  return guid;
}

std::string user_ldif(int number, std::string_view attributes) {
  const std::string dn = user_dn(number);
  const std::string cn = dn.substr(3, dn.find(',') - 3);
  return "dn: " + dn + "\nobjectClass: top\nobjectClass: person\n" +
         "objectClass: organizationalPerson\nobjectClass: user\ncn: " + cn +
         "\nobjectGUID:: " + to_base64(user_guid(number)) + "\n" + std::string(attributes) + "\n";
}

std::string carriers_ldif() {
  return "dn: CN=Carriers,OU=Staff,DC=contoso,DC=lab\nobjectClass: top\nobjectClass: group\n"
         "cn: Carriers\nobjectGUID:: " +
         to_base64(user_guid(987'654)) +
         "\nmail: carriers@carrier.invalid\nhomeMDB: CN=DB1,DC=contoso,DC=lab\n"
         "mS-DS-ConsistencyGuid:: " +
         to_base64(user_guid(987'653)) + "\n\n";
}

std::string slapd_carriers_ldif() {
  return carriers_ldif() +
         "dn: CN=Protected,OU=Staff,DC=contoso,DC=lab\nobjectClass: top\n"
         "objectClass: person\nobjectClass: organizationalPerson\n"
         "objectClass: contact\ncn: Protected\nadminCount: 1\n\n";
}

}  // namespace trueup
