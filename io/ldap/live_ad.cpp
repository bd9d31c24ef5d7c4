// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/live_ad.h"

#include <ldap.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "io/ldap/carrier_search.h"
#include "io/ldap/domain_head.h"
#include "io/ldap/highest_usn.h"
#include "io/ldap/session/patient_search.h"
#include "io/ldap/subtree_read.h"
#include "io/ldap/usn_slicer.h"
#include "snapshots/model/canonical.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

using MonotonicClock = std::chrono::steady_clock;

/// What a snapshot holds: kSubtreeFilter without computers that hold no address.
constexpr std::string_view kStoredFilter =
    "(|(&(|(objectClass=user)(objectClass=inetOrgPerson))(!(objectClass=computer)))"
    "(proxyAddresses=*)(mail=*))";

// For an empty slice: an index gives it in a few milliseconds, 200,000 objects are not looked at in
// this time.
constexpr std::chrono::milliseconds kPatience(25);

constexpr char kShowDeleted[] = "1.2.840.113556.1.4.417";

bool ends_with(std::string_view dn, std::string_view suffix) {
  return dn.size() >= suffix.size() &&
         equal_ignoring_ascii_case(dn.substr(dn.size() - suffix.size()), suffix);
}

std::string usn_filter(const UsnSlice& slice) {
  return "(&(uSNChanged>=" + std::to_string(slice.first) +
         ")(uSNChanged<=" + std::to_string(slice.last) + ")" + std::string(kSubtreeFilter) + ")";
}

/// What may hold mailboxes.
constexpr std::string_view kContainerFilter =
    "(|(objectClass=organizationalUnit)(objectClass=container)(objectClass=builtinDomain)"
    "(objectClass=domain))";

/// Takes every entry's DN.
struct DnsOf : AdEntrySink {
  void on_entry(const AdEntry& entry, std::uint64_t) override { dns.emplace_back(entry.dn); }
  std::vector<std::string> dns;
};

/// Takes the first entry's DN.
struct DnOf : AdEntrySink {
  void on_entry(const AdEntry& entry, std::uint64_t) override {
    dn = entry.dn;
    ++entries;
  }
  std::string dn;
  std::uint64_t entries = 0;
};

void add(SubtreeSummary& sum, const SubtreeSummary& part) {
  sum.entries += part.entries;
  sum.pages += part.pages;
  sum.user_entries += part.user_entries;
  sum.user_entries_without_guid += part.user_entries_without_guid;
}

