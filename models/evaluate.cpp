#include "models/evaluate.h"

#include <algorithm>
#include <map>
#include <memory>

#include "compute/error.h"
#include "compute/ops.h"
#include "compute/program.h"
#include "models/data/resample.h"
#include "models/metrics.h"
#include "models/sample_grid.h"

namespace imago {
namespace {

/// The generator on the device, for pictures of any shape.
class Runner {
 public:
  Runner(Device& device, const Generator& generator)
      : device_(device), generator_(generator), parameters_(device, entries(generator)) {}

  /// From and to the range low…1 of the data.
  std::vector<float> run(const Shape& shape, const std::vector<float>& input, float low) {
    std::unique_ptr<Program>& program = programs_[to_string(shape)];
    const ModelInfo& info = generator_.info;
    if (shape.h % info.multiple != 0 || shape.w % info.multiple != 0 ||
        std::min(shape.h, shape.w) < info.minimum)
      throw Error(info.architecture + " takes pictures whose sides are multiples of " +
                  std::to_string(info.multiple) + " and at least " + std::to_string(info.minimum) +
                  ", these are " + std::to_string(shape.w) + "x" + std::to_string(shape.h) +
                  "; change --crop-size");
    const float scale = (1 - info.input_low) / (1 - low);
    if (!program) {
      Graph graph;
      const Tensor x = affine(graph.input("x", shape), scale, info.input_low - low * scale);
      const Tensor y = generator_.build(graph, x, generator_.defaults);
      graph.output("y", affine(y, 1 / scale, low - info.input_low / scale));
      program =
          std::make_unique<Program>(device_, make_plan(graph, device_.properties()), parameters_);
    }
    std::copy(input.begin(), input.end(), program->input("x").begin());
    program->run();
    const std::span<const float> y = program->output("y");
    return {y.begin(), y.end()};
  }

 private:
  static std::vector<Parameters::Entry> entries(const Generator& generator) {
    std::vector<Parameters::Entry> result;
    for (const auto& [name, tensor] : generator.weights)
      result.push_back({name, tensor.to_float()});
    return result;
  }

  Device& device_;
  const Generator& generator_;
  Parameters parameters_;
  std::map<std::string, std::unique_ptr<Program>> programs_;
};

Planes planes_of(const Shape& shape, const std::vector<float>& values) {
  Planes planes(static_cast<int>(shape.c), static_cast<int>(shape.h), static_cast<int>(shape.w));
  planes.values = values;
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

/// The average of each channel of all targets.
std::vector<float> mean_colour(const Dataset& dataset) {
  std::vector<double> sums;
  double pixels = 0;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const Batch example = dataset.example(i);
    const auto channels = static_cast<size_t>(example.b_shape.c);
    const size_t plane = example.b.size() / channels;
    sums.resize(channels);
    for (size_t k = 0; k < example.b.size(); ++k) sums[k / plane] += double{example.b[k]};
    pixels += static_cast<double>(plane);
  }
  std::vector<float> mean;
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / pixels));
  return mean;
}

void add(Score& score, const Planes& result, const Planes& truth, const MetricOptions& options) {
  score.absolute_error += mean_absolute_error(result, truth, options);
  score.psnr += psnr(result, truth, options);
  score.ssim += ssim(result, truth, options);
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

  const std::vector<float> mean = mean_colour(dataset);
  Runner runner(device, generator);
  Evaluation evaluation;
  std::vector<std::vector<Image>> rows;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const Batch example = dataset.example(i);
    const std::vector<float> made = runner.run(example.a_shape, example.a, low);
    const Planes truth = planes_of(example.b_shape, example.b);
    add(evaluation.model, planes_of(example.b_shape, made), truth, metric);
    if (photos)
      add(evaluation.identity, enlarged(example), truth, metric);
    else if (example.a_shape == example.b_shape)
      add(evaluation.identity, planes_of(example.a_shape, example.a), truth, metric);
    Planes flat(truth.channels, truth.height, truth.width);
    const size_t plane = flat.values.size() / static_cast<size_t>(flat.channels);
    for (size_t k = 0; k < flat.values.size(); ++k) flat.values[k] = mean[k / plane];
    add(evaluation.mean_colour, flat, truth, metric);
    ++evaluation.pictures;
    if (i < options.samples)
      rows.push_back({image_from_batch(example.a, example.a_shape, 0, low, 1),
                      image_from_batch(made, example.b_shape, 0, low, 1),
                      image_from_batch(example.b, example.b_shape, 0, low, 1)});
  }
  const double count = static_cast<double>(evaluation.pictures);
  for (Score* score : {&evaluation.model, &evaluation.identity, &evaluation.mean_colour}) {
    score->absolute_error /= count;
    score->psnr /= count;
    score->ssim /= count;
  }
  if (!rows.empty()) save_sample_grid(rows, {"input", "output", "target"}, options.sheet);
  return evaluation;
}

}  // namespace imago
