#include "models/data/parallel.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "compute/base/error.h"

namespace imago {
namespace {

/// What the threads share.
struct Shared {
  std::mutex mutex;  // of all below
  std::condition_variable changed;
  size_t next = 0, done = 0;
  int working = 0;  // threads
  bool stop = false;
  std::exception_ptr error;
};

void work_on(Shared& shared, size_t count, const std::function<void(size_t)>& work) {
  std::unique_lock lock(shared.mutex);
  while (!shared.stop && shared.next < count) {
    const size_t index = shared.next++;
    lock.unlock();
    std::exception_ptr error;
    try {
      work(index);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    ++shared.done;
    if (!error) continue;
    if (!shared.error) shared.error = error;
    shared.stop = true;
  }
  --shared.working;
  shared.changed.notify_one();
}

}  // namespace

void in_parallel(size_t count, int threads, const std::function<void(size_t)>& work,
                 const std::function<bool(double)>& progress) {
  Shared shared;
  std::vector<std::thread> workers;
  bool cancelled = false;
  std::unique_lock lock(shared.mutex);
  const size_t wanted = std::min(count, static_cast<size_t>(std::max(1, threads)));
  try {
    for (; workers.size() < wanted; ++shared.working)
      workers.emplace_back([&] { work_on(shared, count, work); });
  } catch (const std::system_error&) {  // the system has no more threads: fewer do it
    if (workers.empty()) throw;
  }
  while (shared.working > 0) {
    shared.changed.wait_for(lock, std::chrono::milliseconds(100));
    if (!progress || shared.stop) continue;
    const double share = static_cast<double>(shared.done) / static_cast<double>(count);
    lock.unlock();
    std::exception_ptr error;
    try {
      cancelled = !progress(share);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error && !shared.error) shared.error = error;
    shared.stop = shared.stop || cancelled || error;
  }
  lock.unlock();
  for (std::thread& worker : workers) worker.join();
  if (shared.error) std::rethrow_exception(shared.error);
  if (cancelled) throw Cancelled();
}

}  // namespace imago
