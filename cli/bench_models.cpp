#include "cli/bench.h"
#include "models/networks/msrresnet.h"
#include "models/networks/rrdb.h"
#include "models/networks/sketchnet.h"
#include "models/networks/srvgg.h"
#include "models/training/methods/cyclegan.h"
#include "models/training/methods/pix2pix.h"
#include "models/training/methods/srgan.h"

namespace imago {
namespace {

struct ModelCase {
  std::string name;
  Generator generator;
  int64_t side;  // of a square input
};

/// Each paper's generator at the size its paper (or its usual program) runs it at.
std::vector<ModelCase> model_cases() {
  return {{"unet_128", unet_generator({.depth = 7}), 128},
          {"unet_256", unet_generator({}), 256},
          {"resnet_6blocks", resnet_generator({.blocks = 6}), 128},
          {"resnet_9blocks", resnet_generator({}), 256},
          {"srresnet x4 (16 blocks)", srresnet_generator({}), 96},
          {"msrresnet x4", msrresnet_generator({}), 96},
          {"rrdbnet x4 (23 blocks)", rrdbnet_generator({}), 64},
          {"srvggnet_compact x4", srvgg_generator({}), 128},
          {"sketchnet", sketchnet_generator({}), 256}};
}

}  // namespace

std::vector<ModelResult> bench_models(Device& device, int runs, const std::string& filter) {
  std::vector<ModelResult> results;
  for (const ModelCase& c : model_cases()) {
    if (c.name.find(filter) == std::string::npos) continue;
    const Shape input{1, c.generator.info.in_channels, c.side, c.side};
    Subject subject(device, [&](Graph& g) {
      return c.generator.build(g, g.input("x", input), c.generator.defaults);
    });
    const double seconds = subject.median_seconds(runs);
    results.push_back({c.name, to_string(input), seconds * 1e3, subject.flops() / seconds / 1e9,
                       subject.plan().arena_bytes, subject.plan().lower_bound_bytes,
                       subject.parameter_bytes() + subject.plan().constant_bytes,
                       subject.kernel_shares()});
  }
  return results;
}

}  // namespace imago
