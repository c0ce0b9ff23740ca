#include "models/data/parallel.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/data/support.h"

namespace imago::test {
namespace {

TEST(Parallel, EachOnce) {
  for (const int threads : {1, 3, 50}) {
    std::vector<std::atomic<int>> calls(40);
    in_parallel(calls.size(), threads, [&](size_t i) { ++calls[i]; }, {});
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
  in_parallel(0, 2, [](size_t) { FAIL(); }, {});
}

TEST(Parallel, WhatOneThrowsIsThrownAndNoMoreIsBegun) {
  std::atomic<int> begun = 0;
  const auto work = [&](size_t i) {
    ++begun;
    if (i == 3) throw DataError("no 3");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  EXPECT_EQ(error_of([&] { in_parallel(5000, 2, work, {}); }), "no 3");
  EXPECT_LT(begun, 5000);
}

TEST(Parallel, ProgressMayEndItOrThrow) {
  const auto work = [](size_t) { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  EXPECT_THROW(in_parallel(5000, 2, work, [](double) { return false; }), Cancelled);
  const auto fail = [](double) -> bool { throw DataError("not so"); };
  EXPECT_EQ(error_of([&] { in_parallel(5000, 2, work, fail); }), "not so");
}

}  // namespace
}  // namespace imago::test
