// SPDX-License-Identifier: Apache-2.0
#include "io/http/service_url.h"

#include <gtest/gtest.h>

#include "io/graph/graph_client.h"
#include "io/http/service_error.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

TEST(ServiceUrl, IsSchemeHostAndPort) {
  EXPECT_EQ(service_of("https://graph.microsoft.com"), "https://graph.microsoft.com");
  EXPECT_EQ(service_of("HTTPS://Graph.Microsoft.COM:443/v1.0/users?$top=5"),
            "https://graph.microsoft.com");
  EXPECT_EQ(service_of("https://localhost:8443/"), "https://localhost:8443");
}

TEST(ServiceUrl, RefusesWhatIsNotHttps) {
  for (const char* url : {"http://graph.microsoft.com", "graph.microsoft.com", "", "https://",
                          "file:///etc/passwd", "https://a b/"}) {
    EXPECT_THROW(service_of(url), UsageError) << url;
  }
}

TEST(ServiceUrl, IsNotFooledByWhatStandsBeforeOrBehindTheHost) {
  EXPECT_NE(service_of("https://graph.microsoft.com.evil.example/"), "https://graph.microsoft.com");
  EXPECT_EQ(service_of("https://graph.microsoft.com@evil.example/"), "https://evil.example");
  EXPECT_TRUE(parse_service_url("https://graph.microsoft.com@evil.example/").user);
  EXPECT_EQ(service_of("https://evil.example#@graph.microsoft.com/"), "https://evil.example");
}

TEST(ServiceUrl, EncodesSpacesOfAFilter) {
  const ServiceUrl url = parse_service_url(
      "https://graph.microsoft.com/v1.0/users?$filter=userPrincipalName ge 'a'&$top=999");
  EXPECT_EQ(url.url.find(' '), std::string::npos);
  EXPECT_NE(url.target.find("$top=999"), std::string::npos);
  EXPECT_NE(url.target.find("'a'"), std::string::npos);
}

TEST(ServiceUrl, KnowsWhereEachCloudLogsIn) {
  EXPECT_EQ(login_service_of("graph.microsoft.com"), "https://login.microsoftonline.com");
  EXPECT_EQ(login_service_of("graph.microsoft.us"), "https://login.microsoftonline.us");
  EXPECT_EQ(login_service_of("dod-graph.microsoft.us"), "https://login.microsoftonline.us");
  EXPECT_EQ(login_service_of("microsoftgraph.chinacloudapi.cn"), "https://login.chinacloudapi.cn");
  EXPECT_EQ(login_service_of("localhost"), "");
}

TEST(WithoutTokens, CutsOutWhatGivesAccess) {
  EXPECT_EQ(without_tokens("/v1.0/users/delta?$skiptoken=abc-_.def&$top=5"),
            "/v1.0/users/delta?$skiptoken=...&$top=5");
  EXPECT_EQ(without_tokens("GET https://x/delta?%24DeltaToken=abc failed"),
            "GET https://x/delta?%24DeltaToken=... failed");
  EXPECT_EQ(without_tokens(R"({"@odata.nextLink":"https://x?$skiptoken=abc","value":[]})"),
            R"({"@odata.nextLink":"https://x?$skiptoken=...","value":[]})");
  EXPECT_EQ(without_tokens("token eyJhbGciOiJQUzI1NiJ9.eyJh-_dWQi.sig, refused"),
            "token ..., refused");
  EXPECT_EQ(without_tokens("client_secret=a%20b&scope=s"), "client_secret=...&scope=s");
  EXPECT_EQ(without_tokens("nothing to hide"), "nothing to hide");
}

TEST(ServiceErrorText, IsReadOfBothKindsOfAnswer) {
  const ServiceError graph = parse_service_error(
      R"({"error":{"code":"Authorization_RequestDenied","message":"Insufficient\nprivileges"}})");
  EXPECT_EQ(graph.text(), "Authorization_RequestDenied: Insufficient privileges");
  const ServiceError token = parse_service_error(
      R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret",)"
      R"("error_codes":[7000215],"trace_id":"t1","correlation_id":"c1"})");
  EXPECT_EQ(token.text(), "invalid_client: AADSTS7000215: Invalid client secret");
  EXPECT_EQ(token.trace_id, "t1");
  EXPECT_EQ(token.correlation_id, "c1");
  EXPECT_EQ(parse_service_error("<html>\x1b[2J gone </html>").text(), "<html> [2J gone </html>");
  EXPECT_EQ(parse_service_error("").text(), "");
  EXPECT_EQ(parse_service_error("[1]").text(), "[1]");
}

}  // namespace
}  // namespace trueup
