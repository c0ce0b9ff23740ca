#include "tests/networks/onnx_runtime.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "compute/vk/program.h"

namespace imago {

HostArray made(const Generator& generator, const Picture& x, const BuildOptions& options) {
  Graph graph;
  graph.output("y", generator.build(graph, graph.input("x", x.shape), options));
  return evaluate(graph,
                  [&](const Node& node) {
                    const std::vector<float> floats =
                        node.op == &kInput ? x.values
                                           : generator.weights.find(node.name)->to_float();
                    return std::vector<double>(floats.begin(), floats.end());
                  })
      .at(0);
}

double worst(const HostArray& y, const Picture& expected) {
  const int64_t top = (y.shape.h - expected.shape.h) / 2, left = (y.shape.w - expected.shape.w) / 2;
  const auto [low, high] = std::minmax_element(expected.values.begin(), expected.values.end());
  double difference = 0;
  size_t next = 0;
  for (int64_t c = 0; c < expected.shape.c; ++c)
    for (int64_t h = 0; h < expected.shape.h; ++h)
      for (int64_t w = 0; w < expected.shape.w; ++w)
        difference = std::max(
            difference, std::abs(y.at(0, c, h + top, w + left) - double(expected.values[next++])));
  return difference / double(*high - *low);
}

std::string onnx_python() {
  const char* named = std::getenv("IMAGO_ONNX_PYTHON");
  for (const std::string& name : {std::string(named ? named : ""), std::string("python3")})
    if (!name.empty() &&
        std::system((name + " -c 'import onnxruntime, onnx' >/dev/null 2>&1").c_str()) == 0)
      return name;
  return "";
}

Picture run_onnx(const std::string& python, const std::filesystem::path& model, const Picture& x) {
  const std::filesystem::path in =
      std::filesystem::temp_directory_path() / ("imago_onnx_" + std::to_string(::getpid()));
  const std::filesystem::path out = in.string() + "_out";
  {
    std::ofstream file(in, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&x.shape), 32);
    file.write(reinterpret_cast<const char*>(x.values.data()),
               static_cast<std::streamsize>(4 * x.values.size()));
  }
  const std::string command = python + " " IMAGO_FIXTURES "/make_onnx.py --run '" + model.string() +
                              "' '" + in.string() + "' '" + out.string() + "'";
  Picture y;
  if (std::system(command.c_str()) == 0) {
    std::ifstream file(out, std::ios::binary);
    file.read(reinterpret_cast<char*>(&y.shape), 32);
    y.values.resize(static_cast<size_t>(y.shape.elements()));
    file.read(reinterpret_cast<char*>(y.values.data()),
              static_cast<std::streamsize>(4 * y.values.size()));
  }
  std::filesystem::remove(in);
  std::filesystem::remove(out);
  return y;
}

}  // namespace imago
