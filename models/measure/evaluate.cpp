#include "models/measure/evaluate.h"

#include <algorithm>

#include "compute/base/error.h"
#include "models/data/picture.h"
#include "models/data/resample.h"
#include "models/measure/classify.h"
#include "models/measure/metrics.h"
#include "models/measure/pictures.h"
#include "models/measure/sample_grid.h"
#include "models/translate/network_runner.h"

namespace imago {
namespace {

/// The picture in the range low…1 of the data.
Planes planes_of(const Image& image, float low) {
  Planes planes(image.channels, image.height, image.width);
  const auto channels = static_cast<size_t>(image.channels);
  const size_t pixels = planes.values.size() / channels;
  for (size_t k = 0; k < planes.values.size(); ++k)
    planes.values[k] = low + (1 - low) * image.pixels[k % pixels * channels + k / pixels];
  return planes;
}

/// Enlarged as bicubic does it, which works on 8 bits.
Planes enlarged(const Batch& example) {
  Picture picture(static_cast<int>(example.a_shape.w), static_cast<int>(example.a_shape.h),
                  static_cast<int>(example.a_shape.c));
  const size_t pixels = example.a.size() / static_cast<size_t>(picture.channels);
  const auto channels = static_cast<size_t>(picture.channels);
  for (size_t i = 0; i < example.a.size(); ++i)
    picture.values[i % pixels * channels + i / pixels] =
        static_cast<uint8_t>(std::clamp(example.a[i] * 255 + 0.5f, 0.0f, 255.0f));
  const Picture large = resize_bicubic(picture, static_cast<int>(example.b_shape.w),
                                       static_cast<int>(example.b_shape.h));
  Planes planes(picture.channels, large.height, large.width);
  const size_t large_pixels = planes.values.size() / channels;
  for (size_t i = 0; i < planes.values.size(); ++i)
    planes.values[i] = large.values[i % large_pixels * channels + i / large_pixels] / 255.0f;
  return planes;
}

/// The example's input in as many channels as its target has.
Planes input_of(const Batch& example) {
  Planes input(static_cast<int>(example.b_shape.c), static_cast<int>(example.a_shape.h),
               static_cast<int>(example.a_shape.w));
  const size_t plane = input.values.size() / static_cast<size_t>(input.channels);
  for (size_t i = 0; i < input.values.size(); ++i)
    input.values[i] = example.a[i % plane + (example.a.size() > plane ? i / plane * plane : 0)];
  return input;
}

/// What is known of all targets, and of how they follow from the inputs.
class Statistics {
 public:
  explicit Statistics(const Dataset& dataset) {
    for (int64_t i = 0; i < dataset.size(); ++i) {
      try {
        add(dataset.example(i));
      } catch (const DataError&) {
        // Told where the pictures are measured, if it is one of those.
      }
    }
  }

  Planes mean_colour(const Planes& like) const {
    Planes flat(like.channels, like.height, like.width);
    const size_t plane = flat.values.size() / channels_.size();
    for (size_t k = 0; k < flat.values.size(); ++k)
      flat.values[k] = static_cast<float>(channels_[k / plane].y / pixels_);
    return flat;
  }

  /// Of targets of one size; nothing else has a mean picture.
  bool has_mean_picture(const Planes& like) const {
    return same_size_ && shape_.h == like.height && shape_.w == like.width;
  }
  Planes mean_picture(const Planes& like) const {
    Planes mean(like.channels, like.height, like.width);
    for (size_t k = 0; k < mean.values.size(); ++k)
      mean.values[k] = static_cast<float>(sum_[k] / count_);
    return mean;
  }

  /// The input with each channel's factor and offset.
  Planes fitted(Planes input, float low) const {
    const size_t plane = input.values.size() / channels_.size();
    for (size_t k = 0; k < input.values.size(); ++k) {
      const Channel& c = channels_[k / plane];
      const double variance = c.xx - c.x * c.x / pixels_;
      const double factor = variance > 0 ? (c.xy - c.x * c.y / pixels_) / variance : 0;
      const double value = c.y / pixels_ + factor * (double{input.values[k]} - c.x / pixels_);
      input.values[k] = std::clamp(static_cast<float>(value), low, 1.0f);
    }
    return input;
  }

