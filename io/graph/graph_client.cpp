// SPDX-License-Identifier: Apache-2.0
#include "io/graph/graph_client.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <random>
#include <utility>

#include "io/http/client_assertion.h"
#include "io/http/http_transfers.h"
#include "io/http/oauth2.h"
#include "io/http/page_bytes.h"
#include "io/http/request_log.h"
#include "io/http/retry_after.h"
#include "io/http/service_error.h"
#include "io/http/service_pace.h"
#include "io/http/service_url.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

using MonotonicClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint64_t kTokenRequest = 0;  // id of it
constexpr std::size_t kShownIds = 5;
constexpr int kThrottlingsPerTry = 10;

/// A request from start() until its page is given out, and while that may still be asked for again.
struct Pending {
  PageRequest request;
  int attempts = 0;
  int failures = 0;
  int throttlings = 0;
  MonotonicClock::time_point due{};
  MonotonicClock::time_point sent{};
  std::uint64_t token = 0;        // generation
  std::string client_request_id;  // of the last attempt
  std::deque<std::string> ids;    // of the last few attempts, for messages
};

/// What the bytes of a page hang on.
struct PageOwner {
  explicit PageOwner(std::shared_ptr<PagePool> from) : pool(std::move(from)) {}
  ~PageOwner() { pool->give_back(std::move(bytes)); }
  PageOwner(const PageOwner&) = delete;
  PageOwner& operator=(const PageOwner&) = delete;

  std::shared_ptr<PagePool> pool;
  PageBytes bytes;
  std::unique_ptr<Pending> pending;
};

struct AnswerClass {
  enum class What : std::uint8_t { kPage, kAgain, kEnd };
  explicit AnswerClass(What is, std::string because) : what(is), why(std::move(because)) {}
  What what;
  std::string why;
  bool throttled = false;
  bool new_token = false;                        // once there is another
  std::optional<milliseconds> retry_after = {};  // Retry-After
};

bool is_retryable(int status) {
  switch (status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
    case 509: return true;
    default: return false;
  }
}

bool wants_number(const std::string& url) {
  return std::string_view(url).substr(0, url.find('?')).ends_with("/$count");
}

/// Whether what begins and ends as it ought to; the reader does the rest.
bool looks_whole(std::string_view body, bool number) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = body.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return false;
  const char last = body[body.find_last_not_of(kSpace)];
  if (number) return last >= '0' && last <= '9';
  return last == '}' && (body[first] == '{' || body.starts_with("\xef\xbb\xbf{"));
}

std::int64_t unix_now() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

class GraphClient : public PageFetcher {
 public:
  GraphClient(const GraphOptions& options, std::vector<std::string>& warnings);

  void start(PageRequest request) override;
  std::optional<FetchedPage> next(milliseconds timeout) override;
  void again(const FetchedPage& page, const std::string& why) override;
  std::size_t open_requests() const override {
    return queue_.size() + delayed_.size() + sent_.size() + ready_.size();
  }
  std::size_t useful_requests() const override { return pace_.limit(); }
  const FetchCounts& counts() const override { return counts_; }

 private:
  using Owned = std::unique_ptr<Pending>;

  void send_what_may_be_sent(MonotonicClock::time_point now);
  void send(Owned pending, MonotonicClock::time_point now);
  void send_token_request();
  MonotonicClock::time_point wake_up(MonotonicClock::time_point now) const;
  void settle(HttpAnswer answer);
  void settle_token(HttpAnswer& answer);
  AnswerClass classify_answer(const Pending& pending, const HttpAnswer& answer,
                              std::string_view body, bool whole);
  AnswerClass classify_refusal(const Pending& pending, const HttpAnswer& answer,
                               std::string_view body);
  milliseconds delay(Pending& pending, const AnswerClass& answer_class,
                     MonotonicClock::time_point now);
  /// Sends it again after a while, unless it is over with it: throws SourceError.
  void tell_wait(const AnswerClass& answer_class, std::chrono::milliseconds wait,
                 MonotonicClock::time_point now);
  void repeat(Owned pending, const AnswerClass& answer_class, MonotonicClock::time_point now);
  void give_out(Owned pending, HttpAnswer& answer, PageBytes body);
  void log(const Pending& pending, const HttpAnswer& answer, const AnswerClass& answer_class,
           milliseconds wait);
  [[noreturn]] void give_up(const Pending& pending, const std::string& why) const;
  /// The content of the answer; false if its encoding is corrupt.
  bool decode(HttpAnswer& answer, PageBytes& body);

