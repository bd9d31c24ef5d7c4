// SPDX-License-Identifier: Apache-2.0
#include "io/files/compressed_file.h"

#include <zstd.h>

#include <vector>

#include "snapshots/model/errors.h"

namespace trueup {

struct CompressedFile::Zstd {
  struct Free {
    void operator()(ZSTD_CCtx* freed) const { ZSTD_freeCCtx(freed); }
  };

  explicit Zstd(OutputFile& to) : file(to), context(ZSTD_createCCtx()), out(ZSTD_CStreamOutSize()) {
    if (!context) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  }

  void compress(std::string_view bytes, ZSTD_EndDirective how) {
    ZSTD_inBuffer input{.src = bytes.data(), .size = bytes.size(), .pos = 0};
    for (bool more = true; more;) {
      ZSTD_outBuffer output{.dst = out.data(), .size = out.size(), .pos = 0};
      const std::size_t left = ZSTD_compressStream2(context.get(), &output, &input, how);
      if (ZSTD_isError(left) != 0) {
        throw StoreError(std::string("zstd cannot compress: ") + ZSTD_getErrorName(left));
      }
      file.write({out.data(), output.pos});
      more = how == ZSTD_e_end ? left != 0 : input.pos < input.size;
    }
  }

  OutputFile& file;
  std::unique_ptr<ZSTD_CCtx, Free> context;
  std::vector<char> out;
};

CompressedFile::CompressedFile(const std::string& path)
    : file_(path), zstd_(path.ends_with(".zst") ? std::make_unique<Zstd>(file_) : nullptr) {}

CompressedFile::~CompressedFile() = default;

void CompressedFile::write(std::string_view bytes) {
  if (zstd_) {
    zstd_->compress(bytes, ZSTD_e_continue);
  } else {
    file_.write(bytes);
  }
}

void CompressedFile::commit() {
  if (zstd_) zstd_->compress({}, ZSTD_e_end);
  file_.commit();
}

}  // namespace trueup
