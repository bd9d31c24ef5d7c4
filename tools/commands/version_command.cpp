// SPDX-License-Identifier: Apache-2.0
// `trueup version`: what a report of a fault needs to say.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>

#include "engine/parallelism.h"
#include "engine/plan/plan_file.h"
#include "io/files/byte_source.h"
#include "io/http/http_transfers.h"
#include "io/http/page_bytes.h"
#include "io/json/json_cursor.h"
#include "io/ldap/session/ldap_session.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/digest.h"
#include "snapshots/model/fingerprint.h"
#include "snapshots/store/store.h"
#include "tools/commands/commands.h"
#include "tools/commands/commit.h"
#include "tools/commands/terminal.h"

namespace trueup {

int version_command(const Settings&, const std::vector<std::string>&) {
  const std::pair<const char*, std::string> rows[] = {
      {"formats", fmt::format("{}, comparison {}, plan.ldif {}", kStoreFormat, kFingerprintVersion,
                              kPlanFormat)},
      {"compiler", TRUEUP_COMPILER " " TRUEUP_COMPILER_VERSION ", " TRUEUP_BUILD_TYPE},
      {"RocksDB", rocksdb_version()},
      {"simdjson", simdjson_version()},
      {"libcurl", libcurl_version()},
      {"libldap", libldap_version()},
      {"OpenSSL", openssl_version()},
      {"TBB", tbb_version()},
      {"xxHash", xxhash_version()},
      {"utf8proc", utf8proc_version_text()},
      {"libdeflate", libdeflate_version()},
      {"zlib", zlib_version_text()},
      {"zstd", zstd_version_text()},
      {"CLI11", CLI11_VERSION},
      {"toml++", fmt::format("{}.{}.{}", TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)},
      {"fmt",
       fmt::format("{}.{}.{}", FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"nlohmann/json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR,
                                    NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
  };
  std::string text = fmt::format("trueup {} (commit {})\n", TRUEUP_VERSION, commit());
  for (const auto& [name, version] : rows) text += fmt::format("{:<13} {}\n", name, version);
  print_text(text, stdout);
  return 0;
}

}  // namespace trueup
