#include "models/image/metadata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <exiv2/exiv2.hpp>
#include <mutex>

namespace imago {
namespace {

using Bytes = std::span<const std::byte>;

constexpr auto kDigitalSourceType = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// exiv2's XMP toolkit keeps global state, so everything exiv2 does here is done one at a time; it
/// takes milliseconds next to coding the pixels.
std::unique_lock<std::mutex> lock_exiv2() {
  static std::mutex mutex;
  std::unique_lock lock(mutex);
  static const bool initialised = [] {
    Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute);
    return Exiv2::XmpParser::initialize();
  }();
  static_cast<void>(initialised);
  return lock;
}

const Exiv2::byte* exiv2_bytes(Bytes bytes) {
  return reinterpret_cast<const Exiv2::byte*>(bytes.data());
}

std::vector<std::byte> to_bytes(const void* data, size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  return {bytes, bytes + size};
}

// Exiv2 0.28 has functions where 0.27 has members.
template <class Buffer>
std::vector<std::byte> to_bytes(const Buffer& buffer) {
  if constexpr (requires { buffer.c_data(); })
    return to_bytes(buffer.c_data(), buffer.size());
  else
    return to_bytes(buffer.pData_, static_cast<size_t>(buffer.size_));
}

template <class Image>
std::vector<std::byte> icc_of(Image& image) {
  if constexpr (std::is_pointer_v<decltype(image.iccProfile())>)
    return image.iccProfile() ? to_bytes(*image.iccProfile()) : std::vector<std::byte>{};
  else
    return to_bytes(image.iccProfile());
}

template <class Datum>
int64_t number_of(const Datum& datum) {
  if constexpr (requires { datum.toInt64(); })
    return datum.toInt64();
  else
    return datum.toLong();
}

bool holds_metadata(const std::string& format) {
  return format == "png" || format == "jpg" || format == "webp" || format == "tif";
}

/// Tags that describe how one file stores its pixels; in another file they would be lies.
bool describes_storage(const Exiv2::Exifdatum& datum) {
  constexpr std::array<uint16_t, 34> kStorage = {
      0x00FE, 0x00FF, 0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0107, 0x0108,
      0x0109, 0x010A, 0x0111, 0x0115, 0x0116, 0x0117, 0x0118, 0x0119, 0x011C,
      0x013D, 0x0140, 0x0141, 0x0142, 0x0143, 0x0144, 0x0145, 0x014A, 0x0152,
      0x0153, 0x0154, 0x0155, 0x015B, 0x0211, 0x0212, 0x0214};
  constexpr std::array<uint16_t, 4> kElsewhere = {0x02BC, 0x83BB, 0x8649,
                                                  0x8773};  // XMP, IPTC, ICC
  const std::string group = datum.groupName();
  if (group != "Image") return group.starts_with("SubImage") || group.starts_with("Image");
  return std::ranges::count(kStorage, datum.tag()) || std::ranges::count(kElsewhere, datum.tag());
}

void erase_storage_tags(Exiv2::ExifData& exif) {
  for (auto datum = exif.begin(); datum != exif.end();) {
    datum = describes_storage(*datum) ? exif.erase(datum) : std::next(datum);
  }
}

int orientation_of(const Exiv2::ExifData& exif) {
  const auto found = exif.findKey(Exiv2::ExifKey("Exif.Image.Orientation"));
  if (found == exif.end() || found->count() < 1) return 1;
  const int64_t value = number_of(*found);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

void set_if_present(Exiv2::ExifData& exif, const char* key, uint32_t value) {
  if (exif.findKey(Exiv2::ExifKey(key)) != exif.end()) exif[key] = value;
}

std::vector<std::byte> encode_exif(Exiv2::ExifData& exif, Exiv2::ByteOrder order) {
  if (exif.findKey(Exiv2::ExifKey("Exif.Image.Orientation")) != exif.end()) {
    exif["Exif.Image.Orientation"] = uint16_t{1};
  }
  Exiv2::ExifThumb(exif).erase();  // it shows the picture before the translation
  Exiv2::Blob blob;
  Exiv2::ExifParser::encode(blob, order == Exiv2::invalidByteOrder ? Exiv2::littleEndian : order,
                            exif);
  return to_bytes(blob.data(), blob.size());
}

/// Runs one step of metadata handling; what is broken there is dropped and the next step goes on.
template <typename Step>
bool try_step(const Step& step) {
  try {
    step();
    return true;
  } catch (const std::exception&) {  // Exiv2::Error, but also std::out_of_range, std::bad_alloc…
    return false;
  }
}

/// A colour profile is for the numbers of one colour space (ICC.1, header bytes 16–19).
bool profile_fits(Bytes icc, int channels) {
  if (icc.size() < 128) return false;
  const std::string_view space(reinterpret_cast<const char*>(icc.data()) + 16, 4);
  return space == (channels == 1 ? "GRAY" : "RGB ");
}

Exiv2::ExifData decode_exif(const ImageMetadata& metadata, const MetadataTarget& target) {
  Exiv2::ExifData exif;
  if (metadata.exif.empty()) return exif;
  Exiv2::ExifParser::decode(exif, exiv2_bytes(metadata.exif),
                            static_cast<uint32_t>(metadata.exif.size()));
  const auto width = static_cast<uint32_t>(target.width);
  const auto height = static_cast<uint32_t>(target.height);
  set_if_present(exif, "Exif.Photo.PixelXDimension", width);
  set_if_present(exif, "Exif.Photo.PixelYDimension", height);
  set_if_present(exif, "Exif.Image.ImageWidth", width);
  set_if_present(exif, "Exif.Image.ImageLength", height);
  return exif;
}

void adapt_xmp(Exiv2::XmpData& xmp, const MetadataTarget& target) {
  const auto set = [&xmp](const char* key, const std::string& value) {
    const auto found = xmp.findKey(Exiv2::XmpKey(key));
    if (found != xmp.end()) found->setValue(value);
  };
  set("Xmp.tiff.Orientation", "1");
  for (const char* key : {"Xmp.tiff.ImageWidth", "Xmp.exif.PixelXDimension"}) {
    set(key, std::to_string(target.width));
  }
  for (const char* key : {"Xmp.tiff.ImageLength", "Xmp.exif.PixelYDimension"}) {
    set(key, std::to_string(target.height));
  }
}

/// IPTC Photo Metadata Standard, Digital Source Type.
void set_label(Exiv2::XmpData& xmp, const MetadataTarget& target) {
  if (target.origin == Origin::photograph) return;
  const auto replace = [&xmp](const char* key, const std::string& value) {
    const auto found = xmp.findKey(Exiv2::XmpKey(key));
    if (found != xmp.end()) xmp.erase(found);
    xmp[key] = value;
  };
  const bool composite = target.origin == Origin::composite_with_trained_model;
  replace("Xmp.iptcExt.DigitalSourceType",
          std::string(kDigitalSourceType) +
              (composite ? "compositeWithTrainedAlgorithmicMedia" : "trainedAlgorithmicMedia"));
  replace("Xmp.xmp.CreatorTool", target.creator.empty() ? "Imago " IMAGO_VERSION : target.creator);
}

/// The metadata as exiv2 takes it. Each part stands alone: one that is broken is left empty.
struct Parts {
  Exiv2::ExifData exif;
  Exiv2::XmpData xmp;
  Exiv2::IptcData iptc;
  Bytes icc;
};

Parts parse_parts(const ImageMetadata& metadata, const MetadataTarget& target) {
  Parts parts;
  try_step([&] { parts.exif = decode_exif(metadata, target); });
  const bool xmp_read = try_step([&] {
    const std::string packet(reinterpret_cast<const char*>(metadata.xmp.data()),
                             metadata.xmp.size());
    if (!packet.empty() && Exiv2::XmpParser::decode(parts.xmp, packet) != 0) parts.xmp.clear();
    adapt_xmp(parts.xmp, target);
  });
  if (!xmp_read) parts.xmp.clear();
  try_step([&] {
    if (!metadata.iptc.empty()) {
      Exiv2::IptcParser::decode(parts.iptc, exiv2_bytes(metadata.iptc),
                                static_cast<uint32_t>(metadata.iptc.size()));
    }
  });
  if (profile_fits(metadata.icc, target.channels)) parts.icc = metadata.icc;
  return parts;
}

/// The most that a JPEG's segment holds beside the name that starts it.
constexpr size_t kMostExif = 65533 - 6, kMostXmp = 65533 - 29, kMostIrb = 65533 - 14;

std::vector<std::byte> encode_xmp(const Exiv2::XmpData& xmp) {
  std::string packet;
  if (!xmp.empty() &&
      Exiv2::XmpParser::encode(packet, xmp, Exiv2::XmpParser::useCompactFormat) != 0)
    throw ImageError("the XMP cannot be encoded");
  return to_bytes(packet.data(), packet.size());
}

/// Resolution for readers that look for it in the EXIF, in formats that have no other place for it.
void set_resolution(Exiv2::ExifData& exif, const Resolution& resolution) {
  const auto rational = [](double value) {
    return Exiv2::Rational(static_cast<int32_t>(std::lround(value * 1000)), 1000);
  };
  exif["Exif.Image.XResolution"] = rational(resolution.x);
  exif["Exif.Image.YResolution"] = rational(resolution.y);
  exif["Exif.Image.ResolutionUnit"] = uint16_t{2};  // inch
}

std::optional<Resolution> resolution_of(const Exiv2::ExifData& exif) {
  const auto value = [&exif](const char* key) {
    const auto found = exif.findKey(Exiv2::ExifKey(key));
    return found == exif.end() || found->count() < 1 ? 0.0 : double{found->toFloat()};
  };
  const auto unit = static_cast<int>(value("Exif.Image.ResolutionUnit"));
  const double inch = unit == 3 ? 2.54 : unit == 1 ? 0 : 1;  // 3: per centimetre, 1: no unit
  const double x = value("Exif.Image.XResolution") * inch;
  const double y = value("Exif.Image.YResolution") * inch;
  if (!(x > 0 && y > 0 && x < 1e6 && y < 1e6)) return std::nullopt;
  return Resolution{x, y};
}

}  // namespace

FileMetadata read_metadata(Bytes file, const std::string& format) {
  FileMetadata found;
  if (!holds_metadata(format)) return found;
  const auto lock = lock_exiv2();
  try_step([&] {
    const auto image = Exiv2::ImageFactory::open(exiv2_bytes(file), file.size());
    image->readMetadata();
    const std::string& packet = image->xmpPacket();
    found.metadata.xmp = to_bytes(packet.data(), packet.size());
    found.metadata.icc = icc_of(*image);
    try_step([&] { found.orientation = orientation_of(image->exifData()); });
    try_step([&] { found.metadata.resolution = resolution_of(image->exifData()); });
    try_step([&] {
      if (format == "tif") erase_storage_tags(image->exifData());
      found.metadata.exif = encode_exif(image->exifData(), image->byteOrder());
    });
    try_step([&] {
      const Exiv2::DataBuf iptc = Exiv2::IptcParser::encode(image->iptcData());
      found.metadata.iptc = to_bytes(iptc);
    });
  });
  return found;
}

std::vector<std::byte> cleaned_exif(Bytes bytes) {
  const auto lock = lock_exiv2();
  std::vector<std::byte> cleaned;
  try_step([&] {
    Exiv2::ExifData exif;
    const Exiv2::ByteOrder order =
        Exiv2::ExifParser::decode(exif, exiv2_bytes(bytes), static_cast<uint32_t>(bytes.size()));
    cleaned = encode_exif(exif, order);
  });
  return cleaned;
}

EncodedMetadata encode_metadata(const ImageMetadata& metadata, const MetadataTarget& target) {
  EncodedMetadata encoded;
  encoded.colour = metadata.colour;
  encoded.resolution = metadata.resolution;
  if (!holds_metadata(target.format)) return encoded;
  const auto lock = lock_exiv2();
  Parts parts = parse_parts(metadata, target);
  encoded.icc = to_bytes(parts.icc.data(), parts.icc.size());
  const bool segments = target.format == "jpg";
  try_step([&] {
    const bool said =
        parts.exif.findKey(Exiv2::ExifKey("Exif.Image.XResolution")) != parts.exif.end();
    if (metadata.resolution && (said || target.format == "webp"))
      set_resolution(parts.exif, *metadata.resolution);
    Exiv2::Blob exif;
    if (!parts.exif.empty()) Exiv2::ExifParser::encode(exif, Exiv2::littleEndian, parts.exif);
    if (!segments || exif.size() <= kMostExif) encoded.exif = to_bytes(exif.data(), exif.size());
  });
  try_step([&] {
    if (parts.iptc.empty()) return;
    const Exiv2::DataBuf iptc = Exiv2::IptcParser::encode(parts.iptc);
    const Exiv2::DataBuf irb = Exiv2::Photoshop::setIptcIrb(nullptr, 0, parts.iptc);
    std::vector<std::byte> record = to_bytes(irb);
    if (segments && record.size() > kMostIrb) return;
    encoded.iptc = to_bytes(iptc);
    encoded.irb = std::move(record);
  });
  // What else is said in XMP goes before the label does.
  for (const bool alone : {false, true}) {
    const bool done = try_step([&] {
      if (alone) parts.xmp.clear();
      set_label(parts.xmp, target);
      encoded.xmp = encode_xmp(parts.xmp);
      if (segments && encoded.xmp.size() > kMostXmp) throw ImageError("too large");
    });
    if (done) return encoded;
    encoded.xmp.clear();
  }
  if (target.origin == Origin::photograph) return encoded;
  throw ImageError("the " + target.format + " file cannot be labelled as made by a model");
}

}  // namespace imago
