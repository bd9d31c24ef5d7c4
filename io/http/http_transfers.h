// SPDX-License-Identifier: Apache-2.0
// HTTPS requests, many at a time, by libcurl's multi interface: connections are kept, and shared
// over HTTP/2 if that is wanted and offered. Knows nothing of Graph, tokens or repetitions. Used by
// the Graph client; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/files/secret.h"
#include "io/http/page_bytes.h"

namespace trueup {

struct TransferOptions {
  std::string ca_file;  // PEM; "": what the system trusts
  std::string user_agent;
  int connections = 32;  // at most, all hosts together
  bool http2 = false;
  std::chrono::seconds silence{120};  // without a byte for so long, a request counts as broken
};

struct HttpRequest {
  std::uint64_t id = 0;  // comes back with the answer
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  Secret authorization = {};         // one more that is wiped after use; empty: none
  std::optional<Secret> form = {};   // POST of this instead of GET
};

enum class TransferEnd : std::uint8_t {
  kAnswered,   // whole
  kBroken,     // no connection, cut off, silent: may go better next time
  kUntrusted,  // the server's certificate, or the CA file, is wrong: will not go better
};

struct HttpAnswer {
  std::uint64_t id = 0;
  TransferEnd transfer_end = TransferEnd::kBroken;
  std::string error;  // libcurl's words unless kAnswered
  int status = 0;
  // Headers, "" where there is none.
  std::string date, retry_after, location, content_encoding, request_id, diagnostic;
  PageBytes body;           // as it came over the line, with its content encoding
  std::uint64_t bytes = 0;  // headers and body
  std::chrono::milliseconds took{0};
};

class HttpTransfers {
 public:
  /// `pool` gives the buffers of the bodies. Throws SourceError if libcurl does not work.
  HttpTransfers(const TransferOptions& options, std::shared_ptr<PagePool> pool);
  ~HttpTransfers();
  HttpTransfers(const HttpTransfers&) = delete;
  HttpTransfers& operator=(const HttpTransfers&) = delete;

  /// No redirect is followed; TLS 1.2 or later, certificate and host name checked; proxies as the
  /// environment names them (https_proxy, no_proxy).
  void start(HttpRequest request);
  /// Moves bytes until a request ends or `timeout` is over.
  std::vector<HttpAnswer> wait(std::chrono::milliseconds timeout);
  std::size_t under_way() const;

 private:
  struct Transfer;
  struct State;
  std::unique_ptr<State> state_;
};

/// Of the library in use, with what TLS it speaks, for `trueup version`.
std::string libcurl_version();

}  // namespace trueup
