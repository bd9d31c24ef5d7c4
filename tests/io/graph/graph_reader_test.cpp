// SPDX-License-Identifier: Apache-2.0
#include "io/graph/graph_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "io/json/flattened_list.h"
#include "io/json/json_chunks.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

struct Seen {
  std::string id, name;
  std::optional<Anchor> anchor;
  std::uint32_t flags = 0;
  AttributeSet supplied;
  std::vector<std::pair<Attribute, std::string>> values;
  std::uint64_t offset = 0;

  std::string value(Attribute a) const {  // of several: with a bar between
    std::string all;
    for (const auto& [attribute, bytes] : values) {
      if (attribute == a) all += (all.empty() ? "" : "|") + bytes;
    }
    return all;
  }
};

class Recorder : public MailboxSink {
 public:
  void on_mailbox(const Mailbox& m, std::uint64_t offset) override {
    Seen s{std::string(m.id), std::string(m.name), {}, m.flags, m.supplied, {}, offset};
    if (m.has_anchor) s.anchor = m.anchor;
    for (const AttributeValue& v : m.values) s.values.emplace_back(v.attribute, v.bytes);
    seen.push_back(std::move(s));
  }
  void on_defect(std::uint64_t offset, std::string reason) override {
    defects.emplace_back(offset, std::move(reason));
  }
  std::vector<Seen> seen;
  std::vector<std::pair<std::uint64_t, std::string>> defects;
};

struct Parsed {
  GraphSummary summary;
  std::vector<Seen> users;
  std::vector<std::pair<std::uint64_t, std::string>> defects;
};

/// Cut into chunks of about `chunk_bytes`, each in a buffer of its own.
Parsed parse(const std::string& text, std::size_t chunk_bytes = std::size_t{1} << 20) {
  GraphReader reader;
  Recorder sink;
  GraphSummary summary;
  for (std::size_t at = 0; at < std::max<std::size_t>(text.size(), 1);) {
    const std::string_view rest = std::string_view(text).substr(at);
    std::size_t length = 0;
    for (std::size_t n = chunk_bytes; length == 0 && n < rest.size(); n *= 2) {
      length = cut_json(rest.substr(0, n));
    }
    if (length == 0) length = rest.size();
    std::vector<char> buffer(length + kChunkPadding);
    std::memcpy(buffer.data(), rest.data(), length);
    GraphSummary part;
    reader.parse({{buffer.data(), length}, at, at == 0, length == rest.size(), nullptr},
                 "dump.json", sink, part);
    merge(summary, part);
    at += std::max<std::size_t>(length, 1);
  }
  return {summary, sink.seen, sink.defects};
}

std::string page(const std::string& users) {
  return R"J({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(id,mail)",)J"
         R"("@odata.nextLink":"https://graph.microsoft.com/v1.0/users/delta?$skiptoken=x",)"
         R"("value":[)" +
         users + "]}";
}

