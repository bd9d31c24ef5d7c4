// SPDX-License-Identifier: Apache-2.0
#include "io/bytes/csv.h"

#include <gtest/gtest.h>

#include <vector>

namespace trueup {
namespace {

std::string row(std::vector<std::string_view> cells, CsvCells how = CsvCells::kSafe) {
  std::string out;
  append_csv_row(cells, how, out);
  return out;
}

TEST(Csv, NoCellStartsAFormula) {
  EXPECT_EQ(row({"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"}),
            "'=1+1,'+1,'-1,'@SUM(A1),'\tx,\"'\rx\"\r\n");
  EXPECT_EQ(row({"=HYPERLINK(\"http://x\",\"y\")"}),
            "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n");
  EXPECT_EQ(row({"=1", "a=1", ""}, CsvCells::kRaw), "=1,a=1,\r\n");
}

TEST(Csv, QuotesAsRfc4180) {
  EXPECT_EQ(row({"a,b", "a\"b", "a\r\nb", "plain", ""}),
            "\"a,b\",\"a\"\"b\",\"a\r\nb\",plain,\r\n");
  EXPECT_EQ(row({"\xFF"
                 "é"}),
            "\xEF\xBF\xBD"
            "é\r\n");
}

}  // namespace
}  // namespace trueup
