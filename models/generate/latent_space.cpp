#include "models/generate/latent_space.h"

#include <algorithm>
#include <cmath>

#include "compute/base/error.h"
#include "compute/ops/ops.h"
#include "models/measure/sample_grid.h"
#include "models/networks/stylegan2.h"
#include "models/translate/network_runner.h"

namespace imago {
namespace {

constexpr int kMeanOf = 1024;
constexpr float kAny = 1e30f;

/// z {1, latent, 1, 1} gives w.
Generator mapping_of(const Generator& generator, const Stylegan2Config& config) {
  Generator mapping;
  mapping.weights = generator.weights;
  mapping.info = generator.info;
  mapping.info.scale = 1;
  mapping.info.in_channels = mapping.info.out_channels = config.latent;
  mapping.info.input_low = -kAny;  // w is no picture, whose range results are held to
  mapping.info.input_high = kAny;
  mapping.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return stylegan2_mapping(graph, x, config, options);
  };
  return mapping;
}

/// A w for each slot, one behind the other, gives a picture.
Generator synthesis_of(const Generator& generator, const Stylegan2Config& config) {
  Generator synthesis;
  synthesis.weights = generator.weights;
  synthesis.info = generator.info;
  synthesis.info.in_channels = config.latent * config.slots();
  synthesis.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    std::vector<Tensor> w;
    for (int slot = 0; slot < config.slots(); ++slot)
      w.push_back(slice_channels(x, slot * config.latent, (slot + 1) * config.latent));
    return stylegan2_synthesis(graph, w, config, options);
  };
  return synthesis;
}

Planes as_planes(std::vector<float> values) {
  Planes planes(static_cast<int>(values.size()), 1, 1);
  planes.values = std::move(values);
  return planes;
}

double dot(const LatentPoint& a, const LatentPoint& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

}  // namespace

LatentSpace::LatentSpace(Device& device, Generator generator) : generator_(std::move(generator)) {
  const ModelInfo& info = generator_.info;
  if (info.latent == 0 || info.rows || info.rate > 0)
    throw Error(info.name + " (" + info.architecture +
                "): makes no pictures of random numbers, so there is no space to move through");
  if (info.architecture != "stylegan2") {
    runner_ = std::make_unique<NetworkRunner>(device, generator_);
    return;
  }
  const Stylegan2Config config = guess_stylegan2(generator_.weights);
  mapping_ = std::make_unique<Generator>(mapping_of(generator_, config));
  synthesis_ = std::make_unique<Generator>(synthesis_of(generator_, config));
  runner_ = std::make_unique<NetworkRunner>(device, *mapping_);
  synthesis_runner_ = std::make_unique<NetworkRunner>(device, *synthesis_);
}

LatentSpace::~LatentSpace() = default;

int LatentSpace::size() const { return generator_.info.latent; }

int LatentSpace::slots() const {
  return synthesis_ ? synthesis_->info.in_channels / generator_.info.latent : 1;
}

const LatentPoint& LatentSpace::middle() {
  if (!middle_.empty()) return middle_;
  if (const HostTensor* mean = generator_.weights.find("latent_avg"); mean && has_styles())
    return middle_ = mean->to_float();
  LatentPoint sum(static_cast<size_t>(size()), 0.0f);
  for (int i = 0; has_styles() && i < kMeanOf; ++i) {
    const std::vector<float> z = latent_of({static_cast<uint64_t>(i)}, mapping_->info);
    const Planes w = runner_->run(as_planes(z), {.build = mapping_->defaults});
    for (size_t k = 0; k < sum.size(); ++k) sum[k] += w.values[k] / kMeanOf;
  }
  return middle_ = sum;
}

LatentPoint LatentSpace::point(const SampleOrder& order) {
  if (!has_styles()) {
    std::vector<float> values = latent_of(order, generator_.info);
    values.resize(static_cast<size_t>(size()));
    return values;
  }
  const std::vector<float> z = latent_of({order.seed}, mapping_->info);
  const Planes w = runner_->run(as_planes(z), {.build = mapping_->defaults});
  if (order.truncation <= 0) return w.values;
  return between(middle(), w.values, double{order.truncation}, false);
}

Image LatentSpace::picture(const LatentPoint& point, int label) {
  std::vector<float> labels(static_cast<size_t>(generator_.info.classes), 0.0f);
  if (!labels.empty()) labels[static_cast<size_t>(label)] = 1;
  return blended(point, labels);
}

Image LatentSpace::blended(const LatentPoint& point, const std::vector<float>& labels) {
  if (has_styles()) return picture(std::vector<LatentPoint>(static_cast<size_t>(slots()), point));
  std::vector<float> values = point;
  values.insert(values.end(), labels.begin(), labels.end());
  values.resize(static_cast<size_t>(size() + generator_.info.classes), 0.0f);
  const Planes made = runner_->run(as_planes(values), {.build = generator_.defaults});
  return image_from_batch(made.values, {1, made.channels, made.height, made.width}, 0,
                          generator_.info.input_low, generator_.info.input_high);
}

Image LatentSpace::picture(const std::vector<LatentPoint>& by_slot, int label) {
  if (!has_styles()) return picture(by_slot.at(0), label);
  std::vector<float> values;
  for (const LatentPoint& w : by_slot) values.insert(values.end(), w.begin(), w.end());
  const Planes made = synthesis_runner_->run(as_planes(values), {.build = synthesis_->defaults});
  return image_from_batch(made.values, {1, made.channels, made.height, made.width}, 0,
                          generator_.info.input_low, generator_.info.input_high);
}

LatentPoint between(const LatentPoint& a, const LatentPoint& b, double share, bool along_sphere) {
  double of_a = 1 - share, of_b = share;
  const double lengths = std::sqrt(dot(a, a) * dot(b, b));
  if (along_sphere && lengths > 0) {
    const double angle = std::acos(std::clamp(dot(a, b) / lengths, -1.0, 1.0));
    if (std::sin(angle) > 1e-6) {
      of_a = std::sin((1 - share) * angle) / std::sin(angle);
      of_b = std::sin(share * angle) / std::sin(angle);
    }
  }
  LatentPoint result(a.size());
  for (size_t i = 0; i < a.size(); ++i)
    result[i] = static_cast<float>(of_a * double{a[i]} + of_b * double{b[i]});
  return result;
}

LatentPoint moved(LatentPoint point, const LatentPoint& direction, double step) {
  for (size_t i = 0; i < point.size(); ++i) point[i] += static_cast<float>(step) * direction[i];
  return point;
}

}  // namespace imago
