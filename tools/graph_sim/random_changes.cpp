// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/random_changes.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tools/tenant/random.h"

namespace trueup::sim {
namespace {

using Json = nlohmann::json;
using tenant::RandomStream;

constexpr std::string_view kExtension = "extensionAttribute";

UserIndex slot_of(const Tenant& tenant, const Json& words) {
  const Tenant::Reading reading(tenant);
  if (words.contains("index")) return words.at("index").get<UserIndex>();
  const std::optional<UserId> id = parse_id(words.at("id").get<std::string>());
  const std::optional<UserIndex> index = id ? tenant.find(*id) : std::nullopt;
  if (!index) throw std::invalid_argument("there is no user " + words.at("id").dump());
  return *index;
}

/// The user's value as it is now; null where there is none.
Json value_of(const Tenant& tenant, UserIndex index, PropertyNumber property) {
  const Tenant::Reading reading(tenant);
  if (index >= tenant.indexes()) throw std::invalid_argument("there is no user of this index");
  RecordScratch scratch;
  PropertyValues values;
  tenant.read(index, tenant.version(), scratch, values);
  return values[property].empty() ? Json() : Json::parse(values[property]);
}

std::pair<PropertyNumber, std::string> value_to_set(const Tenant& tenant, UserIndex index,
                                                    const std::string& name, const Json& value) {
  if (name.starts_with(kExtension)) {
    Json extensions = value_of(tenant, index, kExtensionAttributes);
    if (!extensions.is_object()) extensions = Json::object();
    extensions[name] = value;
    return {kExtensionAttributes, extensions.dump()};
  }
  const std::optional<PropertyNumber> property = find_property(name);
  if (!property || *property == kId) throw std::invalid_argument("cannot set " + name);
  const bool list = property_type(*property) == PropertyType::kList;
  return {*property, list && value.is_null() ? "[]" : value.dump()};
}

class RandomChanger {
 public:
  RandomChanger(Tenant& tenant, const RandomChanges& changes)
      : tenant_(tenant),
        changes_(changes),
        random_(changes.seed, version(), tenant::Purpose::kOrder) {}

  Json make() {
    Json made = Json::array();
    // A draw may turn out to be impossible: a tenant without deleted users, a name that is taken.
    for (std::size_t tries = 0; made.size() < changes_.count && tries < 20 * changes_.count + 100;
         ++tries) {
      try {
        Json words = draw(changes_.kinds.at(random_.below(changes_.kinds.size())));
        words["id"] = make_change(tenant_, words);
        made.push_back(std::move(words));
      } catch (const std::invalid_argument&) {
        continue;
      }
    }
    return made;
  }

 private:
  Version version() const {
    const Tenant::Reading reading(tenant_);
    return tenant_.version();
  }

  UserIndex draw_user(UserState wanted) {
    const Tenant::Reading reading(tenant_);
    for (int tries = 0; tries < 1000; ++tries) {
      const UserIndex index = static_cast<UserIndex>(random_.below(tenant_.indexes()));
      if (tenant_.standing(index, tenant_.version()) == wanted) return index;
    }
    for (UserIndex index = 0; index < tenant_.indexes(); ++index) {
      if (tenant_.standing(index, tenant_.version()) == wanted) return index;
    }
    throw std::invalid_argument("no such user");
  }

  std::string draw_word() {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string word;
    for (int i = 0; i < 10; ++i) word.push_back(kLetters[random_.below(kLetters.size())]);
    return word;
  }

  std::string draw_name() { return draw_word() + ".changed@contoso.com"; }

  std::string draw_extension() {
    return std::string(kExtension) + std::to_string(1 + random_.below(15));
  }

