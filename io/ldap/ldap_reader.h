// SPDX-License-Identifier: Apache-2.0
// Reads from a live directory: many single objects, pipelined (engine/apply/verify), or a whole
// subtree in pages (engine/load, `--ad ldaps://...`). One connection, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/ldap/reader_options.h"
#include "io/ldap/session/ldap_session.h"
#include "io/mailbox_sink.h"
#include "snapshots/model/attribute.h"
#include "snapshots/model/mailbox.h"

namespace trueup {

struct ObjectRequest {
  Anchor object_guid;  // all zero where unknown
  std::string_view dn;
  AttributeSet attributes;  // to read; not empty
};

struct ObjectAnswer {
  std::size_t index = 0;               // of the request
  int result_code = 0;                 // LDAP result code; 32 where the object is not there
  std::string message;                 // the server's, where result_code is not 0
  AttributeSet incomplete;             // the object changed while its values were read in ranges
  std::vector<AttributeValue> values;  // good during the callback only
};

class LdapReader {
 public:
  /// Throws as LdapSession does, also if the base is not there.
  LdapReader(const LdapOptions& ldap, const LdapReaderOptions& options);

  const LdapSession& session() const { return session_; }

  /// Reads each object with all values (ranges are put together, see io/ldap/object_read.h); calls
  /// `on_answer` once for each, in the order of the answers. What a busy server or a lost
  /// connection leaves is asked for again, for a while; throws DirectoryError where that does not
  /// help, or the server stays silent for the operation timeout.
  void read_objects(std::span<const ObjectRequest> requests,
                    const std::function<void(const ObjectAnswer&)>& on_answer);

  /// Reads all users and all objects with addresses below base_dn(), in pages (RFC 2696). The
  /// sink's offsets are running entry numbers from 0. Throws DirectoryError if the server does not
  /// give the whole of it: a part is never taken for the whole.
  SubtreeSummary read_subtree(MailboxSink& sink);

 private:
  LdapSession session_;
  LdapReaderOptions options_;
  std::chrono::milliseconds operation_timeout_;
};

}  // namespace trueup
