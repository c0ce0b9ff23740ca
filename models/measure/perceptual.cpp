#include "models/measure/perceptual.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "compute/base/error.h"
#include "compute/vk/program.h"
#include "models/checkpoint/checkpoint.h"
#include "models/measure/pictures.h"
#include "models/networks/lpips.h"
#include "models/translate/network_runner.h"

namespace imago {

struct PerceptualDistance::Impl {
  Device& device;
  std::string name;
  LpipsConfig config;
  std::optional<Parameters> parameters;
  Shape shape;  // that the program is for
  std::optional<Program> program;

  explicit Impl(Device& the_device) : device(the_device) {}

  void prepare_for(const Shape& wanted) {
    if (program && shape == wanted) return;
    program.reset();  // its memory first
    Graph graph;
    graph.output("distance",
                 lpips(graph, graph.input("x", wanted), graph.input("y", wanted), config));
    program.emplace(device, make_plan(graph, device.properties(), {.fold_constants = false}),
                    *parameters);
    shape = wanted;
  }
};

PerceptualDistance::PerceptualDistance(Device& device, const std::filesystem::path& weights,
                                       const std::filesystem::path& network)
    : impl_(std::make_unique<Impl>(device)) {
  const StateDict of_channels = read_checkpoint(weights);
  const StateDict tensors =
      lpips_tensors(network.empty() ? StateDict() : unwrap(read_checkpoint(network)), of_channels);
  try {
    impl_->config = guess_lpips(tensors);
  } catch (const Error& error) {
    throw Error(weights.string() + ": " + error.what());
  }
  impl_->name = std::string("LPIPS (") + (impl_->config.alexnet ? "AlexNet" : "VGG16") + ")";
  Graph graph;
  const Shape picture{1, 3, 64, 64};
  lpips(graph, graph.input("x", picture), graph.input("y", picture), impl_->config);
  std::vector<Parameters::Entry> entries;
  for (const WantedTensor& wanted : wanted_tensors(graph))
    entries.push_back({wanted.key, tensors.find(wanted.key)->to_float()});
  impl_->parameters.emplace(device, entries);
}

PerceptualDistance::~PerceptualDistance() = default;

const std::string& PerceptualDistance::name() const { return impl_->name; }

double PerceptualDistance::between(const Planes& a, const Planes& b) {
  const Planes x = with_channels(a, 3), y = with_channels(b, 3);
  if (x.width != y.width || x.height != y.height)
    throw ShapeError("LPIPS compares pictures of one size");
  impl_->prepare_for({1, 3, x.height, x.width});
  std::ranges::copy(x.values, impl_->program->input("x").begin());
  std::ranges::copy(y.values, impl_->program->input("y").begin());
  impl_->program->run();
  const auto distance = static_cast<double>(impl_->program->output("distance")[0]);
  if (!std::isfinite(distance)) throw NotFinite(name() + ": is not a finite number");
  return distance;
}

}  // namespace imago
