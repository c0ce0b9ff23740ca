// Writing ONNX, and ONNX graphs as metadata. Field numbers are those of onnx.proto.
#include <algorithm>
#include <set>

#include "compute/base/atomic_file.h"
#include "models/checkpoint/onnx.h"
#include "models/checkpoint/onnx_external.h"
#include "models/checkpoint/protobuf.h"
#include "models/checkpoint/text.h"

namespace imago {
namespace {

using checkpoint::MessageWriter;

constexpr uint64_t kIrVersion = 8;

uint64_t code_of(DType type) {
  switch (type) {
    case DType::f32:
      return 1;
    case DType::u8:
      return 2;
    case DType::i8:
      return 3;
    case DType::i16:
      return 5;
    case DType::i32:
      return 6;
    case DType::i64:
      return 7;
    case DType::boolean:
      return 9;
    case DType::f16:
      return 10;
    case DType::f64:
      return 11;
    case DType::bf16:
      return 16;
  }
  throw Error("a tensor has a type that does not exist");
}

MessageWriter entry_of(const std::string& key, const std::string& value) {
  MessageWriter entry;
  entry.text(1, key);
  entry.text(2, value);
  return entry;
}

MessageWriter message_of(const OnnxTensor& tensor) {
  MessageWriter message;
  for (const int64_t side : tensor.value.shape) message.varint(1, static_cast<uint64_t>(side));
  message.varint(2, code_of(tensor.value.type));
  if (!tensor.name.empty()) message.text(8, tensor.name);
  if (tensor.apart) {
    message.message(13, entry_of("location", checkpoint::kKeptApart));
    message.varint(14, 1);
  } else {
    message.bytes(9, tensor.value.data);
  }
  return message;
}

MessageWriter message_of(const OnnxAttribute& attribute) {
  enum : uint64_t { kFloat = 1, kInt = 2, kString = 3, kTensor = 4, kFloats = 6, kInts = 7 };
  MessageWriter message;
  message.text(1, attribute.name);
  uint64_t type = kInts;
  if (attribute.f) message.fixed32(2, *attribute.f), type = kFloat;
  if (attribute.i) message.varint(3, static_cast<uint64_t>(*attribute.i)), type = kInt;
  if (attribute.s) message.text(4, *attribute.s), type = kString;
  if (attribute.t) message.message(5, message_of(*attribute.t)), type = kTensor;
  for (const float value : attribute.floats) message.fixed32(7, value), type = kFloats;
  for (const int64_t value : attribute.ints) message.varint(8, static_cast<uint64_t>(value));
  message.varint(20, type);
  return message;
}

MessageWriter message_of(const OnnxNode& node) {
  MessageWriter message;
  for (const std::string& name : node.inputs) message.text(1, name);
  for (const std::string& name : node.outputs) message.text(2, name);
  if (!node.name.empty()) message.text(3, node.name);
  message.text(4, node.op_type);
  for (const OnnxAttribute& attribute : node.attributes) message.message(5, message_of(attribute));
  if (!node.domain.empty()) message.text(7, node.domain);
  return message;
}

MessageWriter message_of(const OnnxPort& port) {
  MessageWriter shape;
  for (size_t i = 0; i < port.shape.size(); ++i) {
    MessageWriter side;
    if (port.shape[i] > 0)
      side.varint(1, static_cast<uint64_t>(port.shape[i]));
    else if (i < port.sides.size() && !port.sides[i].empty())
      side.text(2, port.sides[i]);
    shape.message(1, side);
  }
  MessageWriter tensor, type, message;
  tensor.varint(1, code_of(port.type));
  tensor.message(2, shape);
  type.message(1, tensor);
  message.text(1, port.name);
  message.message(2, type);
  return message;
}

MessageWriter graph_of(const OnnxModel& model) {
  MessageWriter graph;
  for (const OnnxNode& node : model.nodes) graph.message(1, message_of(node));
  graph.text(2, "imago");
  for (const OnnxTensor& tensor : model.initializers) graph.message(5, message_of(tensor));
  for (const OnnxPort& port : model.inputs) graph.message(11, message_of(port));
  for (const OnnxPort& port : model.outputs) graph.message(12, message_of(port));
  return graph;
}

/// Names of what convolutions, norms and PRelu learn. Other small tensors are constants: factors,
/// bounds, scales of sizes; the graph keeps these, since sizes are computed with them.
std::set<std::string> learnt(const OnnxModel& model) {
  std::set<std::string> names;
  for (const OnnxNode& node : model.nodes) {
    const std::string& op = node.op_type;
    if (op != "Conv" && op != "ConvTranspose" && op != "PRelu" && !op.ends_with("Normalization"))
      continue;
    for (size_t i = 1; i < node.inputs.size(); ++i) names.insert(node.inputs[i]);
  }
  return names;
}

}  // namespace

std::vector<std::byte> onnx_bytes(const OnnxModel& model) {
  MessageWriter message, opset;
  message.varint(1, kIrVersion);
  message.text(2, model.producer);
  message.message(7, graph_of(model));
  for (const auto& [key, value] : model.metadata) message.message(14, entry_of(key, value));
  // Last, so that a file that was cut off lacks it.
  opset.text(1, "");
  opset.varint(2, static_cast<uint64_t>(model.opset));
  message.message(8, opset);
  return message.take();
}

void write_onnx(const OnnxModel& model, const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = onnx_bytes(model);
  if (bytes.size() > INT32_MAX)
    throw Error("cannot write " + path.string() +
                ": the model is too large for an .onnx file (2 GiB); export it as .safetensors");
  write_file_atomically(path, bytes);
}

StateDict to_state_dict(OnnxModel model) {
  StateDict tensors;
  for (OnnxNode& node : model.nodes) {  // weights that are given as Constant nodes
    if (node.op_type != "Constant" || node.outputs.size() != 1) continue;
    const OnnxAttribute* value = node.find("value");
    if (!value || !value->t || !is_float(value->t->value.type)) continue;
    model.initializers.push_back({node.outputs[0], value->t->value});
    node.op_type.clear();
  }
  std::erase_if(model.nodes, [](const OnnxNode& node) { return node.op_type.empty(); });
  tensors.metadata = model.metadata;
  constexpr int64_t kSmall = 64;
  const std::set<std::string> weights = learnt(model);
  for (OnnxTensor& tensor : model.initializers) {
    const int64_t elements = tensor.value.elements();
    if (!is_float(tensor.value.type) || elements == 0) continue;
    if (elements <= kSmall && !weights.contains(tensor.name)) continue;
    tensors.insert(tensor.name,
                   {tensor.value.type, tensor.value.shape, std::exchange(tensor.value.data, {})});
    tensor.apart = true;
  }
  model.metadata.clear();
  tensors.metadata[kOnnxMetadata] = checkpoint::base64(onnx_bytes(model));
  return tensors;
}

std::optional<OnnxModel> onnx_graph_of(const StateDict& tensors) {
  const auto found = tensors.metadata.find(kOnnxMetadata);
  if (found == tensors.metadata.end()) return std::nullopt;
  const std::optional<std::vector<std::byte>> bytes = checkpoint::from_base64(found->second);
  if (!bytes)
    throw CheckpointError(CheckpointError::Kind::malformed, kOnnxMetadata, 0, "is not base64");
  checkpoint::Budget budget(bytes->size());
  checkpoint::ExternalFiles external({}, budget);
  external.allow_kept_apart();
  return checkpoint::read_onnx_model(*bytes, external, budget, {});
}

}  // namespace imago
