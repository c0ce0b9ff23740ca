#include "models/training/validate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <system_error>

#include "compute/base/error.h"
#include "models/data/data_options.h"
#include "models/measure/metrics.h"
#include "models/measure/sample_grid.h"
#include "models/training/prepare_classifier.h"
#include "models/training/validate_sounds.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr int kLeastForSsim = 11, kLeastForDistance = 7;
// There is a sheet for every validation: a few megabytes each are enough.
constexpr int64_t kMostSheetRows = 8, kMostSheetPixels = 1 << 21;

/// The input or the target of an example.
struct Half {
  const Shape& shape;
  const std::vector<float>& values;
};

Half input_of(const TrainedGenerator& generator, const Batch& example) {
  if (generator.input == Side::a) return {example.a_shape, example.a};
  return {example.b_shape, example.b};
}

Half target_of(const TrainedGenerator& generator, const Batch& example) {
  if (generator.input == Side::a) return {example.b_shape, example.b};
  return {example.a_shape, example.a};
}

Planes planes_of(const Half& half) {
  Planes planes(static_cast<int>(half.shape.c), static_cast<int>(half.shape.h),
                static_cast<int>(half.shape.w));
  planes.values = half.values;
  return planes;
}

Planes translated(Trainer& trainer, const TrainedGenerator& generator, const Planes& input) {
  return trainer.translate(generator, input, trainer.has_ema());
}

Image image_of(const Planes& planes, float low) {
  return image_from_batch(planes.values, {1, planes.channels, planes.height, planes.width}, 0, low,
                          1);
}

/// Throws DataError if the networks cannot take the example, or if it differs from the others.
void require_fit(const Batch& example, const std::vector<Batch>& others, const Method& method) {
  const auto refuse = [&](const std::string& reason) {
    throw DataError(example.files[0] + ": " + reason);
  };
  for (const TrainedGenerator& generator : method.generators) {
    const ModelInfo& info = generator.architecture.info;
    const Shape& shape = input_of(generator, example).shape;
    if (shape.h % info.multiple != 0 || shape.w % info.multiple != 0 ||
        std::min(shape.h, shape.w) < info.minimum)
      refuse(std::to_string(shape.w) + "x" + std::to_string(shape.h) + " pixels, where " +
             info.architecture + " takes multiples of " + std::to_string(info.multiple) +
             " and at least " + std::to_string(info.minimum));
  }
  if (!others.empty() &&
      (example.a_shape != others[0].a_shape || example.b_shape != others[0].b_shape))
    refuse("another size than " + others[0].files[0]);
}

/// Photos of a phase without a folder would be taken from the data root itself, where the training
/// pictures are. Cameras, and pictures that are held out, have phases without folders; A and B in
/// folders of their own have no others.
bool has_phase(const DataOptions& data) {
  if (data.kind == DataKind::cameras || (data.held_out > 0 && data.phase == "val")) return true;
  std::error_code ignored;
  return data.dataroot_b.empty() &&
         fs::is_directory(data.dataroot / (data.phase + (has_two_folders(data.kind) ? "A" : "")),
                          ignored);
}

DataOptions validation_data(const TrainingRequest& request) {
  DataOptions data = request.data;
  data.batch_size = 1;
  data.cache_bytes = 0;  // every picture is read once
  if (data.kind != DataKind::photos) return data;
  data.preprocess = Preprocess::crop;
  data.crop_size *= 2;
  return data;
}

/// Results are compared with their targets as sets.
bool is_unpaired(DataKind kind) { return kind == DataKind::unaligned || kind == DataKind::samples; }

/// The inputs are random numbers.
bool is_sampled(DataKind kind) { return kind == DataKind::samples || kind == DataKind::sounds; }

/// By which the best is told, and whether the least of it is.
struct Judgement {
  const char* metric;
  bool least;
};
Judgement judgement_of(DataKind kind) {
  if (kind == DataKind::table) return {"marginals", true};
  if (kind == DataKind::sounds) return {"spectrum", true};
  return is_unpaired(kind) ? Judgement{"swd", true} : Judgement{"psnr", false};
}

double number(const NamedNumbers& numbers, const std::string& name) {
  for (const auto& [known, value] : numbers)
    if (known == name) return value;
  return std::nan("");
}

