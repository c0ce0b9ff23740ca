// What networks are before they have learned anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compute/graph/shape.h"

namespace imago {

struct InitialValue;  // compute/graph/graph.h

/// How the weights of convolutions begin; the names and defaults of pytorch-CycleGAN-and-pix2pix.
enum class InitType {
  normal,      // N(0, gain^2)
  xavier,      // N(0, gain^2 * 2 / (fan_in + fan_out)), Glorot & Bengio 2010
  kaiming,     // N(0, 2 / fan_in), He et al. 2015
  orthogonal,  // orthogonal rows or columns times gain, Saxe et al. 2014
  uniform,     // U(-1, 1) / sqrt(fan_in): what PyTorch's layers begin with on their own
};
const char* to_string(InitType type);

struct InitOptions {
  InitType type = InitType::normal;
  float gain = 0.02f;  // normal, xavier, orthogonal; also the deviation of norms' scales from 1
};

/// The values of one parameter: a function of seed and name alone, whatever else there is, and the
/// same on every machine.
std::vector<float> initial_values(const std::string& name, const Shape& shape,
                                  const InitialValue& initial, const InitOptions& options,
                                  uint64_t seed);

}  // namespace imago
