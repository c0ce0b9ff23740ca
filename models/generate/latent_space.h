// The space that a sampler's pictures can be moved through: of StyleGAN2 that of w, else that of
// the random numbers themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/generate/generate.h"
#include "models/image/image.h"
#include "models/networks/generator.h"

namespace imago {

class Device;         // compute/vk/device.h
class NetworkRunner;  // models/translate/network_runner.h

using LatentPoint = std::vector<float>;

class LatentSpace {
 public:
  /// Throws Error where the network is no sampler of pictures; OutOfMemory, DeviceError.
  LatentSpace(Device& device, Generator generator);
  ~LatentSpace();

  const Generator& generator() const { return generator_; }
  /// Whether it is that of w, of which each size of detail can have one of its own.
  bool has_styles() const { return mapping_ != nullptr; }
  int size() const;   // of a point
  int slots() const;  // places where a w is used; without styles 1

  /// What the order's picture is made of, truncated as it asks for.
  LatentPoint point(const SampleOrder& order);
  /// The pictures of a point, with a label where the network has some. Throws as SampleMaker::make.
  Image picture(const LatentPoint& point, int label = 0);
  /// One point for each slot; without styles that is one.
  Image picture(const std::vector<LatentPoint>& by_slot, int label = 0);
  /// With so much of each of the network's labels, which add up to 1; without labels any number.
  Image blended(const LatentPoint& point, const std::vector<float>& labels);
  /// The middle: the mean of w as the file has it, or that of 1,024; without styles zeros.
  const LatentPoint& middle();

 private:
  const Generator generator_;
  std::unique_ptr<Generator> mapping_, synthesis_;  // of StyleGAN2
  std::unique_ptr<NetworkRunner> runner_, synthesis_runner_;
  LatentPoint middle_;
};

/// A way between two points: straight, or without styles along the sphere they lie on (Shoemake
/// 1985), as random numbers of another length make other pictures. `share` in [0, 1].
LatentPoint between(const LatentPoint& a, const LatentPoint& b, double share, bool along_sphere);

/// point + step * direction.
LatentPoint moved(LatentPoint point, const LatentPoint& direction, double step);

}  // namespace imago
