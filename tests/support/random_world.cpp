// SPDX-License-Identifier: Apache-2.0
#include "tests/support/random_world.h"

#include <algorithm>
#include <ostream>

namespace trueup::world {
namespace {

int upto(int n) { return *rc::gen::inRange(0, n); }
bool one_in(int n) { return upto(n) == 0; }

template <typename T>
T one_of(std::initializer_list<T> list) {
  return *(list.begin() + upto(static_cast<int>(list.size())));
}

std::string random_address(int names) {
  std::string address = "a" + std::to_string(upto(names)) + "@" +
                        one_of<const char*>({"x", "x", "x", "y.onmicrosoft.com"});
  if (one_in(8)) address[0] = 'A';
  return address;
}

// Values of proxyAddresses: no two that a DC takes as equal, as in a real AD.
Values random_proxies(int names, int most, bool primary) {
  Values values;
  std::vector<std::string> seen;
  const auto add = [&](const std::string& value) {
    std::string folded = value;
    for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (std::find(seen.begin(), seen.end(), folded) != seen.end()) return;
    seen.push_back(folded);
    values.push_back(value);
  };
  if (primary) add("SMTP:" + random_address(names));
  for (int i = upto(most); i > 0; --i) {
    switch (upto(12)) {
      case 0:
        add(one_of<const char*>({"X500:/o=a/cn=", "x500:/o=A/cn="}) + std::to_string(upto(3)));
        break;
      case 1: add(one_of<const char*>({"sip:", "SIP:"}) + random_address(names)); break;
      case 2: add(one_of<const char*>({"SPO:s", "EUM:1", "X400:c=de", "abc:1"})); break;
      default: add("smtp:" + random_address(names)); break;
    }
  }
  std::reverse(values.begin(), values.end());
  return values;
}

Property random_text() {
  switch (upto(6)) {
    case 0: return std::nullopt;
    case 1: return Values{};
    default: return Values{std::string(1, static_cast<char>('k' + upto(3)))};
  }
}

Property random_set() {
  if (one_in(4)) return std::nullopt;
  Values values;
  for (char c : {'p', 'q', 'r'}) {
    if (one_in(2)) values.push_back(std::string(1, c));
  }
  if (one_in(20)) values.push_back("P");  // equal to a DC where "p" is there too
  return values;
}

void vary_cloud(World& world, unsigned n, int names) {
  GraphUser& user = graph_user(world, n);
  ExoMailbox& exo = exo_mailbox(world, n);
  const Values proxies = random_proxies(names, 4, !one_in(10));
  set_cloud_addresses(world, n, proxies);
  if (one_in(15)) exo.properties["EmailAddresses"] = std::nullopt;
  if (one_in(10)) exo.properties.erase("WindowsEmailAddress");
  if (one_in(10)) exo.properties["PrimarySmtpAddress"] = Values{random_address(names)};
  if (Property& addresses = exo.properties["EmailAddresses"]) {
    if (one_in(20)) addresses->push_back("SMTP:second@x");
    if (one_in(30)) addresses->push_back("no type");
  }
  if (one_in(15)) exo.properties.erase("EmailAddresses");
  if (one_in(2)) user.properties["extensionAttribute1"] = random_text();
  if (one_in(2)) exo.properties["CustomAttribute1"] = random_text();
  if (one_in(2)) exo.properties["CustomAttribute11"] = random_text();
  if (one_in(30)) exo.properties["CustomAttribute2"] = Values{std::string(1025, 'v')};
  if (one_in(2)) exo.properties["ExtensionCustomAttribute1"] = random_set();
  if (one_in(3)) {
    exo.properties["RecipientTypeDetails"] =
        Values{one_of<const char*>({"SharedMailbox", "RoomMailbox", "DiscoveryMailbox"})};
  }
  if (one_in(6)) exo.managed = false;  // none where others have one is a defect
  if (one_in(6)) user.sync_enabled = one_of<std::optional<bool>>({std::nullopt, false});
  if (one_in(12)) std::erase_if(world.exo, [&](const ExoMailbox& e) { return e.id == user.id; });
}

void vary_ad(World& world, unsigned n, int names) {
  AdObject& object = ad_user(world, n);
  const bool own = one_in(2);
  if (own) set_ad_addresses(world, n, random_proxies(names, 4, !one_in(10)));
  if (one_in(2)) object.attributes["extensionAttribute1"] = random_text().value_or(Values{});
  if (one_in(2)) {
    Values custom = random_set().value_or(Values{});
    std::erase(custom, "P");
    object.attributes["msExchExtensionCustomAttribute1"] = custom;
  }
  if (one_in(5)) object.attributes["msExchRecipientDisplayType"] = {"-1073741818"};
  if (one_in(10)) object.attributes["homeMDB"] = {"CN=db"};
  if (one_in(10)) object.attributes["adminCount"] = {"1"};
  if (one_in(10)) object.dn = "CN=u" + std::to_string(n) + ",OU=vip,DC=corp";
}

void add_others(World& world, int names) {
  for (int i = upto(3); i > 0; --i) {
    AdObject other;
    other.dn = "CN=other" + std::to_string(i) + ",DC=corp";
    other.classes = {"top", one_of<const char*>({"group", "contact"})};
    other.object_guid = guid_octets(static_cast<unsigned>(500 + i));
    other.attributes["proxyAddresses"] = random_proxies(names, 3, true);
    (one_in(3) ? world.ad_extra : world.ad).push_back(other);
  }
}

World make_world(int most) {
  World world;
  const int count = 1 + upto(most);
  const int names = 2 + upto(3 * count);
  for (int i = 0; i < count; ++i) {
    const auto n = static_cast<unsigned>(i + 1);
    add_user(world, n, "a" + std::to_string(i) + "@x");
    vary_cloud(world, n, names);
    vary_ad(world, n, names);
    if (one_in(15))
      std::erase_if(world.ad, [&](const AdObject& o) { return o.object_guid == guid_octets(n); });
    if (one_in(25)) graph_user(world, n).immutable_id = base64_of(guid_octets(1));
    if (one_in(20)) world.graph.push_back({id_of(n), "", "", true, {}, {}});
  }
  for (AdObject& object : world.ad) {
    if (one_in(20)) object.consistency_guid = guid_octets(static_cast<unsigned>(1 + upto(count)));
  }
  add_others(world, names);
  // One that only the cloud has, and one that only AD has, so that any world can be loaded.
  add_user(world, 900, "only-in-the-cloud@x");
  world.ad.back().object_guid = guid_octets(901);
  world.ad.back().dn = "CN=u901,DC=corp";
  world.ad.back().attributes.clear();
  return world;
}

World make_shuffle(int most) {
  World world;
  const int count = 2 + upto(most);
  std::vector<int> place(static_cast<std::size_t>(2 * count));
  for (std::size_t i = 0; i < place.size(); ++i) place[i] = static_cast<int>(i);
  // A few swaps of names between mailboxes; more of them make longer cycles.
  for (int swaps = upto(2 * count); swaps > 0; --swaps) {
    std::swap(place[static_cast<std::size_t>(upto(2 * count))],
              place[static_cast<std::size_t>(upto(2 * count))]);
  }
  const auto name = [](int i) { return "n" + std::to_string(i) + "@x"; };
  for (int i = 0; i < count; ++i) {
    const auto n = static_cast<unsigned>(i + 1);
    add_user(world, n, name(2 * i));
    Values ad = {"SMTP:" + name(2 * i)};
    if (!one_in(3)) ad.push_back("smtp:" + name(2 * i + 1));
    set_ad_addresses(world, n, ad);
    Values cloud = {"SMTP:" + name(place[static_cast<std::size_t>(2 * i)])};
    if (!one_in(3)) cloud.push_back("smtp:" + name(place[static_cast<std::size_t>(2 * i + 1)]));
    set_cloud_addresses(world, n, cloud);
    if (one_in(12)) ad_user(world, n).attributes["adminCount"] = {"1"};
    if (one_in(12)) ad_user(world, n).attributes["homeMDB"] = {"CN=db"};
  }
  return world;
}

DiffOptions make_options() {
  DiffOptions options;
  if (one_in(4)) options.scope = ScopeKind::kSynced;
  if (one_in(3)) options.exact_address_case = true;
  if (one_in(3))
    options.clear_at_first_sight = one_of({FirstSightClears::kAll, FirstSightClears::kNone});
  if (one_in(3)) options.hide_suffixes = {"@Y.onmicrosoft.com"};
  if (one_in(4)) options.keep_suffixes = {"@y.onmicrosoft.com"};
  if (one_in(4)) options.keep_types = {"x500"};
  if (one_in(4)) options.drop_types = {};
  if (one_in(3)) options.exclude = {"ou=VIP,dc=corp"};
  if (one_in(3)) options.protect_admin_count = false;
  if (one_in(3)) options.allow_on_prem_mailboxes = true;
  return options;
}

}  // namespace

rc::Gen<World> random_world(int most) {
  return rc::gen::exec([most] { return make_world(most); });
}

rc::Gen<World> random_shuffle(int most) {
  return rc::gen::exec([most] { return make_shuffle(most); });
}

rc::Gen<DiffOptions> random_options() {
  return rc::gen::exec([] { return make_options(); });
}

void showValue(const World& world, std::ostream& out) {
  out << graph_page_of(world) << "\n"
      << exo_of(world) << "\n"
      << ldif_of(world.ad) << "# extra\n"
      << ldif_of(world.ad_extra);
}

}  // namespace trueup::world
