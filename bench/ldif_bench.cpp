// SPDX-License-Identifier: Apache-2.0
// LDIF parse speed: AdLdifReader beside the floor (memchr over the lines), our general reader and
// libldap's parser, over the same bytes. TRUEUP_BENCH_LDIF names an export to use instead of the
// corpus made here. The readers' answers are compared before anything is timed.
#include <benchmark/benchmark.h>
#include <ldap.h>
#include <ldif.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "io/bytes/base64.h"
#include "io/ldif/ldif_reader.h"
#include "tests/support/ldif_record.h"

namespace trueup {
namespace {

constexpr std::size_t kUsers = 20'000;
constexpr std::size_t kChunkBytes = std::size_t{4} << 20;

/// Lines as ldifde writes them: CRLF, folded at 80 columns.
class LdifdeText {
 public:
  void line(std::string_view name, std::string_view value) {
    append(std::string(name) + ": " + std::string(value));
  }
  void base64(std::string_view name, std::string_view value) {
    std::string one = std::string(name) + ":: ";
    append_base64(value, one);
    append(one);
  }
  void end() { text_ += "\r\n"; }
  std::string take() { return std::move(text_); }

 private:
  void append(const std::string& line) {
    for (std::size_t at = 0; at < line.size(); at += 79) {
      if (at != 0) text_ += "\r\n ";
      text_.append(line, at, 79);
    }
    text_ += "\r\n";
  }

  std::string text_;
};

std::string octets(std::mt19937_64& random, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(random() & 0xFF);
  return bytes;
}

void add_user(LdifdeText& out, std::mt19937_64& random, std::size_t i) {
  const std::string number = std::to_string(100'000 + i);
  const std::string name = "Firstname" + number + " Lastname";
  const std::string alias = "firstname" + number + ".lastname";
  const std::string dn = "CN=" + name + ",OU=Staff,OU=Site" + std::to_string(random() % 40) +
                         ",DC=corp,DC=contoso,DC=com";
  out.line("dn", dn);
  out.line("changetype", "add");
  for (const char* c : {"top", "person", "organizationalPerson", "user"})
    out.line("objectClass", c);
  out.line("cn", name);
  out.line("sn", "Lastname");
  if (random() % 4 != 0) out.line("title", "Senior Clerk");
  out.line("givenName", "Firstname" + number);
  out.line("distinguishedName", dn);
  out.line("whenCreated", "20190312081533.0Z");
  out.line("whenChanged", "20260912081533.0Z");
  if (random() % 8 == 0) {
    out.base64("displayName", "F\xc3\xafrstname" + number);
  } else {
    out.line("displayName", name);
  }
  out.line("uSNChanged", std::to_string(random() % 100'000'000));
  out.line("department", "Department " + std::to_string(random() % 300));
  out.line("proxyAddresses", "SMTP:" + alias + "@contoso.com");
  out.line("proxyAddresses", "smtp:" + alias + "@contoso.mail.onmicrosoft.com");
  if (random() % 3 == 0) {
    out.line(
        "proxyAddresses",
        "x500:/o=Contoso/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=" +
            number);
  } else {
    out.line("proxyAddresses", "smtp:f" + number + "@contoso.com");
  }
  out.line("name", name);
  out.base64("objectGUID", octets(random, 16));
  out.line("userAccountControl", "512");
  out.base64("objectSid", octets(random, 28));
  out.line("sAMAccountName", "f" + number);
  out.line("userPrincipalName", alias + "@contoso.com");
  out.line("mail", alias + "@contoso.com");
  if (random() % 4 != 0) out.line("extensionAttribute1", "CC-" + std::to_string(random() % 5000));
  out.line("msExchRecipientDisplayType", "-2147483642");
  out.line("msExchRecipientTypeDetails", "2147483648");
  out.end();
}

/// With kChunkPadding bytes behind it.
const std::string& corpus() {
  static const std::string text = [] {
    std::string bytes;
    if (const char* path = std::getenv("TRUEUP_BENCH_LDIF")) {
      std::ifstream file(path, std::ios::binary);
      bytes.assign(std::istreambuf_iterator<char>(file), {});
    } else {
      std::mt19937_64 random(20260812);
      LdifdeText out;
      for (std::size_t i = 0; i < kUsers; ++i) add_user(out, random, i);
      bytes = out.take();
    }
    return bytes + std::string(kChunkPadding, '\0');
  }();
  return text;
}

std::string_view corpus_text() {
  return std::string_view(corpus()).substr(0, corpus().size() - kChunkPadding);
}

struct CountingSink : MailboxSink {
  std::uint64_t mailboxes = 0, values = 0, defects = 0;
  void on_mailbox(const Mailbox& m, std::uint64_t) override {
    ++mailboxes;
    values += m.values.size();
  }
  void on_defect(std::uint64_t, std::string) override { ++defects; }
};

CountingSink parse_quickly() {
  CountingSink sink;
  LdifSummary summary;
  AdLdifReader reader;
  Chunk chunk;
  chunk.text = corpus_text();
  chunk.first = chunk.last = true;
  reader.parse(chunk, "corpus", sink, summary);
  return sink;
}

CountingSink parse_generally() {
  CountingSink sink;
  LdifRecordReader reader(corpus_text());
  LdifRecord record;
  AdObjectBuilder builder;
  Mailbox mailbox;
  std::string reason;
  for (auto r = reader.next(record, reason); r != LdifRecordReader::Result::kEnd;
       r = reader.next(record, reason)) {
    if (!record.has_dn) continue;
    builder.begin(record.dn);
    for (const LdifLine& line : record.lines) builder.add(line.name, line.value);
    const AdObjectBuilder::Result result = builder.finish(mailbox, reason);
    if (result == AdObjectBuilder::Result::kMailbox) sink.on_mailbox(mailbox, record.offset);
  }
  return sink;
}

/// Records and lines that libldap sees.
std::uint64_t parse_with_libldap() {
  std::uint64_t lines = 0;
  LDIFFP* const file =
      ldif_open_mem(const_cast<char*>(corpus_text().data()), corpus_text().size(), "r");
  unsigned long line_number = 0;
  char* buffer = nullptr;
  int size = 0;
  while (ldif_read_record(file, &line_number, &buffer, &size) > 0) {
    char* next = buffer;
    while (char* const line = ldif_getline(&next)) {
      berval type, value;
      int owned = 0;
      if (ldif_parse_line2(line, &type, &value, &owned) == 0) ++lines;
    }
  }
  ber_memfree(buffer);
  ldif_close(file);
  return lines;
}

std::uint64_t count_lines() {
  const char* p = corpus_text().data();
  const char* const end = p + corpus_text().size();
  std::uint64_t lines = 0;
  while (const void* newline = std::memchr(p, '\n', static_cast<std::size_t>(end - p))) {
    p = static_cast<const char*>(newline) + 1;
    ++lines;
  }
  return lines;
}

void report(benchmark::State& state, std::uint64_t mailboxes) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(corpus_text().size()));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(mailboxes));
}

