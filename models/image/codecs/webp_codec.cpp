// WebP pixels, through libwebp.
#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include <memory>
#include <new>

#include "models/image/codecs/canvas.h"
#include "models/image/codecs/webp_container.h"
#include "models/image/output.h"

namespace imago {
namespace {

const uint8_t* data_of(std::span<const std::byte> bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

[[noreturn]] void throw_damaged() {
  throw ImageError("the WebP picture is damaged and cannot be decoded; get another copy of it");
}

Raster decode_still(formats::Bytes file) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data_of(file), file.size(), &features) != VP8_STATUS_OK) throw_damaged();
  Raster raster = formats::make_raster(features.width, features.height, 3, features.has_alpha, 8);
  auto* to = reinterpret_cast<uint8_t*>(raster.samples.data());
  const auto decode = features.has_alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (!decode(data_of(file), file.size(), to, raster.samples.size(),
              static_cast<int>(raster.row_bytes())))
    throw_damaged();
  return raster;
}

/// libwebp lays the frames over one another itself.
Raster decode_webp_frame(formats::Bytes file, int page) {
  WebPAnimDecoderOptions options;
  if (!WebPAnimDecoderOptionsInit(&options)) throw_damaged();
  options.color_mode = MODE_RGBA;
  const WebPData data{data_of(file), file.size()};
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(
      WebPAnimDecoderNew(&data, &options), WebPAnimDecoderDelete);
  WebPAnimInfo info;
  if (!decoder || !WebPAnimDecoderGetInfo(decoder.get(), &info)) throw_damaged();
  uint8_t* canvas = nullptr;
  for (int i = 0; i < page; ++i) {
    int time = 0;
    if (!WebPAnimDecoderGetNext(decoder.get(), &canvas, &time)) throw_damaged();
  }
  Raster raster = formats::make_raster(static_cast<int>(info.canvas_width),
                                       static_cast<int>(info.canvas_height), 3, true, 8);
  std::copy_n(reinterpret_cast<const std::byte*>(canvas), raster.samples.size(),
              raster.samples.begin());
  formats::Canvas shown(raster.width, raster.height, 3, 8);
  shown.show(raster, 0, 0, formats::Dispose::keep, false);
  return shown.picture();
}

/// Keeps the rows: the encoder wants all of them.
class WebpWriter : public ImageWriter {
 public:
  WebpWriter(std::unique_ptr<Output> output, const RowLayout& layout, EncodedMetadata metadata,
             int quality)
      : ImageWriter(layout),
        metadata_(std::move(metadata)),
        quality_(quality),
        output_(std::move(output)) {
    pixels_.reserve(layout.row_bytes() * static_cast<size_t>(layout.height));
  }

  void write_rows(std::span<const std::byte> rows) override {
    pixels_.insert(pixels_.end(), rows.begin(), rows.end());
  }

  void finish() override {
    std::vector<std::byte> file = encode();
    pixels_ = {};
    if (!metadata_.exif.empty() || !metadata_.icc.empty() || !metadata_.xmp.empty())
      file = formats::add_webp_metadata(file, metadata_.exif, metadata_.icc, metadata_.xmp);
    output_->write(file);
    output_->commit();
  }

 private:
  std::vector<std::byte> encode() const {
    uint8_t* encoded = nullptr;
    const int stride = static_cast<int>(layout_.row_bytes());
    size_t size = 0;
    if (quality_ == 100) {
      const auto encode = layout_.alpha ? WebPEncodeLosslessRGBA : WebPEncodeLosslessRGB;
      size = encode(data_of(pixels_), layout_.width, layout_.height, stride, &encoded);
    } else {
      const auto encode = layout_.alpha ? WebPEncodeRGBA : WebPEncodeRGB;
      size = encode(data_of(pixels_), layout_.width, layout_.height, stride,
                    static_cast<float>(quality_), &encoded);
    }
    const std::unique_ptr<uint8_t, void (*)(void*)> owned(encoded, WebPFree);
    if (size == 0) throw ImageError("the picture cannot be encoded as webp");
    const auto* bytes = reinterpret_cast<const std::byte*>(encoded);
    return {bytes, bytes + size};
  }

  EncodedMetadata metadata_;
  int quality_;
  std::unique_ptr<Output> output_;
  std::vector<std::byte> pixels_;
};

}  // namespace

formats::Decoded formats::decode_webp(Bytes file, int page) {
  const WebpFacts facts = check_webp(file);
  require_page(page, facts.frames, "frames");
  Decoded decoded;
  decoded.pages = facts.frames;
  decoded.raster = facts.animated ? decode_webp_frame(facts.file, page) : decode_still(facts.file);
  return decoded;
}

std::unique_ptr<ImageWriter> make_webp_writer(std::unique_ptr<Output> output,
                                              const RowLayout& layout, EncodedMetadata metadata,
                                              int quality) {
  return std::make_unique<WebpWriter>(std::move(output), layout, std::move(metadata), quality);
}

}  // namespace imago
