#include "models/checkpoint/torch_tensors.h"

#include <unordered_set>

#include "models/checkpoint/text.h"

namespace imago::checkpoint {
namespace {

using Kind = CheckpointError::Kind;

struct Named {
  std::string name;
  uint32_t storage = 0;
  View view;
};

// Walks the dictionaries and lists their tensors in order. A dictionary may be reached by several
// paths, which can double at every level: each visit is paid for.
class Flattener {
 public:
  Flattener(const pickle::Tree& tree, Budget& budget) : tree_(tree), budget_(budget) {}

  std::vector<Named> tensors;
  std::set<std::string> groups;

  void visit(const pickle::Dict& dict, const std::string& prefix) {
    std::unordered_set<std::string> seen;
    for (const auto& [key_value, value] : dict.items) {
      budget_.charge(64, prefix, dict.position);
      const std::string key = name_of(key_value, prefix, dict.position);
      if (!seen.insert(key).second) {
        fail(Kind::malformed, prefix + key, dict.position, "the dictionary has this key twice");
      }
      if (const auto* tensor = std::get_if<pickle::TensorRef>(&value)) {
        add(prefix + key, tree_.tensors[tensor->index]);
      } else if (const auto* nested = std::get_if<pickle::DictRef>(&value)) {
        const std::string name = prefix + key;
        check_name(name, dict.position);
        const size_t before = tensors.size();
        visit(tree_.dicts[nested->index], name + ".");
        if (tensors.size() > before) groups.insert(name);
      }
    }
  }

 private:
  [[noreturn]] static void fail(Kind kind, const std::string& where, uint64_t offset,
                                const std::string& what) {
    throw CheckpointError(kind, where, offset, what);
  }

  static std::string name_of(const pickle::Value& key, const std::string& prefix, uint64_t offset) {
    if (const auto* number = std::get_if<int64_t>(&key)) return std::to_string(*number);
    const std::string_view text = std::get<std::string_view>(key);
    if (text.size() > kMaxName) {
      fail(Kind::limit, prefix, offset, "a dictionary key is longer than 1024 bytes");
    }
    if (!is_utf8(text)) fail(Kind::malformed, prefix, offset, "a dictionary key is not UTF-8");
    return std::string(text);
  }

  void check_name(const std::string& name, uint64_t offset) {
    budget_.charge(3 * name.size() + 128, name, offset);
    if (name.size() > kMaxName) {
      fail(Kind::limit, name, offset, "the name is longer than 1024 bytes");
    }
  }

  void add(std::string name, const pickle::Tensor& tensor) {
    if (tensors.size() >= kMaxTensors) {
      fail(Kind::limit, name, tensor.position, "the file has more than 65536 tensors");
    }
    check_name(name, tensor.position);
    const pickle::Storage& storage = tree_.storages[tensor.storage];
    View view{storage.type, tensor.offset, tensor.shape, tensor.stride};
    const uint64_t bytes = dense_bytes(view.type, view.shape, name, tensor.position);
    check_bounds(view, storage.elements, name, tensor.position);
    budget_.charge(bytes + sizeof(Named) + 512, name, tensor.position);
    tensors.push_back({std::move(name), tensor.storage, std::move(view)});
  }

  const pickle::Tree& tree_;
  Budget& budget_;
};

// A tensor that is its storage from end to end.
bool is_whole(const View& view, int64_t elements) {
  return view.offset == 0 && view.stride == dense_strides(view.shape) &&
         dense_bytes(view.type, view.shape, "", 0) ==
             static_cast<uint64_t>(elements) * size_of(view.type);
}

// Storage by storage, so that an inflated one is kept no longer than its tensors are copied.
std::vector<HostTensor> lay_out(const pickle::Tree& tree, const std::vector<Named>& tensors,
                                const StorageProvider& provider, Budget& budget,
                                const ReadOptions& options) {
  std::vector<std::vector<size_t>> users(tree.storages.size());
  for (size_t i = 0; i < tensors.size(); ++i) users[tensors[i].storage].push_back(i);
  std::vector<HostTensor> dense(tensors.size());
  for (const Named& first : tensors) {  // storages in order of first use
    const std::vector<size_t> indices = std::move(users[first.storage]);
    users[first.storage].clear();
    if (indices.empty()) continue;
    const pickle::Storage& declared = tree.storages[first.storage];
    // One tensor that is a whole storage takes the inflated bytes over: they are paid for once.
    const bool may_take = indices.size() == 1 && is_whole(first.view, declared.elements);
    const uint64_t taken =
        may_take ? static_cast<uint64_t>(declared.elements) * size_of(declared.type) : 0;
    budget.release(taken);
    provider(declared, [&](const StorageBytes& storage, std::vector<std::byte>* owned) {
      for (const size_t i : indices) {
        const Named& user = tensors[i];
        dense[i] = may_take && owned
                       ? HostTensor{user.view.type, user.view.shape, std::move(*owned)}
                       : gather(user.view, storage);
        if (!options.allow_not_finite) check_finite(dense[i], user.view, storage, user.name);
      }
      if (storage.source) storage.source->done_with(storage.file_offset, storage.bytes.size());
    });
    budget.charge(taken, first.name, declared.position);
  }
  return dense;
}

}  // namespace

StateDict load_tensors(const pickle::Tree& tree, const pickle::Input& input,
                       const StorageProvider& provider, Budget& budget,
                       const ReadOptions& options) {
  const auto* root = std::get_if<pickle::DictRef>(&tree.root);
  if (root == nullptr) {
    throw CheckpointError(Kind::unsupported, input.where, input.offset(0),
                          "holds no dictionary of weights but something else; save the model's "
                          "state_dict()");
  }
  Flattener flat(tree, budget);
  flat.visit(tree.dicts[root->index], "");

  std::vector<HostTensor> dense = lay_out(tree, flat.tensors, provider, budget, options);
  StateDict result;
  result.groups = std::move(flat.groups);
  for (size_t i = 0; i < dense.size(); ++i) {
    if (result.contains(flat.tensors[i].name)) {
      throw CheckpointError(Kind::malformed, flat.tensors[i].name, input.offset(0),
                            "two tensors have this name");
    }
    result.insert(std::move(flat.tensors[i].name), std::move(dense[i]));
  }
  return result;
}

}  // namespace imago::checkpoint