void floor_memchr_lines(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(count_lines());
  report(state, parse_quickly().mailboxes);
}
BENCHMARK(floor_memchr_lines)->Unit(benchmark::kMillisecond);

void ad_ldif_reader(benchmark::State& state) {
  const std::uint64_t mailboxes = parse_quickly().mailboxes;
  for (auto _ : state) benchmark::DoNotOptimize(parse_quickly());
  report(state, mailboxes);
}
BENCHMARK(ad_ldif_reader)->Unit(benchmark::kMillisecond);

void ldif_record_reader(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_generally());
  report(state, parse_quickly().mailboxes);
}
BENCHMARK(ldif_record_reader)->Unit(benchmark::kMillisecond);

void libldap_ldif(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_with_libldap());
  report(state, parse_quickly().mailboxes);
}
BENCHMARK(libldap_ldif)->Unit(benchmark::kMillisecond);

/// From the file: open_chunks() and AdLdifReader, as engine/load does on one thread.
void ad_ldif_file(benchmark::State& state) {
  const std::string name = "ldif_bench-" + std::to_string(std::random_device()()) + ".ldif";
  const std::string path = (std::filesystem::temp_directory_path() / name).string();
  std::ofstream(path, std::ios::binary) << corpus_text();
  CountingSink sink;
  for (auto _ : state) {
    LdifSummary summary;
    AdLdifReader reader;
    const std::unique_ptr<ChunkSource> source = open_chunks(path, cut_ldif, kChunkBytes);
    while (std::optional<Chunk> chunk = source->next()) reader.parse(*chunk, path, sink, summary);
  }
  report(state, parse_quickly().mailboxes);
  std::remove(path.c_str());
}
BENCHMARK(ad_ldif_file)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace trueup

int main(int argc, char** argv) {
  const trueup::CountingSink quick = trueup::parse_quickly(), general = trueup::parse_generally();
  if (quick.mailboxes != general.mailboxes || quick.values != general.values ||
      quick.mailboxes == 0) {
    std::fprintf(stderr, "the readers disagree: %llu and %llu mailboxes\n",
                 static_cast<unsigned long long>(quick.mailboxes),
                 static_cast<unsigned long long>(general.mailboxes));
    return 1;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
