// Reading what torch.save has written since PyTorch 1.6: a zip archive with a pickle of the
// dictionaries, data.pkl, and one entry per storage, data/<key>, in one folder.
#include <algorithm>

#include "models/checkpoint/fail.h"
#include "models/checkpoint/json_scanner.h"
#include "models/checkpoint/pickle.h"
#include "models/checkpoint/readers.h"
#include "models/checkpoint/text.h"
#include "models/checkpoint/torch_tensors.h"
#include "models/checkpoint/zip_archive.h"

namespace imago::checkpoint {
namespace {

// The one data.pkl of the archive. Its folder, with the slash, is the prefix of all other names.
const ZipEntry& find_pickle(const ZipArchive& archive) {
  const ZipEntry* found = nullptr;
  for (const ZipEntry& entry : archive.entries()) {
    const size_t slash = entry.name.find('/');
    if (slash == std::string_view::npos || entry.name.substr(slash + 1) != "data.pkl") continue;
    if (found) fail(Kind::malformed, entry.name, entry.header, "the archive has two data.pkl");
    found = &entry;
  }
  if (!found) {
    fail(Kind::not_a_model, "", 0,
         "this is a zip archive but not a PyTorch checkpoint (no folder with data.pkl in it); if a "
         "model was packed into it, unpack it first");
  }
  return *found;
}

void refuse_torchscript(const ZipArchive& archive, std::string_view prefix) {
  for (const ZipEntry& entry : archive.entries()) {
    if (entry.name.starts_with("__MACOSX/")) continue;  // left by the packer of macOS
    if (!entry.name.starts_with(prefix)) {
      fail(Kind::malformed, entry.name, entry.header, "the entry is outside the archive's folder");
    }
    const std::string_view name = entry.name.substr(prefix.size());
    if (name == "constants.pkl" || name == "model.json" || name.starts_with("code/")) {
      fail(Kind::unsupported, entry.name, entry.header,
           "this is a TorchScript program, not supported; save the model's state_dict() instead");
    }
  }
}

class TorchZip {
 public:
  TorchZip(const Source& source, const ReadOptions& options)
      : source_(source), options_(options), budget_(source.size()), archive_(source, budget_) {}

  StateDict read() {
    const ZipEntry& entry = find_pickle(archive_);
    prefix_ = entry.name.substr(0, entry.name.find('/') + 1);
    refuse_torchscript(archive_, prefix_);
    refuse_big_endian();
    if (entry.size > kMaxPickle) {
      fail(Kind::limit, entry.name, entry.header, "the pickle is longer than 64 MiB");
    }
    ZipContent content = open(entry);
    const pickle::Input input{content.bytes, std::string(entry.name), entry.data, entry.deflated};
    size_t consumed = 0;
    const pickle::Tree tree = pickle::run(input, budget_, consumed);
    if (consumed != content.bytes.size()) {
      fail(Kind::malformed, entry.name, input.offset(consumed), "something follows the pickle");
    }
    StateDict tensors = load_tensors(
        tree, input,
        [this](const pickle::Storage& storage, const UseStorage& use) { provide(storage, use); },
        budget_, options_);
    archive_.close(entry, std::move(content));
    tensors.metadata = read_metadata();
    if (unchecked_ > 0) {
      tensors.warnings.push_back(std::to_string(unchecked_) +
                                 " entries of the file carry no checksum, so that damage to them "
                                 "would go unnoticed");
    }
    return tensors;
  }

 private:
  ZipContent open(const ZipEntry& entry) {
    ZipContent content = archive_.open(entry);
    if (!content.checked) ++unchecked_;
    return content;
  }

  void refuse_big_endian() {
    const ZipEntry* entry = archive_.find(prefix_ + "byteorder");
    if (!entry) return;  // PyTorch before 2.1
    if (entry->size > 16) fail(Kind::malformed, entry->name, entry->header, "too long");
    ZipContent content = open(*entry);
    const std::string_view order(reinterpret_cast<const char*>(content.bytes.data()),
                                 content.bytes.size());
    if (order != "little") {
      fail(Kind::unsupported, entry->name, entry->data,
           "the file was saved in byte order \"" + printable(order) +
               "\"; only little-endian files are read");
    }
    archive_.close(*entry, std::move(content));
  }

  /// What write_torch_zip adds: a record of its own, which torch.load passes over.
  std::map<std::string, std::string> read_metadata() {
    const ZipEntry* entry = archive_.find(prefix_ + kMetadataRecord);
    if (!entry) return {};
    ZipContent content = open(*entry);
    const std::string_view text(reinterpret_cast<const char*>(content.bytes.data()),
                                content.bytes.size());
    JsonScanner scanner(text, entry->data);
    auto metadata = scan_metadata(scanner, budget_, std::string(entry->name));
    scanner.expect_end();
    archive_.close(*entry, std::move(content));
    return metadata;
  }

  void provide(const pickle::Storage& storage, const UseStorage& use) {
    const bool digits = !storage.key.empty() && storage.key.size() <= 20 &&
                        std::all_of(storage.key.begin(), storage.key.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) {
      fail(Kind::malformed, storage.key, storage.position, "the storage's key is not a number");
    }
    const std::string name = prefix_ + "data/" + std::string(storage.key);
    const ZipEntry* entry = archive_.find(name);
    if (!entry) fail(Kind::malformed, name, storage.position, "the archive lacks this storage");
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(storage.elements), size_of(storage.type),
                               &bytes) ||
        bytes != entry->size) {
      fail(Kind::malformed, name, entry->header,
           "the storage has " + std::to_string(entry->size) + " bytes, the pickle says " +
               std::to_string(storage.elements) + " elements of type " + to_string(storage.type));
    }
    ZipContent content = open(*entry);
    if (entry->deflated) {
      use({content.bytes, entry->data, nullptr}, &content.inflated);
    } else {
      use({content.bytes, entry->data, &source_}, nullptr);
    }
    archive_.close(*entry, std::move(content));
  }

  const Source& source_;
  const ReadOptions& options_;
  Budget budget_;
  ZipArchive archive_;
  std::string prefix_;
  size_t unchecked_ = 0;
};

}  // namespace

StateDict read_torch_zip(const Source& source, const ReadOptions& options) {
  return TorchZip(source, options).read();
}

}  // namespace imago::checkpoint
