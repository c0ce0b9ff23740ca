// Writing what torch.load(weights_only=True) reads: see torch_zip.cpp for the layout.
#include <zlib.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "compute/base/atomic_file.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/limits.h"
#include "models/checkpoint/view.h"
#include "models/checkpoint/writers.h"

namespace imago {
namespace checkpoint {

namespace {

const char* storage_class(DType type) {
  switch (type) {
    case DType::f64:
      return "DoubleStorage";
    case DType::f32:
      return "FloatStorage";
    case DType::f16:
      return "HalfStorage";
    case DType::bf16:
      return "BFloat16Storage";
    case DType::i64:
      return "LongStorage";
    case DType::i32:
      return "IntStorage";
    case DType::i16:
      return "ShortStorage";
    case DType::i8:
      return "CharStorage";
    case DType::u8:
      return "ByteStorage";
    case DType::boolean:
      return "BoolStorage";
  }
  throw Error("a tensor has a type that does not exist");
}

// Writes a pickle without memo: repeating a name costs bytes, not correctness.
class PickleWriter {
 public:
  Bytes bytes;

  void raw(std::string_view opcodes) { append_text(bytes, opcodes); }
  void global(std::string_view module, std::string_view name) {
    raw("c");
    raw(module);
    raw("\n");
    raw(name);
    raw("\n");
  }
  void string(std::string_view text) {
    raw("X");
    append_le<uint32_t>(bytes, static_cast<uint32_t>(text.size()));
    raw(text);
  }
  void integer(int64_t value) {
    if (value >= 0 && value <= INT32_MAX) {
      raw("J");
      append_le<int32_t>(bytes, static_cast<int32_t>(value));
    } else {
      raw("\x8a\x08");
      append_le<int64_t>(bytes, value);
    }
  }
  void tuple(const std::vector<int64_t>& values) {
    raw("(");
    for (const int64_t value : values) integer(value);
    raw("t");
  }
  void ordered_dict() {
    global("collections", "OrderedDict");
    raw(")R");
  }
};

// torch._utils._rebuild_tensor_v2(('storage', type, key, 'cpu', elements), 0, shape, strides,
// False, OrderedDict())
void append_tensor(PickleWriter& pickle, const HostTensor& tensor, size_t key) {
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.raw("((");
  pickle.string("storage");
  pickle.global("torch", storage_class(tensor.type));
  pickle.string(std::to_string(key));
  pickle.string("cpu");
  pickle.integer(tensor.elements());
  pickle.raw("tQ");
  pickle.integer(0);
  pickle.tuple(tensor.shape);
  pickle.tuple(dense_strides(tensor.shape));
  pickle.raw("\x89");
  pickle.ordered_dict();
  pickle.raw("tR");
}

Bytes make_pickle(const StateDict& tensors) {
  PickleWriter pickle;
  pickle.raw("\x80\x02");
  pickle.ordered_dict();
  pickle.raw("(");
  size_t key = 0;
  for (const auto& [name, tensor] : tensors) {
    pickle.string(name);
    append_tensor(pickle, tensor, key++);
  }
  pickle.raw("u.");
  return std::move(pickle.bytes);
}

std::string metadata_json(const std::map<std::string, std::string>& metadata,
                          const std::filesystem::path& path) {
  try {
    return nlohmann::json(metadata).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error("cannot write " + path.string() + ": its metadata are not UTF-8");
  }
}

class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& path) : path_(path) {}

