// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/commands.h"

#include <array>

namespace trueup {
namespace {

constexpr std::array<Command, 13> kCommandList{{
    {"run", kRun, "the nightly job: load, diff, guard, apply, verify, report", R"(
Examples:
  trueup run --config trueup.toml            everything from the file
  trueup run --config trueup.toml --dry-run  the same without the writes)",
     "", run_command},
    {"plan", kPlan, "load both sides and show what differs; writes nothing to AD", R"(
Examples:
  trueup plan --graph pages/ --exo exo.json --ad export.ldif --out plan.ldif
  trueup plan --graph pages/ --ad export.ldif --scope synced
  trueup plan --graph pages/ --exo exo.json --ad export.ldif --scope list:ring1.txt
plan.ldif is RFC 2849: 'ldapmodify -f plan.ldif' does the same as 'trueup apply'.)",
     "", plan_command},
    {"load", kLoad, "load one side or both into the store", R"(
Examples:
  trueup load --graph pages/ --exo exo.json
  trueup load --ad export.ldif)",
     "", load_command},
    {"diff", kDiff, "compare the newest snapshots in the store and plan", R"(
Example:
  trueup diff --scope synced --out plan.ldif)",
     "", diff_command},
    {"apply", kApply, "write a stored plan to AD and verify it", R"(
Examples:
  trueup apply --ad ldaps://dc1.contoso.com --bind-dn svc@contoso.com --password-file pw
  trueup apply --plan plan.ldif ...       only if plan.ldif is as it was written
  trueup apply --accept DIGEST ...        a plan that a guard stopped, exactly this one, once; its
                                          first 8 digits will do
  trueup apply --resume 12 ...            go on with run 12, which was stopped or killed
  trueup apply --rejects 12 ...           try again what run 12 could not write)",
     "", apply_command},
    {"verify", kVerify, "read back what a run wrote and compare byte for byte", R"(
Examples:
  trueup verify 12 --ad ldaps://dc1.contoso.com --bind-dn svc@contoso.com --password-file pw
  trueup verify --all ...    every mailbox in scope, against AD as it is now)",
     "RUN", verify_command},
    {"undo", kUndo, "take back what a run wrote, as far as it still stands", R"(
Examples:
  trueup undo 12 --dry-run   show it: STORE/runs/N/plan.ldif
  trueup undo 12 --ad ldaps://dc1.contoso.com --bind-dn svc@contoso.com --password-file pw
The next run makes the changes again, unless its scope or the source changes.)",
     "RUN", undo_command},
    {"fetch", kFetch, "read Graph and keep it as a dump, to be loaded later", R"(
Examples:
  trueup fetch --graph https://graph.microsoft.com --tenant contoso.com --client-id ID \
               --secret-file secret --out dump/          all users; goes on if it was cut off
  trueup fetch ... --out dump2/ --follow dump/           what changed since
  trueup load --graph dump/; trueup load --graph-delta dump2/)",
     "", fetch_command},
    {"runs", kRuns, "past runs", R"(
Example:
  trueup runs --store /var/lib/trueup)",
     "", runs_command},
    {"prune", kPrune, "remove old runs and snapshots, as every load does", R"(
Examples:
  trueup prune --dry-run      which would go, and how much that is
  trueup prune --keep-runs 30 --keep-days 30
A run goes if it is neither among the last keep_runs nor younger than keep_days. What did not come
to its end stays, and so does what a later run or a guard needs.)",
     "", prune_command},
    {"show", kShow, "one mailbox on both sides, with the verdict and the reason", R"(
KEY is an address, a GUID (objectGUID or Graph id), a base64 anchor, a DN, a sAMAccountName, a
display name, or a part of a name; of several that answer to it, it lists them.
Examples:
  trueup show alice@contoso.com
  trueup show 'Alice Miller')",
     "KEY", show_command},
    {"dump", kDump, "what a file parses to, as JSON lines", R"(
Example:
  trueup dump export.ldif | head)",
     "FILE", dump_command},
    {"version", 0, "which program this is: version, commit, formats, libraries", R"(
Example:
  trueup version)",
     "", version_command},
}};

}  // namespace

std::span<const Command> all_commands() { return kCommandList; }

}  // namespace trueup
