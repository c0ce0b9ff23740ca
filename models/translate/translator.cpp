#include "models/translate/translator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "compute/base/host_memory.h"
#include "compute/vk/golden.h"
#include "models/image/alpha.h"
#include "models/translate/network_runner.h"
#include "models/translate/planes.h"
#include "models/translate/raster_writer.h"
#include "models/translate/reduced_rows.h"
#include "models/translate/row_assembler.h"

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
ProgressCallback timed(const ProgressCallback& callback) {
  if (!callback) return {};
  return [&callback, begin = std::chrono::steady_clock::now()](Progress progress) {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double fraction = progress.fraction;
    if (fraction > 0) progress.seconds_left = seconds / fraction * (1 - fraction);
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
        golden_check(device, anew);
      } catch (const Error&) {
        // What went wrong is remembered and shown below.
      }
      summary.golden = remembered_golden_result(properties);
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

/// Of what becomes of a picture of this width; 0: the network's own.
double wanted_scale(int64_t width, const TranslateOptions& options) {
  return options.width > 0 ? options.width / static_cast<double>(width) : options.scale;
}

/// The shorter side that this picture is reduced to before the network sees it; 0: it is not.
int reduced_side(int width, int height, const TranslateOptions& options, const ModelInfo& info) {
  const int most = options.side.value_or(info.scale == 1 ? info.side : 0);
  return most > 0 && std::min(width, height) > most ? most : 0;
}

}  // namespace

Image translate_image(NetworkRunner& runner, const Image& given, const TranslateOptions& options,
                      const ProgressCallback& progress) {
  const ModelInfo& info = runner.info();
  refuse_channels(info, options);
  const std::optional<Image> changed = prepared(given, info);
  const Image& opaque = changed ? *changed : given;
  const int side = reduced_side(given.width, given.height, options, info);
  const bool reduced = side > 0;
  const std::optional<Image> small =
      reduced ? std::optional(reduced_to(opaque, side)) : std::nullopt;
  const Planes result =
      runner.run(reader_of(small ? *small : opaque, info), run_options(runner, options, progress));
  const double scale = wanted_scale(given.width, options);
  Image made = to_image(result, opaque, info, scale > 0 || !reduced ? scale : info.scale);
  if (info.keeps_luma && reduced) take_luma(made, opaque);  // else the network has done it
  return made;
}

namespace {

/// How a picture's rows are made.
struct RowPlan {
  RowLayout wanted;
  int made_width, made_height;  // by the network
  bool by_rows;                 // else all of the result is needed at once
  bool grey_kept;

  bool as_it_comes() const {
    return by_rows && wanted.width == made_width && wanted.height == made_height;
  }
};

RowPlan row_plan(const Raster& picture, const TranslateOptions& options, const ModelInfo& info) {
  refuse_channels(info, options);
  const OutputSize size = output_size(picture.width, picture.height, options, info);
  const bool drawing = lies_on_paper(info) && picture.alpha;
  const int64_t made_width = int64_t{picture.width} * info.scale;
  const int64_t made_height = int64_t{picture.height} * info.scale;
  RowPlan plan;
  plan.made_width = static_cast<int>(made_width);
  plan.made_height = static_cast<int>(made_height);
  plan.by_rows = info.out_channels != 2 && !drawing &&
                 reduced_side(picture.width, picture.height, options, info) == 0 &&
                 size.width <= made_width && size.height <= made_height && size.width > 0 &&
                 size.height > 0;
  plan.wanted = {static_cast<int>(size.width), static_cast<int>(size.height), 3,
                 (picture.alpha && !drawing) || info.out_channels == 2, picture.bits};
  plan.grey_kept = picture.channels == 1 && restores(info);
  if (info.out_channels < 3 || plan.grey_kept) plan.wanted.channels = 1;
  return plan;
}

std::optional<AlphaScaler> alpha_of(const Raster& picture, const RowPlan& plan) {
  if (!picture.alpha) return std::nullopt;
  return std::optional<AlphaScaler>(std::in_place, picture, plan.wanted.width, plan.wanted.height);
}

}  // namespace