  Json draw_set(UserIndex index) {
    switch (random_.below(5)) {
      case 0: return {{"property", "mail"}, {"value", draw_name()}};
      case 1: return {{"property", "displayName"}, {"value", "Changed " + draw_word()}};
      case 2: {
        Json addresses = value_of(tenant_, index, kProxyAddresses);
        if (!addresses.is_array()) addresses = Json::array();
        addresses.push_back("smtp:" + draw_name());
        return {{"property", "proxyAddresses"}, {"value", addresses}};
      }
      default: return {{"property", draw_extension()}, {"value", "changed \"ä\" " + draw_word()}};
    }
  }

  Json draw_clear() {
    switch (random_.below(4)) {
      case 0: return {{"property", "mail"}, {"value", nullptr}};
      case 1: return {{"property", "proxyAddresses"}, {"value", Json::array()}};
      default: return {{"property", draw_extension()}, {"value", nullptr}};
    }
  }

  std::string draw_anchor() {
    std::string octets;
    for (int i = 0; i < 16; ++i) octets.push_back(static_cast<char>(random_.below(256)));
    std::string text;
    tenant::append_base64(text, octets);
    return text;
  }

  Json draw_added() {
    const std::string name = draw_name();
    UserId id{random_.next(), random_.next()};
    Json user = {{"id", id_text(id)},
                 {"accountEnabled", true},
                 {"displayName", "Added " + draw_word()},
                 {"userPrincipalName", name},
                 {"userType", "Member"},
                 {"mail", name},
                 {"mailNickname", name.substr(0, name.find('@'))},
                 {"proxyAddresses", {"SMTP:" + name}}};
    if (random_.chance(700)) {
      user["onPremisesImmutableId"] = draw_anchor();
      user["onPremisesSyncEnabled"] = true;
    }
    if (random_.chance(500)) user["onPremisesExtensionAttributes"] = {{draw_extension(), "added"}};
    return {{"do", "add"}, {"user", user}};
  }

  Json draw(const std::string& kind) {
    if (kind == "add") return draw_added();
    const UserIndex index =
        draw_user(kind == "restore" ? UserState::kSoftDeleted : UserState::kLive);
    Json words;
    if (kind == "set") words = draw_set(index);
    if (kind == "clear") words = draw_clear();
    if (kind == "anchor") {
      words = {{"property", "onPremisesImmutableId"}, {"value", nullptr}};
      if (random_.chance(500)) words["value"] = draw_anchor();
    }
    words["do"] = words.contains("property") ? "set" : kind;
    if (kind == "rename") words["userPrincipalName"] = draw_name();
    if (kind == "delete") {
      words["do"] = "remove";
      words["permanent"] = true;
    }
    words["index"] = index;
    return words;
  }

  Tenant& tenant_;
  const RandomChanges& changes_;
  RandomStream random_;
};

}  // namespace

std::string make_change(Tenant& tenant, const Json& words) {
  const std::string what = words.at("do").get<std::string>();
  Change change;
  if (what == "add") {
    change.kind = EventKind::kAdded;
    Json user = words.at("user");
    for (const auto& [name, value] : user.items()) {
      const std::optional<PropertyNumber> property = find_property(name);
      if (!property) throw std::invalid_argument("there is no property " + name);
      change.values.emplace_back(*property, value.dump());
    }
  } else {
    change.index = slot_of(tenant, words);
    if (what == "set") {
      change.values.push_back(value_to_set(
          tenant, change.index, words.at("property").get<std::string>(), words.at("value")));
    } else if (what == "rename") {
      change.values.emplace_back(kUserPrincipalName, words.at("userPrincipalName").dump());
    } else if (what == "remove") {
      change.kind = EventKind::kRemoved;
      change.permanent = words.value("permanent", false);
    } else if (what == "restore") {
      change.kind = EventKind::kRestored;
    } else {
      throw std::invalid_argument("cannot do \"" + what + "\"");
    }
  }
  const UserIndex index = tenant.change(change);
  const Tenant::Reading reading(tenant);
  return id_text(tenant.id(index));
}

Json make_random_changes(Tenant& tenant, const RandomChanges& changes) {
  return RandomChanger(tenant, changes).make();
}

}  // namespace trueup::sim
