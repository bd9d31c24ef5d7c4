// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tools/graph_sim/base_names.h"

namespace trueup::sim {
namespace {

constexpr int kBacklog = 1024;  // cpp-httplib's own is 5: a client that opens 32 at once would wait
constexpr int kSlowPieces = 10;

class ThreadPerConnection : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> work) override { std::thread(std::move(work)).detach(); }
  void shutdown() override {}
};

Request request_of(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  const std::size_t question = from.target.find('?');
  if (question != std::string::npos) request.raw_query = from.target.substr(question + 1);
  // cpp-httplib puts an urlencoded body among the parameters, too.
  (from.method == "POST" ? request.form : request.query) = from.params;
  for (const auto& [name, value] : from.headers) request.headers.emplace(folded(name), value);
  request.body = from.body;
  request.peer = from.remote_addr;
  return request;
}

/// Ends the connection without a word: the client gets a reset.
void reset_connection(const httplib::Request& request) {
  const int socket = SSL_get_fd(request.ssl);
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  (void)::connect(socket, &nowhere, sizeof nowhere);
}

void send(const httplib::Request& request, httplib::Response& response, Answer&& answer) {
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
  if (answer.transfer_fault == TransferFault::kReset) {
    reset_connection(request);
    return;
  }
  if (answer.gzip) response.set_header("Content-Encoding", "gzip");
  const TransferFault transfer_fault = answer.transfer_fault;
  const int slow_ms = answer.slow_ms;
  const std::shared_ptr<const Answer> sent =
      answer.cached ? answer.cached : std::make_shared<const Answer>(std::move(answer));
  const std::size_t size = sent->body.size();
  if (size == 0) return;
  // By a provider: set_content() would compress once more.
  response.set_content_provider(
      size, sent->type,
      [sent, transfer_fault, slow_ms](std::size_t offset, std::size_t length,
                                      httplib::DataSink& sink) {
        const std::string& body = sent->body;
        if (transfer_fault == TransferFault::kCut) {
          sink.write(body.data(), body.size() / 2);
          return false;
        }
        if (transfer_fault == TransferFault::kSlow) {
          std::this_thread::sleep_for(std::chrono::milliseconds(slow_ms / kSlowPieces));
          length = std::min(length, body.size() / kSlowPieces + 1);
        }
        return sink.write(body.data() + offset, length);
      });
}

}  // namespace

struct SimServer::Implementation {
  Implementation(const std::string& certificate_file, const std::string& key_file, Handler answer)
      : server(certificate_file.c_str(), key_file.c_str()), handler(std::move(answer)) {}

  void serve(const httplib::Request& request, httplib::Response& response) {
    send(request, response, handler(request_of(request)));
  }

  httplib::SSLServer server;
  Handler handler;
  socket_t listener = INVALID_SOCKET;
};

SimServer::SimServer(const std::string& certificate_file, const std::string& key_file,
                     Handler handler)
    : implementation_(
          std::make_unique<Implementation>(certificate_file, key_file, std::move(handler))) {
  httplib::SSLServer& server = implementation_->server;
  if (!server.is_valid()) {
    throw std::runtime_error("cannot use " + certificate_file + " and " + key_file);
  }
  server.new_task_queue = [] { return new ThreadPerConnection; };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(std::size_t{1} << 40);
  server.set_keep_alive_timeout(300);
  server.set_write_timeout(300);
  server.set_socket_options([this](socket_t socket) {
    httplib::default_socket_options(socket);
    implementation_->listener = socket;
  });
  const auto serve = [this](const httplib::Request& request, httplib::Response& response) {
    implementation_->serve(request, response);
  };
  server.Get(".*", serve).Post(".*", serve).Put(".*", serve).Patch(".*", serve).Delete(".*", serve);
}

SimServer::~SimServer() = default;

int SimServer::bind(const std::string& address, int port) {
  httplib::SSLServer& server = implementation_->server;
  if (port == 0) {
    port = server.bind_to_any_port(address);
  } else if (!server.bind_to_port(address, port)) {
    port = -1;
  }
  if (port < 0) throw std::runtime_error("cannot listen on " + address);
  ::listen(implementation_->listener, kBacklog);
  return port;
}

void SimServer::run() { implementation_->server.listen_after_bind(); }

}  // namespace trueup::sim
