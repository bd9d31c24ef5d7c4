// SPDX-License-Identifier: Apache-2.0
// Loads of AD from a server into a store, and what came of them: byte for byte, so that two loads
// can be compared.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/load/load.h"
#include "io/ldap/session/ldap_session.h"
#include "snapshots/store/table.h"
#include "tests/support/process.h"
#include "tests/support/temp_folder.h"

namespace trueup {

/// All tables of a generation that its objects make.
inline std::string contents_of(const Store& store, std::uint64_t generation) {
  std::string all;
  for (const Table table :
       {Table::kRecords, Table::kOthers, Table::kAddresses, Table::kNotes, Table::kAmbiguous}) {
    TableCursor cursor(store, table_prefix(snapshot_prefix(generation), table));
    for (cursor.seek(""); cursor.valid(); cursor.next()) {
      all.append(cursor.key()).append(cursor.value());
    }
    all += "\n--\n";
  }
  return all;
}

/// A store that AD is loaded into, again and again.
class LiveLoads {
 public:
  explicit LiveLoads(LdapOptions server)
      : server_(std::move(server)),
        store_(Store::open(folder_ / "store", Store::Mode::kReadWrite)) {
    options.max_defects = 1;
  }

  LoadResult load() { return load_ad(*store_, options, &server_, progress_); }
  LoadResult load_file(const std::string& path) {
    LoadOptions from_file = options;
    from_file.ad = {path};
    return load_ad(*store_, from_file, nullptr, progress_);
  }
  std::string contents(const LoadResult& result) const {
    return contents_of(*store_, result.snapshot.generation);
  }
  Store& store() { return *store_; }
  LdapOptions& server() { return server_; }
  const TempFolder& folder() const { return folder_; }

  LoadOptions options;

 private:
  TempFolder folder_;
  LdapOptions server_;
  std::unique_ptr<Store> store_;
  Progress progress_;
};

/// Whether what `loads` has loaded is what a fresh read of everything gives.
inline void expect_fresh(LiveLoads& loads, const LoadResult& result) {
  LiveLoads fresh(loads.server());
  const LoadResult full = fresh.load();
  EXPECT_EQ(full.snapshot.increments, 0U);
  EXPECT_EQ(result.snapshot.digest, full.snapshot.digest);
  EXPECT_EQ(result.snapshot.mailboxes, full.snapshot.mailboxes);
  EXPECT_EQ(result.snapshot.others, full.snapshot.others);
  EXPECT_EQ(result.snapshot.ambiguous, full.snapshot.ambiguous);
  EXPECT_TRUE(loads.contents(result) == fresh.contents(full));
}

/// ldapmodify as `account`; `more`: further arguments. Throws if it fails.
inline void modify_as(const LdapOptions& account, const std::string& ldif,
                      const std::vector<std::string>& more = {}) {
  const TempFolder folder;
  std::vector<std::string> argv = {"ldapmodify", "-x",
                                   "-H",         account.urls.front(),
                                   "-D",         account.bind_dn,
                                   "-y",         account.password_file,
                                   "-f",         folder.write("changes.ldif", ldif)};
  argv.insert(argv.end(), more.begin(), more.end());
  const ProcessResult done =
      run_process(argv, {.environment = {{"LDAPTLS_CACERT", account.ca_file}}});
  if (done.exit_code != 0) throw std::runtime_error("ldapmodify: " + done.err);
}

}  // namespace trueup
