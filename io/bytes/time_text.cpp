// SPDX-License-Identifier: Apache-2.0
#include "io/bytes/time_text.h"

#include <charconv>
#include <chrono>
#include <optional>

namespace trueup {
namespace {

/// Takes what it reads off the front of a text; once something is not there, nothing is.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    if (rest_.size() < count) return fail();
    for (std::size_t i = 0; i < count; ++i) {
      const char c = rest_[i];
      if (c < '0' || c > '9') return fail();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_fraction() {
    if (!take('.') && !take(',')) return;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') rest_.remove_prefix(1);
  }
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

 private:
  int fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

struct Parts {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::uint64_t seconds_of(const Parts& p, int offset_minutes) {
  namespace chrono = std::chrono;
  const chrono::year_month_day date(chrono::year(p.year),
                                    chrono::month(static_cast<unsigned>(p.month)),
                                    chrono::day(static_cast<unsigned>(p.day)));
  if (!date.ok() || p.year < 1970 || p.hour > 23 || p.minute > 59 || p.second > 60) return 0;
  const auto time = chrono::sys_days(date) + chrono::hours(p.hour) +
                    chrono::minutes(p.minute - offset_minutes) + chrono::seconds(p.second);
  const auto since = chrono::duration_cast<chrono::seconds>(time.time_since_epoch()).count();
  return since > 0 ? static_cast<std::uint64_t>(since) : 0;
}

/// "/Date(1763633472000)/" or "/Date(1763633472000+0100)/": the zone is for showing only.
std::optional<std::uint64_t> milliseconds_of_date(std::string_view text) {
  constexpr std::string_view kStart = "/Date(";
  if (!text.starts_with(kStart) || !text.ends_with(")/")) return std::nullopt;
  text.remove_prefix(kStart.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || (*end != ')' && *end != '+' && *end != '-')) return 0;
  return value;
}

/// Minutes east of UTC at the end of a text; 0 where there is none.
int zone(Reader& in) {
  if (in.take('Z') || in.at_end()) return 0;
  const bool west = in.take('-');
  if (!west) in.expect('+');
  const int hours = in.digits(2);
  in.take(':');
  const int minutes = 60 * hours + in.digits(2);
  return west ? -minutes : minutes;
}

}  // namespace

std::uint64_t seconds_of_generalized_time(std::string_view text) {
  Reader in(text);
  Parts p;
  p.year = in.digits(4);
  p.month = in.digits(2);
  p.day = in.digits(2);
  p.hour = in.digits(2);
  p.minute = in.digits(2);
  p.second = in.digits(2);
  in.skip_fraction();
  in.expect('Z');
  return in.good() && in.at_end() ? seconds_of(p, 0) : 0;
}

std::uint64_t seconds_of_json_time(std::string_view text) {
  if (const auto milliseconds = milliseconds_of_date(text)) return *milliseconds / 1000;
  Reader in(text);
  Parts p;
  p.year = in.digits(4);
  in.expect('-');
  p.month = in.digits(2);
  in.expect('-');
  p.day = in.digits(2);
  if (!in.take('T')) in.expect(' ');
  p.hour = in.digits(2);
  in.expect(':');
  p.minute = in.digits(2);
  in.expect(':');
  p.second = in.digits(2);
  in.skip_fraction();
  const int offset = zone(in);
  return in.good() && in.at_end() ? seconds_of(p, offset) : 0;
}

}  // namespace trueup
