#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/bench.h"
#include "models/library/identify.h"
#include "models/library/registry.h"
#include "models/translate/live.h"

namespace imago {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kSourceEvery(1);  // sooner than any network is through
constexpr std::chrono::seconds kLongest(10);          // of one measurement, two pictures excepted
constexpr int kWarmUp = 2;
constexpr int kFilm = 8;  // pictures that are made beforehand

struct Size {
  int width, height;
};

/// A pattern that moves with `time`.
Raster moving_picture(Size size, int time) {
  Raster picture{size.width, size.height, 3, false, 8, {}, {}, {}};
  picture.samples.reserve(picture.row_bytes() * static_cast<size_t>(size.height));
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (const int value : {x + time, y + 2 * time, (x ^ y) + time})
        picture.samples.push_back(static_cast<std::byte>(value & 255));
  return picture;
}

/// What the thread of the network tells, for the one that waits.
struct Figures {
  std::mutex mutex;
  std::condition_variable changed;
  int made = 0;
  std::string device, error;

  LiveTranslator::Listener listener() {
    const auto tell = [this](const auto& change) {
      {
        const std::lock_guard lock(mutex);
        change();
      }
      changed.notify_all();
    };
    return {.opened = [=, this](const Translator& t) { tell([&] { device = t.device().name; }); },
            .made = [=, this](const LivePicture&) { tell([&] { ++made; }); },
            .failed = [=, this](const std::exception& e) { tell([&] { error = e.what(); }); }};
  }

  /// Until so many are made, or from `end` on at least two.
  void wait_for(int pictures, Clock::time_point end = Clock::time_point::max()) {
    std::unique_lock lock(mutex);
    const int least = std::min(pictures, made + 2);
    const auto enough = [&] { return made >= pictures || !error.empty(); };
    if (end == Clock::time_point::max())
      changed.wait(lock, enough);
    else if (!changed.wait_until(lock, end, enough))
      changed.wait(lock, [&] { return made >= least || !error.empty(); });
    if (!error.empty()) throw Error(error);
  }
};

LiveResult measure(const InstalledModel& model, Size size, const LiveBenchOptions& options) {
  Figures told;
  LiveTranslator live(told.listener());
  live.use([&] { return Translator(load_generator(model.path), options.device); }, {});
  std::vector<Raster> film;
  for (int time = 0; time < kFilm; ++time) film.push_back(moving_picture(size, time));
  std::jthread source([&](const std::stop_token& stop) {
    for (size_t next = 0; !stop.stop_requested(); ++next) {
      live.offer(film[next % film.size()]);
      std::this_thread::sleep_for(kSourceEvery);
    }
  });
  told.wait_for(kWarmUp);
  live.forget_rates();
  told.wait_for(kWarmUp + 1 + options.runs, Clock::now() + kLongest);
  const LiveRates rates = live.rates();
  return {model.name,
          told.device,
          size.width,
          size.height,
          rates.per_second,
          rates.latency * 1e3,
          rates.latency_95 * 1e3,
          rates.idle_share};
}

/// The ones that come with the program, not those that somebody installed beside them, and of them
/// those that translate pictures.
std::vector<InstalledModel> models_of(const LiveBenchOptions& options) {
  if (!options.model.empty()) {
    const std::filesystem::path path = resolve_model(options.model);
    return {{path.stem().string(), path}};
  }
  std::vector<InstalledModel> shipped;
  for (const InstalledModel& model : installed_models())
    if (std::ranges::count(shipped_model_folders(), model.path.parent_path()) > 0 &&
        load_generator(model.path).info.latent == 0)
      shipped.push_back(model);
  if (shipped.empty()) throw Error("no models came with this program: name one with -n");
  return shipped;
}

}  // namespace

std::vector<LiveResult> bench_live(const LiveBenchOptions& options) {
  std::vector<LiveResult> results;
  for (const InstalledModel& model : models_of(options))
    for (const Size size : {Size{256, 256}, Size{512, 288}})
      results.push_back(measure(model, size, options));
  return results;
}

}  // namespace imago
