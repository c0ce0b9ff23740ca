#include "models/library/model_files.h"

#include <fstream>
#include <span>
#include <vector>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/networks/onnx_export.h"

namespace imago {

namespace fs = std::filesystem;

namespace {

/// fp32 tensors in half precision; others, such as counts, as they are.
StateDict halved(const StateDict& tensors) {
  StateDict result;
  result.metadata = tensors.metadata;
  for (const auto& [name, tensor] : tensors)
    result.insert(name, tensor.type == DType::f32 ? tensor.to_half() : tensor);
  return result;
}

/// Weights between these and those of `other`, which is read from `file`.
StateDict blended(const StateDict& tensors, const StateDict& other, double share,
                  const fs::path& file) {
  StateDict result;
  result.metadata = tensors.metadata;
  for (const auto& [name, tensor] : tensors) {
    const HostTensor* theirs = other.find(name);
    const bool note = name.starts_with("imago_");  // what a model says of itself
    if (!note && (theirs == nullptr || theirs->shape != tensor.shape))
      throw Error(file.string() + ": is another network: its " + name + " is " +
                  (theirs ? "of another shape" : "missing"));
    if (note || !is_float(tensor.type)) {
      result.insert(name, tensor);
      continue;
    }
    std::vector<float> values = tensor.to_float();
    const std::vector<float> others = theirs->to_float();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(values[i] + share * (others[i] - values[i]));
    result.insert(name, HostTensor::from_float(tensor.shape, values));
  }
  return result;
}

void refuse_existing(const fs::path& file) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(file, ignored)))
    throw Error(file.string() + ": is there already; take another name");
}

}  // namespace

size_t export_model(const fs::path& model, const fs::path& output, const ExportOptions& options) {
  const std::string extension = output.extension().string();
  if (extension != ".safetensors" && extension != ".pth" && extension != ".onnx")
    throw Error(output.string() + ": the name must end in .safetensors, .pth or .onnx");
  std::error_code ignored;
  if (fs::equivalent(model, output, ignored))
    throw Error(output.string() + ": is the model itself; name another file");
  // Refuses, with its reasons, what is not a network we know.
  Generator generator = load_generator(model, options.load);
  ModelInfo& info = generator.info;
  const bool keep_luma = options.keep_luma || info.keeps_luma;
  if (!options.license.empty()) info.license = options.license;
  if (options.side > 0) info.side = options.side;
  if (options.shifts > 0) info.shifts = options.shifts;
  if (options.margin >= 0) info.margin = options.margin;
  if (extension == ".onnx") {
    if (!options.blend.empty())
      generator.weights = blended(generator.weights, load_generator(options.blend).weights,
                                  options.blend_share, options.blend);
    if (keep_luma) generator = keeping_luma(std::move(generator));
    const OnnxModel network = onnx_model_of(generator);
    write_onnx(network, output);
    return network.nodes.size();
  }
  StateDict tensors = choose_generator(read_checkpoint(model), options.load.key);
  if (!options.blend.empty())
    tensors = blended(tensors, choose_generator(read_checkpoint(options.blend), ""),
                      options.blend_share, options.blend);
  tensors.metadata = metadata_of(generator);
  if (options.half) tensors = halved(tensors);
  if (keep_luma) tensors.metadata["imago_luma"] = "input";
  if (extension == ".pth")
    write_torch_zip(tensors, output);
  else
    write_safetensors(tensors, output);
  return tensors.size();
}

std::vector<fs::path> files_of_model(const fs::path& model) {
  std::vector<fs::path> files = {model};
  std::vector<const char*> others = {".json", ".jpg", ".png"};
  if (model.extension() == ".param") others.push_back(".bin");
  for (const char* extension : others) {
    const fs::path file = fs::path(model).replace_extension(extension);
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) files.push_back(file);
  }
  return files;
}

namespace {

/// In pieces, for models are large. What has the name is whole.
void copy_whole(const fs::path& from, const fs::path& to) {
  std::ifstream in(from, std::ios::binary);
  AtomicFile out(to);
  std::vector<char> piece(size_t{1} << 20);
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    out.write(std::as_bytes(std::span(piece.data(), static_cast<size_t>(in.gcount()))));
  }
  if (!in.eof()) throw Error(from.string() + ": cannot be read to its end");
  out.commit();
}

}  // namespace

fs::path import_model(const fs::path& given, const fs::path& folder) {
  // Of the two files of an ncnn model either will do.
  const fs::path param = fs::path(given).replace_extension(".param");
  std::error_code none;
  const fs::path model =
      given.extension() == ".bin" && fs::is_regular_file(param, none) ? param : given;
  load_generator(model);  // refuses what cannot be used, with its reasons
  fs::create_directories(folder);
  const std::vector<fs::path> files = files_of_model(model);
  std::vector<fs::path> copies;
  for (const fs::path& file : files) refuse_existing(folder / file.filename());
  try {
    for (const fs::path& file : files) {
      copies.push_back(folder / file.filename());
      copy_whole(file, copies.back());
    }
    load_generator(copies.front());  // what it needs is there too
  } catch (...) {
    std::error_code ignored;
    for (const fs::path& copy : copies) fs::remove(copy, ignored);
    throw;
  }
  return copies.front();
}

fs::path rename_model(const fs::path& model, const std::string& name) {
  const bool usable = !name.empty() && name.front() != '.' &&
                      name.find_first_of("/\\:*?\"<>|,\n") == std::string::npos;
  if (!usable) throw Error("'" + name + "': a file cannot have this name");
  const auto renamed = [&](const fs::path& file) {
    return file.parent_path() / (name + file.extension().string());
  };
  std::vector<fs::path> files;
  for (const fs::path& file : files_of_model(model))
    if (file.extension() != ".jpg" && file.extension() != ".png") files.push_back(file);
  for (const fs::path& file : files) refuse_existing(renamed(file));
  size_t done = 0;
  try {
    for (; done < files.size(); ++done) fs::rename(files[done], renamed(files[done]));
  } catch (...) {
    std::error_code ignored;
    while (done-- > 0) fs::rename(renamed(files[done]), files[done], ignored);
    throw;
  }
  return renamed(model);
}

}  // namespace imago
