// SPDX-License-Identifier: Apache-2.0
// Asks Microsoft Graph for pages, many at a time, without blocking: start() some, next() gives them
// back in the order in which they end. A seam: engine/load/cloud/delta_read decides what to ask
// for, GraphClient (io/graph/graph_client.h) knows how; tests put their own behind it. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trueup {

struct PageRequest {
  std::uint64_t tag = 0;  // the caller's own, comes back with the page
  std::string url;        // absolute, on the host of the service
  bool minimal = false;   // Prefer: return=minimal: of a delta, what changed only
  bool eventual = false;  // ConsistencyLevel: eventual, which $count wants
  /// A link that an earlier read was given: a refusal comes back whatever it says, as another
  /// request may be taken where this one is not.
  bool kept_link = false;
};

/// An answer that is worth looking at: the page, or a refusal that no repetition mends.
struct FetchedPage {
  std::uint64_t tag = 0;
  int status = 0;  // 200; else 4xx: 400, 404, 410 ...
  /// Decoded; followed by kChunkPadding zero bytes, as a Chunk wants them. The bytes live as long
  /// as `owner`, which may go to another thread and outlive the fetcher. With status 200 a JSON
  /// object as far as its first and last byte tell; of a path that ends with /$count, a number.
  std::string_view body;
  std::shared_ptr<void> owner;
  std::string location;    // header, "" where there is none: a 410 says where to begin again
  std::uint64_t date = 0;  // Unix seconds by the service's clock (Date header); 0: none
  std::string request_id;  // the service's name for the request, for messages
};

struct FetchCounts {
  std::uint64_t requests = 0;  // sent, repetitions and token requests included
  std::uint64_t repeated = 0;
  std::uint64_t throttled = 0;  // answered with 429
  std::uint64_t bytes = 0;      // received, as they came over the line
};

class PageFetcher {
 public:
  virtual ~PageFetcher() = default;
  /// Sends it when its turn comes. Throws UsageError if it is for another host (a token would leak
  /// there).
  virtual void start(PageRequest request) = 0;
  /// The next one that has ended; nothing if none has within `timeout`, or none is open. Throws
  /// SourceError when a request has failed for good: its tries or the budget are spent, or the
  /// credentials are refused; the message has the request ids. After that only the destructor may
  /// be called.
  virtual std::optional<FetchedPage> next(std::chrono::milliseconds timeout) = 0;
  /// The body of `page`, which next() gave, is of no use (`why`: "no JSON at byte 17"; without
  /// personal data, it is logged): asks for it once more, which counts as one of its tries. It may
  /// throw as next() does.
  virtual void again(const FetchedPage& page, const std::string& why) = 0;
  /// Started, and not given back.
  virtual std::size_t open_requests() const = 0;
  /// How many the service takes at once, as far as is known: fewer after it has throttled.
  virtual std::size_t useful_requests() const = 0;
  virtual const FetchCounts& counts() const = 0;
};

}  // namespace trueup
