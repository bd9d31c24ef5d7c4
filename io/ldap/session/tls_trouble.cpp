// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/tls_trouble.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "io/ldap/session/certificate_text.h"
#include "io/ldap/session/tcp_connect.h"

namespace trueup {
namespace {

template <typename T, void (*release)(T*)>
struct Release {
  void operator()(T* object) const { release(object); }
};
using Context = std::unique_ptr<SSL_CTX, Release<SSL_CTX, SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Release<SSL, SSL_free>>;
using Store = std::unique_ptr<X509_STORE, Release<X509_STORE, X509_STORE_free>>;
using Verification = std::unique_ptr<X509_STORE_CTX, Release<X509_STORE_CTX, X509_STORE_CTX_free>>;

class Socket {
 public:
  explicit Socket(const TlsServer& server) {
    std::string ignored;
    descriptor_ = connect_tcp(server.host, server.port, server.timeout, ignored);
    if (descriptor_ >= 0) limit_reads(descriptor_, server.timeout);
  }
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// What a server says to StartTLS (RFC 4511 4.14), which every LDAP server answers.
enum class Answer { kNone, kAgrees, kRefuses, kTlsAlert, kOther };

Answer ask_for_start_tls(int socket) {
  // LDAPMessage { messageID 1, extendedReq [APPLICATION 23] { requestName [0] } }
  constexpr std::string_view kRequest(
      "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
      "1.3.6.1.4.1.1466.20037",
      31);
  if (::send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(kRequest.size())) {
    return Answer::kNone;
  }
  std::array<unsigned char, 4096> bytes{};
  std::size_t size = 0;
  // Up to the result code: 30 LENGTH 02 01 01 78 LENGTH 0a 01 CODE.
  while (size < bytes.size()) {
    const ssize_t n = ::recv(socket, bytes.data() + size, bytes.size() - size, 0);
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
    if (bytes[0] != 0x30) break;
    const auto begin = bytes.begin();
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    constexpr std::array<unsigned char, 2> kCode = {0x0a, 0x01};
    const auto found = std::search(begin, end, kCode.begin(), kCode.end());
    if (end - found > 2) return found[2] == 0 ? Answer::kAgrees : Answer::kRefuses;
  }
  if (size == 0) return Answer::kNone;
  return bytes[0] == 0x15 ? Answer::kTlsAlert : Answer::kOther;  // TLS record type "alert"
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// What is wrong with the certificates that a server shows.
class Causes {
 public:
  explicit Causes(const TlsServer& server) : server_(server) {}

  std::string find(X509* certificate, STACK_OF(X509) * chain) {
    const Store trusted(X509_STORE_new());
    if (!server_.ca_file.empty()) X509_STORE_load_file(trusted.get(), server_.ca_file.c_str());
    if (!server_.ca_folder.empty()) X509_STORE_load_path(trusted.get(), server_.ca_folder.c_str());
    if (system()) X509_STORE_set_default_paths(trusted.get());
    const Verification verification(X509_STORE_CTX_new());
    if (!verification ||
        X509_STORE_CTX_init(verification.get(), trusted.get(), certificate, chain) != 1) {
      return {};
    }
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(verification.get());
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
    // Whatever stands in the CA file is trusted, also where it is no root: so does GnuTLS.
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_ex_data(verification.get(), 0, this);
    X509_STORE_CTX_set_verify_cb(verification.get(), [](int ok, X509_STORE_CTX* context) {
      if (ok == 0) static_cast<Causes*>(X509_STORE_CTX_get_ex_data(context, 0))->add(context);
      return 1;  // all of them
    });
    X509_verify_cert(verification.get());
    check_host(certificate);
    check_signature(certificate);
    ERR_clear_error();
    return text_;
  }

 private:
  /// It is left to the system whom to trust.
  bool system() const { return server_.ca_file.empty() && server_.ca_folder.empty(); }

  std::string trusted() const {
    if (system()) return "what the system trusts";
    return server_.ca_file.empty() ? server_.ca_folder : server_.ca_file;
  }

  void say(const std::string& cause) {
    if (text_.find(cause) != std::string::npos) return;
    text_ += (text_.empty() ? "" : "; also, ") + cause;
  }

  void add(X509_STORE_CTX* context) {
    X509* const certificate = X509_STORE_CTX_get_current_cert(context);
    if (certificate == nullptr) return;
    const std::string whose =
        X509_STORE_CTX_get_error_depth(context) == 0
            ? "its certificate"
            : "the certificate of its CA " + name_text(X509_get_subject_name(certificate));
    switch (X509_STORE_CTX_get_error(context)) {
      case X509_V_ERR_CERT_HAS_EXPIRED:
        return say(whose + " expired at " + time_text(X509_get0_notAfter(certificate)) +
                   " (the clock here says " + now_text() + "); renew it");
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return say(whose + " is not valid before " + time_text(X509_get0_notBefore(certificate)) +
                   " (the clock here says " + now_text() + "); set the clock, or make it anew");
      case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return say(whose + " is signed by itself and is not in " + trusted() +
                   "; if it is the right one, give it (PEM) with --ad-ca-file");
      case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        if (unknown_ca_) return;
        unknown_ca_ = true;
        return say("its certificate is signed by an unknown CA, " +
                   name_text(X509_get_issuer_name(certificate)) + ", which is not in " + trusted() +
                   "; --ad-ca-file must hold the certificate (PEM) of that CA");
      case X509_V_ERR_INVALID_PURPOSE:
        return say(whose +
                   " is not one for servers: its extended key usage lacks serverAuth "
                   "(1.3.6.1.5.5.7.3.1); give the server one that has it");
      case X509_V_ERR_INVALID_CA: return say(whose + " is not one of a CA (basicConstraints)");
      default:
        return say(whose + ": " + X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    }
  }

  void check_host(X509* certificate) {
    const bool fits = is_address(server_.host)
                          ? X509_check_ip_asc(certificate, server_.host.c_str(), 0) == 1
                          : X509_check_host(certificate, server_.host.c_str(), server_.host.size(),
                                            0, nullptr) == 1;
    if (fits) return;
    say("its certificate is for another host: for " + hosts_of(certificate) + ", not for " +
        server_.host + "; name the server in the URL as its certificate does");
  }

  void check_signature(X509* certificate) {
    int digest = NID_undef;
    if (X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr) != 1) return;
    if (digest != NID_sha1 && digest != NID_md5) return;
    say(std::string("its certificate is signed with ") + OBJ_nid2sn(digest) +
        ", which counts as broken; give the server one with SHA-256");
  }

  const TlsServer& server_;
  bool unknown_ca_ = false;
  std::string text_;
};

/// A handshake that takes any certificate, to look at it. Nothing is sent over the connection.
class Look {
 public:
  Look(const TlsServer& server, int socket)
      : context_(SSL_CTX_new(TLS_client_method())), deadline_(socket, server.timeout) {
    if (!context_) return;
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);  // as libldap is told
    connection_.reset(SSL_new(context_.get()));
    if (!connection_ || SSL_set_fd(connection_.get(), socket) != 1) return;
    if (!is_address(server.host)) {
      SSL_set_tlsext_host_name(connection_.get(), const_cast<char*>(server.host.c_str()));
    }
    done_ = SSL_connect(connection_.get()) == 1;
    if (!done_) reason_ = ERR_peek_error();
    ERR_clear_error();
  }

  bool done() const { return done_; }
  /// The server speaks TLS, and none that we do.
  bool too_old() const {
    const int reason = ERR_GET_REASON(reason_);
    return reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION;
  }
  /// The alert by which the server broke off the handshake; "" for none.
  std::string alert() const {
    if (ERR_GET_REASON(reason_) < SSL_AD_REASON_OFFSET) return {};
    const char* const text = ERR_reason_error_string(reason_);
    return text != nullptr ? text : "unknown alert";
  }
  std::string causes(const TlsServer& server) const {
    X509* const certificate = SSL_get0_peer_certificate(connection_.get());
    if (certificate == nullptr) return {};
    return Causes(server).find(certificate, SSL_get_peer_cert_chain(connection_.get()));
  }

 private:
  Context context_;
  SocketDeadline deadline_;
  Connection connection_;
  bool done_ = false;
  unsigned long reason_ = 0;
};

std::string without_tls(const TlsServer& server) {
  const std::string port = "port " + std::to_string(server.port);
  const Socket plain(server);
  if (!plain) return {};
  switch (ask_for_start_tls(plain.get())) {
    case Answer::kAgrees:
      return "there is no TLS behind " + port +
             ", but LDAP that goes over to TLS by StartTLS; name "
             "it ldap://, or use the port of LDAPS (636)";
    case Answer::kRefuses:
      return "there is no TLS behind " + port +
             ", but plain LDAP that offers no StartTLS; use the "
             "port of LDAPS (636), or give the server a certificate";
    case Answer::kTlsAlert: return {};
    case Answer::kNone:
    case Answer::kOther:
      return "there is no TLS behind " + port +
             ", nor LDAP; check the port (636 for ldaps://, 389 "
             "for ldap://)";
  }
  return {};
}

std::string only_with_tls(const TlsServer& server) {
  const Socket again(server);
  if (!again || !Look(server, again.get()).done()) {
    return "there is no LDAP behind port " + std::to_string(server.port) +
           "; check the port (389 for ldap://, 636 for ldaps://)";
  }
  return "behind port " + std::to_string(server.port) +
         " is TLS from the first byte on; name it "
         "ldaps://";
}

}  // namespace

std::string tls_trouble(const TlsServer& server) {
  const Socket socket(server);
  if (!socket) return {};
  if (!server.at_once) {
    switch (ask_for_start_tls(socket.get())) {
      case Answer::kAgrees: break;
      case Answer::kRefuses: return {};  // the server said so before
      case Answer::kNone:
      case Answer::kTlsAlert:
      case Answer::kOther: return only_with_tls(server);
    }
  }
  const Look look(server, socket.get());
  if (look.done()) return look.causes(server);
  if (look.too_old()) {
    return "it knows no TLS 1.2 or later, and nothing older is used; enable it there";
  }
  if (const std::string alert = look.alert(); !alert.empty()) {
    return "it breaks off the handshake (" + alert +
           "); its own log says why, such as that it "
           "wants a client certificate (--ad-cert-file)";
  }
  return server.at_once ? without_tls(server) : "";
}

}  // namespace trueup
