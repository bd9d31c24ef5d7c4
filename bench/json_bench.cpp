// SPDX-License-Identifier: Apache-2.0
// The Graph and the Exchange reader into a sink that does nothing, next to the floor: simdjson's
// on-demand front end over the same pages, picking the same properties and doing nothing with them.
// Before anything is timed, readers and floor have to agree on what the pages hold.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "io/exo/exo_reader.h"
#include "io/graph/graph_reader.h"
#include "io/json/json_chunks.h"

namespace {

using namespace trueup;

constexpr int kPages = 64;
constexpr int kUsersPerPage = 200;  // Graph's own limit
constexpr int kMailboxes = kPages * kUsersPerPage;

/// What a parse saw, so that two parsers can be compared and no work is optimized away.
struct Totals {
  std::size_t mailboxes = 0, values = 0, value_bytes = 0;
  friend bool operator==(const Totals&, const Totals&) = default;
};

class CountingSink : public MailboxSink {
 public:
  void on_mailbox(const Mailbox& m, std::uint64_t) override {
    ++totals.mailboxes;
    totals.values += m.values.size();
    for (const AttributeValue& v : m.values) totals.value_bytes += v.bytes.size();
  }
  void on_defect(std::uint64_t, std::string reason) override {
    std::fprintf(stderr, "defect: %s\n", reason.c_str());
    std::abort();
  }
  Totals totals;
};

class NoSink : public MailboxSink {
 public:
  void on_mailbox(const Mailbox& m, std::uint64_t) override { benchmark::DoNotOptimize(&m); }
  void on_defect(std::uint64_t, std::string) override { std::abort(); }
};

/// One person of a fixed, random company.
struct Person {
  std::string id, immutable_id, given, name, upn, alias;
  std::vector<std::string> addresses;
};

Person person(std::mt19937& random, int number) {
  auto hex = [&random](int digits) {
    std::string s;
    for (int i = 0; i < digits; ++i) s += "0123456789abcdef"[random() % 16];
    return s;
  };
  Person p;
  p.id = hex(8) + "-" + hex(4) + "-" + hex(4) + "-" + hex(4) + "-" + hex(12);
  for (int i = 0; i < 21; ++i) p.immutable_id += "ABCDEFGHabcdefgh01234567+/xyzXYZ"[random() % 32];
  p.immutable_id += "A==";
  p.given = "Given" + std::to_string(random() % 500);
  p.alias = p.given + ".Family" + std::to_string(number);
  p.name = p.given + " Family" + std::to_string(number);
  p.upn = p.alias + "@contoso.example.com";
  p.addresses = {"SMTP:" + p.upn, "smtp:" + p.alias + "@contoso.onmicrosoft.com"};
  for (auto i = random() % 3; i > 0; --i) {
    p.addresses.push_back("smtp:alias" + std::to_string(i) + "." + p.alias + "@example.com");
  }
  return p;
}

std::string list(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const std::string& v : values) {
    out += out.size() > 1 ? ",\"" : "\"";
    out += v;
    out += '"';
  }
  out += ']';
  return out;
}

std::string graph_page(std::mt19937& random, int page) {
  std::string out =
      "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#users(id,mail,"
      "proxyAddresses,onPremisesImmutableId,onPremisesSyncEnabled,onPremisesExtensionAttributes)\","
      "\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/users/delta?$skiptoken=abc\","
      "\"value\":[";
  for (int i = 0; i < kUsersPerPage; ++i) {
    const Person p = person(random, page * kUsersPerPage + i);
    if (i > 0) out += ",";
    out += "{\"id\":\"" + p.id + "\",\"userPrincipalName\":\"" + p.upn + "\",\"mail\":\"" + p.upn +
           "\",\"mailNickname\":\"" + p.alias + "\",\"onPremisesImmutableId\":\"" + p.immutable_id +
           "\",\"onPremisesSyncEnabled\":true,";
    out += "\"onPremisesDistinguishedName\":\"CN=" + p.name +
           ",OU=Staff,DC=contoso,DC=example,DC=com\",\"proxyAddresses\":" + list(p.addresses) +
           ",\"onPremisesExtensionAttributes\":{";
    for (int n = 1; n <= 15; ++n) {
      out += (n > 1 ? ",\"extensionAttribute" : "\"extensionAttribute") + std::to_string(n) + "\":";
      out += random() % 4 == 0 ? "\"value " + std::to_string(random() % 1000) + "\"" : "null";
    }
    out += "}}";
  }
  return out + "]}";
}

