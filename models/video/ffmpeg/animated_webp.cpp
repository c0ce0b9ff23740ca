// Animated WebP (RFC 9649), which FFmpeg does not read: through libwebp's own decoder.
#include <webp/demux.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {
namespace {

std::vector<uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FilmError("cannot be opened");
  return {std::istreambuf_iterator<char>(file), {}};
}

struct DeleteDecoder {
  void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

/// Times are milliseconds.
class AnimatedWebp : public FilmReader {
 public:
  AnimatedWebp(const std::filesystem::path& path, int64_t max_pixels) : content_(read_file(path)) {
    const WebPData data{content_.data(), content_.size()};
    WebPAnimDecoderOptions options;
    if (!WebPAnimDecoderOptionsInit(&options)) throw FilmError("libwebp is of another version");
    options.color_mode = MODE_RGBA;
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(content_.data(), content_.size(), &features) != VP8_STATUS_OK)
      throw FilmError("the WebP is damaged");
    if (int64_t{features.width} * features.height > max_pixels)
      throw FilmError("frames of " + std::to_string(features.width) + "×" +
                      std::to_string(features.height) + " are larger than the " +
                      std::to_string(max_pixels) + " pixels allowed; say --max-pixels");
    decoder_.reset(WebPAnimDecoderNew(&data, &options));
    WebPAnimInfo about;
    if (!decoder_ || !WebPAnimDecoderGetInfo(decoder_.get(), &about))
      throw FilmError("the WebP is damaged");
    info_.width = static_cast<int>(about.canvas_width);
    info_.height = static_cast<int>(about.canvas_height);
    info_.alpha = features.has_alpha != 0;
    info_.unit = {1, 1000};
    info_.frames = about.frame_count;
    info_.codec = "webp";
    info_.pixel_format = info_.alpha ? "rgba" : "rgb24";
    info_.colour.full_range = true;
  }

  std::optional<FilmFrame> read() override {
    while (WebPAnimDecoderHasMoreFrames(decoder_.get())) {
      uint8_t* pixels = nullptr;
      int end = 0;  // of this frame
      if (!WebPAnimDecoderGetNext(decoder_.get(), &pixels, &end)) {
        damaged_at_ = static_cast<double>(time_) / 1000;
        return std::nullopt;
      }
      FilmFrame frame;
      frame.time = std::max(time_, last_ + 1);
      frame.duration = std::max<int64_t>(1, end - frame.time);
      last_ = frame.time;
      time_ = end;
      if (skip_until_ && frame.time <= *skip_until_) continue;
      frame.picture = picture(pixels);
      return frame;
    }
    return std::nullopt;
  }

  void skip_beyond(int64_t time) override { skip_until_ = time; }

  std::string note() const override {
    return damaged_at_ ? "damaged from " + film_time(*damaged_at_) + " on" : std::string();
  }

 private:
  Raster picture(const uint8_t* pixels) const {
    Raster raster;
    raster.width = info_.width;
    raster.height = info_.height;
    raster.alpha = info_.alpha;
    raster.samples.resize(raster.row_bytes() * static_cast<size_t>(raster.height));
    const size_t step = raster.pixel_bytes();
    for (size_t to = 0; to < raster.samples.size(); to += step, pixels += 4)
      std::memcpy(&raster.samples[to], pixels, step);
    return raster;
  }

  const std::vector<uint8_t> content_;
  std::unique_ptr<WebPAnimDecoder, DeleteDecoder> decoder_;
  int64_t time_ = 0, last_ = -1;
  std::optional<int64_t> skip_until_;
  std::optional<double> damaged_at_;
};

}  // namespace

std::unique_ptr<FilmReader> open_animated_webp(const std::filesystem::path& path,
                                               int64_t max_pixels) {
  return std::make_unique<AnimatedWebp>(path, max_pixels);
}

bool is_webp(const std::filesystem::path& path) {
  char begin[12] = {};
  std::ifstream(path, std::ios::binary).read(begin, sizeof(begin));
  return std::memcmp(begin, "RIFF", 4) == 0 && std::memcmp(begin + 8, "WEBP", 4) == 0;
}

}  // namespace imago::ffmpeg
