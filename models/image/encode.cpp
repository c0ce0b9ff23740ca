#include <algorithm>
#include <new>

#include "models/image/colour.h"
#include "models/image/file_names.h"
#include "models/image/metadata.h"
#include "models/image/output.h"

namespace imago {
namespace {

struct Format {
  const char* name;
  WriterMaker* make;
  int64_t most_pixels;  // a side
  bool alpha, deep, profile;
};
constexpr Format kFormats[] = {
    {"png", make_png_writer, INT32_MAX, true, true, true},
    {"jpg", make_jpg_writer, 65500, false, false, true},
    {"webp", make_webp_writer, 16383, true, false, true},
    {"tif", make_tif_writer, INT32_MAX, true, true, true},
    {"bmp", make_bmp_writer, 1 << 20, false, false, false},
    {"ppm", make_pnm_writer, INT32_MAX, false, true, false},
};

const Format& format_named(const std::string& name) {
  const std::string canonical = canonical_format(name);
  return *std::ranges::find_if(kFormats,
                               [&](const Format& format) { return format.name == canonical; });
}

/// Converts rows to sRGB on their way into a format that cannot say what else they are.
class ConvertingWriter : public ImageWriter {
 public:
  ConvertingWriter(std::unique_ptr<ImageWriter> writer, ConverterToSrgb converter)
      : ImageWriter(writer->layout()),
        writer_(std::move(writer)),
        converter_(std::move(converter)) {}

  void write_rows(std::span<const std::byte> rows) override {
    rows_.assign(rows.begin(), rows.end());
    converter_.convert(rows_);
    writer_->write_rows(rows_);
  }
  void finish() override { writer_->finish(); }

