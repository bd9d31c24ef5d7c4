// SPDX-License-Identifier: Apache-2.0
#include "io/files/input_paths.h"

#include <errno.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifest = "manifest.json";
constexpr std::size_t kLongestNumber = 18;    // digits; longer runs are no sequence numbers
constexpr std::size_t kShortestSequence = 3;  // files; fewer say nothing about the steps

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view digits_at(std::string_view text, std::size_t i) {
  std::size_t end = i;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(i, end - i);
}

/// Negative, zero or positive; digit runs as numbers.
int compare_names(std::string_view a, std::string_view b) {
  std::size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (is_digit(a[i]) && is_digit(b[k])) {
      std::string_view x = digits_at(a, i), y = digits_at(b, k);
      i += x.size();
      k += y.size();
      x.remove_prefix(std::min(x.find_first_not_of('0'), x.size()));
      y.remove_prefix(std::min(y.find_first_not_of('0'), y.size()));
      if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
      if (const int order = x.compare(y)) return order;
    } else {
      const auto x = static_cast<unsigned char>(a[i++]), y = static_cast<unsigned char>(b[k++]);
      if (x != y) return x < y ? -1 : 1;
    }
  }
  if (i < a.size()) return 1;
  return k < b.size() ? -1 : 0;
}

bool comes_before(const std::string& a, const std::string& b) {
  const int order = compare_names(a, b);
  return order != 0 ? order < 0 : a < b;
}

std::string_view without_compression(std::string_view name) {
  for (const std::string_view ending : {".gz", ".zst"}) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

bool has_listed_ending(std::string_view name, const std::vector<std::string_view>& endings) {
  name = without_compression(name);
  return std::any_of(endings.begin(), endings.end(), [name](std::string_view ending) {
    return name.size() > ending.size() && name.ends_with(ending);
  });
}

std::string file_name(const std::string& path) { return fs::path(path).filename().string(); }

bool is_manifest(const std::string& path) {
  const std::string name = file_name(path);
  return without_compression(name) == kManifest;
}

std::vector<std::string> files_in_folder(const std::string& folder,
                                         const std::vector<std::string_view>& endings,
                                         std::vector<std::string>* passed_over) {
  std::vector<std::string> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string path = entry->path().string();
    const std::string name = entry->path().filename().string();
    if (is_manifest(path)) continue;
    std::error_code ignored;  // a dangling link is no regular file: passed over
    const bool is_file = entry->is_regular_file(ignored);
    // A leading dot: what editors and macOS leave beside a file, with the file's own ending.
    if (is_file && name.front() != '.' && has_listed_ending(name, endings)) {
      files.push_back(path);
    } else if (passed_over != nullptr) {
      passed_over->push_back(path);
    }
  }
  if (error) throw InputError("cannot read the folder " + folder + ": " + error.message());
  if (files.empty()) {
    std::string wanted;
    for (const std::string_view ending : endings) (wanted += " ") += ending;
    throw InputError("no input in the folder " + folder + ": no file ends with one of" + wanted +
                     " (or that and .gz or .zst)");
  }
  return files;
}

std::vector<std::string> files_by_glob(const std::string& pattern,
                                       std::vector<std::string>* passed_over) {
  glob_t found{};
  const int code = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<std::string> files;
  for (std::size_t i = 0; code == 0 && i < found.gl_pathc; ++i) {
    const std::string path = found.gl_pathv[i];
    if (is_manifest(path)) continue;
    if (!fs::is_directory(path)) {
      files.push_back(path);
    } else if (passed_over != nullptr) {
      passed_over->push_back(path);
    }
  }
  ::globfree(&found);
  if (files.empty()) {
    throw InputError("no input: " + pattern +
                     " is neither a file nor a folder, and no file matches it as a pattern");
  }
  return files;
}

/// a.json beside a.json.gz: the same page would be read twice.
void refuse_twins(const std::vector<std::string>& files) {
  std::map<std::string_view, const std::string*> by_stem;
  for (const std::string& file : files) {
    const auto [at, fresh] = by_stem.emplace(without_compression(file), &file);
    if (!fresh) {
      throw InputError(*at->second + " and " + file +
                       " are one file, compressed and not; remove one of them");
    }
  }
}

struct NumberedName {
  std::string before, after;  // what stands around the last number of the name
  std::uint64_t number = 0;
  std::size_t width = 0;  // digits as written
};

