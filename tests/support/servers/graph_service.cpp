// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/graph_service.h"

#include <httplib.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace trueup {
namespace {

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

GraphReply reply_of(const httplib::Result& result) {
  GraphReply reply;
  if (!result) return reply;
  reply.status = result->status;
  reply.body = result->body;
  for (const auto& [name, value] : result->headers) reply.headers.emplace(lower_case(name), value);
  return reply;
}

std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

struct GraphService::Client {
  Client(const std::string& url, const std::string& ca_file)
      : http("127.0.0.1", std::stoi(url.substr(url.rfind(':') + 1))) {
    http.set_ca_cert_path(ca_file.c_str());
    http.set_keep_alive(true);
    http.set_url_encode(false);  // what a test writes is what is sent
    http.set_read_timeout(60);
    http.set_tcp_nodelay(true);
  }
  httplib::SSLClient http;
};

std::string GraphReply::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

GraphService::GraphService(int mailboxes, const std::vector<std::string>& options) {
  ::signal(SIGPIPE, SIG_IGN);  // as the trueup process does
  std::vector<std::string> arguments = {GRAPH_SIM_BINARY, "--folder", folder_.path(), "--mailboxes",
                                        std::to_string(mailboxes),
                                        // It ends even if the test was killed before it could.
                                        "--lifetime", "600"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  process_ = std::make_unique<Process>(arguments);
  // The last file it writes, when it listens.
  const std::string url_file = folder_ / "url";
  while (!std::filesystem::exists(url_file)) {
    if (!process_->running()) {
      throw std::runtime_error("graph_sim does not start: " + process_->wait().err);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  url_ = without_line_end(read_file(url_file));
  client_ = std::make_unique<Client>(url_, ca_file());
}

GraphService::~GraphService() = default;

int GraphService::stop() {
  process_->signal(SIGTERM);
  return process_->wait().exit_code;
}

std::string GraphService::path_of(const std::string& target) const {
  return target.starts_with(url_) ? target.substr(url_.size()) : target;
}

nlohmann::json GraphService::post(const std::string& path, const nlohmann::json& body) {
  const GraphReply reply = reply_of(client_->http.Post(path, body.dump(), "application/json"));
  if (reply.status != 200) throw std::runtime_error("POST " + path + ": " + reply.body);
  return reply.json();
}

nlohmann::json GraphService::get(const std::string& path) {
  const GraphReply reply = reply_of(client_->http.Get(path));
  if (reply.status != 200) throw std::runtime_error("GET " + path + ": " + reply.body);
  return reply.json();
}

GraphReply GraphService::ask(const std::string& target, const Headers& headers) {
  return reply_of(
      client_->http.Get(path_of(target), httplib::Headers(headers.begin(), headers.end())));
}

GraphReply GraphService::graph(const std::string& target, Headers headers) {
  if (token_.empty()) log_in();
  headers.emplace("Authorization", "Bearer " + token_);
  return ask(target, headers);
}

GraphReply GraphService::post_form(const std::string& path, const std::string& form) {
  return reply_of(client_->http.Post(path_of(path), form, "application/x-www-form-urlencoded"));
}

void GraphService::log_in() {
  const GraphReply reply = post_form(
      token_url(), std::string("grant_type=client_credentials&client_id=") + kClientId +
                       "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default" + "&client_secret=" +
                       percent_encoded(without_line_end(read_file(secret_file()))));
  if (reply.status != 200) throw std::runtime_error("graph_sim gives no token: " + reply.body);
  token_ = reply.json().at("access_token");
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded.push_back(c);
    } else {
      encoded.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
  return encoded;
}

}  // namespace trueup
