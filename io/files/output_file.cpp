// SPDX-License-Identifier: Apache-2.0
#include "io/files/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

[[noreturn]] void fail(const std::string& path) {
  const int error = errno;
  throw StoreError("cannot write " + path + ": " + std::strerror(error) +
                   (error == ENOSPC ? "; make room on that disk and run again" : ""));
}

void write_at(int file, std::string_view bytes, std::uint64_t offset, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
}

/// Makes room for a new file under the name of one that a killed process with our number left.
/// Whatever else bears that name was put there by somebody.
void remove_stale(const std::string& part, const std::string& path) {
  struct stat status {};
  if (::lstat(part.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    fail(path);
  }
  const char* const what = S_ISLNK(status.st_mode)        ? "a symbolic link"
                           : !S_ISREG(status.st_mode)     ? "no regular file"
                           : status.st_uid != ::geteuid() ? "a file of another account"
                                                          : nullptr;
  if (what != nullptr) {
    throw StoreError("cannot write " + path + ": " + part + " is in the way, " + what +
                     "; remove it, and see who may write to that folder");
  }
  if (::unlink(part.c_str()) != 0 && errno != ENOENT) fail(path);
}

/// A file that was not there before and that only we have a name for: nobody can have us write
/// through a link of theirs.
int create_part(const std::string& part, const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int file = ::open(part.c_str(), kFlags, 0600);
  if (file < 0 && errno == EEXIST) {
    remove_stale(part, path);
    file = ::open(part.c_str(), kFlags, 0600);
  }
  if (file < 0) fail(path);
  return file;
}

}  // namespace

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)), temporary_(path_ + ".part" + std::to_string(::getpid())) {
  file_ = create_part(temporary_, path_);
  buffer_.reserve(kBufferBytes);
}

OutputFile::~OutputFile() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(temporary_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) flush();
  if (bytes.size() > kBufferBytes) {
    write_at(file_, bytes, flushed_, path_);
    flushed_ += bytes.size();
  } else {
    buffer_ += bytes;
  }
}

void OutputFile::flush() {
  write_at(file_, buffer_, flushed_, path_);
  flushed_ += buffer_.size();
  buffer_.clear();
}

void OutputFile::overwrite(std::uint64_t offset, std::string_view bytes) {
  flush();
  write_at(file_, bytes, offset, path_);
}

void OutputFile::commit() {
  flush();
  if (::fsync(file_) != 0) fail(path_);
  const bool closed = ::close(std::exchange(file_, -1)) == 0;
  if (closed && std::rename(temporary_.c_str(), path_.c_str()) == 0) return;
  const int error = errno;
  ::unlink(temporary_.c_str());
  errno = error;
  fail(path_);
}

void write_file(const std::string& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace trueup
