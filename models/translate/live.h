// Pictures as they come, a drawing under the pen or the frames of a camera, through a network as
// fast as it goes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "models/image/image.h"
#include "models/translate/translator.h"

namespace imago {

struct LiveOptions {
  TranslateOptions moving = {.shifts = 1};  // of pictures that are soon replaced
  /// A picture that nothing newer has replaced for so long is made once more with `still`.
  std::optional<std::chrono::milliseconds> still_after = {};
  TranslateOptions still = {};
};

/// What became of a picture.
struct LivePicture {
  Raster picture;       // 8 bits
  uint64_t number = 0;  // what `offer` returned for it
  double latency = 0;   // seconds from `offer`; of a still one from when it was begun
  bool still = false;
  /// What it was made of, as long as the listener is being told.
  const Raster* source = nullptr;
};

/// What LiveTranslator has done so far; a picture made still is not counted. Times are of the last
/// 64 pictures at most, and of none before a pause of the source.
struct LiveRates {
  int64_t made = 0, dropped = 0;       // offered and replaced by a newer one before its turn
  double per_second = 0;               // 0: not known yet
  double latency = 0, latency_95 = 0;  // seconds: median and 95th percentile
  /// The share of the time in which the device had nothing of this to do.
  std::optional<double> idle_share = {};
};

/// The result with all its rows, in bytes, as `imago translate` writes them.
Raster translate_raster(Translator& translator, Raster picture, const TranslateOptions& options,
                        const ProgressCallback& progress = {});

/// A thread with one network that always takes the newest picture: what comes while it works
/// replaces what waits, and nothing queues.
class LiveTranslator {
 public:
  /// Gives the network; called by the thread, since it takes long.
  using Open = std::function<Translator()>;
  using Work = std::function<void(Translator*)>;  // null: there is no network
  /// All are called by the thread.
  struct Listener {
    std::function<void(const Translator&)> opened = {};
    std::function<void(LivePicture)> made = {};
    /// Why there is no network, or why this picture came to nothing; the next is tried again.
    std::function<void(const std::exception&)> failed = {};
  };

  explicit LiveTranslator(Listener listener);
  /// Ends what is under way at the next chance, does the work that was posted, and waits.
  ~LiveTranslator();
  LiveTranslator(const LiveTranslator&) = delete;
  LiveTranslator& operator=(const LiveTranslator&) = delete;

  // Every function returns at once and may be called by any thread.

  /// From now on this network. The picture offered last is made again with it.
  void use(Open open, const LiveOptions& options);
  /// From now on with these options; the network stays. The picture offered last is made again.
  void change(const LiveOptions& options);
  using Clock = std::chrono::steady_clock;
  /// Numbers count from 1. `at`: from when its latency is counted.
  uint64_t offer(Raster picture, Clock::time_point at = Clock::now());
  /// Something else that takes the network: done in order, before the next picture, never dropped.
  /// What it throws goes to `failed`.
  void post(Work work);

  LiveRates rates() const;
  /// From now on they are counted anew.
  void forget_rates();

 private:
  struct Offered {
    Raster picture;
    uint64_t number = 0;
    Clock::time_point at;
  };
  struct Source {
    Open open;
    LiveOptions options;
  };
  struct Made {
    Clock::time_point at;
    double latency, busy;  // seconds; busy_seconds() when it was made
  };

  void run();
  bool wait(std::unique_lock<std::mutex>& lock);
  bool anything_waits() const;
  void open(const Source& source);
  void take_change();
  void do_work(const Work& work);
  void make_moving();
  void make_still();
  bool takes_still_pictures() const;
  template <typename Step>
  bool guarded(const Step& step);
  void note(double latency);

  const Listener listener_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;            // all down to `dropped_` by the mutex
  std::optional<Offered> waiting_;  // the newest picture, not begun
  std::optional<Source> source_;    // the newest network, not opened
  std::optional<LiveOptions> change_;
  std::deque<Work> work_;
  uint64_t offered_ = 0;
  std::deque<Made> made_;  // the last ones
  int64_t made_count_ = 0, dropped_ = 0;
  bool has_clock_ = true;

  // Of the thread alone.
  std::optional<Translator> translator_;
  LiveOptions options_;
  std::optional<Offered> current_;             // the picture begun last
  std::optional<Clock::time_point> still_at_;  // when it is to be made still

  std::thread thread_;  // last: it ends before anything it uses
};

}  // namespace imago
