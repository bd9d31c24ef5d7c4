// SPDX-License-Identifier: Apache-2.0
// The way to Microsoft Graph: HTTPS over libcurl's multi interface, OAuth 2.0 client credentials,
// and what a good client of Graph does about throttling and failures. One thread drives it.
//
// Sources: Graph "throttling guidance", "best practices", "errors"; identity platform "client
// credentials flow" and "certificate credentials".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/graph/graph_options.h"
#include "io/page_fetcher.h"

namespace trueup {

/// Throws UsageError (what is missing or makes no sense, files that cannot be read, an expired
/// certificate). Nothing is sent before the first start(), next() and again() move it. Adds to
/// `*warnings`, if given: secrets that everyone may read.
std::unique_ptr<PageFetcher> open_graph(const GraphOptions& options,
                                        std::vector<std::string>* warnings = nullptr);

}  // namespace trueup
