// The text of .param files and the numbers of .bin files.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "models/checkpoint/fail.h"
#include "models/checkpoint/ncnn.h"
#include "models/checkpoint/text.h"
#include "models/checkpoint/view.h"

namespace imago::checkpoint::ncnn {
namespace {

constexpr int64_t kMostLayers = 100'000;
constexpr size_t kMostBlobs = 4096;  // of one layer
constexpr int kIds = 32;

/// The words of the .param file.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  /// Nothing at the end of the line or of the text.
  std::optional<std::string_view> next() {
    position_ = std::min(text_.find_first_not_of(" \t\r", position_), text_.size());
    if (position_ >= text_.size() || text_[position_] == '\n') return std::nullopt;
    const size_t begin = position_;
    position_ = std::min(text_.find_first_of(" \t\r\n", position_), text_.size());
    return text_.substr(begin, position_ - begin);
  }
  bool next_line() {
    position_ = std::min(text_.find('\n', position_), text_.size());
    if (position_ < text_.size()) ++position_;
    position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size());
    return position_ < text_.size();
  }
  uint64_t offset() const { return position_; }

 private:
  std::string_view text_;
  size_t position_ = 0;
};

class ParamReader {
 public:
  ParamReader(std::string_view text, Budget& budget) : words_(text), budget_(budget) {}

  std::vector<Layer> read() {
    words_.next();  // the magic number, which told the format
    if (!words_.next_line()) truncated();
    const int64_t count = integer(required()), blobs = integer(required());
    if (count < 1 || count > kMostLayers || blobs < 1 || blobs > 4 * kMostLayers)
      fail(Kind::limit, "param", words_.offset(), "has an impossible number of layers");
    std::vector<Layer> layers;
    while (static_cast<int64_t>(layers.size()) < count) {
      if (!words_.next_line()) truncated();
      layers.push_back(read_layer());
    }
    return layers;
  }

 private:
  [[noreturn]] void truncated() const {
    fail(Kind::truncated, "param", words_.offset(), "the file ends before its last layer");
  }

  std::string_view required() {
    const auto word = words_.next();
    if (!word) fail(Kind::truncated, "param", words_.offset(), "a line ends too early");
    return *word;
  }

  int64_t integer(std::string_view word) const {
    int64_t value = 0;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || rest != word.data() + word.size())
      fail(Kind::malformed, "param", words_.offset(),
           "\"" + printable(word) + "\" is no whole number");
    return value;
  }

  double number(std::string_view word) const {
    double value = 0;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || rest != word.data() + word.size() || !std::isfinite(value) ||
        std::abs(value) > 1e15)
      fail(Kind::malformed, "param", words_.offset(), "\"" + printable(word) + "\" is no number");
    return value;
  }

  std::string name() {
    const std::string_view word = required();
    if (word.size() > kMaxName || !is_utf8(word))
      fail(Kind::malformed, "param", words_.offset(), "a name is too long or not UTF-8");
    budget_.charge(2 * word.size() + 64, "param", words_.offset());
    return std::string(word);
  }

  Layer read_layer() {
    budget_.charge(sizeof(Layer) + 256, "param", words_.offset());
    Layer layer;
    layer.offset = words_.offset();
    layer.type = name();
    layer.name = name();
    const int64_t inputs = integer(required()), outputs = integer(required());
    if (inputs < 0 || outputs < 0 || std::max(inputs, outputs) > static_cast<int64_t>(kMostBlobs))
      fail(Kind::limit, layer.name, layer.offset, "has an impossible number of blobs");
    for (int64_t i = 0; i < inputs; ++i) layer.inputs.push_back(name());
    for (int64_t i = 0; i < outputs; ++i) layer.outputs.push_back(name());
    while (const auto word = words_.next()) read_setting(layer, *word);
    return layer;
  }

  /// id=value, id=a,b,… or, of older files, -233NN=count,a,b,…
  void read_setting(Layer& layer, std::string_view word) {
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      fail(Kind::malformed, layer.name, words_.offset(), "a setting has no '='");
    int64_t id = integer(word.substr(0, equals));
    const bool counted = id <= -23300;
    if (counted) id = -23300 - id;
    if (id < 0 || id >= kIds)
      fail(Kind::malformed, layer.name, words_.offset(), "a setting has an impossible number");
    Setting setting;
    std::string_view rest = word.substr(equals + 1);
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      budget_.charge(16, layer.name, words_.offset());
      // A text in quotes (of newer tools) says nothing that is needed here.
      if (rest[0] != '"') setting.values.push_back(number(rest.substr(0, comma)));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    if (counted && !setting.values.empty()) setting.values.erase(setting.values.begin());
    if (!layer.settings.emplace(static_cast<int>(id), std::move(setting)).second)
      fail(Kind::malformed, layer.name, words_.offset(), "has a setting twice");
  }

  Words words_;
  Budget& budget_;
};

}  // namespace

