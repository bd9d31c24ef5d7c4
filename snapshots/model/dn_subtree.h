// SPDX-License-Identifier: Apache-2.0
// A subtree of a directory as an operator wrote it (exclude, base, lists), against which the DNs of
// the directory are held. Does not change once it is made: all threads may read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "snapshots/model/dn_fold.h"

namespace trueup {

/// An entry and all below it, as an operator named it: by a DN, or by a canonical name such as
/// "contoso.com/Board/Level 2". The latter does not say what types its RDNs have: below the domain
/// every RDN of that value is meant, whatever its type (but for a DC right below the domain, which
/// is another domain). "contoso.com/" is the whole domain. In a canonical name \/ is a slash.
class DnSubtree {
 public:
  /// Throws UsageError if the text is neither: what is wrong, at which character, what to write.
  DnSubtree(std::string_view text, DnFold fold);

  const std::string& text() const { return text_; }  // as written

  /// The DN is the head of this subtree, or below it. A DN that cannot be parsed is in no subtree,
  /// except under kWidest: there it is contained if its text ends like this one's, leniently read.
  bool contains(std::string_view dn) const;
  /// The DN is the head.
  bool names(std::string_view dn) const;
  /// The whole of the other subtree lies in this one, as this one folds. No DN below its domain
  /// covers a canonical name, whose types are not known.
  bool covers(const DnSubtree& other) const;
  /// The head lies below that DN. A DN that cannot be parsed has nothing below it.
  bool is_below(std::string_view dn) const;
  /// ... right below: that DN is the head's parent.
  bool is_directly_below(std::string_view dn) const;

 private:
  /// One RDN of the head.
  struct Rdn {
    enum class Type : std::uint8_t { kGiven, kAny, kAnyButDc };
    Type type = Type::kGiven;
    std::string key;  // without a given type: the value's key

    bool matches(std::string_view rdn_key) const;
    bool covers(const Rdn& other) const;
  };
  enum class Answer : std::uint8_t { kNo, kYes, kUnsure };

  void read_dn(std::string_view dn);
  void read_canonical_name(std::string_view name);
  void add_component(Rdn::Type type, std::string_view value);
  Answer contains_plain(std::string_view dn) const;
  bool matches_below(std::string_view dn, std::size_t rdns_below) const;
  bool contains_leniently(std::string_view dn) const;
  bool is_below(std::string_view dn, bool directly) const;

  std::string text_;
  DnFold fold_;
  std::vector<Rdn> rdns_;     // from the root; never empty
  bool plain_ = true;         // contains_plain() can compare with it
  std::vector<Rdn> lenient_;  // what a DN that cannot be parsed is compared with, from the root
};

}  // namespace trueup
