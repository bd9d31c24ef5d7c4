// SPDX-License-Identifier: Apache-2.0
#include "tests/support/servers/ldap_stub.h"

#include <lber.h>
#include <ldap.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace trueup {
namespace {

struct FreeElement {
  void operator()(BerElement* ber) const { ber_free(ber, 1); }
};
using Element = std::unique_ptr<BerElement, FreeElement>;

void send(int client, BerElement* ber) {
  berval* bytes = nullptr;
  if (ber_flatten(ber, &bytes) != 0) throw std::runtime_error("cannot encode an answer");
  (void)::send(client, bytes->bv_val, bytes->bv_len, MSG_NOSIGNAL);
  ber_bvfree(bytes);
}

void send_result(int client, int message_id, ber_tag_t tag, int code, const char* text = "") {
  const Element ber(ber_alloc_t(LBER_USE_DER));
  ber_printf(ber.get(), "{it{ess}}", message_id, tag, code, "", text);
  send(client, ber.get());
}

/// [MS-ADTS] 3.1.1.3.1.3.3: what is asked for, `wanted` being "name" or "name;range=low-*".
void put_attribute(BerElement* ber, const LdapStub::Entry& entry, const std::string& wanted,
                   std::size_t max_values) {
  const std::size_t semicolon = wanted.find(';');
  const std::string name = wanted.substr(0, semicolon);
  const auto found = entry.find(name);
  if (found == entry.end()) return;
  const std::vector<std::string>& all = found->second;
  std::size_t low = 0;
  if (semicolon != std::string::npos) {
    low = std::strtoul(wanted.c_str() + wanted.find('=') + 1, nullptr, 10);
  }
  if (low > all.size()) return;
  const bool to_end = all.size() - low <= max_values;
  const std::size_t end = to_end ? all.size() : low + max_values;
  std::string label = name;
  if (low > 0 || !to_end) {
    if (low == 0) ber_printf(ber, "{s[]}", name.c_str());  // the whole attribute, empty
    label += ";range=" + std::to_string(low) + "-" + (to_end ? "*" : std::to_string(end - 1));
  }
  ber_printf(ber, "{s[", label.c_str());
  for (std::size_t i = low; i < end; ++i) ber_printf(ber, "o", all[i].data(), all[i].size());
  ber_printf(ber, "]}");
}

bool read_message(Sockbuf* from, BerElement* message, ber_len_t& length) {
  ber_tag_t tag = LBER_DEFAULT;
  do {
    errno = 0;  // a large message comes in parts
    tag = ber_get_next(from, &length, message);
  } while (tag == LBER_DEFAULT && errno == EWOULDBLOCK);
  return tag == LDAP_TAG_MESSAGE;
}

}  // namespace

LdapStub::LdapStub(std::size_t max_values) : max_values_(max_values) {
  ::signal(SIGPIPE, SIG_IGN);  // as the trueup process does
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 16) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the stub cannot listen");
  }
  port_ = ntohs(address.sin_port);
  char file[] = "/tmp/trueup-stub-XXXXXX";
  close(mkstemp(file));
  password_file_ = file;
  std::ofstream(password_file_) << "secret\n";
  entries_[""] = {{"supportedCapabilities", {"1.2.840.113556.1.4.800"}},
                  {"defaultNamingContext", {"DC=contoso,DC=lab"}},
                  {"schemaNamingContext", {"CN=Schema,CN=Configuration,DC=contoso,DC=lab"}},
                  {"dsServiceName", {"CN=NTDS Settings,CN=DC1"}}};
  entries_["DC=contoso,DC=lab"] = {};
  acceptor_ = std::jthread([this] { accept_all(); });
}

LdapStub::~LdapStub() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  hang_up();
  threads_.clear();
  for (const int client : clients_) close(client);
  unlink(password_file_.c_str());
}

void LdapStub::put(const std::string& name, Entry entry) {
  const std::lock_guard lock(mutex_);
  entries_[name] = std::move(entry);
}