 private:
  struct Channel {
    double x = 0, y = 0, xx = 0, xy = 0;  // sums; x: input, y: target
  };

  void add(const Batch& example) {
    const auto channels = static_cast<size_t>(example.b_shape.c);
    const size_t plane = example.b.size() / channels;
    channels_.resize(channels);
    if (count_ == 0) shape_ = example.b_shape;
    same_size_ = same_size_ && shape_ == example.b_shape;
    sum_.resize(std::max(sum_.size(), example.b.size()));
    for (size_t k = 0; k < example.b.size(); ++k) {
      channels_[k / plane].y += double{example.b[k]};
      sum_[k] += double{example.b[k]};
    }
    pixels_ += static_cast<double>(plane);
    ++count_;
    if (example.a_shape.h != example.b_shape.h || example.a_shape.w != example.b_shape.w) return;
    const Planes input = input_of(example);
    for (size_t k = 0; k < example.b.size(); ++k) {
      const double x = double{input.values[k]};
      Channel& c = channels_[k / plane];
      c.x += x;
      c.xx += x * x;
      c.xy += x * double{example.b[k]};
    }
  }

  std::vector<Channel> channels_;
  std::vector<double> sum_;  // of the targets
  Shape shape_;              // of the first one
  bool same_size_ = true;
  double pixels_ = 0, count_ = 0;
};

/// One row of the result while it is measured.
class Measurement {
 public:
  Measurement(const MetricOptions& options, bool as_sets) : options_(options), as_sets_(as_sets) {}

  void add(Planes result, const Planes& truth) {
    const Score one = {mean_absolute_error(result, truth, options_), psnr(result, truth, options_),
                       ssim(result, truth, options_)};  // all of them, or it throws
    sum_.absolute_error += one.absolute_error;
    sum_.psnr += one.psnr;
    sum_.ssim += one.ssim;
    ++count_;
    if (as_sets_ && results_.size() < kMostInSets) results_.push_back(std::move(result));
  }

  bool empty() const { return count_ == 0; }

  Score score(const std::vector<Planes>& truths) const {
    Score score = sum_;
    if (empty()) return score;
    for (double* value : {&score.absolute_error, &score.psnr, &score.ssim}) *value /= count_;
    SlicedWassersteinOptions options;
    options.range = options_.high - options_.low;
    if (as_sets_) score.swd = sliced_wasserstein_distance(results_, truths, options);
    return score;
  }

  static constexpr size_t kMostInSets = 200;

 private:
  MetricOptions options_;
  bool as_sets_;
  Score sum_;
  double count_ = 0;
  std::vector<Planes> results_;
};

/// In [-1, 1].
Planes in_symmetric_range(Planes picture, float low) {
  if (low == 0)
    for (float& value : picture.values) value = 2 * value - 1;
  return picture;
}

/// What a network sees in results, inputs and targets.
class SeenFeatures {
 public:
  SeenFeatures(FeatureNetwork& network, const DataOptions& data, float low)
      : name_(network.name()),
        low_(low),
        labels_(network, data),
        results_(network),
        inputs_(network),
        truths_(network) {}

  void add(const Planes& result, const Planes& input, const Planes& truth,
           const std::string& file) {
    const int label = labels_.of(file);
    results_.add(in_symmetric_range(result, low_), label);
    inputs_.add(in_symmetric_range(input, low_), label);
    truths_.add(in_symmetric_range(truth, low_), label);
  }

  FeatureComparison comparison() {
    return {.network = name_,
            .truths = truths_.features().count(),
            .truths_recognised = truths_.recognised(),
            .results = score_of(results_, truths_),
            .inputs = score_of(inputs_, truths_)};
  }

