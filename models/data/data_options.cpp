#include "models/data/data_options.h"

#include <cmath>

#include "models/data/walk.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

void require(bool fine, const std::string& problem) {
  if (!fine) throw DataError(problem);
}

/// The folder that is meant, whatever links lead to it and whether or not it is there.
fs::path real_folder(const fs::path& folder) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(whole(folder), error);
  return error ? whole(folder) : real;
}

/// Whether `inner` is `outer` or lies somewhere below it.
bool holds(const fs::path& outer, const fs::path& inner) {
  const fs::path way = inner.lexically_relative(outer);
  return !way.empty() && *way.begin() != "..";
}

}  // namespace

void check_folders(const DataOptions& options) {
  if (options.dataroot_b.empty()) return;
  require(has_two_folders(options.kind), std::string("--dataroot-b: --dataset-mode ") +
                                             to_string(options.kind) +
                                             " has no second folder; paired and unaligned have");
  if (options.dataroot.empty()) return;  // not chosen yet
  const fs::path a = real_folder(options.dataroot), b = real_folder(options.dataroot_b);
  const std::string folder = options.dataroot_b.string();
  require(a != b, folder + ": is both --dataroot and --dataroot-b; A and B lie in two folders");
  require(!holds(a, b) && !holds(b, a),
          folder +
              ": one of --dataroot and --dataroot-b lies in the other, so its pictures would "
              "be both A and B; choose two folders beside each other");
}

std::string data_folders(const DataOptions& options) {
  const std::string a = options.dataroot.string();
  return options.dataroot_b.empty() ? a : a + " and " + options.dataroot_b.string();
}

void check(const DataOptions& options) {
  const auto channels = [](int count) { return count == 1 || count == 3; };
  const bool photos = options.kind == DataKind::photos;
  const Preprocess preprocess = options.preprocess;
  require(options.batch_size >= 1, "--batch-size must be at least 1");
  require(options.crop_size >= 1 && options.load_size >= 1,
          "--crop-size and --load-size must be at least 1");
  require(channels(options.input_channels) && channels(options.output_channels),
          "pictures have 1 or 3 channels (--input-nc, --output-nc)");
  const bool crops_resized =
      preprocess == Preprocess::resize_and_crop || preprocess == Preprocess::scale_width_and_crop;
  require(photos || options.kind == DataKind::samples || !crops_resized ||
              options.load_size >= options.crop_size,
          "--load-size " + std::to_string(options.load_size) + " is smaller than --crop-size " +
              std::to_string(options.crop_size) + ": no crop fits into the resized picture");
  require(!photos || options.scale >= 1, "--scale must be at least 1");
  require(!photos || preprocess == Preprocess::none || options.crop_size % options.scale == 0,
          "--crop-size " + std::to_string(options.crop_size) + " is not a multiple of --scale " +
              std::to_string(options.scale));
  require(options.color_jitter >= 0 && options.color_jitter <= 1,
          "--color-jitter lies between 0 and 1");
  require(options.input_jitter >= 0 && options.input_jitter <= 1,
          "--input-jitter lies between 0 and 1");
  require(
      options.input_jitter == 0 || options.kind == DataKind::aligned ||
          options.kind == DataKind::paired || options.kind == DataKind::cameras,
      "--input-jitter: only pairs (--dataset-mode aligned, paired, cameras) have an input whose "
      "colours can change alone");
  require(options.augment >= 0 && options.augment <= 1, "--augment is a probability, from 0 to 1");
  require(options.white_on_black >= 0 && options.white_on_black <= 1,
          "--white-on-black is a probability, from 0 to 1");
  require(options.line_width >= 0 && options.line_width <= 64,
          "--line-width lies between 0 and 64");
  require(
      (options.white_on_black == 0 && options.line_width == 0) || options.kind == DataKind::edges,
      "--white-on-black and --line-width: only --dataset-mode edges has drawings");
  require(options.hand_drawn >= 0 && options.hand_drawn <= 1,
          "--hand-drawn is a probability, from 0 to 1");
  require(options.hand_drawn == 0 || options.kind == DataKind::edges,
          "--hand-drawn: only --dataset-mode edges has drawings");
  require(options.on_paper >= 0 && options.on_paper <= 1,
          "--on-paper is a probability, from 0 to 1");
  require(options.on_paper == 0 || options.kind == DataKind::edges,
          "--on-paper: only --dataset-mode edges has drawings");
  constexpr int kMostStrokes = 1000;
  require(options.colour_strokes >= 0 && options.colour_strokes <= kMostStrokes,
          "--colour-strokes lies between 0 and 1000");
  require(options.colour_strokes == 0 ||
              (options.kind == DataKind::edges &&
               (options.b_to_a ? options.output_channels : options.input_channels) == 3),
          "--colour-strokes: only drawings (--dataset-mode edges) of 3 channels have colours");
  require(options.held_out >= 0, "--held-out must not be negative");
  require(options.held_out == 0 || options.kind != DataKind::cameras,
          "--held-out: cameras are split by camera, with --val-cameras");
  require(options.val_cameras.empty() || options.kind == DataKind::cameras,
          "--val-cameras: only --dataset-mode cameras has cameras");
  require(options.kind != DataKind::samples || preprocess == Preprocess::resize_and_crop ||
              preprocess == Preprocess::crop,
          "--preprocess: samples are of one size, so they are prepared by resize_and_crop or crop");
  require(options.latent >= 1 && options.latent <= 65536, "--latent lies between 1 and 65536");
  require(options.kind == DataKind::samples || (!options.labels && options.label_names.empty()),
          "--labels and --label-names: only --dataset-mode samples has labels");
  require(options.labels || options.label_names.empty(),
          "--label-names: names classes, but there are none without --labels");
  require(options.modes >= 1 && options.modes <= 100, "--modes lies between 1 and 100");
  const int side = static_cast<int>(std::lround(std::sqrt(options.length)));
  require(options.kind != DataKind::sounds || side * side == options.length,
          "--length " + std::to_string(options.length) +
              ": is 16 times a power of four: 1024, 4096, 16384 or 65536 samples");
  require(options.rate >= 1000 && options.rate <= 384000,
          "--rate: lies between 1000 and 384000 samples a second");
  check_folders(options);
}

const char* to_string(DataKind kind) {
  switch (kind) {
    case DataKind::unaligned:
      return "unaligned";
    case DataKind::photos:
      return "photos";
    case DataKind::paired:
      return "paired";
    case DataKind::edges:
      return "edges";
    case DataKind::grey:
      return "grey";
    case DataKind::holes:
      return "holes";
    case DataKind::cameras:
      return "cameras";
    case DataKind::samples:
      return "samples";
    case DataKind::table:
      return "table";
    case DataKind::sounds:
      return "sounds";
    case DataKind::aligned:
      break;
  }
  return "aligned";
}

const char* to_string(Preprocess preprocess) {
  switch (preprocess) {
    case Preprocess::crop:
      return "crop";
    case Preprocess::scale_width:
      return "scale_width";
    case Preprocess::scale_width_and_crop:
      return "scale_width_and_crop";
    case Preprocess::none:
      return "none";
    case Preprocess::resize_and_crop:
      break;
  }
  return "resize_and_crop";
}

}  // namespace imago
