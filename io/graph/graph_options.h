// SPDX-License-Identifier: Apache-2.0
// How Microsoft Graph is read.
#pragma once

#include <chrono>
#include <string>

#include "io/http/credentials.h"
#include "io/wait_notice.h"

namespace trueup {

struct GraphOptions : ServiceAccess {
  std::string ca_file;   // PEM; "": what the system trusts
  std::string log_file;  // a line a request, without tokens and secrets; "": none
  int parallel = 32;     // requests at a time, at most; 1 .. 256
  /// Share a connection over HTTP/2 where it is offered, instead of one for each request at a time.
  /// Not by default: with libcurl 7.88 (Debian 12) the last of many large answers was seen to hang
  /// on a busy machine; and it is no faster.
  bool http2 = false;
  std::chrono::seconds request_timeout{120};  // without a byte received
  WaitNotice notice{};                        // of waits between tries
};

}  // namespace trueup
