// Windows bitmaps: BITMAPCOREHEADER, BITMAPINFOHEADER, V4 and V5.
#include <cstdlib>

#include "models/image/formats.h"

namespace imago::formats {
namespace {

constexpr size_t kInfo = 14;  // where the information header starts
enum Compression : uint32_t { kPlain = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3 };

bool is_core(const Reader& file) { return file.u32(kInfo) == 12; }

/// OpenCV reads bit fields of 32 bits in this order only.
bool usual_masks(const Reader& file) {
  return file.u32(kInfo + 40) == 0x00FF0000 && file.u32(kInfo + 44) == 0x0000FF00 &&
         file.u32(kInfo + 48) == 0x000000FF;
}

}  // namespace

ImageHeader probe_bmp(Bytes bytes) {
  const Reader file(bytes, false);
  const uint32_t info = file.u32(kInfo);
  if (info != 12 && (info < 40 || info > 124)) throw ImageError("the BMP header is damaged");
  file.bytes(kInfo, info);
  if (is_core(file)) return {"bmp", file.u16(kInfo + 4), file.u16(kInfo + 6)};
  return {"bmp", file.i32(kInfo + 4), std::abs(int64_t{file.i32(kInfo + 8)})};
}

Checked check_bmp(Bytes bytes) {
  const Reader file(bytes, false);
  const ImageHeader header = probe_bmp(bytes);
  const int bits = file.u16(is_core(file) ? kInfo + 10 : kInfo + 14);
  const uint32_t compression = is_core(file) ? uint32_t{kPlain} : file.u32(kInfo + 16);
  const bool known = (compression == kPlain &&
                      (bits == 1 || bits == 4 || bits == 8 || bits == 24 || bits == 32)) ||
                     (compression == kRle8 && bits == 8) || (compression == kRle4 && bits == 4) ||
                     (compression == kBitFields && bits == 32 && usual_masks(file));
  if (!known) {
    throw ImageError("this kind of BMP (" + std::to_string(bits) + " bits, compression " +
                     std::to_string(compression) + ") is not supported; convert it to PNG");
  }
  const size_t start = file.u32(10);
  const size_t stride = (static_cast<size_t>(header.width) * bits + 31) / 32 * 4;
  const bool packed = compression == kRle8 || compression == kRle4;
  const size_t size = packed ? file.u32(kInfo + 20) : stride * size_t(header.height);
  if (start < kInfo + file.u32(kInfo) || size == 0) throw ImageError("the BMP header is damaged");
  if (start > bytes.size() || size > bytes.size() - start) throw_cut_short("inside its pixels");
  Checked checked;
  checked.stream.assign(bytes.begin(), bytes.end());
  return checked;
}

}  // namespace imago::formats
