// ONNX's Resize and Upsample, by whole factors.
#include <array>
#include <cmath>

#include "models/networks/onnx/run.h"

namespace imago::onnx {
namespace {

struct Factors {
  double h = 1, w = 1;
};

/// Of Resize and Upsample: how much larger each side becomes.
Factors factors_of(Run& run, const OnnxNode& node, const Shape& x) {
  const bool upsample = node.op_type == "Upsample";
  const size_t scales_at = upsample || run.opset() < 11 ? 1 : 2;
  std::vector<double> scales;
  if (upsample && run.opset() < 9) {
    if (const OnnxAttribute* a = node.find("scales"))
      scales.assign(a->floats.begin(), a->floats.end());
  } else if (run.has(node, scales_at)) {
    scales = run.numbers(node, scales_at).values;
  }
  const std::vector<int64_t> axes = node.integers("axes");
  if (!axes.empty() && axes != std::vector<int64_t>{2, 3}) Run::refuse("resizes other axes");
  const size_t first = axes.empty() ? 2 : 0;
  if (scales.size() == first + 2) {
    if (first == 2 && (scales[0] != 1 || scales[1] != 1)) Run::refuse("resizes other axes");
    return {scales[first], scales[first + 1]};
  }
  if (scales.empty() && run.has(node, 3)) {
    const std::vector<int64_t> sizes = run.integers(node, 3);
    if (sizes.size() == first + 2 && (first == 0 || (sizes[0] == x.n && sizes[1] == x.c)))
      return {static_cast<double>(sizes[first]) / static_cast<double>(x.h),
              static_cast<double>(sizes[first + 1]) / static_cast<double>(x.w)};
  }
  Run::refuse("does not say how large its result is");
}

/// 2 for twice, -2 for half. Remembered where the graph was exported for one size.
int64_t factor_of(Run& run, const OnnxNode& node, const Shape& x) {
  const auto& fixed = run.network().fixed_factors;
  if (const auto found = fixed.find(run.node_index()); found != fixed.end()) return found->second;
  const Factors f = factors_of(run, node, x);
  const auto whole = [](double v) { return std::abs(v - std::round(v)) < 1e-6; };
  int64_t factor = 0;
  if (f.h == f.w && f.h >= 1 && whole(f.h) && f.h <= 64) factor = std::llround(f.h);
  if (f.h == f.w && f.h > 0 && f.h < 1 && whole(1 / f.h) && 1 / f.h <= 64)
    factor = -std::llround(1 / f.h);
  if (factor == 0)
    Run::refuse("resizes by " + std::to_string(f.h) + " and " + std::to_string(f.w) +
                "; Imago knows whole factors");
  run.fixed_factors[run.node_index()] = factor;
  return factor;
}

/// How a Resize finds a value between pixels.
struct Filter {
  std::string mode, place, rounding;
  float cubic_a = -0.75f;

