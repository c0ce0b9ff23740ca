// Writing a generator as an ONNX network that other programs run.
#pragma once

#include "models/checkpoint/onnx.h"
#include "models/networks/generator.h"

namespace imago {

/// The generator in opset 17: one input "input" {1, C, height, width} in the network's range and
/// one output "output", the sides free (multiples of ModelInfo::multiple, at least
/// ModelInfo::minimum), the weights in fp32. What does not depend on the picture, running
/// statistics for example, is computed beforehand. Licence, side, shifts and range go into the
/// metadata. A generator that came from an ONNX file is that file's graph again, with its weights
/// as they are now.
///
/// Throws Error naming the operation for which ONNX has nothing that works at every size.
OnnxModel onnx_model_of(const Generator& generator);

}  // namespace imago
