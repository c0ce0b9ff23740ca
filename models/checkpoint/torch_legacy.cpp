// Reading what torch.save wrote before PyTorch 1.6: five pickles one after the other (magic number,
// protocol, facts about the machine, the object, the list of storage keys), then each storage of
// the list as an int64 number of elements and its bytes.
#include <algorithm>
#include <unordered_map>

#include "models/checkpoint/fail.h"
#include "models/checkpoint/pickle.h"
#include "models/checkpoint/readers.h"
#include "models/checkpoint/text.h"
#include "models/checkpoint/torch_tensors.h"

namespace imago::checkpoint {
namespace {

constexpr std::string_view kMagic =
    "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";  // 0x1950A86A20F9469CFC6C
constexpr int64_t kProtocol = 1001;

class TorchLegacy {
 public:
  TorchLegacy(const Source& source, const ReadOptions& options)
      : source_(source), options_(options), budget_(source.size()) {}

  StateDict read() {
    check_preamble();
    const pickle::Input input = next_input("pickled object");
    const pickle::Tree tree = run(input);
    locate_storages(tree);
    return load_tensors(
        tree, input,
        [this](const pickle::Storage& storage, const UseStorage& use) { provide(storage, use); },
        budget_, options_);
  }

 private:
  pickle::Input next_input(const std::string& where) const {
    const auto rest = source_.bytes().subspan(position_);
    return {rest.first(std::min<size_t>(rest.size(), kMaxPickle)), where, position_, false};
  }

  pickle::Tree run(const pickle::Input& input) {
    size_t consumed = 0;
    pickle::Tree tree = pickle::run(input, budget_, consumed);
    position_ += consumed;
    return tree;
  }

  void check_preamble() {
    const pickle::Tree magic = run(next_input("magic number"));
    const auto* number = std::get_if<pickle::BigInt>(&magic.root);
    if (!number || number->bytes != kMagic) {
      fail(Kind::not_a_model, "magic number", 0, "this is no PyTorch checkpoint");
    }
    const uint64_t at = position_;
    const pickle::Tree protocol = run(next_input("protocol"));
    const auto* version = std::get_if<int64_t>(&protocol.root);
    if (!version || *version != kProtocol) {
      fail(Kind::unsupported, "protocol", at, "the file's protocol is not 1001");
    }
    check_byte_order();
  }

  void check_byte_order() {
    const uint64_t at = position_;
    const pickle::Tree system = run(next_input("system information"));
    const auto* root = std::get_if<pickle::DictRef>(&system.root);
    if (!root) fail(Kind::malformed, "system information", at, "is not a dictionary");
    for (const auto& [key, value] : system.dicts[root->index].items) {
      const auto* name = std::get_if<std::string_view>(&key);
      const auto* flag = std::get_if<bool>(&value);
      if (name && *name == "little_endian" && flag && *flag) return;
    }
    fail(Kind::unsupported, "system information", at,
         "the file does not say that it is little-endian; only such files are read");
  }

  // Reads the list of keys and finds each storage's bytes. All of them, also those that no tensor
  // uses, must be declared: without a declared type the size of an element is unknown.
  void locate_storages(const pickle::Tree& tree) {
    std::unordered_map<std::string_view, const pickle::Storage*> declared;
    for (const pickle::Storage& storage : tree.storages) declared.emplace(storage.key, &storage);
    const uint64_t at = position_;
    const pickle::Tree list = run(next_input("storage keys"));
    const auto* root = std::get_if<pickle::ListRef>(&list.root);
    if (!root) fail(Kind::malformed, "storage keys", at, "is not a list");
    for (const pickle::Value& item : list.lists[root->index]) {
      const auto* key = std::get_if<std::string_view>(&item);
      const auto found = key ? declared.find(*key) : declared.end();
      if (found == declared.end()) {
        fail(Kind::malformed, "storage keys", at, "lists a storage that no tensor declares");
      }
      locate(*found->second);
    }
    if (position_ != source_.size()) {
      fail(Kind::malformed, "", position_, "something follows the last storage");
    }
  }

  void locate(const pickle::Storage& storage) {
    const std::string where = "storage " + printable(storage.key);
    const uint64_t at = position_, left = source_.size() - at;
    if (left < 8) {
      fail(Kind::truncated, where, at, "the file ends early: the download is incomplete");
    }
    if (read_le<uint64_t>(source_.bytes(), at) != static_cast<uint64_t>(storage.elements)) {
      fail(Kind::malformed, where, at, "its number of elements is not the one in the pickle");
    }
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(storage.elements), size_of(storage.type),
                               &bytes) ||
        bytes > left - 8) {
      fail(Kind::truncated, where, source_.size(),
           "the file ends inside this storage: the download is incomplete");
    }
    budget_.charge(96, where, at);
    if (!bytes_
             .emplace(&storage,
                      StorageBytes{source_.bytes().subspan(at + 8, bytes), at + 8, &source_})
             .second) {
      fail(Kind::malformed, where, at, "the storage is listed twice");
    }
    position_ = at + 8 + bytes;
  }

  void provide(const pickle::Storage& storage, const UseStorage& use) const {
    const auto found = bytes_.find(&storage);
    if (found == bytes_.end()) {
      fail(Kind::malformed, "storage " + printable(storage.key), storage.position,
           "the file lacks this storage");
    }
    use(found->second, nullptr);
  }

  const Source& source_;
  const ReadOptions& options_;
  Budget budget_;
  uint64_t position_ = 0;
  std::unordered_map<const pickle::Storage*, StorageBytes> bytes_;
};

}  // namespace

StateDict read_torch_legacy(const Source& source, const ReadOptions& options) {
  return TorchLegacy(source, options).read();
}

}  // namespace imago::checkpoint
