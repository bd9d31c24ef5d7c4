// SPDX-License-Identifier: Apache-2.0
#include "engine/run/scope_list_file.h"

#include <gtest/gtest.h>

#include "snapshots/model/errors.h"
#include "tests/support/temp_folder.h"

namespace trueup {
namespace {

std::vector<std::string> texts(const std::string& text) {
  const TempFolder folder;
  std::vector<std::string> out;
  for (const ScopeList::Entry& e : read_scope_list(folder.write("ring.txt", text)).entries) {
    out.push_back(e.text);
  }
  return out;
}

std::string error_of(const std::string& text) {
  try {
    texts(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

using Texts = std::vector<std::string>;

TEST(ScopeList, OneNameALine) {
  EXPECT_EQ(texts("a@x\r\n\n  b@x \xC2\xA0\n# c@x\nd@x"), (Texts{"a@x", "b@x", "d@x"}));
  EXPECT_EQ(texts("\xEF\xBB\xBF"
                  "a@x\n\xEF\xBB\xBF\"b@x\"\rc@x"),
            (Texts{"a@x", "b@x", "c@x"}));
  EXPECT_EQ(texts(""), Texts{});
  EXPECT_EQ(texts("OU=Board; Room,DC=x\nx.example/Sales, West\n"),
            (Texts{"OU=Board; Room,DC=x", "x.example/Sales, West"}));
  EXPECT_EQ(without_remark("a#EXT#@x # a guest"), "a#EXT#@x");
  EXPECT_EQ(without_remark("# all of it"), "");
}

TEST(ScopeList, OneColumnOfACsv) {
  EXPECT_EQ(texts("PrimarySmtpAddress\na@x\nb@x\n"), (Texts{"a@x", "b@x"}));
  EXPECT_EQ(texts("#TYPE X\r\n\"Name\",\"User Principal-Name\"\r\n\"A, \"\"B\"\"\nC\",\"a#EXT#@x # "
                  "y\"\r\n"),
            Texts{"a#EXT#@x # y"});
  EXPECT_EQ(texts("Name;ObjectId\nA;id 1\n;\n#B;id 2\n\nC;id 3"), (Texts{"id 1", "id 3"}));
  EXPECT_EQ(texts("Name\tms-DS-ConsistencyGuid\nA\tAAAA==\n"), Texts{"AAAA=="});
}

TEST(ScopeList, SaysWhichColumnsThereAre) {
  EXPECT_NE(error_of("Mail,Name,ObjectId\na@x,A,1\n").find("Mail, ObjectId"), std::string::npos);
  EXPECT_NE(error_of("\"Name\",\"Department\"\nA,B\n").find("Name, Department"), std::string::npos);
  EXPECT_NE(error_of("Name,Mail\nA,a@x\nB\n").find("line 3"), std::string::npos);
}

TEST(ScopeList, NeedsAnEncodingThatItCanTell) {
  EXPECT_NE(error_of("a@x\nb\xE4r@x\n").find("line 2"), std::string::npos);
  EXPECT_NE(error_of(std::string("a\0@\0x\0\n\0", 8)).find("UTF-16"), std::string::npos);
  EXPECT_NE(error_of(std::string("\xFF\xFE"
                                 "a\0\n",
                                 5)),
            "no error");
  EXPECT_EQ(texts(std::string("\xFE\xFF\0a\0@\0x\0\n", 10)), Texts{"a@x"});
  EXPECT_THROW(read_scope_list("/no/such/file"), UsageError);
}

}  // namespace
}  // namespace trueup
