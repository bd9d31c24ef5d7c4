// SPDX-License-Identifier: Apache-2.0
#include "io/ldap/session/certificate_text.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>

namespace trueup {
namespace {

std::string text_of(const std::tm& parts) {
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%F %T UTC", &parts);
  return text.data();
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(address) != 16) return "?";
  ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};

}  // namespace

std::string time_text(const asn1_string_st* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? text_of(parts) : "?";
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  return text_of(parts);
}

std::string name_text(const X509_name_st* name) {
  const std::unique_ptr<BIO, FreeBio> out(BIO_new(BIO_s_mem()));
  constexpr unsigned long kFlags =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (!out || X509_NAME_print_ex(out.get(), name, 0, kFlags) < 0) return "?";
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string hosts_of(const x509_st* certificate) {
  constexpr int kShown = 5;
  std::string text;
  int shown = 0;
  const auto add = [&](const std::string& name) {
    if (++shown > kShown) return;
    text += (text.empty() ? "" : ", ") + name;
  };
  auto* const names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      const ASN1_STRING* const dns = name->d.dNSName;
      add({reinterpret_cast<const char*>(ASN1_STRING_get0_data(dns)),
           static_cast<std::size_t>(ASN1_STRING_length(dns))});
    } else if (name->type == GEN_IPADD) {
      add(address_text(name->d.iPAddress));
    }
  }
  GENERAL_NAMES_free(names);
  if (text.empty()) return name_text(X509_get_subject_name(certificate));
  return shown > kShown ? text + " and " + std::to_string(shown - kShown) + " more" : text;
}

}  // namespace trueup
