// SPDX-License-Identifier: Apache-2.0
// The speed of light: one core reading the same bytes as `trueup plan` and doing nothing with them.
// simdjson's on-demand front end over the Graph pages and the EXO export, picking the managed
// properties; memchr over the lines of the LDIF.
//   floor --graph FILE|FOLDER ... [--exo FILE|FOLDER ...] --ad FILE ...
// Prints one `name value` a line: seconds, and what was seen, so that it can be compared with what
// trueup saw. Files are plain (no .gz) and belong in the page cache; run it once to warm that.
//
// simdjson chooses its first stage for the machine at run time. Its front end is compiled in, with
// the product's flags; built with -march=native it picks such short strings no faster.
#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
namespace ondemand = simdjson::ondemand;

/// Files are read piece by piece into one buffer that stays in the processor's cache: faster than
/// mapping them, whose pages have to be entered one by one.
constexpr std::size_t kPieceBytes = 256 * 1024;

class File {
 public:
  explicit File(const std::string& path) : path_(path), fd_(::open(path.c_str(), O_RDONLY)) {
    if (fd_ < 0) fail();
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::size_t size() const {
    struct stat facts {};
    if (::fstat(fd_, &facts) != 0) fail();
    return static_cast<std::size_t>(facts.st_size);
  }
  std::size_t read(char* to, std::size_t bytes) {
    const ssize_t got = ::read(fd_, to, bytes);
    if (got < 0) fail();
    return static_cast<std::size_t>(got);
  }

 private:
  [[noreturn]] void fail() const { throw std::runtime_error(path_ + ": " + std::strerror(errno)); }
  std::string path_;
  int fd_;
};

/// A whole file with simdjson's padding behind it; the memory is used again for the next one.
class WholeFile {
 public:
  std::string_view read(const std::string& path) {
    File file(path);
    const std::size_t size = file.size();
    if (size + simdjson::SIMDJSON_PADDING > capacity_) {
      capacity_ = size + simdjson::SIMDJSON_PADDING;
      bytes_.reset(new char[capacity_]);
    }
    std::size_t done = 0;
    while (done < size) {
      const std::size_t got = file.read(bytes_.get() + done, size - done);
      if (got == 0) break;
      done += got;
    }
    return {bytes_.get(), done};
  }
  std::size_t capacity() const { return capacity_; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

struct Seen {
  std::uint64_t bytes = 0, records = 0, values = 0, value_bytes = 0;

  void add(ondemand::value value) {
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS || text.empty()) return;  // null
    ++values;
    value_bytes += text.size();
  }
  void add_all(ondemand::value list) {
    for (ondemand::value item : list.get_array()) add(item);
  }
};

/// A key as it stands in the text, up to its closing quote. The managed properties' names hold no
/// escapes.
struct Key {
  ondemand::raw_json_string raw;
  bool operator==(std::string_view name) const {
    return starts_with(name) && raw.raw()[name.size()] == '"';
  }
  bool starts_with(std::string_view name) const {
    return std::memcmp(raw.raw(), name.data(), name.size()) == 0;
  }
};

void pick_user(ondemand::object user, Seen& seen) {
  ++seen.records;
  for (auto field : user) {
    const Key key{field.key()};
    if (key == "mail" || key == "id" || key == "onPremisesImmutableId" ||
        key == "userPrincipalName") {
      seen.add(field.value());
    } else if (key == "onPremisesSyncEnabled") {
      seen.values += field.value().is_null() ? 0 : 1;
    } else if (key == "proxyAddresses") {
      seen.add_all(field.value());
    } else if (key == "onPremisesExtensionAttributes") {
      for (auto extension : field.value().get_object()) seen.add(extension.value());
    }
  }
}

void pick_mailbox(ondemand::object mailbox, Seen& seen) {
  ++seen.records;
  for (auto field : mailbox) {
    const Key key{field.key()};
    if (key.starts_with("CustomAttribute") || key == "WindowsEmailAddress" ||
        key == "PrimarySmtpAddress" || key == "ExternalDirectoryObjectId" ||
        key == "RecipientTypeDetails") {
      seen.add(field.value());
    } else if (key == "IsExchangeCloudManaged") {
      bool managed = field.value().get_bool();
      seen.values += managed ? 1 : 0;
    } else if (key == "EmailAddresses" || key.starts_with("ExtensionCustomAttribute")) {
      seen.add_all(field.value());
    }
  }
}

Seen read_pages(const std::vector<std::string>& files) {
  Seen seen;
  ondemand::parser parser;
  WholeFile file;
  for (const std::string& path : files) {
    const std::string_view page = file.read(path);
    seen.bytes += page.size();
    ondemand::document document = parser.iterate(page.data(), page.size(), file.capacity());
    for (ondemand::object user : document["value"].get_array()) pick_user(user, seen);
  }
  return seen;
}

/// Where the last record of a piece of a JSON array begins: behind "}," outside any string, as far
/// as a floor has to care. 0 if there is none.
std::size_t last_record(std::string_view text) {
  for (std::size_t at = text.rfind('{'); at != std::string_view::npos && at > 0;
       at = text.rfind('{', at - 1)) {
    const std::size_t comma = text.find_last_not_of(" \r\n", at - 1);
    if (comma == std::string_view::npos || comma == 0 || text[comma] != ',') continue;
    if (text[text.find_last_not_of(" \r\n", comma - 1)] == '}') return at;
  }
  return 0;
}

/// An export is one array of any size: read piece by piece too, each made an array of its own.
Seen read_exports(const std::vector<std::string>& files) {
  Seen seen;
  ondemand::parser parser;
  std::string range;
  for (const std::string& path : files) {
    File file(path);
    range.clear();
    std::string left;
    for (bool more = true; more;) {
      range.assign(left);
      const std::size_t kept = range.size();
      range.resize(kept + kPieceBytes);
      const std::size_t got = file.read(range.data() + kept, kPieceBytes);
      range.resize(kept + got);
      seen.bytes += got;
      more = got > 0;
      if (more) {
        const std::size_t cut = last_record(range);
        left.assign(cut == 0 ? range : "[" + range.substr(cut));
        if (cut == 0) continue;
        range.resize(range.rfind(',', cut));
        range += ']';
      }
      range.reserve(range.size() + simdjson::SIMDJSON_PADDING);
      ondemand::document document = parser.iterate(range);
      for (ondemand::object mailbox : document.get_array()) pick_mailbox(mailbox, seen);
    }
  }
  return seen;
}

/// `records` are lines here.
Seen read_lines(const std::vector<std::string>& files) {
  Seen seen;
  const std::unique_ptr<char[]> range(new char[kPieceBytes]);
  for (const std::string& path : files) {
    File file(path);
    while (const std::size_t got = file.read(range.get(), kPieceBytes)) {
      seen.bytes += got;
      const char* at = range.get();
      const char* const end = at + got;
      while (const void* newline = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
        ++seen.records;
        at = static_cast<const char*>(newline) + 1;
      }
    }
  }
  return seen;
}

void add_input(const std::string& spec, std::string_view ending, std::vector<std::string>& files) {
  if (!fs::is_directory(spec)) {
    files.push_back(spec);
    return;
  }
  const auto before = static_cast<std::ptrdiff_t>(files.size());
  for (const fs::directory_entry& entry : fs::directory_iterator(spec)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(ending) && name != "manifest.json") files.push_back(entry.path().string());
  }
  std::sort(files.begin() + before, files.end());
}

struct Inputs {
  std::vector<std::string> graph, exo, ad;
};

Inputs parse(int argc, char** argv) {
  Inputs inputs;
  std::vector<std::string>* files = nullptr;
  std::string_view ending;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--graph" || word == "--exo" || word == "--ad") {
      files = word == "--graph" ? &inputs.graph : word == "--exo" ? &inputs.exo : &inputs.ad;
      ending = word == "--ad" ? ".ldif" : ".json";
    } else if (files != nullptr) {
      add_input(argv[i], ending, *files);
    } else {
      throw std::runtime_error("usage: floor --graph P ... [--exo P ...] --ad P ...");
    }
  }
  return inputs;
}