  GraphOptions options_;
  std::string service_;
  TokenSource tokens_;
  RequestLog log_;
  ServicePace pace_;
  MonotonicClock::time_point quiet_until_{};  // of tell_wait()
  std::shared_ptr<PagePool> pool_;
  HttpTransfers transfers_;
  Gunzip gunzip_;
  std::mt19937_64 random_;
  FetchCounts counts_;
  std::uint64_t last_id_ = kTokenRequest;
  std::string token_client_request_id_;
  int token_attempts_ = 0;
  std::deque<Owned> queue_;              // to be sent, in this order
  std::vector<Owned> delayed_;           // to be sent again at `due`
  std::map<std::uint64_t, Owned> sent_;  // by id of the transfer
  std::deque<FetchedPage> ready_;
};

const GraphOptions& checked(const GraphOptions& options) {
  const ServiceUrl url = parse_service_url(options.url);
  if (url.user || !url.target.empty()) {
    throw UsageError("the Graph service is named by scheme and host alone, such as " + url.service +
                     ", without a path or user");
  }
  if (options.parallel < 1 || options.parallel > 256) {
    throw UsageError("requests at a time are 1 to 256, not " + std::to_string(options.parallel));
  }
  if (options.tries < 1) throw UsageError("a request needs at least one try");
  if (options.request_timeout.count() < 1) throw UsageError("the request timeout is at least 1 s");
  if (!options.ca_file.empty() && access(options.ca_file.c_str(), R_OK) != 0) {
    throw UsageError("cannot read the CA file " + options.ca_file + ": " + std::strerror(errno));
  }
  return options;
}

TransferOptions transfer_options(const GraphOptions& options) {
  return {.ca_file = options.ca_file,
          // The form that Microsoft asks of applications: kind|company|name/version.
          .user_agent = "NONISV|trueup|trueup/" TRUEUP_VERSION,
          .connections = options.parallel + 1,  // one for tokens
          .http2 = options.http2,
          .silence = options.request_timeout};
}

GraphClient::GraphClient(const GraphOptions& options, std::vector<std::string>& warnings)
    : options_(checked(options)),
      service_(service_of(options.url)),
      tokens_(options, warnings),
      log_(options.log_file),
      pace_(static_cast<std::size_t>(options.parallel), options.longest_outage),
      pool_(std::make_shared<PagePool>(static_cast<std::size_t>(options.parallel) * 2)),
      transfers_(transfer_options(options), pool_),
      random_(std::random_device()()) {}

void GraphClient::start(PageRequest request) {
  const ServiceUrl url = parse_service_url(request.url);
  if (url.service != service_ || url.user) {
    throw UsageError("a page of " + url.service + " is not asked for with a token of " + service_ +
                     ": is the dump or state that names it from another cloud?");
  }
  if (open_requests() == 0) pace_.begin(MonotonicClock::now());
  request.url = url.url;
  auto pending = std::make_unique<Pending>();
  pending->request = std::move(request);
  queue_.push_back(std::move(pending));
}

std::optional<FetchedPage> GraphClient::next(milliseconds timeout) {
  const MonotonicClock::time_point end = MonotonicClock::now() + timeout;
  while (ready_.empty() && open_requests() > 0) {
    const MonotonicClock::time_point now = MonotonicClock::now();
    send_what_may_be_sent(now);
    const MonotonicClock::time_point until = std::min(end, wake_up(now));
    const auto left = std::chrono::ceil<milliseconds>(until - now);
    for (HttpAnswer& answer : transfers_.wait(std::max(left, milliseconds(0)))) {
      settle(std::move(answer));
    }
    if (ready_.empty() && MonotonicClock::now() >= end) return std::nullopt;
  }
  if (ready_.empty()) return std::nullopt;
  FetchedPage page = std::move(ready_.front());
  ready_.pop_front();
  // What takes the place of this page is under way while the caller works on it.
  send_what_may_be_sent(MonotonicClock::now());
  return page;
}

