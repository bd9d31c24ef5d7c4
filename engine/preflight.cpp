// SPDX-License-Identifier: Apache-2.0
#include "engine/preflight.h"

namespace trueup {

void check_directory(Store&, const RunDescription&, LdapWriter&, ApplyOptions&,
                     std::vector<std::string>&) {}

}  // namespace trueup
