// SPDX-License-Identifier: Apache-2.0
#include "snapshots/store/unprotected.h"

#include "snapshots/store/description.h"

namespace trueup {
namespace {

constexpr std::string_view kPrefix = "unprotected/";

std::string key_of(const std::string& key) { return std::string(kPrefix) + key; }

}  // namespace

std::map<std::string, std::uint64_t> unprotected(const Store& store) {
  std::map<std::string, std::uint64_t> all;
  store.scan(kPrefix, [&](std::string_view key, std::string_view record) {
    all.emplace(key.substr(kPrefix.size()), Fields::decoded(record).number("accepted_at"));
    return true;
  });
  return all;
}

void accept_unprotected(Store& store, const std::string& key, std::uint64_t now) {
  Fields fields;
  fields.set("accepted_at", now);
  store.put_ordered(key_of(key), fields.encoded());
}

void end_unprotected(Store& store, const std::string& key) { store.erase(key_of(key)); }

}  // namespace trueup
