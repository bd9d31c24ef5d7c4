// SPDX-License-Identifier: Apache-2.0
// What a service's certificate is for, as OpenSSL checks it beneath libcurl: a certificate with an
// extended key usage other than serverAuth never gets to see the app's secret.
#include <gtest/gtest.h>

#include "io/graph/graph_client.h"
#include "snapshots/model/errors.h"
#include "tests/support/servers/https_stub.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

class ServerUsage : public testing::Test {
 protected:
  /// What a request to `stub` fails with; "": it does not.
  std::string complaint(HttpsStub& stub) {
    setenv("no_proxy", "localhost", 1);  // whatever the machine's proxy is
    stub.on_request([](const HttpsStub::Request&) { return HttpsStub::Reply{.body = "{}"}; });
    GraphOptions options;
    options.url = stub.url();
    options.token_url = stub.token_url();
    options.tenant = "tenant";
    options.client_id = "app-1";
    options.secret_file = folder_.write("secret", "the-client-secret\n");
    options.ca_file = stub.ca_file();
    const auto graph = open_graph(options);
    graph->start({.url = stub.url() + "/v1.0/users"});
    try {
      (void)graph->next(std::chrono::minutes(1));
    } catch (const SourceError& e) {
      return e.what();
    }
    return {};
  }

  TempFolder folder_;
};

TEST_F(ServerUsage, AClientsCertificateIsRefusedBeforeTheSecretIsSent) {
  HttpsStub stub("clientAuth");
  const std::string text = complaint(stub);
  EXPECT_NE(text.find("certificate of " + stub.url() + " is not trusted"), std::string::npos)
      << text;
  EXPECT_NE(text.find("purpose"), std::string::npos) << text;
  EXPECT_TRUE(stub.token_requests().empty());
}

TEST_F(ServerUsage, AServersCertificateIsTaken) {
  HttpsStub stub("clientAuth,serverAuth");
  EXPECT_EQ(complaint(stub), "");
}

TEST_F(ServerUsage, ACertificateForNothingInParticularIsTaken) {
  HttpsStub stub("");
  EXPECT_EQ(complaint(stub), "");
}

}  // namespace
}  // namespace trueup