/// The InputError that parsing `text` ends with.
std::string error_of(const std::string& text, std::size_t chunk_bytes = std::size_t{1} << 20) {
  try {
    parse(text, chunk_bytes);
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

#define EXPECT_HAS(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << text

constexpr Attribute kMail = Attribute::kMail;
constexpr Attribute kProxy = Attribute::kProxyAddresses;

TEST(GraphReader, ReadsTheUsersOfAPage) {
  const Parsed p = parse(page(
      R"({"id":"u1","userPrincipalName":"anna@x.example","mail":"anna@x.example",)"
      R"("mailNickname":"anna","onPremisesImmutableId":"eFY0Erya8N4SNFZ4mrze8A==",)"
      R"("onPremisesSyncEnabled":true,"proxyAddresses":["SMTP:anna@x.example","smtp:a@x.example"],)"
      R"("onPremisesExtensionAttributes":{"extensionAttribute1":"one","extensionAttribute2":null,)"
      R"("extensionAttribute15":"fifteen"}},{"id":"u2"})"));
  ASSERT_EQ(p.users.size(), 2U);
  const Seen& anna = p.users[0];
  EXPECT_EQ(anna.id, "u1");
  EXPECT_EQ(anna.name, "anna@x.example");
  EXPECT_EQ(anna.flags, kFromGraph | kSyncEnabledSupplied | kSyncEnabled);
  ASSERT_TRUE(anna.anchor);
  EXPECT_EQ(to_guid(*anna.anchor), "12345678-9abc-def0-1234-56789abcdef0");
  EXPECT_EQ(anna.value(kMail), "anna@x.example");
  EXPECT_EQ(anna.value(kProxy), "SMTP:anna@x.example|smtp:a@x.example");
  EXPECT_EQ(anna.value(Attribute::kMailNickname), "anna");
  EXPECT_EQ(anna.value(extension_attribute(1)), "one");
  EXPECT_EQ(anna.value(extension_attribute(15)), "fifteen");
  EXPECT_EQ(anna.supplied,
            AttributeSet({kMail, kProxy, Attribute::kMailNickname, extension_attribute(1),
                          extension_attribute(2), extension_attribute(15)}));
  EXPECT_EQ(p.users[1].flags, kFromGraph | kIdOnly);
  EXPECT_FALSE(p.users[1].anchor);
  EXPECT_TRUE(p.users[1].supplied.empty());
  EXPECT_EQ(p.summary.users, 2U);
  EXPECT_EQ(p.summary.pages, 1U);
  EXPECT_EQ(p.summary.next_links, 1U);
  EXPECT_EQ(p.summary.bare_users, 0U);
  EXPECT_TRUE(p.summary.carried_sync_enabled);
  EXPECT_TRUE(p.summary.carried_attributes.contains(extension_attribute(2)));
}

TEST(GraphReader, TakesKeysInAnyOrderAndAnyLayout) {
  const Parsed p = parse(
      " {\n  \"value\" : [ { \"mail\" : \"a@x\" , \"x\" : { \"y\" : [ 1, { } ] "
      "},\r\n\t\"id\":\"u1\" "
      "} ] ,\n \"@odata.deltaLink\" : \"https://d\" }\n");
  ASSERT_EQ(p.users.size(), 1U);
  EXPECT_EQ(p.users[0].value(kMail), "a@x");
  EXPECT_EQ(p.summary.delta_link, "https://d");
  EXPECT_EQ(p.summary.delta_link_file, "dump.json");
  EXPECT_EQ(p.summary.delta_links, 1U);
  EXPECT_EQ(p.summary.last_link_offset, p.summary.delta_link_offset);
  EXPECT_EQ(p.summary.pages_without_context, 1U);
}

TEST(GraphReader, TakesAnEmptyPage) {
  const Parsed p = parse(page(""));
  EXPECT_TRUE(p.users.empty());
  EXPECT_EQ(p.summary.pages, 1U);
}

TEST(GraphReader, TellsAbsentFromNullFromEmpty) {
  const Parsed p = parse(
      page(R"({"id":"u1","mail":null,"proxyAddresses":[],"onPremisesImmutableId":null,)"
           R"("onPremisesSyncEnabled":null,"onPremisesExtensionAttributes":null},)"
           R"({"id":"u2","mail":"","proxyAddresses":[null,""," "],"onPremisesImmutableId":"",)"
           R"("onPremisesSyncEnabled":false,"userPrincipalName":null})"));
  ASSERT_EQ(p.users.size(), 2U);
  EXPECT_EQ(p.users[0].supplied, kAddressAttributes | kExtensionAttributes);
  EXPECT_EQ(p.users[1].supplied, kAddressAttributes);
  for (const Seen& u : p.users) {
    EXPECT_TRUE(u.values.empty());
    EXPECT_FALSE(u.anchor);
    EXPECT_EQ(u.flags, kFromGraph | kSyncEnabledSupplied);
  }
}

TEST(GraphReader, FlagsAnImmutableIdThatIsNoGuid) {
  const Parsed p = parse(page(R"({"id":"u1","onPremisesImmutableId":"employee-17"})"));
  ASSERT_EQ(p.users.size(), 1U);
  EXPECT_FALSE(p.users[0].anchor);
  EXPECT_EQ(p.users[0].flags, kFromGraph | kBadAnchor);
}

TEST(GraphReader, KeepsOnlyTheIdOfARemovedUser) {
  const Parsed p =
      parse(page(R"({"id":"u1","mail":"a@x","@removed":{"reason":"changed"}},{"id":"u2"})"));
  ASSERT_EQ(p.users.size(), 2U);
  EXPECT_EQ(p.users[0].flags, kFromGraph | kRemoved);
  EXPECT_EQ(p.users[0].id, "u1");
  EXPECT_TRUE(p.users[0].supplied.empty());
  EXPECT_TRUE(p.users[0].values.empty());
  EXPECT_EQ(p.summary.removed, 1U);
  EXPECT_EQ(p.summary.users, 1U);
  EXPECT_TRUE(p.summary.carried_attributes.empty());
}

TEST(GraphReader, ResolvesEscapes) {
  const Parsed p = parse(
      page(R"({"id":"u1","mail":"\u0061\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\uDE00z",)"
           R"("\u006dailNickname":"caf\u00e9","onPremisesDistinguishedName":"CN=Doe\\, J"})"));
  ASSERT_EQ(p.users.size(), 1U);
  EXPECT_EQ(p.users[0].value(kMail), "a\"\\/\b\f\n\r\t\u00e9\u20ac\U0001F600z");
  EXPECT_EQ(p.users[0].value(Attribute::kMailNickname), "caf\u00e9");
}

TEST(GraphReader, TrimsAddressesOnly) {
  const Parsed p = parse(page(
      R"({"id":"u1","mail":"  a@x\t","proxyAddresses":["SMTP: \ta@x "," X400:C=US; A= ;","smtp:"],)"
      R"("mailNickname":" a ","onPremisesExtensionAttributes":{"extensionAttribute3":" v "}})"));
  ASSERT_EQ(p.users.size(), 1U);
  EXPECT_EQ(p.users[0].value(kMail), "a@x");
  EXPECT_EQ(p.users[0].value(kProxy), "SMTP:a@x|X400:C=US; A= ;|smtp:");
  EXPECT_EQ(p.users[0].value(Attribute::kMailNickname), " a ");
  EXPECT_EQ(p.users[0].value(extension_attribute(3)), " v ");
}

TEST(GraphReader, PassesOverUnknownAndSimilarNames) {
  const Parsed p = parse(page(
      R"({"ID":"no","id":"u1","Mail":"no","mail2":"no","manager":{"id":"no","mail":"no"},)"
      R"("onPremisesExtensionAttributes":{"extensionAttribute0":"no","extensionAttribute16":"no",)"
      R"("extensionAttribute01":"no","extensionAttribute":"no","extensionAttributeX":1},)"
      R"("assignedPlans":[[{"a":"]}"}],[]],"n":-1.5e3,"t":true})"));
  ASSERT_EQ(p.users.size(), 1U);
  EXPECT_EQ(p.users[0].id, "u1");
  EXPECT_TRUE(p.users[0].values.empty());
  EXPECT_TRUE(p.users[0].supplied.empty());
}

