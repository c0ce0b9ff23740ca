// Networks from ONNX files, whatever their architecture: the graph of operators is rebuilt from our
// own, at each size of picture.
//
// Known are the convolutional networks that make pictures of pictures, opsets 7 to 23. What needs
// attention, grid sampling or loops is refused by the names of its operators.
#pragma once

#include "models/checkpoint/onnx.h"
#include "models/networks/generator.h"

namespace imago {

/// The range of a network that says so in its metadata: "0:1", "0:255" or "-1:1".
inline constexpr const char* kRangeMetadata = "imago_range";

/// A generator of what read_checkpoint makes of an ONNX or ncnn network; it keeps what it needs of
/// the tensors as its weights. Its scale, multiple, minimum and channels are found by building it
/// at several sizes; convolutions without padding get a mirrored border, so that the result is
/// exactly `scale` times as large. Its range is what `range` says, else what the metadata say, else
/// what the graph shows (a division by 255, a last tanh), else 0 to 255 if it makes such numbers of
/// a picture between 0 and 1, else 0 to 1.
///
/// Throws Error naming every operator that is not known, the first node of each and their number;
/// or the node that cannot be built.
Generator onnx_generator(const StateDict& tensors,
                         std::optional<std::pair<float, float>> range = {});

/// Whether the tensors are those of an ONNX or ncnn network.
bool is_onnx(const StateDict& tensors);

}  // namespace imago
