// SPDX-License-Identifier: Apache-2.0
#include "engine/run/records/run_json.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "io/files/output_file.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

using Json = nlohmann::ordered_json;

/// Null unless it is a run.json of ours.
Json read_record(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const Json record = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  const bool ours =
      record.is_object() && record.contains("commands") && record.at("commands").is_array();
  return ours ? record : Json();
}

/// A name beside it that nothing has yet.
std::string put_aside(const std::string& path) {
  std::string aside;
  for (int n = 1; aside.empty() || std::filesystem::exists(aside); ++n) {
    aside = path + ".damaged-" + std::to_string(n);
  }
  if (std::rename(path.c_str(), aside.c_str()) != 0) {
    throw StoreError("cannot rename " + path + ": " + std::strerror(errno));
  }
  return aside;
}

}  // namespace

std::string add_to_run_record(const std::string& folder, std::uint64_t run,
                              const std::string& block) {
  const std::string path = folder + "/run.json";
  std::string warning;
  Json record;
  if (std::filesystem::exists(std::filesystem::symlink_status(path))) {
    record = read_record(path);
    if (record.is_null()) {
      warning = path + " could not be read and is kept as " + put_aside(path);
    }
  }
  if (record.is_null()) record = {{"run", run}, {"commands", Json::array()}};
  record["commands"].push_back(Json::parse(block));
  write_file(path, record.dump(2) + "\n");
  return warning;
}

}  // namespace trueup
