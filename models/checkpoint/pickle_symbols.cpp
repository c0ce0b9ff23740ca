// The functions and classes that a state dict's pickle may name, by exact pair, and what they mean
// here. https://github.com/pytorch/pytorch/blob/main/torch/_utils.py has the originals.
#include <algorithm>
#include <iterator>

#include "models/checkpoint/pickle_machine.h"
#include "models/checkpoint/text.h"

namespace imago::checkpoint::pickle {
namespace {

struct Global {
  std::string_view module, name;
  Value value;
};

const Global kGlobals[] = {
    {"collections", "OrderedDict", Function::ordered_dict},
    {"torch._utils", "_rebuild_tensor", Function::rebuild_tensor},
    {"torch._utils", "_rebuild_tensor_v2", Function::rebuild_tensor_v2},
    {"torch._utils", "_rebuild_parameter", Function::rebuild_parameter},
    {"torch", "Size", Function::size},
    {"torch", "DoubleStorage", StorageType{DType::f64}},
    {"torch", "FloatStorage", StorageType{DType::f32}},
    {"torch", "HalfStorage", StorageType{DType::f16}},
    {"torch", "BFloat16Storage", StorageType{DType::bf16}},
    {"torch", "LongStorage", StorageType{DType::i64}},
    {"torch", "IntStorage", StorageType{DType::i32}},
    {"torch", "ShortStorage", StorageType{DType::i16}},
    {"torch", "CharStorage", StorageType{DType::i8}},
    {"torch", "ByteStorage", StorageType{DType::u8}},
    {"torch", "BoolStorage", StorageType{DType::boolean}},
};

}  // namespace

void Machine::global() {
  const std::string_view module = take_line(), name = take_line();
  const auto found = std::find_if(std::begin(kGlobals), std::end(kGlobals), [&](const Global& g) {
    return g.module == module && g.name == name;
  });
  if (found == std::end(kGlobals)) {
    fail(Kind::forbidden,
         "asks for the Python object " + printable(module) + "." + printable(name) +
             ", which is not one that model weights need; the file may be harmful, "
             "or it holds a whole network with its Python code. Where that code is, "
             "torch.save(network.state_dict(), \"weights.pth\") writes what Imago reads");
  }
  push(found->value);
}

// ('storage', type, key, location, elements), and in legacy files a sixth item that is None unless
// the storage is a view of another one.
void Machine::persistent_id() {
  const Value id = pop();
  const std::vector<Value>& items = as_tuple(id, "a tuple as persistent id");
  const auto tag = items.empty() ? std::string_view() : as<std::string_view>(items[0], "a tag");
  if (tag == "module") {
    fail(Kind::unsupported,
         "holds a whole network with its Python code. Where that code is, "
         "torch.save(network.state_dict(), \"weights.pth\") writes what Imago reads");
  }
  if (tag != "storage" || items.size() < 5 || items.size() > 6) {
    fail(Kind::malformed,
         "expected a persistent id of the form ('storage', type, key, location, "
         "number of elements)");
  }
  if (items.size() == 6 && !std::holds_alternative<None>(items[5])) {
    fail(Kind::unsupported,
         "holds a view of a storage (PyTorch before 0.4); save it again with a "
         "newer PyTorch");
  }
  Storage storage{as<std::string_view>(items[2], "a storage key"),
                  as<StorageType>(items[1], "a storage type").type,
                  as<int64_t>(items[4], "a number of elements"), offset()};
  as<std::string_view>(items[3], "a storage location");
  if (storage.elements < 0) fail(Kind::malformed, "a storage has a negative number of elements");
  if (storage.key.size() > kMaxName) fail(Kind::limit, "a storage key is too long");

  const auto [found, is_new] =
      storage_index_.emplace(storage.key, static_cast<uint32_t>(tree_.storages.size()));
  if (is_new) {
    charge(2 * sizeof(Storage) + kMaxDims * 8);
    tree_.storages.push_back(storage);
  } else if (const Storage& known = tree_.storages[found->second];
             known.type != storage.type || known.elements != storage.elements) {
    fail(Kind::malformed, "the storage " + printable(storage.key) +
                              " is declared twice with different types or sizes");
  }
  push(StorageRef{found->second});
}

void Machine::reduce() {
  const Value arguments_value = pop(), callable = pop();
  const std::vector<Value>& arguments = as_tuple(arguments_value, "a tuple of arguments");
  switch (as<Function>(callable, "a function to call")) {
    case Function::ordered_dict:
      return push(ordered_dict(arguments));
    case Function::rebuild_tensor:
      return push(rebuild_tensor(arguments, false));
    case Function::rebuild_tensor_v2:
      return push(rebuild_tensor(arguments, true));
    case Function::rebuild_parameter:
      return push(rebuild_parameter(arguments));
    case Function::size:  // a tuple under another name
      if (arguments.size() != 1) fail(Kind::malformed, "torch.Size takes one tuple");
      return push(as<TupleRef>(arguments[0], "a tuple of sizes"));
  }
}

// Python 3 calls it without arguments and sets items; Python 2 passes a list of [key, value] lists.
Value Machine::ordered_dict(const std::vector<Value>& arguments) {
  charge(kContainerCost);
  tree_.dicts.push_back({{}, true, offset()});
  const DictRef dict{static_cast<uint32_t>(tree_.dicts.size() - 1)};
  if (arguments.empty()) return dict;
  if (arguments.size() != 1) fail(Kind::malformed, "an OrderedDict of more than one argument");
  for (const Value& pair : tree_.lists[as<ListRef>(arguments[0], "a list of pairs").index]) {
    const auto* list = std::get_if<ListRef>(&pair);
    const std::vector<Value>& items =
        list ? tree_.lists[list->index] : as_tuple(pair, "a pair of key and value");
    if (items.size() != 2) fail(Kind::malformed, "expected a pair of key and value");
    set_items(dict, items);
  }
  return dict;
}

// _rebuild_tensor(storage, offset, size, stride) and
// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks).
Value Machine::rebuild_tensor(const std::vector<Value>& arguments, bool version_2) {
  if (arguments.size() != (version_2 ? 6 : 4)) {
    fail(Kind::malformed, "a tensor is rebuilt from " + std::to_string(arguments.size()) +
                              " arguments instead of " + (version_2 ? "6" : "4"));
  }
  Tensor tensor{as<StorageRef>(arguments[0], "a storage").index,
                as<int64_t>(arguments[1], "a storage offset"),
                as_sizes(arguments[2], "a tuple of sizes"),
                as_sizes(arguments[3], "a tuple of strides"), offset()};
  if (tensor.offset < 0) fail(Kind::malformed, "a tensor has a negative storage offset");
  if (version_2) {
    as<bool>(arguments[4], "requires_grad, True or False");
    check_no_hooks(arguments[5]);
  }
  charge(2 * sizeof(Tensor) + 2 * kMaxDims * 8);
  tree_.tensors.push_back(std::move(tensor));
  return TensorRef{static_cast<uint32_t>(tree_.tensors.size() - 1)};
}

// _rebuild_parameter(data, requires_grad, backward_hooks): for reading, the tensor itself.
Value Machine::rebuild_parameter(const std::vector<Value>& arguments) {
  if (arguments.size() != 3) fail(Kind::malformed, "a parameter is rebuilt from 3 arguments");
  as<bool>(arguments[1], "requires_grad, True or False");
  check_no_hooks(arguments[2]);
  return as<TensorRef>(arguments[0], "a tensor as a parameter's data");
}

void Machine::check_no_hooks(const Value& hooks) const {
  if (std::holds_alternative<None>(hooks)) return;
  const DictRef dict = as<DictRef>(hooks, "an empty OrderedDict of hooks");
  if (!tree_.dicts[dict.index].items.empty()) {
    fail(Kind::forbidden, "a tensor brings Python hooks along; the file may be harmful");
  }
}

namespace {

// Depth-first over containers, each entered once. `height` of a finished one is kept, so that the
// depth check stays linear however often a container is shared.
class NestingCheck {
 public:
  NestingCheck(const Tree& tree, const Input& input)
      : tree_(tree),
        input_(input),
        tuples_(tree.tuples.size(), kNew),
        lists_(tree.lists.size(), kNew),
        dicts_(tree.dicts.size(), kNew) {}

