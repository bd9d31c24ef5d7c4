// SPDX-License-Identifier: Apache-2.0
#include "io/http/http_transfers.h"

#include <curl/curl.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

// Many records of TLS a call; what is in it is copied to its page at once.
constexpr long kReceiveBuffer = 512L << 10;
constexpr std::chrono::seconds kLongestConnect{30};
constexpr std::chrono::milliseconds kLongestPoll{60'000};

void check(CURLcode code, const char* what) {
  if (code != CURLE_OK) {
    throw SourceError(std::string("libcurl: ") + what + ": " + curl_easy_strerror(code));
  }
}
void check(CURLMcode code, const char* what) {
  if (code != CURLM_OK) {
    throw SourceError(std::string("libcurl: ") + what + ": " + curl_multi_strerror(code));
  }
}

TransferEnd transfer_end_of(CURLcode code) {
  switch (code) {
    case CURLE_OK: return TransferEnd::kAnswered;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return TransferEnd::kUntrusted;
    default: return TransferEnd::kBroken;
  }
}

bool same_name(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == y;
         });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) + 1 - from);
}

struct CloseEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CloseMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
/// A list of headers is ours, and one of them may carry a token.
struct FreeList {
  void operator()(curl_slist* list) const {
    for (const curl_slist* at = list; at != nullptr; at = at->next) {
      explicit_bzero(at->data, std::strlen(at->data));
    }
    curl_slist_free_all(list);
  }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;

}  // namespace

/// One request under way. Its address is known to libcurl.
struct HttpTransfers::Transfer {
  Easy easy;
  HttpRequest request;
  std::unique_ptr<curl_slist, FreeList> headers;
  HttpAnswer answer;
  bool too_large = false;
  std::array<char, CURL_ERROR_SIZE> error{};

  void take_header(std::string_view line);
  void send_header(const char* line);
};

void HttpTransfers::Transfer::send_header(const char* line) {
  curl_slist* const list = curl_slist_append(headers.get(), line);
  if (list == nullptr) throw SourceError("libcurl: no memory");
  (void)headers.release();
  headers.reset(list);
}

void HttpTransfers::Transfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {  // a new one; what came before was provisional (100, 103)
    answer.date.clear();
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  const std::array<std::pair<std::string_view, std::string*>, 7> wanted = {{
      {"date", &answer.date},
      {"retry-after", &answer.retry_after},
      {"location", &answer.location},
      {"content-encoding", &answer.content_encoding},
      {"request-id", &answer.request_id},
      {"x-ms-request-id", &answer.request_id},
      {"x-ms-ags-diagnostic", &answer.diagnostic},
  }};
  for (const auto& [wanted_name, to] : wanted) {
    if (same_name(name, wanted_name)) *to = value;
  }
  if (same_name(name, "content-length")) {
    std::size_t size = 0;
    const auto end = std::from_chars(value.data(), value.data() + value.size(), size);
    if (end.ec == std::errc() && size <= kLargestBody) answer.body.reserve(size);
  }
}

struct HttpTransfers::State {
  State(const TransferOptions& given, std::shared_ptr<PagePool> page_pool)
      : options(given), pool(std::move(page_pool)) {}

  TransferOptions options;
  std::shared_ptr<PagePool> pool;
  std::unique_ptr<CURLM, CloseMulti> multi;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers;

  void prepare(Transfer& transfer) const;
  void collect(std::vector<HttpAnswer>& answers);
  HttpAnswer finish(CURL* easy, CURLcode code);
};

namespace {

template <typename T>
void set(CURL* easy, CURLoption option, T value) {
  check(curl_easy_setopt(easy, option, value), "option");
}

}  // namespace

void HttpTransfers::State::prepare(Transfer& t) const {
  CURL* const easy = t.easy.get();
  set(easy, CURLOPT_URL, t.request.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "https");
  set(easy, CURLOPT_PATH_AS_IS, 1L);  // a nextLink is followed as it stands
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
    set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // these and no others
  }
  set(easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(options.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_PIPEWAIT, options.http2 ? 1L : 0L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_TCP_KEEPIDLE, 30L);
  set(easy, CURLOPT_TCP_KEEPINTVL, 15L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  const std::chrono::seconds connect = std::min(kLongestConnect, options.silence);
  set(easy, CURLOPT_CONNECTTIMEOUT, static_cast<long>(connect.count()));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.silence.count()));
  set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set(easy, CURLOPT_ERRORBUFFER, t.error.data());
  set(easy, CURLOPT_HTTPHEADER, t.headers.get());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(&t));
  if (t.request.form) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(t.request.form->size()));
    set(easy, CURLOPT_POSTFIELDS, t.request.form->c_str());
  }
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&t));
  set(
      easy, CURLOPT_HEADERFUNCTION,
      +[](char* bytes, std::size_t, std::size_t size, void* to) -> std::size_t {
        try {
          static_cast<Transfer*>(to)->take_header({bytes, size});
        } catch (const std::bad_alloc&) {
          return 0;
        }
        return size;
      });
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&t));
  set(
      easy, CURLOPT_WRITEFUNCTION,
      +[](char* bytes, std::size_t, std::size_t size, void* to) -> std::size_t {
        auto& transfer = *static_cast<Transfer*>(to);
        try {
          if (transfer.answer.body.append(bytes, size)) return size;
          transfer.too_large = true;
        } catch (const std::bad_alloc&) {
          transfer.too_large = true;
        }
        return 0;
      });
}