TEST(GraphReader, RefusesFlattenedLists) {
  for (const std::string flat :
       {R"("proxyAddresses":"SMTP:a@x")", R"("proxyAddresses":"System.Object[]")",
        R"("proxyAddresses":["SMTP:a@x GWISE:d.p.a","smtp:b@x"])",
        R"("onPremisesExtensionAttributes":"@{extensionAttribute1=a}")"}) {
    EXPECT_HAS(error_of(page(R"({"id":"u",)" + flat + "}")), "-Depth 4") << flat;
  }
  EXPECT_EQ(error_of(page(R"({"id":"u","proxyAddresses":"","mail":"a@x"})")), "no error");
}

TEST(GraphReader, KnowsWhatPagesWithoutAPropertyListCarry) {
  const std::string text =
      R"({"value":[{"id":"a","mail":"a@x"},{"id":"b","onPremisesImmutableId":"AAAA"}]})"
      "\n"
      R"({"value":[{"id":"c","@removed":{"reason":"deleted"}}]})"
      "\n"
      R"({"value":[{"id":"d","onPremisesSyncEnabled":null}],"@odata.deltaLink":"x"})";
  for (const std::size_t bytes : {std::size_t{30}, std::size_t{1000}}) {
    const Parsed p = parse(text, bytes);
    ASSERT_EQ(p.summary.unlisted_pages.size(), 2U);
    const bool in_order = p.summary.unlisted_pages[0].begin == 0;
    const CarriedProperties& first = p.summary.unlisted_pages[in_order ? 0 : 1].carried;
    EXPECT_EQ(first.attributes, AttributeSet{Attribute::kMail});
    EXPECT_TRUE(first.anchor);
    EXPECT_FALSE(first.sync_enabled);
    EXPECT_EQ(first.users, 2U);
    EXPECT_EQ(p.summary.bad_anchor, "AAAA");
    EXPECT_EQ(p.summary.bad_anchor_user, "b");
  }
}

