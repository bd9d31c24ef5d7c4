// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tools/graph_sim/crypto.h"

namespace trueup::sim {
namespace {

namespace fs = std::filesystem;

/// Never seen by others, not even for a moment; whole, or not there at all. Always a new file, so
/// that no key goes to where a link leads.
void write_file(const fs::path& path, const std::string& text, mode_t mode) {
  const fs::path part = path.string() + ".part";
  ::unlink(part.c_str());  // of a graph_sim that was killed
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  if (!written || ::rename(part.c_str(), path.c_str()) != 0) {
    throw std::runtime_error("cannot write " + path.string());
  }
}

void write_pair(const fs::path& folder, const std::string& name, evp_pkey_st* key,
                x509_st* certificate) {
  write_file(folder / (name + "key.pem"), to_pem(key), 0600);
  write_file(folder / (name + "cert.pem"), to_pem(certificate), 0644);
}

}  // namespace

TrialFolder prepare_folder(const fs::path& path) {
  fs::create_directories(path);
  TrialFolder folder{fs::absolute(path)};
  if (!fs::exists(folder.file("ca.pem"))) {
    const Key authority_key = make_ec_key();
    const Certificate authority =
        make_certificate(authority_key.get(), "graph_sim CA", CertificateUse::kAuthority);
    const Key key = make_ec_key();
    const Certificate certificate = make_certificate(
        key.get(), "localhost", CertificateUse::kServer, authority.get(), authority_key.get());
    write_pair(folder.path, "", key.get(), certificate.get());
    write_file(folder.file("ca.pem"), to_pem(authority.get()), 0644);
  }
  if (!fs::exists(folder.file("app-cert.pem"))) {
    const Key key = make_rsa_key();
    const Certificate certificate =
        make_certificate(key.get(), "graph_sim application", CertificateUse::kApplication);
    write_pair(folder.path, "app-", key.get(), certificate.get());
  }
  if (!fs::exists(folder.file("secret"))) {
    write_file(folder.file("secret"), random_hex(20) + "\n", 0600);
  }
  return folder;
}

void write_address(const TrialFolder& folder, const std::string& url, const std::string& tenant,
                   const std::string& client_id) {
  write_file(folder.file("trueup.toml"),
             "graph = [\"" + url + "\"]\n" + "tenant = \"" + tenant + "\"\n" + "client_id = \"" +
                 client_id + "\"\n" + "secret_file = \"" + folder.file("secret") + "\"\n" +
                 "token_url = \"" + url + "/" + tenant + "/oauth2/v2.0/token\"\n" +
                 "graph_ca_file = \"" + folder.file("ca.pem") + "\"\n",
             0644);
  write_file(folder.file("url"), url + "\n", 0644);
}

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string read_secret(const TrialFolder& folder) {
  std::string secret = read_whole(folder.file("secret"));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) throw std::runtime_error(folder.file("secret") + " is empty");
  return secret;
}

}  // namespace trueup::sim
