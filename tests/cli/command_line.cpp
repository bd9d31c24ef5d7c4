// SPDX-License-Identifier: Apache-2.0
#include "tests/cli/command_line.h"

#include <algorithm>
#include <filesystem>
#include <regex>
#include <stdexcept>

namespace trueup::cli {
namespace {

namespace fs = std::filesystem;

std::string shown(const Arguments& arguments) {
  std::string line = "trueup";
  for (const std::string& argument : arguments) line += " " + argument;
  return line;
}

}  // namespace

Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

ProcessResult trueup(const Arguments& arguments, const ProcessOptions& options) {
  return run_process(Arguments{TRUEUP_BINARY} + arguments, options);
}

ProcessResult must(const Arguments& arguments, int exit_code) {
  ProcessResult result = trueup(arguments);
  if (result.exit_code != exit_code) {
    throw std::runtime_error(shown(arguments) + " ended with " + std::to_string(result.exit_code) +
                             ": " + result.err + result.out);
  }
  return result;
}

Json trueup_json(const Arguments& arguments, int exit_code) {
  return Json::parse(must(arguments + Arguments{"--json"}, exit_code).out);
}

testing::AssertionResult fails(const ProcessResult& result, int exit_code,
                               std::initializer_list<std::string> patterns) {
  std::string wrong;
  if (result.exit_code != exit_code) {
    wrong += "exit code " + std::to_string(result.exit_code) + ", not " +
             std::to_string(exit_code) + "\n";
  }
  if (!result.out.empty()) wrong += "stdout is not empty: " + result.out.substr(0, 2000) + "\n";
  for (const std::string& pattern : patterns) {
    if (!std::regex_search(result.err, std::regex(pattern, std::regex::icase))) {
      wrong += "stderr has no /" + pattern + "/\n";
    }
  }
  if (wrong.empty()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << wrong << "stderr: " << result.err.substr(0, 4000);
}

std::vector<std::string> Tenant::pages() const {
  std::vector<std::string> list;
  for (const auto& entry : fs::directory_iterator(graph)) {
    if (entry.path().filename() != "manifest.json") list.push_back(entry.path().string());
  }
  std::sort(list.begin(), list.end());
  return list;
}

Json Tenant::truth() const { return Json::parse(read_file(folder + "/truth.json")); }

Arguments Tenant::graph_and_ad() const { return {"--graph", graph, "--ad", ad}; }

Arguments Tenant::inputs() const {
  Arguments list = graph_and_ad();
  for (const std::string& file : exo) list = list + Arguments{"--exo", file};
  return list;
}

Tenant make_tenant(const TempFolder& folder, std::string_view name, int mailboxes,
                   const Arguments& arguments) {
  Tenant tenant;
  tenant.folder = folder / name;
  const ProcessResult made = run_process(Arguments{MAKE_TENANT_BINARY, "--out", tenant.folder,
                                                   "--mailboxes", std::to_string(mailboxes)} +
                                         arguments);
  if (made.exit_code != 0) throw std::runtime_error("make_tenant: " + made.err);
  tenant.graph = tenant.folder + "/graph";
  for (const auto& entry : fs::directory_iterator(tenant.folder)) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with("exo")) tenant.exo.push_back(entry.path().string());
    if (file.starts_with("ad.")) tenant.ad = entry.path().string();
  }
  std::sort(tenant.exo.begin(), tenant.exo.end());
  return tenant;
}

std::string replaced_once(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("no '" + std::string(from) + "' in it");
  return text.replace(at, from.size(), to);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t hit; (hit = text.find(from, at)) != std::string::npos; at = hit + from.size()) {
    out.append(text, at, hit - at).append(to);
  }
  if (at == 0) throw std::runtime_error("no '" + std::string(from) + "' in it");
  return out.append(text, at);
}

void edit_file(const std::string& path, std::string_view from, std::string_view to) {
  const std::string text = replaced_once(read_file(path), from, to);
  std::ofstream(path, std::ios::binary) << text;
}

Arguments open_guards_of_undo() {
  Arguments arguments;
  for (const char* guard :
       {"changed", "cleared", "overwritten", "losing", "replaced", "types", "same-value"}) {
    arguments.push_back("--guards-" + std::string(guard));
    arguments.emplace_back("1000000, 100%");
  }
  return arguments;
}

Json last_block(const std::string& store, int run) {
  const std::string path = store + "/runs/" + std::to_string(run) + "/run.json";
  return Json::parse(read_file(path)).at("commands").back();
}

Arguments open_guards() {
  return open_guards_of_undo() + Arguments{"--guards-emptied",   "1000000, 100%",
                                           "--guards-rewritten", "1000000, 100%",
                                           "--guards-unmatched", "1000000, 100%"};
}

Arguments nightly(const TempFolder& folder) {
  return {"run", "--config", folder.write("nightly.toml", "")};
}

ProcessResult nightly_run(const TempFolder& folder, const Arguments& planning,
                          const Arguments& more, const ProcessOptions& options) {
  const auto store = std::find(planning.begin(), planning.end(), "--store");
  if (store != planning.end() && !std::filesystem::exists(store[1] + "/runs/1/plan.ldif")) {
    const ProcessResult planned = trueup(Arguments{"plan"} + planning + open_guards(), options);
    if (planned.exit_code != 0) {
      throw std::runtime_error("the first plan does not pass: " + planned.err + planned.out);
    }
  }
  return trueup(nightly(folder) + planning + open_guards() + more, options);
}

}  // namespace trueup::cli
