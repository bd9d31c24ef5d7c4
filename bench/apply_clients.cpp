// SPDX-License-Identifier: Apache-2.0
#include "bench/apply_clients.h"

#include <ldap.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bench/timed_writer.h"
#include "engine/apply/apply_records.h"
#include "snapshots/store/journal.h"
#include "snapshots/store/stored_plan.h"
#include "tests/support/process.h"

namespace trueup {
namespace {

using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double median_ms(std::vector<std::chrono::nanoseconds>& times) {
  if (times.empty()) return 0;
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return static_cast<double>(middle->count()) / 1e6;
}

std::string password_of(const LdapOptions& server) {
  std::string password;
  std::getline(std::ifstream(server.password_file, std::ios::binary), password);
  return password;
}

void require(int code, const char* what) {
  if (code != LDAP_SUCCESS) {
    throw std::runtime_error(std::string(what) + ": " + ldap_err2string(code));
  }
}

/// A connection as a program has it that knows nothing of trueup.
struct Unbind {
  void operator()(LDAP* handle) const { ldap_unbind_ext_s(handle, nullptr, nullptr); }
};
using BareConnection = std::unique_ptr<LDAP, Unbind>;

BareConnection connect(const LdapOptions& server) {
  LDAP* handle = nullptr;
  require(ldap_initialize(&handle, server.urls.front().c_str()), "ldap_initialize");
  BareConnection connection(handle);
  const int version = LDAP_VERSION3;
  ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
  std::string password = password_of(server);
  berval credentials{.bv_len = password.size(), .bv_val = password.data()};
  require(ldap_sasl_bind_s(handle, server.bind_dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr,
                           nullptr, nullptr),
          "bind");
  return connection;
}

/// A change of the workload as libldap takes it.
class BareModify {
 public:
  explicit BareModify(const Change& change) : dn_(change.dn) {
    for (const Edit& edit : change.edits) {
      add(LDAP_MOD_DELETE, edit.attribute, edit.deletes.at(0));
      add(LDAP_MOD_ADD, edit.attribute, edit.adds.at(0));
    }
  }
  BareModify(const BareModify&) = delete;
  BareModify& operator=(const BareModify&) = delete;

  const char* dn() const { return dn_.c_str(); }
  LDAPMod** mods() { return list_.data(); }

 private:
  struct Part {
    std::string type;
    berval value{};
    std::array<berval*, 2> values{};
    LDAPMod mod{};
  };

  void add(int operation, Attribute attribute, std::string_view value) {
    Part& part = parts_.emplace_back();
    part.type = traits(attribute).name;
    part.value = {.bv_len = value.size(), .bv_val = const_cast<char*>(value.data())};
    part.values = {&part.value, nullptr};
    part.mod.mod_op = operation | LDAP_MOD_BVALUES;
    part.mod.mod_type = part.type.data();
    part.mod.mod_bvalues = part.values.data();
    list_[parts_.size() - 1] = &part.mod;
  }

