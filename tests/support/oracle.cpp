// SPDX-License-Identifier: Apache-2.0
#include "tests/support/oracle.h"

#include <algorithm>
#include <functional>

#include "tests/support/ldap_model.h"
#include "tests/support/oracle_compare.h"

namespace trueup::world {
namespace {

// One cloud mailbox after the feeds are laid over each other.
struct CloudMailbox {
  std::string anchor;
  bool in_scope = false;
  bool from_exo = false;
  CloudAttributes attributes;
};

void overlay_exo(const ExoMailbox& exo, CloudMailbox& mailbox, bool by_flag) {
  mailbox.from_exo = true;
  if (by_flag && exo.managed) mailbox.in_scope = *exo.managed;
  const auto& p = exo.properties;
  const auto take = [&](const std::string& from, const std::string& to) {
    if (!p.contains(from)) return;
    std::set<std::string> values;
    for (const std::string& v : p.at(from).value_or(Values{})) {
      if (!v.empty()) values.insert(v);
    }
    mailbox.attributes[to] = values;
  };
  take("EmailAddresses", "proxyAddresses");
  if (p.contains("PrimarySmtpAddress") || p.contains("WindowsEmailAddress")) {
    take("PrimarySmtpAddress", "mail");
    const bool windows = p.contains("WindowsEmailAddress") &&
                         !p.at("WindowsEmailAddress").value_or(Values{}).empty();
    if (windows || !p.contains("PrimarySmtpAddress")) take("WindowsEmailAddress", "mail");
  }
  for (int n = 1; n <= 15; ++n) {
    take("CustomAttribute" + std::to_string(n), "extensionAttribute" + std::to_string(n));
  }
  for (int n = 1; n <= 5; ++n) {
    take("ExtensionCustomAttribute" + std::to_string(n),
         "msExchExtensionCustomAttribute" + std::to_string(n));
  }
  if (p.contains("RecipientTypeDetails") && p.at("RecipientTypeDetails")) {
    static const std::map<std::string, std::pair<std::string, std::string>> kTypes = {
        {"UserMailbox", {"2147483648", "-2147483642"}},
        {"SharedMailbox", {"34359738368", "-2147483642"}},
        {"RoomMailbox", {"8589934592", "-2147481850"}},
        {"EquipmentMailbox", {"17179869184", "-2147481594"}}};
    const auto type = kTypes.find(p.at("RecipientTypeDetails")->front());
    mailbox.attributes.erase("msExchRecipientTypeDetails");
    mailbox.attributes.erase("msExchRecipientDisplayType");
    if (type != kTypes.end()) {
      mailbox.attributes["msExchRecipientTypeDetails"] = {type->second.first};
      mailbox.attributes["msExchRecipientDisplayType"] = {type->second.second};
    }
  }
}

// The cloud side by Graph id; only users with an anchor.
std::map<std::string, CloudMailbox> cloud_side(const World& world, const DiffOptions& options) {
  std::map<std::string, GraphUser> last;
  for (const GraphUser& user : world.graph) last[user.id] = user;
  std::map<std::string, CloudMailbox> side;
  const bool by_flag = options.scope == ScopeKind::kExchangeCloudManaged;
  for (const auto& [id, user] : last) {
    if (user.removed || user.immutable_id.empty()) continue;
    CloudMailbox mailbox;
    mailbox.anchor = user.immutable_id;
    mailbox.in_scope = !by_flag && user.sync_enabled.value_or(false);
    // All three are selected, so what a record does not have is empty.
    std::vector<std::string> names = {"mail", "proxyAddresses"};
    for (int n = 1; n <= 15; ++n) names.push_back("extensionAttribute" + std::to_string(n));
    for (const std::string& name : names) {
      std::set<std::string>& values = mailbox.attributes[name];
      const auto property = user.properties.find(name);
      if (property == user.properties.end() || !property->second) continue;
      for (const std::string& v : *property->second) {
        if (!v.empty()) values.insert(v);
      }
    }
    for (const ExoMailbox& exo : world.exo) {
      if (exo.id == id) overlay_exo(exo, mailbox, by_flag);
    }
    side[id] = mailbox;
  }
  return side;
}

bool joinable(const AdObject& o) {
  const auto has = [&](const char* c) {
    return std::count(o.classes.begin(), o.classes.end(), c) > 0;
  };
  return (has("user") || has("inetOrgPerson")) && !has("computer");
}

std::string octets_of(const AdObject& o) {
  return o.consistency_guid.empty() ? o.object_guid : o.consistency_guid;
}

bool on_prem(const AdObject& o) {
  for (const char* sign : {"homeMDB", "msExchHomeServerName"}) {
    if (o.attributes.contains(sign)) return true;
  }
  const auto type = o.attributes.find("msExchRecipientTypeDetails");
  static const std::set<std::string> kLocal = {"1", "2", "4", "16", "32"};
  return type != o.attributes.end() && !type->second.empty() &&
         kLocal.contains(type->second.front());
}

bool below(const std::string& dn, const std::string& base) {
  const std::string a = lower(dn), b = lower(base);
  return a == b || a.ends_with("," + b);
}

bool is_address(const std::string& attribute) {
  return attribute == "mail" || attribute == "proxyAddresses";
}

// Which addresses an object has, and whether only as secondary proxy addresses.
std::map<std::string, bool> addresses_of(const std::map<std::string, Values>& attributes) {
  std::map<std::string, bool> held;
  for (const auto& [name, values] : attributes) {
    if (!is_address(name)) continue;
    for (const std::string& v : values) {
      const bool secondary = name != "mail" && !is_primary(v);
      const auto [it, fresh] = held.try_emplace(address_key(name, v), secondary);
      it->second = it->second && secondary;
    }
  }
  return held;
}

std::map<std::string, Values> after(const AdObject& object, const ExpectedEdits& edits) {
  auto attributes = object.attributes;
  for (const auto& [name, expected] : edits) {
    const auto& edit = expected;  // clang 14 captures no structured binding
    Values& values = attributes[name];
    std::erase_if(values, [&](const std::string& v) { return edit.deletes.contains(v); });
    values.insert(values.end(), edit.adds.begin(), edit.adds.end());
  }
  return attributes;
}

struct Moves {
  std::set<std::string> gained;
  std::map<std::string, bool> given;  // address -> secondary only
};

Moves moves_of(const AdObject& object, const ExpectedEdits& edits) {
  const auto before = addresses_of(object.attributes);
  const auto then = addresses_of(after(object, edits));
  Moves moves;
  for (const auto& [address, secondary] : then) {
    if (!before.contains(address)) moves.gained.insert(address);
  }
  for (const auto& [address, secondary] : before) {
    if (!then.contains(address)) moves.given[address] = secondary;
  }
  return moves;
}

ExpectedEdits address_edits(const ExpectedEdits& edits) {
  ExpectedEdits only;
  for (const auto& [name, edit] : edits) {
    if (is_address(name)) only[name] = edit;
  }
  return only;
}

// Collisions, dependencies and cycles among what is planned so far.
class AddressPass {
 public:
  AddressPass(const World& world, Expected& expected,
              const std::map<std::string, ExpectedEdits>& kept_back)
      : expected_(expected) {
    for (const AdObject& object : world.ad) {
      const auto planned = expected.planned.find(object.dn);
      if (planned != expected.planned.end()) {
        moves_[object.dn] = moves_of(object, address_edits(planned->second));
      }
      if (const auto back = kept_back.find(object.dn); back != kept_back.end()) {
        // What would have been given up, had nothing been kept back.
        ExpectedEdits all = back->second;
        if (planned != expected.planned.end()) all.merge(ExpectedEdits(planned->second));
        withheld_[object.dn] = moves_of(object, address_edits(all)).given;
      }
    }
    holders_ = holders_of(world);
  }

