#include "models/image/metadata.h"

#include <algorithm>
#include <array>
#include <exiv2/exiv2.hpp>
#include <mutex>

#include "models/image/formats.h"

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

const Exiv2::byte* data_of(Bytes bytes) {
  return reinterpret_cast<const Exiv2::byte*>(bytes.data());
}

std::vector<std::byte> to_bytes(const void* data, size_t size) {
  const auto* bytes = static_cast<const std::byte*>(data);
  return {bytes, bytes + size};
}

bool holds_metadata(const std::string& format) { return format != "bmp" && format != "ppm"; }

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
  const long value = found->toLong();
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
  Exiv2::ExifParser::decode(exif, data_of(metadata.exif),
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
      Exiv2::IptcParser::decode(parts.iptc, data_of(metadata.iptc),
                                static_cast<uint32_t>(metadata.iptc.size()));
    }
  });
  if (profile_fits(metadata.icc, target.channels)) parts.icc = metadata.icc;
  return parts;
}

/// exiv2 0.27 names the colour profile's chunk wrongly, which other programs refuse.
std::vector<std::byte> embed_in_webp(Bytes encoded, const Parts& parts) {
  Exiv2::Blob exif;
  if (!parts.exif.empty()) Exiv2::ExifParser::encode(exif, Exiv2::littleEndian, parts.exif);
  std::string xmp;
  if (!parts.xmp.empty() && Exiv2::XmpParser::encode(xmp, parts.xmp) != 0) {
    throw ImageError("the XMP cannot be encoded");
  }
  return formats::add_webp_metadata(encoded, to_bytes(exif.data(), exif.size()), parts.icc,
                                    to_bytes(xmp.data(), xmp.size()));
}

std::vector<std::byte> embed(Bytes encoded, const Parts& parts, const MetadataTarget& target) {
  if (target.format == "webp") return embed_in_webp(encoded, parts);
  const auto image = Exiv2::ImageFactory::open(data_of(encoded), static_cast<long>(encoded.size()));
  image->readMetadata();
  // A TIFF keeps its own storage tags among the EXIF: ours go in beside them.
  for (const Exiv2::Exifdatum& datum : parts.exif) {
    if (target.format == "tif" && describes_storage(datum)) continue;
    const auto own = image->exifData().findKey(Exiv2::ExifKey(datum.key()));
    if (own != image->exifData().end()) image->exifData().erase(own);
    image->exifData().add(datum);
  }
  image->setXmpData(parts.xmp);
  if (image->checkMode(Exiv2::mdIptc) & Exiv2::amWrite) image->setIptcData(parts.iptc);
  if (!parts.icc.empty()) {
    Exiv2::DataBuf profile(data_of(parts.icc), static_cast<long>(parts.icc.size()));
    image->setIccProfile(profile);
  }
  image->writeMetadata();

  Exiv2::BasicIo& io = image->io();
  if (io.open() != 0) throw ImageError("the metadata cannot be written");
  const Exiv2::DataBuf content = io.read(static_cast<long>(io.size()));
  return to_bytes(content.pData_, static_cast<size_t>(content.size_));
}

}  // namespace

FileMetadata read_metadata(Bytes file, const std::string& format) {
  FileMetadata found;
  if (!holds_metadata(format)) return found;
  const auto lock = lock_exiv2();
  try_step([&] {
    const auto image = Exiv2::ImageFactory::open(data_of(file), static_cast<long>(file.size()));
    image->readMetadata();
    const std::string& packet = image->xmpPacket();
    found.metadata.xmp = to_bytes(packet.data(), packet.size());
    const Exiv2::DataBuf* icc = image->iccProfile();
    if (icc) found.metadata.icc = to_bytes(icc->pData_, static_cast<size_t>(icc->size_));
    try_step([&] { found.orientation = orientation_of(image->exifData()); });
    try_step([&] {
      if (format == "tif") erase_storage_tags(image->exifData());
      found.metadata.exif = encode_exif(image->exifData(), image->byteOrder());
    });
    try_step([&] {
      const Exiv2::DataBuf iptc = Exiv2::IptcParser::encode(image->iptcData());
      found.metadata.iptc = to_bytes(iptc.pData_, static_cast<size_t>(iptc.size_));
    });
  });
  return found;
}

std::vector<std::byte> write_metadata(std::vector<std::byte> encoded, const ImageMetadata& metadata,
                                      const MetadataTarget& target) {
  if (!holds_metadata(target.format)) return encoded;
  const auto lock = lock_exiv2();
  Parts parts = parse_parts(metadata, target);
  const bool nothing = parts.exif.empty() && parts.xmp.empty() && parts.iptc.empty() &&
                       parts.icc.empty() && target.origin == Origin::photograph;
  if (nothing) return encoded;

  // A part may be too large for the format (64 KiB of EXIF in a JPEG). Give up first what is most
  // often to blame.
  const std::array<void (*)(Parts&), 4> give_up = {
      [](Parts&) {},
      [](Parts& all) { all.exif.clear(); },
      [](Parts& all) { all.iptc.clear(), all.icc = {}; },
      [](Parts& all) { all.xmp.clear(); },
  };
  for (const auto& step : give_up) {
    step(parts);
    std::vector<std::byte> result;
    const bool embedded = try_step([&] {
      set_label(parts.xmp, target);
      result = embed(encoded, parts, target);
      const ImageHeader header = probe_image(result);
      if (header.width != target.width || header.height != target.height) {
        throw ImageError("the metadata damaged the picture");
      }
    });
    if (embedded) return result;
  }
  if (target.origin == Origin::photograph) return encoded;
  throw ImageError("the " + target.format + " file cannot be labelled as made by a model");
}

}  // namespace imago
