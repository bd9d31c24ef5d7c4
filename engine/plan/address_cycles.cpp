// SPDX-License-Identifier: Apache-2.0
// Tarjan's algorithm, with a stack of its own: a chain of moves may be as long as the tenant.
#include "engine/plan/address_cycles.h"

#include <algorithm>

namespace trueup {
namespace {

class Tarjan {
 public:
  explicit Tarjan(const std::vector<AddressEdge>& edges) {
    for (const AddressEdge& e : edges) {
      if (e.cut) continue;
      nodes_.push_back(e.giver);
      nodes_.push_back(e.taker);
    }
    std::sort(nodes_.begin(), nodes_.end());
    nodes_.erase(std::unique(nodes_.begin(), nodes_.end()), nodes_.end());
    for (const AddressEdge& e : edges) {
      if (!e.cut) out_.emplace_back(place(e.giver), place(e.taker));
    }
    std::sort(out_.begin(), out_.end());
    state_.resize(nodes_.size());
  }

  std::vector<std::vector<std::uint32_t>> run() {
    for (std::uint32_t v = 0; v < nodes_.size(); ++v) {
      if (state_[v].index == 0) visit(v);
    }
    std::sort(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  struct State {
    std::uint32_t index = 0;  // 0: not seen
    std::uint32_t low = 0;
    bool on_stack = false;
  };
  struct Frame {
    std::uint32_t node;
    std::size_t next;  // of out_
  };

  std::uint32_t place(std::uint32_t node) const {
    return static_cast<std::uint32_t>(std::lower_bound(nodes_.begin(), nodes_.end(), node) -
                                      nodes_.begin());
  }

  void enter(std::uint32_t v) {
    state_[v] = {++counter_, counter_, true};
    stack_.push_back(v);
    const auto first =
        std::lower_bound(out_.begin(), out_.end(), std::pair<std::uint32_t, std::uint32_t>(v, 0));
    frames_.push_back({v, static_cast<std::size_t>(first - out_.begin())});
  }

  void visit(std::uint32_t root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const std::uint32_t v = frame.node;
      if (frame.next < out_.size() && out_[frame.next].first == v) {
        const std::uint32_t w = out_[frame.next++].second;
        if (state_[w].index == 0) {
          enter(w);
        } else if (state_[w].on_stack) {
          state_[v].low = std::min(state_[v].low, state_[w].index);
        }
        continue;
      }
      frames_.pop_back();
      if (!frames_.empty()) {
        State& parent = state_[frames_.back().node];
        parent.low = std::min(parent.low, state_[v].low);
      }
      if (state_[v].low == state_[v].index) take_component(v);
    }
  }

  void take_component(std::uint32_t v) {
    std::vector<std::uint32_t> members;
    std::uint32_t w = 0;
    do {
      w = stack_.back();
      stack_.pop_back();
      state_[w].on_stack = false;
      members.push_back(nodes_[w]);
    } while (w != v);
    if (members.size() < 2) return;
    std::sort(members.begin(), members.end());
    found_.push_back(std::move(members));
  }

  std::vector<std::uint32_t> nodes_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out_;
  std::vector<State> state_;
  std::vector<std::uint32_t> stack_;
  std::vector<Frame> frames_;
  std::uint32_t counter_ = 0;
  std::vector<std::vector<std::uint32_t>> found_;
};

}  // namespace

std::vector<std::vector<std::uint32_t>> cycles_of(const std::vector<AddressEdge>& edges) {
  return Tarjan(edges).run();
}

}  // namespace trueup
