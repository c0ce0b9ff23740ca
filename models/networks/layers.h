// The layers the papers' networks are made of, under the names that PyTorch gives their tensors.
//
// A layer asks the graph for parameters called `key` + ".weight", ".bias", ".running_mean"… with
// the shapes that its settings imply; who runs the graph binds values to these names. A network
// written with these functions is therefore also the list of the tensors it needs.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "compute/ops/ops.h"
#include "models/checkpoint/tensor_match.h"
#include "models/networks/generator.h"

namespace imago {

/// No layer of a network that grows wider by halvings has more than so many times the channels of
/// its first (Radford et al. 2016).
inline constexpr int kMostWidening = 8;

/// Leaky ReLU with the slope that GANs have it with (Radford et al. 2016).
inline Tensor lrelu(Tensor x) { return leaky_relu(x, 0.2f); }

/// The larger of the two, element by element.
inline Tensor maximum(Tensor a, Tensor b) { return a + relu(b - a); }

/// {1, 3, 1, 1} of these values.
Tensor channels(Graph& graph, const std::array<float, 3>& values);

/// Max pooling of 2x2. Where a side is odd, the last row or column is left out, as PyTorch does.
Tensor halved(Tensor x);

struct ConvSettings {
  int kernel = 3;
  int stride = 1;
  int padding = 0;         // zeros on each side
  int output_padding = 0;  // conv_transpose2d only
  bool bias = true;
  bool spectral_norm = false;  // conv2d only
};

/// A fully connected layer of {N, C, 1, 1}.
inline constexpr ConvSettings kLinear = {.kernel = 1};

class Layers {
 public:
  Layers(Graph& graph, const BuildOptions& options) : graph_(graph), options_(options) {}

  /// weight {out_channels, C, kernel, kernel}, bias {1, out_channels, 1, 1}. With spectral norm
  /// (Miyato et al. 2018) in place of weight: weight_orig of its shape, divided by its largest
  /// singular value as a matrix of out_channels rows, estimated from weight_u {out_channels, 1, 1,
  /// 1} and weight_v {1, C, kernel, kernel}; BuildOptions::power_iteration first takes one step of
  /// power iteration (Algorithm 1).
  Tensor conv2d(const std::string& key, Tensor x, int out_channels, ConvSettings settings = {});

  /// PyTorch's ConvTranspose2d: weight {C, out_channels, kernel, kernel}.
  Tensor conv_transpose2d(const std::string& key, Tensor x, int out_channels,
                          ConvSettings settings = {});

  /// x upsampled twice by nearest neighbours, then conv2d with a 3x3 kernel and padding 1.
  Tensor conv_resize2d(const std::string& key, Tensor x, int out_channels, bool bias = true);

  /// weight and bias {1, C, 1, 1}. Normalises with running_mean and running_var {1, C, 1, 1}, or
  /// with the statistics of x where BuildOptions::batch_statistics says so; with track_statistics
  /// the running ones move by a tenth towards them. Ioffe & Szegedy 2015.
  Tensor batch_norm(const std::string& key, Tensor x);

  /// Always with the statistics of each picture and channel; `affine` adds weight and bias
  /// {1, C, 1, 1}. Ulyanov et al. 2016.
  Tensor instance_norm(const std::string& key, Tensor x, bool affine = false);

  /// One of the above, or x itself for Norm::none.
  Tensor norm(Norm norm, const std::string& key, Tensor x);

  /// weight {1, slopes, 1, 1} where slopes is 1 or C. He et al. 2015.
  Tensor prelu(const std::string& key, Tensor x, int slopes = 1);

  /// x clamped to [0, 1], unless BuildOptions::unclamped.
  Tensor picture(Tensor x);

  /// x itself unless BuildOptions::stochastic.
  Tensor dropout(Tensor x, float probability = 0.5f);

 private:
  Tensor parameter(const std::string& name, Shape shape, InitialValue initial = {});
  Tensor channel_parameter(const std::string& name, int64_t channels, InitialValue initial);
  Tensor spectral_weight(const std::string& key, Shape shape);
  void track(const std::string& key, Tensor x);
  Tensor add_bias(const std::string& key, Tensor x, bool bias);
  Tensor normalized(const std::string& key, Tensor x, const Axes& axes);

  Graph& graph_;
  BuildOptions options_;
};

/// Reflection padding of `margin` pixels; sides must be larger than `margin`.
Tensor reflect(Tensor x, int margin);

/// The parameters of a graph, in the order they were asked for.
std::vector<WantedTensor> wanted_tensors(const Graph& graph);

}  // namespace imago
