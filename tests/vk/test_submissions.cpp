// Long work is cut into submissions, and that changes nothing but how often one can look up.
#include <gtest/gtest.h>

#include <algorithm>

#include "compute/vk/program.h"
#include "compute/vk/queue_family.h"
#include "models/networks/unet.h"
#include "tests/translate/support.h"
#include "tests/vk/faulty_vulkan.h"

namespace imago {
namespace {

struct Result {
  std::vector<float> output;
  std::vector<double> progress;
  size_t dispatches = 0;
  int64_t submissions = 0;
};

Result run(const Generator& generator, double submission_seconds, int stop_after = -1) {
  DeviceOptions options;
  options.get_instance_proc_addr = faulty_get_instance_proc_addr();
  options.submission_seconds = submission_seconds;
  Device device("", options);
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : generator.weights) entries.push_back({name, tensor.to_float()});
  const Parameters parameters(device, entries);
  Graph graph;
  graph.output("y", generator.build(graph, graph.input("x", {1, 3, 64, 64}), {}));
  Program program(device, make_plan(graph, device.properties()), parameters);
  const std::vector<float> picture = noise(64, 64).pixels;
  std::copy(picture.begin(), picture.end(), program.input("x").begin());

  Result result;
  result.dispatches = program.plan().dispatches.size();
  if (stop_after >= 0) {
    int calls = 0;
    EXPECT_THROW(program.run({}, [&](double) { return ++calls <= stop_after; }), Cancelled);
    EXPECT_EQ(calls, stop_after + 1);
  }
  program.poison();
  set_faults({});
  program.run({}, [&](double share) {
    result.progress.push_back(share);
    return true;
  });
  result.submissions = observed().submissions;
  const std::span<const float> output = program.output("y");
  result.output.assign(output.begin(), output.end());
  return result;
}

TEST(Submissions, AreCutByTheirCostAndChangeNothing) {
  const Generator generator = with_weights(unet_generator({.features = 4, .depth = 5}));
  const Result whole = run(generator, 1e9);
  EXPECT_EQ(whole.submissions, 1);
  EXPECT_EQ(whole.progress, std::vector<double>{1.0});
  ASSERT_GT(whole.dispatches, 10u);

  const Result each = run(generator, 0);
  EXPECT_EQ(each.submissions, static_cast<int64_t>(each.dispatches));
  EXPECT_EQ(each.progress.size(), each.dispatches);
  EXPECT_TRUE(std::is_sorted(each.progress.begin(), each.progress.end()));
  EXPECT_GT(each.progress.front(), 0);
  EXPECT_DOUBLE_EQ(each.progress.back(), 1);
  EXPECT_EQ(each.output, whole.output);

  const Result some = run(generator, 1e-4);
  EXPECT_GT(some.submissions, 1);
  EXPECT_LT(some.submissions, each.submissions);
  EXPECT_EQ(some.output, whole.output);
}

/// Two runs at once by two slots give what each gives alone, to the bit.
TEST(Submissions, SlotsGiveTheBitsOfARunAlone) {
  const Generator generator = with_weights(unet_generator({.features = 4, .depth = 5}));
  DeviceOptions options;
  options.submission_seconds = 1e-4;  // several submissions a run
  Device device("", options);
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : generator.weights) entries.push_back({name, tensor.to_float()});
  const Parameters parameters(device, entries);
  Graph graph;
  graph.output("y", generator.build(graph, graph.input("x", {1, 3, 64, 64}), {}));
  Program program(device, make_plan(graph, device.properties()), parameters);
  ASSERT_GT(program.submissions(), 1u);

  const auto give = [&](int picture, int slot) {
    std::vector<float> pixels = noise(64, 64).pixels;
    std::rotate(pixels.begin(), pixels.begin() + 500 * picture, pixels.end());
    std::copy(pixels.begin(), pixels.end(), program.input("x", slot).begin());
  };
  const auto taken = [&](int slot) {
    const std::span<const float> output = program.output("y", slot);
    return std::vector<float>(output.begin(), output.end());
  };
  std::vector<std::vector<float>> alone;
  for (int picture = 0; picture < 6; ++picture) {
    give(picture, 0);
    program.run();
    alone.push_back(taken(0));
  }
  EXPECT_NE(alone[0], alone[1]);