TEST(GraphReader, OneBadUserIsOneDefect) {
  const std::vector<std::string> bad = {
      R"({"mail":"a@x"})",
      R"({"id":17})",
      R"({"id":""})",
      R"({"id":null})",
      R"("text")",
      "[1]",
      R"({"id":"b","mail":["a@x"]})",
      R"({"id":"b","mail":{"a":1}})",
      R"({"id":"b","mail":1})",
      R"({"id":"b","proxyAddresses":{}})",
      R"({"id":"b","proxyAddresses":[1]})",
      R"({"id":"b","proxyAddresses":[["SMTP:a@x"]]})",
      R"({"id":"b","onPremisesSyncEnabled":"true"})",
      R"({"id":"b","onPremisesImmutableId":5})",
      R"({"id":"b","onPremisesExtensionAttributes":[]})",
      R"({"id":"b","onPremisesExtensionAttributes":{"extensionAttribute1":true}})",
      R"({"id":"b","mail":"a@x","mail":"b@x"})",
      R"({"id":"b","id":"c"})",
      R"({"id":"b" "mail":"a@x"})",
      R"({"id":"b","mail""a@x"})",
      R"({"id":"b",})",
      R"({,"id":"b"})",
      R"({"id":"b","mail":})",
      R"({"id":"b","proxyAddresses":["a",]})",
      R"({"id":"b",7})",
      R"({"id":"b","mail":"\x"})",
      R"({"id":"b","mail":"\ud800"})",
      R"({"id":"b","mail":"\udc00"})",
      R"({"id":"b","mail":"\u12g4"})",
      R"({"id":"b","mail":"\ud800\u0041"})",
      "{\"id\":\"b\",\"mail\":\"\xff@x\"}",
      "{\"id\":\"b\",\"x\":\"\xc3\"}",
      "{\"id\":\"b\",\"mail\":\"a\nb\"}",
      "{\"id\":\"b\",\"x\":\"\x01\"}",
      R"({"id":"b","mail":nul})",
      R"({"id":"b","x":1 2})"};
  for (const std::string& record : bad) {
    const std::string before = page(R"({"id":"u1","mail":"e\u0041"},)");
    const std::string text = page(R"({"id":"u1","mail":"e\u0041"},)" + record + R"(,{"id":"u2"})");
    const Parsed p = parse(text);
    ASSERT_EQ(p.defects.size(), 1U) << record;
    EXPECT_EQ(p.defects[0].first, before.size() - 2) << record;
    EXPECT_NE(p.defects[0].second, "") << record;
    ASSERT_EQ(p.users.size(), 2U) << record;
    EXPECT_EQ(p.users[0].value(kMail), "eA");
    EXPECT_EQ(p.users[1].id, "u2");
    EXPECT_EQ(p.users[1].offset, text.find(R"({"id":"u2")"));
    EXPECT_EQ(p.summary.users, 2U);
  }
}

TEST(GraphReader, RefusesABrokenStructure) {
  const std::vector<std::string> broken = {R"({"id":"b")",
                                           R"({"id":"b}})",
                                           R"({"id":"b,"mail":"a@x","name":"n"})",
                                           R"({"id":"b"}})",
                                           R"({"id":"b"}])",
                                           R"({"id":"b"}{"id":"c"})",
                                           ",",
                                           R"({"id":"b","p":[1})"};
  for (const std::string& record : broken) {
    const std::string error = error_of(page(R"({"id":"u1"},)" + record + R"(,{"id":"u2"})"));
    EXPECT_HAS(error, "dump.json, byte ") << record;
    EXPECT_HAS(error, "not JSON") << record;
  }
}

TEST(GraphReader, TwoMissingQuotesLoseNoUsersSilently) {
  std::string users;
  for (int i = 0; i < 9; ++i) {
    std::string user = R"({"id":"u)" + std::to_string(i) + R"(","mail":"a@x","n":"v"})";
    if (i == 2 || i == 6) user.erase(user.find("a@x") + 3, 1);
    users += (i > 0 ? "," : "") + user;
  }
  EXPECT_HAS(error_of(page(users)), "a record that does not end");
}

