#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "models/image/writer.h"

namespace imago {
namespace {

class BackgroundWriter : public ImageWriter {
 public:
  BackgroundWriter(std::unique_ptr<ImageWriter> writer, size_t most_bytes)
      : ImageWriter(writer->layout()),
        writer_(std::move(writer)),
        most_bytes_(most_bytes),
        thread_([this] { work(); }) {}

  ~BackgroundWriter() override {
    {
      const std::lock_guard lock(mutex_);
      given_up_ = true;
      ended_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void write_rows(std::span<const std::byte> rows) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || waiting_bytes_ < most_bytes_; });
    if (failure_) std::rethrow_exception(failure_);
    waiting_.emplace_back(rows.begin(), rows.end());
    waiting_bytes_ += rows.size();
    changed_.notify_all();
  }

  void finish() override {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
    if (failure_) std::rethrow_exception(failure_);
    writer_->finish();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
      if (given_up_ || waiting_.empty()) return;
      const std::vector<std::byte> rows = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      std::exception_ptr failure;
      try {
        writer_->write_rows(rows);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      waiting_bytes_ -= rows.size();
      if (failure) failure_ = failure;
      changed_.notify_all();
      if (failure) return;
    }
  }

  std::unique_ptr<ImageWriter> writer_;
  const size_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<std::byte>> waiting_;
  size_t waiting_bytes_ = 0;
  bool ended_ = false, given_up_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace

std::unique_ptr<ImageWriter> in_background(std::unique_ptr<ImageWriter> writer, size_t most_bytes) {
  return std::make_unique<BackgroundWriter>(std::move(writer), most_bytes);
}

}  // namespace imago
