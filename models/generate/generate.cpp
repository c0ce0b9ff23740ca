#include "models/generate/generate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <system_error>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "compute/vk/device.h"
#include "models/data/random_stream.h"
#include "models/measure/sample_grid.h"
#include "models/translate/network_runner.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

/// Below this nearly every number is drawn again and again.
constexpr float kLeastTruncation = 0.01f;

/// True of networks that are told how far from the mean they may go (stylegan2.h).
bool truncates_itself(const ModelInfo& info) {
  return info.in_channels > info.latent + info.classes;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

const char* made_by(const ModelInfo& info) {
  return info.rows ? "row" : info.rate > 0 ? "sound" : "picture";
}

void require_empty(const fs::path& folder, const ModelInfo& info) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(folder.string() + ": cannot be made: " + error.message());
  if (!fs::is_empty(folder, error) && !error)
    throw Error(folder.string() + ": is not empty; " + made_by(info) +
                "s are generated into a folder of their own, so that its index.csv names all of "
                "them");
  if (error) throw Error(folder.string() + ": cannot be read: " + error.message());
}

/// A field of CSV, in quotes where it needs them.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string file_name(int64_t index, const ModelInfo& info) {
  char name[32];
  std::snprintf(name, sizeof(name), "%06lld.%s", static_cast<long long>(index),
                info.rate > 0 ? "wav" : "png");
  return name;
}

fs::path grid_beside(const fs::path& folder) {
  fs::path path = folder.lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.replace_filename(path.filename().string() + "-grid.png");
}

void save_grid(const std::vector<Image>& images, int columns, const fs::path& path) {
  std::vector<std::vector<Image>> rows;
  for (size_t i = 0; i < images.size(); ++i) {
    if (i % static_cast<size_t>(columns) == 0) rows.emplace_back();
    rows.back().push_back(images[i]);
  }
  SaveOptions options{.origin = Origin::trained_model, .creator = "Imago " IMAGO_VERSION};
  save_image(make_sample_grid(rows), path, options);
}

}  // namespace

std::string counted(int64_t count, const ModelInfo& info) {
  return std::to_string(count) + " " + made_by(info) + (count == 1 ? "" : "s");
}

std::vector<float> latent_of(const SampleOrder& order, const ModelInfo& info) {
  RandomStream random(order.seed, Purpose::generation, 0);
  std::vector<float> values;
  for (int i = 0; i < info.latent; ++i) {
    double value = random.normal();
    while (order.truncation > 0 && !truncates_itself(info) &&
           std::abs(value) > double{order.truncation})
      value = random.normal();
    values.push_back(static_cast<float>(value));
  }
  for (int i = 0; i < info.classes; ++i) values.push_back(i == order.label ? 1.0f : 0.0f);
  if (truncates_itself(info)) values.push_back(order.truncation > 0 ? order.truncation : 1);
  return values;
}

SampleMaker::SampleMaker(Device& device, Generator generator) : generator_(std::move(generator)) {
  const ModelInfo& info = generator_.info;
  if (info.rows)
    throw Error(info.name + " (" + info.architecture +
                "): makes rows of a table: use it with 'imago generate --rows'");
  if (info.latent == 0)
    throw Error(info.name + " (" + info.architecture +
                "): translates pictures and makes none of nothing: use it with 'imago translate'");
  runner_ = std::make_unique<NetworkRunner>(device, generator_);
}

SampleMaker::~SampleMaker() = default;

std::vector<Image> make_samples(const std::string& device, Generator generator, int64_t count,
                                uint64_t seed, const std::function<bool(int64_t done)>& progress) {
  Device opened(device);
  SampleMaker maker(opened, std::move(generator));
  const int classes = std::max(maker.info().classes, 1);
  std::vector<Image> pictures;
  for (int64_t i = 0; i < count; ++i) {
    pictures.push_back(maker.make(
        {.seed = seed + static_cast<uint64_t>(i), .label = static_cast<int>(i % classes)}));
    if (progress && !progress(i + 1)) break;
  }
  return pictures;
}

int SampleMaker::label_named(const std::string& name) const {
  const std::vector<std::string>& labels = info().labels;
  const auto found = std::ranges::find(labels, name);
  if (found != labels.end()) return static_cast<int>(found - labels.begin());
  throw Error(labels.empty() ? info().name + ": was trained without labels"
                             : "there is no label '" + name + "'; there are " + listed(labels));
}

Planes SampleMaker::planes_of(const SampleOrder& order) {
  Planes latent(info().in_channels, 1, 1);
  latent.values = latent_of(order, info());
  return runner_->run(latent, {.build = generator_.defaults});
}

Sound SampleMaker::make_sound(const SampleOrder& order) {
  return {info().rate, 1, planes_of(order).values};
}

Image SampleMaker::make(const SampleOrder& order) {
  const Planes made = planes_of(order);
  return image_from_batch(made.values, {1, made.channels, made.height, made.width}, 0,
                          info().input_low, info().input_high);
}

GenerateResult generate(SampleMaker& maker, const GenerateRequest& request,
                        const std::function<bool(int64_t)>& progress) {
  const std::vector<std::string>& labels = maker.info().labels;
  if (request.truncation != 0 && request.truncation < kLeastTruncation)
    throw Error("--truncation: the largest random number that is taken, at least 0.01; 0: any");
  const bool sounds = maker.info().rate > 0;
  if (sounds && request.grid) throw Error("--grid: sounds make no sheet of pictures");
  const int one = request.label.empty() ? -1 : maker.label_named(request.label);
  require_empty(request.folder, maker.info());
  const SaveOptions save{.origin = Origin::trained_model,
                         .creator = "Imago " IMAGO_VERSION ", " + maker.info().name};
  const int64_t shown =
      request.grid ? int64_t{request.grid->columns} * request.grid->rows : int64_t{0};
  std::string index = labels.empty() ? "file,seed\n" : "file,label,seed\n";
  std::vector<Image> sheet;
  GenerateResult result;
  for (int64_t i = 0; i < request.count; ++i) {
    if (progress && !progress(i)) break;
    const auto classes = static_cast<int64_t>(labels.size());
    const int label = one >= 0 ? one : classes > 0 ? static_cast<int>(i % classes) : 0;
    const uint64_t seed = request.seed + static_cast<uint64_t>(i);
    const std::string file = file_name(i, maker.info());
    const SampleOrder order{seed, label, request.truncation};
    Image image;
    if (sounds) {
      write_wav(maker.make_sound(order), request.folder / file, save.creator);
    } else {
      image = maker.make(order);
      save_image(image, request.folder / file, save);
    }
    index += file + ",";
    if (classes > 0) index += field(labels[static_cast<size_t>(label)]) + ",";
    index += std::to_string(seed) + "\n";
    if (i < shown) sheet.push_back(std::move(image));
    ++result.written;
  }
  result.finished = result.written == request.count;
  result.index = request.folder / "index.csv";
  write_file_atomically(result.index, std::as_bytes(std::span(index)));
  if (!sheet.empty()) {
    result.grid = grid_beside(request.folder);
    save_grid(sheet, request.grid->columns, result.grid);
  }
  return result;
}

}  // namespace imago