TEST(GraphReader, RefusesATextThatIsCutOffAnywhere) {
  const std::string text =
      page(R"({"id":"u1","mail":"a@x","proxyAddresses":["SMTP:a@x"]},{"id":"u2"})");
  for (std::size_t n = 0; n < text.size(); ++n) {
    EXPECT_HAS(error_of(text.substr(0, n)), "dump.json, byte ") << n;
  }
  EXPECT_EQ(error_of(text), "no error");
  EXPECT_EQ(error_of(text + " \r\n"), "no error");
  EXPECT_HAS(error_of(text + "x"), "not JSON");
}

TEST(GraphReader, QuotesAnErrorBody) {
  const std::string error = error_of(
      R"({"error":{"code":"syncStateNotFound","message":"The delta token is \"expired\".",)"
      R"("innerError":{"date":"2026-08-04","request-id":"r1"}}})");
  EXPECT_HAS(error, "dump.json, byte 1: ");
  EXPECT_HAS(error, "syncStateNotFound: The delta token is \"expired\".");
  EXPECT_HAS(error, "fetch the dump again");
  EXPECT_HAS(error_of(R"({"error":"invalid_client","error_description":"d"})"), "invalid_client");
  EXPECT_HAS(error_of(R"({"value":[],"error":{"code":"","message":"m"}})"), "and no page: m;");
}

TEST(GraphReader, RefusesForeignFiles) {
  EXPECT_HAS(error_of("{}"), "foreign");
  EXPECT_HAS(error_of(R"({"name":"n","files":[1]})"), "foreign");
  EXPECT_HAS(error_of("[{\"id\":\"u1\"}]"), "foreign");
  EXPECT_HAS(error_of("<html></html>"), "not JSON");
  EXPECT_HAS(error_of(""), "not JSON");
  EXPECT_HAS(error_of("\n \n"), "not JSON");
  EXPECT_HAS(error_of(R"({"value":{"id":"u1"}})"), "\"value\" is no array");
  EXPECT_HAS(error_of(R"({"value":[],"value":[]})"), "a second \"value\"");
  EXPECT_HAS(error_of(R"({"@odata.nextLink":"https://n"})"), "without \"value\"");
  EXPECT_HAS(error_of(R"J({"@odata.context":"https://g/$metadata#groups(id)","value":[]})J"),
             "a dump of groups");
}

TEST(GraphReader, RefusesAPageWithBothLinks) {
  const std::string both = R"({"@odata.nextLink":"n","value":[{"id":"u1"},{"id":"u2"}],)"
                           R"("@odata.deltaLink":"d"})";
  EXPECT_HAS(error_of(both), "both a nextLink and a deltaLink");
  EXPECT_HAS(error_of(both, 48), "both a nextLink and a deltaLink");  // links in different chunks
}

TEST(GraphReader, ReadsNewlineDelimitedPagesAndUsers) {
  const Parsed p =
      parse(page(R"({"id":"u1"})") + "\n" + page(R"({"id":"u2"},{"id":"u3"})") + "\r\n\n" +
            R"({"id":"u4","mail":"d@x"})" + "\n" + R"({"mail":"e@x","id":"u5"})");
  ASSERT_EQ(p.users.size(), 5U);
  EXPECT_EQ(p.users[4].value(kMail), "e@x");
  EXPECT_EQ(p.summary.pages, 2U);
  EXPECT_EQ(p.summary.bare_users, 2U);
  EXPECT_EQ(p.summary.next_links, 2U);
}

TEST(GraphReader, OneBadLineIsOneDefect) {
  const std::string good = R"({"id":"u1","mail":"a@x"})"
                           "\n";
  const std::vector<std::string> bad = {R"({"mail":"a@x"})",
                                        R"({"id":"b" "mail":"a@x"})",
                                        R"({"id":"b","mail":"a@x})",
                                        R"({"id":"b","x":{"y":1})",
                                        R"({"x":1})",
                                        "{\"id\":\"\xff\"}",
                                        R"({"id":"b","mail":"a"b"})",
                                        R"({"id":"b,"mail":"a@x"})",
                                        "{}"};
  for (const std::string& line : bad) {
    const std::string last = R"({"id":"u2"})";
    const Parsed p = parse(good + good + line + "\n" + good + last + "\n");
    ASSERT_EQ(p.defects.size(), 1U) << line;
    EXPECT_EQ(p.defects[0].first, 2 * good.size()) << line;
    ASSERT_EQ(p.users.size(), 4U) << line;
    EXPECT_EQ(p.users[3].id, "u2");
    EXPECT_EQ(p.users[3].offset, 3 * good.size() + line.size() + 1);
  }
  EXPECT_HAS(error_of(good + good + R"({"id":"u3","mai)"), "does not end");
  EXPECT_HAS(error_of(good + "garbage\n" + good), "not JSON");
}

