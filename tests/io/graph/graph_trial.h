// SPDX-License-Identifier: Apache-2.0
// A stub of Graph and options for a client of it. At the end of each test all that the client wrote
// and said is searched for what must never be there.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <optional>
#include <string>
#include <vector>

#include "io/graph/graph_client.h"
#include "snapshots/model/errors.h"
#include "tests/support/servers/https_stub.h"
#include "tests/support/temp_folder.h"

namespace trueup {

class GraphTrial : public ::testing::Test {
 protected:
  GraphTrial() {
    setenv("no_proxy", "localhost", 1);  // whatever the machine's proxy is
    options.url = stub.url();
    options.token_url = stub.token_url();
    options.tenant = "tenant";
    options.client_id = "app-1";
    options.secret_file = folder.write("secret", "the-client-secret/+\n");
    options.ca_file = stub.ca_file();
    options.log_file = folder / "requests.log";
    options.shortest_backoff = std::chrono::milliseconds(1);
    options.longest_backoff = std::chrono::milliseconds(4);
  }
  ~GraphTrial() override {
    if (::access(options.log_file.c_str(), R_OK) == 0) said += read_file(options.log_file);
    for (const char* secret : {"secret-token", "the-client-secret", "Bearer", "eyJ", "skip-me"}) {
      EXPECT_EQ(said.find(secret), std::string::npos) << secret << " in:\n" << said;
    }
  }

  std::unique_ptr<PageFetcher> open() { return open_graph(options); }
  PageRequest page(const std::string& target, std::uint64_t tag = 0) const {
    return {.tag = tag, .url = stub.url() + target};
  }
  /// The next page; fails if there is none within a minute.
  static FetchedPage take(PageFetcher& graph) {
    std::optional<FetchedPage> page = graph.next(std::chrono::minutes(1));
    if (!page) throw std::runtime_error("no page");
    return std::move(*page);
  }
  FetchedPage fetch(const std::string& target) {
    const auto graph = open();
    graph->start(page(target));
    return take(*graph);
  }
  /// What the SourceError or UsageError says, "" if there is none.
  template <typename Action>
  std::string error_of(Action action) {
    try {
      action();
    } catch (const SourceError& error) {
      said += error.what();
      return std::string("SourceError ") + error.what();
    } catch (const UsageError& error) {
      said += error.what();
      return std::string("UsageError ") + error.what();
    }
    return "";
  }
  std::string fetch_error(const std::string& target = "/v1.0/users") {
    return error_of([&] { fetch(target); });
  }
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  TempFolder folder;
  HttpsStub stub;
  GraphOptions options;
  std::string said;
};

}  // namespace trueup
