// PNG pixels, through libpng.
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <new>

#include "models/image/codecs/canvas.h"
#include "models/image/codecs/png_chunks.h"
#include "models/image/output.h"

namespace imago {
namespace {

/// Where libpng's complaints go in place of the terminal.
struct PngFaults {
  std::jmp_buf back{};
  char message[200] = "";
};

[[noreturn]] void give_up(png_structp png, png_const_charp message) {
  auto* faults = static_cast<PngFaults*>(png_get_error_ptr(png));
  std::strncpy(faults->message, message, sizeof(faults->message) - 1);
  std::longjmp(faults->back, 1);
}
void ignore(png_structp, png_const_charp) {}

/// All calls of libpng go through here. C code cannot pass exceptions on, so it jumps back to here:
/// out of `steps`, which therefore must not own anything with a destructor.
template <typename Steps>
bool run(PngFaults& faults, const Steps& steps) {
  if (setjmp(faults.back) != 0) return false;
  steps();
  return true;
}

class Reading {
 public:
  explicit Reading(formats::Bytes file) : rest_(file) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &faults_, give_up, ignore);
    info_ = png_ ? png_create_info_struct(png_) : nullptr;
    if (info_) return;
    png_destroy_read_struct(&png_, nullptr, nullptr);
    throw std::bad_alloc();
  }
  ~Reading() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  Raster read() {
    step([&] { read_header(); });
    const int type = png_get_color_type(png_, info_);
    Raster raster = formats::make_raster(
        static_cast<int>(png_get_image_width(png_, info_)),
        static_cast<int>(png_get_image_height(png_, info_)), type & PNG_COLOR_MASK_COLOR ? 3 : 1,
        type & PNG_COLOR_MASK_ALPHA, png_get_bit_depth(png_, info_));
    if (png_get_rowbytes(png_, info_) != raster.row_bytes())
      throw ImageError("this kind of PNG is not supported");
    std::vector<png_bytep> rows;
    for (int y = 0; y < raster.height; ++y)
      rows.push_back(reinterpret_cast<png_bytep>(raster.row(y)));
    step([&] {
      png_read_image(png_, rows.data());
      png_read_end(png_, nullptr);
    });
    return raster;
  }

