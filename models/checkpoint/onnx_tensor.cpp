// Reading the tensors of ONNX. Field numbers are those of onnx.proto.
#include <map>
#include <optional>
#include <utility>

#include "models/checkpoint/onnx_fields.h"
#include "models/checkpoint/view.h"

namespace imago::checkpoint {

DType onnx_type(int64_t code, std::string_view where, uint64_t offset) {
  switch (code) {
    case 1:
      return DType::f32;
    case 2:
      return DType::u8;
    case 3:
      return DType::i8;
    case 5:
      return DType::i16;
    case 6:
      return DType::i32;
    case 7:
      return DType::i64;
    case 9:
      return DType::boolean;
    case 10:
      return DType::f16;
    case 11:
      return DType::f64;
    case 16:
      return DType::bf16;
    default:
      fail(Kind::unsupported, where, offset,
           "has element type " + std::to_string(code) + " of ONNX, which Imago does not read");
  }
}

namespace {

/// TensorProto.
class TensorReader {
 public:
  TensorReader(Budget& budget, ExternalFiles& external, const ReadOptions& options)
      : budget_(budget), external_(external), options_(options) {}

  OnnxTensor read(const Field& field, std::string_view where) {
    tensor_ = {};
    stored_ = {};
    scan(Message(field, where), where);
    const std::string& name = tensor_.name.empty() ? std::string(where) : tensor_.name;
    HostTensor& value = tensor_.value;
    value.type = onnx_type(stored_.type, name, field.offset);
    for (const int64_t side : value.shape)
      if (side < 0 || side > int64_t{1} << 31)
        fail(Kind::malformed, name, field.offset, "has a negative or huge size");
    const uint64_t bytes = dense_bytes(value.type, value.shape, name, field.offset);
    budget_.charge(sizeof(OnnxTensor) + 512, name, field.offset);
    if (stored_.external) {
      read_external(name, bytes, field.offset);
    } else if (stored_.raw) {
      take(stored_.raw->bytes, name, bytes, stored_.raw->offset);
    } else {
      decode(Message(field, name), name, bytes, field.offset);
    }
    return std::move(tensor_);
  }

 private:
  struct Stored {
    int64_t type = 0;
    std::optional<Field> raw;
    bool external = false;
    std::map<std::string, std::string> place;  // of external data
  };

  void scan(Message message, std::string_view where) {
    for (Field f; message.next(f);) {
      switch (f.number) {
        case 1:
          append_integers(tensor_.value.shape, f, where, kMaxDims);
          break;
        case 2:
          stored_.type = integer_of(f, where);
          break;
        case 3:
        case 6:
        case 11:
          fail(Kind::unsupported, where, f.offset, "holds segments, texts or unsigned numbers");
        case 8:
          tensor_.name = text_of(f, where, budget_);
          break;
        case 9:
          expect_wire(f, Wire::bytes, where);
          if (stored_.raw) fail(Kind::malformed, where, f.offset, "has its data twice");
          stored_.raw = f;
          break;
        case 13:
          read_place(Message(f, where), where, f.offset);
          break;
        case 14:
          stored_.external = integer_of(f, where) != 0;
          break;
        default:
          break;
      }
    }
  }

  void read_place(Message entry, std::string_view where, uint64_t offset) {
    std::string key, value;
    for (Field f; entry.next(f);) {
      if (f.number == 1) key = text_of(f, where, budget_);
      if (f.number == 2) value = text_of(f, where, budget_);
    }
    if (!stored_.place.emplace(key, value).second)
      fail(Kind::malformed, where, offset, "tells twice where its data are");
  }

  void read_external(const std::string& name, uint64_t bytes, uint64_t offset) {
    if (stored_.place["location"] == kKeptApart && external_.kept_apart_allowed()) {
      tensor_.apart = true;
      return;
    }
    const ExternalFiles::Part part = external_.find(stored_.place, name, bytes, offset);
    take(part.bytes, name, bytes, offset);
  }

