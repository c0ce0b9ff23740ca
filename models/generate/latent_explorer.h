// A latent space on a device of its own, for whoever must not know what a device is (the app).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/image/image.h"
#include "models/networks/generator.h"

namespace imago {

/// Somewhere between two samples, and between two labels where the network has some.
struct LatentPlace {
  uint64_t first = 0, second = 0;  // seeds, as SampleOrder::seed
  double share = 0;                // 0: the first; 1: the second
  int first_label = 0, second_label = 0;
  double label_share = 0;
  float truncation = 0;  // of both samples, as SampleOrder::truncation
};

class LatentExplorer {
 public:
  /// `device`: as Device in compute/vk/device.h takes it. Throws what LatentSpace throws.
  LatentExplorer(Generator generator, const std::string& device);
  ~LatentExplorer();

  const ModelInfo& info() const;
  /// Whether it can be told how far from the mean of w samples may be.
  bool has_styles() const;
  /// Throws as SampleMaker::make.
  Image picture(const LatentPlace& place);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imago
