#include "models/generate/project.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include "compute/base/error.h"
#include "compute/graph/optimize.h"
#include "compute/ops/ops.h"
#include "compute/plan/plan.h"
#include "compute/vk/device.h"
#include "compute/vk/program.h"
#include "models/checkpoint/checkpoint.h"
#include "models/data/random_stream.h"
#include "models/networks/stylegan2.h"

namespace imago {
namespace {

constexpr const char* kPoint = "projected.point";
constexpr const char *kPointKey = "point", *kLabelKey = "imago_label";  // of a file
constexpr double kRampUp = 0.05, kRampDown = 0.25, kJitterEnds = 0.75, kJitter = 0.05;
constexpr float kNoiseWeight = 1e5f;  // of the noise's likeness with itself when it is shifted
constexpr int kLeastSide = 4, kLeastNoise = 8;
constexpr int kDeviationOf = 256;  // points that the spread of w is measured by
constexpr Adam kAdam = {.beta1 = 0.9f, .beta2 = 0.999f};

Tensor everything(Tensor x) { return mean(x, {.n = true, .c = true, .h = true, .w = true}); }

/// Mean absolute differences at each side, together.
Tensor difference(Tensor a, Tensor b) {
  Tensor sum = everything(abs(a - b));
  for (int64_t side = a.shape().h; side % 2 == 0 && side / 2 >= kLeastSide; side /= 2) {
    a = upsample_nearest_dx(a, 2) * 0.25f;
    b = upsample_nearest_dx(b, 2) * 0.25f;
    sum = sum + everything(abs(a - b));
  }
  return sum;
}

/// How much noise is like itself one pixel further, at each side (equation of appendix D).
Tensor likeness(Tensor noise) {
  Tensor sum = everything(noise) * 0.0f;
  for (;;) {
    const Tensor across = crop(noise, {.left = 1}) * crop(noise, {.right = 1});
    const Tensor down = crop(noise, {.top = 1}) * crop(noise, {.bottom = 1});
    sum = sum + square(everything(across)) + square(everything(down));
    if (noise.shape().h % 2 != 0 || noise.shape().h <= kLeastNoise) return sum;
    noise = upsample_nearest_dx(noise, 2) * 0.5f;  // of variance 1 again
  }
}

/// One network and its picture as a program that takes a step.
class Descent {
 public:
  Descent(Device& device, const Generator& generator, const ProjectRequest& request,
          const LatentPoint& start, const std::vector<float>& target)
      : styles_(generator.info.architecture == "stylegan2"), fits_noise_(styles_ && request.noise) {
    build(generator, request);
    std::vector<Parameters::Entry> entries;
    for (const auto& [name, node] : graph_.parameters()) entries.push_back(entry(name, generator));
    for (Parameters::Entry& of : entries)
      if (of.name == kPoint)
        for (size_t i = 0; i < of.values.size(); ++i) of.values[i] = start[i % start.size()];
    parameters_.emplace(device, entries);
    program_.emplace(device, make_plan(graph_, device.properties(), {.fold_constants = false}),
                     *parameters_);
    std::ranges::copy(target, program_->input("target").begin());
  }

  /// Returns the mean absolute difference before the step.
  double step(int number, float rate, const std::vector<float>& jitter) {
    std::ranges::copy(jitter, program_->input("jitter").begin());
    StepParams params;
    params.step = static_cast<uint32_t>(number);
    params.optimizers[0] = adam_step(kAdam, rate, number + 1);
    program_->run(params);
    return double{program_->output("difference")[0]};
  }

  std::vector<float> point() const { return parameters_->read(kPoint); }
  StateDict noise() const {
    StateDict result;
    for (const auto& [name, shape] : noises_)
      result.insert(name, HostTensor::from_float({shape.n, shape.c, shape.h, shape.w},
                                                 parameters_->read(name)));
    return result;
  }

