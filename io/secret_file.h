// SPDX-License-Identifier: Apache-2.0
// A password or client secret kept in a file of one line, so that it is never an argument or a
// setting. Used by the LDAP bind and by the Graph client.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trueup {

/// The line, without its newline. `kind` is for messages: "password file". Adds to `warnings` if
/// everyone may read it. Throws UsageError if it cannot be read, is empty or has more lines.
std::string read_secret_file(const std::string& file, std::string_view kind,
                             std::vector<std::string>& warnings);

/// Adds to `warnings` if everyone may read `file`.
void warn_of_open_file(const std::string& file, std::string_view kind,
                       std::vector<std::string>& warnings);

}  // namespace trueup
