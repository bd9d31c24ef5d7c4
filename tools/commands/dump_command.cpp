// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "io/exo/exo_reader.h"
#include "io/graph/graph_reader.h"
#include "io/json/json_chunks.h"
#include "io/ldif/ldif_reader.h"
#include "snapshots/model/errors.h"
#include "tools/commands/commands.h"
#include "tools/commands/terminal.h"

namespace trueup {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kChunkBytes = std::size_t{4} << 20;

// Prints each record as a line of JSON; defects go to stderr.
class PrintingSink : public MailboxSink {
 public:
  explicit PrintingSink(std::string file) : file_(std::move(file)) {}

  void on_mailbox(const Mailbox& m, std::uint64_t offset) override {
    Json j = {{"offset", offset}};
    if (!m.id.empty()) j["id"] = m.id;
    if (!m.name.empty()) j[m.has(kFromGraph) || m.has(kFromExo) ? "name" : "dn"] = m.name;
    if (m.has_anchor) j["anchor"] = to_base64(m.anchor);
    if (m.object_guid != Anchor{}) j["objectGUID"] = to_guid(m.object_guid);
    if (m.has(kRemoved)) j["removed"] = true;
    if (m.has(kBadAnchor)) j["bad_anchor"] = true;
    if (m.has(kSyncEnabledSupplied)) j["synced"] = m.has(kSyncEnabled);
    if (m.has(kCloudManagedSupplied)) j["exchange_cloud_managed"] = m.has(kCloudManaged);
    if (m.has(kOnPremMailbox)) j["on_prem_mailbox"] = true;
    if (m.has(kAdminCount)) j["admin_count"] = true;
    for (const AttributeValue& v : m.values) {
      const AttributeTraits& t = traits(v.attribute);
      if (t.multi_valued) {
        j[std::string(t.name)].push_back(v.bytes);
      } else {
        j[std::string(t.name)] = v.bytes;
      }
    }
    print_json(j.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  void on_defect(std::uint64_t offset, std::string reason) override {
    ++defects;
    print_defect({file_, offset, std::move(reason)});
  }
  std::uint64_t defects = 0;

 private:
  const std::string file_;
};

enum class Format { kLdif, kGraph, kExo };

// By content: JSON starts with a bracket; an Exchange record has an ExternalDirectoryObjectId.
Format format_of(const std::string& path) {
  const auto source = open_chunks(
      path, [](std::string_view text) { return text.size(); }, std::size_t{1} << 16);
  const auto chunk = source->next();
  if (!chunk) throw InputError(path + " is empty");
  const std::size_t start = chunk->text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || (chunk->text[start] != '{' && chunk->text[start] != '[')) {
    return Format::kLdif;
  }
  for (const char* exchange : {"ExternalDirectoryObjectId", "IsExchangeCloudManaged",
                               "RecipientTypeDetails", "EmailAddresses"}) {
    if (chunk->text.find(exchange) != std::string_view::npos) return Format::kExo;
  }
  return Format::kGraph;
}

template <typename Reader, typename Summary>
void parse_all(ChunkSource& source, const std::string& path, MailboxSink& sink) {
  Reader reader;
  Summary summary;
  while (auto chunk = source.next()) {
    if (std::ferror(stdout) != 0) return;  // nobody reads on: 'trueup dump FILE | head'
    reader.parse(*chunk, path, sink, summary);
  }
}

}  // namespace

int dump_command(const Settings&, const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("dump what? name a Graph page, Exchange export or LDIF");
  for (const std::string& path : arguments) {
    PrintingSink sink(path);
    switch (format_of(path)) {
      case Format::kLdif:
        parse_all<AdLdifReader, LdifSummary>(*open_chunks(path, cut_ldif, kChunkBytes), path, sink);
        break;
      case Format::kGraph:
        parse_all<GraphReader, GraphSummary>(*open_json_chunks(path, kChunkBytes), path, sink);
        break;
      case Format::kExo:
        parse_all<ExoReader, ExoSummary>(*open_json_chunks(path, kChunkBytes), path, sink);
        break;
    }
  }
  return 0;
}

}  // namespace trueup
