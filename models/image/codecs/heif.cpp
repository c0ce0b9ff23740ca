// AVIF, HEIC and HEIF, through libheif where the build has it.
#include "models/image/codecs/formats.h"
#include "models/image/metadata.h"

#ifdef IMAGO_HEIF
#include <libheif/heif.h>

#include <algorithm>
#include <cstring>
#include <memory>
#endif

namespace imago::formats {

bool is_heif(Bytes bytes) {
  const Reader file(bytes);
  if (!file.has(4, "ftyp")) return false;
  for (const char* brand : {"avif", "avis", "heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"})
    if (file.has(8, brand)) return true;
  return false;
}

#ifndef IMAGO_HEIF

ImageHeader probe_heif(Bytes) {
  throw UnknownFormat(
      "an AVIF or HEIC picture is not supported by this build, which was made without libheif; "
      "convert it to PNG");
}
Decoded decode_heif(Bytes, const ImageReadOptions&) { throw UnknownFormat("made without libheif"); }

#else

namespace {

template <typename Thing, void (*release)(const Thing*)>
struct Releaser {
  void operator()(const Thing* thing) const { release(thing); }
};
struct FreeContext {
  void operator()(heif_context* context) const { heif_context_free(context); }
};
using Context = std::unique_ptr<heif_context, FreeContext>;
using Handle = std::unique_ptr<const heif_image_handle,
                               Releaser<heif_image_handle, heif_image_handle_release> >;
using Pixels = std::unique_ptr<const heif_image, Releaser<heif_image, heif_image_release> >;

void require(const heif_error& error) {
  if (error.code == heif_error_Ok) return;
  const std::string message = error.message ? error.message : "";
  if (error.code == heif_error_Unsupported_filetype || error.code == heif_error_Unsupported_feature)
    throw ImageError("this kind of AVIF or HEIC picture is not supported (libheif: " + message +
                     "); convert it to PNG");
  throw ImageError(
      "the AVIF or HEIC picture is damaged; get another copy of it (libheif: " + message + ")");
}

Context open_file(Bytes bytes) {
  Context context(heif_context_alloc());
  if (!context) throw std::bad_alloc();
  require(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(),
                                                     nullptr));
  return context;
}

/// Pictures that stand for themselves; the primary one first.
std::vector<heif_item_id> pages_of(heif_context* context) {
  std::vector<heif_item_id> ids(
      static_cast<size_t>(heif_context_get_number_of_top_level_images(context)));
  if (!ids.empty())
    heif_context_get_list_of_top_level_image_IDs(context, ids.data(), static_cast<int>(ids.size()));
  heif_item_id primary = 0;
  require(heif_context_get_primary_image_ID(context, &primary));
  std::stable_partition(ids.begin(), ids.end(), [=](heif_item_id id) { return id == primary; });
  if (ids.empty()) ids.push_back(primary);
  return ids;
}

Handle handle_of(heif_context* context, heif_item_id id) {
  heif_image_handle* handle = nullptr;
  require(heif_context_get_image_handle(context, id, &handle));
  return Handle(handle);
}

ImageHeader header_of(const Handle& handle) {
  return {"heif", heif_image_handle_get_width(handle.get()),
          heif_image_handle_get_height(handle.get())};
}

std::vector<std::byte> metadata_of(const heif_image_handle* handle, const char* type,
                                   const char* content) {
  const int count = heif_image_handle_get_number_of_metadata_blocks(handle, type);
  std::vector<heif_item_id> ids(static_cast<size_t>(count));
  heif_image_handle_get_list_of_metadata_block_IDs(handle, type, ids.data(), count);
  for (const heif_item_id id : ids) {
    if (content &&
        std::strcmp(heif_image_handle_get_metadata_content_type(handle, id), content) != 0)
      continue;
    std::vector<std::byte> bytes(heif_image_handle_get_metadata_size(handle, id));
    if (!bytes.empty() &&
        heif_image_handle_get_metadata(handle, id, bytes.data()).code == heif_error_Ok)
      return bytes;
  }
  return {};
}

void read_colour(const heif_image_handle* handle, ImageMetadata& metadata) {
  const size_t size = heif_image_handle_get_raw_color_profile_size(handle);
  if (size > 0) {
    metadata.icc.resize(size);
    if (heif_image_handle_get_raw_color_profile(handle, metadata.icc.data()).code != heif_error_Ok)
      metadata.icc.clear();
  }
  heif_color_profile_nclx* found = nullptr;
  if (heif_image_handle_get_nclx_color_profile(handle, &found).code != heif_error_Ok || !found)
    return;
  const std::unique_ptr<heif_color_profile_nclx, void (*)(heif_color_profile_nclx*)> nclx(
      found, heif_nclx_color_profile_free);
  // Decoded to RGB of full range; 2: not said.
  if (nclx->color_primaries != 2 && nclx->transfer_characteristics != 2 && metadata.icc.empty())
    metadata.colour.cicp = {static_cast<uint8_t>(nclx->color_primaries),
                            static_cast<uint8_t>(nclx->transfer_characteristics), 0, 1};
}

void read_exif(const heif_image_handle* handle, ImageMetadata& metadata) {
  const std::vector<std::byte> exif = metadata_of(handle, "Exif", nullptr);
  if (exif.size() > 4) {  // it starts with how much is to be skipped
    const uint32_t skip = Reader(exif).u32(0);
    if (skip < exif.size() - 4) metadata.exif = cleaned_exif(std::span(exif).subspan(4 + skip));
  }
  metadata.xmp = metadata_of(handle, "mime", "application/rdf+xml");
}

void copy_rows(const heif_image* pixels, int stored_bits, Raster& raster) {
  int stride = 0;
  const uint8_t* plane = heif_image_get_plane_readonly(pixels, heif_channel_interleaved, &stride);
  if (!plane || heif_image_get_primary_width(pixels) != raster.width ||
      heif_image_get_primary_height(pixels) != raster.height)
    throw ImageError("the AVIF or HEIC picture is damaged: its size");
  const unsigned maximum = (1u << stored_bits) - 1;
  for (int y = 0; y < raster.height; ++y) {
    const uint8_t* from = plane + static_cast<ptrdiff_t>(y) * stride;
    if (raster.bits == 8) {
      std::memcpy(raster.row(y), from, raster.row_bytes());
      continue;
    }
    auto* to = reinterpret_cast<uint16_t*>(raster.row(y));
    for (size_t i = 0; i < raster.row_bytes() / 2; ++i) {
      const unsigned value = std::min(from[2 * i] | unsigned{from[2 * i + 1]} << 8, maximum);
      to[i] = static_cast<uint16_t>((value * 65535u + maximum / 2) / maximum);
    }
  }
}

}  // namespace