  std::string dn_;
  std::deque<Part> parts_;
  std::array<LDAPMod*, 5> list_{};  // two edits, and the null pointer behind
};

std::deque<BareModify> bare_modifies(const Workload& workload, std::size_t count) {
  std::deque<BareModify> modifies;
  for (std::size_t i = 0; i < count; ++i) modifies.emplace_back(workload.change(i));
  return modifies;
}

void send(LDAP* handle, BareModify& modify) {
  int message_id = 0;
  require(ldap_modify_ext(handle, modify.dn(), modify.mods(), nullptr, nullptr, &message_id),
          "ldap_modify_ext");
}

void take_answer(LDAP* handle) {
  LDAPMessage* message = nullptr;
  if (ldap_result(handle, LDAP_RES_ANY, LDAP_MSG_ONE, nullptr, &message) <= 0) {
    throw std::runtime_error("ldap_result gives no answer");
  }
  int code = LDAP_OTHER;
  require(ldap_parse_result(handle, message, &code, nullptr, nullptr, nullptr, nullptr, 1),
          "ldap_parse_result");
  require(code, "modify");
}

LdapWriterOptions writer_options(const ApplyRun& how) {
  LdapWriterOptions options = how.writer;
  if (how.fixed_in_flight > 0) options.max_in_flight = LdapWriter::kMaxWindow;
  return options;
}

}  // namespace

Measured run_apply(const LdapOptions& server, Workload& workload, std::size_t count, Store& store,
                   const ApplyRun& how) {
  const EncodedPlan plan = workload.plan(count);
  const std::vector<std::string_view> records = plan.records();
  const std::uint64_t run = store.next_number("run");
  if (how.plan_in_store) store_plan(store, run, records);

  const Steady::time_point connecting = Steady::now();
  LdapWriter ldap(server, writer_options(how));
  const double connect_seconds = how.with_connecting ? seconds_since(connecting) : 0;
  TimedWriter writer(ldap);
  writer.latencies().reserve(count);
  std::optional<PlanCursor> cursor;
  if (how.plan_in_store) cursor.emplace(store, run);
  std::size_t next = 0;
  const auto next_change = [&](Change& change) {
    if (cursor) return cursor->next(change);
    if (next == records.size()) return false;
    decode(records[next++], change);
    return true;
  };
  Measured measured{.changes = count};
  Journal journal(store, run);
  const ApplyRecords records_of_run =
      how.journal ? journalled(journal, next_change) : unrecorded(next_change);
  ApplyOptions apply_options = how.options;
  apply_options.fixed_in_flight = how.fixed_in_flight;
  apply_options.max_in_flight = static_cast<std::size_t>(how.writer.connections) *
                                static_cast<std::size_t>(how.writer.max_in_flight);
  SteadyClock clock;
  const Steady::time_point start = Steady::now();
  const double cpu_before = thread_cpu_seconds();
  const ApplyResult result = apply(records_of_run, writer, {}, apply_options, clock);
  measured.cpu_seconds = thread_cpu_seconds() - cpu_before;
  measured.seconds = connect_seconds + seconds_since(start);
  if (result.done != count) {
    throw std::runtime_error("apply() wrote " + std::to_string(result.done) + " of " +
                             std::to_string(count) + " changes: " + result.stop_message);
  }
  measured.median_latency_ms = median_ms(writer.latencies());
  workload.applied(count);
  return measured;
}

Measured run_ldapmodify(const LdapOptions& server, Workload& workload, std::size_t count,
                        const std::string& folder) {
  const std::string changes = folder + "/changes.ldif";
  const std::string password = folder + "/password";
  std::ofstream(changes, std::ios::binary) << workload.change_ldif(count);
  std::ofstream(password, std::ios::binary) << password_of(server);  // -y takes a line end with it
  const Steady::time_point start = Steady::now();
  const ProcessResult result = run_process({"ldapmodify", "-x", "-H", server.urls.front(), "-D",
                                            server.bind_dn, "-y", password, "-f", changes});
  const double seconds = seconds_since(start);
  if (result.exit_code != 0) throw std::runtime_error("ldapmodify: " + result.err);
  workload.applied(count);
  return {.changes = count, .seconds = seconds};
}

Measured run_threads(const LdapOptions& server, Workload& workload, std::size_t count,
                     std::size_t threads) {
  std::deque<BareModify> modifies = bare_modifies(workload, count);
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> done = 0;
  const Steady::time_point start = Steady::now();
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        try {
          const BareConnection connection = connect(server);
          for (std::size_t at = next++; at < count; at = next++) {
            require(ldap_modify_ext_s(connection.get(), modifies[at].dn(), modifies[at].mods(),
                                      nullptr, nullptr),
                    "modify");
            ++done;
          }
        } catch (const std::runtime_error&) {  // what is missing in `done` tells
        }
      });
    }
  }
  const double seconds = seconds_since(start);
  if (done != count) {
    throw std::runtime_error("the threads wrote " + std::to_string(done) + " of " +
                             std::to_string(count) + " changes");
  }
  workload.applied(count);
  return {.changes = count, .seconds = seconds};
}

Measured run_bare(const LdapOptions& server, Workload& workload, std::size_t count,
                  std::size_t connections, std::size_t window) {
  std::deque<BareModify> modifies = bare_modifies(workload, count);
  std::vector<BareConnection> handles;
  for (std::size_t i = 0; i < connections; ++i) handles.push_back(connect(server));
  std::size_t sent = 0;
  std::size_t answered = 0;
  const Steady::time_point start = Steady::now();
  const double cpu_before = thread_cpu_seconds();
  for (; sent < std::min(count, connections * window); ++sent) {
    send(handles[sent % connections].get(), modifies[sent]);
  }
  // Each connection in turn: whoever's answer is taken gets the next request.
  for (; answered < count; ++answered) {
    LDAP* const handle = handles[answered % connections].get();
    take_answer(handle);
    if (sent < count) send(handle, modifies[sent++]);
  }
  const Measured measured{.changes = count,
                          .seconds = seconds_since(start),
                          .cpu_seconds = thread_cpu_seconds() - cpu_before};
  workload.applied(count);
  return measured;
}

}  // namespace trueup