std::unique_ptr<ImageWriter> translate_rows(NetworkRunner& runner, Raster picture,
                                            const TranslateOptions& options, const OpenWriter& open,
                                            const ProgressCallback& progress) {
  const ModelInfo& info = runner.info();
  const RowPlan plan = row_plan(picture, options, info);
  std::unique_ptr<ImageWriter> writer = open(plan.wanted, picture.metadata);
  if (!plan.by_rows) {
    const Image image = to_image(picture);
    picture = {};
    write_all(translate_image(runner, image, options, progress), *writer);
    return writer;
  }
  fill_transparent(picture);
  const auto run_into = [&](auto&& rows) {
    runner.run(reader_of(picture, info), run_options(runner, options, progress),
               [&](const OutputPart& part) { rows.add(part); });
    rows.finish();
  };
  const std::optional<AlphaScaler> alpha = alpha_of(picture, plan);
  const AlphaScaler* opacity = alpha ? &*alpha : nullptr;
  if (plan.as_it_comes())
    run_into(RowAssembler(*writer, info, opacity, plan.grey_kept));
  else
    run_into(
        ReducedRows(*writer, info, plan.made_width, plan.made_height, opacity, plan.grey_kept));
  return writer;
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

    Opened(const std::string& which, const DeviceOptions& options,
           const std::vector<Generator>& networks)
        : device(which, options) {
      for (const Generator& network : networks)
        runners.push_back(std::make_unique<NetworkRunner>(device, network));
      golden_check(device);
    }

    /// The runner of one network. The others' programs leave the memory, so that how it cuts a
    /// picture does not depend on what they did.
    NetworkRunner& runner(size_t index) {
      for (size_t i = 0; i < runners.size(); ++i)
        if (i != index) runners[i]->forget_programs();
      return *runners[index];
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
  NetworkRunner& runner;
  const NetworkRunner::Begun begun;
  const Raster picture;
  std::unique_ptr<ImageWriter> writer;
  const std::optional<AlphaScaler> alpha;
  RowAssembler rows;
  bool finished = false;

  Impl(Raster given, const RowPlan& plan, std::unique_ptr<ImageWriter> target,
       std::shared_ptr<Translator::Impl::Opened> device, NetworkRunner& network,
       const NetworkRunner::Begun& run)
      : opened(std::move(device)),
        runner(network),
        begun(run),
        picture(std::move(given)),
        writer(std::move(target)),
        alpha(alpha_of(picture, plan)),
        rows(*writer, network.info(), alpha ? &*alpha : nullptr, plan.grey_kept) {}
  ~Impl() {
    if (!finished) runner.abandon(begun);
  }
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
    return translate_image(opened.runner(i), given, options_of(i, networks, options),
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
    return imago::translate_rows(opened.runner(i), std::move(picture),
                                 options_of(i, networks, options), writer,
                                 part_of(i, networks.size(), all));
  };
  return impl_->guarded([&](Impl::Opened& opened) {
    for (size_t i = 0; i + 1 < networks.size(); ++i) {
      Raster made;
      ImageMetadata metadata;
      run(opened, i, [&](const RowLayout& layout, const ImageMetadata& told) {
        metadata = told;
        return std::make_unique<RasterWriter>(layout, made);
      });
      made.metadata = std::move(metadata);
      picture = std::move(made);
    }
    return run(opened, networks.size() - 1, open);
  });
}

std::unique_ptr<RowTranslation> Translator::begin_rows(Raster& picture,
                                                       const TranslateOptions& options,
                                                       const OpenWriter& open) {
  if (impl_->networks.size() != 1) return nullptr;
  return impl_->guarded([&](Impl::Opened& opened) -> std::unique_ptr<RowTranslation> {
    NetworkRunner& runner = opened.runner(0);
    const ModelInfo& info = runner.info();
    const RowPlan plan = row_plan(picture, options, info);
    if (!plan.as_it_comes()) return nullptr;
    fill_transparent(picture);
    std::unique_ptr<ImageWriter> writer = open(plan.wanted, picture.metadata);
    const auto begun = runner.begin(reader_of(picture, info), run_options(runner, options, {}));
    if (!begun) return nullptr;
    return std::make_unique<RowTranslation>(std::make_unique<RowTranslation::Impl>(
        std::move(picture), plan, std::move(writer), impl_->opened, runner, *begun));
  });
}

std::unique_ptr<ImageWriter> Translator::finish_rows(RowTranslation& begun) {
  return impl_->guarded([&](Impl::Opened&) {
    RowTranslation::Impl& under_way = begun.impl();
    under_way.finished = true;
    under_way.runner.finish(under_way.begun,
                            [&](const OutputPart& part) { under_way.rows.add(part); });
    under_way.rows.finish();
    return std::move(under_way.writer);
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