  void run() {
    collide();
    depend();
    for (;;) {
      const std::set<std::string> cyclic = primary_cycles();
      if (cyclic.empty()) break;
      for (const std::string& dn : cyclic) refuse(dn, "primary-cycle");
      depend();
    }
    for (const auto& [dn, reasons] : refused_) {
      for (const char* name : {"mail", "proxyAddresses"}) {
        if (!expected_.planned[dn].erase(name)) continue;
        expected_.refused[{dn, name}] = reasons;
      }
      if (expected_.planned[dn].empty()) expected_.planned.erase(dn);
    }
  }

 private:
  struct Edge {
    std::string giver, taker;
    bool secondary;
  };

  void refuse(const std::string& dn, const std::string& reason) { refused_[dn].insert(reason); }

  void collide() {
    std::map<std::string, std::set<std::string>> takers;
    for (const auto& [dn, moves] : moves_) {
      for (const std::string& address : moves.gained) takers[address].insert(dn);
    }
    for (const auto& [address, dns] : takers) {
      for (const std::string& taker : dns) {
        if (dns.size() > 1) refuse(taker, "address-taken");
        const auto holders = holders_.find(address);
        if (holders == holders_.end()) continue;
        for (const std::string& holder : holders->second) {
          if (const auto m = moves_.find(holder);
              m != moves_.end() && m->second.given.contains(address)) {
            edges_.push_back({holder, taker, m->second.given.at(address)});
          } else if (withheld_.contains(holder) && withheld_[holder].contains(address)) {
            refuse(taker, "depends-on");
          } else {
            refuse(taker, "address-taken");
          }
        }
      }
    }
  }