  void add(const std::string& name, std::span<const std::byte> content) {
    if (file_.size() + content.size() > UINT32_MAX - (uint64_t{1} << 24) || count_ == 0xfffe) {
      throw Error("cannot write " + path_.string() +
                  ": the model is too large for a .pth file (4 GiB, 65534 tensors); export it as "
                  ".safetensors");
    }
    uLong crc = ::crc32(0, nullptr, 0);
    crc = ::crc32_z(crc, reinterpret_cast<const Bytef*>(content.data()), content.size());

    // PyTorch aligns every entry's data to 64 bytes with an extra field "FB", so that files can be
    // mapped.
    const size_t unpadded = file_.size() + 30 + name.size() + 4;
    const size_t padding = (64 - unpadded % 64) % 64;
    Bytes header;  // what local and central header have in common, from "version needed" on
    append_le<uint16_t>(header, 20);
    append_le<uint16_t>(header, 1 << 11);  // the name is UTF-8
    append_le<uint16_t>(header, 0);        // stored
    append_le<uint16_t>(header, 0);        // time and date: the first that the format can say, so
    append_le<uint16_t>(header, 0x21);     // that equal models make equal files
    append_le<uint32_t>(header, static_cast<uint32_t>(crc));
    append_le<uint32_t>(header, static_cast<uint32_t>(content.size()));
    append_le<uint32_t>(header, static_cast<uint32_t>(content.size()));
    append_le<uint16_t>(header, static_cast<uint16_t>(name.size()));

    append_central(name, header);
    append_text(file_, "PK\x03\x04");
    file_.insert(file_.end(), header.begin(), header.end());
    append_le<uint16_t>(file_, static_cast<uint16_t>(4 + padding));
    append_text(file_, name);
    append_text(file_, "FB");
    append_le<uint16_t>(file_, static_cast<uint16_t>(padding));
    file_.insert(file_.end(), padding, std::byte{'Z'});
    file_.insert(file_.end(), content.begin(), content.end());
    ++count_;
  }

  Bytes finish() {
    const auto offset = static_cast<uint32_t>(file_.size());
    file_.insert(file_.end(), directory_.begin(), directory_.end());
    append_text(file_, "PK\x05\x06");
    append_le<uint32_t>(file_, 0);  // one disk
    append_le<uint16_t>(file_, count_);
    append_le<uint16_t>(file_, count_);
    append_le<uint32_t>(file_, static_cast<uint32_t>(directory_.size()));
    append_le<uint32_t>(file_, offset);
    append_le<uint16_t>(file_, 0);  // no comment
    return std::move(file_);
  }

  void reserve(size_t bytes) { file_.reserve(bytes); }

 private:
  void append_central(const std::string& name, const Bytes& header) {
    append_text(directory_, "PK\x01\x02");
    append_le<uint16_t>(directory_, 20);  // version made by
    directory_.insert(directory_.end(), header.begin(), header.end());
    append_le<uint16_t>(directory_, 0);  // no extra field
    append_le<uint16_t>(directory_, 0);  // no comment
    append_le<uint16_t>(directory_, 0);  // disk 0
    append_le<uint16_t>(directory_, 0);  // attributes
    append_le<uint32_t>(directory_, 0);
    append_le<uint32_t>(directory_, static_cast<uint32_t>(file_.size()));
    append_text(directory_, name);
  }

  const std::filesystem::path& path_;
  Bytes file_, directory_;
  uint16_t count_ = 0;
};

}  // namespace
}  // namespace checkpoint

void write_torch_zip(const StateDict& tensors, const std::filesystem::path& path) {
  using namespace checkpoint;
  size_t size = 1 << 16;
  for (const auto& [name, tensor] : tensors) {
    check_writable(name, tensor, path);
    size += tensor.data.size() + 2 * name.size() + 768;
  }
  ZipWriter zip(path);
  zip.reserve(size);
  zip.add("archive/data.pkl", make_pickle(tensors));
  zip.add("archive/byteorder", std::as_bytes(std::span("little", 6)));
  size_t key = 0;
  for (const auto& [name, tensor] : tensors) {
    zip.add("archive/data/" + std::to_string(key++), tensor.data);
  }
  zip.add("archive/version", std::as_bytes(std::span("3\n", 2)));
  if (!tensors.metadata.empty()) {
    const std::string text = metadata_json(tensors.metadata, path);
    zip.add(std::string("archive/") + kMetadataRecord, std::as_bytes(std::span(text)));
  }
  write_file_atomically(path, zip.finish());
}

}  // namespace imago
