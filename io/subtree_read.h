// SPDX-License-Identifier: Apache-2.0
// Reads a whole subtree in pages (RFC 2696) for LdapReader::read_subtree(). For io/*.cpp only; one
// thread, which has the session to itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/ad_object.h"
#include "io/ldap_messages.h"
#include "io/ldap_reader.h"
#include "io/object_read.h"

namespace trueup {

class SubtreeRead {
 public:
  SubtreeRead(const LdapSession& session, const LdapReaderOptions& options, MailboxSink& sink);

  /// Throws DirectoryError unless it got the whole of it.
  SubtreeSummary run();

 private:
  /// An entry that came with a part of its values.
  struct Cut {
    std::uint64_t number = 0;
    LdapMessage entry;
    std::string dn;
  };

  int ask_for_page();
  bool take(int message_id);
  void take_entry(LdapMessage entry);
  void complete(Cut& cut);
  void deliver(std::uint64_t number, std::string_view dn, const std::string& defect);
  [[noreturn]] void fail(int code, const std::string& text) const;

  const LdapSession& session_;
  const LdapReaderOptions& options_;
  MailboxSink& sink_;
  std::vector<std::string> names_;
  std::vector<char*> wanted_;
  std::string cookie_;
  SubtreeSummary summary_;
  AdObjectBuilder builder_;
  Mailbox mailbox_;
  std::vector<Cut> cut_;  // of this page
  ObjectSearch search_;
};

}  // namespace trueup