  void depend() {
    for (bool grew = true; grew;) {
      grew = false;
      for (const Edge& e : edges_) {
        if (!refused_.contains(e.giver)) continue;
        grew = refused_[e.taker].insert("depends-on").second || grew;
      }
    }
  }

  // Members of a cycle of edges that no secondary address can cut.
  std::set<std::string> primary_cycles() const {
    std::set<std::string> members;
    for (const Edge& start : edges_) {
      std::set<std::string> reached;
      const std::function<void(const std::string&)> walk = [&](const std::string& dn) {
        for (const Edge& e : edges_) {
          if (e.secondary || e.giver != dn || refused_.contains(e.giver) ||
              refused_.contains(e.taker)) {
            continue;
          }
          if (reached.insert(e.taker).second) walk(e.taker);
        }
      };
      walk(start.giver);
      if (reached.contains(start.giver)) members.insert(start.giver);
    }
    return members;
  }

  Expected& expected_;
  std::map<std::string, Moves> moves_;
  std::map<std::string, std::map<std::string, bool>> withheld_;
  std::map<std::string, std::set<std::string>> holders_;
  std::vector<Edge> edges_;
  std::map<std::string, std::set<std::string>> refused_;
};

}  // namespace

Expected expect(const World& world, const DiffOptions& options) {
  Expected expected;
  const auto cloud = cloud_side(world, options);
  std::map<std::string, std::vector<const CloudMailbox*>> by_anchor;
  for (const auto& [id, mailbox] : cloud) by_anchor[mailbox.anchor].push_back(&mailbox);
  std::map<std::string, std::vector<const AdObject*>> objects;
  for (const AdObject& o : world.ad) {
    if (joinable(o)) objects[base64_of(octets_of(o))].push_back(&o);
  }
  std::map<std::string, ExpectedEdits> kept_back;
  for (const auto& [anchor, list] : objects) {
    if (!by_anchor.contains(anchor)) ++expected.ad_only;
  }
  for (const auto& [anchor, claimants] : by_anchor) {
    const CloudMailbox& mailbox = *claimants.front();
    if (std::none_of(claimants.begin(), claimants.end(),
                     [](const CloudMailbox* m) { return m->in_scope; })) {
      continue;
    }
    ++expected.in_scope;
    if (!objects.contains(anchor)) {
      ++expected.cloud_only;
      continue;
    }
    ++expected.matched;
    const AdObject& object = *objects[anchor].front();
    bool ambiguous = claimants.size() > 1 || objects[anchor].size() > 1;
    for (const AdObject& o : world.ad) {
      if (joinable(o) && base64_of(o.object_guid) == anchor && base64_of(octets_of(o)) != anchor) {
        ambiguous = true;
      }
    }
    if (ambiguous) {
      expected.refused[{anchor, ""}] = {"ambiguous-anchor"};
      continue;
    }
    const Verdicts verdicts =
        compare_attributes(mailbox.attributes, mailbox.from_exo, object.attributes, options);
    for (const std::string& name : verdicts.case_only) ++expected.case_only[name];
    const bool excluded =
        std::any_of(options.exclude.begin(), options.exclude.end(),
                    [&](const std::string& base) { return below(object.dn, base); });
    const auto admin = object.attributes.find("adminCount");
    const bool protected_admin = options.protect_admin_count && admin != object.attributes.end() &&
                                 admin->second == Values{"1"};
    for (const auto& [name, edit] : verdicts.edits) {
      if (on_prem(object) && !options.allow_on_prem_mailboxes) {
        expected.refused[{object.dn, name}] = {"on-prem-mailbox"};
      } else if (excluded || protected_admin) {
        expected.held[{object.dn, name}] = excluded ? "excluded" : "admin-count";
      } else if (verdicts.refused.contains(name)) {
        expected.refused[{object.dn, name}] = verdicts.refused.at(name);
      } else if (verdicts.held.contains(name)) {
        expected.held[{object.dn, name}] = "clear-at-first-sight";
      } else {
        expected.planned[object.dn][name] = edit;
        continue;
      }
      kept_back[object.dn][name] = edit;
    }
  }
  AddressPass(world, expected, kept_back).run();
  return expected;
}

}  // namespace trueup::world
