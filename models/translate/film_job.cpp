#include "models/translate/film_job.h"
#include "compute/base/seconds.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <sstream>
#include <thread>

#include "models/translate/bounded_queue.h"
#include "models/translate/raster_writer.h"
#include "models/translate/translate_options.h"
#include "models/video/film.h"
#include "models/video/film_formats.h"

namespace imago {
namespace {

using Clock = std::chrono::steady_clock;
using Frames = BoundedQueue<FilmFrame>;

/// So many frames wait for the network, and as many to be written.
constexpr size_t kWaiting = 3;
/// And so many are on the device (Translator::begin_rows).
constexpr size_t kMostBegun = 2;

/// FNV-1a of the weights: which network a film was begun with.
uint64_t hash_of(const StateDict& weights) {
  uint64_t hash = 14695981039346656037u;
  const auto add = [&](std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) hash = (hash ^ static_cast<uint64_t>(byte)) * 1099511628211u;
  };
  for (const auto& [name, tensor] : weights) {
    add(std::as_bytes(std::span(name)));
    add(std::as_bytes(std::span(tensor.data)));
  }
  return hash;
}

/// All of the network and the options that a frame depends on.
std::string settings_of(const Translator& translator, const TranslateOptions& options) {
  std::ostringstream text;
  text << "model " << translator.info().name << std::hex;
  for (const Generator& network : translator.networks()) text << " " << hash_of(network.weights);
  text << std::dec;
  for (const Option<TranslateOptions>& option : translate_options())
    text << "\n" << option.name << " " << text_of(option, options);
  text << "\ngrey-alpha " << options.grey_alpha;
  return text.str();
}

/// One film: a thread reads frames, this one translates them, another encodes them.
class FilmRun {
 public:
  FilmRun(Translator& translator, const BatchOptions& options, BatchResult& result,
          const std::function<bool(const FilmProgress&)>& progress)
      : translator_(translator),
        options_(options),
        result_(result),
        progress_(progress),
        reader_(open_film(result.job.input, options.limits.max_pixels)),
        writer_(open_film_writer(plan())) {}

  void run() {
    done_ = writer_->frames_kept();
    if (done_ > 0) reader_->skip_beyond(writer_->last_time());
    std::thread reading([&] { read(); });
    std::thread writing([&] { write(); });
    std::exception_ptr failure;
    try {
      translate();
    } catch (...) {
      failure = std::current_exception();
    }
    read_.close();
    written_.close();
    reading.join();
    writing.join();
    add_note(writer_->note());
    add_note(reader_->note());
    if (failure) std::rethrow_exception(failure);
    if (write_failure_) std::rethrow_exception(write_failure_);
    writer_->finish();
    tell(1);
    result_.frames = done_;
    result_.milliseconds = 1000 * network_seconds_;
    result_.whole_milliseconds = 1000 * seconds_since(start_);
  }

 private:
  FilmPlan plan() {
    const FilmInfo& info = reader_->info();
    const OutputSize size =
        output_size(info.width, info.height, options_.translate, translator_.info());
    FilmPlan plan;
    plan.output = result_.job.output;
    plan.source = result_.job.input;
    plan.format = result_.job.format;
    plan.info = info;
    plan.width = static_cast<int>(size.width);
    plan.height = static_cast<int>(size.height);
    plan.alpha = info.alpha || translator_.info().out_channels == 2;
    plan.options = options_.video;
    plan.made_by = "Made with a trained model: Imago " IMAGO_VERSION ", " + translator_.info().name;
    plan.settings = settings_of(translator_, options_.translate);
    result_.width = plan.width;
    result_.height = plan.height;
    return plan;
  }

  void read() {
    try {
      while (std::optional<FilmFrame> frame = reader_->read())
        if (!read_.put(std::move(*frame))) return;
      read_.close();
    } catch (...) {
      read_.fail(std::current_exception());
    }
  }

  void write() {
    try {
      while (const std::optional<FilmFrame> frame = written_.take()) writer_->write(*frame);
    } catch (...) {
      write_failure_ = std::current_exception();
      written_.fail(write_failure_);
    }
  }

  /// A frame on the device.
  struct Begun {
    FilmFrame frame;
    Raster made;
    std::unique_ptr<RowTranslation> rows;
  };

  /// While the device works on a frame, the one before it is put into bytes and the next one into
  /// floats.
  void translate() {
    tell(0);
    while (std::optional<FilmFrame> frame = read_.take()) {
      if (!clock_start_) start_clock();
      if (begun_.size() == kMostBegun) finish_first();
      if (begin(*frame)) continue;
      finish_all();
      of_frame(*frame, [&] { frame->picture = translated(std::move(frame->picture)); });
      deliver(std::move(*frame));
    }
    finish_all();
    stop_clock();
  }

