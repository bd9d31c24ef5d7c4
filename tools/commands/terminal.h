// SPDX-License-Identifier: Apache-2.0
// What the command prints. All of it goes through here: results to stdout, the log to stderr, both
// without a character of a server's or a tenant's that a terminal would act on.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "io/defect.h"

namespace trueup {

/// Text with lines of its own. A value in it that may hold a line break is made visible() before.
void print_text(std::string_view text, std::FILE* to = stdout);
void print_json(std::string_view json);
/// "warning: ..." on stderr, in one line.
void print_warning(std::string_view warning);
void print_defect(const Defect& defect);

/// Fills in what the process was started without, so that no file of ours ever becomes its stdout.
/// What was closed cannot be written afterwards either. To be called first.
void open_missing_streams();
/// `exit_code`; or 1, told on stderr, if not all of the results reached stdout.
int finish_output(int exit_code);

/// An abort of this process (a library that gets no memory or no thread, an exception that nobody
/// catches) becomes a message and exit code 1.
void tell_aborts();

}  // namespace trueup
