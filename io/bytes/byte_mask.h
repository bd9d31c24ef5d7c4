// SPDX-License-Identifier: Apache-2.0
// Which bytes of a block match, as a bit mask: bit i stands for p[i]. The readers are compiled for
// several x86-64 levels, so each function is written for what the compiler was told to target.
// REQUIRES of each: the whole block is readable (kChunkPadding sees to that at a chunk's end).
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace trueup {

/// Of 64 bytes, those <= limit (unsigned). Adds to `high`, which becomes other than 0 as soon as
/// one of them is no ASCII.
inline std::uint64_t at_most_mask64(const char* p, char limit, std::uint64_t& high) {
#if defined(__AVX512BW__)
  const __m512i x = _mm512_loadu_si512(p);
  high |= _mm512_movepi8_mask(x);
  return _mm512_cmple_epu8_mask(x, _mm512_set1_epi8(limit));
#elif defined(__AVX2__)
  const __m256i top = _mm256_set1_epi8(limit);
  __m256i any = _mm256_setzero_si256();
  std::uint64_t mask = 0;
  for (int i = 1; i >= 0; --i) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p) + i);
    const __m256i hit = _mm256_cmpeq_epi8(_mm256_min_epu8(x, top), x);
    any = _mm256_or_si256(any, x);
    mask = mask << 32 | static_cast<std::uint32_t>(_mm256_movemask_epi8(hit));
  }
  high |= static_cast<std::uint32_t>(_mm256_movemask_epi8(any));
  return mask;
#elif defined(__SSE2__)
  const __m128i top = _mm_set1_epi8(limit);
  __m128i any = _mm_setzero_si128();
  std::uint64_t mask = 0;
  for (int i = 3; i >= 0; --i) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i);
    const __m128i hit = _mm_cmpeq_epi8(_mm_min_epu8(x, top), x);
    any = _mm_or_si128(any, x);
    mask = mask << 16 | static_cast<std::uint32_t>(_mm_movemask_epi8(hit));
  }
  high |= static_cast<std::uint32_t>(_mm_movemask_epi8(any));
  return mask;
#else
  std::uint64_t mask = 0;
  for (int i = 0; i < 64; ++i) {
    high |= static_cast<unsigned char>(p[i]) & 0x80U;
    mask |= std::uint64_t{static_cast<unsigned char>(p[i]) <= static_cast<unsigned char>(limit)}
            << i;
  }
  return mask;
#endif
}

/// Of 32 bytes, those equal to a or b.
inline std::uint32_t either_mask32(const char* p, char a, char b) {
#if defined(__AVX2__)
  const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  const __m256i hit = _mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8(a)),
                                      _mm256_cmpeq_epi8(x, _mm256_set1_epi8(b)));
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(hit));
#elif defined(__SSE2__)
  std::uint32_t mask = 0;
  for (int i = 1; i >= 0; --i) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i);
    const __m128i hit =
        _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(a)), _mm_cmpeq_epi8(x, _mm_set1_epi8(b)));
    mask = mask << 16 | static_cast<std::uint32_t>(_mm_movemask_epi8(hit));
  }
  return mask;
#else
  std::uint32_t mask = 0;
  for (int i = 0; i < 32; ++i) mask |= std::uint32_t{p[i] == a || p[i] == b} << i;
  return mask;
#endif
}

/// Of 16 bytes, those equal to c.
inline std::uint32_t equal_mask16(const char* p, char c) {
#if defined(__SSE2__)
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(c))));
#else
  std::uint32_t mask = 0;
  for (int i = 0; i < 16; ++i) mask |= std::uint32_t{p[i] == c} << i;
  return mask;
#endif
}

/// Eight bytes with their ASCII letters in lower case. Other bytes below 0x40 stay; those from 0x40
/// that are no letters change, but never into a letter, digit or hyphen.
inline std::uint64_t folded8(const char* p) {
  std::uint64_t x;
  std::memcpy(&x, p, 8);
  return x | (x & 0x4040404040404040U) >> 1;
}

}  // namespace trueup