TEST(GraphReader, ReadsTheSelectionFromTheContext) {
  auto selected = [](const std::string& fragment) {
    return parse(R"({"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#)" + fragment +
                 R"(","value":[]})")
        .summary;
  };
  const GraphSummary full = selected(
      "users(id,mail,proxyAddresses,onPremisesSyncEnabled,onPremisesExtensionAttributes)/$delta");
  EXPECT_EQ(full.selected,
            "id,mail,proxyAddresses,onPremisesSyncEnabled,onPremisesExtensionAttributes");
  EXPECT_EQ(full.selected_attributes, kAddressAttributes | kExtensionAttributes);
  EXPECT_TRUE(full.selected_sync_enabled);
  EXPECT_EQ(full.pages_without_context, 0U);
  const GraphSummary nested = selected("users(id,manager(mail,id),mailNickname)");
  EXPECT_EQ(nested.selected_attributes, AttributeSet{Attribute::kMailNickname});
  EXPECT_FALSE(nested.selected_sync_enabled);
  for (const char* none : {"users", "users/$delta", "users/$entity", "directoryObjects"}) {
    EXPECT_EQ(selected(none).selected, "") << none;
    EXPECT_EQ(selected(none).pages_without_context, 1U) << none;
  }
  const Parsed entity =
      parse(R"J({"@odata.context":"https://g/v1.0/$metadata#users(id,mail)/$entity","id":"u1"})J");
  EXPECT_EQ(entity.summary.selected, "id,mail");
  EXPECT_EQ(entity.summary.bare_users, 1U);
}

TEST(GraphReader, RefusesPagesThatSelectDifferently) {
  auto with = [](const std::string& list) {
    return "{\"@odata.context\":\"https://g/$metadata#users(" + list + ")\",\"value\":[]}";
  };
  EXPECT_HAS(error_of(with("id,mail") + "\n" + with("id")), "select different properties");
  GraphSummary a = parse(with("id,mail")).summary;
  a.selected_file = "a.json";
  try {
    merge(a, parse(with("id")).summary);
    FAIL();
  } catch (const InputError& e) {
    EXPECT_HAS(e.what(), "a.json has (id,mail), dump.json has (id)");
  }
}

TEST(GraphReader, KeepsTheLastLinks) {
  const std::string next = R"({"@odata.nextLink":"n","value":[]})";
  const std::string delta = R"({"value":[],"@odata.deltaLink":"d"})";
  const Parsed good = parse(next + "\n" + delta + "\n");
  EXPECT_EQ(good.summary.last_link_offset, good.summary.delta_link_offset);
  EXPECT_EQ(good.summary.last_link_file, good.summary.delta_link_file);
  const Parsed bad = parse(delta + "\n" + next + "\n");
  EXPECT_GT(bad.summary.last_link_offset, bad.summary.delta_link_offset);
}

// ---- Random users, written in random ways and cut at random places

