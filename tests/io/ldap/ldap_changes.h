// SPDX-License-Identifier: Apache-2.0
// Changes to the users of a Slapd, and what became of them: for the tests of LdapWriter.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "io/directory_writer.h"
#include "io/ldap/ldap_reader.h"
#include "tests/support/servers/slapd.h"

namespace trueup {

inline constexpr Attribute kFirst = extension_attribute(1);

/// Keeps the text that changes view.
class Changes {
 public:
  Change& add(int user, std::vector<Edit> edits) {
    Change& change = changes_.emplace_back();
    change.number = static_cast<std::uint32_t>(changes_.size());
    change.dn = texts_.emplace_back(user_dn(user));
    change.edits = std::move(edits);
    return change;
  }
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

 private:
  std::deque<Change> changes_;
  std::deque<std::string> texts_;
};

inline std::vector<WriterAnswer> wait_for_all(DirectoryWriter& writer) {
  std::vector<WriterAnswer> outcomes;
  while (writer.in_flight() > 0) writer.poll(std::chrono::milliseconds(100), outcomes);
  return outcomes;
}

inline WriterAnswer write(DirectoryWriter& writer, const Change& change) {
  writer.submit(change);
  const std::vector<WriterAnswer> outcomes = wait_for_all(writer);
  if (outcomes.size() != 1) throw std::runtime_error("not one outcome");
  return outcomes.front();
}

/// The values of one attribute, sorted.
inline std::vector<std::string> read(const Slapd& slapd, int user, Attribute attribute) {
  LdapReader reader(slapd.plain(), {});
  const std::string dn = user_dn(user);
  const ObjectRequest request{.object_guid = {}, .dn = dn, .attributes = {attribute}};
  std::vector<std::string> values;
  reader.read_objects({&request, 1}, [&](const ObjectAnswer& answer) {
    EXPECT_EQ(answer.result_code, 0) << answer.message;
    for (const AttributeValue& value : answer.values) values.emplace_back(value.bytes);
  });
  std::ranges::sort(values);
  return values;
}

using Values = std::vector<std::string>;

}  // namespace trueup