std::string exo_export(std::mt19937& random) {
  std::string out = "[";
  for (int i = 0; i < kMailboxes; ++i) {
    const Person p = person(random, i);
    out += i > 0 ? ",{" : "{";
    out += "\"ExternalDirectoryObjectId\":\"" + p.id + "\",\"UserPrincipalName\":\"" + p.upn +
           "\",\"Alias\":\"" + p.alias + "\",\"DisplayName\":\"" + p.name +
           "\",\"EmailAddresses\":" + list(p.addresses) + ",\"PrimarySmtpAddress\":\"" + p.upn +
           "\",\"WindowsEmailAddress\":\"" + p.upn +
           "\",\"RecipientType\":\"UserMailbox\",\"RecipientTypeDetails\":\"UserMailbox\","
           "\"HiddenFromAddressListsEnabled\":false,\"IsExchangeCloudManaged\":true";
    for (int n = 1; n <= 15; ++n) {
      out += ",\"CustomAttribute" + std::to_string(n) + "\":\"";
      if (random() % 4 == 0) out += "value " + std::to_string(random() % 1000);
      out += "\"";
    }
    for (int n = 1; n <= 5; ++n) out += ",\"ExtensionCustomAttribute" + std::to_string(n) + "\":[]";
    out += "}";
  }
  return out + "]";
}

const std::vector<std::string>& pages() {
  static const std::vector<std::string> made = [] {
    std::mt19937 random(7);
    std::vector<std::string> all;
    for (int i = 0; i < kPages; ++i) {
      all.push_back(graph_page(random, i));
      all.back().reserve(all.back().size() + simdjson::SIMDJSON_PADDING);
    }
    return all;
  }();
  return made;
}

const std::string& mailboxes() {
  static const std::string made = [] {
    std::mt19937 random(7);
    std::string text = exo_export(random);
    text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    return text;
  }();
  return made;
}

std::vector<Chunk> chunks_of(const std::string& text, std::size_t bytes) {
  std::vector<Chunk> chunks;
  std::string_view rest = text;
  while (!rest.empty()) {
    Chunk chunk;
    const std::size_t cut = rest.size() > bytes ? cut_json(rest.substr(0, bytes)) : 0;
    chunk.text = rest.substr(0, cut == 0 ? rest.size() : cut);
    chunk.offset = static_cast<std::uint64_t>(rest.data() - text.data());
    chunk.first = chunk.offset == 0;
    rest.remove_prefix(chunk.text.size());
    chunk.last = rest.empty();
    chunks.push_back(chunk);
  }
  return chunks;
}

void count(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) *
                          static_cast<std::int64_t>(state.iterations()));
  state.counters["mailboxes/s"] =
      benchmark::Counter(kMailboxes, benchmark::Counter::kIsIterationInvariantRate);
}

std::size_t page_bytes() {
  std::size_t bytes = 0;
  for (const std::string& page : pages()) bytes += page.size();
  return bytes;
}

// ---- Graph

void read_graph(GraphReader& reader, MailboxSink& sink) {
  GraphSummary summary;
  for (const std::string& page : pages()) {
    reader.parse({page, 0, true, true, nullptr}, "page.json", sink, summary);
  }
}

void add_string(simdjson::ondemand::value value, Totals& totals) {
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS || text.empty()) return;
  ++totals.values;
  totals.value_bytes += text.size();
}

/// A key as it stands in the text, up to its closing quote.
struct Key {
  simdjson::ondemand::raw_json_string raw;
  bool operator==(std::string_view name) const {
    return starts_with(name) && raw.raw()[name.size()] == '"';
  }
  bool starts_with(std::string_view name) const {
    return std::memcmp(raw.raw(), name.data(), name.size()) == 0;
  }
};

Totals graph_floor(simdjson::ondemand::parser& parser) {
  Totals totals;
  for (const std::string& page : pages()) {
    simdjson::ondemand::document document =
        parser.iterate(page.data(), page.size(), page.size() + simdjson::SIMDJSON_PADDING);
    for (simdjson::ondemand::object user : document["value"].get_array()) {
      ++totals.mailboxes;
      for (auto field : user) {
        const Key key{field.key()};
        if (key == "mail" || key == "mailNickname") {
          add_string(field.value(), totals);
        } else if (key == "id" || key == "onPremisesImmutableId" || key == "userPrincipalName") {
          std::string_view text = field.value().get_string();
          benchmark::DoNotOptimize(text);
        } else if (key == "onPremisesSyncEnabled") {
          bool enabled = field.value().get_bool();
          benchmark::DoNotOptimize(enabled);
        } else if (key == "proxyAddresses") {
          for (auto address : field.value().get_array()) add_string(address.value(), totals);
        } else if (key == "onPremisesExtensionAttributes") {
          for (auto attribute : field.value().get_object()) {
            const Key name{attribute.key()};
            benchmark::DoNotOptimize(name);
            add_string(attribute.value(), totals);
          }
        }
      }
    }
  }
  return totals;
}

