// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/drills/drill_table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <vector>

namespace trueup::drills {
namespace {

class DrillTable : public testing::Environment {
 public:
  void add(const DrillCell& cell, const std::string& outcome) {
    if (!rows_.contains(cell.disaster)) order_.push_back(cell.disaster);
    rows_[cell.disaster][{cell.history, cell.mailboxes}] = outcome;
    sizes_.insert(cell.mailboxes);
  }
  void add_line(const std::string& line) { lines_.push_back(line); }

  void TearDown() override {
    const std::string text = markdown();
    if (text.empty()) return;
    std::cout << text;
    const char* path = std::getenv("TRUEUP_DRILL_TABLE");
    if (path != nullptr) std::ofstream(path) << text;
  }

 private:
  std::string markdown() const {
    std::string text;
    if (!rows_.empty()) {
      std::string rule = "|---|---|";
      text = "\n| disaster | history |";
      for (const int size : sizes_) {
        text += " " + std::to_string(size) + " |";
        rule += "---|";
      }
      text += "\n" + rule + "\n";
    }
    for (const std::string& disaster : order_) {
      for (const bool history : {false, true}) text += row(disaster, history);
    }
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

  std::string row(const std::string& disaster, bool history) const {
    std::string text = "| " + disaster + " | " + (history ? "yes" : "no") + " |";
    for (const int size : sizes_) {
      const auto& cells = rows_.at(disaster);
      const auto cell = cells.find({history, size});
      text += " " + (cell == cells.end() ? std::string("-") : cell->second) + " |";
    }
    return text + "\n";
  }

  std::vector<std::string> order_;
  std::map<std::string, std::map<std::pair<bool, int>, std::string>> rows_;
  std::set<int> sizes_;
  std::vector<std::string> lines_;
};

// GoogleTest owns it.
DrillTable& table() {
  static DrillTable* const the_table =
      static_cast<DrillTable*>(testing::AddGlobalTestEnvironment(new DrillTable));
  return *the_table;
}
// Registered before the tests begin: an environment that comes later is not torn down.
[[maybe_unused]] const DrillTable& kRegistered = table();

}  // namespace

void record(const DrillCell& cell, const std::string& outcome) { table().add(cell, outcome); }
void record_line(const std::string& line) { table().add_line(line); }

}  // namespace trueup::drills
