// Reading ONNX. Field numbers are those of onnx.proto.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <set>
#include <unordered_set>

#include "models/checkpoint/onnx.h"
#include "models/checkpoint/onnx_external.h"
#include "models/checkpoint/protobuf.h"
#include "models/checkpoint/text.h"
#include "models/checkpoint/view.h"

namespace imago {
namespace checkpoint {
namespace {

using Kind = CheckpointError::Kind;

constexpr size_t kMaxNodes = 100'000;
constexpr size_t kMaxPorts = 64;        // inputs and outputs of a graph
constexpr size_t kMaxArguments = 4096;  // of a node
constexpr size_t kMaxSmallList = 4096;  // numbers in an attribute

[[noreturn]] void fail(Kind kind, std::string_view where, uint64_t offset,
                       const std::string& what) {
  throw CheckpointError(kind, std::string(where), offset, what);
}

std::string text_of(const Field& field, std::string_view where, Budget& budget) {
  expect_wire(field, Wire::bytes, where);
  if (field.bytes.size() > kMaxName)
    fail(Kind::limit, where, field.offset, "a name is longer than 1024 bytes");
  if (!is_utf8(field.text())) fail(Kind::malformed, where, field.offset, "a name is not UTF-8");
  budget.charge(2 * field.bytes.size() + 64, std::string(where), field.offset);
  return std::string(field.text());
}

int64_t integer_of(const Field& field, std::string_view where) {
  expect_wire(field, Wire::varint, where);
  return static_cast<int64_t>(field.value);
}

DType type_of(int64_t code, std::string_view where, uint64_t offset) {
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

/// A repeated integer field, packed or one by one.
void append_integers(std::vector<int64_t>& to, const Field& field, std::string_view where,
                     size_t most) {
  const auto push = [&](uint64_t value) {
    if (to.size() >= most) fail(Kind::limit, where, field.offset, "a list has too many numbers");
    to.push_back(static_cast<int64_t>(value));
  };
  if (field.wire == Wire::varint) return push(field.value);
  Message list(field, where);
  for (uint64_t value = 0; list.next_varint(value);) push(value);
}

void append_floats(std::vector<float>& to, const Field& field, std::string_view where,
                   size_t most) {
  const auto push = [&](uint32_t bits) {
    if (to.size() >= most) fail(Kind::limit, where, field.offset, "a list has too many numbers");
    to.push_back(std::bit_cast<float>(bits));
  };
  if (field.wire == Wire::fixed32) return push(static_cast<uint32_t>(field.value));
  expect_wire(field, Wire::bytes, where);
  if (field.bytes.size() % 4 != 0)
    fail(Kind::malformed, where, field.offset, "a list of numbers has an odd length");
  for (size_t i = 0; i < field.bytes.size(); i += 4) push(read_le<uint32_t>(field.bytes, i));
}

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
    value.type = type_of(stored_.type, name, field.offset);
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

class ModelReader {
 public:
  ModelReader(std::span<const std::byte> file, ExternalFiles& external, Budget& budget,
              const ReadOptions& options)
      : file_(file), budget_(budget), tensors_(budget, external, options) {}

  OnnxModel read() {
    std::optional<Field> graph;
    Message message(file_, 0, "model");
    for (Field f; message.next(f);) {
      switch (f.number) {
        case 2:
          model_.producer = text_of(f, "producer", budget_);
          break;
        case 7:
          if (graph) fail(Kind::malformed, "graph", f.offset, "the model has two graphs");
          graph = f;
          break;
        case 8:
          read_opset(Message(f, "opset"));
          break;
        case 14:
          read_metadata(Message(f, "metadata"), f.offset);
          break;
        default:
          break;
      }
    }
    if (!graph) fail(Kind::truncated, "", file_.size(), "the file ends before the graph");
    if (opset_ == 0)
      fail(Kind::truncated, "", file_.size(), "the file ends before it tells its opset");
    if (opset_ < kOldestOpset || opset_ > kNewestOpset)
      fail(Kind::unsupported, "", 0,
           "is written in opset " + std::to_string(opset_) + " of ONNX; Imago reads " +
               std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset) +
               ": export the network again with one of these");
    model_.opset = opset_;
    read_graph(*graph);
    check_names();
    return std::move(model_);
  }

 private:
  void read_opset(Message message) {
    std::string domain;
    int64_t version = 1;
    for (Field f; message.next(f);) {
      if (f.number == 1) domain = text_of(f, "opset", budget_);
      if (f.number == 2) version = integer_of(f, "opset");
    }
    if (domain.empty() || domain == "ai.onnx") opset_ = version;
  }

  void read_metadata(Message message, uint64_t offset) {
    constexpr size_t kMaxText = 1 << 20;
    std::string key, value;
    for (Field f; message.next(f);) {
      if (f.number == 1) key = text_of(f, "metadata", budget_);
      if (f.number != 2) continue;
      expect_wire(f, Wire::bytes, "metadata");
      if (f.bytes.size() > kMaxText)
        fail(Kind::limit, "metadata", f.offset, "a text is longer than 1 MiB");
      budget_.charge(2 * f.bytes.size() + 128, "metadata", f.offset);
      if (is_utf8(f.text())) value = f.text();
    }
    if (!model_.metadata.emplace(std::move(key), std::move(value)).second)
      fail(Kind::malformed, "metadata", offset, "a key appears twice");
  }

  void read_graph(const Field& graph) {
    Message message(graph, "graph");
    for (Field f; message.next(f);) {
      switch (f.number) {
        case 1:
          read_node(f);
          break;
        case 5:
          if (model_.initializers.size() >= kMaxTensors)
            fail(Kind::limit, "graph", f.offset, "the file has more than 65536 tensors");
          model_.initializers.push_back(tensors_.read(f, "initializer"));
          if (model_.initializers.back().name.empty())
            fail(Kind::malformed, "initializer", f.offset, "has no name");
          break;
        case 11:
          read_port(f, model_.inputs);
          break;
        case 12:
          read_port(f, model_.outputs);
          break;
        case 15:
          fail(Kind::unsupported, "graph", f.offset, "holds sparse tensors");
        default:
          break;
      }
    }
  }

  void read_node(const Field& field) {
    if (model_.nodes.size() >= kMaxNodes)
      fail(Kind::limit, "graph", field.offset, "the graph has more than 100000 nodes");
    budget_.charge(sizeof(OnnxNode) + 128, "graph", field.offset);
    OnnxNode node;
    Message message(field, "node");
    for (Field f; message.next(f);) {
      if (f.number == 1 || f.number == 2) {
        auto& names = f.number == 1 ? node.inputs : node.outputs;
        if (names.size() >= kMaxArguments)
          fail(Kind::limit, "node", f.offset, "a node has more than 4096 inputs or outputs");
        names.push_back(text_of(f, "node", budget_));
      }
      if (f.number == 3) node.name = text_of(f, "node", budget_);
      if (f.number == 4) node.op_type = text_of(f, "node", budget_);
      if (f.number == 5) node.attributes.push_back(read_attribute(f));
      if (f.number == 7) node.domain = text_of(f, "node", budget_);
    }
    if (node.domain == "ai.onnx") node.domain.clear();
    if (node.op_type.empty()) fail(Kind::malformed, "node", field.offset, "has no operator");
    model_.nodes.push_back(std::move(node));
  }

  OnnxAttribute read_attribute(const Field& field) {
    budget_.charge(sizeof(OnnxAttribute) + 64, "attribute", field.offset);
    OnnxAttribute attribute;
    Message message(field, "attribute");
    for (Field f; message.next(f);) {
      switch (f.number) {
        case 1:
          attribute.name = text_of(f, "attribute", budget_);
          break;
        case 2:
          expect_wire(f, Wire::fixed32, "attribute");
          attribute.f = std::bit_cast<float>(static_cast<uint32_t>(f.value));
          break;
        case 3:
          attribute.i = integer_of(f, "attribute");
          break;
        case 4:
          attribute.s = text_of(f, "attribute", budget_);
          break;
        case 5:
          attribute.t = tensors_.read(f, "attribute");
          break;
        case 6:
        case 11:
          fail(Kind::unsupported, "attribute", f.offset,
               "a node has a graph of its own (If, Loop, Scan), which Imago does not run");
        case 7:
          append_floats(attribute.floats, f, "attribute", kMaxSmallList);
          budget_.charge(8 * attribute.floats.size(), "attribute", f.offset);
          break;
        case 8:
          append_integers(attribute.ints, f, "attribute", kMaxSmallList);
          budget_.charge(16 * attribute.ints.size(), "attribute", f.offset);
          break;
        case 21:
          fail(Kind::unsupported, "attribute", f.offset, "refers to a function's attribute");
        default:
          break;
      }
    }
    return attribute;
  }

  /// ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 … } } }.
  void read_port(const Field& field, std::vector<OnnxPort>& ports) {
    if (ports.size() >= kMaxPorts + kMaxTensors)
      fail(Kind::limit, "graph", field.offset, "the graph has too many inputs or outputs");
    budget_.charge(sizeof(OnnxPort) + 64, "graph", field.offset);
    OnnxPort port;
    Message message(field, "input or output");
    for (Field f; message.next(f);) {
      if (f.number == 1) port.name = text_of(f, "input or output", budget_);
      if (f.number != 2) continue;
      Message type(f, port.name);
      for (Field g; type.next(g);)
        if (g.number == 1) read_tensor_type(Message(g, port.name), port);
    }
    ports.push_back(std::move(port));
  }

  void read_tensor_type(Message message, OnnxPort& port) {
    for (Field f; message.next(f);) {
      if (f.number == 1) port.type = type_of(integer_of(f, port.name), port.name, f.offset);
      if (f.number != 2) continue;
      Message shape(f, port.name);
      for (Field d; shape.next(d);) {
        if (d.number != 1) continue;
        if (port.shape.size() >= kMaxDims)
          fail(Kind::limit, port.name, d.offset, "has more than 8 dimensions");
        int64_t side = -1;
        Message dim(d, port.name);
        for (Field v; dim.next(v);)
          if (v.number == 1) side = integer_of(v, port.name);
        port.shape.push_back(side > 0 ? side : -1);
      }
    }
  }

  /// Each name is given once and before it is used.
  void check_names() {
    std::unordered_set<std::string_view> known;
    for (const OnnxTensor& tensor : model_.initializers)
      if (!known.insert(tensor.name).second)
        fail(Kind::malformed, tensor.name, 0, "two initializers have this name");
    // Initializers may be listed among the inputs, too (IR version 3).
    std::erase_if(model_.inputs, [&](const OnnxPort& port) { return known.contains(port.name); });
    for (const OnnxPort& port : model_.inputs)
      if (!known.insert(port.name).second)
        fail(Kind::malformed, port.name, 0, "two inputs have this name");
    for (const OnnxNode& node : model_.nodes) {
      for (const std::string& name : node.inputs)
        if (!name.empty() && !known.contains(name))
          fail(Kind::malformed, name, 0, "is used before any node made it");
      for (const std::string& name : node.outputs)
        if (!name.empty() && !known.insert(name).second)
          fail(Kind::malformed, name, 0, "two nodes make it");
    }
    for (const OnnxPort& port : model_.outputs)
      if (!known.contains(port.name)) fail(Kind::malformed, port.name, 0, "no node makes it");
  }

  std::span<const std::byte> file_;
  Budget& budget_;
  TensorReader tensors_;
  OnnxModel model_;
  int64_t opset_ = 0;
};

}  // namespace

OnnxModel read_onnx_model(std::span<const std::byte> file, ExternalFiles& external, Budget& budget,
                          const ReadOptions& options) {
  return ModelReader(file, external, budget, options).read();
}

}  // namespace checkpoint

OnnxModel read_onnx(std::span<const std::byte> file, const std::filesystem::path& folder,
                    const ReadOptions& options) {
  checkpoint::Budget budget(file.size());
  checkpoint::ExternalFiles external(folder, budget);
  return checkpoint::read_onnx_model(file, external, budget, options);
}

const OnnxAttribute* OnnxNode::find(const std::string& attribute) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const auto& other) { return other.name == attribute; });
  return found == attributes.end() ? nullptr : &*found;
}

int64_t OnnxNode::integer(const std::string& attribute, int64_t otherwise) const {
  const OnnxAttribute* found = find(attribute);
  return found ? found->i.value_or(otherwise) : otherwise;
}

float OnnxNode::number(const std::string& attribute, float otherwise) const {
  const OnnxAttribute* found = find(attribute);
  return found ? found->f.value_or(otherwise) : otherwise;
}

std::string OnnxNode::text(const std::string& attribute, const std::string& otherwise) const {
  const OnnxAttribute* found = find(attribute);
  return found ? found->s.value_or(otherwise) : otherwise;
}

std::vector<int64_t> OnnxNode::integers(const std::string& attribute) const {
  const OnnxAttribute* found = find(attribute);
  return found ? found->ints : std::vector<int64_t>();
}

}  // namespace imago