void BM_GraphReader(benchmark::State& state) {
  GraphReader reader;
  NoSink sink;
  for (auto _ : state) read_graph(reader, sink);
  count(state, page_bytes());
}

void BM_GraphFloor(benchmark::State& state) {
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    Totals totals = graph_floor(parser);
    benchmark::DoNotOptimize(totals);
  }
  count(state, page_bytes());
}

// ---- Exchange Online

void read_exo(ExoReader& reader, const std::vector<Chunk>& chunks, MailboxSink& sink) {
  ExoSummary summary;
  for (const Chunk& chunk : chunks) reader.parse(chunk, "exo.json", sink, summary);
}

void BM_ExoReader(benchmark::State& state) {
  ExoReader reader;
  NoSink sink;
  const auto chunks = chunks_of(mailboxes(), static_cast<std::size_t>(state.range(0)) << 10);
  for (auto _ : state) read_exo(reader, chunks, sink);
  count(state, mailboxes().size());
}

Totals exo_floor(simdjson::ondemand::parser& parser) {
  Totals totals;
  const std::string& text = mailboxes();
  simdjson::ondemand::document document =
      parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING);
  for (simdjson::ondemand::object mailbox : document.get_array()) {
    ++totals.mailboxes;
    for (auto field : mailbox) {
      const Key key{field.key()};
      if (key == "Alias" || key == "WindowsEmailAddress" || key.starts_with("CustomAttribute")) {
        add_string(field.value(), totals);
      } else if (key == "ExternalDirectoryObjectId" || key == "UserPrincipalName" ||
                 key == "PrimarySmtpAddress") {
        std::string_view value = field.value().get_string();
        benchmark::DoNotOptimize(value);
      } else if (key == "RecipientTypeDetails") {
        std::string_view type = field.value().get_string();
        totals.values += 2;
        totals.value_bytes += type == "UserMailbox" ? 21 : 0;
      } else if (key == "IsExchangeCloudManaged" || key == "HiddenFromAddressListsEnabled") {
        bool flag = field.value().get_bool();
        benchmark::DoNotOptimize(flag);
      } else if (key == "EmailAddresses" || key.starts_with("ExtensionCustomAttribute")) {
        for (auto value : field.value().get_array()) add_string(value.value(), totals);
      }
    }
  }
  return totals;
}

void BM_ExoFloor(benchmark::State& state) {
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    Totals totals = exo_floor(parser);
    benchmark::DoNotOptimize(totals);
  }
  count(state, mailboxes().size());
}

// ---- Cutting

void BM_CutJson(benchmark::State& state) {
  const std::string& text = mailboxes();
  for (auto _ : state) benchmark::DoNotOptimize(cut_json(text));
  count(state, text.size());
}

BENCHMARK(BM_GraphFloor);
BENCHMARK(BM_GraphReader);
BENCHMARK(BM_ExoFloor);
BENCHMARK(BM_ExoReader)->Arg(256)->Arg(1024)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_CutJson);

void check(const char* what, const Totals& reader, const Totals& floor) {
  if (reader == floor) return;
  std::fprintf(stderr, "%s: mailboxes, values and bytes: reader %zu %zu %zu, floor %zu %zu %zu\n",
               what, reader.mailboxes, reader.values, reader.value_bytes, floor.mailboxes,
               floor.values, floor.value_bytes);
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  simdjson::ondemand::parser parser;
  CountingSink graph, exo;
  GraphReader graph_reader;
  read_graph(graph_reader, graph);
  check("Graph", graph.totals, graph_floor(parser));
  ExoReader exo_reader;
  read_exo(exo_reader, chunks_of(mailboxes(), 100000), exo);
  check("Exchange", exo.totals, exo_floor(parser));

  benchmark::Initialize(&argc, argv);
  benchmark::AddCustomContext("bytes/user", std::to_string(page_bytes() / kMailboxes));
  benchmark::AddCustomContext("bytes/mailbox", std::to_string(mailboxes().size() / kMailboxes));
  benchmark::RunSpecifiedBenchmarks();
}
