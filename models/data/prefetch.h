// Batches made ahead of time, so that training does not wait for the disk.
#pragma once

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "models/data/dataset.h"

namespace imago {

/// Worker threads that make the batches of coming steps. The data set must outlive it.
class Prefetcher {
 public:
  static constexpr int kAhead = 4;

  /// The first call of next() gives the batch of `first_step`. `threads` ≥ 1 work on at most
  /// `ahead` ≥ 1 batches that nobody has asked for yet.
  Prefetcher(const Dataset& dataset, int64_t first_step, int threads = 2, int ahead = kAhead);
  /// Waits for batches in work, throws the rest away.
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// Dataset::batch of the next step, in order; what that threw is thrown here, and the call after
  /// goes on with the step after. For one thread at a time.
  Batch next();

 private:
  struct Result {
    Batch batch;
    std::exception_ptr error;
  };

  void work();
  void stop();

  const Dataset& dataset_;
  const int64_t ahead_;
  std::mutex mutex_;  // of all below but the threads
  std::condition_variable room_, ready_;
  std::map<int64_t, Result> results_;
  int64_t wanted_, started_;  // the step next() gives, the step to be made next
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace imago