  /// False where it is to be translated by itself.
  bool begin(FilmFrame& frame) {
    if (!overlaps_) return false;
    const auto start = Clock::now();
    auto next = std::make_unique<Begun>();
    of_frame(frame, [&] {
      try {
        next->rows =
            translator_.begin_rows(frame.picture, options_.translate, writer_of(next->made));
      } catch (const OutOfMemory&) {
        // Room for one frame at a time, perhaps in tiles.
      }
    });
    network_seconds_ += seconds_since(start);
    // Those before it may be of another kind.
    overlaps_ = next->rows || !begun_.empty();
    if (!next->rows) return false;
    next->frame = std::move(frame);
    begun_.push_back(std::move(next));
    return true;
  }

  void finish_first() {
    const auto start = Clock::now();
    const std::unique_ptr<Begun> first = std::move(begun_.front());
    begun_.pop_front();
    of_frame(first->frame, [&] {
      translator_.finish_rows(*first->rows,
                              [&](const Progress& now) { return tell(now.fraction); });
    });
    network_seconds_ += seconds_since(start);
    first->frame.picture = std::move(first->made);
    deliver(std::move(first->frame));
  }

  void finish_all() {
    while (!begun_.empty()) finish_first();
  }

  void deliver(FilmFrame frame) {
    written_.put(std::move(frame));
    ++done_;
    tell(0);
  }

  /// Says of which frame an error is, where it is of one.
  template <class Work>
  void of_frame(const FilmFrame& frame, const Work& work) {
    try {
      work();
    } catch (const Cancelled&) {
      throw;
    } catch (const OutOfMemory&) {
      throw;
    } catch (const DeviceError&) {
      throw;
    } catch (const Error& error) {
      const double seconds = static_cast<double>(frame.time) * reader_->info().unit.numerator /
                             reader_->info().unit.denominator;
      throw FilmError("the frame at " + film_time(seconds) + ": " + error.what());
    }
  }

  OpenWriter writer_of(Raster& made) {
    return [this, &made](RowLayout layout, const ImageMetadata&) {
      layout.channels = 3;
      layout.alpha = layout.alpha && writer_->holds_alpha();
      layout.bits = std::min(layout.bits, writer_->bits());
      return std::make_unique<RasterWriter>(layout, made);
    };
  }

  Raster translated(Raster picture) {
    const auto start = Clock::now();
    Raster made;
    translator_.translate_rows(std::move(picture), options_.translate, writer_of(made),
                               [&](const Progress& now) { return tell(now.fraction, now.note); });
    network_seconds_ += seconds_since(start);
    return made;
  }

  /// From when the first frame is there; what the network is compiled in counts as idle.
  void start_clock() {
    clock_start_ = Clock::now();
    busy_before_ = translator_.busy_seconds();
  }

  void stop_clock() {
    const std::optional<double> busy = translator_.busy_seconds();
    if (!clock_start_ || !busy || !busy_before_) return;
    const double share = (*busy - *busy_before_) / seconds_since(*clock_start_);
    result_.idle_share = std::clamp(1 - share, 0.0, 1.0);
  }

  /// Throws Cancelled where the caller wants no more. `fraction`: of the frame in work.
  bool tell(double fraction, const std::string& note = {}) {
    if (!progress_) return true;
    FilmProgress now;
    now.note = note;
    now.frame = done_;
    now.frames = std::max(reader_->info().frames, done_);
    const double here = static_cast<double>(done_ - writer_->frames_kept()) + fraction;
    if (reader_->info().frames > 0) {
      const double all = static_cast<double>(now.frames);
      now.fraction = std::min(1.0, (static_cast<double>(done_) + fraction) / all);
      const double elapsed = seconds_since(start_);
      if (here > 0 && elapsed > 0.5) {
        now.frames_per_second = here / elapsed;
        now.seconds_left = std::max(0.0, all - static_cast<double>(done_)) / now.frames_per_second;
      }
    }
    if (!progress_(now)) throw Cancelled();
    return true;
  }

  void add_note(const std::string& text) {
    if (!text.empty()) result_.note += (result_.note.empty() ? "" : "; ") + text;
  }

  Translator& translator_;
  const BatchOptions& options_;
  BatchResult& result_;
  const std::function<bool(const FilmProgress&)>& progress_;
  const std::unique_ptr<FilmReader> reader_;
  const std::unique_ptr<FilmWriter> writer_;
  Frames read_{kWaiting}, written_{kWaiting};
  std::exception_ptr write_failure_;
  std::deque<std::unique_ptr<Begun>> begun_;
  bool overlaps_ = true;
  std::optional<Clock::time_point> clock_start_;
  std::optional<double> busy_before_;
  int64_t done_ = 0;
  double network_seconds_ = 0;
  const Clock::time_point start_ = Clock::now();
};

}  // namespace

bool is_film_job(const BatchJob& job, const BatchOptions& options) {
  if (!is_film_format(job.format)) return false;
  return job.format != "webp" || (!options.one_page && is_moving(job.input));
}

void translate_film(Translator& translator, const BatchOptions& options, BatchResult& result,
                    const std::function<bool(const FilmProgress&)>& progress) {
  FilmRun(translator, options, result, progress).run();
}

}  // namespace imago
