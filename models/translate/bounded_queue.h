// From one thread to another, a few at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace imago {

/// One thread puts, another takes. Whoever ends first tells the other: by `close`, after which what
/// is in it still comes out, or by `fail`, whose exception comes out of the other's next call.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t most) : most_(most) {}

  /// Waits for room. False: nobody takes any more.
  bool put(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || failure_ || waiting_.size() < most_; });
    if (failure_) std::rethrow_exception(failure_);
    if (closed_) return false;
    waiting_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }

  /// Waits for the next one; none: that was all.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || failure_ || !waiting_.empty(); });
    if (failure_) std::rethrow_exception(failure_);
    if (waiting_.empty()) return std::nullopt;
    std::optional<T> value(std::move(waiting_.front()));
    waiting_.pop_front();
    changed_.notify_all();
    return value;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    changed_.notify_all();
  }

 private:
  const size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> waiting_;
  bool closed_ = false;
  std::exception_ptr failure_;
};

}  // namespace imago
