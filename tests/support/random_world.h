// SPDX-License-Identifier: Apache-2.0
// Small worlds at random: few names and few values, so that collisions, moves, chains, cycles and
// case-only differences happen all the time.
#pragma once

#include <rapidcheck.h>

#include "engine/compare/diff_options.h"
#include "tests/support/world.h"

namespace trueup::world {

/// Up to `most` mailboxes.
rc::Gen<World> random_world(int most);

/// A world whose AD is a permutation of the cloud's addresses: chains and cycles above all.
rc::Gen<World> random_shuffle(int most);

rc::Gen<DiffOptions> random_options();

// What rapidcheck prints of a case that fails.
void showValue(const World& world, std::ostream& out);

}  // namespace trueup::world
