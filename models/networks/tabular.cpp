#include "models/networks/tabular.h"

#include <algorithm>
#include <sstream>

#include "compute/base/error.h"
#include "models/checkpoint/key_probe.h"

namespace imago {
namespace {

constexpr float kTemperature = 0.2f;
constexpr int kLayers = 2;
constexpr int kMostRowChannels = 1 << 20;

int channels_of(const std::vector<CodeBlock>& blocks) {
  int channels = 0;
  for (const CodeBlock& block : blocks) channels += block.count * block.width;
  return channels;
}

std::string text_of(const std::vector<CodeBlock>& blocks) {
  std::string text;
  for (const CodeBlock& block : blocks)
    text +=
        (text.empty() ? "" : " ") + std::to_string(block.count) + "x" + std::to_string(block.width);
  return text;
}

std::vector<CodeBlock> blocks_from(const std::string& text) {
  std::vector<CodeBlock> blocks;
  std::istringstream words(text);
  for (CodeBlock block; words >> std::ws, !words.eof(); blocks.push_back(block)) {
    char times = 0;
    words >> block.count >> times >> block.width;
    if (!words || times != 'x' || block.count < 1 || block.width < 1 ||
        block.count > (kMostRowChannels - channels_of(blocks)) / block.width)
      throw Error("'" + text + "' is no layout of a table");
  }
  return blocks;
}

/// {N, count * width, H, W} as {N, count, width, H * W}: a code for each row of it.
Tensor as_codes(Tensor x, const CodeBlock& block) {
  const Shape s = x.shape();
  return reshape(x, {s.n, block.count, block.width, s.h * s.w});
}

/// The largest along h, as far as rounding lets it; no gradient flows through it.
Tensor largest(Tensor x) {
  for (int64_t rows = x.shape().h; rows > 1; rows = x.shape().h) {
    const int half = static_cast<int>(rows / 2);
    const Tensor a = crop(x, {.bottom = half}), b = crop(x, {.top = half});
    x = b + relu(a - b);
  }
  return detach(x);
}

constexpr Axes kRows = {.h = true};

Tensor softmax(Tensor codes) {
  const Tensor e = exp(codes - largest(codes));
  return e / sum(e, kRows);
}

Tensor log_softmax(Tensor codes) {
  const Tensor x = codes - largest(codes);
  return x - log(sum(exp(x), kRows));
}

/// Of the standard Gumbel distribution; the uniform numbers are kept off 0 and 1.
Tensor gumbel(Graph& graph, const Shape& shape) {
  const Tensor u = affine(random_uniform(graph, shape), 1 - 0x1p-22f, 0x1p-23f);
  return log(log(u) * -1.0f) * -1.0f;
}

Tensor drawn(Tensor logits, const CodeBlock& block, bool stochastic) {
  const Tensor codes = as_codes(logits, block);
  const Tensor y =
      stochastic ? softmax((codes + gumbel(logits.graph(), codes.shape())) * (1 / kTemperature))
                 : softmax(codes);
  return reshape(y, logits.shape());
}

}  // namespace

int TableLayout::width() const { return scalars + channels_of(modes) + conditions(); }
int TableLayout::conditions() const { return channels_of(categories); }

std::string to_string(const TableLayout& layout) {
  return std::to_string(layout.scalars) + "; " + text_of(layout.modes) + "; " +
         text_of(layout.categories);
}

TableLayout table_layout_from(const std::string& text) {
  std::istringstream parts(text);
  std::string scalars, modes, categories;
  std::getline(parts, scalars, ';');
  std::getline(parts, modes, ';');
  std::getline(parts, categories);
  TableLayout layout;
  std::istringstream(scalars) >> layout.scalars;
  layout.modes = blocks_from(modes);
  layout.categories = blocks_from(categories);
  int codes = 0;
  for (const CodeBlock& block : layout.modes) codes += block.count;
  if (layout.width() < 1 || layout.width() > kMostRowChannels || layout.scalars != codes)
    throw Error("'" + text + "' is no layout of a table");
  return layout;
}

TabularRows tabular_rows(Graph& graph, Tensor x, const TabularConfig& config,
                         const BuildOptions& options) {
  Layers layers(graph, options);
  const TableLayout& layout = config.layout;
  for (int i = 0; i < kLayers; ++i) {
    const std::string key = numbered("seq.", i);
    const Tensor y = layers.conv2d(key + ".fc", x, config.features, kLinear);
    x = concat({relu(layers.batch_norm(key + ".bn", y)), x});
  }
  TabularRows rows;
  rows.logits = layers.conv2d(numbered("seq.", kLayers), x, layout.width(), kLinear);
  std::vector<Tensor> parts;
  if (layout.scalars > 0) parts.push_back(tanh(slice_channels(rows.logits, 0, layout.scalars)));
  int channel = layout.scalars;
  for (const auto* blocks : {&layout.modes, &layout.categories})
    for (const CodeBlock& block : *blocks) {
      const int end = channel + block.count * block.width;
      parts.push_back(drawn(slice_channels(rows.logits, channel, end), block, options.stochastic));
      channel = end;
    }
  rows.values = concat(parts);
  return rows;
}

Tensor condition_loss(Tensor logits, Tensor conditions, const TableLayout& layout) {
  int channel = layout.width() - layout.conditions(), condition = 0;
  Tensor loss;
  for (const CodeBlock& block : layout.categories) {
    const int channels = block.count * block.width;
    const Tensor likely =
        log_softmax(as_codes(slice_channels(logits, channel, channel + channels), block));
    const Tensor asked =
        as_codes(slice_channels(conditions, condition, condition + channels), block);
    const Tensor part = sum(likely * asked, {.n = true, .c = true, .h = true, .w = true});
    loss = loss ? loss + part : part;
    channel += channels;
    condition += channels;
  }
  return loss * (-1.0f / static_cast<float>(logits.shape().n));
}

Generator tabular_generator(const TabularConfig& config) {
  Generator generator;
  ModelInfo& info = generator.info;
  info.architecture = "ctgan";
  info.paper = "Xu et al. 2019";
  info.scale = 1;
  info.in_channels = config.latent + config.layout.conditions();
  info.out_channels = config.layout.width();
  info.latent = config.latent;
  info.features = config.features;
  info.blocks = kLayers;
  info.norm = to_string(Norm::batch);
  info.input_low = -1;
  info.rows = true;
  info.global_statistics = true;  // rows are no picture that could be cut into tiles
  generator.weights.metadata["imago_table_layout"] = to_string(config.layout);
  generator.build = [config](Graph& graph, Tensor x, const BuildOptions& options) {
    return tabular_rows(graph, x, config, options).values;
  };
  return generator;
}

TabularConfig guess_tabular(const StateDict& tensors) {
  TabularConfig config;
  config.layout = {1, {{1, 1}}, {}};
  if (const auto found = tensors.metadata.find("imago_table_layout");
      found != tensors.metadata.end())
    config.layout = table_layout_from(found->second);
  config.features = conv_size(tensors, "seq.0.fc.weight", 0, config.features);
  const int inputs = conv_size(tensors, "seq.0.fc.weight", 1, config.latent);
  config.latent = std::max(inputs - config.layout.conditions(), 1);
  return config;
}

Tensor packed(Tensor rows, int count) {
  const Shape s = rows.shape();
  return reshape(rows, {s.n / count, s.c * count, 1, 1});
}

Tensor tabular_judge(Graph& graph, Tensor packs, const TabularJudge& config,
                     const BuildOptions& options) {
  Layers layers(graph, options);
  Tensor y = packs;
  for (int i = 0; i < kLayers; ++i)
    y = layers.dropout(lrelu(layers.conv2d(numbered("seq.", 3 * i), y, config.features, kLinear)));
  return layers.conv2d(numbered("seq.", 3 * kLayers), y, 1, kLinear);
}

}  // namespace imago