 private:
  void read_header() {
    png_set_read_fn(png_, this, [](png_structp png, png_bytep to, size_t size) {
      auto& rest = static_cast<Reading*>(png_get_io_ptr(png))->rest_;
      if (size > rest.size()) png_error(png, "the data ends too early");
      std::memcpy(to, rest.data(), size);
      rest = rest.subspan(size);
    });
    png_set_user_limits(png_, 1 << 20, 1 << 20);
    // Only what makes the pixels: the rest is read elsewhere.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(png_, info_);
    png_set_expand(png_);  // palettes to RGB, 1, 2 and 4 bits to 8, tRNS to alpha
    if (png_get_bit_depth(png_, info_) == 16 && std::endian::native == std::endian::little)
      png_set_swap(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
  }

  template <typename Steps>
  void step(const Steps& steps) {
    if (!run(faults_, steps))
      throw ImageError(std::string("the PNG is damaged; get another copy of it (libpng: ") +
                       faults_.message + ")");
  }

  formats::Bytes rest_;
  PngFaults faults_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

bool grey_palette(formats::Bytes palette) {
  for (size_t i = 0; i + 2 < palette.size(); i += 3)
    if (palette[i] != palette[i + 1] || palette[i] != palette[i + 2]) return false;
  return !palette.empty();
}

Raster decode_frames(const formats::PngFacts& facts, int page) {
  const size_t last = static_cast<size_t>(page) - (facts.first_is_frame ? 1 : 2);
  std::optional<formats::Canvas> canvas;
  for (size_t i = 0; i <= last; ++i) {
    const formats::PngFrame& frame = facts.frames[i];
    const std::vector<std::byte> file = formats::png_of_frame(facts, frame);
    const Raster shown = Reading(file).read();
    if (!canvas) canvas.emplace(facts.width, facts.height, shown.channels, shown.bits);
    // There is nothing before the first frame that could be restored.
    const auto dispose = frame.dispose == 2 && i == 0 ? 1 : frame.dispose;
    canvas->show(shown, static_cast<int>(frame.x), static_cast<int>(frame.y),
                 static_cast<formats::Dispose>(dispose), frame.blend == 1);
  }
  return canvas->picture();
}

class PngWriter : public ImageWriter {
 public:
  PngWriter(std::unique_ptr<Output> output, const RowLayout& layout, EncodedMetadata metadata)
      : PngWriter(std::move(metadata), std::move(output), layout) {
    if (!info_) throw std::bad_alloc();  // from here on the destructor runs whatever is thrown
    const std::vector<std::byte> profile = profile_chunk(), iptc = iptc_chunk(),
                                 packet = xmp_chunk();
    step([&] {
      write_header();
      write_colour(profile);
      if (metadata_.resolution) write_resolution(*metadata_.resolution);
      write_chunk("eXIf", metadata_.exif);
      write_chunk("iTXt", packet);
      write_chunk("zTXt", iptc);
    });
  }
  ~PngWriter() override { png_destroy_write_struct(&png_, &info_); }

  void write_rows(std::span<const std::byte> rows) override {
    const size_t size = layout_.row_bytes(), count = rows.size() / size;
    step([&] {
      for (size_t y = 0; y < count; ++y)
        png_write_row(png_, reinterpret_cast<png_const_bytep>(&rows[y * size]));
    });
  }

  void finish() override {
    step([&] { png_write_end(png_, nullptr); });
    output_.commit();
  }

 private:
  PngWriter(EncodedMetadata metadata, std::unique_ptr<Output> output, const RowLayout& layout)
      : ImageWriter(layout), metadata_(std::move(metadata)), output_(std::move(output)) {
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &faults_, give_up, ignore);
    info_ = png_ ? png_create_info_struct(png_) : nullptr;
  }

  void write_header() {
    png_set_write_fn(
        png_, &output_,
        [](png_structp png, png_bytep from, size_t size) {
          if (!static_cast<OutputForC*>(png_get_io_ptr(png))->write(from, size))
            png_error(png, "writing failed");
        },
        [](png_structp) {});
    png_set_user_limits(png_, INT32_MAX, INT32_MAX);
    const int type = (layout_.channels == 3 ? PNG_COLOR_MASK_COLOR : 0) |
                     (layout_.alpha ? PNG_COLOR_MASK_ALPHA : 0);
    png_set_IHDR(png_, info_, static_cast<png_uint_32>(layout_.width),
                 static_cast<png_uint_32>(layout_.height), layout_.bits, type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    // Several times faster than the best, a tenth larger.
    png_set_filter(png_, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_compression_level(png_, Z_BEST_SPEED);
    png_set_compression_strategy(png_, Z_RLE);
    png_write_info(png_, info_);
    if (layout_.bits == 16 && std::endian::native == std::endian::little) png_set_swap(png_);
  }

  void write_colour(const std::vector<std::byte>& profile) {
    const ColourChunks& colour = metadata_.colour;
    if (colour.cicp) write_chunk("cICP", std::as_bytes(std::span(*colour.cicp)));
    write_chunk("iCCP", profile);
    if (colour.srgb && profile.empty())
      write_chunk("sRGB", std::as_bytes(std::span(&*colour.srgb, 1)));
    if (colour.gamma) write_numbers("gAMA", std::span(&*colour.gamma, 1));
    if (colour.chromaticities) write_numbers("cHRM", *colour.chromaticities);
  }

  void write_resolution(const Resolution& resolution) {
    const auto per_metre = [](double inch) {
      return static_cast<uint32_t>(std::min(inch / 0.0254 + 0.5, 2e9));
    };
    png_byte chunk[9];
    png_save_uint_32(chunk, per_metre(resolution.x));
    png_save_uint_32(chunk + 4, per_metre(resolution.y));
    chunk[8] = PNG_RESOLUTION_METER;
    write_chunk("pHYs", std::as_bytes(std::span(chunk)));
  }

  void write_numbers(const char* name, std::span<const uint32_t> numbers) {
    png_byte chunk[32];
    for (size_t i = 0; i < numbers.size(); ++i) png_save_uint_32(chunk + 4 * i, numbers[i]);
    write_chunk(name, std::as_bytes(std::span(chunk, 4 * numbers.size())));
  }

  void write_chunk(const char* name, std::span<const std::byte> content) {
    if (content.empty()) return;
    png_write_chunk(png_, reinterpret_cast<png_const_bytep>(name),
                    reinterpret_cast<png_const_bytep>(content.data()), content.size());
  }

  static void append(std::vector<std::byte>& to, std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    to.insert(to.end(), bytes.begin(), bytes.end());
  }

  static void append_compressed(std::vector<std::byte>& to, std::span<const std::byte> content) {
    uLongf size = compressBound(static_cast<uLong>(content.size()));
    const size_t start = to.size();
    to.resize(start + size);
    compress2(reinterpret_cast<Bytef*>(&to[start]), &size,
              reinterpret_cast<const Bytef*>(content.data()), static_cast<uLong>(content.size()),
              Z_BEST_COMPRESSION);
    to.resize(start + size);
  }

  /// libpng itself refuses profiles with small faults, which are to be carried all the same.
  std::vector<std::byte> profile_chunk() const {
    std::vector<std::byte> chunk;
    if (metadata_.icc.empty()) return chunk;
    append(chunk, std::string_view("ICC profile\0\0", 13));
    append_compressed(chunk, metadata_.icc);
    return chunk;
  }

  std::vector<std::byte> xmp_chunk() const {
    std::vector<std::byte> chunk;
    if (metadata_.xmp.empty()) return chunk;
    append(chunk, std::string_view("XML:com.adobe.xmp\0\0\0\0\0", 22));
    chunk.insert(chunk.end(), metadata_.xmp.begin(), metadata_.xmp.end());
    return chunk;
  }

  /// ImageMagick's way, which others follow: its name, its size and hexadecimal digits.
  std::vector<std::byte> iptc_chunk() const {
    std::vector<std::byte> chunk;
    if (metadata_.irb.empty()) return chunk;
    std::string size = std::to_string(metadata_.irb.size());
    std::string text = "\niptc\n" + std::string(8 - std::min<size_t>(8, size.size()), ' ') + size;
    for (size_t i = 0; i < metadata_.irb.size(); ++i) {
      constexpr auto kDigits = "0123456789abcdef";
      if (i % 36 == 0) text += '\n';
      text += kDigits[std::to_integer<int>(metadata_.irb[i] >> 4)];
      text += kDigits[std::to_integer<int>(metadata_.irb[i] & std::byte{15})];
    }
    text += '\n';
    append(chunk, std::string_view("Raw profile type iptc\0\0", 23));
    append_compressed(chunk, std::as_bytes(std::span(text)));
    return chunk;
  }

  template <typename Steps>
  void step(const Steps& steps) {
    if (run(faults_, steps)) return;
    output_.rethrow();
    throw ImageError(std::string("the picture cannot be encoded as png (libpng: ") +
                     faults_.message + ")");
  }

  EncodedMetadata metadata_;
  OutputForC output_;
  PngFaults faults_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

formats::Decoded formats::decode_png(Bytes file, int page) {
  const PngFacts facts = read_png_chunks(file);
  require_page(page, facts.pages(), "frames");
  Decoded decoded;
  decoded.pages = facts.pages();
  decoded.raster = page == 1 ? Reading(file).read() : decode_frames(facts, page);
  if (grey_palette(facts.palette) && facts.colour_type == PNG_COLOR_TYPE_PALETTE)
    drop_colour(decoded.raster);
  decoded.raster.metadata.colour = facts.colour;
  decoded.raster.metadata.resolution = facts.resolution;
  return decoded;
}

std::unique_ptr<ImageWriter> make_png_writer(std::unique_ptr<Output> output,
                                             const RowLayout& layout, EncodedMetadata metadata,
                                             int) {
  return std::make_unique<PngWriter>(std::move(output), layout, std::move(metadata));
}

}  // namespace imago
