// The two files of an ncnn network (https://github.com/Tencent/ncnn/wiki), as ncnn_read.cpp sees
// them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/checkpoint/limits.h"
#include "models/checkpoint/onnx.h"
#include "models/checkpoint/source.h"

namespace imago::checkpoint::ncnn {

/// What stands behind id= in a line: one number, or an array of them.
struct Setting {
  std::vector<double> values;
};

struct Layer {
  std::string type, name;
  std::vector<std::string> inputs, outputs;
  std::map<int, Setting> settings;
  uint64_t offset = 0;

  double number(int id, double otherwise) const {
    const auto found = settings.find(id);
    return found == settings.end() || found->second.values.empty() ? otherwise
                                                                   : found->second.values[0];
  }
  int64_t integer(int id, int64_t otherwise) const {
    return static_cast<int64_t>(number(id, static_cast<double>(otherwise)));
  }
};

/// The layers of a .param file. Throws CheckpointError.
std::vector<Layer> read_param(const Source& source, Budget& budget);

/// The weights in a .bin file, in the order the layers ask for them: without names or lengths.
/// Every function throws CheckpointError where the file ends too early.
class BinReader {
 public:
  BinReader(const Source& source, Budget& budget, const ReadOptions& options)
      : source_(source), budget_(budget), options_(options) {}

  /// Numbers with a word before them that tells how they are stored.
  OnnxTensor flagged(const std::string& name, std::vector<int64_t> shape);
  /// Numbers in single precision.
  OnnxTensor raw(const std::string& name, std::vector<int64_t> shape);
  /// Throws unless all was read.
  void finish() const;

 private:
  std::span<const std::byte> take(uint64_t bytes, const std::string& name);
  OnnxTensor numbers(const std::string& name, std::vector<int64_t> shape, DType type);
  OnnxTensor indexed(const std::string& name, std::vector<int64_t> shape);
  void check(const OnnxTensor& tensor, uint64_t at) const;

  const Source& source_;
  Budget& budget_;
  const ReadOptions& options_;
  uint64_t position_ = 0;
};

}  // namespace imago::checkpoint::ncnn