 private:
  std::unique_ptr<ImageWriter> writer_;
  ConverterToSrgb converter_;
  std::vector<std::byte> rows_;
};

void check_layout(const RowLayout& layout, const Format& format) {
  if (layout.width <= 0 || layout.height <= 0)
    throw ImageError("an empty picture cannot be written");
  if ((layout.channels != 1 && layout.channels != 3) || (layout.bits != 8 && layout.bits != 16) ||
      layout != stored_layout(format.name, layout)) {
    throw ImageError("the picture to write is malformed: " + std::to_string(layout.width) + "×" +
                     std::to_string(layout.height) + ", " + std::to_string(layout.channels) +
                     " channels, " + std::to_string(layout.bits) + " bits as " + format.name);
  }
  check_output_size(format.name, layout.width, layout.height);
}

std::unique_ptr<ImageWriter> make_writer(std::unique_ptr<Output> output, const RowLayout& layout,
                                         const ImageMetadata& metadata,
                                         const SaveOptions& options) {
  const Format& format = format_named(options.format);
  EncodedMetadata encoded = encode_metadata(metadata, {.format = format.name,
                                                       .width = layout.width,
                                                       .height = layout.height,
                                                       .channels = layout.channels,
                                                       .origin = options.origin,
                                                       .creator = options.creator});
  std::optional<ColourSpace> space = space_of(metadata.colour, !encoded.icc.empty());
  if (format.name == std::string("png") || (space && space->is_srgb)) space.reset();
  const bool carried = space && format.profile && !space->brighter_than_white;
  // Beside a cICP a profile says about the same for those who do not know it.
  if (carried && encoded.icc.empty()) encoded.icc = make_profile(*space, layout.channels);
  auto writer = format.make(std::move(output), layout, std::move(encoded), options.quality);
  if (!space || carried || (format.profile && !metadata.icc.empty())) return writer;
  return std::make_unique<ConvertingWriter>(std::move(writer), ConverterToSrgb(*space, layout));
}

void check_quality(int quality) {
  if (quality >= 1 && quality <= 100) return;
  throw ImageError("a quality of " + std::to_string(quality) + " is not possible: give 1 to 100");
}

void check_image(const Image& image) {
  const auto count = static_cast<size_t>(std::max(image.width, 0)) *
                     static_cast<size_t>(std::max(image.height, 0));
  if (count == 0) throw ImageError("an empty picture cannot be written");
  if ((image.channels == 1 || image.channels == 3) && (image.bits == 8 || image.bits == 16) &&
      image.pixels.size() == count * static_cast<size_t>(image.channels) &&
      (image.alpha.empty() || image.alpha.size() == count))
    return;
  throw ImageError("the picture to write is malformed: " + std::to_string(image.width) + "×" +
                   std::to_string(image.height) + ", " + std::to_string(image.channels) +
                   " channels, " + std::to_string(image.bits) + " bits, " +
                   std::to_string(image.pixels.size()) + " values");
}

void write_image(const Image& image, const SaveOptions& options,
                 const std::function<std::unique_ptr<Output>()>& open) {
  const Format& format = format_named(options.format);
  check_quality(options.quality);
  check_image(image);
  const RowLayout layout = stored_layout(
      format.name, {image.width, image.height, image.channels, !image.alpha.empty(), image.bits});
  check_layout(layout, format);
  try {
    const auto writer = make_writer(open(), layout, image.metadata, options);
    write_all(image, *writer);
    writer->finish();
  } catch (const std::bad_alloc&) {
    throw ImageError(std::string("not enough memory to encode the picture as ") + format.name);
  }
}

}  // namespace

void write_all(const Image& image, ImageWriter& writer) {
  std::vector<std::byte> row(writer.layout().row_bytes());
  const auto width = static_cast<size_t>(image.width);
  for (int y = 0; y < image.height; ++y) {
    const size_t pixel = static_cast<size_t>(y) * width;
    quantise_row(&image.pixels[pixel * static_cast<size_t>(image.channels)], image.channels,
                 image.alpha.empty() ? nullptr : &image.alpha[pixel], writer.layout(), y,
                 row.data());
    writer.write_rows(row);
  }
}

void write_all(const Raster& raster, ImageWriter& writer) {
  const RowLayout layout{raster.width, raster.height, raster.channels, raster.alpha, raster.bits};
  if (layout == writer.layout()) return writer.write_rows(raster.samples);
  // Row by row through floats, since the writer's samples are others.
  Raster row;
  row.width = raster.width;
  row.height = 1;
  row.channels = raster.channels;
  row.alpha = raster.alpha;
  row.bits = raster.bits;
  std::vector<std::byte> stored(writer.layout().row_bytes());
  for (int y = 0; y < raster.height; ++y) {
    row.samples.assign(raster.row(y), raster.row(y) + raster.row_bytes());
    const Image floats = to_image(row);
    quantise_row(floats.pixels.data(), floats.channels,
                 floats.alpha.empty() ? nullptr : floats.alpha.data(), writer.layout(), y,
                 stored.data());
    writer.write_rows(stored);
  }
}

RowLayout stored_layout(const std::string& name, RowLayout wanted) {
  const Format& format = format_named(name);
  if (!format.alpha) wanted.alpha = false;
  if (!format.deep) wanted.bits = 8;
  if (format.name == std::string("webp")) wanted.channels = 3;
  return wanted;
}

void check_output_size(const std::string& name, int64_t width, int64_t height) {
  const Format& format = format_named(name);
  const std::string instead = ": write it as png or tif";
  if (format.name == std::string("bmp") && 3 * width * height > int64_t{UINT32_MAX} - (1 << 23))
    throw ImageError("a bmp holds at most 4 GiB, too little for the picture's " +
                     std::to_string(width) + "×" + std::to_string(height) + " pixels" + instead);
  if (width <= format.most_pixels && height <= format.most_pixels) return;
  throw ImageError(std::string("a ") + format.name + " holds at most " +
                   std::to_string(format.most_pixels) + " pixels a side, the picture has " +
                   std::to_string(width) + "×" + std::to_string(height) + instead);
}

std::unique_ptr<ImageWriter> open_image_writer(const std::filesystem::path& path,
                                               const RowLayout& layout,
                                               const ImageMetadata& metadata,
                                               const SaveOptions& options) {
  SaveOptions complete = options;
  if (complete.format.empty()) complete.format = path.extension().string();
  check_quality(options.quality);
  check_layout(layout, format_named(complete.format));
  return make_writer(output_to_file(path), layout, metadata, complete);
}

std::vector<std::byte> encode_image(const Image& image, const SaveOptions& options) {
  std::vector<std::byte> content;
  write_image(image, options, [&] { return output_to_memory(content); });
  return content;
}

void save_image(const Image& image, const std::filesystem::path& path, const SaveOptions& options) {
  SaveOptions complete = options;
  if (complete.format.empty()) complete.format = path.extension().string();
  write_image(image, complete, [&] { return output_to_file(path); });
}

void save_raster(const Raster& raster, const std::filesystem::path& path,
                 const SaveOptions& options) {
  SaveOptions complete = options;
  if (complete.format.empty()) complete.format = path.extension().string();
  const RowLayout layout = stored_layout(
      complete.format, {raster.width, raster.height, raster.channels, raster.alpha, raster.bits});
  try {
    const auto writer = open_image_writer(path, layout, raster.metadata, complete);
    write_all(raster, *writer);
    writer->finish();
  } catch (const std::bad_alloc&) {
    throw ImageError("not enough memory to encode the picture as " + complete.format);
  }
}

}  // namespace imago
