// SPDX-License-Identifier: Apache-2.0
#include "bench/apply_workload.h"

#include <algorithm>
#include <stdexcept>

#include "engine/apply/apply.h"
#include "engine/apply/apply_records.h"
#include "io/ldap/ldap_reader.h"
#include "io/ldap/ldap_writer.h"
#include "io/ldif/ldif_writer.h"
#include "tests/support/servers/slapd.h"

namespace trueup {
namespace {

constexpr Attribute kExtension = extension_attribute(1);
constexpr Attribute kAddresses = Attribute::kProxyAddresses;
constexpr std::size_t kSample = 200;

std::string digits(std::size_t number, std::size_t width) {
  std::string text = std::to_string(number);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

std::string fill_in(std::string_view pattern, std::size_t number) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t end = std::min(pattern.find_first_not_of('#', at), pattern.size());
    if (end > at) text += digits(number, end - at);
    if (end < pattern.size()) text += pattern[end];
    at = end + 1;
  }
  return text;
}

struct Held {
  std::vector<std::string> extension;
  std::vector<std::string> addresses;
};

std::vector<Held> read_users(const LdapOptions& server, const std::vector<std::string_view>& dns) {
  std::vector<ObjectRequest> requests;
  for (std::string_view dn : dns) {
    requests.push_back({.object_guid = {}, .dn = dn, .attributes = {kExtension, kAddresses}});
  }
  std::vector<Held> users(dns.size());
  LdapReader(server, {}).read_objects(requests, [&](const ObjectAnswer& answer) {
    if (answer.result_code != 0) {
      throw std::runtime_error("cannot read " + std::string(dns[answer.index]) + ": " +
                               answer.message);
    }
    for (const AttributeValue& value : answer.values) {
      Held& held = users[answer.index];
      (value.attribute == kExtension ? held.extension : held.addresses).emplace_back(value.bytes);
    }
  });
  return users;
}

}  // namespace

void EncodedPlan::add(const Change& change) {
  encode(change, bytes_);
  ends_.push_back(bytes_.size());
}

std::vector<std::string_view> EncodedPlan::records() const {
  std::vector<std::string_view> records;
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    records.push_back(std::string_view(bytes_).substr(begin, end - begin));
    begin = end;
  }
  return records;
}

Workload::Workload(std::size_t users, std::string_view dn_pattern) : users_(users) {
  for (std::size_t i = 0; i < users; ++i) {
    User& user = users_[i];
    user.dn = fill_in(dn_pattern, i);
    const std::string number = digits(i, 6);
    user.extension = {"Cost centre " + number + " North", "Cost centre " + number + " South"};
    if (i % 10 == 0) {
      user.address = {"smtp:user." + number + "@old.contoso.example",
                      "smtp:user." + number + "@contoso.example"};
    }
  }
}

std::string Workload::ldif() const {
  std::string text;
  for (std::size_t i = 0; i < users_.size(); ++i) {
    const User& user = users_[i];
    std::string attributes = "extensionAttribute1: " + user.extension[user.now] + "\n" +
                             "proxyAddresses: SMTP:" + digits(i, 6) + "@contoso.example\n";
    if (i % 10 == 0) attributes += "proxyAddresses: " + user.address[user.now] + "\n";
    text += user_ldif(static_cast<int>(i), attributes);
  }
  return text;
}

void Workload::prepare(const LdapOptions& server) const {
  std::vector<std::string_view> dns;
  for (const User& user : users_) dns.push_back(user.dn);
  const std::vector<Held> held = read_users(server, dns);
  EncodedPlan plan;
  for (std::size_t i = 0; i < users_.size(); ++i) {
    const User& user = users_[i];
    Change change;
    change.dn = user.dn;
    change.anchor.octets[0] = static_cast<std::uint8_t>(i >> 16);
    change.anchor.octets[1] = static_cast<std::uint8_t>(i >> 8);
    change.anchor.octets[2] = static_cast<std::uint8_t>(i);
    const auto want = [&](Attribute attribute, const std::vector<std::string>& has,
                          const std::string& value) {
      if (has == std::vector<std::string>{value} || (value.empty() && has.empty())) return;
      Edit& edit = change.edits.emplace_back();
      edit.attribute = attribute;
      edit.deletes.assign(has.begin(), has.end());
      if (!value.empty()) edit.adds = {value};
    };
    want(kAddresses, held[i].addresses, user.address[user.now]);
    want(kExtension, held[i].extension, user.extension[user.now]);
    change.number = static_cast<std::uint32_t>(plan.size() + 1);
    if (!change.edits.empty()) plan.add(change);
  }
  const std::vector<std::string_view> records = plan.records();
  std::size_t next = 0;
  LdapWriter writer(server, {});
  SteadyClock clock;
  const auto next_change = [&](Change& change) {
    if (next == records.size()) return false;
    decode(records[next++], change);
    return true;
  };
  const ApplyResult result = apply(unrecorded(next_change), writer, {}, {}, clock);
  if (result.done != plan.size()) throw std::runtime_error("the users cannot all be prepared");
}

Change Workload::change(std::size_t number) const {
  const User& user = users_[number];
  Change change;
  change.number = static_cast<std::uint32_t>(number + 1);
  change.dn = user.dn;
  change.anchor.octets[0] = static_cast<std::uint8_t>(number >> 16);
  change.anchor.octets[1] = static_cast<std::uint8_t>(number >> 8);
  change.anchor.octets[2] = static_cast<std::uint8_t>(number);
  const auto replace = [&](Attribute attribute, const std::array<std::string, 2>& values) {
    change.edits.push_back({attribute, {values[user.now]}, {values[1 - user.now]}});
  };
  if (!user.address[0].empty()) replace(kAddresses, user.address);
  replace(kExtension, user.extension);
  return change;
}

EncodedPlan Workload::plan(std::size_t count) const {
  EncodedPlan plan;
  for (std::size_t i = 0; i < count; ++i) plan.add(change(i));
  return plan;
}

std::string Workload::change_ldif(std::size_t count) const {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) append_ldif_change(text, change(i));
  return text;
}

void Workload::applied(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) users_[i].now = 1 - users_[i].now;
}

void Workload::check(const LdapOptions& server, std::size_t count) const {
  std::vector<std::size_t> sample;
  for (std::size_t i = 0; i < std::min(count, kSample); ++i) {
    sample.push_back(i * count / std::min(count, kSample));
  }
  std::vector<std::string_view> dns;
  for (const std::size_t number : sample) dns.push_back(users_[number].dn);
  const std::vector<Held> held = read_users(server, dns);
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const User& user = users_[sample[i]];
    const auto holds = [&](const std::string& value) {
      return value.empty() || std::ranges::count(held[i].addresses, value) == 1;
    };
    const bool other_address = !user.address[0].empty() && holds(user.address[1 - user.now]);
    if (held[i].extension != std::vector<std::string>{user.extension[user.now]} ||
        !holds(user.address[user.now]) || other_address) {
      throw std::runtime_error(user.dn + " does not hold what was written");
    }
  }
}

}  // namespace trueup
