// The networks of CTGAN: "Modeling Tabular Data using Conditional GAN", Xu et al. 2019, with the
// keys of its authors' code ("seq.0.fc.weight").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/networks/layers.h"

namespace imago {

/// How a row lies in channels (data/tables/coding.h): scalars, then the one-hot codes of their
/// modes, then those of the categories; codes of one width beside each other.
struct CodeBlock {
  int count = 1, width = 1;
  bool operator==(const CodeBlock&) const = default;
};
struct TableLayout {
  int scalars = 0;
  std::vector<CodeBlock> modes, categories;

  int width() const;
  int conditions()
      const;  // channels that say what a row is asked for: one for each category's value
  bool operator==(const TableLayout&) const = default;
};

/// "2; 1x3 1x10; 4x2", which files hold as "imago_table_layout", and back. Throws Error for another
/// text.
std::string to_string(const TableLayout& layout);
TableLayout table_layout_from(const std::string& text);

struct TabularConfig {
  int latent = 128;
  int features = 256;  // of each of the two hidden layers
  TableLayout layout;
};

/// What the generator makes of random numbers and conditions {N, latent + conditions, H, W}, every
/// place a row. With BuildOptions::stochastic codes are drawn by Gumbel-softmax with temperature
/// 0.2 (Jang et al. 2017), as in training; else they are their probabilities.
struct TabularRows {
  Tensor values;  // {N, width, H, W}: scalars in (-1, 1) and codes
  Tensor logits;  // before that
};
TabularRows tabular_rows(Graph& graph, Tensor x, const TabularConfig& config,
                         const BuildOptions& options);

/// The mean over the rows of the cross-entropy between the logits of the category that was asked
/// for and what was asked for, `conditions` {N, conditions, 1, 1}; rows that were asked for nothing
/// count as 0 (section 4.3). {1, 1, 1, 1}.
Tensor condition_loss(Tensor logits, Tensor conditions, const TableLayout& layout);

/// The two layers and the last one as a sampler whose pictures are `width` channels of H x W rows.
Generator tabular_generator(const TabularConfig& config);
/// By shapes and the layout in the metadata; without that one that fits nothing.
TabularConfig guess_tabular(const StateDict& tensors);

/// What judges `packed` rows at a time (Lin et al. 2018, PacGAN), with their conditions behind
/// each: {N * packed, width + conditions, 1, 1} gives {N, 1, 1, 1}. With BuildOptions::stochastic
/// half of its units are left out.
struct TabularJudge {
  int channels = 1;  // of a row with its conditions
  int packed = 10;
  int features = 256;
};
Tensor packed(Tensor rows, int count);  // {N * count, C, 1, 1} as {N, count * C, 1, 1}
Tensor tabular_judge(Graph& graph, Tensor packs, const TabularJudge& config,
                     const BuildOptions& options);

}  // namespace imago