void GraphClient::again(const FetchedPage& page, const std::string& why) {
  auto& owner = *std::static_pointer_cast<PageOwner>(page.owner);
  const MonotonicClock::time_point now = MonotonicClock::now();
  if (open_requests() == 0) pace_.begin(now);
  AnswerClass answer_class(AnswerClass::What::kAgain, "a page of no use: " + printable(why, 200));
  log(*owner.pending, HttpAnswer{}, answer_class, delay(*owner.pending, answer_class, now));
  repeat(std::move(owner.pending), answer_class, now);
}

void GraphClient::send_what_may_be_sent(MonotonicClock::time_point now) {
  for (std::size_t i = 0; i < delayed_.size();) {
    if (delayed_[i]->due > now) {
      ++i;
      continue;
    }
    queue_.push_front(std::move(delayed_[i]));
    delayed_.erase(delayed_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  const std::optional<MonotonicClock::time_point> token_due = tokens_.due();
  if (open_requests() > 0 && token_due && *token_due <= now) send_token_request();
  if (!tokens_.usable(now) || now < pace_.held_until()) return;
  while (!queue_.empty() && sent_.size() < pace_.limit()) {
    Owned pending = std::move(queue_.front());
    queue_.pop_front();
    send(std::move(pending), now);
  }
}

/// When there may be something to send again.
MonotonicClock::time_point GraphClient::wake_up(MonotonicClock::time_point now) const {
  MonotonicClock::time_point at = MonotonicClock::time_point::max();
  for (const Owned& pending : delayed_) at = std::min(at, pending->due);
  if (const std::optional<MonotonicClock::time_point> due = tokens_.due()) at = std::min(at, *due);
  if (!queue_.empty() && now < pace_.held_until()) at = std::min(at, pace_.held_until());
  return at;
}

void GraphClient::send(Owned pending, MonotonicClock::time_point now) {
  Pending& p = *pending;
  ++p.attempts;
  ++counts_.requests;
  if (p.attempts > 1) ++counts_.repeated;
  p.sent = now;
  p.token = tokens_.generation();
  p.client_request_id = fresh_guid();
  HttpRequest request{.id = ++last_id_, .url = p.request.url, .headers = {}};
  request.authorization.append("Authorization: Bearer ");
  request.authorization.append(tokens_.token().view());
  request.headers = {
      wants_number(p.request.url) ? "Accept: text/plain" : "Accept: application/json",
      "Accept-Encoding: gzip", "client-request-id: " + p.client_request_id,
      "x-ms-throttle-priority: Low"};
  if (p.request.minimal) request.headers.emplace_back("Prefer: return=minimal");
  if (p.request.eventual) request.headers.emplace_back("ConsistencyLevel: eventual");
  transfers_.start(std::move(request));
  sent_.emplace(last_id_, std::move(pending));
}

void GraphClient::send_token_request() {
  ++counts_.requests;
  ++token_attempts_;
  token_client_request_id_ = fresh_guid();
  transfers_.start(
      {.id = kTokenRequest,
       .url = tokens_.url(),
       .headers = {"Accept: application/json", "client-request-id: " + token_client_request_id_},
       .form = tokens_.begin()});
}

void GraphClient::settle_token(HttpAnswer& answer) {
  const Secret body(answer.body.view());
  answer.body.wipe();
  pool_->give_back(std::move(answer.body));
  std::string result = answer.error;
  if (answer.transfer_end == TransferEnd::kAnswered) {
    result = answer.status == 200 ? "ok" : parse_service_error(body.view()).text();
  }
  result = tokens_.hide(std::move(result));
  log_.write({.method = "POST",
              .url = tokens_.url(),
              .status = answer.status,
              .result = result,
              .took = answer.took,
              .bytes = answer.bytes,
              .request_id = answer.request_id,
              .client_request_id = token_client_request_id_,
              .diagnostic = {},
              .attempt = token_attempts_,
              .wait = {}});
  if (answer.transfer_end == TransferEnd::kUntrusted) {
    throw SourceError("the certificate of " + service_of(tokens_.url()) +
                      " is not trusted: " + answer.error + "; is the CA file right (" +
                      (options_.ca_file.empty() ? "the system's" : options_.ca_file) + ")?");
  }
  const MonotonicClock::time_point now = MonotonicClock::now();
  tokens_.settle(answer, body.view(), now);
  if (tokens_.usable(now)) {
    token_attempts_ = 0;
    pace_.begin(now);
  }
}

bool GraphClient::decode(HttpAnswer& answer, PageBytes& body) {
  if (answer.content_encoding.empty() || answer.content_encoding == "identity") {
    body = std::move(answer.body);
    return true;
  }
  body = pool_->take();
  const bool whole = answer.content_encoding == "gzip" && gunzip_.unpack(answer.body.view(), body);
  pool_->give_back(std::move(answer.body));
  if (!whole) body.clear();
  return whole;
}

void GraphClient::settle(HttpAnswer answer) {
  counts_.bytes += answer.bytes;
  if (answer.id == kTokenRequest) return settle_token(answer);
  Owned pending = std::move(sent_.extract(answer.id).mapped());
  std::string ids = "request-id " + (answer.request_id.empty() ? "none" : answer.request_id) +
                    ", client-request-id " + pending->client_request_id;
  if (!answer.date.empty()) ids += ", " + answer.date;
  pending->ids.push_back(printable(ids, 300));
  if (pending->ids.size() > kShownIds) pending->ids.pop_front();

  PageBytes body;
  const bool whole = decode(answer, body);
  body.pad();
  const MonotonicClock::time_point now = MonotonicClock::now();
  const AnswerClass answer_class = classify_answer(*pending, answer, body.view(), whole);
  switch (answer_class.what) {
    case AnswerClass::What::kPage:
      log(*pending, answer, answer_class, milliseconds(0));
      pace_.succeeded(now);
      tokens_.accepted();
      return give_out(std::move(pending), answer, std::move(body));
    case AnswerClass::What::kEnd:
      log(*pending, answer, answer_class, milliseconds(0));
      give_up(*pending, answer_class.why);
    case AnswerClass::What::kAgain: break;
  }
  pool_->give_back(std::move(body));
  if (answer_class.throttled) {
    if (answer.status == 429) ++counts_.throttled;
    pace_.throttled(pending->sent, now);
  }
  if (answer_class.retry_after && pace_.asks_too_much(*answer_class.retry_after, now)) {
    log(*pending, answer, answer_class, milliseconds(0));
    give_up(*pending, answer_class.why + "; " +
                          too_long_a_wait(*answer_class.retry_after, options_.longest_outage));
  }
  if (answer_class.retry_after) pace_.hold(*answer_class.retry_after, now);
  const milliseconds wait = delay(*pending, answer_class, now);
  log(*pending, answer, answer_class, wait);
  tell_wait(answer_class, wait, now);
  repeat(std::move(pending), answer_class, now);
}

/// Not for each of many requests that wait for the same.
void GraphClient::tell_wait(const AnswerClass& answer_class, milliseconds wait,
                            MonotonicClock::time_point now) {
  constexpr milliseconds kShort{1'000}, kBetween{10'000};
  if (!options_.notice.say || wait < kShort || now < quiet_until_) return;
  options_.notice.say(service_of(options_.url) + ": " + answer_class.why + "; tries again in " +
                      std::to_string((wait.count() + 500) / 1000) + " s");
  quiet_until_ = now + std::max(wait, kBetween);
}

AnswerClass GraphClient::classify_answer(const Pending& pending, const HttpAnswer& answer,
                                         std::string_view body, bool whole) {
  AnswerClass answer_class(AnswerClass::What::kAgain, answer.error);
  if (answer.transfer_end == TransferEnd::kUntrusted) {
    answer_class.what = AnswerClass::What::kEnd;
    answer_class.why = "its certificate is not trusted: " + answer.error +
                       "; is the CA file right (" +
                       (options_.ca_file.empty() ? "the system's" : options_.ca_file) + ")?";
    return answer_class;
  }
  if (answer.transfer_end == TransferEnd::kBroken) return answer_class;
  if (answer.status == 200) {
    if (!whole) {
      answer_class.why =
          "a body that is no whole gzip (" + printable(answer.content_encoding, 40) + ")";
    } else if (!looks_whole(body, wants_number(pending.request.url))) {
      answer_class.why = "a body that is no whole JSON object";
    } else {
      answer_class = AnswerClass(AnswerClass::What::kPage, "ok");
    }
    return answer_class;
  }
  return classify_refusal(pending, answer, body);
}

AnswerClass GraphClient::classify_refusal(const Pending& pending, const HttpAnswer& answer,
                                          std::string_view body) {
  const ServiceError error = parse_service_error(body);
  AnswerClass answer_class(AnswerClass::What::kAgain,
                           "HTTP " + std::to_string(answer.status) + " " + error.text());
  if (answer.status == 401) {
    answer_class.new_token = true;
    if (!tokens_.refused(pending.token)) {
      answer_class.what = AnswerClass::What::kEnd;
      answer_class.why += "; the token was fresh: is it for this service and tenant?";
    }
  } else if (is_retryable(answer.status)) {
    answer_class.retry_after =
        parse_retry_after(answer.retry_after, parse_http_date(answer.date), unix_now());
    answer_class.throttled = answer.status == 429 || answer_class.retry_after;
  } else if (answer.status == 403 && error.code == "Authorization_RequestDenied" &&
             !pending.request.kept_link) {
    answer_class.what = AnswerClass::What::kEnd;
    answer_class.why += "; give the app " + options_.client_id +
                        " the application permission User.Read.All and an administrator's consent";
  } else if (answer.status >= 300 && answer.status < 400) {
    answer_class.what = AnswerClass::What::kEnd;
    answer_class.why += "; it points to '" + printable(answer.location, 200) +
                        "', where the token is not taken: is the service's URL right?";
  } else {
    answer_class.what =
        AnswerClass::What::kPage;  // a refusal that the caller knows what to do about
  }
  return answer_class;
}

milliseconds GraphClient::delay(Pending& pending, const AnswerClass& answer_class,
                                MonotonicClock::time_point now) {
  if (answer_class.throttled) {
    ++pending.throttlings;
  } else {
    ++pending.failures;
  }
  milliseconds wait(0);
  if (answer_class.retry_after) {
    wait = *answer_class.retry_after;
  } else if (!answer_class.new_token || pending.failures > 1) {
    wait = backoff(pending.failures + pending.throttlings, options_.shortest_backoff,
                   options_.longest_backoff, random_);
  }
  pending.due = now + wait;
  return wait;
}

void GraphClient::repeat(Owned pending, const AnswerClass& answer_class,
                         MonotonicClock::time_point now) {
  const int throttlings = options_.tries * kThrottlingsPerTry;
  if (pending->failures >= options_.tries || pending->throttlings >= throttlings) {
    give_up(*pending, "no answer of use in " + std::to_string(pending->attempts) +
                          " tries, the last time: " + answer_class.why);
  }
  if (pace_.out(now)) {
    give_up(*pending, "nothing has succeeded for " +
                          std::to_string(options_.longest_outage.count()) +
                          " s, the last time: " + answer_class.why);
  }
  delayed_.push_back(std::move(pending));
}

void GraphClient::give_out(Owned pending, HttpAnswer& answer, PageBytes body) {
  const auto owner = std::make_shared<PageOwner>(pool_);
  owner->bytes = std::move(body);
  owner->pending = std::move(pending);
  FetchedPage page;
  page.tag = owner->pending->request.tag;
  page.status = answer.status;
  page.body = owner->bytes.view();
  page.owner = owner;
  page.location = std::move(answer.location);
  page.date = static_cast<std::uint64_t>(parse_http_date(answer.date).value_or(0));
  page.request_id = printable(answer.request_id, 100);
  ready_.push_back(std::move(page));
}

void GraphClient::log(const Pending& pending, const HttpAnswer& answer,
                      const AnswerClass& answer_class, milliseconds wait) {
  if (!log_.on()) return;
  log_.write({.method = "GET",
              .url = parse_service_url(pending.request.url).target,
              .status = answer.status,
              .result = tokens_.hide(answer_class.why),
              .took = answer.took,
              .bytes = answer.bytes,
              .request_id = answer.request_id,
              .client_request_id = pending.client_request_id,
              .diagnostic = answer.diagnostic,
              .attempt = pending.attempts,
              .wait = wait});
}

void GraphClient::give_up(const Pending& pending, const std::string& why) const {
  std::string text = service_ + printable(parse_service_url(pending.request.url).target, 300) +
                     ": " + why + "; for Microsoft's support:";
  for (const std::string& ids : pending.ids) text += " [" + ids + "]";
  throw SourceError(tokens_.hide(text));
}

}  // namespace

std::unique_ptr<PageFetcher> open_graph(const GraphOptions& options,
                                        std::vector<std::string>* warnings) {
  std::vector<std::string> unasked;
  return std::make_unique<GraphClient>(options, warnings != nullptr ? *warnings : unasked);
}

}  // namespace trueup
