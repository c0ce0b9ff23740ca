#include "models/networks/generator.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "compute/base/error.h"
#include "compute/ops/ops.h"
#include "models/networks/colours.h"

namespace imago {

Generator keeping_luma(Generator generator) {
  ModelInfo& info = generator.info;
  if (info.scale != 1 || info.out_channels != 3)
    throw Error(info.architecture + " makes " + std::to_string(info.out_channels) + " channels, " +
                std::to_string(info.scale) +
                " times as large: only where it makes the colours of a picture of one size can "
                "the luma be kept");
  if (std::exchange(info.keeps_luma, true)) return generator;
  info.multiple = std::lcm(info.multiple, kColourBlock);
  info.minimum = std::max(info.minimum, info.multiple);
  generator.build = [inner = std::move(generator.build), low = info.input_low,
                     high = info.input_high](Graph& graph, Tensor x, const BuildOptions& options) {
    const Tensor y = inner(graph, x, options);
    const Tensor kept = with_coarse_colours(x, y);
    // In training a tenth of its own luma counts: with no gradient along greys, a tanh drifts to
    // white or black, where all colours are grey and no gradient flows any more.
    if (options.unclamped) return kept + 0.1f * (luma(y) - luma(x));
    return clamp(kept, low, high);
  };
  return generator;
}

Generator using_running_statistics(Generator generator) {
  if (generator.info.norm != "batch") return generator;
  generator.info.running_statistics = true;
  generator.info.global_statistics = false;
  generator.defaults.batch_statistics = false;
  return generator;
}

std::map<std::string, std::string> metadata_of(const Generator& generator) {
  const ModelInfo& info = generator.info;
  std::map<std::string, std::string> metadata = generator.weights.metadata;
  if (!info.license.empty()) metadata["license"] = info.license;
  metadata.erase("imago_side");  // of what it was trained on before
  if (info.side > 0) metadata["imago_side"] = std::to_string(info.side);
  if (info.shifts > 1) metadata["imago_shifts"] = std::to_string(info.shifts);
  metadata.erase("imago_margin");
  if (info.margin > 0) metadata["imago_margin"] = std::to_string(info.margin);
  if (info.takes_drawings) metadata["imago_input"] = "drawing";
  if (info.keeps_luma) metadata["imago_luma"] = "input";
  if (!info.labels.empty()) metadata["imago_labels"] = nlohmann::json(info.labels).dump();
  if (info.running_statistics) metadata["imago_statistics"] = "running";
  return metadata;
}

}  // namespace imago
