// SPDX-License-Identifier: Apache-2.0
// unmatched.csv goes into a spreadsheet: nothing in it is computed there.
#include "tests/cli/samba_tenant.h"

namespace trueup::cli {
namespace {

class CliUnmatchedCsv : public testing::Test {
 protected:
  std::string csv(const Arguments& more = {}) {
    const Json user = {{"id", "00000000-0000-4000-8000-000000000001"},
                       {"userPrincipalName", "=HYPERLINK(\"http://x\",\"Jörg\")"},
                       {"onPremisesSyncEnabled", true},
                       {"onPremisesImmutableId", to_base64(user_guid(1))}};
    const Json page = {{"@odata.context",
                        "https://graph.microsoft.com/v1.0/$metadata#users(id,userPrincipalName,"
                        "onPremisesSyncEnabled,onPremisesImmutableId)"},
                       {"value", Json::array({user})},
                       {"@odata.deltaLink", "https://graph.microsoft.com/v1.0/users/delta?x"}};
    const Json planned = Json::parse(
        trueup(Arguments{"plan", "--scope", "synced", "--json", "--store", folder_ / "store",
                         "--graph", folder_.write("graph.json", page.dump()), "--ad",
                         folder_.write("ad.ldif", user_ldif(2, "") + carriers_ldif())} +
               more)
            .out);
    return read_file(folder_ / ("store/runs/" + planned.at("run").dump() + "/unmatched.csv"));
  }
  TempFolder folder_;
};

TEST_F(CliUnmatchedCsv, IsForASpreadsheet) {
  const std::string text = csv();
  EXPECT_EQ(text.find("\xEF\xBB\xBFside,anchor,id,name\r\n"), 0U) << text;
  EXPECT_NE(text.find(",\"'=HYPERLINK(\"\"http://x\"\",\"\"Jörg\"\")\"\r\n"), std::string::npos)
      << text;
  EXPECT_EQ(text.find('\n'), text.find('\r') + 1);
}

TEST_F(CliUnmatchedCsv, OrForAProgram) {
  EXPECT_NE(csv({"--raw-csv"}).find(",\"=HYPERLINK("), std::string::npos);
}

}  // namespace
}  // namespace trueup::cli
