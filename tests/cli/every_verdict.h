// SPDX-License-Identifier: Apache-2.0
// Thirteen mailboxes, of which a plan says all that it can say of one: changed, after another,
// refused in part or as a whole, held, in agreement.
#pragma once

#include "tests/cli/small_tenant.h"

namespace trueup::cli {

class EveryVerdict : public SmallTenant {
 protected:
  const std::string contact_ = "CN=Since,OU=Staff," + std::string(Slapd::kSuffix);
  const std::string board_ = "OU=Board,OU=Staff," + std::string(Slapd::kSuffix);

  void SetUp() override {
    mailboxes(4);
    mailbox(5, {primary(5)}, {primary(5), "smtp:sales@contoso.lab"});  // a contact has it
    mailbox(6, {primary(6), "smtp:x@contoso.lab"}, {primary(6)});      // gives x
    mailbox(7, {primary(7)}, {primary(7), "smtp:x@contoso.lab"});      // takes it
    mailbox(8, {primary(8), "smtp:y@contoso.lab"}, {primary(8), "smtp:info@contoso.lab"});  // too
    mailbox(9, {primary(9)}, {primary(9), "smtp:y@contoso.lab"});  // of one that is refused
    with(10, "");
    ldif_ = replaced_once(ldif_, "CN=User 0010,OU=Staff,", "CN=User 0010,OU=Board,OU=Staff,");
    with(11, "adminCount: 1\n");
    with(12, "homeMDB: CN=DB1,DC=contoso,DC=lab\n");
    ldif_ += user_ldif(13, "extensionAttribute1: new\n" + proxies({primary(13)}));
    cloud_.put(13, in_cloud(13));
    const Addresses held = {"smtp:sales@contoso.lab", "smtp:info@contoso.lab"};
    ldif_ += replaced_once(holder_ldif(contact_, proxies(held)), "changetype: add\n", "");
  }
  Arguments exclude() const { return {"--exclude", board_}; }
  static std::string address(int number) { return primary(number).substr(5); }

 private:
  static Json in_cloud(int number) {
    return {{"CustomAttribute1", "new"}, {"EmailAddresses", Addresses{primary(number)}}};
  }
  void with(int number, const std::string& attributes) {
    ldif_ +=
        user_ldif(number, "extensionAttribute1: old\n" + attributes + proxies({primary(number)}));
    cloud_.put(number, in_cloud(number));
  }
};

}  // namespace trueup::cli
