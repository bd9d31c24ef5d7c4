// SPDX-License-Identifier: Apache-2.0
// A store with one good plan in it, and the same tenant to spoil: what an operator has the night
// after an export went wrong.
#pragma once

#include <filesystem>
#include <memory>

#include "tests/cli/command_line.h"

namespace trueup::cli {

class SpoiledInput : public testing::Test {
 protected:
  void SetUp() override {
    tenant_ = make_tenant(folder_, "tenant", 200, {"--page-size", "40"});
    const Json planned =
        trueup_json(Arguments{"plan"} + tenant_.inputs() + in_store() + Arguments{"--out", plan_});
    digest_ = planned.at("plan").at("digest");
    plan_text_ = read_file(plan_);
  }

  void TearDown() override {
    // Whatever was refused, what was there before is as it was.
    EXPECT_EQ(read_file(plan_), plan_text_) << "the earlier plan was touched";
    EXPECT_EQ(trueup_json(Arguments{"diff"} + in_store()).at("plan").at("digest"), digest_)
        << "the snapshots in the store were touched";
  }

  Arguments in_store() const { return {"--store", folder_ / "store"}; }

  /// `trueup plan` with the tenant as it is now.
  ProcessResult plan(const Arguments& more = {}) const { return plan_of(tenant_.inputs(), more); }
  ProcessResult plan_of(const Arguments& inputs, const Arguments& more = {}) const {
    return trueup(Arguments{"plan"} + inputs + in_store() + Arguments{"--out", plan_} + more);
  }

  std::string page(int number) const { return tenant_.pages().at(number - 1); }

  TempFolder folder_;
  Tenant tenant_;
  std::string plan_ = folder_ / "plan.ldif";
  std::string plan_text_;
  std::string digest_;
};

inline void write_text(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace trueup::cli
