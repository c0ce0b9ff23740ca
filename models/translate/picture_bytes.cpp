#include "models/translate/picture_bytes.h"

#include <bit>
#include <cstdint>
#include <limits>

#include "models/translate/planes.h"
#include "models/translate/raster_writer.h"
#include "models/translate/row_assembler.h"

namespace imago {
namespace {

constexpr int kBytes = 256;

/// All bytes, as a grey picture.
Raster all_bytes() {
  Raster raster{kBytes, 1, 1, false, 8, {}, {}, {}};
  for (int value = 0; value < kBytes; ++value)
    raster.samples.push_back(static_cast<std::byte>(value));
  return raster;
}

/// Integers that grow as floats do, and back.
int64_t rank_of(float value) {
  const auto bits = std::bit_cast<int32_t>(value);
  return bits < 0 ? int64_t{std::numeric_limits<int32_t>::min()} - bits : bits;
}
float of_rank(int64_t rank) {
  const int64_t bits = rank < 0 ? int64_t{std::numeric_limits<int32_t>::min()} - rank : rank;
  return std::bit_cast<float>(static_cast<int32_t>(bits));
}

/// The bytes of a row of values of a network's result.
std::vector<std::byte> bytes_of(const Planes& values, const ModelInfo& info) {
  Raster made;
  RasterWriter writer({values.width, 1, 1, false, 8}, made);
  RowAssembler rows(writer, info, nullptr, false);
  rows.add({0, 0, values, 1});
  rows.finish();
  return made.samples;
}

std::vector<float> levels_of(const ModelInfo& info, int samples) {
  const Raster raster = all_bytes();
  const bool weighed = info.in_channels == 1 && samples >= 3;
  ModelInfo grey = info;
  grey.in_channels = 1;
  if (weighed) {
    grey.input_low = 0;
    grey.input_high = 1;
  }
  std::vector<float> levels(kBytes);
  reader_of(raster, grey).read(0, 0, 0, kBytes, levels.data());
  if (!weighed) return levels;
  std::vector<float> of_all;
  for (const float red : levels) of_all.push_back(luma_of(red, 0, 0));
  for (const float green : levels) of_all.push_back(luma_of(0, green, 0));
  for (const float blue : levels) of_all.push_back(luma_of(0, 0, blue));
  return of_all;
}

std::vector<float> thresholds_of(const ModelInfo& info) {
  // Between these two the byte becomes k or more; halved until they are neighbours.
  std::vector<int64_t> below(kBytes, rank_of(info.input_low)),
      from(kBytes, rank_of(info.input_high));
  Planes middle(1, 1, kBytes);
  for (int halving = 0; halving < 33; ++halving) {
    for (size_t k = 0; k < kBytes; ++k)
      middle.values[k] = of_rank(below[k] + (from[k] - below[k]) / 2);
    const std::vector<std::byte> made = bytes_of(middle, info);
    for (size_t k = 0; k < kBytes; ++k)
      (std::to_integer<size_t>(made[k]) >= k ? from : below)[k] = rank_of(middle.values[k]);
  }
  std::vector<float> thresholds;
  for (const int64_t rank : from) thresholds.push_back(of_rank(rank));
  return thresholds;
}

}  // namespace

const std::vector<float>& ByteTables::levels(int samples) {
  std::vector<float>& levels = levels_[samples];
  if (levels.empty()) levels = levels_of(info_, samples);
  return levels;
}

const std::vector<float>& ByteTables::thresholds() {
  if (thresholds_.empty()) thresholds_ = thresholds_of(info_);
  return thresholds_;
}

}  // namespace imago