void LdapStub::on_search(
    std::function<void(const std::string&, const std::vector<std::string>&)> hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

void LdapStub::refuse_binds(const std::string& diagnostic) {
  const std::lock_guard lock(mutex_);
  bind_refusal_ = diagnostic;
}

void LdapStub::hang_up() {
  const std::lock_guard lock(mutex_);
  for (const int client : clients_) shutdown(client, SHUT_RDWR);
}

LdapOptions LdapStub::options() const {
  LdapOptions options;
  options.urls = {"ldap://127.0.0.1:" + std::to_string(port_)};
  options.bind_dn = "svc@contoso.lab";
  options.password_file = password_file_;
  options.allow_plaintext = true;
  return options;
}

void LdapStub::accept_all() {
  for (;;) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    const int at_once = 1;  // answers are several small writes
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    const std::lock_guard lock(mutex_);
    clients_.push_back(client);
    threads_.emplace_back([this, client] { serve(client); });
  }
}

void LdapStub::serve(int client) {
  const std::unique_ptr<Sockbuf, void (*)(Sockbuf*)> socket_buffer(ber_sockbuf_alloc(),
                                                                   ber_sockbuf_free);
  int descriptor = dup(client);  // the sockbuf closes it
  ber_sockbuf_add_io(socket_buffer.get(), &ber_sockbuf_io_tcp, LBER_SBIOD_LEVEL_PROVIDER, nullptr);
  ber_sockbuf_ctrl(socket_buffer.get(), LBER_SB_OPT_SET_FD, &descriptor);
  for (;;) {
    const Element request(ber_alloc_t(LBER_USE_DER));
    ber_len_t length = 0;
    if (!read_message(socket_buffer.get(), request.get(), length)) return;
    ber_int_t message_id = 0;
    ber_len_t size = 0;
    if (ber_scanf(request.get(), "i", &message_id) == LBER_ERROR) return;
    switch (ber_peek_tag(request.get(), &size)) {
      case LDAP_REQ_BIND: answer_bind(client, message_id); continue;
      case LDAP_REQ_MODIFY:
        ++modifies_;
        modify_size_ = length;
        send_result(client, message_id, LDAP_RES_MODIFY, 0);
        continue;
      case LDAP_REQ_SEARCH: break;
      default: return;
    }
    answer_search(client, message_id, request.get());
  }
}

void LdapStub::answer_bind(int client, int message_id) {
  const std::lock_guard lock(mutex_);
  if (bind_refusal_) {
    send_result(client, message_id, LDAP_RES_BIND, LDAP_INVALID_CREDENTIALS,
                bind_refusal_->c_str());
  } else {
    send_result(client, message_id, LDAP_RES_BIND, LDAP_SUCCESS);
  }
}

void LdapStub::answer_search(int client, int message_id, berelement* request) {
  berval base{};
  ber_int_t scope = 0;
  ber_int_t ignored = 0;
  // base, scope, aliases, limits, types only; the filter is passed over; then the attributes.
  if (ber_scanf(request, "{meeiibx", &base, &scope, &ignored, &ignored, &ignored, &ignored) ==
      LBER_ERROR) {
    return;
  }
  std::vector<std::string> wanted;
  char* cookie = nullptr;
  ber_len_t size = 0;
  for (ber_tag_t tag = ber_first_element(request, &size, &cookie); tag != LBER_DEFAULT;
       tag = ber_next_element(request, &size, cookie)) {
    berval name{};
    ber_scanf(request, "m", &name);
    wanted.emplace_back(name.bv_val, name.bv_len);
  }
  const std::string dn(base.bv_val, base.bv_len);
  std::function<void(const std::string&, const std::vector<std::string>&)> hook;
  {
    const std::lock_guard lock(mutex_);
    hook = hook_;
  }
  if (hook) hook(dn, wanted);  // may put()
  const std::lock_guard lock(mutex_);
  for (const auto& [name, entry] : entries_) {
    if (scope == LDAP_SCOPE_BASE ? name != dn : !name.ends_with("," + dn)) continue;
    const Element ber(ber_alloc_t(LBER_USE_DER));
    ber_printf(ber.get(), "{it{s{", message_id, LDAP_RES_SEARCH_ENTRY, name.c_str());
    for (const std::string& attribute : wanted) {
      put_attribute(ber.get(), entry, attribute, max_values_);
    }
    ber_printf(ber.get(), "}}}");
    send(client, ber.get());
  }
  send_result(client, message_id, LDAP_RES_SEARCH_RESULT,
              entries_.contains(dn) ? LDAP_SUCCESS : LDAP_NO_SUCH_OBJECT);
}

}  // namespace trueup
