// SPDX-License-Identifier: Apache-2.0
#include "tools/graph_sim/render.h"

#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "tools/graph_sim/record.h"

namespace trueup::sim {
namespace {

void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out.push_back(',');
  out.append("\"").append(name).append("\":");
}

/// All fifteen, as a list shows them; the value may hold a part of them.
void append_all_extensions(std::string& out, std::string_view value) {
  static const auto names = [] {
    std::array<std::string, 15> all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = "extensionAttribute" + std::to_string(i + 1);
    }
    return all;
  }();
  std::array<std::string_view, 15> members{};
  for (std::size_t at = 1; at < value.size() && value[at] == '"';) {
    const std::size_t name_end = value.find('"', at + 1);
    const std::string_view name = value.substr(at + 1, name_end - at - 1);
    const std::size_t end = end_of_value(value, name_end + 2);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) members[i] = value.substr(name_end + 2, end - name_end - 2);
    }
    at = end + 1;
  }
  out.push_back('{');
  for (std::size_t i = 0; i < names.size(); ++i) {
    append_name(out, names[i]);
    out.append(members[i].empty() ? "null" : members[i]);
  }
  out.push_back('}');
}

}  // namespace

void append_listed_user(std::string& out, const PropertyValues& values,
                        const Selection& selection) {
  out.push_back('{');
  for (const PropertyNumber property : selection.properties) {
    append_name(out, property_name(property));
    const std::string_view value = values[property];
    if (value.empty() || value == "null") {
      out.append(empty_value(property));
    } else if (property == kExtensionAttributes) {
      append_all_extensions(out, value);
    } else {
      out.append(value);
    }
  }
  out.push_back('}');
}

void append_delta_user(std::string& out, const PropertyValues& values, const Selection& selection,
                       PropertyMask shown) {
  out.push_back('{');
  for (const PropertyNumber property : selection.properties) {
    if (property == kId || values[property].empty() || (shown & bit_of(property)) == 0) continue;
    append_name(out, property_name(property));
    out.append(values[property]);
  }
  append_name(out, "id");
  out.append(values[kId]).push_back('}');
}

void append_removed_user(std::string& out, UserId id, std::string_view reason) {
  out.append("{\"id\":\"");
  append_id(out, id);
  out.append("\",\"@removed\":{\"reason\":\"").append(reason).append("\"}}");
}

std::string page_context(std::string_view service, const Selection& selection) {
  std::string text(service);
  text += "/v1.0/$metadata#users";
  if (!selection.explicitly) return text;
  for (const PropertyNumber property : selection.properties) {
    text.append(text.ends_with("#users") ? "(" : ",").append(property_name(property));
  }
  return text + ")";
}

std::string error_body(std::string_view code, std::string_view message, std::string_view request_id,
                       std::string_view client_request_id) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const nlohmann::ordered_json body = {{"error",
                                        {{"code", code},
                                         {"message", message},
                                         {"innerError",
                                          {{"date", date.data()},
                                           {"request-id", request_id},
                                           {"client-request-id", client_request_id}}}}}};
  return body.dump();
}

std::string http_date(int seconds_from_now) {
  const std::time_t when = std::time(nullptr) + seconds_from_now;
  std::tm utc{};
  gmtime_r(&when, &utc);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return text.data();
}

}  // namespace trueup::sim
