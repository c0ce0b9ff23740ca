#include "models/data/prefetch.h"

#include <algorithm>

namespace imago {

Prefetcher::Prefetcher(const Dataset& dataset, int64_t first_step, int threads, int ahead)
    : dataset_(dataset), ahead_(std::max(1, ahead)), wanted_(first_step), started_(first_step) {
  try {
    for (int i = 0; i < std::max(1, threads); ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {  // the system has no more threads: those that run must not outlive this
    stop();
    throw;
  }
}

Prefetcher::~Prefetcher() { stop(); }

void Prefetcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Prefetcher::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    room_.wait(lock, [this] { return stopping_ || started_ < wanted_ + ahead_; });
    if (stopping_) return;
    const int64_t step = started_++;
    lock.unlock();
    Result result;
    try {
      result.batch = dataset_.batch(step);
    } catch (...) {
      result.error = std::current_exception();
    }
    lock.lock();
    results_.emplace(step, std::move(result));
    ready_.notify_one();
  }
}

Batch Prefetcher::next() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return results_.contains(wanted_); });
  Result result = std::move(results_.extract(wanted_++).mapped());
  lock.unlock();
  room_.notify_all();
  if (result.error) std::rethrow_exception(result.error);
  return std::move(result.batch);
}

}  // namespace imago