std::string count_of(int64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + (count == 1 ? one : many);
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

Validator::Validator(const TrainingRequest& request, const Method& method)
    : kind_(request.data.kind), rate_(request.data.rate), scale_(request.data.scale) {
  if (request.method == kClassifier) {
    source_ = classifier_.emplace(request).source();
    return;
  }
  if (kind_ == DataKind::table) {
    source_ = rows_.emplace(request).source();
    return;
  }
  const int64_t most = std::max(request.validation_pictures, 1);
  DataOptions data = validation_data(request);
  std::string unusable;
  columns_ = data.label_names.size();
  for (const std::string phase : {"val", "test"}) {
    data.phase = phase;
    if (is_sampled(kind_) || phase == request.data.phase || !has_phase(data)) continue;
    const std::string problems = choose(data, most, method);
    if (!examples_.empty()) {
      source_ = count_of(pictures(), " picture", " pictures") + " of " + phase + problems;
      return;
    }
    unusable += problems;
  }
  data.phase = request.data.phase;
  const std::string problems = choose(data, most, method);
  if (examples_.empty())
    throw DataError(
        data_folders(data) + ": no picture that validation could use" + problems +
        (data.dataroot_b.empty() ? "; put some into a folder val" : "; add some that it can"));
  if (is_sampled(kind_)) {
    source_ = std::to_string(pictures()) + " samples of latents that stay the same" + problems;
    return;
  }
  source_ = std::to_string(pictures()) +
            " of the training pictures, as there are no others in val or test" + unusable +
            problems;
}

std::string Validator::choose(const DataOptions& data, int64_t most, const Method& method) {
  std::vector<std::string> problems;
  const auto attempt = [&](const auto& action) {
    try {
      action();
    } catch (const DataError& error) {
      problems.push_back(error.what());
    }
  };
  attempt([&] {
    const Dataset dataset(data);
    for (int64_t i = 0; i < std::min(most, dataset.size()); ++i)
      attempt([&] {
        Batch example = dataset.example(i);
        require_fit(example, examples_, method);
        examples_.push_back(std::move(example));
      });
  });
  if (problems.empty()) return "";
  return " (" + std::to_string(problems.size()) + " of " + data.phase +
         " passed over: " + problems[0] + ")";
}

Validator::Results Validator::targets(const Method& method) const {
  Results targets(method.generators.size());
  for (size_t g = 0; g < targets.size(); ++g)
    for (const Batch& example : examples_)
      targets[g].push_back(planes_of(target_of(method.generators[g], example)));
  return targets;
}

NamedNumbers Validator::measure(const Results& results, const Results& targets) const {
  const bool photos = kind_ == DataKind::photos;
  MetricOptions options;
  options.low = photos ? 0 : -1;
  options.luma = photos;
  std::vector<double> decibels, similarities, distances, diversities;
  for (size_t g = 0; g < results.size(); ++g) {
    diversities.push_back(diversity(results[g], targets[g]));
    if (kind_ == DataKind::sounds) continue;
    if (is_unpaired(kind_)) {
      if (std::min(results[g][0].height, results[g][0].width) < kLeastForDistance) continue;
      distances.push_back(
          sliced_wasserstein_distance(results[g], targets[g], {.range = 1 - options.low}));
      continue;
    }
    for (size_t i = 0; i < results[g].size(); ++i) {
      const Planes &made = results[g][i], &target = targets[g][i];
      const int side = std::min(target.height, target.width);
      options.border = photos && side - 2 * scale_ >= kLeastForSsim ? scale_ : 0;
      decibels.push_back(psnr(made, target, options));
      if (side >= kLeastForSsim) similarities.push_back(ssim(made, target, options));
    }
  }
  NamedNumbers metrics;
  if (kind_ == DataKind::sounds)
    metrics.emplace_back("spectrum", spectrum_metric(results[0], targets[0]));
  if (!decibels.empty()) metrics.emplace_back("psnr", mean(decibels));
  if (!similarities.empty()) metrics.emplace_back("ssim", mean(similarities));
  if (!distances.empty()) metrics.emplace_back("swd", mean(distances));
  const char* names[] = {"swd_A", "swd_B"};
  const size_t sides = kind_ == DataKind::unaligned ? std::min<size_t>(distances.size(), 2) : 0;
  for (size_t g = 0; g < sides; ++g) metrics.emplace_back(names[g], distances[g]);
  const double least = *std::ranges::min_element(diversities);
  if (!std::isnan(least)) metrics.emplace_back("diversity", least);
  return metrics;
}

std::vector<std::vector<Image>> Validator::square_of(const std::vector<Planes>& samples) const {
  const auto side = static_cast<size_t>(std::ceil(std::sqrt(samples.size())));
  const size_t columns = columns_ > 0 ? columns_ : side;
  std::vector<std::vector<Image>> rows;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (i % columns == 0) rows.emplace_back();
    rows.back().push_back(image_of(samples[i], -1));
  }
  return rows;
}

