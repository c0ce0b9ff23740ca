#include "models/translate/translator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "compute/base/host_memory.h"
#include "compute/base/seconds.h"
#include "compute/vk/golden.h"
#include "models/translate/network_runner.h"
#include "models/translate/planes.h"
#include "models/translate/raster_writer.h"
#include "models/translate/relay.h"
#include "models/translate/row_stage.h"

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
  s.golden_fp16 =
      p.storage_16bit ? remembered_golden_result(p, NumberType::fp16) : "no fp16 on this device";
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
ProgressCallback timed(const ProgressCallback& callback) {
  if (!callback) return {};
  return [&callback, begin = std::chrono::steady_clock::now()](Progress progress) {
    const double fraction = progress.fraction;
    if (fraction > 0) progress.seconds_left = seconds_since(begin) / fraction * (1 - fraction);
    return callback(progress);
  };
}

}  // namespace

std::vector<DeviceSummary> list_devices(GoldenCheck check) {
  std::vector<DeviceSummary> result;
  for (const DeviceProperties& properties : enumerate_devices()) {
    DeviceSummary summary = summarize(properties);
    const bool anew = check == GoldenCheck::anew;
    if (anew || (check == GoldenCheck::where_missing && summary.golden == kGoldenNotRun)) {
      try {
        Device device(std::to_string(properties.index));
        golden_check_half(device, anew);
        golden_check(device, anew);
      } catch (const Error&) {
        // What went wrong is remembered and shown below.
      }
      summary.golden = remembered_golden_result(properties);
      if (properties.storage_16bit)
        summary.golden_fp16 = remembered_golden_result(properties, NumberType::fp16);
    }
    result.push_back(std::move(summary));
  }
  return result;
}

void refuse_channels(const ModelInfo& info, const TranslateOptions& options) {
  const int channels = info.out_channels;
  if (channels == 1 || channels == 3 || (channels == 2 && options.grey_alpha)) return;
  throw Error(info.architecture + " makes " + std::to_string(channels) +
              " channels, a picture has 1 (grey) or 3 (RGB)" +
              (channels == 2 ? "; if they are grey and alpha, say --grey-alpha" : ""));
}

bool can_be_cut(const Generator& generator) {
  const ModelInfo& info = generator.info;
  if (!info.global_statistics) return true;
  if (info.latent > 0) return false;
  const int side = round_up(std::max(info.minimum, 64), info.multiple);
  return !Sweeps(generator, side + info.multiple, side, generator.defaults, 0).list().empty();
}

namespace {

RunOptions run_options(const NetworkRunner& runner, const TranslateOptions& options,
                       const ProgressCallback& progress) {
  RunOptions run;
  run.precision = options.precision;
  run.build = build_options(options, runner.defaults());
  run.tile = options.tile;
  run.self_ensemble = options.self_ensemble;
  run.shifts = options.shifts.value_or(runner.info().shifts);
  run.seed = options.seed;
  if (!progress) return run;
  const auto note = std::make_shared<std::string>();
  run.tell = [note](const std::string& told) { *note = told; };
  run.progress = [note, all = timed(progress)](double fraction) {
    return all({fraction, -1, *note});
  };
  return run;
}

}  // namespace

Image translate_image(NetworkRunner& runner, const Image& given, const TranslateOptions& options,
                      const ProgressCallback& progress) {
  const ModelInfo& info = runner.info();
  const WholePicture picture(given, options, info);
  return picture.made(
      runner.run(reader_of(picture.seen(), info), run_options(runner, options, progress)));
}

std::unique_ptr<ImageWriter> translate_rows(NetworkRunner& runner, Raster picture,
                                            const TranslateOptions& options, const OpenWriter& open,
                                            const ProgressCallback& progress) {
  RowStage stage(picture, options, runner.info());
  stage.open(open);
  runner.run(stage.reader(), run_options(runner, options, progress), stage.sink());
  return stage.finish();
}

