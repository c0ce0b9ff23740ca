#include "models/data/data_options.h"

namespace imago {
namespace {

void require(bool fine, const std::string& problem) {
  if (!fine) throw DataError(problem);
}

}  // namespace

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
  require(photos || !crops_resized || options.load_size >= options.crop_size,
          "--load-size " + std::to_string(options.load_size) + " is smaller than --crop-size " +
              std::to_string(options.crop_size) + ": no crop fits into the resized picture");
  require(!photos || options.scale >= 1, "--scale must be at least 1");
  require(!photos || preprocess == Preprocess::none || options.crop_size % options.scale == 0,
          "--crop-size " + std::to_string(options.crop_size) + " is not a multiple of --scale " +
              std::to_string(options.scale));
  require(options.color_jitter >= 0 && options.color_jitter <= 1,
          "--color-jitter lies between 0 and 1");
  require(options.augment >= 0 && options.augment <= 1, "--augment is a probability, from 0 to 1");
  require(options.held_out >= 0, "--held-out must not be negative");
  require(options.held_out == 0 || options.kind != DataKind::cameras,
          "--held-out: cameras are split by camera, with --val-cameras");
  require(options.val_cameras.empty() || options.kind == DataKind::cameras,
          "--val-cameras: only --dataset-mode cameras has cameras");
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
