// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/plan_file.h"

#include "io/bytes/csv.h"
#include "io/files/input_file.h"
#include "io/files/output_file.h"
#include "io/ldif/ldif_writer.h"
#include "snapshots/model/digest.h"
#include "snapshots/model/errors.h"

namespace trueup {
namespace {

constexpr std::string_view kDigestLine = "# digest: ";
constexpr std::size_t kHexDigits = 64;

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& s : list) out += (out.empty() ? "" : " ") + s;
  return out;
}

void append_change(const Change& change, std::string& out) {
  append_ldif_comment(out, "change", std::to_string(change.number));
  append_ldif_comment(out, "anchor", to_base64(change.anchor));
  if (change.object_guid != Anchor{}) {
    append_ldif_comment(out, "objectGUID", to_guid(change.object_guid));
  }
  if (!change.after.empty()) {
    std::string after;
    for (std::uint32_t n : change.after) {
      after += (after.empty() ? "" : " ") + std::to_string(n);
    }
    append_ldif_comment(out, "after", after);
  }
  append_ldif_change(out, change);
}

}  // namespace

std::string options_text(const DiffOptions& options) {
  std::string attributes;
  for (int i = 0; i < kAttributeCount; ++i) {
    if (!options.attributes.contains(attribute_at(i))) continue;
    attributes += (attributes.empty() ? "" : " ") + std::string(traits(attribute_at(i)).name);
  }
  std::string out;
  const auto line = [&](std::string_view key, std::string_view value) {
    out.append(key).append(": ").append(value).append("\n");
  };
  line("scope", to_string(options.scope));
  line("attributes", attributes);
  line("proxy.keep_types", joined(options.keep_types));
  line("proxy.keep_suffixes", joined(options.keep_suffixes));
  line("proxy.drop_types", joined(options.drop_types));
  line("proxy.hide_suffixes", joined(options.hide_suffixes));
  line("address_case", options.exact_address_case ? "exact" : "ignore");
  line("clear_at_first_sight", to_string(options.clear_at_first_sight));
  for (const std::string& base : options.exclude) line("exclude", base);
  line("protect_admin_count", options.protect_admin_count ? "true" : "false");
  line("allow_on_prem_mailboxes", options.allow_on_prem_mailboxes ? "true" : "false");
  return out;
}

void append_directory(const DirectoryIdentity& directory, std::string& header) {
  append_ldif_comment(header, "directory", directory.naming_context);
  if (!directory.head_guid) return;
  append_ldif_comment(header, "directory GUID", to_guid(*directory.head_guid));
}

std::string plan_header(const Plan& plan, const SnapshotDescription& cloud,
                        const SnapshotDescription& ad, const DiffOptions& options,
                        const std::vector<std::string>& unprotected) {
  std::string out;
  append_ldif_version(out);
  append_ldif_comment(out, "trueup-plan", std::to_string(kPlanFormat));
  append_ldif_comment(out, "cloud", cloud.digest);
  append_ldif_comment(out, "ad", ad.digest);
  const std::string options_lines = options_text(options);
  for (std::size_t at = 0; at < options_lines.size();) {
    const std::size_t end = options_lines.find('\n', at);
    append_ldif_comment(out, "", options_lines.substr(at, end - at));
    at = end + 1;
  }
  append_directory(directory_of(ad), out);
  if (!ad.base_dn.empty()) append_ldif_comment(out, "base", ad.base_dn);
  for (const std::string& line : unprotected) append_ldif_comment(out, "", line);
  append_ldif_comment(out, "mailboxes", std::to_string(plan.mailboxes));
  append_ldif_comment(out, "changes", std::to_string(plan.changes.size()));
  return out;
}

std::string write_plan_file(const std::string& path, const std::string& header,
                            const std::vector<std::string>& changes) {
  // The digest stands above the records it covers, so its place is filled in at the end.
  Sha256 digest;
  digest.update(header);
  digest.update("\n");
  OutputFile file(path);
  file.write(header);
  file.write(kDigestLine);
  file.write(std::string(kHexDigits, '0'));
  file.write("\n\n");
  std::string text;
  Change change;
  for (const std::string& encoded : changes) {
    decode(encoded, change);
    text.clear();
    append_change(change, text);
    digest.update(text);
    file.write(text);
  }
  const std::string hex = to_hex(digest.finish());
  file.overwrite(header.size() + kDigestLine.size(), hex);
  file.commit();
  return hex;
}

PlanFileDigest digest_of_plan_file(const std::string& path) {
  PlanFileDigest result;
  Sha256 digest;
  // Cut anywhere: only the first lines are looked at, the rest is hashed.
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  const auto source = open_chunks(
      path, [](std::string_view text) { return text.size(); }, kPiece);
  bool first = true;
  while (auto chunk = source->next()) {
    std::string_view text = chunk->text;
    if (first) {
      first = false;
      const std::size_t at = text.find(kDigestLine);
      const std::size_t end = at == std::string_view::npos ? at : text.find('\n', at);
      if (!text.starts_with("version: 1\n# trueup-plan: ") || end == std::string_view::npos) {
        throw InputError(path + " is not a plan of trueup; name a plan.ldif as it was written");
      }
      result.stated = text.substr(at + kDigestLine.size(), end - at - kDigestLine.size());
      digest.update(text.substr(0, at));
      text.remove_prefix(end + 1);
    }
    digest.update(text);
  }
  result.computed = to_hex(digest.finish());
  return result;
}

void write_rejects(const std::string& path, const std::vector<Rejected>& rejected) {
  OutputFile file(path);
  std::string text;
  append_ldif_version(text);
  text += '\n';
  Change change;
  for (const Rejected& r : rejected) {
    change = {};
    if (!r.change.empty()) decode(r.change, change);
    if (r.hold == Hold::kNone) {
      append_ldif_comment(text, "reason", to_string(r.refusal));
    } else {
      append_ldif_comment(text, "held", to_string(r.hold));
    }
    if (!r.detail.empty()) append_ldif_comment(text, "detail", r.detail);
    if (r.anchor != Anchor{}) append_ldif_comment(text, "anchor", to_base64(r.anchor));
    if (r.hold == Hold::kNone && !change.edits.empty()) {
      append_ldif_change(text, change);
    } else {
      // Held edits, and rejects without any, are comments: nothing here that a tool would apply.
      if (!change.dn.empty()) append_ldif_comment(text, "dn", change.dn);
      for (const Edit& e : change.edits) {
        for (std::string_view v : e.deletes) {
          append_ldif_comment(text, "delete " + std::string(traits(e.attribute).name), v);
        }
        for (std::string_view v : e.adds) {
          append_ldif_comment(text, "add " + std::string(traits(e.attribute).name), v);
        }
      }
      text += '\n';
    }
    file.write(text);
    text.clear();
  }
  file.write(text);
  file.commit();
}

void write_unmatched(const std::string& path, const std::vector<Unmatched>& unmatched,
                     CsvCells how) {
  OutputFile file(path);
  file.write(kCsvBom);
  std::string line;
  const auto write = [&](std::initializer_list<std::string_view> cells) {
    line.clear();
    append_csv_row({cells.begin(), cells.size()}, how, line);
    file.write(line);
  };
  write({"side", "anchor", "id", "name"});
  for (const Unmatched& u : unmatched) {
    write({to_string(u.side), to_base64(u.anchor), u.id, u.name});
  }
  file.commit();
}

}  // namespace trueup