 private:
  void build(const Generator& generator, const ProjectRequest& request) {
    const ModelInfo& info = generator.info;
    const int64_t side = info.scale;
    const Stylegan2Config config = styles_ ? guess_stylegan2(generator.weights) : Stylegan2Config();
    const int points = styles_ && request.by_slot ? config.slots() : 1;
    const Shape shape{1, static_cast<int64_t>(info.latent) * points, 1, 1};
    const Tensor point = graph_.parameter(kPoint, shape);
    const Tensor x = point + graph_.input("jitter", shape);
    const Tensor made = styles_ ? styled(x, config, points) : sampled(x, generator, request.label);
    const Tensor target = graph_.input("target", {1, info.out_channels, side, side});
    graph_.output("difference", everything(abs(made - target)));
    Tensor loss = difference(made, target);
    std::vector<Tensor> fitted = {point};
    // Random numbers of a sampler stay as long as such numbers are.
    if (!styles_) loss = loss + square(everything(square(point)) - 1.0f) * 0.1f;
    if (fits_noise_)
      for (const auto& [name, node] : graph_.parameters()) {
        if (!name.starts_with("noises.")) continue;
        const Tensor noise{&graph_, node};
        noises_.emplace_back(name, noise.shape());
        fitted.push_back(noise);
        if (noise.shape().h >= kLeastNoise) loss = loss + likeness(noise) * kNoiseWeight;
      }
    minimize(loss, fitted, kAdam, 0);
    for (const auto& [name, noise_shape] : noises_) {
      const Tensor noise = graph_.parameter(name, noise_shape);
      assign(noise, normalize(noise, {.h = true, .w = true}, 1e-8f));
    }
  }

  Tensor styled(Tensor x, const Stylegan2Config& config, int points) {
    std::vector<Tensor> w;
    for (int slot = 0; slot < config.slots(); ++slot) {
      const int which = points > 1 ? slot : 0;
      w.push_back(slice_channels(x, which * config.latent, (which + 1) * config.latent));
    }
    return stylegan2_synthesis(graph_, w, config, {});
  }

  Tensor sampled(Tensor x, const Generator& generator, int label) {
    std::vector<Tensor> parts = {x};
    for (int i = 0; i < generator.info.classes; ++i)
      parts.push_back(constant(graph_, {1, 1, 1, 1}, i == label ? 1.0f : 0.0f));
    return generator.build(graph_, concat(parts), generator.defaults);
  }

  Parameters::Entry entry(const std::string& name, const Generator& generator) const {
    if (const HostTensor* weight = generator.weights.find(name)) return {name, weight->to_float()};
    const Shape shape = graph_.node(graph_.parameters().at(name)).shape;
    return {name, std::vector<float>(static_cast<size_t>(shape.elements()), 0.0f)};
  }

  const bool styles_, fits_noise_;
  Graph graph_;
  std::vector<std::pair<std::string, Shape>> noises_;
  std::optional<Parameters> parameters_;
  std::optional<Program> program_;
};

/// Mean distance of w from its middle, by element.
double spread(LatentSpace& space) {
  const LatentPoint middle = space.middle();
  double sum = 0;
  for (int i = 0; i < kDeviationOf; ++i) {
    const LatentPoint w = space.point({static_cast<uint64_t>(i)});
    for (size_t k = 0; k < w.size(); ++k)
      sum += std::pow(double{w[k]} - double{middle[k]}, 2) / static_cast<double>(w.size());
  }
  return std::sqrt(sum / kDeviationOf);
}

/// As the step is at this share of all: rising, level, falling along a cosine.
double ramp(double share) {
  const double falling = std::min(1.0, (1 - share) / kRampDown);
  return std::min(1.0, share / kRampUp) * (0.5 - 0.5 * std::cos(falling * std::numbers::pi));
}

/// The label that a file of latents names; 0: none.
int label_of(const StateDict& file, const Generator& generator, const std::string& name) {
  const auto found = file.metadata.find(kLabelKey);
  if (found == file.metadata.end()) return 0;
  const std::string& text = found->second;
  int label = -1;
  std::from_chars(text.data(), text.data() + text.size(), label);
  if (label < 0 || label >= std::max(generator.info.classes, 1))
    throw Error(name + ": belongs to another network: " + generator.info.name +
                " has no label number " + text);
  return label;
}

std::vector<float> planes_of_image(const Image& image) {
  std::vector<float> values;
  const auto channels = static_cast<size_t>(image.channels);
  for (size_t c = 0; c < channels; ++c)
    for (size_t i = c; i < image.pixels.size(); i += channels)
      values.push_back(image.pixels[i] * 2 - 1);
  return values;
}

}  // namespace

Image as_target(const Image& picture, const ModelInfo& info) {
  const int side = std::min(picture.width, picture.height);
  const int left = (picture.width - side) / 2, top = (picture.height - side) / 2;
  const auto channels = static_cast<size_t>(picture.channels);
  std::vector<float> square;
  for (int y = 0; y < side; ++y) {
    const auto begin =
        picture.pixels.begin() + ((static_cast<std::ptrdiff_t>(top) + y) * picture.width + left) *
                                     static_cast<std::ptrdiff_t>(channels);
    square.insert(square.end(), begin, begin + side * static_cast<std::ptrdiff_t>(channels));
  }
  Image target;
  target.width = target.height = info.scale;
  target.channels = info.out_channels;
  const std::vector<float> resized = resize_plane(square, side, side, info.scale, info.scale);
  for (size_t i = 0; i < resized.size(); i += channels) {
    const float* pixel = resized.data() + i;
    if (target.channels == 3) {
      for (size_t c = 0; c < 3; ++c) target.pixels.push_back(pixel[channels == 3 ? c : 0]);
    } else {
      target.pixels.push_back(
          channels == 3 ? 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2] : pixel[0]);
    }
  }
  for (float& value : target.pixels) value = std::clamp(value, 0.0f, 1.0f);
  return target;
}

