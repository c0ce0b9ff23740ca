// Networks on the host, and ONNX Runtime where a Python has it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compute/graph/op.h"
#include "models/networks/generator.h"

namespace imago {

struct Picture {
  Shape shape;
  std::vector<float> values;
};

/// What the generator makes of the picture, on the host in double precision.
HostArray made(const Generator& generator, const Picture& x, const BuildOptions& options = {});

/// The largest difference where `expected` lies in the middle of `y`, by the range of `expected`.
double worst(const HostArray& y, const Picture& expected);

/// The first Python that has ONNX Runtime: that of $IMAGO_ONNX_PYTHON, else the system's; empty if
/// there is none.
std::string onnx_python();
inline constexpr const char* kNoOnnxRuntime =
    "no Python with onnx and onnxruntime (pip install onnx onnxruntime; IMAGO_ONNX_PYTHON names "
    "it)";

/// What ONNX Runtime makes of the picture, through tests/fixtures/make_onnx.py; empty if it fails.
Picture run_onnx(const std::string& python, const std::filesystem::path& model, const Picture& x);

}  // namespace imago
