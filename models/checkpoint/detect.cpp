// What a file is, from its first bytes. People save the wrong thing under a model's name all the
// time: an error that only says "not a model" makes them download it again.
#include <algorithm>
#include <cctype>
#include <string_view>

#include "models/checkpoint/onnx.h"
#include "models/checkpoint/readers.h"
#include "models/checkpoint/text.h"

namespace imago::checkpoint {
namespace {

using Kind = CheckpointError::Kind;
using std::string_view_literals::operator""sv;

struct Signature {
  size_t offset;
  std::string_view bytes;
  Kind kind;
  const char* what;
};

constexpr const char* kPicture =
    "this is a picture, not a model; give it with -i and the model with -n";
constexpr const char* kPacked = "this is a packed archive; unpack it and open the model inside";

constexpr Signature kSignatures[] = {
    {0, "\x89PNG\r\n\x1a\n"sv, Kind::not_a_model, kPicture},
    {0, "\xff\xd8\xff"sv, Kind::not_a_model, kPicture},
    {0, "GIF8"sv, Kind::not_a_model, kPicture},
    {0, "BM"sv, Kind::not_a_model, kPicture},
    {8, "WEBP"sv, Kind::not_a_model, kPicture},
    {0, "II*\0"sv, Kind::not_a_model, kPicture},
    {0, "MM\0*"sv, Kind::not_a_model, kPicture},
    {4, "ftyp"sv, Kind::not_a_model, "this is a video or a picture, not a model"},
    {0, "%PDF"sv, Kind::not_a_model, "this is a PDF document, not a model"},
    {0, "\x1f\x8b"sv, Kind::not_a_model, kPacked},
    {0, "7z\xbc\xaf\x27\x1c"sv, Kind::not_a_model, kPacked},
    {0, "Rar!"sv, Kind::not_a_model, kPacked},
    {0, "BZh"sv, Kind::not_a_model, kPacked},
    {0,
     "\xfd"
     "7zXZ"sv,
     Kind::not_a_model, kPacked},
    {0, "\x28\xb5\x2f\xfd"sv, Kind::not_a_model, kPacked},
    {257, "ustar"sv, Kind::unsupported,
     "this is a tar archive (PyTorch before 0.1.10 saved so); load it in PyTorch and save its "
     "state_dict again"},
    {0, "\x89HDF\r\n\x1a\n"sv, Kind::unsupported,
     "this is a Keras (HDF5) file; Imago reads PyTorch, safetensors, ONNX and ncnn"},
    {0, "GGUF"sv, Kind::unsupported,
     "this is a GGUF file; Imago reads PyTorch, safetensors, ONNX and ncnn"},
    {0, "\x93NUMPY"sv, Kind::unsupported,
     "this is a NumPy array; Imago reads PyTorch, safetensors, ONNX and ncnn"},
};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string lower_start(std::string_view text) {
  const size_t start = text.find_first_not_of("\xef\xbb\xbf \t\r\n");
  std::string lower(start == std::string_view::npos ? ""sv : text.substr(start, 64));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

[[noreturn]] void refuse(Kind kind, const std::string& what) {
  throw CheckpointError(kind, "", 0, what);
}

void refuse_lfs_pointer(std::string_view text) {
  if (!text.starts_with("version https://git-lfs.github.com/spec/")) return;
  std::string size;
  if (const size_t at = text.find("\nsize "); at != std::string_view::npos && text.size() < 4096) {
    const std::string_view line = text.substr(at + 6);
    size = " (" + printable(line.substr(0, line.find_first_not_of("0123456789"))) + " bytes)";
  }
  refuse(Kind::not_a_model, "this is a Git-LFS pointer, not the model itself; fetch the real file" +
                                size + " with \"git lfs pull\" or the download button of the site");
}

void refuse_page_or_text(std::string_view text) {
  const std::string lower = lower_start(text);
  if (lower.starts_with("<!doctype html") || lower.starts_with("<html") ||
      lower.starts_with("<head") || lower.starts_with("<!--")) {
    refuse(Kind::not_a_model,
           "this is a web page (HTML), not a model; the link led to a page about the file: use the "
           "page's download button");
  }
  if (lower.starts_with("<?xml") || lower.starts_with("<error")) {
    refuse(Kind::not_a_model,
           "this is an XML answer of a server, not a model; the link is wrong or has expired");
  }
  const std::string_view start = text.substr(0, 512);
  const bool readable = std::all_of(start.begin(), start.end(), [](unsigned char c) {
    return c >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
  if (readable) {
    refuse(Kind::not_a_model, "this is a text file, not a model; it begins \"" +
                                  printable(start.substr(0, 40)) + "\"");
  }
}

// An ONNX file is a protobuf message that begins with field 1 (ir_version, a small number) followed
// by one of the next fields, and has no magic of its own.
bool is_onnx(std::string_view text) {
  return text.size() > 3 && text[0] == 0x08 && text[1] > 0 && text[1] < 32 &&
         "\x10\x12\x1a\x22\x28\x32\x3a\x42"sv.find(text[2]) != std::string_view::npos;
}

}  // namespace

Format detect(std::span<const std::byte> file) {
  const std::string_view text = as_text(file);
  if (text.empty()) {
    refuse(Kind::not_a_model, "the file is empty: the download failed; download it again");
  }
  if (text.starts_with("PK\x03\x04") || text.starts_with("PK\x05\x06")) return Format::torch_zip;
  if (text.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")) {
    return Format::torch_legacy;
  }
  // A header of a terabyte or more has text in its length field, not a number.
  if (text.size() > 8 && text[8] == '{' && text.substr(5, 3) == "\0\0\0"sv) {
    return Format::safetensors;
  }
  if (text.starts_with("7767517")) return Format::ncnn;
  refuse_lfs_pointer(text);
  for (const Signature& signature : kSignatures) {
    if (text.size() >= signature.offset &&
        text.substr(signature.offset).starts_with(signature.bytes)) {
      refuse(signature.kind, signature.what);
    }
  }
  if (is_onnx(text)) return Format::onnx;
  if (text[0] == '\x80' && text.size() > 1 && text[1] >= 2 && text[1] <= 5) {
    refuse(Kind::not_a_model,
           "this is a Python pickle but not a PyTorch checkpoint; save the model with torch.save");
  }
  refuse_page_or_text(text);
  refuse(Kind::not_a_model,
         "this is no model file that Imago knows (it reads .safetensors, .pth, .pt, .onnx and "
         "ncnn's .param "
         "with .bin)");
}

StateDict read(const Source& source, const ReadOptions& options,
               const std::filesystem::path& path) {
  switch (detect(source.bytes())) {
    case Format::safetensors:
      return read_safetensors(source, options);
    case Format::torch_zip:
      return read_torch_zip(source, options);
    case Format::torch_legacy:
      return read_torch_legacy(source, options);
    case Format::onnx: {
      // Beside "model.onnx" is the current folder.
      const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
      return to_state_dict(read_onnx(source.bytes(), path.empty() ? "" : folder, options));
    }
    case Format::ncnn: {
      const std::filesystem::path bin = std::filesystem::path(path).replace_extension(".bin");
      if (path.empty() || !std::filesystem::exists(bin))
        refuse(Kind::io, "this is an ncnn network without its weights: " + bin.filename().string() +
                             " must be beside it");
      const MappedFile weights(bin);
      return read_ncnn(source, weights.source(), options);
    }
  }
  refuse(Kind::not_a_model, "unknown format");
}

}  // namespace imago::checkpoint
