// Training where the device allocates only little at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "compute/base/error.h"
#include "compute/plan/plan.h"
#include "models/training/memory.h"
#include "models/training/prepare.h"
#include "tests/thorough.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();

/// The plans of the last stage's phases.
std::vector<Plan> plans_of(const TrainingRequest& request, const DeviceProperties& device) {
  const Batch batch = small_batch(request, 0);
  const Method method = prepare(request, batch.a_shape, batch.b_shape).method;
  std::vector<Plan> plans;
  for (const Phase& phase : method.stages.back().phases)
    plans.push_back(make_plan(*phase.graph, device, {.fold_constants = false}));
  return plans;
}

/// What all tensors of a step fit into, in whole pages.
uint64_t largest_tensor(const TrainingRequest& request) {
  constexpr int64_t kPage = 64 << 10;
  int64_t largest = 0;
  for (const Plan& plan : plans_of(request, training_device().properties())) {
    // A concat's parts lie in it, and so does what it is a part of.
    for (const Value& value : plan.values) largest = std::max(largest, value.bytes);
  }
  return static_cast<uint64_t>((largest + kPage - 1) / kPage * kPage);
}

DeviceOptions limited_to(uint64_t allocation) {
  DeviceOptions options;
  options.adapt = [allocation](DeviceProperties& p) { p.max_allocation_bytes = allocation; };
  return options;
}

TEST(Blocks, TrainToTheSameBits) {
  for (const std::string method : {"pix2pix", "cyclegan", "srgan"}) {
    if (method != "pix2pix" && !test::thorough()) continue;
    SCOPED_TRACE(method);
    TrainingRequest request = small_request(method);
    request.generator_features = 16;  // several tensors of more than a page
    Device device("", limited_to(largest_tensor(request)));
    size_t most_blocks = 0;
    for (const Plan& plan : plans_of(request, device.properties()))
      most_blocks = std::max(most_blocks, plan.arena_blocks.size());
    EXPECT_GT(most_blocks, 1u);
    const Outcome whole = train_briefly(request), cut = train_briefly(request, 2, device);
    EXPECT_EQ(cut.losses, whole.losses);
    EXPECT_EQ(cut.first_image, whole.first_image);
    for (const auto& [network, tensors] : whole.networks)
      EXPECT_EQ(cut.weights(network), whole.weights(network)) << network;
  }
}

TEST(Blocks, WhatCannotFitIsToldBefore) {
  TrainingRequest request = small_request("srgan");
  request.generator_features = 16;
  request.data.crop_size = 64;
  DeviceProperties properties = training_device().properties();
  EXPECT_TRUE(fit(request, properties, kAll).fits());

  properties.max_allocation_bytes = largest_tensor(request) / 2;
  const Fit told = fit(request, properties, kAll);
  EXPECT_FALSE(told.fits());
  EXPECT_NE(told.too_large.find("allocates at most"), std::string::npos) << told.too_large;
  Device device("", limited_to(properties.max_allocation_bytes));
  EXPECT_THROW(small_trainer(request, device), OutOfMemory);

  // However much is free, only smaller tensors help.
  std::vector<std::string> changes;
  const TrainingRequest fitting = fit_request(request, properties, kAll, &changes);
  EXPECT_LT(fitting.data.batch_size * fitting.data.crop_size,
            request.data.batch_size * request.data.crop_size);
  EXPECT_FALSE(changes.empty());
  train_briefly(fitting, 1, device);

  properties.max_allocation_bytes = 4096;
  try {
    fit_request(request, properties, kAll, &changes);
    FAIL() << "it cannot fit";
  } catch (const OutOfMemory& error) {
    EXPECT_NE(std::string(error.what()).find("allocates at most"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace imago