OutputSize output_size(int64_t width, int64_t height, const TranslateOptions& options,
                       const ModelInfo& info) {
  const double wanted = wanted_scale(width, options), scale = wanted > 0 ? wanted : info.scale;
  const auto scaled = [scale](int64_t side) {
    return std::max(int64_t{std::llround(static_cast<double>(side) * scale)}, int64_t{1});
  };
  return {scaled(width), scaled(height)};
}

namespace {

/// What is said of several networks.
ModelInfo info_of(const std::vector<Generator>& networks) {
  ModelInfo info = networks.back().info;
  info.in_channels = networks.front().info.in_channels;
  for (size_t i = networks.size() - 1; i-- > 0;) {
    const ModelInfo& earlier = networks[i].info;
    info.name = earlier.name + ", " + info.name;
    info.scale *= earlier.scale;
  }
  return info;
}

/// The options of one of several networks: the last one makes the wanted size.
TranslateOptions options_of(size_t index, const std::vector<Generator>& networks,
                            TranslateOptions options) {
  if (index + 1 < networks.size()) {
    options.scale = 0;
    options.width = 0;
    return options;
  }
  for (size_t i = 0; i < index; ++i) options.scale /= networks[i].info.scale;
  return options;
}

/// The progress of one of several, as that of all.
ProgressCallback part_of(size_t index, size_t count, const ProgressCallback& all) {
  if (!all) return {};
  return [=](Progress part) {
    part.fraction = (static_cast<double>(index) + part.fraction) / static_cast<double>(count);
    return all(part);
  };
}

}  // namespace

int64_t free_memory() { return free_host_memory(); }

struct Translator::Impl {
  /// What lives on the device.
  struct Opened {
    Device device;
    std::vector<std::unique_ptr<NetworkRunner>> runners;
    Relay relay;

    Opened(const std::string& which, const DeviceOptions& options,
           const std::vector<Generator>& networks)
        : device(which, options) {
      for (const Generator& network : networks)
        runners.push_back(std::make_unique<NetworkRunner>(device, network));
      for (const auto& runner : runners)
        runner->when_memory_is_short([this, mine = runner.get()] { return forget_others(mine); });
      golden_check(device);
    }
    Opened(const Opened&) = delete;

    /// The other networks' programs leave the memory, unless a picture is under way.
    bool forget_others(const NetworkRunner* mine) {
      bool any = false;
      for (const auto& runner : runners)
        if (runner.get() != mine && relay.idle()) any |= runner->forget_programs();
      return any;
    }
  };

  const std::vector<Generator> networks;
  const ModelInfo info;
  std::string which;
  DeviceOptions device_options;
  DeviceSummary summary;
  std::shared_ptr<Opened> opened;  // null after the device was lost

  Impl(std::vector<Generator> the_networks, std::string the_device, const DeviceOptions& options)
      : networks(std::move(the_networks)),
        info(info_of(networks)),
        which(std::move(the_device)),
        device_options(options) {
    open();
  }

  void open();

  /// Opens a device that was lost under an earlier picture.
  template <typename Work>
  auto guarded(const Work& work) {
    if (!opened) open();
    try {
      return work(*opened);
    } catch (const DeviceError&) {
      opened.reset();  // nothing on it can be trusted any more
      throw;
    }
  }
};

struct RowTranslation::Impl {
  const std::shared_ptr<Translator::Impl::Opened> opened;  // while the device works on this
  const std::unique_ptr<Relay::Picture> picture;
};

RowTranslation::RowTranslation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RowTranslation::~RowTranslation() = default;

void Translator::Impl::open() {
  opened = std::make_shared<Opened>(which, device_options, networks);
  summary = summarize(opened->device.properties());
  summary.golden = "passed";  // also where no cache folder can remember it
}

namespace {

std::vector<Generator> one(Generator generator) {
  std::vector<Generator> networks;
  networks.push_back(std::move(generator));
  return networks;
}

}  // namespace

Translator::Translator(Generator generator, const std::string& device)
    : Translator(one(std::move(generator)), device, DeviceOptions{}) {}
