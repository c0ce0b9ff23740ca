#include "models/translate/sweep_values.h"

#include <algorithm>
#include <cmath>

#include "compute/ops/normalize.h"
#include "compute/ops/ops.h"

namespace imago {
namespace {

const Shape& shape_of_input(const Program& program, const std::string& name) {
  return std::ranges::find(program.plan().inputs, name, &Plan::Port::name)->shape;
}

size_t size(int64_t value) { return static_cast<size_t>(value); }

}  // namespace

void SweepValues::Moments::add(const Moments& other) {
  if (other.count == 0) return;
  const double all = count + other.count, distance = other.mean - mean;
  squares += other.squares + distance * distance * count * other.count / all;
  mean += distance * other.count / all;
  count = all;
}

SweepValues::SweepValues(const Sweeps& sweeps, const ModelInfo& info, const PlaneReader& picture)
    : sweeps_(sweeps), block_(info.multiple), picture_(picture) {}

void SweepValues::begin(const Sweep& sweep, Program& program) {
  for (const Plan::Port& input : program.plan().inputs)
    if (const auto value = known_.find(input.name); value != known_.end())
      std::ranges::copy(value->second, program.input(input.name).begin());
  for (const int node : sweep.measured)
    moments_[node].assign(size(sweeps_.node(sweeps_.seen_by(node)).shape.c), {});
  making_.clear();
  if (sweep.made < 0 || sweep.made == sweeps_.result()) return;
  const Shape& s = sweeps_.node(sweep.made).shape;
  making_.emplace_back(static_cast<int>(s.c), static_cast<int>(s.h), static_cast<int>(s.w));
}

SweepValues::Span SweepValues::span_of(int node, int begin, int extent, int window,
                                       int whole) const {
  const auto [per_block, border] = sweeps_.extent(node);
  const int64_t all = per_block * (whole / block_) + border;
  const auto at = [&](int place) {
    if (place == 0) return int64_t{0};
    return place == whole ? all : per_block * (place / block_) + border / 2;
  };
  return {at(begin), at(begin + extent), per_block * (window / block_)};
}

SweepValues::Span SweepValues::rows_of(int node, const Tile& tile) const {
  return span_of(node, tile.y, tile.height, tile.window_y, picture_.height);
}

SweepValues::Span SweepValues::columns_of(int node, const Tile& tile) const {
  return span_of(node, tile.x, tile.width, tile.window_x, picture_.width);
}

void SweepValues::give_window(int node, const Tile& tile, const PlaneReader& from,
                              std::span<float> to, const Shape& window) const {
  const int64_t top = rows_of(node, tile).window, left = columns_of(node, tile).window;
  float* row = to.data();
  for (int c = 0; c < window.c; ++c)
    for (int64_t y = 0; y < window.h; ++y, row += window.w)
      from.read(c, static_cast<int>(top + y), static_cast<int>(left), static_cast<int>(window.w),
                row);
}

void SweepValues::give(const Sweep& sweep, const Tile& tile, Program& program) const {
  for (const Plan::Port& input : program.plan().inputs) {
    if (input.name == "picture")
      give_window(0, tile, picture_, program.input(input.name), input.shape);
    if (input.name == "kept")
      give_window(sweep.source, tile, kept_.front(), program.input(input.name), input.shape);
  }
  for (const int node : sweep.measured) {
    const int seen = sweeps_.seen_by(node);
    const Span rows = rows_of(seen, tile), columns = columns_of(seen, tile);
    const std::span<float> mask = program.input(sweep_port("mask", node));
    const Shape s = shape_of_input(program, sweep_port("mask", node));
    std::ranges::fill(mask, 0.0f);
    for (int64_t y = rows.begin - rows.window; y < rows.end - rows.window; ++y)
      std::fill_n(mask.begin() + y * s.w + columns.begin - columns.window, columns.size(), 1.0f);
    program.input(sweep_port("share", node))[0] =
        static_cast<float>(1 / static_cast<double>(rows.size() * columns.size()));
  }
}

void SweepValues::take(const Sweep& sweep, const Tile& tile, const Program& program) {
  for (const int node : sweep.measured) measure(node, tile, program);
  if (!making_.empty()) keep(sweep.made, tile, program);
}

void SweepValues::measure(int node, const Tile& tile, const Program& program) {
  const int seen = sweeps_.seen_by(node);
  const auto count =
      static_cast<double>(rows_of(seen, tile).size() * columns_of(seen, tile).size());
  const std::span<const float> mean = program.output(sweep_port("mean", node)),
                               rest = program.output(sweep_port("rest", node)),
                               squares = program.output(sweep_port("squares", node));
  std::vector<Moments>& moments = moments_[node];
  for (size_t c = 0; c < moments.size(); ++c) {
    const double left = rest[c] / count;  // what rounding left of the mean
    moments[c].add({count, mean[c] + left, squares[c] - left * left * count});
  }
}

void SweepValues::keep(int node, const Tile& tile, const Program& program) {
  const Span rows = rows_of(node, tile), columns = columns_of(node, tile);
  const std::span<const float> made = program.output("made");
  const Shape& s = std::ranges::find(program.plan().outputs, "made", &Plan::Port::name)->shape;
  Planes& planes = making_.front();
  for (int c = 0; c < planes.channels; ++c)
    for (int64_t y = rows.begin; y < rows.end; ++y)
      std::ranges::copy(
          made.subspan(size((c * s.h + y - rows.window) * s.w + columns.begin - columns.window),
                       size(columns.size())),
          planes.row(c, static_cast<int>(y)) + columns.begin);
}

void SweepValues::end(const Sweep& sweep) {
  for (const int node : sweep.measured) settle(node);
  if (!making_.empty()) kept_ = std::move(making_);
}

/// What is known of a node whose every value has been seen.
void SweepValues::settle(int id) {
  const Node& node = sweeps_.node(id);
  const std::vector<Moments> channels = std::move(moments_[id]);
  moments_.erase(id);
  if (node.op != &kNormalize) {
    std::vector<float>& sums = known_[sweep_port("sum", id)];
    std::vector<double> exact(size(node.shape.c));
    for (size_t c = 0; c < channels.size(); ++c)
      exact[c * exact.size() / channels.size()] += channels[c].mean * channels[c].count;
    sums.assign(exact.begin(), exact.end());
    return;
  }
  const double epsilon = node.attributes.as<NormalizeSettings>().epsilon;
  std::vector<Moments> groups(size(node.shape.c));
  for (size_t c = 0; c < channels.size(); ++c)
    groups[c * groups.size() / channels.size()].add(channels[c]);
  std::vector<float>&mean = known_[sweep_port("mean", id)], &rstd = known_[sweep_port("rstd", id)];
  for (const Moments& group : groups) {
    mean.push_back(static_cast<float>(group.mean));
    rstd.push_back(static_cast<float>(1 / std::sqrt(group.squares / group.count + epsilon)));
  }
}

}  // namespace imago