void print(const char* what, const Seen& seen, double seconds) {
  std::printf("%s_seconds %.6f\n%s_bytes %llu\n%s_records %llu\n", what, seconds, what,
              static_cast<unsigned long long>(seen.bytes), what,
              static_cast<unsigned long long>(seen.records));
  std::printf("%s_values %llu\n%s_value_bytes %llu\n", what,
              static_cast<unsigned long long>(seen.values), what,
              static_cast<unsigned long long>(seen.value_bytes));
}

}  // namespace

int main(int argc, char** argv) {
  using MonotonicClock = std::chrono::steady_clock;
  const auto seconds = [](MonotonicClock::time_point from, MonotonicClock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
  };
  try {
    const auto start = MonotonicClock::now();
    const Inputs inputs = parse(argc, argv);
    const Seen users = read_pages(inputs.graph);
    const auto graph_end = MonotonicClock::now();
    const Seen mailboxes = read_exports(inputs.exo);
    const auto exo_end = MonotonicClock::now();
    const Seen lines = read_lines(inputs.ad);
    const auto end = MonotonicClock::now();
    std::printf("seconds %.6f\n", seconds(start, end));
    print("graph", users, seconds(start, graph_end));
    print("exo", mailboxes, seconds(graph_end, exo_end));
    print("ad", lines, seconds(exo_end, end));
    std::printf("simdjson %s\n", simdjson::get_active_implementation()->name().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "floor: %s\n", error.what());
    return 1;
  }
  return 0;
}