struct Model {
  std::map<Attribute, std::vector<std::string>> values;
};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    const bool escape = *rc::gen::weightedElement<bool>({{20, false}, {1, true}});
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned char>(c));
    if (c == '"' || c == '\\') {
      out += escape ? code : std::string("\\") + c;
    } else if (static_cast<unsigned char>(c) < 0x20 ||
               (escape && static_cast<signed char>(c) > 0)) {
      out += code;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string blank() { return *rc::gen::element<std::string>("", "", "", " ", "\n", "\r\n\t"); }

std::string written(const std::string& id, const Model& user) {
  std::vector<std::string> fields = {"\"id\":" + blank() + quoted(id),
                                     R"("skip":{"a":["}],{[","\\"],"id":null})"};
  std::string extension;
  for (const auto& [attribute, values] : user.values) {
    const std::string name(traits(attribute).name);
    if (attribute == Attribute::kProxyAddresses) {
      std::string list;
      for (const std::string& v : values) {
        list += (list.empty() ? "" : blank() + ",") + blank() + quoted(v);
      }
      fields.push_back("\"" + name + "\"" + blank() + ":[" + list + "]");
    } else if (kExtensionAttributes.contains(attribute)) {
      extension += (extension.empty() ? "\"" : ",\"") + name + "\":" + quoted(values[0]) + blank();
    } else {
      fields.push_back("\"" + name + "\":" + quoted(values[0]));
    }
  }
  fields.push_back("\"onPremisesExtensionAttributes\":{" + extension + "}");
  std::string out = "{";
  while (!fields.empty()) {
    const std::size_t i = *rc::gen::inRange<std::size_t>(0, fields.size());
    out += blank() + (out.size() > 1 ? "," : "") + fields[i];
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return out + blank() + "}";
}

Model random_user() {
  Model user;
  auto text = [] {
    return *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("abcXYZ:@.-\"\\{}[],\x01 ~")));
  };
  for (Attribute a : {Attribute::kMailNickname, extension_attribute(1), extension_attribute(15)}) {
    const std::string value = text();
    if (!value.empty()) user.values[a] = {value};
  }
  for (int n = *rc::gen::inRange(0, 4); n > 0; --n) {
    const std::string address = "smtp:a" + text() + "z";
    if (is_joined_addresses(address)) continue;  // refused, which is no matter here
    user.values[Attribute::kProxyAddresses].push_back(address);
  }
  return user;
}

TEST(GraphReader, ReadsBackRandomUsersWhateverTheChunks) {
  EXPECT_TRUE(rc::check([] {
    const bool lines = *rc::gen::arbitrary<bool>();
    const int count = *rc::gen::inRange(lines ? 1 : 0, 12);
    std::map<std::string, Model> users;
    std::string body;
    for (int i = 0; i < count; ++i) {
      const std::string id = "u" + std::to_string(i);
      users[id] = random_user();
      std::string user = written(id, users[id]);
      if (lines) {
        user.erase(
            std::remove_if(user.begin(), user.end(), [](char c) { return c == '\n' || c == '\r'; }),
            user.end());
      }
      body += (i == 0 ? "" : lines ? "\n" : ",") + user;
    }
    const Parsed p = parse(lines ? body : page(body), *rc::gen::inRange<std::size_t>(1, 600));
    RC_ASSERT(p.defects.empty());
    RC_ASSERT(p.users.size() == users.size());
    RC_ASSERT(p.summary.open_pages.empty());
    RC_ASSERT(p.summary.pages == (lines ? 0U : 1U));
    for (const Seen& seen : p.users) {
      std::map<Attribute, std::vector<std::string>> values;
      for (const auto& [attribute, value] : seen.values) values[attribute].push_back(value);
      auto expected = users.at(seen.id).values;
      for (std::string& v : expected[Attribute::kProxyAddresses]) {  // white space behind the colon
        while (v.size() > 5 && static_cast<unsigned char>(v[5]) <= ' ') v.erase(5, 1);
      }
      if (expected[Attribute::kProxyAddresses].empty()) expected.erase(Attribute::kProxyAddresses);
      RC_ASSERT(values == expected);
    }
  }));
}

TEST(GraphReader, AnyDamageIsADefectOrAnError) {
  EXPECT_TRUE(rc::check([] {
    std::string body;
    for (int i = 0; i < 6; ++i) {
      body += (i == 0 ? "" : ",") + written("u" + std::to_string(i), random_user());
    }
    std::string text = page(body);
    for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
      const std::size_t at = *rc::gen::inRange<std::size_t>(0, text.size());
      const std::string put = *rc::gen::element<std::string>("", "\"", "}", "]", "{", ",", "\\",
                                                             "\n", "\xff", "x", ":", "[");
      text.replace(at, *rc::gen::inRange<std::size_t>(0, 3), put);
    }
    try {
      const Parsed p = parse(text, *rc::gen::inRange<std::size_t>(20, 3000));
      RC_ASSERT(p.users.size() == 6U || !p.defects.empty());  // nobody is lost without a word
    } catch (const InputError&) {
    }
  }));
}

}  // namespace
}  // namespace trueup