/// Lets the first exception of several threads through.
class FirstFailure {
 public:
  void keep(std::exception_ptr e) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::move(e);
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

struct LiveAd::Connection {
  Connection(const LdapOptions& ldap, const LdapReaderOptions& options) : reader(ldap, options) {}
  const LdapSession& session() const { return reader.session(); }
  LdapReader reader;
};

/// Those in a row: what is read in between shows that the server is well.
struct LiveAd::Tries {
  std::mutex mutex;
  int used = 0;
  ReadPauses pauses;
};

LiveAd::LiveAd(const LdapOptions& ldap, const LiveReadOptions& options)
    : ldap_(ldap), options_(options), tries_(std::make_unique<Tries>()) {
  if (options.connections < 1 || options.connections > 64) {
    throw UsageError("connections that read from AD must be 1 to 64");
  }
  first_ = std::make_unique<Connection>(ldap, options.reader);
  // From now on that server and no other.
  ldap_ = first_->session().same_server(ldap);
  DnOf base;
  again_if_lost([&] {
    base = {};
    return SubtreeRead(session(), options_.reader,
                       {.base = session().base_dn(),
                        .filter = "(objectClass=*)",
                        .base_only = true,
                        .guids_only = true},
                       base)
        .run();
  });
  base_ = base.dn;
  naming_context_ = base_;
  std::size_t longest = 0;
  for (const std::string& context : session().root_dse().naming_contexts) {
    if (context.size() > longest && ends_with(base_, context)) {
      longest = context.size();
      naming_context_ = context;
    }
  }
}

LiveAd::~LiveAd() = default;

const LdapSession& LiveAd::session() const { return first_->session(); }

bool LiveAd::is_below_base(std::string_view dn) const {
  if (!ends_with(dn, base_)) return false;
  return dn.size() == base_.size() || dn[dn.size() - base_.size() - 1] == ',';
}

std::unique_ptr<LiveAd::Connection> LiveAd::connect(const LdapOptions& ldap) const {
  auto connection = std::make_unique<Connection>(ldap, options_.reader);
  const RootDse& is = connection->session().root_dse();
  const RootDse& was = session().root_dse();
  if (is.ds_service_name != was.ds_service_name || is.invocation_id != was.invocation_id) {
    throw LdapRefused(connection->session().url() + " is another domain controller than it was (" +
                      was.ds_service_name + ", now " + is.ds_service_name +
                      "), or its database was restored; name one by its own host name and try "
                      "again");
  }
  return connection;
}

bool LiveAd::may_try_again(const LdapLost& lost) {
  std::optional<std::chrono::milliseconds> pause;
  {
    const std::scoped_lock lock(tries_->mutex);
    const bool busy = dynamic_cast<const LdapBusy*>(&lost) != nullptr;
    if (!busy && ++tries_->used >= kTries) return false;
    pause = tries_->pauses.next();
  }
  if (!pause) return false;
  ldap_.notice.wait(*pause, lost.what());
  return true;
}

void LiveAd::record_read() {
  const std::scoped_lock lock(tries_->mutex);
  tries_->used = 0;
  tries_->pauses = {};
}

SubtreeSummary LiveAd::again_if_lost(const std::function<SubtreeSummary()>& read) {
  for (;;) {
    try {
      if (renew_) first_ = connect(ldap_);
      renew_ = false;
      const SubtreeSummary summary = read();
      record_read();
      return summary;
    } catch (const LdapLost& lost) {
      if (!may_try_again(lost)) throw;
      renew_ = true;
    }
  }
}

std::uint64_t LiveAd::highest_usn() {
  std::uint64_t highest = 0;
  again_if_lost([&] {
    highest = read_highest_usn(session());
    return SubtreeSummary{};
  });
  return highest;
}

bool LiveAd::sees_deletions() {
  if (!session().root_dse().supports(kShowDeleted)) return false;
  // [MS-ADTS] 6.1.1.4.2: readable for administrators only by default, and then as if it were empty.
  // The container is itself a tombstone, so one entry proves nothing.
  std::uint64_t seen = 0;
  struct Count : AdEntrySink {
    explicit Count(std::uint64_t& n) : seen(n) {}
    void on_entry(const AdEntry&, std::uint64_t) override { ++seen; }
    std::uint64_t& seen;
  } count(seen);
  try {
    again_if_lost([&] {
      seen = 0;
      return SubtreeRead(
                 session(), options_.reader,
                 {.base = "<WKGUID=18E2EA80684F11D2B9AA00C04F79F805," + naming_context_ + ">",
                  .filter = "(isDeleted=TRUE)",
                  .guids_only = true,
                  .with_deleted = true},
                 count)
          .run([](std::uint64_t) { return false; });
    });
  } catch (const LdapLost&) {
    throw;
  } catch (const DirectoryError&) {
    return false;  // noSuchObject: it is hidden from the account
  }
  return seen > 1;
}

/// Whether a slice without entries costs the server next to nothing; no longer than that is waited.
bool LiveAd::finds_by_usn_at_once() {
  const auto begun = MonotonicClock::now();
  const std::uint64_t highest = highest_usn();
  const auto patience = kPatience + 2 * (MonotonicClock::now() - begun);
  ldap* const handle = session().handle();
  const std::uint64_t none = highest + (std::uint64_t{1} << 32);
  const std::string filter = usn_filter({.first = none, .last = none});
  char no_attributes[] = LDAP_NO_ATTRS;
  char* wanted[] = {no_attributes, nullptr};
  int message_id = 0;
  if (ldap_search_ext(handle, session().base_dn().c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(),
                      wanted, 0, nullptr, nullptr, nullptr, 0, &message_id) != LDAP_SUCCESS) {
    return false;  // whatever it is, the read itself will say so
  }
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
  timeval limit{.tv_sec = micros / 1'000'000, .tv_usec = micros % 1'000'000};
  LDAPMessage* message = nullptr;
  const int type = ldap_result(handle, message_id, LDAP_MSG_ALL, &limit, &message);
  const LdapMessage owner(message);
  if (type == 0) ldap_abandon_ext(handle, message_id, nullptr, nullptr);
  return type > 0;
}

SubtreeSummary LiveAd::read_slices(std::uint64_t up_to, std::span<AdEntrySink* const> sinks) {
  const bool cheap =
      options_.fixed_slices == 0 && options_.connections > 1 && finds_by_usn_at_once();
  UsnSlicer slicer({.first = 1, .last = up_to}, {.connections = options_.connections,
                                                 .fixed_slices = options_.fixed_slices,
                                                 .cheap_slices = cheap,
                                                 .page_size = options_.reader.page_size});
  FirstFailure failure;
  std::mutex mutex;
  SubtreeSummary total;
  const auto read_one = [&](const Connection& connection, const UsnSlice& slice,
                            AdEntrySink& sink) {
    const SubtreeSummary part = SubtreeRead(connection.session(), options_.reader,
                                            {.base = session().base_dn(),
                                             .filter = usn_filter(slice),
                                             .with_usn = true,
                                             .as_ldif = options_.as_ldif},
                                            sink)
                                    .run();
    slicer.done(slice, part.entries);
    const std::scoped_lock lock(mutex);
    add(total, part);
  };
  const auto work = [&](std::size_t number) {
    try {
      std::unique_ptr<Connection> own;
      const Connection* connection = number == 0 ? first_.get() : nullptr;
      while (const auto slice = slicer.next()) {
        try {
          if (connection == nullptr) connection = (own = connect(ldap_)).get();
          read_one(*connection, *slice, *sinks[number]);
          record_read();
        } catch (const LdapLost& lost) {
          slicer.give_back(*slice);
          if (!may_try_again(lost)) throw;
          connection = nullptr;
        }
      }
    } catch (...) {
      failure.keep(std::current_exception());
      slicer.stop();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < sinks.size(); ++i) threads.emplace_back(work, i);
    work(0);
  }
  failure.rethrow();
  return total;
}

SubtreeSummary LiveAd::read_all(AdEntrySink& sink) {
  return again_if_lost([&] {
    return SubtreeRead(session(), options_.reader,
                       {.base = session().base_dn(), .with_usn = true, .as_ldif = options_.as_ldif},
                       sink)
        .run();
  });
}

SubtreeSummary LiveAd::read_changes(std::uint64_t above, AdEntrySink& sink) {
  const std::string filter = "(uSNChanged>=" + std::to_string(above + 1) + ")";
  const bool with_deleted = session().root_dse().supports(kShowDeleted);
  return again_if_lost([&] {
    return SubtreeRead(session(), options_.reader,
                       {.base = naming_context_,
                        .filter = filter,
                        .with_usn = true,
                        .with_deleted = with_deleted,
                        .as_ldif = options_.as_ldif},
                       sink)
        .run();
  });
}

SubtreeSummary LiveAd::read_guids(AdEntrySink& sink) {
  return again_if_lost([&] {
    return SubtreeRead(session(), options_.reader,
                       {.base = session().base_dn(),
                        .filter = std::string(kStoredFilter),
                        .guids_only = true},
                       sink)
        .run();
  });
}

std::vector<std::string> LiveAd::container_dns() {
  DnsOf containers;
  const auto read_below = [&](const std::string& base) {
    again_if_lost([&] {
      containers.dns.clear();
      return SubtreeRead(
                 session(), options_.reader,
                 {.base = base, .filter = std::string(kContainerFilter), .guids_only = true},
                 containers)
          .run();
    });
  };
  try {
    read_below(naming_context_);
  } catch (const LdapLost&) {
    throw;
  } catch (const DirectoryError&) {  // hidden from the account, as all above its base is
    read_below(session().base_dn());
  }
  return std::move(containers.dns);
}

bool LiveAd::is_settled(Carried carried) {
  bool settled = false;
  again_if_lost([&] {
    settled = trueup::is_settled(session(), naming_context_, carried);
    return SubtreeSummary{};
  });
  return settled;
}

DirectoryIdentity LiveAd::identity() {
  DirectoryIdentity identity;
  again_if_lost([&] {
    identity = read_identity(session());
    return SubtreeSummary{};
  });
  return identity;
}

std::vector<std::string> LiveAd::forest_domains() {
  std::vector<std::string> domains;
  again_if_lost([&] {
    domains = trueup::forest_domains(session());
    return SubtreeSummary{};
  });
  return domains;
}

void LiveAd::read_object(const Anchor& object_guid, const std::string& dn, AdEntrySink& sink) {
  std::string address;
  write_address(session().root_dse(), object_guid, dn, address);
  again_if_lost([&] {
    return SubtreeRead(session(), options_.reader,
                       {.base = address,
                        .filter = std::string(kStoredFilter),
                        .base_only = true,
                        .with_usn = true,
                        .as_ldif = options_.as_ldif},
                       sink)
        .run();
  });
}

}  // namespace trueup