  give(0, 0);
  program.submit(0);
  for (int picture = 0; picture < 6; ++picture) {
    const int slot = picture % Program::kSlots, next = (picture + 1) % Program::kSlots;
    if (picture + 1 < 6) {
      give(picture + 1, next);
      program.submit(next);
    }
    program.wait(slot);
    EXPECT_EQ(taken(slot), alone[static_cast<size_t>(picture)]) << picture;
  }
  EXPECT_THROW(program.input("x", Program::kSlots), Error);
}

TEST(Submissions, AProgramMayGoWhileItsSlotsAreUnderWay) {
  const Generator generator = with_weights(unet_generator({.features = 4, .depth = 5}));
  Device device("", {});
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : generator.weights) entries.push_back({name, tensor.to_float()});
  const Parameters parameters(device, entries);
  Graph graph;
  graph.output("y", generator.build(graph, graph.input("x", {1, 3, 64, 64}), {}));
  Program program(device, make_plan(graph, device.properties()), parameters);
  program.input("x", 1);
  program.submit(0);
  program.submit(1);
  EXPECT_THROW(program.submit(1), Error);
}

TEST(Memory, UsedAndPeakAreWhatTheDriverWasAskedFor) {
  DeviceOptions options;
  options.get_instance_proc_addr = faulty_get_instance_proc_addr();
  Device device("", options);
  set_faults({});
  ASSERT_EQ(observed().memory, 0u);
  EXPECT_EQ(device.used_memory(), 0u);
  {
    const Parameters parameters(device, {{"w", std::vector<float>(300000, 0.5f)}});
    EXPECT_EQ(device.used_memory(), observed().memory);
    EXPECT_GE(device.used_memory(), 1'200'000u);
    EXPECT_GE(device.peak_memory(), 2'400'000u);  // they came in one piece
    EXPECT_EQ(device.peak_memory(), observed().most_memory);
    device.reset_peak_memory();
    EXPECT_EQ(device.peak_memory(), device.used_memory());
    Graph graph;
    const Tensor w = graph.parameter("w", {1, 3, 250, 400});
    graph.output("y", square(tanh(w * graph.input("x", {1, 3, 1, 1})) + w));
    const uint64_t before = device.used_memory();
    Program program(device, make_plan(graph, device.properties()), parameters);
    EXPECT_EQ(device.used_memory() - before, static_cast<uint64_t>(program.memory_bytes()));
    EXPECT_EQ(program.memory_bytes(), memory_of(program.plan()).total());
    Program moved = std::move(program);
    moved.run();
    EXPECT_EQ(device.used_memory(), observed().memory);
    parameters.read("w");
    EXPECT_EQ(device.peak_memory(), observed().most_memory);
  }
  EXPECT_EQ(device.used_memory(), 0u);
  EXPECT_EQ(observed().memory, 0u);
}

TEST(Submissions, GoToAQueueThatDoesNotDrawWhereThereIsOne) {
  constexpr uint32_t kDraws = VK_QUEUE_GRAPHICS_BIT, kComputes = VK_QUEUE_COMPUTE_BIT,
                     kCopies = VK_QUEUE_TRANSFER_BIT;
  EXPECT_EQ(best_compute_family({kDraws | kComputes, kCopies, kComputes | kCopies}), 2u);
  EXPECT_EQ(best_compute_family({kComputes, kDraws | kComputes}), 0u);
  EXPECT_EQ(best_compute_family({kDraws, kCopies, kDraws | kComputes, kDraws | kComputes}), 2u);
  EXPECT_EQ(best_compute_family({kDraws, kCopies}), std::nullopt);
  EXPECT_EQ(best_compute_family({}), std::nullopt);
}

TEST(Submissions, CanBeCancelledBetweenAndRunAgain) {
  const Generator generator = with_weights(unet_generator({.features = 4, .depth = 5}));
  const Result whole = run(generator, 1e9);
  for (const int stop_after : {0, 1, 7})
    EXPECT_EQ(run(generator, 0, stop_after).output, whole.output);
}

}  // namespace
}  // namespace imago
