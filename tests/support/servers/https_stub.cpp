// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/https_stub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/support/process.h"

namespace trueup {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Nothing at the end of the connection.
std::optional<HttpsStub::Request> read_request(SSL* ssl) {
  std::string bytes;
  std::size_t head = 0;
  std::size_t length = 0;
  HttpsStub::Request request;
  while (true) {
    char buffer[16 << 10];
    const int n = SSL_read(ssl, buffer, sizeof buffer);
    if (n <= 0) return std::nullopt;
    bytes.append(buffer, static_cast<std::size_t>(n));
    if (head == 0) {
      const std::size_t end = bytes.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      head = end + 4;
      std::size_t line = bytes.find("\r\n");
      const std::string first = bytes.substr(0, line);
      request.method = first.substr(0, first.find(' '));
      request.target =
          first.substr(request.method.size() + 1, first.rfind(' ') - request.method.size() - 1);
      while (line < end) {
        const std::size_t next = bytes.find("\r\n", line + 2);
        const std::string text = bytes.substr(line + 2, next - line - 2);
        const std::size_t colon = text.find(": ");
        if (colon != std::string::npos) {
          request.headers[lower(text.substr(0, colon))] = text.substr(colon + 2);
        }
        line = next;
      }
      if (request.headers.count("content-length") != 0) {
        length = std::stoul(request.headers["content-length"]);
      }
    }
    if (bytes.size() >= head + length) break;
  }
  request.body = bytes.substr(head, length);
  return request;
}

bool write_all(SSL* ssl, std::string_view bytes) {
  while (!bytes.empty()) {
    const int n = SSL_write(ssl, bytes.data(),
                            static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20)));
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

HttpsStub::HttpsStub(const std::string& usage) : ca_file_(folder_ / "ca.pem") {
  ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to clients that have hung up
  const ProcessResult made = run_process({TRUEUP_SOURCE_DIR "/tools/lab/make_certificates",
                                          folder_.path(), "localhost", "DNS:localhost", usage});
  if (made.exit_code != 0) throw std::runtime_error(made.err);
  context_ = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context_, (folder_ / "cert.pem").c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_, (folder_ / "key.pem").c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("cannot use the certificate in " + folder_.path());
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 256) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
  handler_ = [](const Request&) { return Reply{.status = 404, .body = "{}"}; };
  token_handler_ = [number = std::make_shared<std::atomic<int>>(0)](const Request&) {
    return token_reply(++*number, 3600);
  };
  acceptor_ = std::jthread([this] { accept_all(); });
}

HttpsStub::~HttpsStub() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    for (const int client : clients_) ::shutdown(client, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  threads_.clear();
  ::close(listener_);
  SSL_CTX_free(context_);
}

void HttpsStub::on_request(Handler handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

void HttpsStub::on_token(Handler handler) {
  const std::lock_guard lock(mutex_);
  token_handler_ = std::move(handler);
}

HttpsStub::Reply HttpsStub::token_reply(int number, int expires_in) {
  return {.headers = {"Content-Type: application/json"},
          .body = R"({"token_type":"Bearer","expires_in":)" + std::to_string(expires_in) +
                  R"(,"access_token":"secret-token-)" + std::to_string(number) + "\"}"};
}

std::vector<HttpsStub::Request> HttpsStub::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<HttpsStub::Request> HttpsStub::token_requests() const {
  const std::lock_guard lock(mutex_);
  return token_requests_;
}

void HttpsStub::accept_all() {
  while (true) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    if (ended_) {
      ::close(client);
      return;
    }
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients_.push_back(client);
    threads_.emplace_back([this, client] { serve(client); });
  }
}

void HttpsStub::serve(int client) {
  SSL* const ssl = SSL_new(context_);
  SSL_set_fd(ssl, client);
  if (SSL_accept(ssl) == 1) {
    while (talk(ssl, client)) {
    }
  }
  SSL_free(ssl);
  const std::lock_guard lock(mutex_);
  std::erase(clients_, client);
  ::close(client);
}

HttpsStub::Reply HttpsStub::reply_to(const Request& request) {
  const bool token = request.method == "POST" && request.target.ends_with("/token");
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    (token ? token_requests_ : requests_).push_back(request);
    handler = token ? token_handler_ : handler_;
  }
  return handler(request);
}

bool HttpsStub::talk(SSL* ssl, int client) {
  const std::optional<Request> request = read_request(ssl);
  if (!request) return false;
  const Reply reply = reply_to(*request);
  std::string bytes = "HTTP/1.1 " + std::to_string(reply.status) + " Said\r\n";
  for (const std::string& header : reply.headers) bytes += header + "\r\n";
  bytes += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
  bytes += std::string_view(reply.body).substr(0, reply.body_bytes);
  if (!write_all(ssl, bytes)) return false;
  switch (reply.then) {
    case AfterBody::kGoOn: return true;
    case AfterBody::kClose: return false;
    case AfterBody::kReset: {
      const linger at_once{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return false;
    }
    case AfterBody::kStall: {
      char byte = 0;
      while (SSL_read(ssl, &byte, 1) > 0) {
      }
      return false;
    }
  }
  return false;
}

}  // namespace trueup
