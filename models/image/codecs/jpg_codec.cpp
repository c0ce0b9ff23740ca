// JPEG pixels, through libjpeg-turbo.
#include "models/image/codecs/jpg_codec.h"

#include <array>
#include <cmath>
#include <csetjmp>
#include <cstdio>  // jpeglib.h expects it
#include <new>

#include <jpeglib.h>

#include <jerror.h>

namespace imago {
namespace {

/// Where libjpeg's complaints go in place of the terminal.
struct JpgFaults {
  jpeg_error_mgr manager{};
  std::jmp_buf back{};
  char message[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void give_up(j_common_ptr info) {
  auto* faults = static_cast<JpgFaults*>(info->client_data);
  info->err->format_message(info, faults->message);
  std::longjmp(faults->back, 1);
}

/// Below 0 are warnings: libjpeg made pixels up. From 0 on it only tells what it does.
void judge(j_common_ptr info, int level) {
  if (level < 0) give_up(info);
}

/// A jpeg_decompress_struct or jpeg_compress_struct with its memory.
template <typename Info>
class Codec {
 public:
  Codec() {
    info.err = jpeg_std_error(&faults_.manager);
    info.err->error_exit = give_up;
    info.err->emit_message = judge;
    info.err->output_message = [](j_common_ptr) {};
    info.client_data = &faults_;
  }
  ~Codec() { jpeg_destroy(reinterpret_cast<j_common_ptr>(&info)); }
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  /// All calls of libjpeg go through here. C code cannot pass exceptions on, so it jumps back to
  /// here first: out of `steps`, which therefore must not own anything with a destructor.
  /// `output`: what the steps write to, if anything.
  template <typename Steps>
  void run(const char* failure, const Steps& steps, const OutputForC* output = nullptr) {
    if (setjmp(faults_.back) == 0) {
      steps();
      return;
    }
    if (output) output->rethrow();
    if (info.err->msg_code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
    throw ImageError(std::string(failure) + " (libjpeg: " + faults_.message + ")");
  }

  Info info{};

 private:
  JpgFaults faults_;
};

/// Inverted, ink is light: colour times black gives what remains of white. Rounds to nearest.
void cmyk_to_rgb(const std::vector<uint8_t>& cmyk, uint8_t* rgb) {
  for (size_t i = 0; i < cmyk.size(); i += 4, rgb += 3) {
    for (size_t c = 0; c < 3; ++c)
      rgb[c] = static_cast<uint8_t>((cmyk[i + c] * cmyk[i + 3] + 127) / 255);
  }
}

/// Hands on what libjpeg writes.
struct Destination {
  jpeg_destination_mgr manager{};
  std::array<JOCTET, 1 << 16> chunk{};
  OutputForC output;

  explicit Destination(std::unique_ptr<Output> to) : output(std::move(to)) {}
  void start_chunk() {
    manager.next_output_byte = chunk.data();
    manager.free_in_buffer = chunk.size();
  }
};

Destination& destination_of(j_compress_ptr info) {
  return *reinterpret_cast<Destination*>(info->dest);  // the manager is its first member
}

boolean flush_chunk(j_compress_ptr info) {
  Destination& destination = destination_of(info);
  if (!destination.output.write(destination.chunk.data(), destination.chunk.size()))
    ERREXIT(info, JERR_FILE_WRITE);
  destination.start_chunk();
  return TRUE;
}

void flush_rest(j_compress_ptr info) {
  Destination& destination = destination_of(info);
  const size_t size = destination.chunk.size() - info->dest->free_in_buffer;
  if (!destination.output.write(destination.chunk.data(), size)) ERREXIT(info, JERR_FILE_WRITE);
}

/// A segment's name and content together.
std::vector<std::byte> named(std::string_view name, const std::vector<std::byte>& content) {
  const auto bytes = std::as_bytes(std::span(name));
  std::vector<std::byte> all(bytes.begin(), bytes.end());
  all.insert(all.end(), content.begin(), content.end());
  return all;
}

class JpgWriter : public ImageWriter {
 public:
  JpgWriter(std::unique_ptr<Output> output, const RowLayout& layout,
            const EncodedMetadata& metadata, int quality)
      : ImageWriter(layout), destination_(std::move(output)) {
    destination_.start_chunk();
    destination_.manager.init_destination = [](j_compress_ptr) {};
    destination_.manager.empty_output_buffer = flush_chunk;
    destination_.manager.term_destination = flush_rest;
    const auto exif = named({"Exif\0\0", 6}, metadata.exif);
    const auto xmp = named({"http://ns.adobe.com/xap/1.0/\0", 29}, metadata.xmp);
    const auto irb = named({"Photoshop 3.0\0", 14}, metadata.irb);
    run([&] {
      start(metadata.resolution, quality);
      if (!metadata.exif.empty()) write_segment(JPEG_APP0 + 1, exif);
      if (!metadata.xmp.empty()) write_segment(JPEG_APP0 + 1, xmp);
      if (!metadata.irb.empty()) write_segment(JPEG_APP0 + 13, irb);
      if (!metadata.icc.empty())
        jpeg_write_icc_profile(&info(), reinterpret_cast<const JOCTET*>(metadata.icc.data()),
                               static_cast<unsigned>(metadata.icc.size()));
    });
  }

  void write_rows(std::span<const std::byte> rows) override {
    const size_t size = layout_.row_bytes(), count = rows.size() / size;
    run([&] {
      for (size_t y = 0; y < count; ++y) {
        auto* row = reinterpret_cast<uint8_t*>(const_cast<std::byte*>(&rows[y * size]));
        jpeg_write_scanlines(&info(), &row, 1);
      }
    });
  }

  void finish() override {
    run([&] { jpeg_finish_compress(&info()); });
    destination_.output.commit();
  }

 private:
  jpeg_compress_struct& info() { return codec_.info; }

  void start(const std::optional<Resolution>& resolution, int quality) {
    jpeg_create_compress(&info());
    info().dest = &destination_.manager;
    info().image_width = static_cast<JDIMENSION>(layout_.width);
    info().image_height = static_cast<JDIMENSION>(layout_.height);
    info().input_components = layout_.channels;
    info().in_color_space = layout_.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&info());
    jpeg_set_quality(&info(), quality, TRUE);
    // libjpeg would halve the colour: that costs more than the networks' finest detail is worth.
    info().comp_info[0].h_samp_factor = info().comp_info[0].v_samp_factor = 1;
    if (resolution && resolution->x < 65535 && resolution->y < 65535) {
      info().density_unit = 1;  // per inch
      info().X_density = static_cast<UINT16>(std::lround(resolution->x));
      info().Y_density = static_cast<UINT16>(std::lround(resolution->y));
    }
    jpeg_start_compress(&info(), TRUE);
  }

  void write_segment(int marker, const std::vector<std::byte>& content) {
    jpeg_write_marker(&info(), marker, reinterpret_cast<const JOCTET*>(content.data()),
                      static_cast<unsigned>(content.size()));
  }

  template <typename Steps>
  void run(const Steps& steps) {
    codec_.run("the picture cannot be encoded as jpg", steps, &destination_.output);
  }

  Destination destination_;
  Codec<jpeg_compress_struct> codec_;  // goes first: it may still use the destination
};

}  // namespace

Raster decode_jpg_pixels(formats::Bytes stream, int divisor) {
  constexpr auto kFailure = "the JPEG is damaged; get another copy of it";
  Codec<jpeg_decompress_struct> codec;
  jpeg_decompress_struct& info = codec.info;
  codec.run(kFailure, [&] {
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(stream.data()), stream.size());
    jpeg_read_header(&info, TRUE);
    info.out_color_space = info.num_components == 1   ? JCS_GRAYSCALE
                           : info.num_components == 3 ? JCS_RGB
                                                      : JCS_CMYK;
    info.scale_num = 1;
    info.scale_denom = static_cast<unsigned>(divisor);
    jpeg_start_decompress(&info);
  });
  const bool cmyk = info.out_color_space == JCS_CMYK;
  Raster raster = formats::make_raster(static_cast<int>(info.output_width),
                                       static_cast<int>(info.output_height),
                                       info.out_color_space == JCS_GRAYSCALE ? 1 : 3, false, 8);
  std::vector<uint8_t> inks(cmyk ? size_t{4} * info.output_width : 0);
  codec.run(kFailure, [&] {
    while (info.output_scanline < info.output_height) {
      auto* row = reinterpret_cast<uint8_t*>(raster.row(static_cast<int>(info.output_scanline)));
      JSAMPROW target = cmyk ? inks.data() : row;
      jpeg_read_scanlines(&info, &target, 1);
      if (cmyk) cmyk_to_rgb(inks, row);
    }
    jpeg_finish_decompress(&info);  // objects to data left over
  });
  return raster;
}

std::unique_ptr<ImageWriter> make_jpg_writer(std::unique_ptr<Output> output,
                                             const RowLayout& layout, EncodedMetadata metadata,
                                             int quality) {
  return std::make_unique<JpgWriter>(std::move(output), layout, metadata, quality);
}

}  // namespace imago