std::vector<Layer> read_param(const Source& source, Budget& budget) {
  const auto text = source.bytes();
  return ParamReader({reinterpret_cast<const char*>(text.data()), text.size()}, budget).read();
}

OnnxTensor BinReader::flagged(const std::string& name, std::vector<int64_t> shape) {
  enum : uint32_t { kSingle = 0, kHalf = 0x01306b47, kInt8 = 0x000d4b38, kSingleToo = 0x0002c056 };
  const uint64_t at = position_;
  const uint32_t flag = read_le<uint32_t>(take(4, name), 0);
  if (flag == kSingle || flag == kSingleToo) return raw(name, std::move(shape));
  if (flag == kHalf) return numbers(name, std::move(shape), DType::f16);
  if (flag == kInt8) fail(Kind::unsupported, name, at, "has weights of 8 bits (int8)");
  return indexed(name, std::move(shape));
}

OnnxTensor BinReader::raw(const std::string& name, std::vector<int64_t> shape) {
  return numbers(name, std::move(shape), DType::f32);
}

void BinReader::finish() const {
  if (position_ != source_.size())
    fail(Kind::malformed, "bin", position_,
         "the weights go on after the last layer: the two files do not belong together");
}

std::span<const std::byte> BinReader::take(uint64_t bytes, const std::string& name) {
  if (bytes > source_.size() - position_)
    fail(Kind::truncated, name, source_.size(),
         "the .bin file ends before this layer's weights: the download is incomplete, or the two "
         "files do not belong together");
  const auto part = source_.bytes().subspan(position_, bytes);
  position_ += bytes;
  return part;
}

OnnxTensor BinReader::numbers(const std::string& name, std::vector<int64_t> shape, DType type) {
  const uint64_t at = position_, bytes = dense_bytes(type, shape, name, position_);
  const auto data = take(bytes, name);
  take((4 - bytes % 4) % 4, name);  // half precision is filled up to whole words
  budget_.charge(bytes + 512, name, at);
  OnnxTensor tensor{name, {type, std::move(shape), {data.begin(), data.end()}}};
  check(tensor, at);
  return tensor;
}

/// 256 numbers, and for each weight which of them it is.
OnnxTensor BinReader::indexed(const std::string& name, std::vector<int64_t> shape) {
  const uint64_t at = position_, count = dense_bytes(DType::u8, shape, name, position_);
  const auto table = take(256 * 4, name);
  const auto places = take(count, name);
  take((4 - count % 4) % 4, name);
  budget_.charge(4 * count + 512, name, at);
  OnnxTensor tensor{name, {DType::f32, std::move(shape), {}}};
  tensor.value.data.reserve(4 * count);
  for (const std::byte place : places) {
    const auto from = table.subspan(4 * static_cast<size_t>(place), 4);
    tensor.value.data.insert(tensor.value.data.end(), from.begin(), from.end());
  }
  check(tensor, at);
  return tensor;
}

void BinReader::check(const OnnxTensor& tensor, uint64_t at) const {
  if (options_.allow_not_finite) return;
  const HostTensor& value = tensor.value;
  const std::vector<int64_t> flat = {static_cast<int64_t>(value.data.size() / size_of(value.type))};
  check_finite(value, {value.type, 0, flat, {1}}, {value.data, at, nullptr}, tensor.name);
}

}  // namespace imago::checkpoint::ncnn
