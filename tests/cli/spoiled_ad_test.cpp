// SPDX-License-Identifier: Apache-2.0
// An AD export that is cut, foreign or without its keys is an input error: exit 1, nothing touched.
#include "tests/cli/input_fixture.h"
#include "tests/cli/ldif_text.h"

namespace trueup::cli {
namespace {

class CliSpoiledAd : public SpoiledInput {
 protected:
  std::string text() const { return read_file(tenant_.ad); }
  void put(std::string_view content) const { write_text(tenant_.ad, content); }

  /// The lines that `drop` takes are left out, with their folds.
  template <typename Drop>
  std::string without(const Drop& drop) const {
    std::string out;
    bool dropping = false;
    const std::string all = text();
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t end = all.find('\n', at) + 1;
      const std::string line = all.substr(at, end - at);
      if (!line.starts_with(' ')) dropping = drop(line);
      if (!dropping) out += line;
      at = end;
    }
    return out;
  }

  /// The first record of a user, and where it starts.
  std::pair<std::size_t, std::string> user() const {
    const std::string all = text();
    const std::size_t inside = all.find("mailNickname:");
    const std::size_t start = all.rfind("dn:", inside);
    return {start, all.substr(start, all.find("\r\n\r\n", start) + 4 - start)};
  }

  /// `line` in the first user's record, after its dn.
  std::string with_line(const std::string& line) const {
    const auto [start, record] = user();
    return text().insert(text().find("changetype:", start), line + "\r\n");
  }
};

TEST_F(CliSpoiledAd, NoFinalNewline) {
  const std::string all = text();
  put(all.substr(0, all.find_last_not_of("\r\n") + 1));
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif", "cut|newline|complete", "again|export"}));
}

TEST_F(CliSpoiledAd, CutInsideARecord) {
  const std::string all = text();
  put(all.substr(0, all.size() * 2 / 3));
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif", "cut|newline|complete", "again|export"}));
}

TEST_F(CliSpoiledAd, CutInsideBase64) {
  const std::string all = text();
  const std::size_t value = all.rfind("objectGUID:: ");
  put(all.substr(0, value + 13 + 10) + "\r\n");
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif", "base64|cut", "again|export"}));
}

TEST_F(CliSpoiledAd, EmptyExport) {
  put("");
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif", "empty|no entry", "again|export"}));
  put("\r\n\r\n");
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif|AD export", "empty|no entry", "again|export"}));
}

TEST_F(CliSpoiledAd, NoObjectGuid) {  // ldifde -n, -m
  put(without([](const std::string& line) {
    return line.starts_with("objectGUID:") || line.starts_with("mS-DS-ConsistencyGuid:") ||
           line.starts_with("ms-DS-ConsistencyGuid:") || line.starts_with("mS-DS-ConsistencyGuid");
  }));
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif", "objectGUID", "-[nm]|again|export"}));
}

// A DC is written to by objectGUID: a ConsistencyGuid alone joins, but leaves nothing to write to.
TEST_F(CliSpoiledAd, NoObjectGuidButAConsistencyGuid) {
  put(without([](const std::string& line) { return line.starts_with("objectGUID:"); }));
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif", "objectGUID", "-[nm]|again|export"}));
}

TEST_F(CliSpoiledAd, NumEntriesMustMatch) {
  const Tenant listed = make_tenant(folder_, "listed", 200, {"--ldif-style", "ldapsearch"});
  const std::size_t count = parse_ldif(read_file(listed.ad)).size();
  const std::string all = read_file(listed.ad);
  const std::size_t line = all.find("# numEntries:");
  const std::string body = line == std::string::npos ? all : all.substr(0, line);
  write_text(listed.ad, body + "\n# numEntries: " + std::to_string(count) + "\n");
  EXPECT_EQ(plan_of(listed.inputs(), {"--store", folder_ / "two", "--out", folder_ / "two.ldif"})
                .exit_code,
            0);
  write_text(listed.ad, body + "\n# numEntries: " + std::to_string(count + 1) + "\n");
  EXPECT_TRUE(fails(plan_of(listed.inputs()), 1,
                    {"ad\\.ldif", "numEntries", std::to_string(count + 1), std::to_string(count),
                     "again|export"}));
}

TEST_F(CliSpoiledAd, SidesSwapped) {
  EXPECT_TRUE(fails(plan_of({"--graph", tenant_.ad, "--ad", tenant_.graph}), 1,
                    {"ad\\.ldif|graph", "--ad|--graph|swapped|json|ldif"}));
  EXPECT_TRUE(
      fails(plan_of({"--graph", tenant_.graph, "--exo", tenant_.exo.front(), "--ad", page(1)}), 1,
            {"page-0*1\\.json", "LDIF", "is JSON|not an? LDIF"}));
  EXPECT_TRUE(
      fails(plan_of({"--graph", tenant_.exo.front(), "--ad", tenant_.ad}), 1, {"exo\\.json"}));
}

TEST_F(CliSpoiledAd, OneFolderForBothSides) {
  EXPECT_TRUE(fails(plan_of({"--graph", tenant_.folder, "--ad", tenant_.folder}), 2,
                    {"tenant", "both sides", "--ad"}));
  EXPECT_TRUE(fails(plan_of({"--graph", tenant_.graph, "--exo", tenant_.exo.front(), "--ad",
                             tenant_.folder + "/./graph/"}),
                    2, {"graph", "both sides", "--ad"}));
}

// Bad records are defects: more than max_defects is an input error, fewer are counted and told.
TEST_F(CliSpoiledAd, BrokenBase64IsADefect) {
  const auto [start, record] = user();
  const std::string all = text();
  put(replaced_once(all, record, replaced_once(record, "objectGUID:: ", "objectGUID:: *!")));
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif", "base64", "max.defects"}));
  const ProcessResult allowed = plan(
      {"--max-defects", "5%", "--store", folder_ / "two", "--out", folder_ / "two.ldif", "--json"});
  ASSERT_EQ(allowed.exit_code, 0) << allowed.err;
  const Json report = Json::parse(allowed.out);
  EXPECT_EQ(report.at("ad").at("defects"), 1);
  EXPECT_EQ(report.at("defects").size(), 1U);
  EXPECT_NE(report.at("defects").front().at("file").get<std::string>().find("ad.ldif"),
            std::string::npos);
}

TEST_F(CliSpoiledAd, AFileReferenceIsNeverOpened) {
  const std::string secret = folder_.write("secret", "SMTP:secret@contoso.com");
  put(with_line("proxyAddresses:< file://" + secret));
  const ProcessResult refused = plan();
  EXPECT_TRUE(fails(refused, 1, {"ad\\.ldif", ":<|URL|file", "max.defects"}));
  EXPECT_EQ(refused.err.find("secret@"), std::string::npos);
  // On an attribute that is not looked at it only loses that attribute.
  put(text());
  put(replaced_once(text(), "proxyAddresses:< ", "jpegPhoto:< "));
  const ProcessResult passed = plan({"--store", folder_ / "two", "--out", folder_ / "two.ldif"});
  EXPECT_EQ(passed.exit_code, 0) << passed.err;
}

TEST_F(CliSpoiledAd, ARangedAttributeIsIncomplete) {
  put(with_line("proxyAddresses;range=0-1499: smtp:x@contoso.com"));
  EXPECT_TRUE(fails(plan(), 1, {"ad\\.ldif", "range", "max.defects"}));
  put(replaced_once(text(), "proxyAddresses;range=0-1499", "member;range=0-1499"));
  const ProcessResult passed = plan({"--store", folder_ / "two", "--out", folder_ / "two.ldif"});
  EXPECT_EQ(passed.exit_code, 0) << passed.err;
}

TEST_F(CliSpoiledAd, DuplicateAnchorsAreRefusedAndTheRestGoesOn) {
  // A second object with the same objectGUID: nobody knows which of the two the cloud means.
  const Edits before = edits_of(parse_ldif(plan_text_));
  ASSERT_FALSE(before.empty());
  const std::string anchor = before.begin()->first.first;
  std::string doubled;
  for (const LdifRecord& record : parse_ldif(plan_text_)) {
    if (record.comment("anchor") != anchor) continue;
    std::string dn = record.dn();
    doubled = "dn: CN=Copy of" + dn.substr(dn.find(' ')) +
              "\r\nchangetype: add\r\n"
              "objectClass: top\r\nobjectClass: person\r\nobjectClass: user\r\n"
              "objectGUID:: 4P4P4P4P4P4P4P4P4P4P4A==\r\nmS-DS-ConsistencyGuid:: " +
              anchor + "\r\n\r\n";
  }
  ASSERT_NE(doubled, "");
  put(text() + doubled);
  const std::string store = folder_ / "two";
  const ProcessResult planned = plan({"--store", store, "--out", folder_ / "two.ldif", "--json"});
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  for (const auto& [key, edit] : edits_of(parse_ldif(read_file(folder_ / "two.ldif")))) {
    EXPECT_NE(key.first, anchor) << key.second;
    EXPECT_TRUE(before.contains(key)) << key.first << " " << key.second;
  }
  const std::string rejects = read_file(store + "/runs/1/rejects.ldif");
  EXPECT_NE(rejects.find(anchor), std::string::npos);
  EXPECT_GE(Json::parse(planned.out).at("plan").at("refused_mailboxes"), 1);
}

TEST_F(CliSpoiledAd, CutUtf16) {
  const Tenant wide = make_tenant(folder_, "wide", 200, {"--ldif-encoding", "utf16"});
  const std::string all = read_file(wide.ad);
  write_text(wide.ad, all.substr(0, all.size() / 2 + 1));
  EXPECT_TRUE(fails(plan_of(wide.inputs()), 1, {"ad\\.ldif", "cut|UTF-16|newline|complete"}));
}

}  // namespace
}  // namespace trueup::cli
