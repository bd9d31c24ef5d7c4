// SPDX-License-Identifier: Apache-2.0
// Which commit this program was built from. Its source is written by write_commit.cmake.
#pragma once

namespace trueup {

/// Twelve digits, "+changes" behind them if the tree differed from it; what TRUEUP_COMMIT of CMake
/// says, for packages; "unknown" where there is neither that nor a repository.
const char* commit();

}  // namespace trueup
