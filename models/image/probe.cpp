#include "models/image/codecs/formats.h"

namespace imago {
namespace formats {

void throw_cut_short(const std::string& where) {
  throw ImageError("the file is cut short: it ends " + where + "; get a complete copy of it");
}

Bytes Reader::bytes(size_t at, size_t count) const {
  if (at > file_.size() || count > file_.size() - at) {
    throw_cut_short("at byte " + std::to_string(file_.size()) + ", before its content is complete");
  }
  return file_.subspan(at, count);
}

bool Reader::has(size_t at, std::string_view text) const {
  if (at > file_.size() || text.size() > file_.size() - at) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (static_cast<char>(file_[at + i]) != text[i]) return false;
  }
  return true;
}

uint32_t Reader::integer(size_t at, int count) const {
  uint32_t value = 0;
  const Bytes digits = bytes(at, count);
  for (int i = 0; i < count; ++i) {
    value = value << 8 | static_cast<uint32_t>(digits[big_endian_ ? i : count - 1 - i]);
  }
  return value;
}

}  // namespace formats

namespace {

using namespace std::string_view_literals;

constexpr auto kReadable = "Imago reads png, jpg, webp, tif, gif, bmp, ppm, avif, heic and jxl";

bool is_film(const formats::Reader& file) {
  return file.has(4, "ftyp") || file.has(4, "moov") || file.has(0, "\x1a\x45\xdf\xa3") ||
         (file.has(0, "RIFF") && file.has(8, "AVI ")) || file.has(0, "FLV\1") ||
         file.has(0, "\0\0\1\xba"sv);
}

/// Says what an unreadable file is, where that can be told.
[[noreturn]] void throw_unknown(const formats::Reader& file) {
  struct Foreign {
    size_t at;
    std::string_view magic;
    const char* name;
  };
  constexpr Foreign kForeign[] = {
      {0, "P7\n"sv, "a PAM"},
      {0, "II+\0"sv, "a BigTIFF"},
      {0, "MM\0+"sv, "a BigTIFF"},
      {0, "8BPS"sv, "a Photoshop document"},
      {0, "%PDF"sv, "a PDF"},
      {0, "\x76\x2f\x31\x01"sv, "an OpenEXR"},
      {0, "#?RADIANCE"sv, "a Radiance HDR"},
      {4, "jP  "sv, "a JPEG 2000"},
  };
  for (const Foreign& foreign : kForeign) {
    if (file.has(foreign.at, foreign.magic)) {
      throw UnknownFormat(std::string(foreign.name) + " picture is not supported: " + kReadable +
                          "; convert it to PNG");
    }
  }
  if (is_film(file))
    throw UnknownFormat(
        "a film, not a picture; imago translate -i FILM -o OUTPUT.mp4 -n MODEL translates it");
  throw UnknownFormat(std::string("not a picture: ") + kReadable);
}

}  // namespace

ImageHeader probe_image(std::span<const std::byte> bytes) {
  if (bytes.empty()) throw ImageError("the file is empty");
  const formats::Reader file(bytes);
  ImageHeader header;
  if (file.has(0, "\x89PNG\r\n\x1a\n")) {
    header = formats::probe_png(bytes);
  } else if (file.has(0, "\xff\xd8\xff")) {
    header = formats::probe_jpg(bytes);
  } else if (file.has(0, "RIFF") && file.has(8, "WEBP")) {
    header = formats::probe_webp(bytes);
  } else if (file.has(0, "II*\0"sv) || file.has(0, "MM\0*"sv)) {
    header = formats::probe_tif(bytes);
  } else if (file.has(0, "BM")) {
    header = formats::probe_bmp(bytes);
  } else if (file.has(0, "GIF87a") || file.has(0, "GIF89a")) {
    header = formats::probe_gif(bytes);
  } else if (formats::is_heif(bytes)) {
    header = formats::probe_heif(bytes);
  } else if (formats::is_jxl(bytes)) {
    header = formats::probe_jxl(bytes);
  } else if (formats::is_pnm(bytes)) {
    header = formats::probe_pnm(bytes);
  } else {
    throw_unknown(file);
  }
  if (header.width <= 0 || header.height <= 0) {
    throw ImageError("the " + header.format + " header declares an empty picture (" +
                     std::to_string(header.width) + "×" + std::to_string(header.height) + ")");
  }
  return header;
}

}  // namespace imago
