// SPDX-License-Identifier: Apache-2.0
// What is left in memory of the app's secret, of what is sent to prove who the app is, and of the
// token that comes back: nothing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string.h>
#include <unistd.h>

#include "io/http/oauth2.h"
#include "tests/support/client_certificate.h"
#include "tests/support/own_memory.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

constexpr std::string_view kAnswerHead =
    R"({"token_type":"Bearer","expires_in":3600,"access_token":")";

/// Straight into `bytes`, without a buffer in between.
void read_into(PageBytes& bytes, const std::string& path) {
  bytes.reserve(4096);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const ssize_t size = ::read(file, bytes.data(), 4096);
  ::close(file);
  if (size <= 0) throw std::runtime_error("cannot read " + path);
  bytes.resize(static_cast<std::size_t>(size));
}

ServiceAccess options() {
  ServiceAccess options;
  options.url = "https://localhost";
  options.token_url = "https://localhost/token";
  options.tenant = "tenant";
  options.client_id = "app-1";
  return options;
}

TEST(TokenSource, LeavesNeitherSecretNorTokenInMemory) {
  const TempFolder folder;
  ServiceAccess with = options();
  with.secret_file = folder / "secret";
  // What an allocator writes into freed memory goes over the first bytes only.
  const std::string secret = write_random_secret(folder / "secret", 96).substr(48);
  const std::string token =
      write_random_secret(folder / "token", 96, kAnswerHead, "\"}").substr(48);
  std::vector<std::string> warnings;
  {
    TokenSource source(with, warnings);
    const auto form = source.begin();
    EXPECT_TRUE(in_own_memory(secret));
    HttpAnswer answer;
    answer.transfer_end = TransferEnd::kAnswered;
    answer.status = 200;
    read_into(answer.body, folder / "token");
    source.settle(answer, answer.body.view(), TokenSource::MonotonicClock::now());
    explicit_bzero(answer.body.data(), answer.body.view().size());
    EXPECT_EQ(source.token().size(), 96U);
    EXPECT_TRUE(in_own_memory(token));
    EXPECT_EQ(source.hide("nothing of it"), "nothing of it");
  }
  EXPECT_FALSE(in_own_memory(secret));
  EXPECT_FALSE(in_own_memory(token));
}

TEST(TokenSource, LeavesNoLineOfTheKeyFileInMemory) {
  const TempFolder folder;
  const MadeCertificate made = make_client_certificate(folder, "app");
  // Text behind the key is no part of it, so what OpenSSL does with the key does not show here.
  const std::string line = write_random_secret(folder / "line", 96).substr(48);
  ASSERT_EQ(::system(("cat " + (folder / "line") + " >>" + made.key_file).c_str()), 0);
  ServiceAccess with = options();
  with.cert_file = made.cert_file;
  with.key_file = made.key_file;
  std::vector<std::string> warnings;
  { const TokenSource source(with, warnings); }
  EXPECT_FALSE(in_own_memory(line));
}

}  // namespace
}  // namespace trueup
