// SPDX-License-Identifier: Apache-2.0
#include "io/http/service_url.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <utility>

#include "snapshots/model/errors.h"

namespace trueup {
namespace {

using Handle = std::unique_ptr<CURLU, void (*)(CURLU*)>;

std::string part(const Handle& handle, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle.get(), what, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, void (*)(void*)> owner(text, curl_free);
  return text;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool starts_with_any_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

/// The length of the name, up to its value, if a value that is to be hidden starts here.
std::size_t secret_name(std::string_view text) {
  constexpr std::array<std::string_view, 6> kNames = {
      "skiptoken=",    "deltatoken=",    "skiptoken%3d",
      "deltatoken%3d", "client_secret=", "client_assertion="};
  for (const std::string_view name : kNames) {
    if (starts_with_any_case(text, name)) return name.size();
  }
  return 0;
}

bool ends_value(char c) {
  return c == '&' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\' || c == '#' ||
         static_cast<unsigned char>(c) <= ' ';
}

}  // namespace

ServiceUrl parse_service_url(const std::string& url) {
  const Handle handle(curl_url(), curl_url_cleanup);
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_URLENCODE);
  const std::string shown = without_tokens(url);
  if (code != CURLUE_OK) {
    throw UsageError("'" + shown + "' is not a URL: " + curl_url_strerror(code));
  }
  if (part(handle, CURLUPART_SCHEME) != "https") {
    throw UsageError("'" + shown + "' is not an https:// URL");
  }
  ServiceUrl out;
  out.host = lower(part(handle, CURLUPART_HOST));
  const std::string port = part(handle, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
  out.service = "https://" + out.host + (port.empty() || port == "443" ? "" : ":" + port);
  const std::string query = part(handle, CURLUPART_QUERY);
  out.target = part(handle, CURLUPART_PATH) + (query.empty() ? "" : "?" + query);
  if (out.target == "/") out.target.clear();
  out.user = !part(handle, CURLUPART_USER).empty() || !part(handle, CURLUPART_PASSWORD).empty();
  out.url = part(handle, CURLUPART_URL);
  return out;
}

std::string service_of(const std::string& url) { return parse_service_url(url).service; }

std::string_view login_service_of(std::string_view graph_host) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kClouds = {{
      {"graph.microsoft.com", "https://login.microsoftonline.com"},
      {"graph.microsoft.us", "https://login.microsoftonline.us"},
      {"dod-graph.microsoft.us", "https://login.microsoftonline.us"},
      {"microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
  }};
  for (const auto& [graph, login] : kClouds) {
    if (graph == graph_host) return login;
  }
  return {};
}

std::string without_tokens(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (const std::size_t name = secret_name(rest); name != 0) {
      out += rest.substr(0, name);
      out += "...";
      i += name;
      while (i < text.size() && !ends_value(text[i])) ++i;
    } else if (rest.starts_with("eyJ")) {  // {" in base64url: how each JSON web token begins
      out += "...";
      while (i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 ||
                                 text[i] == '-' || text[i] == '_' || text[i] == '.')) {
        ++i;
      }
    } else {
      out += text[i++];
    }
  }
  return out;
}

}  // namespace trueup
