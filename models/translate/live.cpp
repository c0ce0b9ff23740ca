#include "models/translate/live.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "models/translate/raster_writer.h"

namespace imago {
namespace {

constexpr size_t kRemembered = 64;         // pictures that rates are taken from
constexpr std::chrono::seconds kPause(1);  // without a picture: rates begin anew

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// The smallest of the sorted values that this share of them does not exceed.
double quantile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

}  // namespace

Raster translate_raster(Translator& translator, Raster picture, const TranslateOptions& options,
                        const ProgressCallback& progress) {
  Raster made;
  translator.translate_rows(std::move(picture), options, into_raster(made), progress);
  return made;
}

LiveTranslator::LiveTranslator(Listener listener)
    : listener_(std::move(listener)), thread_([this] { run(); }) {}

LiveTranslator::~LiveTranslator() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LiveTranslator::use(Open open, const LiveOptions& options) {
  {
    const std::lock_guard lock(mutex_);
    source_ = Source{std::move(open), options};
    change_.reset();
  }
  changed_.notify_all();
}

void LiveTranslator::change(const LiveOptions& options) {
  {
    const std::lock_guard lock(mutex_);
    (source_ ? source_->options : change_.emplace()) = options;
  }
  changed_.notify_all();
}

uint64_t LiveTranslator::offer(Raster picture, Clock::time_point at) {
  uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_) ++dropped_;
    number = ++offered_;
    waiting_ = Offered{std::move(picture), number, at};
  }
  changed_.notify_all();
  return number;
}

void LiveTranslator::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
  }
  changed_.notify_all();
}

LiveRates LiveTranslator::rates() const {
  const std::lock_guard lock(mutex_);
  LiveRates rates{.made = made_count_, .dropped = dropped_};
  if (made_.empty()) return rates;
  std::vector<double> latencies;
  for (const Made& made : made_) latencies.push_back(made.latency);
  std::ranges::sort(latencies);
  rates.latency = quantile(latencies, 0.5);
  rates.latency_95 = quantile(latencies, 0.95);
  const double time = seconds(made_.back().at - made_.front().at);
  if (time <= 0) return rates;
  rates.per_second = static_cast<double>(made_.size() - 1) / time;
  if (has_clock_)
    rates.idle_share = std::clamp(1 - (made_.back().busy - made_.front().busy) / time, 0.0, 1.0);
  return rates;
}

void LiveTranslator::forget_rates() {
  const std::lock_guard lock(mutex_);
  made_.clear();
  made_count_ = dropped_ = 0;
}

/// Something that is worth ending a still picture for. Under the lock.
bool LiveTranslator::anything_waits() const {
  return closing_ || source_ || change_ || !work_.empty() || waiting_;
}

/// Until there is something to do; false at the end of it all.
bool LiveTranslator::wait(std::unique_lock<std::mutex>& lock) {
  const auto ready = [this] { return anything_waits(); };
  if (still_at_)
    changed_.wait_until(lock, *still_at_, ready);
  else
    changed_.wait(lock, ready);
  return !closing_ || !work_.empty();
}

void LiveTranslator::run() {
  std::unique_lock lock(mutex_);
  while (wait(lock)) {
    if (change_) {
      take_change();
    } else if (source_) {
      const Source source = std::exchange(source_, std::nullopt).value();
      if (!waiting_ && current_) waiting_ = std::exchange(current_, std::nullopt);
      lock.unlock();
      open(source);
      lock.lock();
    } else if (!work_.empty()) {
      const Work work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      do_work(work);
      lock.lock();
    } else if (waiting_) {
      current_ = std::exchange(waiting_, std::nullopt);
      lock.unlock();
      make_moving();
      lock.lock();
    } else {
      lock.unlock();
      make_still();
      lock.lock();
    }
  }
}

/// One step of the thread, whose errors are told; false where something newer took its place.
template <typename Step>
bool LiveTranslator::guarded(const Step& step) {
  try {
    step();
  } catch (const Cancelled&) {
    return false;
  } catch (const std::exception& error) {
    if (listener_.failed) listener_.failed(error);
  }
  return true;
}

/// Whether a still picture would differ from a moving one.
bool LiveTranslator::takes_still_pictures() const {
  const TranslateOptions &moving = options_.moving, &still = options_.still;
  const int shifts = translator_->info().scale == 1 ? translator_->info().shifts : 1;
  return options_.still_after && (moving.shifts.value_or(shifts) != still.shifts.value_or(shifts) ||
                                  moving.self_ensemble != still.self_ensemble);
}

void LiveTranslator::open(const Source& source) {
  still_at_.reset();
  translator_.reset();  // first, so that two networks never share the device's memory
  guarded([&] {
    translator_.emplace(source.open());
    options_ = source.options;
    forget_rates();
    if (listener_.opened) listener_.opened(*translator_);
  });
}

/// Under the lock.
void LiveTranslator::take_change() {
  options_ = std::exchange(change_, std::nullopt).value();
  if (!waiting_ && current_) waiting_ = std::exchange(current_, std::nullopt);
  made_.clear();
}

void LiveTranslator::do_work(const Work& work) {
  guarded([&] { work(translator_ ? &*translator_ : nullptr); });
}

void LiveTranslator::make_moving() {
  still_at_.reset();
  if (!translator_) return;  // it is made when there is one
  guarded([&] {
    const auto goes_on = [this](const Progress&) {
      const std::lock_guard lock(mutex_);
      return !closing_ && !source_;
    };
    LivePicture made{translate_raster(*translator_, current_->picture, options_.moving, goes_on),
                     current_->number};
    made.latency = seconds(Clock::now() - current_->at);
    made.source = &current_->picture;
    note(made.latency);
    if (takes_still_pictures()) still_at_ = Clock::now() + *options_.still_after;
    if (listener_.made) listener_.made(std::move(made));
  });
}

void LiveTranslator::make_still() {
  still_at_.reset();
  const bool ended = guarded([&] {
    const auto begun = Clock::now();
    const auto goes_on = [this](const Progress&) {
      const std::lock_guard lock(mutex_);
      return !anything_waits();
    };
    LivePicture made{translate_raster(*translator_, current_->picture, options_.still, goes_on),
                     current_->number};
    made.latency = seconds(Clock::now() - begun);
    made.still = true;
    made.source = &current_->picture;
    if (listener_.made) listener_.made(std::move(made));
  });
  if (!ended) still_at_ = Clock::now() + *options_.still_after;
}

void LiveTranslator::note(double latency) {
  const std::optional<double> busy = translator_->busy_seconds();
  const std::lock_guard lock(mutex_);
  has_clock_ = busy.has_value();
  if (!made_.empty() && current_->at - made_.back().at > kPause) made_.clear();
  made_.push_back({Clock::now(), latency, busy.value_or(0)});
  if (made_.size() > kRemembered) made_.pop_front();
  ++made_count_;
}

}  // namespace imago
