// Pictures that go to the device and come back as bytes. Internal to models/translate.
#pragma once

#include <map>
#include <vector>

#include "models/networks/model_info.h"

namespace imago {

/// How a program takes its picture and gives its result: as floats in planes, or as bytes in
/// pixels.
struct Ports {
  int samples = 0;     // bytes of a pixel that goes in; 0: floats
  bool bytes = false;  // come out; else floats
  bool operator==(const Ports&) const = default;
};

/// What the kernels of compute/ops/bytes.h are told so that they do what reader_of(Raster) and
/// RowAssembler do, bit for bit: made by these, when they are first asked for.
class ByteTables {
 public:
  explicit ByteTables(const ModelInfo& info) : info_(info) {}  // must outlive this

  /// Of pixels of so many bytes: 256, or 3 * 256 where they are weighed to grey.
  const std::vector<float>& levels(int samples);
  const std::vector<float>& thresholds();

 private:
  const ModelInfo& info_;
  std::map<int, std::vector<float>> levels_;
  std::vector<float> thresholds_;
};

}  // namespace imago
