// SPDX-License-Identifier: Apache-2.0
//
// Users and pages as JSON. Source: Graph, "list users" and "user: delta", their examples.
#pragma once

#include <string>
#include <string_view>

#include "tools/graph_sim/base_names.h"
#include "tools/graph_sim/property.h"

namespace trueup::sim {

/// As in a list: what has no value is null, [] or a complex value all null.
void append_listed_user(std::string& out, const PropertyValues& values, const Selection& selection);
/// As in a delta: the id, and of the selected properties those of `shown` that were ever set.
void append_delta_user(std::string& out, const PropertyValues& values, const Selection& selection,
                       PropertyMask shown);
void append_removed_user(std::string& out, UserId id, std::string_view reason);

/// `https://host/v1.0/$metadata#users(id,mail)`
std::string page_context(std::string_view service, const Selection& selection);

/// {"error":{...}} as Graph sends it.
std::string error_body(std::string_view code, std::string_view message, std::string_view request_id,
                       std::string_view client_request_id);

/// Sun, 06 Nov 1994 08:49:37 GMT; now, or so many seconds later.
std::string http_date(int seconds_from_now = 0);

}  // namespace trueup::sim