Translator::Translator(Generator generator, const std::string& device, const DeviceOptions& options)
    : Translator(one(std::move(generator)), device, options) {}
Translator::Translator(std::vector<Generator> networks, const std::string& device)
    : Translator(std::move(networks), device, DeviceOptions{}) {}
Translator::Translator(std::vector<Generator> networks, const std::string& device,
                       const DeviceOptions& options)
    : impl_(std::make_unique<Impl>(std::move(networks), device, options)) {}
Translator::~Translator() = default;
Translator::Translator(Translator&&) noexcept = default;
Translator& Translator::operator=(Translator&&) noexcept = default;
const ModelInfo& Translator::info() const { return impl_->info; }
const std::vector<Generator>& Translator::networks() const { return impl_->networks; }
const DeviceSummary& Translator::device() const { return impl_->summary; }

Image Translator::translate(const Image& image, const TranslateOptions& options,
                            const ProgressCallback& progress) {
  const std::vector<Generator>& networks = impl_->networks;
  const ProgressCallback all = timed(progress);
  const auto run = [&](Impl::Opened& opened, size_t i, const Image& given) {
    return translate_image(*opened.runners[i], given, options_of(i, networks, options),
                           part_of(i, networks.size(), all));
  };
  return impl_->guarded([&](Impl::Opened& opened) {
    Image made = run(opened, 0, image);
    for (size_t i = 1; i < networks.size(); ++i) made = run(opened, i, to_image(to_raster(made)));
    return made;
  });
}

std::unique_ptr<ImageWriter> Translator::translate_rows(Raster picture,
                                                        const TranslateOptions& options,
                                                        const OpenWriter& open,
                                                        const ProgressCallback& progress) {
  const std::vector<Generator>& networks = impl_->networks;
  const ProgressCallback all = timed(progress);
  const auto run = [&](Impl::Opened& opened, size_t i, const OpenWriter& writer) {
    return imago::translate_rows(*opened.runners[i], std::move(picture),
                                 options_of(i, networks, options), writer,
                                 part_of(i, networks.size(), all));
  };
  return impl_->guarded([&](Impl::Opened& opened) {
    for (size_t i = 0; i + 1 < networks.size(); ++i) {
      Raster made;
      run(opened, i, into_raster(made));
      picture = std::move(made);
    }
    return run(opened, networks.size() - 1, open);
  });
}

std::unique_ptr<RowTranslation> Translator::begin_rows(Raster& picture,
                                                       const TranslateOptions& options,
                                                       const OpenWriter& open) {
  const std::vector<Generator>& networks = impl_->networks;
  return impl_->guarded([&](Impl::Opened& opened) -> std::unique_ptr<RowTranslation> {
    std::vector<Relay::Leg> legs;
    for (size_t i = 0; i < networks.size(); ++i) {
      const TranslateOptions own = options_of(i, networks, options);
      legs.push_back({opened.runners[i].get(), own, run_options(*opened.runners[i], own, {})});
    }
    auto begun = opened.relay.begin(picture, std::move(legs), open);
    if (!begun) return nullptr;
    return std::make_unique<RowTranslation>(
        std::make_unique<RowTranslation::Impl>(impl_->opened, std::move(begun)));
  });
}

std::unique_ptr<ImageWriter> Translator::finish_rows(RowTranslation& begun,
                                                     const ProgressCallback& progress) {
  return impl_->guarded([&](Impl::Opened& opened) {
    const auto share = [&](double done) { return !progress || progress({done}); };
    return opened.relay.finish(*begun.impl().picture, share);
  });
}

std::optional<double> Translator::busy_seconds() const {
  if (!impl_->opened) return std::nullopt;
  double all = 0;
  for (const auto& runner : impl_->opened->runners) {
    const std::optional<double> seconds = runner->busy_seconds();
    if (!seconds) return std::nullopt;
    all += *seconds;
  }
  return all;
}

}  // namespace imago
