// The small generators that tests/fixtures/make_models.py wrote.
#pragma once

#include <string>
#include <vector>

#include "compute/graph/shape.h"
#include "models/checkpoint/state_dict.h"

namespace imago {

struct Fixture {
  StateDict weights;
  Shape input;
  int output_step = 1;              // every so many rows and columns of the output are in the file
  int64_t parameters = 0;           // as PyTorch counts them
  std::vector<float> output;        // with running statistics
  std::vector<float> output_batch;  // with the picture's; empty where that is the same
};

/// Every fixture there is, by file stem.
std::vector<std::string> fixture_names();
Fixture load_fixture(const std::string& name);

/// The picture all fixtures were run on: noise in [low, 1].
std::vector<float> picture(const Shape& shape, float low);

}  // namespace imago