ImageHeader probe_heif(Bytes bytes) {
  const Context context = open_file(bytes);
  return header_of(handle_of(context.get(), pages_of(context.get())[0]));
}

Decoded decode_heif(Bytes bytes, const ImageReadOptions& options) {
  const Context context = open_file(bytes);
  const std::vector<heif_item_id> pages = pages_of(context.get());
  require_page(options.page_taken(), static_cast<int>(pages.size()), "pages");
  const Handle handle =
      handle_of(context.get(), pages[static_cast<size_t>(options.page_taken()) - 1]);
  check_size(header_of(handle), options);
  const bool alpha = heif_image_handle_has_alpha_channel(handle.get());
  const int bits = heif_image_handle_get_luma_bits_per_pixel(handle.get());
  const heif_chroma chroma =
      bits > 8 ? alpha ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE
      : alpha  ? heif_chroma_interleaved_RGBA
               : heif_chroma_interleaved_RGB;
  heif_image* decoded_pixels = nullptr;
  require(heif_decode_image(handle.get(), &decoded_pixels, heif_colorspace_RGB, chroma, nullptr));
  const Pixels pixels(decoded_pixels);
  Decoded decoded;
  decoded.raster =
      make_raster(heif_image_handle_get_width(handle.get()),
                  heif_image_handle_get_height(handle.get()), 3, alpha, bits > 8 ? 16 : 8);
  copy_rows(pixels.get(),
            heif_image_get_bits_per_pixel_range(pixels.get(), heif_channel_interleaved),
            decoded.raster);
  if (alpha && heif_image_handle_is_premultiplied_alpha(handle.get()))
    divide_out_alpha(decoded.raster);
  read_colour(handle.get(), decoded.raster.metadata);
  read_exif(handle.get(), decoded.raster.metadata);
  decoded.orientation = 1;  // libheif has turned the picture
  decoded.pages = static_cast<int>(pages.size());
  decoded.pages_are = "pages";
  return decoded;
}

#endif

}  // namespace imago::formats
