// JPEG XL, through libjxl where the build has it.
#include "models/image/codecs/formats.h"

#ifdef IMAGO_JXL
#include <jxl/decode.h>

#include <memory>
#include <type_traits>
#endif

namespace imago::formats {

bool is_jxl(Bytes bytes) {
  const Reader file(bytes);
  return file.has(0, "\xff\x0a") || file.has(0, std::string_view("\0\0\0\x0CJXL \r\n\x87\n", 12));
}

#ifndef IMAGO_JXL

ImageHeader probe_jxl(Bytes) {
  throw UnknownFormat(
      "a JPEG XL picture is not supported by this build, which was made without libjxl; convert it "
      "to PNG");
}
Decoded decode_jxl(Bytes) { throw UnknownFormat("made without libjxl"); }

#else

namespace {

using Decoder = std::unique_ptr<JxlDecoder, void (*)(JxlDecoder*)>;

[[noreturn]] void throw_damaged() {
  throw ImageError("the JPEG XL picture is damaged or cut short; get a complete copy of it");
}

Decoder open_file(Bytes bytes, int events) {
  Decoder decoder(JxlDecoderCreate(nullptr), JxlDecoderDestroy);
  if (!decoder) throw std::bad_alloc();
  if (JxlDecoderSubscribeEvents(decoder.get(), events) != JXL_DEC_SUCCESS ||
      JxlDecoderSetInput(decoder.get(), reinterpret_cast<const uint8_t*>(bytes.data()),
                         bytes.size()) != JXL_DEC_SUCCESS)
    throw_damaged();
  JxlDecoderSetUnpremultiplyAlpha(decoder.get(), JXL_TRUE);
  JxlDecoderCloseInput(decoder.get());
  return decoder;
}

JxlBasicInfo info_of(const Decoder& decoder) {
  JxlBasicInfo info{};
  if (JxlDecoderGetBasicInfo(decoder.get(), &info) != JXL_DEC_SUCCESS) throw_damaged();
  return info;
}

/// Calls one of the functions that tell the profile of the pixels that come out, which were also
/// given a pixel format they had no use for until libjxl 0.9.
template <class Function, class... Arguments>
JxlDecoderStatus ask(Function function, const Decoder& decoder, Arguments... arguments) {
  constexpr auto kTarget = JXL_COLOR_PROFILE_TARGET_DATA;
  if constexpr (std::is_invocable_v<Function, const JxlDecoder*, JxlColorProfileTarget,
                                    Arguments...>)
    return function(decoder.get(), kTarget, arguments...);
  else
    return function(decoder.get(), nullptr, kTarget, arguments...);
}

/// The profile of the pixels that come out.
void read_profile(const Decoder& decoder, ImageMetadata& metadata) {
  JxlColorEncoding encoding{};  // of a grey picture libjxl leaves the primaries as they were
  if (ask(JxlDecoderGetColorAsEncodedProfile, decoder, &encoding) == JXL_DEC_SUCCESS &&
      encoding.primaries == JXL_PRIMARIES_SRGB && encoding.white_point == JXL_WHITE_POINT_D65 &&
      encoding.transfer_function == JXL_TRANSFER_FUNCTION_SRGB)
    return;
  size_t size = 0;
  if (ask(JxlDecoderGetICCProfileSize, decoder, &size) != JXL_DEC_SUCCESS || size == 0 ||
      size > size_t{1} << 24)
    return;
  metadata.icc.resize(size);
  if (ask(JxlDecoderGetColorAsICCProfile, decoder, reinterpret_cast<uint8_t*>(metadata.icc.data()),
          size) != JXL_DEC_SUCCESS)
    metadata.icc.clear();
}

}  // namespace

ImageHeader probe_jxl(Bytes bytes) {
  const Decoder decoder = open_file(bytes, JXL_DEC_BASIC_INFO);
  if (JxlDecoderProcessInput(decoder.get()) != JXL_DEC_BASIC_INFO) throw_damaged();
  const JxlBasicInfo info = info_of(decoder);
  return {"jxl", info.xsize, info.ysize};
}

Decoded decode_jxl(Bytes bytes) {
  const Decoder decoder =
      open_file(bytes, JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE);
  Decoded decoded;
  Raster& raster = decoded.raster;
  JxlPixelFormat format{};
  while (true) {
    const JxlDecoderStatus status = JxlDecoderProcessInput(decoder.get());
    if (status == JXL_DEC_BASIC_INFO) {
      const JxlBasicInfo info = info_of(decoder);
      // libjxl applies the orientation, and so tells the upright size.
      raster = make_raster(static_cast<int>(info.xsize), static_cast<int>(info.ysize),
                           info.num_color_channels == 1 ? 1 : 3, info.alpha_bits > 0,
                           info.bits_per_sample > 8 ? 16 : 8);
      format = {static_cast<uint32_t>(raster.channels + (raster.alpha ? 1 : 0)),
                raster.bits == 16 ? JXL_TYPE_UINT16 : JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
    } else if (status == JXL_DEC_COLOR_ENCODING) {
      read_profile(decoder, raster.metadata);
    } else if (status == JXL_DEC_NEED_IMAGE_OUT_BUFFER) {
      if (JxlDecoderSetImageOutBuffer(decoder.get(), &format, raster.samples.data(),
                                      raster.samples.size()) != JXL_DEC_SUCCESS)
        throw_damaged();
    } else if (status == JXL_DEC_FULL_IMAGE) {
      break;  // of an animation the first
    } else {
      throw_damaged();
    }
  }
  decoded.orientation = 1;
  return decoded;
}

#endif

}  // namespace imago::formats
