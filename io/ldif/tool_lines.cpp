// SPDX-License-Identifier: Apache-2.0
#include "io/ldif/tool_lines.h"

#include <algorithm>
#include <charconv>

#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

constexpr std::string_view kFailures[] = {
    // LDAP results without their number
    "size limit exceeded", "sizelimit exceeded", "time limit exceeded", "timelimit exceeded",
    "administrative limit exceeded", "can't contact ldap server", "can't connect to",
    "cannot contact ldap server", "could not create ldap session", "connection reset",
    "connection timed out", "server is unavailable", "server down", "timed out",
    // ldifde
    "an error has occurred in the program", "search failed", "the connection cannot be established",
    "the error code is", "the server side error is", "unable to open the log file",
    // ldbsearch
    "err: (", "search error", "failed to connect to"};

constexpr std::string_view kNotices[] = {
    // ldapsearch -v, SASL, and what accompanies a result
    "ldap_initialize( ", "sasl/", "sasl username:", "sasl ssf:", "sasl data security layer",
    "sasl installing layers", "filter: ", "filter pattern: ", "requesting: ",
    "additional information:", "additional info:", "matched dn:", "request done: ld ",
    "enter ldap password:",
    // ldifde
    "connecting to \"", "logging in as ", "exporting directory to file", "searching for entries",
    "writing out entries", "the command has completed successfully"};

template <std::size_t kSize>
bool begins_with_any(std::string_view line, const std::string_view (&texts)[kSize]) {
  return std::ranges::any_of(texts, [&](std::string_view text) {
    return equal_ignoring_ascii_case(line.substr(0, text.size()), text);
  });
}

/// The number that `text` is; 0 if it is none.
int number_of(std::string_view text) {
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() ? number : 0;
}

/// "Size limit exceeded (4)", "Can't contact LDAP server (-1)": what ldap_err2string() gives.
bool is_result_text(std::string_view line) {
  const std::size_t open = line.rfind(" (");
  if (open == std::string_view::npos || line.find(':') != std::string_view::npos) return false;
  const bool letter = (line[0] | 0x20) >= 'a' && (line[0] | 0x20) <= 'z';
  return letter && line.ends_with(')') && open + 3 < line.size() &&
         number_of(line.substr(open + 2, line.size() - open - 3)) != 0;
}

/// "ldap_result: ...", "ldap_sasl_bind(SIMPLE): ...", "ldapsearch: ...". No attribute begins so.
bool is_client_message(std::string_view line) {
  const std::string_view start = line.substr(0, 10);
  return equal_ignoring_ascii_case(start.substr(0, 5), "ldap_") ||
         (equal_ignoring_ascii_case(start, "ldapsearch") && line.size() > 10 &&
          (line[10] == ':' || line[10] == ' '));
}

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
    line.remove_suffix(1);
  }
  return line;
}

}  // namespace

std::size_t prompt_size(std::string_view line) {
  // "Press [size] Enter for the next {500|size} entries." and, of a virtual list view,
  // "Press [before/after(/offset|:value)] Enter for the next window."
  if (!line.starts_with("Press [")) return 0;
  const std::size_t enter = line.find("] Enter for the next ");
  if (enter == std::string_view::npos) return 0;
  for (const std::string_view last : {"entries.", "entries", "window.", "window"}) {
    const std::size_t at = line.find(last, enter);
    if (at != std::string_view::npos) return at + last.size();
  }
  return 0;
}

bool is_failed_result(std::string_view line) {
  constexpr std::string_view kResult = "result:";
  if (!equal_ignoring_ascii_case(line.substr(0, kResult.size()), kResult)) return false;
  line = without_line_end(line.substr(kResult.size()));
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return number_of(line.substr(0, line.find(' '))) != 0;
}

bool is_alarm(std::string_view word) {
  std::string lower = folded(word);
  for (const std::string_view whole :
       {"err", "warn", "warning", "fatal", "critical", "aborted", "abort", "failed", "failure",
        "operationstopped", "stopped", "killed"}) {
    if (lower == whole) return true;
  }
  for (const std::string_view part : {"error", "errors", "exception", "traceback", "timeout"}) {
    if (lower.ends_with(part) || lower.starts_with("traceback")) return true;
  }
  for (const std::string_view verb :
       {"get-", "set-", "search-", "export-", "invoke-", "out-", "select-", "convertto-", "import-",
        "new-"}) {  // of PowerShell
    if (lower.starts_with(verb)) return true;
  }
  return false;
}

bool tells_a_failure(std::string_view comment) {
  const std::size_t begin = comment.find_first_not_of("#! \t");
  if (begin == std::string_view::npos) return false;
  comment = without_line_end(comment.substr(begin));
  if (is_failed_result(comment) || is_result_text(comment)) return true;
  const std::string lower = folded(comment);
  const std::string_view first = std::string_view(lower).substr(0, lower.find_first_of(" :,"));
  if (is_alarm(first)) return true;
  for (const std::string_view word :
       {"exceeded", "aborted", "incomplete", "truncated", "timed out", "result error",
        "not finished", "failed", "connection lost", "cancelled", "canceled", "interrupted"}) {
    if (lower.find(word) != lower.npos) return true;
  }
  return false;
}

ToolLine tool_line(std::string_view line) {
  line = without_line_end(line);
  if (line.empty()) return ToolLine::kNone;
  if (prompt_size(line) != 0) return ToolLine::kPrompt;
  if (begins_with_any(line, kNotices)) return ToolLine::kNotice;
  if (line.ends_with(" entries exported")) return ToolLine::kNotice;
  if (is_client_message(line) || begins_with_any(line, kFailures) || is_result_text(line) ||
      is_failed_result(line)) {
    return ToolLine::kFailure;
  }
  return ToolLine::kNone;
}

}  // namespace trueup
