// Reading ONNX. Field numbers are those of onnx.proto.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <set>
#include <unordered_set>

#include "models/checkpoint/onnx_fields.h"

namespace imago {
namespace checkpoint {
namespace {

constexpr size_t kMaxNodes = 100'000;
constexpr size_t kMaxPorts = 64;        // inputs and outputs of a graph
constexpr size_t kMaxArguments = 4096;  // of a node
constexpr size_t kMaxSmallList = 4096;  // numbers in an attribute

class ModelReader {
 public:
  ModelReader(std::span<const std::byte> file, ExternalFiles& external, Budget& budget,
              const ReadOptions& options)
      : file_(file), budget_(budget), external_(external), options_(options) {}

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
  OnnxTensor tensor_of(const Field& field, std::string_view where) {
    return read_onnx_tensor(field, where, budget_, external_, options_);
  }

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
          model_.initializers.push_back(tensor_of(f, "initializer"));
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
          attribute.t = tensor_of(f, "attribute");
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
      if (f.number == 1) port.type = onnx_type(integer_of(f, port.name), port.name, f.offset);
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
  ExternalFiles& external_;
  const ReadOptions& options_;
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
