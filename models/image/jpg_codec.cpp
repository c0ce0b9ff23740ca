#include "models/image/jpg_codec.h"

#include <array>
#include <csetjmp>
#include <cstdio>  // jpeglib.h expects it
#include <new>

#include <jpeglib.h>

#include <jerror.h>

namespace imago {
namespace {

/// Where libjpeg's complaints go in place of the terminal.
struct Faults {
  jpeg_error_mgr manager{};
  std::jmp_buf back{};
  char message[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void give_up(j_common_ptr info) {
  auto* faults = static_cast<Faults*>(info->client_data);
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
  template <typename Steps>
  void run(const char* failure, const Steps& steps) {
    if (setjmp(faults_.back) == 0) {
      steps();
      return;
    }
    if (info.err->msg_code == JERR_OUT_OF_MEMORY) throw std::bad_alloc();
    throw ImageError(std::string(failure) + " (libjpeg: " + faults_.message + ")");
  }

  Info info{};

 private:
  Faults faults_;
};

/// Inverted, ink is light: colour times black gives what remains of white. Rounds to nearest.
void cmyk_to_bgr(const std::vector<uint8_t>& cmyk, uint8_t* bgr) {
  for (size_t i = 0; i < cmyk.size(); i += 4, bgr += 3) {
    for (size_t c = 0; c < 3; ++c) {
      bgr[2 - c] = static_cast<uint8_t>((cmyk[i + c] * cmyk[i + 3] + 127) / 255);
    }
  }
}

/// Collects what libjpeg writes. (Its own jpeg_mem_dest leaks when it gives up.)
struct Destination {
  jpeg_destination_mgr manager{};
  std::array<JOCTET, 1 << 16> chunk{};
  std::vector<std::byte> written;

  void start_chunk() {
    manager.next_output_byte = chunk.data();
    manager.free_in_buffer = chunk.size();
  }

  /// False without memory, for no exception may leave.
  bool take(size_t count) noexcept {
    try {
      const auto* bytes = reinterpret_cast<const std::byte*>(chunk.data());
      written.insert(written.end(), bytes, bytes + count);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
};

Destination& destination_of(j_compress_ptr info) {
  return *reinterpret_cast<Destination*>(info->dest);  // the manager is its first member
}

boolean flush_chunk(j_compress_ptr info) {
  Destination& destination = destination_of(info);
  if (!destination.take(destination.chunk.size())) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  destination.start_chunk();
  return TRUE;
}

void flush_rest(j_compress_ptr info) {
  Destination& destination = destination_of(info);
  if (!destination.take(destination.chunk.size() - info->dest->free_in_buffer)) {
    ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  }
}

}  // namespace

cv::Mat decode_jpg(formats::Bytes stream, int divisor) {
  constexpr auto kFailure = "the JPEG is damaged; get another copy of it";
  Codec<jpeg_decompress_struct> codec;
  jpeg_decompress_struct& info = codec.info;
  codec.run(kFailure, [&] {
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(stream.data()), stream.size());
    jpeg_read_header(&info, TRUE);
    info.out_color_space = info.num_components == 1   ? JCS_GRAYSCALE
                           : info.num_components == 3 ? JCS_EXT_BGR
                                                      : JCS_CMYK;
    info.scale_num = 1;
    info.scale_denom = static_cast<unsigned>(divisor);
    jpeg_start_decompress(&info);
  });
  const bool cmyk = info.out_color_space == JCS_CMYK;
  cv::Mat pixels(static_cast<int>(info.output_height), static_cast<int>(info.output_width),
                 CV_8UC(cmyk ? 3 : info.output_components));
  std::vector<uint8_t> inks(cmyk ? size_t{4} * info.output_width : 0);
  codec.run(kFailure, [&] {
    while (info.output_scanline < info.output_height) {
      uint8_t* row = pixels.ptr(static_cast<int>(info.output_scanline));
      JSAMPROW target = cmyk ? inks.data() : row;
      jpeg_read_scanlines(&info, &target, 1);
      if (cmyk) cmyk_to_bgr(inks, row);
    }
    jpeg_finish_decompress(&info);  // objects to data left over
  });
  return pixels;
}

std::vector<std::byte> encode_jpg(const cv::Mat& pixels, int quality) {
  Destination destination;
  destination.start_chunk();
  destination.manager.init_destination = [](j_compress_ptr) {};
  destination.manager.empty_output_buffer = flush_chunk;
  destination.manager.term_destination = flush_rest;
  Codec<jpeg_compress_struct> codec;
  jpeg_compress_struct& info = codec.info;
  codec.run("the picture cannot be encoded as jpg", [&] {
    jpeg_create_compress(&info);
    info.dest = &destination.manager;
    info.image_width = static_cast<JDIMENSION>(pixels.cols);
    info.image_height = static_cast<JDIMENSION>(pixels.rows);
    info.input_components = pixels.channels();
    info.in_color_space = pixels.channels() == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    // libjpeg would halve the colour: that costs more than the networks' finest detail is worth.
    info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
      auto* row = const_cast<uint8_t*>(pixels.ptr(static_cast<int>(info.next_scanline)));
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
  });
  return std::move(destination.written);
}

}  // namespace imago
