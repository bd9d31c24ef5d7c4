// SPDX-License-Identifier: Apache-2.0
#include "tests/cases/case_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace trueup::cases {
namespace {

namespace fs = std::filesystem;

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    switch (c) {
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case '\\': out += '\\'; break;
      case 'x':
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
        break;
      default: throw std::runtime_error(std::string("an escape that is not known: \\") + c);
    }
  }
  return out;
}

/// "/FROM/TO/" with any delimiter: the parts between.
std::vector<std::string> delimited(const std::string& text, std::size_t parts) {
  std::vector<std::string> list;
  std::size_t at = 1;
  while (list.size() < parts) {
    const std::size_t end = text.empty() ? std::string::npos : text.find(text[0], at);
    if (end == std::string::npos) throw std::runtime_error("a delimiter is missing");
    list.push_back(unescaped(text.substr(at, end - at)));
    at = end + 1;
  }
  if (at != text.size()) throw std::runtime_error("something stands behind the last delimiter");
  return list;
}

Edit edit_of(const std::string& word, const std::string& rest) {
  const std::size_t blank = std::min(rest.find(' '), rest.size());
  Edit edit;
  edit.file = rest.substr(0, blank);
  const std::string text = rest.substr(std::min(blank + 1, rest.size()));
  if (word == "edit") {
    const std::vector<std::string> parts = delimited(text, 2);
    edit.from = parts[0];
    edit.to = parts[1];
  } else if (word == "write") {
    edit.kind = Edit::Kind::kWrite;
    edit.to = delimited(text, 1)[0];
  } else {
    edit.kind = word == "drop"      ? Edit::Kind::kDrop
                : word == "utf16le" ? Edit::Kind::kUtf16Le
                                    : Edit::Kind::kUtf16Be;
  }
  return edit;
}

void read_line(const std::string& root, const std::string& line, Case& c) {
  const std::size_t blank = std::min(line.find(' '), line.size());
  const std::string word = line.substr(0, blank);
  const std::string rest = line.substr(std::min(line.find_first_not_of(' ', blank), line.size()));
  const std::map<std::string, std::vector<std::string>*> patterns = {
      {"says", &c.says},   {"silent", &c.silent},   {"plans", &c.plans},
      {"keeps", &c.keeps}, {"rejects", &c.rejects},
  };
  if (const auto it = patterns.find(word); it != patterns.end()) {
    it->second->push_back(rest);
  } else if (word == "outcome") {
    c.outcome = rest;
  } else if (word == "like") {
    c.folders.insert(c.folders.begin(), root + "/" + rest);
  } else if (word == "exit") {
    c.exit_code = std::stoi(rest);
  } else if (word == "with") {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    c.arguments.push_back(rest.substr(0, end));
    if (end < rest.size()) c.arguments.push_back(rest.substr(end + 1));
  } else if (word == "edit" || word == "write" || word == "drop" || word == "utf16le" ||
             word == "utf16be") {
    c.edits.push_back(edit_of(word, rest));
  } else {
    throw std::runtime_error("a word that is not known: " + word);
  }
}

}  // namespace

Case read_case(const std::string& root, const std::string& path) {
  Case c;
  c.folders.push_back(fs::path(path).parent_path().string());
  c.name = fs::relative(path, root).replace_extension().string();
  if (fs::path(path).filename() == "expect") c.name = fs::relative(c.folders[0], root).string();
  std::ifstream in(path);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    try {
      read_line(root, line, c);
    } catch (const std::exception& error) {
      throw std::runtime_error(path + ", line " + std::to_string(number) + ": " + error.what());
    }
  }
  if (c.outcome.empty()) throw std::runtime_error(path + " names no outcome");
  return c;
}

std::vector<Case> all_cases(const std::string& root) {
  std::vector<Case> cases;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const fs::path& path = entry.path();
    if (path.filename() == "expect" || path.extension() == ".expect") {
      cases.push_back(read_case(root, path.string()));
    }
  }
  std::ranges::sort(cases, {}, &Case::name);
  return cases;
}

}  // namespace trueup::cases
