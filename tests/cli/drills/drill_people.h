// SPDX-License-Identifier: Apache-2.0
// What the people of a DrillTenant are called and where they sit, and the tags of its draws.
#pragma once

#include <array>
#include <cstdint>

namespace trueup::drills {

struct Name {
  const char* shown;
  const char* ascii;
};

inline constexpr std::array<Name, 12> kGivenNames = {{{"Alice", "alice"},
                                                      {"Jürgen", "juergen"},
                                                      {"Carol", "carol"},
                                                      {"Zoë", "zoe"},
                                                      {"Eve", "eve"},
                                                      {"Łukasz", "lukasz"},
                                                      {"Grace", "grace"},
                                                      {"François", "francois"},
                                                      {"Ivan", "ivan"},
                                                      {"美咲", "misaki"},
                                                      {"Ken", "ken"},
                                                      {"Maria", "maria"}}};
inline constexpr std::array<Name, 11> kSurnames = {{{"Smith", "smith"},
                                                    {"Müller", "mueller"},
                                                    {"Jones", "jones"},
                                                    {"Ångström", "angstroem"},
                                                    {"Brown", "brown"},
                                                    {"Núñez", "nunez"},
                                                    {"Taylor", "taylor"},
                                                    {"Øvergård", "oevergaard"},
                                                    {"Lee", "lee"},
                                                    {"田中", "tanaka"},
                                                    {"Walker", "walker"}}};
inline constexpr std::array<const char*, 7> kCities = {"Berlin", "München", "Boston", "São Paulo",
                                                       "Kraków", "Sydney",  "Zürich"};
enum Tag : std::uint64_t { kGuid, kConsistency, kCloudId, kGiven, kSurname, kCity, kAge, kPick };

}  // namespace trueup::drills