  uint8_t height(const Value& value, size_t depth) {
    if (const auto* tuple = std::get_if<TupleRef>(&value)) {
      return enter(tuples_[tuple->index], depth, tree_.tuples[tuple->index]);
    }
    if (const auto* list = std::get_if<ListRef>(&value)) {
      return enter(lists_[list->index], depth, tree_.lists[list->index]);
    }
    if (const auto* dict = std::get_if<DictRef>(&value)) {
      return enter(dicts_[dict->index], depth, tree_.dicts[dict->index].items);
    }
    return 0;
  }

 private:
  static constexpr uint8_t kNew = 255, kOpen = 254;  // else: the height of a finished one

  template <typename Items>
  uint8_t enter(uint8_t& state, size_t depth, const Items& items) {
    if (state == kOpen) fail(CheckpointError::Kind::malformed, "a container holds itself");
    if (depth >= kMaxDepth) fail(CheckpointError::Kind::limit, "containers nest deeper than 32");
    if (state == kNew) {
      state = kOpen;
      uint8_t tallest = 0;
      for (const auto& item : items) tallest = std::max(tallest, item_height(item, depth + 1));
      state = static_cast<uint8_t>(tallest + 1);
    }
    if (depth + state > kMaxDepth) {
      fail(CheckpointError::Kind::limit, "containers nest deeper than 32");
    }
    return state;
  }

  uint8_t item_height(const Value& item, size_t depth) { return height(item, depth); }
  // Keys are strings and integers.
  uint8_t item_height(const std::pair<Value, Value>& item, size_t depth) {
    return height(item.second, depth);
  }

  [[noreturn]] void fail(CheckpointError::Kind kind, const std::string& what) const {
    throw CheckpointError(kind, input_.where, input_.offset(0), what);
  }

  const Tree& tree_;
  const Input& input_;
  std::vector<uint8_t> tuples_, lists_, dicts_;
};

}  // namespace

void check_nesting(const Tree& tree, const Input& input) {
  NestingCheck(tree, input).height(tree.root, 0);
}

}  // namespace imago::checkpoint::pickle
