// SPDX-License-Identifier: Apache-2.0
//
// What a trial against graph_sim needs, in a folder: its CA and certificate, the application's
// secret and certificate, where it listens, and settings for trueup. What is there already is used
// again.
#pragma once

#include <filesystem>
#include <string>

namespace trueup::sim {

struct TrialFolder {
  std::filesystem::path path;

  std::string file(const char* name) const { return (path / name).string(); }
  // ca.pem, cert.pem, key.pem, secret, app-cert.pem, app-key.pem, url, trueup.toml
};

/// Makes the keys and certificates. Throws std::runtime_error.
TrialFolder prepare_folder(const std::filesystem::path& path);
/// Once it is known where to: the files url and trueup.toml.
void write_address(const TrialFolder& folder, const std::string& url, const std::string& tenant,
                   const std::string& client_id);
/// Without the line end.
std::string read_secret(const TrialFolder& folder);
std::string read_whole(const std::string& path);

}  // namespace trueup::sim
