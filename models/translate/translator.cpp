#include "models/translate/translator.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "compute/vk/golden.h"
#include "models/translate/network_runner.h"
#include "models/translate/planes.h"

namespace imago {
namespace {

DeviceSummary summarize(const DeviceProperties& p) {
  DeviceSummary s;
  s.index = p.index;
  s.name = p.name;
  s.kind = to_string(p.kind);
  s.driver = p.driver_name.empty() ? std::to_string(p.driver_version)
                                   : p.driver_name + " " + p.driver_info;
  s.api_version = version_string(p.api_version);
  s.memory_bytes = p.heap_bytes;
  s.limits = {{"max_allocation_bytes", p.max_allocation_bytes},
              {"max_storage_range", p.max_storage_range},
              {"max_uniform_range", p.max_uniform_range},
              {"max_texel_elements", p.max_texel_elements},
              {"max_group_invocations", p.max_group_invocations},
              {"shared_memory_bytes", p.shared_memory_bytes},
              {"subgroup_size", p.subgroup_size}};
  s.golden = remembered_golden_result(p);
  return s;
}

BuildOptions build_options(const TranslateOptions& options, const BuildOptions& defaults) {
  using Statistics = TranslateOptions::Statistics;
  BuildOptions build = defaults;
  build.stochastic = options.stochastic;
  if (options.statistics != Statistics::automatic)
    build.batch_statistics = options.statistics == Statistics::batch;
  return build;
}

/// Tells how long it will take beside how far it is.
std::function<bool(double)> timed(const ProgressCallback& callback) {
  if (!callback) return {};
  return [&callback, begin = std::chrono::steady_clock::now()](double fraction) {
    Progress progress{fraction};
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (fraction > 0) progress.seconds_left = seconds / fraction * (1 - fraction);
    return callback(progress);
  };
}

}  // namespace

std::vector<DeviceSummary> list_devices(bool check) {
  std::vector<DeviceSummary> result;
  for (const DeviceProperties& properties : enumerate_devices()) {
    DeviceSummary summary = summarize(properties);
    if (check && summary.golden == kGoldenNotRun) {
      try {
        Device device(std::to_string(properties.index));
        golden_check(device);
      } catch (const Error&) {
        // What went wrong is remembered and shown below.
      }
      summary.golden = remembered_golden_result(properties);
    }
    result.push_back(std::move(summary));
  }
  return result;
}

Image translate_image(NetworkRunner& runner, const Image& given, const TranslateOptions& options,
                      const ProgressCallback& progress) {
  const ModelInfo& info = runner.info();
  const bool drawing = info.in_channels == 1 && info.out_channels == 3 && !given.alpha.empty();
  const std::optional<Image> on_paper = drawing ? std::optional(on_white(given)) : std::nullopt;
  const Image& opaque = on_paper ? *on_paper : given;
  const int most = options.side.value_or(info.scale == 1 ? info.side : 0);
  const bool reduced = most > 0 && std::min(given.width, given.height) > most;
  const std::optional<Image> small =
      reduced ? std::optional(reduced_to(opaque, most)) : std::nullopt;
  RunOptions run;
  run.build = build_options(options, runner.defaults());
  run.tile = options.tile;
  run.self_ensemble = options.self_ensemble;
  run.shifts = options.shifts.value_or(info.shifts);
  run.seed = options.seed;
  run.progress = timed(progress);
  const Planes result = runner.run(reader_of(small ? *small : opaque, info), run);
  Image made =
      to_image(result, opaque, info, options.scale > 0 || !reduced ? options.scale : info.scale);
  if (info.keeps_luma && reduced) take_luma(made, opaque);  // else the network has done it
  return made;
}

struct Translator::Impl {
  /// What lives on the device.
  struct Opened {
    Device device;
    NetworkRunner runner;

    Opened(const std::string& which, const DeviceOptions& options, const Generator& generator)
        : device(which, options), runner(device, generator) {
      golden_check(device);
    }
  };

  Generator generator;
  std::string which;
  DeviceOptions device_options;
  DeviceSummary summary;
  std::unique_ptr<Opened> opened;  // null after the device was lost

  Impl(Generator the_generator, std::string the_device, const DeviceOptions& options)
      : generator(std::move(the_generator)), which(std::move(the_device)), device_options(options) {
    open();
  }

  void open();
};

void Translator::Impl::open() {
  opened = std::make_unique<Opened>(which, device_options, generator);
  summary = summarize(opened->device.properties());
  summary.golden = "passed";  // also where no cache folder can remember it
}

Translator::Translator(Generator generator, const std::string& device)
    : Translator(std::move(generator), device, DeviceOptions{}) {}
Translator::Translator(Generator generator, const std::string& device, const DeviceOptions& options)
    : impl_(std::make_unique<Impl>(std::move(generator), device, options)) {}
Translator::~Translator() = default;
Translator::Translator(Translator&&) noexcept = default;
Translator& Translator::operator=(Translator&&) noexcept = default;
const ModelInfo& Translator::info() const { return impl_->generator.info; }
const DeviceSummary& Translator::device() const { return impl_->summary; }

Image Translator::translate(const Image& image, const TranslateOptions& options,
                            const ProgressCallback& progress) {
  if (!impl_->opened) impl_->open();
  try {
    return translate_image(impl_->opened->runner, image, options, progress);
  } catch (const DeviceError&) {
    impl_->opened.reset();  // nothing on it can be trusted any more
    throw;
  }
}

}  // namespace imago
