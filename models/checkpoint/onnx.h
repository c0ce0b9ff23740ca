// ONNX networks (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto): a graph of operators and
// its weights in one protobuf message. Read as data, under the same bounds as every checkpoint;
// what the operators mean is onnx_network.h's business.
#pragma once

#include <concepts>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/checkpoint/checkpoint.h"

namespace imago {

struct OnnxTensor {
  std::string name;
  HostTensor value;    // without data where `apart`
  bool apart = false;  // the data are a tensor of this name in a StateDict
};

/// Of the kinds of values that an attribute can have, the one it has.
struct OnnxAttribute {
  std::string name;
  std::optional<int64_t> i = {};
  std::optional<float> f = {};
  std::optional<std::string> s = {};
  std::optional<OnnxTensor> t = {};
  std::vector<int64_t> ints = {};
  std::vector<float> floats = {};
};

/// An attribute with a value of its kind, for whoever writes nodes.
inline OnnxAttribute onnx_attribute(std::string name, std::vector<int64_t> values) {
  return {.name = std::move(name), .ints = std::move(values)};
}
inline OnnxAttribute onnx_attribute(std::string name, std::integral auto value) {
  return {.name = std::move(name), .i = static_cast<int64_t>(value)};
}
inline OnnxAttribute onnx_attribute(std::string name, float value) {
  return {.name = std::move(name), .f = value};
}
inline OnnxAttribute onnx_attribute(std::string name, std::string value) {
  return {.name = std::move(name), .s = std::move(value)};
}

struct OnnxNode {
  std::string op_type, name, domain;         // domain "" is ONNX's own
  std::vector<std::string> inputs, outputs;  // an empty name: left out
  std::vector<OnnxAttribute> attributes;

  const OnnxAttribute* find(const std::string& attribute) const;
  int64_t integer(const std::string& attribute, int64_t otherwise) const;
  float number(const std::string& attribute, float otherwise) const;
  std::string text(const std::string& attribute, const std::string& otherwise) const;
  /// Empty if there is no such attribute.
  std::vector<int64_t> integers(const std::string& attribute) const;
};

/// An input or output of the graph. A side of -1 is not known before the picture is.
struct OnnxPort {
  std::string name;
  DType type = DType::f32;
  std::vector<int64_t> shape;
  std::vector<std::string> sides = {};  // names of the sides that are -1, else empty; for writing
};

struct OnnxModel {
  int64_t opset = 17;
  std::string producer;
  std::map<std::string, std::string> metadata;
  std::vector<OnnxNode> nodes;            // sorted: each uses only what comes before it
  std::vector<OnnxTensor> initializers;   // weights and other constants
  std::vector<OnnxPort> inputs, outputs;  // inputs without the initializers
};

/// The opsets whose operators are known.
inline constexpr int64_t kOldestOpset = 7, kNewestOpset = 23;

/// Reads a model. `folder`: where the files of external data are looked for, that of the model; if
/// it is empty, external data are refused. Throws CheckpointError.
OnnxModel read_onnx(std::span<const std::byte> file, const std::filesystem::path& folder = {},
                    const ReadOptions& options = {});

/// The model as bytes, opset and IR version 8; the inverse of read_onnx.
std::vector<std::byte> onnx_bytes(const OnnxModel& model);
void write_onnx(const OnnxModel& model, const std::filesystem::path& path);

/// The weights as tensors by name, and the graph without them (but with its small constants) as
/// metadata["imago_onnx"]: what an ONNX network is as a checkpoint, and what training and export
/// keep of it.
StateDict to_state_dict(OnnxModel model);
/// The graph again, its weights `apart`; nothing if the tensors do not come from an ONNX network.
/// Throws CheckpointError where the metadata are damaged.
std::optional<OnnxModel> onnx_graph_of(const StateDict& tensors);
inline constexpr const char* kOnnxMetadata = "imago_onnx";

}  // namespace imago
