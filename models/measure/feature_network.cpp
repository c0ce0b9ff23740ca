#include "models/measure/feature_network.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "compute/base/error.h"
#include "compute/ops/ops.h"
#include "compute/vk/program.h"
#include "models/checkpoint/checkpoint.h"
#include "models/measure/pictures.h"
#include "models/networks/classifier.h"
#include "models/networks/vgg.h"
#include "models/translate/network_runner.h"

namespace imago {
namespace {

constexpr int kVggSide = 224;

/// FNV-1a, 32 bits, of all weights.
std::string checksum(const StateDict& tensors) {
  uint32_t sum = 2166136261u;
  for (const auto& [key, tensor] : tensors)
    for (const std::byte byte : tensor.data) sum = (sum ^ static_cast<uint8_t>(byte)) * 16777619u;
  char text[16];
  std::snprintf(text, sizeof(text), "%08x", sum);
  return text;
}

std::vector<Parameters::Entry> entries_of(const Graph& graph, const StateDict& tensors) {
  std::vector<Parameters::Entry> entries;
  for (const WantedTensor& wanted : wanted_tensors(graph))
    entries.push_back({wanted.key, tensors.find(wanted.key)->to_float()});
  return entries;
}

/// A file that does not say for which pictures it was trained takes any that leave something for
/// the last stage.
int side_of(const ClassifierConfig& config, int said) {
  return said > 0 ? said : 4 << (config.stages - 1);
}

}  // namespace

struct FeatureNetwork::Impl {
  std::string name;
  std::vector<std::string> labels;
  int channels = 3, side = 0;
  int64_t batch = 16;
  int features = 0;
  Graph graph;
  std::optional<Parameters> own;
  std::optional<Program> program;

  Tensor input() { return graph.input("x", {batch, channels, side, side}); }

  void output(Tensor tensor) {
    features = static_cast<int>(tensor.shape().c);
    graph.output("features", tensor);
  }

  void build_classifier(const ClassifierConfig& config, const std::string& prefix) {
    channels = config.in_channels;
    const Classified result = classify(graph, input(), config, {.prefix = prefix});
    output(result.features);
    graph.output("logits", result.logits);
  }

  void build_vgg(const VggConfig& config) {
    side = kVggSide;
    batch = 2;
    output(
        mean(vgg_features(graph, affine(input(), 0.5f, 0.5f), config, ""), {.h = true, .w = true}));
  }

  void compile(Device& device, const Parameters& parameters) {
    program.emplace(device, make_plan(graph, device.properties(), {.fold_constants = false}),
                    parameters);
  }

  std::span<const float> part(const char* output, int64_t index, size_t size) const {
    return program->output(output).subspan(static_cast<size_t>(index) * size, size);
  }

  Answer answer_at(int64_t index) const {
    const auto found = part("features", index, static_cast<size_t>(features));
    for (const float value : found)
      if (!std::isfinite(value))
        throw NotFinite(name + ": its features of a picture are not finite numbers");
    Answer answer{{found.begin(), found.end()}};
    if (labels.empty()) return answer;
    const auto logits = part("logits", index, labels.size());
    answer.label = static_cast<int>(std::ranges::max_element(logits) - logits.begin());
    return answer;
  }
};

FeatureNetwork::FeatureNetwork(Device& device, const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>()) {
  const StateDict tensors = unwrap(read_checkpoint(path));
  if (const std::optional<ClassifierConfig> config = find_classifier(tensors)) {
    const ClassifierFacts facts = facts_of(tensors, *config);
    impl_->name = "classifier " + checksum(tensors);
    impl_->labels = facts.labels;
    impl_->side = side_of(*config, facts.side);
    impl_->build_classifier(*config, "");
  } else if (tensors.contains("features.0.weight")) {
    const VggConfig vgg = guess_vgg(tensors);
    impl_->name = "VGG" + std::to_string(vgg.depth) + " " + checksum(tensors);
    impl_->build_vgg(vgg);
  } else {
    throw Error(path.string() +
                ": is no network whose features could be compared: these are classifiers of "
                "'imago train classifier' (<run>/latest_net_C.pth) and torchvision's VGG16 and "
                "VGG19");
  }
  impl_->own.emplace(device, entries_of(impl_->graph, tensors));
  impl_->compile(device, *impl_->own);
}

FeatureNetwork::FeatureNetwork(Device& device, const ClassifierConfig& config, int side,
                               const std::vector<std::string>& labels, const Parameters& parameters,
                               const std::string& prefix)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = "classifier";
  impl_->side = side;
  impl_->labels = labels;
  impl_->build_classifier(config, prefix);
  impl_->compile(device, parameters);
}

FeatureNetwork::~FeatureNetwork() = default;
FeatureNetwork::FeatureNetwork(FeatureNetwork&&) noexcept = default;

const std::string& FeatureNetwork::name() const { return impl_->name; }
const std::vector<std::string>& FeatureNetwork::labels() const { return impl_->labels; }
int FeatureNetwork::channels() const { return impl_->channels; }
int FeatureNetwork::side() const { return impl_->side; }

std::vector<Answer> FeatureNetwork::look(std::span<const Planes> pictures) {
  std::vector<Answer> answers;
  const auto whole = static_cast<size_t>(impl_->batch);
  for (size_t first = 0; first < pictures.size(); first += whole) {
    const auto batch = pictures.subspan(first, std::min(whole, pictures.size() - first));
    const std::span<float> input = impl_->program->input("x");
    std::ranges::fill(input, 0.0f);
    auto to = input.begin();
    for (const Planes& picture : batch) {
      const Planes sized = resized(with_channels(picture, channels()), side(), side());
      to = std::copy(sized.values.begin(), sized.values.end(), to);
    }
    impl_->program->run();
    for (size_t i = 0; i < batch.size(); ++i)
      answers.push_back(impl_->answer_at(static_cast<int64_t>(i)));
  }
  return answers;
}

}  // namespace imago
