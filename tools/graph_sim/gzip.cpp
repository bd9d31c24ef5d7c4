// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/gzip.h"

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "tools/graph_sim/http.h"

namespace trueup::sim {
namespace {

constexpr std::size_t kSmallestGzip = 256;
constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for a gzip header

/// One a thread: making one costs as much as a small body.
class Deflater {
 public:
  Deflater() {
    if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::runtime_error("zlib cannot begin");
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string pack(std::string_view text) {
    deflateReset(&stream_);
    std::string out(deflateBound(&stream_, text.size()), '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib cannot pack");
    out.resize(out.size() - stream_.avail_out);
    out.shrink_to_fit();  // it may be kept
    return out;
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::string gzipped(std::string_view text) {
  thread_local Deflater deflater;
  return deflater.pack(text);
}

std::string gunzipped(std::string_view packed) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::runtime_error("zlib cannot begin");
  // The last four octets of gzip are the size of the text (RFC 1952).
  std::uint32_t size = 0;
  std::memcpy(&size, packed.data() + packed.size() - sizeof size, sizeof size);
  std::string text(size, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = size;
  inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return text;
}

void pack(const Request& request, Answer& answer) {
  if (answer.gzip || answer.cached || answer.body.size() < kSmallestGzip ||
      request.header("accept-encoding").find("gzip") == std::string::npos) {
    return;
  }
  answer.body = gzipped(answer.body);
  answer.gzip = true;
}

}  // namespace trueup::sim
