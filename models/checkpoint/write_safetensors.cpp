#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "compute/base/atomic_file.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/writers.h"

namespace imago {

checkpoint::Bytes checkpoint::safetensors_bytes(const StateDict& tensors,
                                                const std::filesystem::path& path) {
  std::vector<const std::pair<std::string, HostTensor>*> entries;
  for (const auto& entry : tensors) {
    checkpoint::check_writable(entry.first, entry.second, path);
    entries.push_back(&entry);
  }
  // Data by falling element size and a header of a multiple of 8 bytes: every tensor is then
  // aligned for readers that map the file. The header itself keeps the order of the dictionary.
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return size_of(entries[a]->second.type) > size_of(entries[b]->second.type);
  });
  std::vector<size_t> begin(entries.size());
  size_t data_size = 0;
  for (const size_t i : order) {
    begin[i] = data_size;
    data_size += entries[i]->second.data.size();
  }

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!tensors.metadata.empty()) header["__metadata__"] = tensors.metadata;
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& [name, tensor] = *entries[i];
    header[name] = {{"dtype", to_string(tensor.type)},
                    {"shape", tensor.shape},
                    {"data_offsets", {begin[i], begin[i] + tensor.data.size()}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    throw Error("cannot write " + path.string() + ": its metadata are not UTF-8");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');

  checkpoint::Bytes file;
  file.reserve(8 + text.size() + data_size);
  checkpoint::append_le<uint64_t>(file, text.size());
  checkpoint::append_text(file, text);
  for (const size_t i : order) {
    const auto& data = entries[i]->second.data;
    file.insert(file.end(), data.begin(), data.end());
  }
  return file;
}

void write_safetensors(const StateDict& tensors, const std::filesystem::path& path) {
  write_file_atomically(path, checkpoint::safetensors_bytes(tensors, path));
}

}  // namespace imago
