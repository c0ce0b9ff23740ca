// WebP container: RFC 9649.
#include "models/image/codecs/webp_container.h"

namespace imago::formats {
namespace {

constexpr size_t kFirstChunk = 12;

/// Size of the picture in a VP8 (lossy) or VP8L (lossless) chunk whose data starts at `at`.
ImageHeader bitstream_size(const Reader& file, size_t chunk) {
  const size_t at = chunk + 8;
  if (file.has(chunk, "VP8 ")) {
    if (!file.has(at + 3, "\x9d\x01\x2a")) throw ImageError("the WebP header is damaged");
    return {"webp", file.u16(at + 6) & 0x3FFF, file.u16(at + 8) & 0x3FFF};
  }
  if (file.u8(at) != 0x2F) throw ImageError("the WebP header is damaged");
  const uint32_t sizes = file.u32(at + 1);
  return {"webp", int64_t{sizes & 0x3FFF} + 1, int64_t{sizes >> 14 & 0x3FFF} + 1};
}

uint32_t u24(const Reader& file, size_t at) {
  return file.u16(at) | uint32_t{file.u8(at + 2)} << 16;
}

bool is_bitstream(const Reader& file, size_t chunk) {
  return file.has(chunk, "VP8 ") || file.has(chunk, "VP8L");
}

void append_u32(std::vector<std::byte>& out, size_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::byte>(value >> shift));
}

void append_text(std::vector<std::byte>& out, std::string_view text) {
  for (const char letter : text) out.push_back(static_cast<std::byte>(letter));
}

void append_webp_chunk(std::vector<std::byte>& out, std::string_view name, Bytes content) {
  if (content.empty()) return;
  append_text(out, name);
  append_u32(out, content.size());
  out.insert(out.end(), content.begin(), content.end());
  if (content.size() % 2 != 0) out.push_back(std::byte{0});
}

/// The chunks ALPH, VP8 and VP8L of a file, as they stand in it.
std::vector<std::byte> picture_chunks(const Reader& file) {
  std::vector<std::byte> chunks;
  for (size_t chunk = kFirstChunk; chunk < file.size();) {
    const size_t size = 8 + size_t{file.u32(chunk + 4)} + file.u32(chunk + 4) % 2;
    if (is_bitstream(file, chunk) || file.has(chunk, "ALPH")) {
      const Bytes content = file.bytes(chunk, size);
      chunks.insert(chunks.end(), content.begin(), content.end());
    }
    chunk += size;
  }
  return chunks;
}

bool has_alpha(const Reader& file) {
  if (file.has(kFirstChunk, "VP8X")) return file.u8(kFirstChunk + 8) & 0x10;
  return file.has(kFirstChunk, "VP8L") && (file.u32(kFirstChunk + 9) >> 28 & 1);
}

}  // namespace

std::vector<std::byte> add_webp_metadata(Bytes bytes, Bytes exif, Bytes icc, Bytes xmp) {
  const Reader file(bytes, false);
  const ImageHeader header = probe_webp(bytes);
  const uint32_t flags = (icc.empty() ? 0u : 0x20u) | (has_alpha(file) ? 0x10u : 0u) |
                         (exif.empty() ? 0u : 0x08u) | (xmp.empty() ? 0u : 0x04u);
  std::vector<std::byte> canvas;
  append_u32(canvas, flags);
  append_u32(canvas, static_cast<size_t>(header.width - 1));
  canvas.pop_back();  // 24 bits each
  append_u32(canvas, static_cast<size_t>(header.height - 1));
  canvas.pop_back();

  std::vector<std::byte> chunks;
  append_text(chunks, "WEBP");
  append_webp_chunk(chunks, "VP8X", canvas);
  append_webp_chunk(chunks, "ICCP", icc);
  const std::vector<std::byte> picture = picture_chunks(file);
  chunks.insert(chunks.end(), picture.begin(), picture.end());
  append_webp_chunk(chunks, "EXIF", exif);
  append_webp_chunk(chunks, "XMP ", xmp);

  std::vector<std::byte> result;
  append_text(result, "RIFF");
  append_u32(result, chunks.size());
  result.insert(result.end(), chunks.begin(), chunks.end());
  return result;
}

ImageHeader probe_webp(Bytes bytes) {
  const Reader file(bytes, false);
  if (is_bitstream(file, kFirstChunk)) return bitstream_size(file, kFirstChunk);
  if (!file.has(kFirstChunk, "VP8X")) throw ImageError("the WebP header is damaged");
  const size_t at = kFirstChunk + 8;
  return {"webp", int64_t{u24(file, at + 4)} + 1, int64_t{u24(file, at + 7)} + 1};
}

WebpFacts check_webp(Bytes bytes) {
  const ImageHeader canvas = probe_webp(bytes);
  const size_t end = size_t{Reader(bytes, false).u32(4)} + 8;
  if (end > bytes.size()) throw_cut_short("before the size that its header declares");
  const Reader file(bytes.first(end), false);
  WebpFacts facts;
  facts.file = bytes.first(end);
  facts.animated = file.has(kFirstChunk, "VP8X") && (file.u8(kFirstChunk + 8) & 2);
  int pictures = 0, frames = 0;
  for (size_t chunk = kFirstChunk; chunk < end;) {
    const size_t size = file.u32(chunk + 4);
    file.bytes(chunk, 8 + size);  // some writers leave out the padding of the last chunk
    if (file.has(chunk, "ANMF")) ++frames;
    if (is_bitstream(file, chunk)) {
      const ImageHeader inner = bitstream_size(file, chunk);
      if (inner.width != canvas.width || inner.height != canvas.height) {
        throw ImageError("the WebP is damaged: its picture and its canvas differ in size");
      }
      ++pictures;
    }
    chunk += 8 + size + size % 2;
  }
  if ((facts.animated ? frames : pictures) == 0) throw ImageError("the WebP holds no pixels");
  if (facts.animated) facts.frames = frames;
  return facts;
}

}  // namespace imago::formats
