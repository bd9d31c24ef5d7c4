// SPDX-License-Identifier: Apache-2.0
// One small JSON object that a service answers with: an error, a token. Read as a whole; what is
// not there, or is of another kind, is none. What it was read from is wiped with it. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "io/files/secret.h"

namespace trueup {

class JsonAnswer {
 public:
  /// Copies `body`. Of text that is no JSON object there is nothing to be had.
  explicit JsonAnswer(std::string_view body);
  ~JsonAnswer();
  JsonAnswer(JsonAnswer&&) noexcept;
  JsonAnswer& operator=(JsonAnswer&&) noexcept;

  /// A string, "" where there is none. Good as long as this.
  std::string_view text(std::string_view key) const;
  std::optional<double> number(std::string_view key) const;
  /// As text(), and it cannot be had again: the parser's copy is wiped.
  Secret take_secret(std::string_view key);

  bool has(std::string_view key) const;
  bool has_text(std::string_view key) const;
  bool has_object(std::string_view key) const;
  /// A string of the object behind `outer`, "" where there is none.
  std::string_view text_in(std::string_view outer, std::string_view key) const;

 private:
  struct Document;
  std::unique_ptr<Document> document_;
};

}  // namespace trueup
