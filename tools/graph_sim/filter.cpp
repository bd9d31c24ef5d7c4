// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/filter.h"

#include "tools/graph_sim/http.h"

namespace trueup::sim {
namespace {

[[noreturn]] void unsupported() {
  throw Refusal(400, "Request_UnsupportedQuery", "Unsupported Query.");
}

[[noreturn]] void invalid(std::string_view why) {
  throw Refusal(400, "BadRequest", "Invalid filter clause: " + std::string(why));
}

class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : rest_(text) {}

  Filter parse() {
    term();
    for (skip_blanks(); !rest_.empty(); skip_blanks()) {
      const std::string junction = word();
      if (junction == "and" && !alternatives_) {
        conjunction_ = true;
      } else if (junction == "or" && !conjunction_ && filter_.by_id) {
        alternatives_ = true;
      } else if (junction == "or" || junction == "and") {
        unsupported();
      } else {
        invalid("expected 'and' or 'or'");
      }
      term();
    }
    return filter_;
  }

 private:
  void skip_blanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  /// Letters and digits, folded.
  std::string word() {
    skip_blanks();
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != ' ' && rest_[end] != '(' && rest_[end] != ')' &&
           rest_[end] != ',' && rest_[end] != '\'') {
      ++end;
    }
    const std::string text = folded(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (text.empty()) invalid("a name is missing");
    return text;
  }

  void expect(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) invalid(std::string("expected ") + c);
    rest_.remove_prefix(1);
  }

  /// In quotes; a quote in it stands twice.
  std::string literal() {
    expect('\'');
    std::string text;
    for (;;) {
      const std::size_t quote = rest_.find('\'');
      if (quote == std::string_view::npos) invalid("there is an unterminated string literal");
      text += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (!rest_.starts_with('\'')) return text;
      text += '\'';
      rest_.remove_prefix(1);
    }
  }

  void term() {
    const std::string name = word();
    if (name == "startswith") {
      expect('(');
      if (word() != "userprincipalname") unsupported();
      expect(',');
      set(filter_.prefix, literal());
      expect(')');
      return;
    }
    if (rest_.starts_with('(')) unsupported();  // another function
    const std::string comparison = word();
    if (name == "userprincipalname" && comparison == "ge") {
      set(filter_.from, literal());
    } else if (name == "userprincipalname" && comparison == "le") {
      set(filter_.to, literal());
    } else if (name == "userprincipalname" && comparison == "eq") {
      const std::string value = literal();
      set(filter_.from, value);
      set(filter_.to, value);
    } else if (name == "id" && comparison == "eq") {
      if (filter_.by_id && !alternatives_) unsupported();
      filter_.by_id = true;
      const std::optional<UserId> id = parse_id(literal());
      if (id) filter_.ids.push_back(*id);
    } else {
      unsupported();
    }
  }

  void set(std::optional<std::string>& target, const std::string& value) {
    if (target || alternatives_) unsupported();
    target = folded(value);
  }

  std::string_view rest_;
  Filter filter_;
  bool alternatives_ = false;
  bool conjunction_ = false;
};

}  // namespace

bool Filter::accepts_name(std::string_view folded_name) const {
  return (!from || folded_name >= *from) && (!to || folded_name <= *to) &&
         (!prefix || folded_name.starts_with(*prefix));
}

Filter parse_filter(std::string_view text) { return FilterParser(text).parse(); }

}  // namespace trueup::sim
