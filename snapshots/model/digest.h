// SPDX-License-Identifier: Apache-2.0
// SHA-256, by OpenSSL. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace trueup {

using Sha256Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  void update(std::string_view bytes);
  Sha256Digest finish();  // once

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Lower-case hex of any bytes.
std::string to_hex(std::string_view bytes);
inline std::string to_hex(const Sha256Digest& d) {
  return to_hex({reinterpret_cast<const char*>(d.data()), d.size()});
}

/// Of the library in use, for `trueup version`.
std::string openssl_version();

}  // namespace trueup
