// SPDX-License-Identifier: Apache-2.0
#include "tools/sim_gzip.h"

#include <zlib.h>

#include <stdexcept>

namespace trueup::sim {
namespace {

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

}  // namespace trueup::sim
