// A device for short work (Device::for_short_work): lavapipe without threads of its own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>

#include "compute/ops/ops.h"
#include "compute/vk/program.h"

namespace imago {
namespace {

/// Of this process.
int64_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

/// tanh(2 x) of a few numbers.
std::vector<float> result_of(Device& device) {
  Graph graph;
  graph.output("y", tanh(graph.input("x", {1, 1, 1, 1000}) * 2.0f));
  const Parameters none(device, {});
  Program program(device, make_plan(graph, device.properties()), none);
  for (size_t i = 0; i < 1000; ++i) program.input("x")[i] = static_cast<float>(i) / 500 - 1;
  program.run();
  const std::span<const float> y = program.output("y");
  return {y.begin(), y.end()};
}

TEST(ShortWork, ComesOutTheSame) {
  Device device;
  Device& quick = device.for_short_work();
  EXPECT_EQ(&device.for_short_work(), &quick);
  EXPECT_EQ(&quick.for_short_work(), &quick);
  EXPECT_EQ(quick.properties().uuid, device.properties().uuid);
  EXPECT_EQ(result_of(quick), result_of(device));
}

TEST(ShortWork, DISABLED_InAProcessOfItsOwn) {
  const int64_t at_first = threads();
  Device device;
  const int64_t of_a_device = threads() - at_first;
  device.for_short_work();
  const int64_t of_the_second = threads() - at_first - of_a_device;
  EXPECT_LE(of_the_second, of_a_device - 2) << "those that work on dispatches are missing";
  const Device another;
  EXPECT_EQ(threads() - at_first, 2 * of_a_device + of_the_second) << "it has them all again";
}

TEST(ShortWork, HasNoThreadsOfTheDriver) {
  if (Device().properties().driver_name != "llvmpipe")
    GTEST_SKIP() << "this driver is not lavapipe";
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "it has none on one processor";
  // The tests run with LP_NUM_THREADS, which comes before our own choice.
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = "env -u LP_NUM_THREADS '" + self +
                              "' --gtest_also_run_disabled_tests "
                              "--gtest_filter=ShortWork.DISABLED_InAProcessOfItsOwn";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace imago
