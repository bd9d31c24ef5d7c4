// SPDX-License-Identifier: Apache-2.0
#include "io/recipient_type.h"

#include "snapshots/canonical.h"

namespace trueup {
namespace {

struct Row {
  std::string_view name;
  std::string_view number;
  RemoteType remote;
};

constexpr Row kRows[] = {
    {"UserMailbox", "1", {"2147483648", "-2147483642"}},
    {"SharedMailbox", "4", {"34359738368", "-2147483642"}},
    {"RoomMailbox", "16", {"8589934592", "-2147481850"}},
    {"EquipmentMailbox", "32", {"17179869184", "-2147481594"}},
};

}  // namespace

std::optional<RemoteType> remote_type(std::string_view cloud_type) {
  for (const Row& row : kRows) {
    if (cloud_type == row.number || equal_ignoring_ascii_case(cloud_type, row.name)) {
      return row.remote;
    }
  }
  return std::nullopt;
}

}  // namespace trueup