std::vector<std::vector<Image>> Validator::table_of(Trainer& trainer,
                                                    const Results& results) const {
  const std::vector<TrainedGenerator>& generators = trainer.method().generators;
  const float low = kind_ == DataKind::photos ? 0.0f : -1.0f;
  const Planes& shown = results[0][0];
  const int64_t row_pixels =
      3 * static_cast<int64_t>(generators.size()) * shown.height * shown.width;
  const int64_t fitting = std::clamp<int64_t>(kMostSheetPixels / row_pixels, 2, kMostSheetRows);
  std::vector<std::vector<Image>> rows;
  for (size_t i = 0; i < static_cast<size_t>(std::min(fitting, pictures())); ++i) {
    std::vector<Image>& row = rows.emplace_back();
    for (size_t g = 0; g < generators.size(); ++g) {
      row.push_back(image_of(planes_of(input_of(generators[g], examples_[i])), low));
      row.push_back(image_of(results[g][i], low));
      const bool two = generators.size() == 2;
      row.push_back(image_of(two ? translated(trainer, generators[1 - g], results[g][i])
                                 : planes_of(target_of(generators[g], examples_[i])),
                             low));
    }
  }
  return rows;
}

void Validator::save_sheet(Trainer& trainer, const Results& results, const fs::path& path) const {
  std::vector<std::string> columns = {"input", "output", "target"};
  if (results.size() == 2) columns = {"A", "fake B", "back to A", "B", "fake A", "back to B"};
  if (kind_ == DataKind::samples) columns.clear();
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) throw Error(path.parent_path().string() + ": cannot be made: " + error.message());
  if (kind_ == DataKind::sounds) {
    save_sounds(results[0], rate_, std::filesystem::path(path).replace_extension(".wav"));
    return save_spectrograms(results[0], targets(trainer.method())[0], path);
  }
  save_sample_grid(kind_ == DataKind::samples ? square_of(results[0]) : table_of(trainer, results),
                   columns, path);
}

bool Validator::is_best(const NamedNumbers& metrics) {
  const auto [metric, least] = classifier_ ? Judgement{"accuracy", false} : judgement_of(kind_);
  const double value = number(metrics, metric);
  if (std::isnan(value)) return false;
  if (best_ && (least ? value >= *best_ : value <= *best_)) return false;
  best_ = value;
  return true;
}

ValidationRecord Validator::run(Trainer& trainer, int64_t step, int epoch,
                                const RunFolder& folder) {
  if (rows_) {
    ValidationRecord record = rows_->run(trainer, step, epoch, folder);
    record.best = is_best(record.metrics);
    return record;
  }
  if (classifier_) {
    ValidationRecord record = classifier_->run(trainer, step, epoch, folder);
    record.best = is_best(record.metrics);
    return record;
  }
  const Method& method = trainer.method();
  Results results(method.generators.size());
  for (size_t g = 0; g < results.size(); ++g)
    for (const Batch& example : examples_)
      results[g].push_back(translated(trainer, method.generators[g],
                                      planes_of(input_of(method.generators[g], example))));
  char name[32];
  std::snprintf(name, sizeof(name), "step_%08lld.png", static_cast<long long>(step));
  save_sheet(trainer, results, folder.samples() / name);
  ValidationRecord record;
  record.step = step;
  record.epoch = epoch;
  record.metrics = measure(results, targets(method));
  record.sample = folder.samples().filename() / name;
  record.best = is_best(record.metrics);
  return record;
}

}  // namespace imago
