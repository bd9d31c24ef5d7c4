// SPDX-License-Identifier: Apache-2.0
// A case: inputs as some tool writes them, and what trueup has to make of them. Read from a file
// that ends with "expect" in a folder below tests/cases; the other files there are its inputs.
//
//   # a comment
//   outcome refused, lost-characters      what comes of it, for people
//   like 03-encodings/g-ascii             the inputs are that folder's, with those of this one over
//   it edit exo.json /FROM/TO/               every FROM of that file becomes TO; any delimiter drop
//   exo.json                         the case has no such file write ring.txt /TEXT/ the file is
//   this text utf16le ring.txt, utf16be ring.txt    the file in that encoding, with a BOM with
//   --scope synced                   more arguments, a line each pair exit 3 says REGEX, silent
//   REGEX              what is printed matches, matches not plans REGEX, keeps REGEX plan.ldif
//   matches, matches not; its comments apart rejects REGEX                         rejects.ldif
//   matches
//
// In texts \n \r \t \\ and \xNN mean what they mean in C.
#pragma once

#include <string>
#include <vector>

namespace trueup::cases {

struct Edit {
  enum class Kind { kReplace, kWrite, kDrop, kUtf16Le, kUtf16Be };
  Kind kind = Kind::kReplace;
  std::string file, from, to;
};

struct Case {
  std::string name;  // its folder, and what stands before ".expect"
  std::string outcome;
  std::vector<std::string> folders;  // of inputs, absolute; later ones over earlier ones
  std::vector<Edit> edits;
  std::vector<std::string> arguments;
  int exit_code = 0;
  std::vector<std::string> says, silent, plans, keeps, rejects;
};

/// Of the file `path` below the folder `root`. Throws std::runtime_error, naming file and line.
Case read_case(const std::string& root, const std::string& path);

/// All of them below `root`, by name.
std::vector<Case> all_cases(const std::string& root);

}  // namespace trueup::cases
