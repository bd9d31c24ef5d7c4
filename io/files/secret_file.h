// SPDX-License-Identifier: Apache-2.0
// A password, client secret or private key kept in a file, so that it is never an argument or a
// setting. Used by the LDAP bind and by the Graph client.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/files/secret.h"

namespace trueup {

/// The line, without its newline. `kind` is for messages: "password file". Adds to `warnings` if
/// everyone may read it. Throws UsageError if it cannot be read, is empty or has more lines.
Secret read_secret_file(const std::string& file, std::string_view kind,
                        std::vector<std::string>& warnings);

/// All of a file, with no buffer between it and the result. Throws UsageError if it cannot be read
/// or is larger than any key.
Secret read_whole_secret(const std::string& file, std::string_view kind);

/// Adds to `warnings` if everyone may read `file`.
void warn_of_open_file(const std::string& file, std::string_view kind,
                       std::vector<std::string>& warnings);

}  // namespace trueup
