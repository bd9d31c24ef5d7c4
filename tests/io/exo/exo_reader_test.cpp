// SPDX-License-Identifier: Apache-2.0
#include "io/exo/exo_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstring>

#include "io/json/json_chunks.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

struct Seen {
  std::string id, name;
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

struct Parsed : MailboxSink {
  void on_mailbox(const Mailbox& m, std::uint64_t offset) override {
    Seen s{std::string(m.id), std::string(m.name), m.flags, m.supplied, {}, offset};
    for (const AttributeValue& v : m.values) s.values.emplace_back(v.attribute, v.bytes);
    mailboxes.push_back(std::move(s));
  }
  void on_defect(std::uint64_t offset, std::string reason) override {
    defects.emplace_back(offset, std::move(reason));
  }
  std::vector<Seen> mailboxes;
  std::vector<std::pair<std::uint64_t, std::string>> defects;
  ExoSummary summary;
};

/// Cut into chunks of about `chunk_bytes`, each in a buffer of its own, merged from the last one.
Parsed parse(const std::string& text, std::size_t chunk_bytes = std::size_t{1} << 20) {
  ExoReader reader;
  Parsed parsed;
  std::vector<ExoSummary> parts;
  for (std::size_t at = 0; at < std::max<std::size_t>(text.size(), 1);) {
    const std::string_view rest = std::string_view(text).substr(at);
    std::size_t length = 0;
    for (std::size_t n = chunk_bytes; length == 0 && n < rest.size(); n *= 2) {
      length = cut_json(rest.substr(0, n));
    }
    if (length == 0) length = rest.size();
    std::vector<char> buffer(length + kChunkPadding);
    std::memcpy(buffer.data(), rest.data(), length);
    reader.parse({{buffer.data(), length}, at, at == 0, length == rest.size(), nullptr}, "exo.json",
                 parsed, parts.emplace_back());
    at += std::max<std::size_t>(length, 1);
  }
  for (; !parts.empty(); parts.pop_back()) merge(parsed.summary, parts.back());
  return parsed;
}

std::string error_of(const std::string& text, std::size_t chunk_bytes = std::size_t{1} << 20) {
  try {
    parse(text, chunk_bytes);
  } catch (const InputError& e) {
    return e.what();
  }
  return "no error";
}

/// The one mailbox with these properties besides its id.
Seen mailbox(const std::string& properties) {
  const Parsed p = parse(R"({"ExternalDirectoryObjectId":"e1",)" + properties + "}");
  EXPECT_EQ(p.mailboxes.size(), 1U) << properties << (p.defects.empty() ? "" : p.defects[0].second);
  return p.mailboxes.empty() ? Seen{} : p.mailboxes[0];
}

#define EXPECT_HAS(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << text

constexpr Attribute kMail = Attribute::kMail;
constexpr Attribute kProxy = Attribute::kProxyAddresses;
constexpr Attribute kHide = Attribute::kHideFromAddressLists;
constexpr Attribute kDetails = Attribute::kRecipientTypeDetails;
constexpr Attribute kDisplay = Attribute::kRecipientDisplayType;

TEST(ExoReader, ReadsAMailbox) {
  const Parsed p = parse(
      R"([{"ExternalDirectoryObjectId":"e1","UserPrincipalName":"anna@x.example","Alias":"anna",)"
      R"("EmailAddresses":["SMTP:anna@x.example","smtp:a@x.example","X500:/o=X/cn=anna"],)"
      R"("WindowsEmailAddress":"anna@x.example","PrimarySmtpAddress":"other@x.example",)"
      R"("CustomAttribute1":"one","CustomAttribute2":"","CustomAttribute15":"fifteen",)"
      R"("ExtensionCustomAttribute1":["b","a"],"ExtensionCustomAttribute5":[],)"
      R"("RecipientTypeDetails":"SharedMailbox","HiddenFromAddressListsEnabled":true,)"
      R"("IsExchangeCloudManaged":true,"IsDirSynced":true}])");
  ASSERT_EQ(p.mailboxes.size(), 1U);
  const Seen& m = p.mailboxes[0];
  EXPECT_EQ(m.id, "e1");
  EXPECT_EQ(m.name, "anna@x.example");
  EXPECT_EQ(m.flags, kFromExo | kCloudManagedSupplied | kCloudManaged);
  EXPECT_EQ(m.value(kMail), "anna@x.example");
  EXPECT_EQ(m.value(kProxy), "SMTP:anna@x.example|smtp:a@x.example|X500:/o=X/cn=anna");
  EXPECT_EQ(m.value(extension_attribute(1)), "one");
  EXPECT_EQ(m.value(extension_attribute(15)), "fifteen");
  EXPECT_EQ(m.value(extension_custom_attribute(1)), "b|a");
  EXPECT_EQ(m.value(kDetails), "34359738368");
  EXPECT_EQ(m.value(kDisplay), "-2147483642");
  EXPECT_EQ(m.value(kHide), "TRUE");
  EXPECT_EQ(m.value(Attribute::kMailNickname), "anna");
  EXPECT_EQ(m.supplied, AttributeSet({kMail, kProxy, extension_attribute(1), extension_attribute(2),
                                      extension_attribute(15), extension_custom_attribute(1),
                                      extension_custom_attribute(5), kDetails, kDisplay, kHide,
                                      Attribute::kMailNickname}));
  EXPECT_EQ(m.offset, 1U);
  EXPECT_EQ(p.summary.records, 1U);
  EXPECT_TRUE(p.summary.managed_flag_seen);
  EXPECT_EQ(p.summary.supplied, m.supplied);
}

TEST(ExoReader, TakesEveryShapeOfAFile) {
  const std::string a = R"({"ExternalDirectoryObjectId":"a"})";
  const std::string b = "{\r\n  \"ExternalDirectoryObjectId\":  \"b\"\r\n}";
  auto ids = [](const std::string& text) {
    std::string all;
    for (const Seen& m : parse(text).mailboxes) all += m.id;
    return all;
  };
  EXPECT_EQ(ids("[]"), "");
  EXPECT_EQ(ids("[" + a + ",\n" + b + "]"), "ab");
  EXPECT_EQ(ids(a), "a");
  EXPECT_EQ(ids(b + "\r\n"), "b");
  EXPECT_EQ(ids(R"({"value":[)" + a + "," + b + R"(],"Count":2})"), "ab");
  EXPECT_EQ(ids(R"({"Count":1,"Value":[)" + a + "]}"), "a");
  EXPECT_EQ(ids(R"({"@odata.context":"x","value":[]})"), "");
  EXPECT_EQ(ids(a + "\n" + a + "\r\n"), "aa");
  EXPECT_EQ(ids("[" + a + "]\n[" + a + "," + a + "]\n"), "aaa");
}

TEST(ExoReader, RefusesAWrongCount) {
  const std::string a = R"({"ExternalDirectoryObjectId":"a"})";
  const std::string text = R"({"value":[)" + a + "," + a + "," + a + R"(],"Count":4})";
  EXPECT_HAS(error_of(text), "announces 4 mailboxes and holds 3");
  EXPECT_HAS(error_of(text, 40), "announces 4 mailboxes and holds 3");  // in several chunks
  const std::string right = R"({"value":[)" + a + "," + a + "," + a + R"(],"Count":3})";
  EXPECT_EQ(error_of(right, 40), "no error");
  // A defect was there, so it counts.
  EXPECT_EQ(error_of(R"({"value":[)" + a + R"(,{"ExternalDirectoryObjectId":1}],"Count":2})"),
            "no error");
  EXPECT_HAS(error_of(R"({"value":[],"Count":"many"})"), "a Count that is no number");
}

TEST(ExoReader, MatchesNamesWithoutCase) {
  const Parsed p = parse(
      R"({"externaldirectoryobjectid":"e1","EMAILADDRESSES":["smtp:a@x"],"customattribute7":"v",)"
      R"("extensioncustomATTRIBUTE2":["w"],"isexchangecloudmanaged":false,)"
      R"("recipienttypedetails":1})");
  ASSERT_EQ(p.mailboxes.size(), 1U);
  const Seen& m = p.mailboxes[0];
  EXPECT_EQ(m.value(kProxy), "smtp:a@x");
  EXPECT_EQ(m.value(extension_attribute(7)), "v");
  EXPECT_EQ(m.value(extension_custom_attribute(2)), "w");
  EXPECT_EQ(m.flags, kFromExo | kCloudManagedSupplied);
  EXPECT_EQ(m.value(kDetails), "2147483648");
}

TEST(ExoReader, PassesOverUnknownAndSimilarNames) {
  const Seen m = mailbox(
      R"("CustomAttribute0":"no","CustomAttribute16":"no","CustomAttribute1x":"no",)"
      R"("ExtensionCustomAttribute6":["no"],"ExtensionCustomAttribute0":["no"],)"
      R"("CustomAttribute01":"no","Alia[":"no","@lias":"no",)"
      R"("MailTips":{"Alias":"no","value":[1,[2]]},"Extensions":[{"EmailAddresses":["no"]}])");
  EXPECT_TRUE(m.values.empty());
  EXPECT_TRUE(m.supplied.empty());
}

TEST(ExoReader, TellsAbsentFromEmpty) {
  const Seen m = mailbox(
      R"("EmailAddresses":null,"WindowsEmailAddress":"","CustomAttribute3":null,)"
      R"("ExtensionCustomAttribute3":"","HiddenFromAddressListsEnabled":null,"Alias":null)");
  EXPECT_TRUE(m.values.empty());
  EXPECT_EQ(m.supplied,
            AttributeSet({kProxy, kMail, extension_attribute(3), extension_custom_attribute(3),
                          kHide, Attribute::kMailNickname}));
}

TEST(ExoReader, TakesBooleansAsTrueOrText) {
  auto flags = [](const std::string& value) {
    return mailbox("\"IsExchangeCloudManaged\":" + value).flags & ~std::uint32_t{kFromExo};
  };
  EXPECT_EQ(flags("true"), kCloudManagedSupplied | kCloudManaged);
  EXPECT_EQ(flags("\"True\""), kCloudManagedSupplied | kCloudManaged);
  EXPECT_EQ(flags("false"), kCloudManagedSupplied);
  EXPECT_EQ(flags("\"False\""), kCloudManagedSupplied);
  EXPECT_EQ(flags("null"), 0U);  // Select-Object of a property that the cmdlet did not give
  EXPECT_EQ(flags("\"\""), 0U);
  EXPECT_FALSE(parse(R"({"ExternalDirectoryObjectId":"e","IsExchangeCloudManaged":null})")
                   .summary.managed_flag_seen);
  const Seen shown = mailbox("\"HiddenFromAddressListsEnabled\":\"False\"");
  EXPECT_EQ(shown.value(kHide), "");
  EXPECT_TRUE(shown.supplied.contains(kHide));
}

TEST(ExoReader, TakesEveryShapeOfAddresses) {
  auto addresses = [](const std::string& value) {
    return mailbox("\"EmailAddresses\":" + value).value(kProxy);
  };
  EXPECT_EQ(addresses(R"("SMTP:a@x")"), "SMTP:a@x");
  EXPECT_EQ(addresses(R"(["SMTP: a@x ",null,"smtp:b@x"])"), "SMTP:a@x|smtp:b@x");
  EXPECT_EQ(addresses(R"({"value":["SMTP:a@x","smtp:b@x"],"Count":2})"), "SMTP:a@x|smtp:b@x");
  EXPECT_EQ(addresses(R"({"Count":0,"value":[]})"), "");
  EXPECT_EQ(addresses(R"([{"ProxyAddressString":"SMTP:a@x","IsPrimaryAddress":true,)"
                      R"("Prefix":{"DisplayName":"SMTP"}},{"ProxyAddressString":"smtp:b@x"}])"),
            "SMTP:a@x|smtp:b@x");
  EXPECT_EQ(addresses(R"([{"AddressString":"a@x","PrefixString":"smtp","IsPrimaryAddress":true},)"
                      R"({"AddressString":"b@x","PrefixString":"SMTP","IsPrimaryAddress":"False"},)"
                      R"({"AddressString":"\/o=X","PrefixString":"X500"}])"),
            "SMTP:a@x|smtp:b@x|X500:/o=X");
  EXPECT_EQ(addresses(R"({"ProxyAddressString":"SMTP:a@x"})"), "SMTP:a@x");
}

TEST(ExoReader, TakesMailFromEitherProperty) {
  auto mail = [](const std::string& properties) { return mailbox(properties).value(kMail); };
  EXPECT_EQ(mail(R"("PrimarySmtpAddress":"p@x","WindowsEmailAddress":"w@x")"), "w@x");
  EXPECT_EQ(mail(R"("PrimarySmtpAddress":"p@x","WindowsEmailAddress":null)"), "p@x");
  EXPECT_EQ(mail(R"("PrimarySmtpAddress":" p@x ")"), "p@x");
  EXPECT_EQ(mail(R"("WindowsEmailAddress":{"Local":"w","Domain":"x","Address":"w@x"})"), "w@x");
  EXPECT_EQ(mail(R"("WindowsEmailAddress":{"Length":3,"Local":"w","Domain":"x"})"), "w@x");
  EXPECT_EQ(mail(R"("WindowsEmailAddress":{"Address":"","Local":null})"), "");
}

TEST(ExoReader, TranslatesTypes) {
  EXPECT_EQ(mailbox(R"("RecipientTypeDetails":"RoomMailbox")").value(kDisplay), "-2147481850");
  EXPECT_EQ(mailbox(R"("RecipientTypeDetails":32)").value(kDetails), "17179869184");
  EXPECT_EQ(
      mailbox(R"("RecipientTypeDetails":{"value":4,"Value":"SharedMailbox"})").value(kDetails),
      "34359738368");
  const Seen other = mailbox(R"("RecipientTypeDetails":"SchedulingMailbox","Alias":"s")");
  EXPECT_EQ(other.flags, kFromExo | kUntranslatedType);
  EXPECT_EQ(other.supplied, AttributeSet{Attribute::kMailNickname});
  const Seen unknown = mailbox(R"("RecipientTypeDetails":null)");
  EXPECT_EQ(unknown.flags, kFromExo);
  EXPECT_TRUE(unknown.supplied.empty());
}

TEST(ExoReader, RefusesFlattenedLists) {
  const std::vector<std::string> flattened = {
      R"("EmailAddresses":"System.Collections.ArrayList")",
      R"("EmailAddresses":["System.Object[]"])",
      R"("EmailAddresses":"Microsoft.Exchange.Data.ProxyAddressCollection")",
      R"("EmailAddresses":"SMTP:a@x,smtp:b@x")",
      R"("EmailAddresses":"SMTP:a@x;smtp:b@x")",
      R"("EmailAddresses":"SMTP:a@x smtp:b@x")",
      R"("EmailAddresses":["SMTP:a@x, smtp:b@x"])",
      R"("EmailAddresses":"SMTP:a@x,b@x")",
      R"("EmailAddresses":"a@x; b@x")",
      R"("EmailAddresses":"X500:/o=X/cn=a;SMTP:a@x")",
      R"("EmailAddresses":"smtp:a@x|x500:/o=X")",
      R"("EmailAddresses":"eum:1;phone-context=d.x,smtp:a@x")",
      R"("EmailAddresses":"@{ProxyAddressString=SMTP:a@x; IsPrimaryAddress=True}")",
      R"("EmailAddresses":"SMTP:a@x GWISE:dom.po.a")",
      R"("EmailAddresses":["SMTP:a@x,ACME:17","smtp:b@x"])",
      R"("EmailAddresses":["SMTP:a@x\nx500:/o=X","smtp:b@x"])",
      R"("EmailAddresses":["smtp:b@x","X500:/o=X, Inc/cn=A B x400:C=DE;S=B;"])",
      R"("EmailAddresses":["smtp:b@x","a@x; b@x"])",
      R"("EmailAddresses":["smtp:b@x","X500:/o=X/cn=a NOTES:A/X@Y"])",
      R"("WindowsEmailAddress":"@{Local=a; Domain=x}")",
      R"("ExtensionCustomAttribute1":"VIP")",
      R"("ExtensionCustomAttribute5":"Building 4 Floor 2")",
      R"("ExtensionCustomAttribute1":"System.Collections.ArrayList")",
      R"("ExtensionCustomAttribute1":"Microsoft.Exchange.Data.MultiValuedProperty`1[String]")"};
  for (const std::string& property : flattened) {
    const std::string error = error_of(R"([{"ExternalDirectoryObjectId":"e1",)" + property + "}]");
    EXPECT_HAS(error, "flattened") << property;
    EXPECT_HAS(error, "ConvertTo-Json -Depth") << property;
    EXPECT_HAS(error, "exo.json, byte ") << property;
  }
}

TEST(ExoReader, DoesNotTakeOneAddressForAList) {
  for (const std::string& address : std::vector<std::string>{
           "X400:C=US;A= ;P=Org;O=Exchange;S=Doe;G=Jane;", "X500:/o=Org, Inc/ou=x; y/cn=Doe, Jane",
           "eum:1234;phone-context=plan.contoso.com", "x400:c=us;dda:SMTP=jane(a)x.example;",
           "smtp:jane doe@x", "NOTES:Jane Doe/Org@Domain, x", "smtp:\\\"a,b@c\\\"@x",
           "X500:/o=a@b/cn=c@d, e@f", "X500:/o=Org: A/cn=Sales West:2 b: c",
           "X400:C=US;A= ;P=Org;S=Doe;DDA:SMTP=jane(a)x.example;DDA:RFC-822=j;",
           "X500:/o=Org/cn=Meeting Notes:2019", "sip:a@x;transport=tls",
           "eum:1;phone-context=a:b"}) {
    const Seen m = mailbox("\"EmailAddresses\":\"" + address + "\"");
    EXPECT_NE(m.value(kProxy), "") << address;
  }
  EXPECT_EQ(
      mailbox(R"("ExtensionCustomAttribute1":["a,b;c"])").value(extension_custom_attribute(1)),
      "a,b;c");
}

TEST(ExoReader, ReadsIdsInEverySpelling) {
  const std::string plain = "7c51e0b0-0521-3dfb-637e-ab92cd9f1d6c";
  for (const std::string& id : std::initializer_list<std::string>{
           plain, "{" + plain + "}", " {7C51E0B0-0521-3DFB-637E-AB92CD9F1D6C} ", "(" + plain + ") ",
           "7C51E0B005213DFB637EAB92CD9F1D6C", "urn:uuid:" + plain}) {
    const Parsed p = parse(R"({"ExternalDirectoryObjectId":")" + id + "\"}");
    ASSERT_EQ(p.mailboxes.size(), 1U) << id;
    EXPECT_EQ(p.mailboxes[0].id, plain) << id;
  }
  EXPECT_EQ(parse(R"({"ExternalDirectoryObjectId":" AB-c"})").mailboxes.at(0).id, "ab-c");
}

TEST(ExoReader, PassesOverInactiveAndSoftDeletedMailboxes) {
  for (const char* gone :
       {R"("IsInactiveMailbox":true)", R"("isinactivemailbox":"True")",
        R"("IsSoftDeletedByRemove":true,"IsInactiveMailbox":false)",
        R"("IsSoftDeletedByDisable":"true")", R"("WhenSoftDeleted":"2026-03-02T10:11:12")",
        R"("WhenSoftDeleted":{"value":"\/Date(1)\/","DateTime":"x"})",
        R"("Identity":"Soft Deleted Objects\\anna")",
        R"("DistinguishedName":"CN=a,OU=Soft Deleted Objects,OU=x,DC=y")"}) {
    for (const char* id : {R"("")", "null", R"("e1")"}) {
      const Parsed p =
          parse(R"([{"ExternalDirectoryObjectId":)" + std::string(id) + "," + gone + "}]");
      EXPECT_TRUE(p.mailboxes.empty()) << gone;
      EXPECT_TRUE(p.defects.empty()) << gone;
      EXPECT_EQ(p.summary.soft_deleted, 1U) << gone;
    }
  }
  for (const char* live :
       {R"("IsInactiveMailbox":false)", R"("WhenSoftDeleted":null)", R"("WhenSoftDeleted":"")",
        R"("WhenSoftDeleted":"0001-01-01T00:00:00")", R"("Identity":"anna")",
        R"("IsInactiveMailbox":"False","WhenSoftDeleted":"2026-03-02T10:11:12")",
        R"("DistinguishedName":"CN=Soft Deleted Objects,OU=x,DC=y")"}) {
    EXPECT_EQ(mailbox(live).id, "e1") << live;
  }
}

TEST(ExoReader, ANextLinkInTheLastListMeansThatPagesAreMissing) {
  const auto missing = [](const std::string& text, std::size_t chunk_bytes) {
    try {
      refuse_missing_pages(parse(text, chunk_bytes).summary, {"exo.json"});
    } catch (const InputError&) {
      return true;
    }
    return false;
  };
  const std::string a = R"({"ExternalDirectoryObjectId":"a"})";
  const std::string more = R"({"value":[)" + a + "," + a + R"(],"@odata.nextLink":"https://x"})";
  const std::string before = R"({"@odata.NEXTlink":"https://x","value":[)" + a + "," + a + "]}";
  const std::string last = R"({"value":[)" + a + R"(],"@odata.nextLink":null})";
  for (const std::size_t bytes : {std::size_t{40}, std::size_t{1000}}) {
    EXPECT_TRUE(missing(more, bytes));
    EXPECT_TRUE(missing(before, bytes));
    EXPECT_TRUE(missing(last + "\n" + more, bytes));
    EXPECT_FALSE(missing(more + "\n" + last, bytes));
    EXPECT_FALSE(missing(more + "\n{\"value\":[]}", bytes)) << "an empty last page";
    EXPECT_TRUE(missing(more + "\n[" + a + "]", bytes)) << "an export of another kind";
    EXPECT_TRUE(missing(
        more + "\n" + R"({"value":[{"ExternalDirectoryObjectId":"a","Alias":"a"}]})", bytes))
        << "other properties: another export";
    for (const char* link : {"odata_nextLink", "@odata_nextLink", "odata_next_link", "__next",
                             "nextLink", "@nextLink"}) {
      EXPECT_TRUE(missing(R"({"value":[)" + a + R"(],")" + link + R"(":"https://x"})", bytes))
          << link;
    }
    EXPECT_TRUE(missing(R"({"value":[)" + a + R"(],"@odata.nextLink":["https://x"]})", bytes));
    EXPECT_TRUE(missing(R"({"value":[)" + a + R"(],"odata.count":2})", bytes));
    EXPECT_FALSE(missing(R"({"value":[)" + a + "," + a + R"(],"@odata.count":2})", bytes));
    EXPECT_TRUE(missing(R"({"value":[)" + a + R"(],"@odata.count":2})" + "\n[" + a + "]", bytes));
    EXPECT_TRUE(missing(
        R"({"value":[)" + a + R"(],"adminapi.warnings":[{"Message":"ResultSize"}]})", bytes));
    EXPECT_FALSE(missing(last, bytes));
    EXPECT_FALSE(missing("[" + a + "]", bytes));
  }
}

TEST(ExoReader, NeedsAnIdUnlessItIsNoUsersMailbox) {
  const Parsed p = parse(
      R"([{"Alias":"a"},{"ExternalDirectoryObjectId":"","RecipientTypeDetails":"UserMailbox"},)"
      R"({"ExternalDirectoryObjectId":null,"RecipientTypeDetails":"DiscoveryMailbox"},)"
      R"({"RecipientTypeDetails":"MailUniversalDistributionGroup"},)"
      R"({"ExternalDirectoryObjectId":"ABCDEF01-Z","RecipientTypeDetails":"DiscoveryMailbox"}])");
  EXPECT_EQ(p.defects.size(), 2U);
  EXPECT_EQ(p.summary.records_without_id, 2U);
  EXPECT_EQ(p.summary.records, 1U);
  EXPECT_EQ(p.summary.untranslated_types, 1U);
  ASSERT_EQ(p.mailboxes.size(), 1U);
  EXPECT_EQ(p.mailboxes[0].id, "abcdef01-z");  // Graph's spelling
}

TEST(ExoReader, OneBadMailboxIsOneDefect) {
  for (const std::string& bad : std::vector<std::string>{
           R"("text")", "[]", R"({"ExternalDirectoryObjectId":1})",
           R"({"ExternalDirectoryObjectId":"b","EmailAddresses":1})",
           R"({"ExternalDirectoryObjectId":"b","EmailAddresses":{}})",
           R"({"ExternalDirectoryObjectId":"b","EmailAddresses":{"value":["a"],"Count":2}})",
           R"({"ExternalDirectoryObjectId":"b","EmailAddresses":[{"x":1}]})",
           R"({"ExternalDirectoryObjectId":"b","CustomAttribute1":{"a":1}})",
           R"({"ExternalDirectoryObjectId":"b","CustomAttribute1":"x","customattribute1":"y"})",
           R"({"ExternalDirectoryObjectId":"b","ExtensionCustomAttribute1":[1]})",
           R"({"ExternalDirectoryObjectId":"b","ExtensionCustomAttribute1":{"a":"b"}})",
           R"({"ExternalDirectoryObjectId":"b","IsExchangeCloudManaged":"yes"})",
           R"({"ExternalDirectoryObjectId":"b","IsExchangeCloudManaged":[true]})",
           R"({"ExternalDirectoryObjectId":"b","RecipientTypeDetails":["UserMailbox"]})",
           R"({"ExternalDirectoryObjectId":"b" "Alias":"a"})",
           "{\"ExternalDirectoryObjectId\":\"b\xff\"}"}) {
    const std::string before = R"([{"ExternalDirectoryObjectId":"a"},)";
    const Parsed p = parse(before + bad + R"(,{"ExternalDirectoryObjectId":"c"}])");
    ASSERT_EQ(p.defects.size(), 1U) << bad;
    EXPECT_EQ(p.defects[0].first, before.size()) << bad;
    ASSERT_EQ(p.mailboxes.size(), 2U) << bad;
    EXPECT_EQ(p.mailboxes[1].id, "c");
  }
}

TEST(ExoReader, ABareMailboxMayBeADefectToo) {
  for (const char* bad : {R"({"Alias":"a"})", R"({"Alias":["a"]})", R"({"EmailAddresses":[{}]})",
                          R"({"IsExchangeCloudManaged":[true]})", R"({"Alias":{}})"}) {
    const Parsed p = parse(bad);
    EXPECT_EQ(p.defects.size(), 1U) << bad;
    EXPECT_TRUE(p.mailboxes.empty());
  }
  EXPECT_HAS(error_of(R"({"Alias" "a"})"), "not JSON");
}

TEST(ExoReader, RefusesForeignAndCutFiles) {
  EXPECT_HAS(error_of(""), "not JSON");
  EXPECT_HAS(error_of("{}"), "foreign");
  EXPECT_HAS(error_of(R"({"users":[{"Alias":"a"}]})"), "foreign");
  EXPECT_HAS(error_of("dn: CN=x"), "not JSON");
  EXPECT_HAS(error_of(R"({"value":7})"), "no array");
  EXPECT_HAS(error_of(R"({"error":{"code":"Forbidden","message":"m"}})"), "Forbidden");
  const std::string text = R"([{"ExternalDirectoryObjectId":"a","EmailAddresses":["SMTP:a@x"]},)"
                           R"({"ExternalDirectoryObjectId":"b"}])";
  for (std::size_t n = 0; n < text.size(); ++n) {
    EXPECT_HAS(error_of(text.substr(0, n)), "exo.json, byte ") << n;
    EXPECT_HAS(error_of(text.substr(0, n), 30), "exo.json, byte ") << n;
  }
}

TEST(ExoReader, GivesTheSameForAnyChunks) {
  std::string list;
  for (int i = 0; i < 40; ++i) {
    list +=
        (i == 0       ? ""
         : i % 3 == 0 ? " ,\n"
                      : ",") +
        std::string(R"({"ExternalDirectoryObjectId":"e)") + std::to_string(i) +
        R"(","EmailAddresses":{"value":["smtp:a\"]}@x","x,{"],"Count":2},"n":{"value":[{},{}]}})";
  }
  for (const std::string& text :
       {"[" + list + "]", R"({"Count":40,"value":[)" + list + "]}",
        R"({"value":[)" + list + R"(],"Count":40})", "[" + list + "]\n[" + list + "]"}) {
    const Parsed whole = parse(text);
    ASSERT_GE(whole.mailboxes.size(), 40U);
    EXPECT_TRUE(rc::check([&] {
      const Parsed parts = parse(text, *rc::gen::inRange<std::size_t>(1, 2000));
      RC_ASSERT(parts.mailboxes.size() == whole.mailboxes.size());
      RC_ASSERT(parts.summary.records == whole.summary.records);
      RC_ASSERT(parts.summary.open_lists.empty());
      for (std::size_t i = 0; i < parts.mailboxes.size(); ++i) {
        RC_ASSERT(parts.mailboxes[i].offset == whole.mailboxes[i].offset);
        RC_ASSERT(parts.mailboxes[i].values == whole.mailboxes[i].values);
      }
    }));
  }
}

}  // namespace
}  // namespace trueup
