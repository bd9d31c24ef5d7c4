// SPDX-License-Identifier: Apache-2.0
// An HTTPS/1.1 server on a free port of localhost that answers as a test says, to the byte, and
// that gives tokens (POST .../token) like the identity platform. Every public function may be
// called while it runs; the handler is called by several threads at once.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temp_folder.h"

struct ssl_ctx_st;
struct ssl_st;

namespace trueup {

class HttpsStub {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
  };
  enum class AfterBody : std::uint8_t {
    kGoOn,   // keep the connection
    kClose,  // FIN, without TLS's close_notify
    kReset,  // RST
    kStall,  // nothing more until the client hangs up
  };
  struct Reply {
    int status = 200;
    std::vector<std::string> headers = {};  // "Name: value"; Content-Length is added
    std::string body = {};
    std::size_t body_bytes = std::string::npos;  // of it are sent
    AfterBody then = AfterBody::kGoOn;
  };
  using Handler = std::function<Reply(const Request&)>;

  /// `usage` is the extended key usage of its certificate; "": the certificate has none.
  explicit HttpsStub(const std::string& usage = "serverAuth");
  ~HttpsStub();
  HttpsStub(const HttpsStub&) = delete;
  HttpsStub& operator=(const HttpsStub&) = delete;

  /// https://localhost:PORT
  std::string url() const { return "https://localhost:" + std::to_string(port_); }
  std::string token_url() const { return url() + "/tenant/oauth2/v2.0/token"; }
  const std::string& ca_file() const { return ca_file_; }

  /// Answers whatever is no token request.
  void on_request(Handler handler);
  /// Answers token requests; at the start with the tokens "secret-token-1", "-2" ... that are good
  /// for an hour.
  void on_token(Handler handler);
  static Reply token_reply(int number, int expires_in);

  std::vector<Request> requests() const;  // without those for tokens
  std::vector<Request> token_requests() const;

 private:
  void accept_all();
  void serve(int client);
  bool talk(ssl_st* ssl, int client);
  Reply reply_to(const Request& request);

  TempFolder folder_;
  std::string ca_file_;
  ssl_ctx_st* context_ = nullptr;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  Handler handler_;
  Handler token_handler_;
  std::vector<Request> requests_;
  std::vector<Request> token_requests_;
  std::vector<int> clients_;
  bool ended_ = false;
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace trueup
