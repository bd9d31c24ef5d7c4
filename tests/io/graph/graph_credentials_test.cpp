// SPDX-License-Identifier: Apache-2.0
// How the Graph client gets, keeps and renews its token.
#include <gtest/gtest.h>

#include <atomic>

#include "tests/io/graph/graph_trial.h"
#include "tests/support/client_certificate.h"

namespace trueup {
namespace {

using Reply = HttpsStub::Reply;
using Request = HttpsStub::Request;

class GraphCredentials : public GraphTrial {
 protected:
  GraphCredentials() {
    stub.on_request([](const Request&) { return Reply{.body = "{}"}; });
  }
  std::string open_error() {
    return error_of([&] { open(); });
  }
};

TEST_F(GraphCredentials, SendsTheSecretAsAForm) {
  fetch("/v1.0/users");
  ASSERT_EQ(stub.token_requests().size(), 1U);
  const Request request = stub.token_requests()[0];
  EXPECT_EQ(request.headers.at("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body, "grant_type=client_credentials&client_id=app-1&scope=https%3A%2F%2F" +
                              stub.url().substr(8, 9) + "%3A" + stub.url().substr(18) +
                              "%2F.default&client_secret=the-client-secret%2F%2B");
  EXPECT_EQ(stub.requests()[0].headers.at("authorization"), "Bearer secret-token-1");
}

TEST_F(GraphCredentials, SendsAnAssertionThatTheCertificateVerifies) {
  const MadeCertificate made = make_client_certificate(folder, "app");
  options.secret_file = "";
  options.cert_file = made.cert_file;
  options.key_file = made.key_file;
  fetch("/v1.0/users");
  const std::string body = stub.token_requests()[0].body;
  EXPECT_TRUE(has(body,
                  "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                  "client-assertion-type%3Ajwt-bearer"));
  EXPECT_FALSE(has(body, "client_secret"));
  const std::string name = "&client_assertion=";
  const VerifiedToken token =
      verify_token(body.substr(body.find(name) + name.size()), made.cert_file);
  EXPECT_TRUE(has(token.claims, "\"aud\":\"" + stub.token_url() + "\"")) << token.claims;
  EXPECT_TRUE(has(token.claims, "\"iss\":\"app-1\""));
}

TEST_F(GraphCredentials, AreCheckedBeforeAnythingIsSent) {
  const GraphOptions good = options;
  const MadeCertificate made = make_client_certificate(folder, "app");
  const MadeCertificate expired = make_client_certificate(folder, "old", -7200, -60);
  options.secret_file = "";
  EXPECT_TRUE(has(open_error(), "UsageError Graph needs the app's credentials"));
  options.cert_file = made.cert_file;
  EXPECT_TRUE(has(open_error(), "both files"));
  options.cert_file = expired.cert_file;
  options.key_file = expired.key_file;
  EXPECT_TRUE(has(open_error(), "UsageError the certificate in"));
  options.secret_file = good.secret_file;
  EXPECT_TRUE(has(open_error(), "not both"));
  options = good;
  options.secret_file = folder.write("empty", "\n");
  EXPECT_TRUE(has(open_error(), "is empty"));
  options = good;
  options.client_id = "";
  EXPECT_TRUE(has(open_error(), "client id"));
  options = good;
  options.token_url = "";
  EXPECT_TRUE(has(open_error(), "token_url")) << open_error();
  options = good;
  options.url = "http://localhost";
  EXPECT_TRUE(has(open_error(), "not an https:// URL"));
  options = good;
  options.ca_file = folder / "none.pem";
  EXPECT_TRUE(has(open_error(), "UsageError cannot read the CA file"));
  EXPECT_TRUE(stub.token_requests().empty());
}

TEST_F(GraphCredentials, AnOpenSecretFileIsWarnedOf) {
  ASSERT_EQ(::chmod(options.secret_file.c_str(), 0644), 0);
  std::vector<std::string> warnings;
  open_graph(options, &warnings);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_TRUE(has(warnings[0], "chmod 600"));
}

TEST_F(GraphCredentials, ATokenIsRenewedBeforeItRunsOutWhileOthersGoOn) {
  // Lives for 1 s, so it is renewed after 0.9; each page asks for the next, as a reader does.
  std::atomic<int> tokens = 0;
  stub.on_token([&](const Request&) {
    ++tokens;
    return HttpsStub::token_reply(tokens, tokens == 1 ? 1 : 3600);
  });
  stub.on_request([&](const Request& request) {
    if (request.headers.at("authorization") == "Bearer secret-token-1") return Reply{.body = "{}"};
    return Reply{.body = R"({"second":1})"};
  });
  const auto graph = open();
  graph->start(page("/v1.0/users"));
  int pages = 0;
  while (take(*graph).body != R"({"second":1})") {
    ++pages;
    graph->start(page("/v1.0/users"));
  }
  EXPECT_EQ(tokens, 2);
  EXPECT_GT(pages, 10);
  EXPECT_EQ(graph->counts().repeated, 0U);
}

TEST_F(GraphCredentials, ATokenThatIsRefusedIsRenewedOnceForAll) {
  // Eight requests are under way with the first token when it stops being good.
  stub.on_request([&](const Request& request) {
    return request.headers.at("authorization") == "Bearer secret-token-1"
               ? Reply{.status = 401,
                       .body = R"({"error":{"code":"InvalidAuthenticationToken","message":"x"}})"}
               : Reply{.body = "{}"};
  });
  const auto graph = open();
  for (int i = 0; i < 8; ++i) graph->start(page("/v1.0/users"));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(take(*graph).status, 200);
  EXPECT_EQ(stub.token_requests().size(), 2U);
}

TEST_F(GraphCredentials, AFreshTokenThatIsRefusedTooIsTheEnd) {
  stub.on_request([](const Request&) {
    return Reply{.status = 401,
                 .headers = {"request-id: r-401"},
                 .body = R"({"error":{"code":"InvalidAuthenticationToken","message":"Bad aud"}})"};
  });
  const std::string error = fetch_error();
  EXPECT_TRUE(has(error, "SourceError")) << error;
  EXPECT_TRUE(has(error, "Bad aud")) << error;
  EXPECT_TRUE(has(error, "r-401")) << error;
  EXPECT_EQ(stub.token_requests().size(), 2U);
}

TEST_F(GraphCredentials, OddRefusalsOfTokensThatOtherwiseWorkAreRidden) {
  std::atomic<int> count = 0;
  stub.on_request([&](const Request&) {
    return ++count % 3 == 2 ? Reply{.status = 401, .body = "{}"} : Reply{.body = "{}"};
  });
  const auto graph = open();
  for (int i = 0; i < 30; ++i) {
    graph->start(page("/v1.0/users"));
    EXPECT_EQ(take(*graph).status, 200);
  }
}

TEST_F(GraphCredentials, ARefusedSecretIsNotTriedAgain) {
  stub.on_token([](const Request& request) {
    const std::string body =
        "{\"error\":\"invalid_client\",\"error_description\":"
        "\"AADSTS7000215: Invalid client secret provided (" +
        request.body + ").\",\"trace_id\":\"trace-1\",\"correlation_id\":\"corr-1\"}";
    return Reply{.status = 401, .body = body};
  });
  const std::string error = fetch_error();
  EXPECT_TRUE(has(error, "SourceError")) << error;
  EXPECT_TRUE(has(error, "AADSTS7000215")) << error;
  EXPECT_TRUE(has(error, "trace-1")) << error;
  EXPECT_TRUE(has(error, "corr-1")) << error;
  EXPECT_EQ(stub.token_requests().size(), 1U);
  EXPECT_TRUE(stub.requests().empty());
}

TEST_F(GraphCredentials, ATokenEndpointInTroubleIsAskedAgain) {
  std::atomic<int> count = 0;
  stub.on_token([&](const Request&) -> Reply {
    switch (++count) {
      case 1: return {.status = 503, .body = "busy"};
      case 2: return {.status = 429, .headers = {"Retry-After: 0.01"}};
      case 3: return {.body = "{}", .body_bytes = 1, .then = HttpsStub::AfterBody::kReset};
      case 4: return {.body = "<html>"};
      case 5: return {.status = 400, .body = R"({"error":"temporarily_unavailable"})"};
      default: return HttpsStub::token_reply(count, 3600);
    }
  });
  EXPECT_EQ(fetch("/v1.0/users").status, 200);
  EXPECT_EQ(count, 6);
}

TEST_F(GraphCredentials, ATokenEndpointThatNeverAnswersIsTheEnd) {
  options.tries = 3;
  stub.on_token([](const Request&) { return Reply{.status = 500, .body = "oops"}; });
  const std::string error = fetch_error();
  EXPECT_TRUE(has(error, "no token in 3 tries")) << error;
  EXPECT_TRUE(has(error, "HTTP 500 oops")) << error;
  EXPECT_EQ(stub.token_requests().size(), 3U);
}

}  // namespace
}  // namespace trueup