Generator with_noise(Generator generator, const Projection& projection) {
  StateDict weights;
  weights.metadata = generator.weights.metadata;
  for (const auto& [key, tensor] : generator.weights) {
    const HostTensor* fitted = projection.noise.find(key);
    weights.insert(key, fitted ? *fitted : tensor);
  }
  generator.weights = std::move(weights);
  return generator;
}

Projection project(Device& device, const Generator& generator, const Image& picture,
                   const ProjectRequest& request,
                   const std::function<bool(double, double)>& progress) {
  LatentSpace space(device, generator);
  LatentPoint start = space.middle();
  if (!space.has_styles()) start = space.point({request.seed});
  const double jitter = space.has_styles() ? kJitter * spread(space) : 0;
  Descent descent(device, generator, request, start,
                  planes_of_image(as_target(picture, generator.info)));
  const size_t size = descent.point().size();
  Projection projection;
  for (int step = 0; step < request.steps; ++step) {
    const double share = static_cast<double>(step) / request.steps;
    const double left = std::max(0.0, 1 - share / kJitterEnds);
    RandomStream random(request.seed, Purpose::latent, static_cast<uint64_t>(step));
    std::vector<float> shaken(size);
    for (float& value : shaken) value = static_cast<float>(jitter * left * left * random.normal());
    projection.error = descent.step(step, request.rate * static_cast<float>(ramp(share)), shaken);
    if (step == 0) projection.begun = projection.error;
    if (progress && !progress(share, projection.error)) break;
  }
  const std::vector<float> found = descent.point();
  const auto latent = static_cast<size_t>(space.size());
  for (int slot = 0; slot < space.slots(); ++slot) {
    const size_t begin = found.size() > latent ? static_cast<size_t>(slot) * latent : 0;
    projection.by_slot.emplace_back(found.begin() + static_cast<std::ptrdiff_t>(begin),
                                    found.begin() + static_cast<std::ptrdiff_t>(begin + latent));
  }
  projection.noise = descent.noise();
  projection.label = request.label;
  return projection;
}

void write_latents(const Projection& projection, const std::filesystem::path& path) {
  StateDict file = projection.noise;
  std::vector<float> all;
  for (const LatentPoint& point : projection.by_slot)
    all.insert(all.end(), point.begin(), point.end());
  file.insert(kPointKey,
              HostTensor::from_float({static_cast<int64_t>(projection.by_slot.size()),
                                      static_cast<int64_t>(projection.by_slot.at(0).size())},
                                     all));
  if (projection.label > 0) file.metadata[kLabelKey] = std::to_string(projection.label);
  write_safetensors(file, path);
}

Projection read_latents(const std::filesystem::path& path, const Generator& generator) {
  const StateDict file = read_checkpoint(path);
  const ModelInfo& info = generator.info;
  const auto refuse = [&](const std::string& why) {
    throw Error(path.string() + ": belongs to another network: " + why);
  };
  const HostTensor* point = file.find(kPointKey);
  if (!point || point->shape.size() != 2)
    throw Error(path.string() + ": holds no latents as 'imago project' writes them");
  const int64_t slots =
      info.architecture == "stylegan2" ? guess_stylegan2(generator.weights).slots() : 1;
  const auto size = static_cast<int64_t>(info.latent);
  const auto described = [](int64_t points, int64_t numbers) {
    return std::to_string(points) + (points == 1 ? " point of " : " points of ") +
           std::to_string(numbers) + " numbers";
  };
  if (point->shape != std::vector{slots, size})
    refuse("it holds " + described(point->shape[0], point->shape[1]) + ", " + info.name + " (" +
           info.architecture + ") is made for " + described(slots, size));
  Projection found;
  const std::vector<float> values = point->to_float();
  for (auto begin = values.begin(); begin != values.end(); begin += size)
    found.by_slot.emplace_back(begin, begin + size);
  for (const auto& [key, tensor] : file) {
    if (key == kPointKey) continue;
    const HostTensor* own = generator.weights.find(key);
    if (!own || own->elements() != tensor.elements())
      refuse("its " + key + " is none of " + info.name);
    found.noise.insert(key, tensor);
  }
  found.label = label_of(file, generator, path.string());
  return found;
}

}  // namespace imago