HttpTransfers::HttpTransfers(const TransferOptions& options, std::shared_ptr<PagePool> pool)
    : state_(std::make_unique<State>(options, std::move(pool))) {
  // Counted by libcurl, and safe from several threads since 7.84.
  check(curl_global_init(CURL_GLOBAL_DEFAULT), "start");
  state_->multi.reset(curl_multi_init());
  if (!state_->multi) throw SourceError("libcurl: no memory");
  CURLM* const multi = state_->multi.get();
  const long connections = options.connections;
  check(curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX)),
        "multiplexing");
  check(curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections), "connection cache");
  check(curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections), "connections");
  check(curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, connections), "streams");
}

HttpTransfers::~HttpTransfers() {
  for (const auto& [easy, transfer] : state_->transfers) {
    curl_multi_remove_handle(state_->multi.get(), easy);
  }
  state_.reset();
  curl_global_cleanup();
}

void HttpTransfers::start(HttpRequest request) {
  State& s = *state_;
  auto transfer = std::make_unique<Transfer>();
  // A handle each: connections belong to `multi`, and libcurl 7.88 leaves one that has shared its
  // connection over HTTP/2 with a buffer that cannot be sized again.
  transfer->easy.reset(curl_easy_init());
  if (!transfer->easy) throw SourceError("libcurl: no memory");
  transfer->request = std::move(request);
  for (const std::string& header : transfer->request.headers) {
    transfer->send_header(header.c_str());
  }
  if (!transfer->request.authorization.empty()) {
    transfer->send_header(transfer->request.authorization.c_str());
  }
  transfer->answer.id = transfer->request.id;
  transfer->answer.body = s.pool->take();
  CURL* const easy = transfer->easy.get();
  s.prepare(*transfer);
  check(curl_multi_add_handle(s.multi.get(), easy), "request");
  s.transfers.emplace(easy, std::move(transfer));
}

HttpAnswer HttpTransfers::State::finish(CURL* easy, CURLcode code) {
  auto found = transfers.extract(easy);
  Transfer& t = *found.mapped();
  HttpAnswer answer = std::move(t.answer);
  answer.transfer_end = transfer_end_of(code);
  if (answer.transfer_end != TransferEnd::kAnswered) {
    answer.error = t.too_large       ? "an answer that does not fit into memory"
                   : t.error[0] != 0 ? t.error.data()
                                     : curl_easy_strerror(code);
  }
  long status = 0;
  long header_bytes = 0;
  curl_off_t body_bytes = 0;
  curl_off_t took = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_HEADER_SIZE, &header_bytes);
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
  curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took);
  answer.status = static_cast<int>(status);
  answer.bytes = static_cast<std::uint64_t>(header_bytes + body_bytes);
  answer.took = std::chrono::milliseconds(took / 1000);
  curl_multi_remove_handle(multi.get(), easy);
  return answer;
}

void HttpTransfers::State::collect(std::vector<HttpAnswer>& answers) {
  int left = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    answers.push_back(finish(message->easy_handle, message->data.result));
  }
}

std::vector<HttpAnswer> HttpTransfers::wait(std::chrono::milliseconds timeout) {
  using MonotonicClock = std::chrono::steady_clock;
  State& s = *state_;
  const MonotonicClock::time_point end = MonotonicClock::now() + timeout;
  std::vector<HttpAnswer> answers;
  while (true) {
    int running = 0;
    check(curl_multi_perform(s.multi.get(), &running), "transfer");
    s.collect(answers);
    if (!answers.empty()) return answers;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - MonotonicClock::now());
    if (left.count() <= 0) return answers;
    // Ends earlier when libcurl has a deadline of its own.
    check(curl_multi_poll(s.multi.get(), nullptr, 0,
                          static_cast<int>(std::min(left, kLongestPoll).count()), nullptr),
          "poll");
  }
}

std::size_t HttpTransfers::under_way() const { return state_->transfers.size(); }

std::string libcurl_version() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  return std::string(info->version) + " (" + info->ssl_version + ")";
}

}  // namespace trueup
