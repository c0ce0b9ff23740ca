// To be told, and to be able to cancel, while kernels are measured (vk/tune.h).
#pragma once

#include <functional>

namespace imago {

/// While it lives, it is told of each kernel that this thread is about to choose by measurement,
/// some tenths of a second each. What `told` throws, such as Cancelled, ends the call that needed
/// the kernel. Of several on a thread the last one is told.
class TuningWatch {
 public:
  using Told = std::function<void(int chosen, int of)>;
  explicit TuningWatch(Told told);
  ~TuningWatch();
  TuningWatch(const TuningWatch&) = delete;
  TuningWatch& operator=(const TuningWatch&) = delete;

  /// For who measures: so many of so many are chosen.
  static void tell(int chosen, int of);

 private:
  Told told_;
  TuningWatch* before_;  // the one that was told until now
};

}  // namespace imago
