// The loss scale of one optimizer, which training in fp16 finds by itself.
#pragma once

#include <cstdint>

namespace imago {

/// Losses are multiplied by `scale` so that their gradients are not lost below fp16's smallest
/// number. It is halved when they go beyond its largest, in a step that then changes nothing, and
/// doubled after kPatience steps without that (Micikevicius et al. 2018, section 3.2; the numbers
/// are those of PyTorch's GradScaler). Always a power of two: multiplying by it rounds nothing.
struct LossScale {
  static constexpr int64_t kPatience = 2000;
  static constexpr float kMost = 0x1p30f;
  /// Below it nothing is left to blame on the scale: what goes beyond fp16 are the values
  /// themselves.
  static constexpr float kLeast = 0x1p-10f;

  float scale = 65536;
  int64_t finite_steps = 0;  // since it was last changed
  int64_t skipped = 0;       // steps that changed nothing, in all

  void after_step(bool finite) {
    if (!finite) {
      scale /= 2;
      finite_steps = 0;
      ++skipped;
    } else if (++finite_steps == kPatience) {
      finite_steps = 0;
      if (scale < kMost) scale *= 2;
    }
  }
  bool operator==(const LossScale&) const = default;
};

}  // namespace imago
