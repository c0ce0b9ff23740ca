#include "models/translate/batch.h"
#include "compute/base/seconds.h"

#include <unistd.h>

#include <chrono>
#include <future>
#include <new>

#include "models/translate/film_job.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
using Status = BatchResult::Status;

/// A result of more pixels than this is complete before the next picture is translated: what a webp
/// of that size needs to be encoded would cost more memory than the overlap is worth.
constexpr int64_t kLargeResult = int64_t{1} << 24;

/// The error's message without the name of the picture, which is told apart from it.
std::string reason_of(const std::exception& error, const fs::path& input) {
  const std::string message = error.what(), prefix = input.string() + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

/// Runs `work` for one picture and turns what it throws into the picture's result.
template <class Work>
void attempt(BatchResult& result, Work work) {
  try {
    work();
    return;
  } catch (const Cancelled&) {
    result.status = Status::cancelled;
    return;
  } catch (const DeviceError& error) {
    result.reason = error.what();
    result.by_device = true;
  } catch (const std::bad_alloc&) {
    result.reason = "not enough memory for a picture of this size";
  } catch (const std::exception& error) {
    result.reason = reason_of(error, result.job.input);
  }
  result.status = Status::failed;
}

/// Fails before the work rather than after it.
void prepare_folder_of(const fs::path& output) {
  const fs::path folder = output.has_parent_path() ? output.parent_path() : ".";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(folder.string() + ": cannot make this folder: " + error.message());
  if (access(folder.c_str(), W_OK) != 0)
    throw Error(folder.string() +
                ": cannot write to this folder: " + std::generic_category().message(errno));
}

/// One run over the jobs. A picture is read while the one before it is on the device, and written
/// while the one after it is.
class BatchRun {
 public:
  BatchRun(const std::vector<BatchJob>& jobs, Translator& translator, const BatchOptions& options)
      : jobs_(jobs),
        translator_(translator),
        options_(options),
        creator_("Imago " IMAGO_VERSION ", " + translator.info().name) {}

  std::vector<BatchResult> run() {
    std::future<Raster> next = read(0);
    for (size_t i = 0; i < jobs_.size(); ++i) {
      std::future<Raster> current = std::move(next);
      if (current.valid()) current.wait();
      next = read(i + 1);
      work_on(i, std::move(current));
    }
    settle_saving();
    return std::move(results_);
  }

 private:
  std::future<Raster> read(size_t index) const {
    if (cancelled_ || index >= jobs_.size() || is_film_job(jobs_[index], options_)) return {};
    return std::async(std::launch::async, [path = jobs_[index].input, limits = options_.limits] {
      return load_raster(path, limits);
    });
  }

  void work_on(size_t index, std::future<Raster> picture) {
    BatchResult result;
    result.job = jobs_[index];
    if (is_film_job(result.job, options_)) return work_on_film(index, result);
    std::unique_ptr<ImageWriter> writer;
    attempt(result, [&] {
      if (!keep_going(index, {})) throw Cancelled();
      prepare_folder_of(result.job.output);
      writer = translate(index, picture.get(), result);
    });
    settle_saving();
    if (result.status != Status::done) return report(std::move(result));

    const bool large = int64_t{result.width} * result.height > kLargeResult;
    saving_result_ = std::move(result);
    saving_ = std::async(std::launch::async,
                         [finished = std::move(writer)]() mutable { finished->finish(); });
    if (large) settle_saving();
  }

  void work_on_film(size_t index, BatchResult& result) {
    settle_saving();
    attempt(result, [&] {
      if (!keep_going(index, {})) throw Cancelled();
      prepare_folder_of(result.job.output);
      translate_film(translator_, options_, result, [&](const FilmProgress& now) {
        if (!cancelled_ && options_.progress) cancelled_ = !options_.progress(progress(index, now));
        return !cancelled_ && is_wanted(index);
      });
    });
    report(std::move(result));
  }

  /// All rows are on their way then; the file is not yet complete.
  std::unique_ptr<ImageWriter> translate(size_t index, Raster picture, BatchResult& result) {
    const BatchJob& job = result.job;
    result.note = picture.note;
    const OutputSize size =
        output_size(picture.width, picture.height, options_.translate, translator_.info());
    check_output_size(job.format, size.width, size.height);
    const auto start = Clock::now();
    if (auto& resolution = picture.metadata.resolution; options_.scale_resolution && resolution) {
      resolution->x *= static_cast<double>(size.width) / picture.width;
      resolution->y *= static_cast<double>(size.height) / picture.height;
    }
    auto writer = translator_.translate_rows(
        std::move(picture), options_.translate,
        [&](const RowLayout& wanted, const ImageMetadata& metadata) {
          return open(job, wanted, metadata);
        },
        [&](const Progress& now) { return keep_going(index, now); });
    result.milliseconds = 1000 * seconds_since(start);
    result.width = writer->layout().width;
    result.height = writer->layout().height;
    return writer;
  }

  std::unique_ptr<ImageWriter> open(const BatchJob& job, const RowLayout& wanted,
                                    const ImageMetadata& metadata) const {
    return in_background(open_image_writer(job.output, stored_layout(job.format, wanted), metadata,
                                           {.format = job.format,
                                            .quality = options_.quality,
                                            .origin = Origin::composite_with_trained_model,
                                            .creator = creator_}));
  }

  void settle_saving() {
    if (!saving_.valid()) return;
    attempt(saving_result_, [&] { saving_.get(); });
    report(std::move(saving_result_));
  }

  void report(BatchResult result) {
    if (options_.finished) options_.finished(result);
    results_.push_back(std::move(result));
  }

  bool keep_going(size_t index, const Progress& now) {
    if (!cancelled_ && options_.progress) cancelled_ = !options_.progress(progress(index, now));
    return !cancelled_ && is_wanted(index);
  }

  bool is_wanted(size_t index) const { return !options_.wanted || options_.wanted(index); }

  BatchProgress progress(size_t index, const Progress& now) const {
    BatchProgress all;
    all.index = index;
    all.total = jobs_.size();
    all.input = jobs_[index].input;
    all.note = now.note;
    all.fraction = (static_cast<double>(index) + now.fraction) / static_cast<double>(jobs_.size());
    if (jobs_.size() == 1)
      all.seconds_left = now.seconds_left;
    else if (const double elapsed = seconds_since(start_); all.fraction > 0 && elapsed > 0.5)
      all.seconds_left = elapsed * (1 - all.fraction) / all.fraction;
    return all;
  }

  BatchProgress progress(size_t index, const FilmProgress& now) const {
    BatchProgress all = progress(index, Progress{now.fraction, now.seconds_left, now.note});
    all.frame = now.frame;
    all.frames = now.frames;
    all.frames_per_second = now.frames_per_second;
    return all;
  }

  const std::vector<BatchJob>& jobs_;
  Translator& translator_;
  const BatchOptions& options_;
  const std::string creator_;
  const Clock::time_point start_ = Clock::now();
  bool cancelled_ = false;
  std::vector<BatchResult> results_;
  BatchResult saving_result_;
  std::future<void> saving_;  // last: its destructor waits for the thread that uses the rest
};

}  // namespace

std::vector<BatchResult> run_batch(const std::vector<BatchJob>& jobs, Translator& translator,
                                   const BatchOptions& options) {
  return BatchRun(jobs, translator, options).run();
}

}  // namespace imago
