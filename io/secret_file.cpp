// SPDX-License-Identifier: Apache-2.0
#include "io/secret_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "snapshots/errors.h"

namespace trueup {

void warn_of_open_file(const std::string& file, std::string_view kind,
                       std::vector<std::string>& warnings) {
  struct stat status {};
  if (stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
    warnings.push_back("the " + std::string(kind) + " " + file +
                       " can be read by everyone; chmod 600 it");
  }
}

std::string read_secret_file(const std::string& file, std::string_view kind,
                             std::vector<std::string>& warnings) {
  const std::string name = "the " + std::string(kind) + " " + file;
  if (access(file.c_str(), R_OK) != 0) {
    throw UsageError("cannot read " + name + ": " + std::strerror(errno));
  }
  warn_of_open_file(file, kind, warnings);
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  std::string secret = text.str();
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) throw UsageError(name + " is empty");
  if (secret.find('\n') != std::string::npos) throw UsageError(name + " has more than one line");
  return secret;
}

}  // namespace trueup