  void take(std::span<const std::byte> data, const std::string& name, uint64_t bytes,
            uint64_t offset) {
    if (data.size() != bytes)
      fail(Kind::malformed, name, offset,
           "has " + std::to_string(data.size()) + " bytes of data, its shape needs " +
               std::to_string(bytes));
    budget_.charge(bytes, name, offset);
    tensor_.value.data.assign(data.begin(), data.end());
    check_finite_values(name, offset);
  }

  /// The lists of typed numbers.
  void decode(Message message, const std::string& name, uint64_t bytes, uint64_t offset) {
    budget_.charge(bytes, name, offset);
    HostTensor& value = tensor_.value;
    for (Field f; message.next(f);) {
      if (f.number == 5 || f.number == 7) {
        append_varints(f, name, bytes);
      } else if (f.number == 4 || f.number == 10) {
        append_fixed(f, name, bytes);
      }
    }
    if (value.data.size() != bytes)
      fail(Kind::malformed, name, offset,
           "has " + std::to_string(value.data.size()) + " bytes of data, its shape needs " +
               std::to_string(bytes));
    check_finite_values(name, offset);
  }

  void append_varints(const Field& f, const std::string& name, uint64_t bytes) {
    HostTensor& value = tensor_.value;
    const bool fits = f.number == 7 ? value.type == DType::i64
                                    : value.type != DType::i64 && value.type != DType::f32 &&
                                          value.type != DType::f64;
    if (!fits) fail(Kind::malformed, name, f.offset, "has data of another type than it says");
    const size_t size = size_of(value.type);
    const auto push = [&](uint64_t number) {
      if (value.data.size() + size > bytes)
        fail(Kind::malformed, name, f.offset, "has more data than its shape needs");
      for (size_t i = 0; i < size; ++i)
        value.data.push_back(static_cast<std::byte>(number >> (8 * i)));
    };
    if (f.wire == Wire::varint) return push(f.value);
    Message list(f, name);
    for (uint64_t number = 0; list.next_varint(number);) push(number);
  }

  void append_fixed(const Field& f, const std::string& name, uint64_t bytes) {
    HostTensor& value = tensor_.value;
    const bool single = f.number == 4;
    if (value.type != (single ? DType::f32 : DType::f64))
      fail(Kind::malformed, name, f.offset, "has data of another type than it says");
    Bytes one;
    std::span<const std::byte> data = f.bytes;
    if (f.wire == (single ? Wire::fixed32 : Wire::fixed64)) {
      single ? append_le<uint32_t>(one, static_cast<uint32_t>(f.value)) : append_le(one, f.value);
      data = one;
    } else {
      expect_wire(f, Wire::bytes, name);
    }
    if (data.size() > bytes - value.data.size())
      fail(Kind::malformed, name, f.offset, "has more data than its shape needs");
    value.data.insert(value.data.end(), data.begin(), data.end());
  }

  void check_finite_values(const std::string& name, uint64_t offset) const {
    const DType type = tensor_.value.type;
    const bool floats =
        type == DType::f32 || type == DType::f16 || type == DType::f64 || type == DType::bf16;
    if (options_.allow_not_finite || !floats) return;
    const std::vector<int64_t> shape = {
        static_cast<int64_t>(tensor_.value.data.size() / size_of(type))};
    check_finite(tensor_.value, {type, 0, shape, {1}}, {tensor_.value.data, offset, nullptr}, name);
  }

  Budget& budget_;
  ExternalFiles& external_;
  const ReadOptions& options_;
  OnnxTensor tensor_;
  Stored stored_;
};

}  // namespace

OnnxTensor read_onnx_tensor(const Field& field, std::string_view where, Budget& budget,
                            ExternalFiles& external, const ReadOptions& options) {
  return TensorReader(budget, external, options).read(field, where);
}

}  // namespace imago::checkpoint
