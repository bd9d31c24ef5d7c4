// SPDX-License-Identifier: Apache-2.0
// What stands in a certificate, for messages. Used by io/ldap/*.cpp only; any thread.
#pragma once

#include <string>

struct asn1_string_st;  // OpenSSL's ASN1_TIME
struct X509_name_st;    // OpenSSL's X509_NAME
struct x509_st;         // OpenSSL's X509

namespace trueup {

/// "2026-11-29 18:00:00 UTC".
std::string time_text(const asn1_string_st* time);
/// The time now, likewise.
std::string now_text();
/// "CN=Lab CA,O=Contoso".
std::string name_text(const X509_name_st* name);
/// The hosts that it is for, a few of them: "dc1.contoso.com, 10.0.0.1"; else its subject.
std::string hosts_of(const x509_st* certificate);

}  // namespace trueup