  bool half_pixel() const {
    return place == "half_pixel" || place == "pytorch_half_pixel" ||
           place == "half_pixel_symmetric";
  }
  std::string words() const { return mode + " (" + place + ")"; }
};

constexpr int kTaps = 4;  // at pixels -1, 0, 1 and 2 from the one before a place

/// A place between pixels: the one before it, and what its neighbours weigh.
struct Place {
  int before = 0;
  std::array<double, kTaps> weights = {0, 1, 0, 0};
};

/// Keys 1981 for the cubic.
Place place_of(const Filter& filter, double at) {
  Place place;
  if (filter.mode == "nearest") {
    const double nearest = filter.rounding == "floor"               ? std::floor(at)
                           : filter.rounding == "ceil"              ? std::ceil(at)
                           : filter.rounding == "round_prefer_ceil" ? std::floor(at + 0.5)
                                                                    : std::ceil(at - 0.5);
    place.before = static_cast<int>(nearest);
    return place;
  }
  place.before = static_cast<int>(std::floor(at));
  const double t = at - std::floor(at), a = filter.cubic_a;
  if (filter.mode != "cubic") {
    place.weights = {0, 1 - t, t, 0};
    return place;
  }
  const auto near = [a](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
  const auto far = [a](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  place.weights = {far(1 + t), near(t), near(1 - t), far(2 - t)};
  return place;
}

/// {rows, 1, columns, 1}
Tensor matrix(Graph& graph, const std::vector<std::vector<double>>& rows) {
  std::vector<Tensor> parts;
  for (const auto& row : rows)
    for (const double value : row)
      parts.push_back(constant(graph, {1, 1, 1, 1}, static_cast<float>(value)));
  const auto columns = static_cast<int64_t>(rows.front().size());
  return reshape(concat(parts), {static_cast<int64_t>(rows.size()), 1, columns, 1});
}

/// The filter at `places` between the pixels, counted from every `stride`-th: a convolution that
/// makes one channel of each place in a block, beyond edges with the pixels there.
Tensor filtered(Tensor x, const std::vector<Place>& places, int stride) {
  int first = 0, last = stride - 1;
  for (const Place& place : places) {
    first = std::min(first, place.before - 1);
    last = std::max(last, place.before + kTaps - 2);
  }
  std::vector<std::vector<double>> rows;
  for (const Place& place : places) {
    std::vector<double> row(static_cast<size_t>(last - first + 1), 0.0);
    for (int tap = 0; tap < kTaps; ++tap)
      row[static_cast<size_t>(place.before - 1 + tap - first)] =
          place.weights[static_cast<size_t>(tap)];
    rows.push_back(std::move(row));
  }
  const Tensor along_h = matrix(x.graph(), rows);
  const Shape m = along_h.shape(), s = x.shape();
  const Tensor along_w = reshape(along_h, {1, m.n, 1, m.h});
  const Tensor kernel = reshape(along_h * along_w, {m.n * m.n, 1, m.h, m.h});
  const int before = -first, after = last - (stride - 1);
  const Tensor wide = pad(x, {before, after, before, after}, PadMode::replicate);
  const Tensor planes = reshape(wide, {s.n * s.c, 1, wide.shape().h, wide.shape().w});
  const Tensor blocks = conv2d(planes, kernel, {.stride = stride});
  const Tensor y = m.n > 1 ? pixel_shuffle(blocks, static_cast<int>(m.n)) : blocks;
  return reshape(y, {s.n, s.c, y.shape().h, y.shape().w});
}

Tensor enlarged(Tensor x, int factor, const Filter& filter) {
  const bool rounds =
      filter.rounding == "round_prefer_floor" || filter.rounding == "round_prefer_ceil";
  if (filter.mode == "nearest" && ((filter.place == "asymmetric" && filter.rounding == "floor") ||
                                   (filter.half_pixel() && rounds)))
    return upsample_nearest(x, factor);
  if (filter.mode == "linear" && filter.half_pixel()) return upsample_bilinear(x, factor);
  std::vector<Place> places;
  for (int i = 0; i < factor; ++i)
    places.push_back(place_of(
        filter, filter.half_pixel() ? (i + 0.5) / factor - 0.5 : static_cast<double>(i) / factor));
  return filtered(x, places, 1);
}

Tensor reduced(Tensor x, int factor, const Filter& filter) {
  if (x.shape().h % factor != 0 || x.shape().w % factor != 0)
    Run::refuse("makes sides smaller that are no multiples of " + std::to_string(factor));
  return filtered(x, {place_of(filter, filter.half_pixel() ? (factor - 1) / 2.0 : 0.0)}, factor);
}

std::vector<Value> resize(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0);
  const int64_t factor = factor_of(run, node, x.shape());
  if (factor == 1) return {value_of(x)};
  const bool early = node.op_type == "Upsample" || run.opset() < 11;
  Filter filter;
  filter.mode = node.text("mode", "nearest");
  if (filter.mode == "bilinear") filter.mode = "linear";
  filter.place = node.text("coordinate_transformation_mode", early ? "asymmetric" : "half_pixel");
  filter.rounding = node.text("nearest_mode", early ? "floor" : "round_prefer_floor");
  filter.cubic_a = node.number("cubic_coeff_a", -0.75f);
  if (node.integer("antialias", 0) != 0 && (factor < 0 || filter.mode == "nearest"))
    Run::refuse("resizes with antialiasing");
  const bool known = filter.mode == "nearest" || filter.mode == "linear" || filter.mode == "cubic";
  if (!known || (!filter.half_pixel() && filter.place != "asymmetric") ||
      (filter.mode == "cubic" && node.integer("exclude_outside", 0) != 0))
    Run::refuse("resizes " + filter.words() + ", which Imago does not know");
  return {value_of(factor > 1 ? enlarged(x, static_cast<int>(factor), filter)
                              : reduced(x, static_cast<int>(-factor), filter))};
}

}  // namespace

const Operators& resize_operators() {
  static const Operators table = {{"Resize", resize}, {"Upsample", resize}};
  return table;
}

}  // namespace imago::onnx
