// SPDX-License-Identifier: Apache-2.0
// The way to Microsoft Graph: HTTPS over libcurl's multi interface, OAuth 2.0 client credentials,
// and what a good client of Graph does about throttling and failures. One thread drives it.
//
// Sources: Graph "throttling guidance", "best practices", "errors"; identity platform "client
// credentials flow" and "certificate credentials".
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "io/page_fetcher.h"
#include "io/wait_notice.h"

namespace trueup {

struct GraphOptions {
  std::string url;          // https://graph.microsoft.com, or a national cloud's; "": none
  std::string tenant;       // GUID or domain
  std::string client_id;    // of the app registration
  std::string secret_file;  // one line; or, instead, a certificate and its key:
  std::string cert_file;    // PEM
  std::string key_file;     // PEM
  std::string token_url;    // "": that of the cloud which `url` belongs to
  std::string ca_file;      // PEM; "": what the system trusts
  std::string log_file;     // a line a request, without tokens and secrets; "": none
  int parallel = 32;        // requests at a time, at most; 1 .. 256
  int tries = 8;            // of one request; ten times as many where the service throttles
  /// Share a connection over HTTP/2 where it is offered, instead of one for each request at a time.
  /// Not by default: with libcurl 7.88 (Debian 12) the last of many large answers was seen to hang
  /// on a busy machine; and it is no faster.
  bool http2 = false;
  /// Without any success for so long, throttling apart, the service counts as gone.
  std::chrono::seconds longest_outage{300};
  std::chrono::seconds request_timeout{120};  // without a byte received
  /// Without a Retry-After: up to the first before the second try, doubled each time.
  std::chrono::milliseconds shortest_backoff{1'000};
  std::chrono::milliseconds longest_backoff{60'000};
  WaitNotice notice{};  // of waits between tries
};

/// Throws UsageError (what is missing or makes no sense, files that cannot be read, an expired
/// certificate). Nothing is sent before the first start(), next() and again() move it. Adds to
/// `*warnings`, if given: secrets that everyone may read.
std::unique_ptr<PageFetcher> open_graph(const GraphOptions& options,
                                        std::vector<std::string>* warnings = nullptr);

/// The scheme, host and port of a service, for messages and to compare:
/// "https://graph.microsoft.com"; lower case, without port 443. Throws UsageError if it is no
/// https:// URL.
std::string service_of(const std::string& url);

}  // namespace trueup
