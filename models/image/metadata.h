// EXIF, ICC, XMP and IPTC in and out of files, by exiv2. Internal to models/image.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "models/image/output.h"

namespace imago {

struct FileMetadata {
  ImageMetadata metadata;  // orientation set to 1, thumbnail and storage tags dropped
  int orientation = 1;     // as found, 1…8
};

/// Never throws for what is in the file: metadata that exiv2 cannot read is dropped.
FileMetadata read_metadata(std::span<const std::byte> file, const std::string& format);

/// What the metadata of an encoded picture must say.
struct MetadataTarget {
  std::string format;         // as in SaveOptions; bmp and ppm hold no metadata
  int width = 0, height = 0;  // for the size tags
  int channels = 3;           // colour channels in the file: a colour profile must fit them
  Origin origin = Origin::photograph;
  std::string creator;
};

/// The metadata for a file, with the label unless the origin is a photograph. What is broken or
/// does not fit the format is left out. Throws ImageError if the label cannot be set.
EncodedMetadata encode_metadata(const ImageMetadata& metadata, const MetadataTarget& target);

/// EXIF as a file had it, made fit to be carried on (see FileMetadata); empty if it is broken.
std::vector<std::byte> cleaned_exif(std::span<const std::byte> exif);

}  // namespace imago
