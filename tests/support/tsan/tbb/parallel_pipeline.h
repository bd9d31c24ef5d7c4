// SPDX-License-Identifier: Apache-2.0
// See tests/support/tsan/tbb/threads.h. A pipeline of two: one after the other out of a source,
// many at a time into a sink.
#pragma once

#include <type_traits>

#include "tests/support/tsan/tbb/threads.h"

namespace tbb {

enum class filter_mode { serial_in_order, parallel };

class flow_control {
 public:
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

 private:
  bool stopped_ = false;
};

template <typename In, typename Out, typename Body>
struct Filter {
  Body body;
};
template <typename In, typename Out, typename Body>
Filter<In, Out, Body> make_filter(filter_mode, const Body& body) {
  return {body};
}

template <typename Source, typename Sink>
struct Pipeline {
  Source source;
  Sink sink;
};
template <typename Item, typename Source, typename Sink>
Pipeline<Source, Sink> operator&(const Filter<void, Item, Source>& source,
                                 const Filter<Item, void, Sink>& sink) {
  return {source.body, sink.body};
}

template <typename Source, typename Sink>
void parallel_pipeline(std::size_t most, const Pipeline<Source, Sink>& pipeline) {
  std::mutex mutex;
  flow_control control;
  on_threads(most, [&] {
    for (;;) {
      std::unique_lock lock(mutex);
      if (control.stopped()) return;
      auto item = [&] {
        try {
          return pipeline.source(control);
        } catch (...) {
          control.stop();
          throw;
        }
      }();
      if (control.stopped()) return;
      lock.unlock();
      pipeline.sink(item);
    }
  });
}

}  // namespace tbb
