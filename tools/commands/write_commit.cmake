# SPDX-License-Identifier: Apache-2.0
# Writes OUT, which defines trueup::commit(), and leaves it as it is where nothing changed. Run at
# each build: a commit is made without CMake's knowledge. COMMIT goes before what git says; packages
# are built without git.
set(commit "${COMMIT}")
if(commit MATCHES "[\"\\\n]")
  message(FATAL_ERROR "TRUEUP_COMMIT has a quote, a backslash or a line end: ${commit}")
endif()
if(NOT commit AND EXISTS "${SOURCE}/.git")
  execute_process(
    COMMAND git --no-optional-locks -C "${SOURCE}" describe --always --dirty=+changes --abbrev=12
      --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT commit)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT "${OUT}" CONTENT [[
#include "tools/commands/commit.h"
namespace trueup {
const char* commit() { return "@commit@"; }
}  // namespace trueup
]] @ONLY)