std::optional<NumberedName> numbered(const std::string& path) {
  const std::string_view plain = without_compression(path);
  const std::size_t slash = plain.rfind('/');
  const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
  // A number in the ending does not count (x.mp4), unless it is all of the ending (part.001).
  const std::size_t dot = plain.rfind('.');
  std::size_t last = plain.size();
  if (dot != std::string_view::npos && dot > start &&
      digits_at(plain, dot + 1).size() + dot + 1 < plain.size()) {
    last = dot;
  }
  while (last > start && !is_digit(plain[last - 1])) --last;
  std::size_t first = last;
  while (first > start && is_digit(plain[first - 1])) --first;
  if (first == last || last - first > kLongestNumber) return std::nullopt;
  NumberedName name{std::string(plain.substr(0, first)), std::string(plain.substr(last)), 0,
                    last - first};
  std::from_chars(path.data() + first, path.data() + last, name.number);
  return name;
}

std::string with_width(std::uint64_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

/// The first number that is missing, if the numbers of these files are a sequence. They are if
/// there are three or more and most steps between neighbours are 1, or some are and most numbers
/// between the lowest and the highest are there; years or days picked at random are not. A sequence
/// starts at 0 or 1, so one that starts higher has lost its start (unless that is past the number
/// of files: 2024, 2025, 2026).
std::optional<std::uint64_t> missing_number(const std::map<std::uint64_t, std::size_t>& numbers) {
  if (numbers.size() < kShortestSequence) return std::nullopt;
  const std::uint64_t lowest = numbers.begin()->first;
  const std::uint64_t highest = numbers.rbegin()->first;
  std::optional<std::uint64_t> missing;
  if (lowest > 1 && lowest <= numbers.size()) missing = lowest - 1;
  std::size_t single_steps = 0;
  for (auto at = numbers.begin(), next = std::next(at); next != numbers.end(); at = next++) {
    if (next->first == at->first + 1) {
      ++single_steps;
    } else if (!missing) {
      missing = at->first + 1;
    }
  }
  const bool is_sequence = 2 * single_steps > numbers.size() - 1 ||
                           (single_steps > 0 && 2 * numbers.size() > highest - lowest + 1);
  return is_sequence ? missing : std::nullopt;
}

void refuse_gaps(const std::vector<std::string>& files) {
  // Number -> digits it was written with, by what stands around the number.
  std::map<std::pair<std::string, std::string>, std::map<std::uint64_t, std::size_t>> sequences;
  for (const std::string& file : files) {
    if (const std::optional<NumberedName> name = numbered(file)) {
      sequences[{name->before, name->after}][name->number] = name->width;
    }
  }
  for (const auto& [around, numbers] : sequences) {
    if (const std::optional<std::uint64_t> missing = missing_number(numbers)) {
      throw InputError("a file is missing in a numbered sequence: " + around.first +
                       with_width(*missing, numbers.begin()->second) + around.second +
                       "; fetch it again or, if it never was, name the files one by one");
    }
  }
}

void refuse_repeats(const std::vector<std::string>& files) {
  std::map<std::pair<dev_t, ino_t>, const std::string*> seen;
  for (const std::string& file : files) {
    struct stat status;
    if (::stat(file.c_str(), &status) != 0) {
      throw InputError("cannot open " + file + ": " + std::generic_category().message(errno));
    }
    if (!S_ISREG(status.st_mode)) continue;
    const auto [at, fresh] = seen.emplace(std::pair(status.st_dev, status.st_ino), &file);
    if (!fresh) {
      throw InputError("the same file is named twice: " + *at->second + " and " + file);
    }
  }
}

}  // namespace

std::vector<std::string> expand_input(const std::vector<std::string>& specs,
                                      const std::vector<std::string_view>& endings,
                                      std::vector<std::string>* passed_over) {
  std::vector<std::string> all;
  for (const std::string& spec : specs) {
    std::error_code ignored;
    const fs::file_status status = fs::status(spec, ignored);
    if (fs::exists(status) && !fs::is_directory(status)) {
      if (is_manifest(spec)) throw InputError(spec + " describes a dump, it is not a part of it");
      all.push_back(spec);
      continue;
    }
    std::vector<std::string> files = fs::is_directory(status)
                                         ? files_in_folder(spec, endings, passed_over)
                                         : files_by_glob(spec, passed_over);
    std::sort(files.begin(), files.end(), comes_before);
    refuse_twins(files);
    refuse_gaps(files);
    all.insert(all.end(), files.begin(), files.end());
  }
  if (passed_over != nullptr) std::sort(passed_over->begin(), passed_over->end(), comes_before);
  refuse_repeats(all);
  return all;
}

}  // namespace trueup