 private:
  std::string name_;
  float low_;
  KnownLabels labels_;
  FeatureCollector results_, inputs_, truths_;
};

/// Does what concerns one picture. What is wrong with it alone goes to `failures`; `file` is its
/// name as soon as that is known.
template <typename Work>
void attempt(std::vector<std::string>& failures, const std::string& file, const Work& work) {
  const auto named = [&](const Error& error) { failures.push_back(file + ": " + error.what()); };
  try {
    work();
  } catch (const DataError& error) {
    failures.push_back(error.what());  // begins with the file
  } catch (const ImageError& error) {
    named(error);
  } catch (const ShapeError& error) {
    named(error);
  }
}

void check_fit(const Generator& generator, const DataOptions& data) {
  const ModelInfo& info = generator.info;
  if (data.kind == DataKind::photos ? info.scale != data.scale : info.scale != 1)
    throw Error("this network makes pictures " + std::to_string(info.scale) +
                " times as large, the data wants " +
                std::to_string(data.kind == DataKind::photos ? data.scale : 1));
  if (data.kind != DataKind::photos &&
      (info.in_channels != data.input_channels || info.out_channels != data.output_channels))
    throw Error("this network turns " + std::to_string(info.in_channels) + " channels into " +
                std::to_string(info.out_channels) + "; see --input-nc and --output-nc");
}

}  // namespace

Evaluation evaluate_generator(Device& device, const Generator& generator,
                              const EvaluationOptions& options) {
  check_fit(generator, options.data);
  const Dataset dataset(options.data);
  const bool photos = options.data.kind == DataKind::photos;
  const float low = photos ? 0.0f : -1.0f;
  MetricOptions metric;
  metric.low = static_cast<double>(low);
  metric.luma = photos;
  metric.border = photos ? options.data.scale : 0;

  DataOptions known = options.data;
  if (!options.baseline_phase.empty()) known.phase = options.baseline_phase;
  const Statistics statistics(Dataset{known});
  NetworkRunner runner(device, generator);
  Measurement model(metric, !photos), identity = model, mean_colour = model, fitted = model,
                                      mean_picture = model;
  std::vector<Planes> truths;
  std::optional<SeenFeatures> features;
  if (options.features) features.emplace(*options.features, options.data, low);
  std::vector<double> seen_model, seen_identity;  // LPIPS
  std::vector<std::vector<Image>> rows;
  Evaluation evaluation;
  const auto measure = [&](const Batch& example) {
    const Image given = image_from_batch(example.a, example.a_shape, 0, low, 1);
    const Image made = translate_image(runner, given, options.translate);
    const Planes truth = planes_of(example.b_shape, example.b);
    const Planes input = photos ? enlarged(example) : input_of(example);
    const Planes result = planes_of(made, low);
    model.add(result, truth);
    identity.add(input, truth);
    if (features) features->add(result, input, truth, example.files.front());
    mean_colour.add(statistics.mean_colour(truth), truth);
    if (options.lpips) {
      const Planes real = in_symmetric_range(truth, low);
      const auto seen = [&](const Planes& other) {
        return options.lpips->between(in_symmetric_range(other, low), real);
      };
      seen_model.push_back(seen(result));
      seen_identity.push_back(seen(input));
    }
    if (!photos) {
      fitted.add(statistics.fitted(input, low), truth);
      if (statistics.has_mean_picture(truth))
        mean_picture.add(statistics.mean_picture(truth), truth);
      if (truths.size() < Measurement::kMostInSets) truths.push_back(truth);
    }
    ++evaluation.pictures;
    if (std::ssize(rows) < options.samples)
      rows.push_back({given, made, image_from_batch(example.b, example.b_shape, 0, low, 1)});
  };
  for (int64_t i = 0; i < dataset.size(); ++i) {
    std::string file;
    attempt(evaluation.failures, file, [&] {
      const Batch example = dataset.example(i);
      file = (options.data.dataroot / example.files.front()).string();
      measure(example);
    });
  }
  if (evaluation.pictures == 0)
    throw Error("no picture could be measured; the first: " + evaluation.failures.front());
  evaluation.model = model.score(truths);
  evaluation.identity = identity.score(truths);
  evaluation.mean_colour = mean_colour.score(truths);
  if (!fitted.empty()) evaluation.fitted = fitted.score(truths);
  if (!mean_picture.empty()) evaluation.mean_picture = mean_picture.score(truths);
  if (options.lpips)
    evaluation.perceived = {options.lpips->name(), mean_of_samples(seen_model),
                            mean_of_samples(seen_identity)};
  if (features) evaluation.features = features->comparison();
  if (!rows.empty()) save_sample_grid(rows, {"input", "output", "target"}, options.sheet);
  return evaluation;
}

}  // namespace imago
