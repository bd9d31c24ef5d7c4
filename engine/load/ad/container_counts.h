// SPDX-License-Identifier: Apache-2.0
// Counts the objects of an AD load by what stands above each. A load has millions of objects below
// a few thousand containers, so that whatever is asked of a DN (is it below the base?) is asked of
// the container, once. One a thread; merged by the loader.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "snapshots/model/dn_subtree.h"
#include "snapshots/store/containers.h"

namespace trueup {

class ContainerCounts {
 public:
  struct Entry {
    Container container;
    bool in_base = true;         // it, and so all below it
    bool may_hold_base = false;  // the base is one single object right below it, if any
  };

  /// `base`: what mailboxes are taken from; nullptr: all. It must outlive this.
  explicit ContainerCounts(const DnSubtree* base) : base_(base) {}

  /// What stands above the object, good as long as this. A DN without a parent is its own.
  Entry& above(std::string_view dn);
  /// A container that was seen itself, and may be empty.
  void see(std::string_view dn) { of(dn); }
  bool in_base(const Entry& above, std::string_view dn) const {
    return above.in_base || (above.may_hold_base && base_->contains(dn));
  }

  const std::deque<Entry>& entries() const { return entries_; }

 private:
  Entry& of(std::string_view dn);

  const DnSubtree* base_;
  std::deque<Entry> entries_;
  std::unordered_map<std::string_view, Entry*> by_dn_;  // keys are in entries_
  Entry* last_ = nullptr;  // exports go container by container, more or less
};

/// The sum of several, by DN.
std::vector<Container> merged(const std::vector<const ContainerCounts*>& parts);

}  // namespace trueup
