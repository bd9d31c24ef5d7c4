// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/settings.h"

#include <algorithm>
#include <ctime>

#include "io/ldap/session/ldap_url.h"
#include "snapshots/model/errors.h"
#include "tools/commands/setting_values.h"

namespace trueup {
namespace {

using Kind = Setting::Kind;

void append(std::vector<std::string>& list, const std::string& value, bool first) {
  if (first) list.clear();
  if (!value.empty() && value != kEmptyList) list.push_back(value);
}

/// A name that is empty (a variable of a script that is not set) is not left out in silence; nor
/// does a flag take back what the file names.
void append_name(std::vector<std::string>& list, const std::string& value) {
  if (value.empty())
    throw UsageError("the name is empty; leave the setting out, or name something");
  append(list, value, /*first=*/false);
}

bool is_url(const std::string& value) { return value.find("://") != std::string::npos; }

void set_graph(Settings& s, const std::string& value, bool first) {
  if (first) {
    s.job.load.graph.clear();
    s.job.graph.url.clear();
  }
  if (!is_url(value)) return append(s.job.load.graph, value, false);
  if (!s.job.graph.url.empty()) throw UsageError("one service at a time");
  std::string scheme = value.substr(0, 8);
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (scheme != "https://") throw UsageError("'" + value + "' is not https://");
  s.job.graph.url = value;
}

void set_scope(Settings& s, const std::string& value, bool) {
  DiffOptions& diff = s.job.diff;
  diff.scope_list.clear();
  if (value.starts_with("list:")) {
    diff.scope = ScopeKind::kList;
    diff.scope_list = value.substr(5);
    return;
  }
  diff.scope =
      choice<ScopeKind>(value, {{"exchange-cloud-managed", ScopeKind::kExchangeCloudManaged},
                                {"synced", ScopeKind::kSynced},
                                {"list:FILE", ScopeKind::kList}});
}

void set_attribute(Settings& s, const std::string& value, bool first) {
  if (first) s.job.diff.attributes = {};
  if (value == kEmptyList) throw UsageError("the list is empty; name an attribute");
  const auto attribute = attribute_by_name(value);
  if (!attribute) throw UsageError("'" + value + "' is no attribute that trueup manages");
  s.job.diff.attributes.add(*attribute);
}

// A URL is the server, anything else an export. Several URLs: tried in order before the first
// write.
void set_ad(Settings& s, const std::string& value, bool first) {
  if (first) {
    s.job.load.ad.clear();
    s.job.ldap.urls.clear();
  }
  if (value == kEmptyList) return;
  if (!is_url(value)) {
    s.job.load.ad.push_back(value);
    return;
  }
  for (std::string& url : split_ldap_urls(value)) {
    parse_ldap_url(url);  // before it is on record anywhere: a password may stand in it
    s.job.ldap.urls.push_back(std::move(url));
  }
}

void set_global_catalog(Settings& s, const std::string& value, bool) {
  if (!value.empty()) parse_ldap_url(value);
  s.job.addresses.global_catalog = value;
}

void set_base(Settings& s, const std::string& value, bool) {
  if (value.empty()) throw UsageError("the name is empty; leave the setting out for all of AD");
  s.job.load.base = s.job.diff.base = s.job.ldap.base_dn = value;
}

constexpr std::uint32_t kLoading = kRun | kPlan | kLoad;
constexpr std::uint32_t kComparing = kRun | kPlan | kDiff | kShow | kVerify;
constexpr std::uint32_t kPlanning = kRun | kPlan | kDiff | kVerify;  // verify --all compares too
constexpr std::uint32_t kGuarded = kPlanning | kUndo;
constexpr std::uint32_t kWriting = kRun | kApply | kUndo;
constexpr std::uint32_t kRetaining = kPlanning | kLoad | kPrune;
constexpr std::uint32_t kDirectory = kRun | kPlan | kLoad | kApply | kVerify | kUndo;
constexpr std::uint32_t kAll =
    kRun | kPlan | kLoad | kDiff | kApply | kVerify | kUndo | kRuns | kShow | kPrune;

#define TEXT(field) [](Settings& s, const std::string& v, bool) { s.field = v; }
#define LIST(field) [](Settings& s, const std::string& v, bool f) { append(s.field, v, f); }
#define NAMES(field) [](Settings& s, const std::string& v, bool) { append_name(s.field, v); }
#define TRUTH(field) [](Settings& s, const std::string& v, bool) { s.field = truth(v); }
#define COUNT(field, low, high)                                             \
  [](Settings& s, const std::string& v, bool) {                             \
    s.field = number<std::remove_cvref_t<decltype(s.field)>>(v, low, high); \
  }

std::uint32_t commands_of(const GuardLimit& limit) {
  return limit.at_directory ? kWriting : limit.of_plan ? kGuarded : kPlanning;
}

std::vector<Setting> guard_settings() {
  std::vector<Setting> settings;
  for (const GuardLimit& limit : guard_limits()) {
    settings.push_back({limit.key, "N, %", limit.help, commands_of(limit), Kind::kOne, true,
                        [&limit](Settings& s, const std::string& v, bool) {
                          s.job.guards.*limit.limit = threshold(v);
                        }});
  }
  for (const GuardTime& time : guard_times()) {
    settings.push_back({time.key, "HOURS", time.help, kPlanning, Kind::kOne, true,
                        [&time](Settings& s, const std::string& v, bool) {
                          s.job.guards.*time.seconds =
                              static_cast<std::uint64_t>(3600 * number<double>(v, 0.01, 87'600));
                        }});
  }
  settings.push_back({kCreepDaysKey, "DAYS", "that guards.creep looks back on (7)", kPlanning,
                      Kind::kOne, true, COUNT(job.guards.creep_days, 1, kMostCreepDays)});
  return settings;
}

std::vector<Setting> own_settings() {
  return {
      {"store", "DIR", "where snapshots, plans and reports are kept", kAll, Kind::kOne, true,
       TEXT(store)},
      {"threads", "N", "processors to use (default: all)", kAll | kFetch, Kind::kOne, true,
       COUNT(threads, 0, 1024)},
      {"json", "", "print the result as JSON", kAll | kFetch, Kind::kSwitch, false, TRUTH(json)},
      {"no_progress", "", "no progress on stderr", kAll | kFetch, Kind::kSwitch, true,
       TRUTH(no_progress)},

      {"graph", "P|URL",
       "Graph dump: FILE, FOLDER or GLOB (.json, .jsonl, .gz, .zst); or the "
       "service: https://graph.microsoft.com",
       kLoading | kFetch, Kind::kMany, true, set_graph},
      {"graph_delta", "P", "a later delta, put on the newest generation in the store", kLoading,
       Kind::kMany, true, LIST(job.load.graph_delta)},
      {"assume_follows", "GENERATION", "the delta begins where this generation ends: your word",
       kLoading, Kind::kOne, false,
       COUNT(job.load.assume_follows, 1, std::numeric_limits<std::uint32_t>::max())},
      {"tenant", "ID", "GUID or domain of the tenant", kLoading | kFetch, Kind::kOne, true,
       TEXT(job.graph.tenant)},
      {"client_id", "GUID", "of the app registration (User.Read.All)", kLoading | kFetch,
       Kind::kOne, true, TEXT(job.graph.client_id)},
      {"secret_file", "FILE", "holds the client secret, nothing else", kLoading | kFetch,
       Kind::kOne, true, TEXT(job.graph.secret_file)},
      {"graph_cert_file", "FILE", "PEM of the app's certificate, instead of a secret",
       kLoading | kFetch, Kind::kOne, true, TEXT(job.graph.cert_file)},
      {"graph_key_file", "FILE", "PEM of its key", kLoading | kFetch, Kind::kOne, true,
       TEXT(job.graph.key_file)},
      {"token_url", "URL", "of another token endpoint (default: that of the cloud)",
       kLoading | kFetch, Kind::kOne, true, TEXT(job.graph.token_url)},
      {"graph_ca_file", "FILE", "PEM of the CA that signed the service's certificate",
       kLoading | kFetch, Kind::kOne, true, TEXT(job.graph.ca_file)},
      {"graph_log", "FILE", "a line for each request, for a ticket with Microsoft",
       kLoading | kFetch, Kind::kOne, true, TEXT(job.graph.log_file)},
      {"graph_read", "HOW",
       "auto (default): the changes since the last read, if that can be; full; "
       "sequential: one page after the other",
       kLoading | kFetch, Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.load.graph_read.kind =
             choice<GraphReadKind>(v, {{"auto", GraphReadKind::kAuto},
                                       {"full", GraphReadKind::kFull},
                                       {"sequential", GraphReadKind::kSequential}});
       }},
      {"graph_full_every", "N", "every Nth load reads in full (7)", kLoading, Kind::kOne, true,
       COUNT(job.load.graph_read.full_every, 1, 1000)},
      {"graph_settle", "SECONDS", "before a full read, until earlier changes show everywhere (60)",
       kLoading | kFetch, Kind::kOne, true, COUNT(job.load.graph_read.settle_seconds, 0, 3600)},
      {"graph_parallel", "N", "requests at a time, at most (32)", kLoading | kFetch, Kind::kOne,
       true, COUNT(job.graph.parallel, 1, 256)},
      {"graph_http2", "",
       "share connections over HTTP/2 where it is offered (false: see the README)",
       kLoading | kFetch, Kind::kSwitch, true, TRUTH(job.graph.http2)},
      {"graph_tries", "N", "of one request (8)", kLoading | kFetch, Kind::kOne, true,
       COUNT(job.graph.tries, 1, 100)},
      {"graph_outage_wait", "SECONDS",
       "without any answer before the service counts as gone, and the "
       "longest Retry-After that is waited for (300)",
       kLoading | kFetch, Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.graph.longest_outage = std::chrono::seconds(number<int>(v, 1, 86'400));
       }},
      {"keep_pages", "DIR", "keep what Graph sends as a dump below this folder", kLoading,
       Kind::kOne, true, TEXT(job.load.graph_read.keep_pages)},
      {"follow", "DIR", "an earlier dump: fetch what changed since its end", kFetch, Kind::kOne,
       false, TEXT(follow)},
      {"exo", "P", "Exchange Online export: FILE, FOLDER or GLOB; repeatable", kLoading,
       Kind::kMany, true, LIST(job.load.exo)},
      {"ad", "P|URL",
       "AD export (LDIF): FILE, FOLDER or GLOB; or the server: ldaps://DC[/BASE][,URL2]",
       kDirectory, Kind::kMany, true, set_ad},
      {"ad_extra", "P", "exports of other domains: count for address collisions only", kLoading,
       Kind::kMany, true, LIST(job.load.ad_extra)},
      {"ad_read", "HOW",
       "auto (default): the changes since the last live read, if that can be; full", kLoading,
       Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.load.live_ad.full = choice<bool>(v, {{"auto", false}, {"full", true}});
       }},
      {"ad_full_every", "N", "every Nth load reads all of AD (7)", kLoading, Kind::kOne, true,
       COUNT(job.load.live_ad.full_every, 0, 1000)},
      {"ad_enumerate_every", "N", "each Nth load of changes checks which objects there are (3)",
       kLoading, Kind::kOne, true, COUNT(job.load.live_ad.enumerate_every, 0, 1000)},
      {"ad_connections", "N", "that AD is read over (4)", kLoading | kVerify, Kind::kOne, true,
       COUNT(job.load.live_ad.connections, 1, 64)},
      {"save_ad", "FILE",
       "write what is read of AD there, as LDIF (.ldif, .ldif.zst); reads all of it", kLoading,
       Kind::kOne, false, TEXT(job.load.live_ad.save)},
      {"assume_complete", "", "bare users without a deltaLink are the whole tenant", kLoading,
       Kind::kSwitch, true, TRUTH(job.load.assume_complete)},
      {"max_defects", "SHARE", "unreadable records allowed, e.g. 0.1% (the default)", kLoading,
       Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) { s.job.load.max_defects = share(v); }},
      {"memory_mib", "N", "memory for records in flight; beyond it a temporary file (512)",
       kLoading | kFetch, Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.load.memory_bytes = number<std::size_t>(v, 16, 1 << 20) << 20;
       }},
      {"keep_generations", "N", "snapshots of each side that are kept (8)", kRetaining, Kind::kOne,
       true, COUNT(job.retention.keep_generations, 2, 1000)},
      {"keep_runs", "N", "runs that are kept, however old (90)", kRetaining, Kind::kOne, true,
       COUNT(job.retention.keep_runs, 1, 1'000'000)},
      {"keep_days", "DAYS", "runs that are not older are kept, however many (90)", kRetaining,
       Kind::kOne, true, COUNT(job.retention.keep_days, 0, 36'500)},

      {"scope", "S", "exchange-cloud-managed (default), synced, or list:FILE", kComparing,
       Kind::kOne, true, set_scope},
      {"attributes", "A,B", "managed attributes (default: the 24 that Microsoft writes back)",
       kComparing, Kind::kWords, true, set_attribute},
      {"address_case", "HOW", "ignore (default) or exact: write addresses in the cloud's case",
       kComparing, Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.diff.exact_address_case = choice<bool>(v, {{"ignore", false}, {"exact", true}});
       }},
      {"clear_at_first_sight", "HOW",
       "default: hold msExchExtensionCustomAttribute1-5; all: clear; none: hold all", kComparing,
       Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.diff.clear_at_first_sight =
             choice<FirstSightClears>(v, {{"default", FirstSightClears::kDefault},
                                          {"all", FirstSightClears::kAll},
                                          {"none", FirstSightClears::kNone}});
       }},
      {"exclude", "DN",
       "hold changes below this DN (or contoso.com/Board), beside those of the file", kComparing,
       Kind::kMany, true, NAMES(job.diff.exclude)},
      {"protect_admin_count", "BOOL", "hold objects with an adminCount other than 0 (true)",
       kComparing, Kind::kOne, true, TRUTH(job.diff.protect_admin_count)},
      {"allow_on_prem_mailboxes", "BOOL", "write to objects that still host a mailbox (false)",
       kComparing, Kind::kOne, true, TRUTH(job.diff.allow_on_prem_mailboxes)},
      {"proxy.keep_types", "T,U", "AD-only address types that stay (X500,X400,...,SIP)", kComparing,
       Kind::kWords, true, LIST(job.diff.keep_types)},
      {"proxy.keep_suffixes", "S,T", "AD-only addresses with these endings stay", kComparing,
       Kind::kWords, true, LIST(job.diff.keep_suffixes)},
      {"proxy.drop_types", "T,U", "cloud address types that are never touched (SPO)", kComparing,
       Kind::kWords, true, LIST(job.diff.drop_types)},
      {"proxy.hide_suffixes", "S,T", "addresses with these endings are never touched", kComparing,
       Kind::kWords, true, LIST(job.diff.hide_suffixes)},

      {"out", "PATH", "plan.ldif: write the plan there as well; of fetch: the folder of the dump",
       kPlanning | kFetch, Kind::kOne, true, TEXT(job.out)},
      {"raw_csv", "", "CSV for programs: no apostrophe in front of = + - @", kPlanning,
       Kind::kSwitch, true, TRUTH(job.raw_csv)},
      {"dry_run", "", "everything but the writes", kWriting | kPrune, Kind::kSwitch, false,
       TRUTH(job.dry_run)},
      {"plan", "FILE", "a plan.ldif as it was written (default: the newest plan of the store)",
       kApply, Kind::kOne, false, TEXT(request.plan_file)},
      {"accept", "DIGEST", "let exactly this plan through, which a guard stopped", kApply,
       Kind::kOne, false, TEXT(request.accept)},

      {"accept_unprotected", "KEY,KEY", "beside --accept: go without what the inputs do not carry",
       kApply, Kind::kWords, false, NAMES(request.accept_unprotected)},
      {"resume", "RUN", "go on with a run that was stopped or killed", kApply, Kind::kOne, false,
       COUNT(request.resume, 1, std::numeric_limits<std::uint32_t>::max())},
      {"rejects", "RUN", "try again what that run could not write", kApply, Kind::kOne, false,
       COUNT(request.rejects, 1, std::numeric_limits<std::uint32_t>::max())},
      {"other_dc", "", "resume through another DC, waiting for replication", kApply, Kind::kSwitch,
       false, TRUTH(job.other_dc)},
      {"all", "", "compare every mailbox in scope with the live AD", kVerify, Kind::kSwitch, false,
       TRUTH(verify_all)},

      {"base", "DN", "only what is below it is compared and written (default: the whole domain)",
       kDirectory | kDiff, Kind::kOne, true, set_base},
      {"auth", "HOW", "simple (default), external or gssapi", kDirectory, Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.ldap.auth = choice<LdapAuth>(v, {{"simple", LdapAuth::kSimple},
                                                {"external", LdapAuth::kExternal},
                                                {"gssapi", LdapAuth::kGssapi}});
       }},
      {"keytab", "FILE", "for gssapi: keys of the account, for runs without a kinit", kDirectory,
       Kind::kOne, true, TEXT(keytab)},
      {"credential_cache", "FILE", "for gssapi: tickets (default: those of this user)", kDirectory,
       Kind::kOne, true, TEXT(credential_cache)},
      {"bind_dn", "DN", "the account: a DN, user@domain or DOMAIN\\user", kDirectory, Kind::kOne,
       true, TEXT(job.ldap.bind_dn)},
      {"password_file", "FILE", "holds the password, nothing else", kDirectory, Kind::kOne, true,
       TEXT(job.ldap.password_file)},
      {"ad_ca_file", "FILE", "PEM of the CA that signed the server's certificate", kDirectory,
       Kind::kOne, true, TEXT(job.ldap.ca_file)},
      {"ad_cert_file", "FILE", "PEM of the client's certificate, for external", kDirectory,
       Kind::kOne, true, TEXT(job.ldap.cert_file)},
      {"ad_key_file", "FILE", "PEM of its key", kDirectory, Kind::kOne, true,
       TEXT(job.ldap.key_file)},
      {"allow_plaintext", "", "ldap:// without TLS: for a lab only", kDirectory, Kind::kSwitch,
       true, TRUTH(job.ldap.allow_plaintext)},
      {"ad_gc", "URL",
       "global catalog of the forest, ldaps://GC:3269: gained addresses are searched "
       "for there too",
       kWriting | kPlan | kDiff, Kind::kOne, true, set_global_catalog},
      {"address_search", "BOOL", "search AD for each gained address before the first write (true)",
       kWriting | kPlan | kDiff, Kind::kOne, true, TRUTH(job.addresses.search)},
      {"connections", "N", "to the server (4)", kWriting, Kind::kOne, true,
       COUNT(job.writer.connections, 1, 64)},
      {"max_in_flight", "N", "modifies in flight on each connection, at most (64)", kWriting,
       Kind::kOne, true, COUNT(job.writer.max_in_flight, 1, LdapWriter::kMaxWindow)},
      {"max_changes_per_second", "N", "0: as fast as the server takes them", kWriting, Kind::kOne,
       true, COUNT(job.apply.max_changes_per_second, 0.0, 1e9)},
      {"hours", "FROM-TO", "write within these hours only, e.g. 22:00-05:00, local time", kWriting,
       Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) { s.job.hours = parse_hours(v); }},
      {"deadline", "TIME", "write no longer than until then: 05:00 or 2026-11-23T05:00", kWriting,
       Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.deadline = parse_deadline(v, std::time(nullptr));
       }},
      {"outage_wait", "SECONDS", "how long to wait for a server that is gone (120)", kWriting,
       Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.apply.longest_outage = std::chrono::seconds(number<int>(v, 0, 86'400));
       }},
      {"replication_wait", "SECONDS", "with --other-dc: how long to wait (300)", kApply, Kind::kOne,
       true,
       [](Settings& s, const std::string& v, bool) {
         s.job.apply.patience = std::chrono::seconds(number<int>(v, 0, 86'400));
       }},
      {"max_plan_age", "HOURS", "an older plan is not applied (24)", kWriting, Kind::kOne, true,
       [](Settings& s, const std::string& v, bool) {
         s.job.max_plan_age_seconds = number<std::uint64_t>(v, 1, 10'000) * 3600;
       }},
  };
}

const std::vector<Setting>& table() {
  static const std::vector<Setting> settings = [] {
    std::vector<Setting> all = own_settings();
    for (Setting& guard : guard_settings()) all.push_back(std::move(guard));
    return all;
  }();
  return settings;
}

}  // namespace

std::string Setting::flag() const {
  std::string out = "--" + std::string(key);
  for (char& c : out) {
    if (c == '.' || c == '_') c = '-';
  }
  return out;
}

std::span<const Setting> all_settings() { return table(); }

void settle(Settings& settings) {
  const std::string base = common_base(settings.job.ldap.urls, settings.job.ldap.base_dn);
  settings.job.load.base = settings.job.diff.base = settings.job.ldap.base_dn = base;
}

void assign(const Setting& setting, const std::vector<std::string>& values,
            const std::string& where, Settings& settings) {
  std::vector<std::string> all;
  for (const std::string& value : values) {
    if (setting.kind != Kind::kWords) {
      all.push_back(value);
      continue;
    }
    for (std::size_t at = 0; at <= value.size();) {
      const std::size_t comma = std::min(value.find(',', at), value.size());
      all.push_back(value.substr(at, comma - at));
      at = comma + 1;
    }
  }
  try {
    bool first = true;
    for (const std::string& value : all) {
      setting.set(settings, value, first);
      first = false;
    }
  } catch (const UsageError& error) {
    throw UsageError(where + ": " + error.what());
  }
  std::erase(all, kEmptyList);
  settings.given[std::string(setting.key)] = std::move(all);
}

}  // namespace trueup
