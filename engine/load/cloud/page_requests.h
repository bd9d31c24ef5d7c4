// SPDX-License-Identifier: Apache-2.0
// What engine/load/cloud/delta_read.cpp and engine/load/cloud/list_read.cpp share: waiting for a
// page, taking it in, telling what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/load/cloud/read_context.h"

namespace trueup {

std::string url_encoded(std::string_view text);

/// "code" of an error body ({"error": {"code", "message", ...}}), "" if there is none.
std::string error_code_of(const FetchedPage& page);
/// Throws SourceError: the service will not give what was `asked`.
[[noreturn]] void refuse(const FetchedPage& page, const std::string& asked);

/// Says something of the read that is no error, if anybody wants to know.
void warn(ReadContext& context, std::string text);

/// `link` if it is on the service's own host. Throws SourceError.
std::string own_link(const ReadContext& context, const std::string& link);

/// Waits for the next page. Throws StopError if the operator stops the run.
FetchedPage next_page(ReadContext& context);

/// Takes the page in; asks for it again, and gives nothing, if it is no use.
std::optional<TakenPage> try_take(ReadContext& context, const FetchedPage& page,
                                  const PageOrigin& origin);

}  // namespace trueup
