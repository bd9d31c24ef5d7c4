// SPDX-License-Identifier: Apache-2.0
// What an AD means by the number with which it refuses a bind.
#include "io/ldap/session/bind_refusal.h"

#include <gtest/gtest.h>

#include "io/ldap/session/ldap_session.h"
#include "tests/support/servers/ldap_stub.h"
#include "tests/support/servers/samba.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

std::string diagnostic(const std::string& number) {
  return "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data " + number +
         ", v4563";
}

/// What opening a session to an AD that refuses the bind so complains of.
std::string refused(const std::string& text) {
  LdapStub ad(1500);
  ad.refuse_binds(text);
  try {
    LdapSession session(ad.options());
  } catch (const LdapRefused& error) {
    return error.what();
  }
  return {};
}

TEST(BindRefusal, EachNumberIsSaidInWords) {
  for (const auto& [number, words] :
       std::vector<std::pair<std::string, std::string>>{{"525", "no such account"},
                                                        {"52e", "the password is wrong"},
                                                        {"530", "at this hour"},
                                                        {"531", "from this computer"},
                                                        {"532", "password has expired"},
                                                        {"533", "disabled"},
                                                        {"701", "account has expired"},
                                                        {"773", "must be changed"},
                                                        {"775", "locked out"}}) {
    const std::string text = refused(diagnostic(number));
    EXPECT_NE(text.find("data " + number), std::string::npos) << text;
    EXPECT_NE(text.find(words), std::string::npos) << text;
    EXPECT_NE(text.find("svc@contoso.lab"), std::string::npos) << text;
  }
  EXPECT_NE(bind_refusal(diagnostic("52E")), "");
}

TEST(BindRefusalSamba, ADomainControllerRefusesAWrongPasswordInThatWay) {
  const SambaDc dc({});
  const TempFolder folder;
  LdapOptions options = dc.delegated();
  options.password_file = folder.write("password", "wrong-One-1\n");
  try {
    LdapSession session(options);
    ADD_FAILURE() << "it must not be taken";
  } catch (const LdapRefused& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("the account or the password is wrong"), std::string::npos) << text;
    EXPECT_EQ(text.find("wrong-One-1"), std::string::npos) << text;
  }
}

TEST(BindRefusal, OthersAreShownAsTheyAre) {
  for (const std::string& text : {diagnostic("999"), diagnostic(""), std::string("data 52e"),
                                  std::string("nothing to tell")}) {
    EXPECT_EQ(bind_refusal(text), "") << text;
    const std::string complaint = refused(text);
    EXPECT_NE(complaint.find(text), std::string::npos) << complaint;
    EXPECT_NE(complaint.find("check --bind-dn and the password"), std::string::npos) << complaint;
  }
}

}  // namespace
}  // namespace trueup
