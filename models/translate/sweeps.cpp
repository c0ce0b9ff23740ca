#include "models/translate/sweeps.h"

#include <algorithm>
#include <string>

#include "compute/base/error.h"
#include "compute/graph/reach.h"
#include "compute/ops/binary.h"
#include "compute/ops/intervals.h"
#include "compute/ops/normalize.h"
#include "compute/ops/ops.h"
#include "compute/ops/reshape.h"
#include "compute/ops/sum.h"
#include "compute/ops/unary.h"
#include "compute/plan/plan.h"
#include "models/translate/program_cache.h"

namespace imago {
namespace {

constexpr int kMostRounds = 1000;  // nobody waits for more
constexpr Axes kPicture = {.h = true, .w = true};

int build_for(Graph& graph, const Generator& generator, int width, int height,
              const BuildOptions& build) {
  const Tensor x = graph.input("x", {1, generator.info.in_channels, height, width});
  return before_clamp(generator.build(graph, x, build)).id();
}

bool is_sum_over_picture(const Node& node) {
  if (node.op != &kSum) return false;
  const auto axes = node.attributes.as<Axes>();
  return axes.h && axes.w;
}

/// Whether two graphs of one network differ in nothing but sizes.
bool same_network(const Graph& a, const Graph& b) {
  return std::equal(a.nodes().begin(), a.nodes().end(), b.nodes().begin(), b.nodes().end(),
                    [](const Node& left, const Node& right) {
                      // A mean divides by a number of pixels.
                      const bool differs = left.op == &kUnary || left.op == &kReshape;
                      return left.op == right.op && left.inputs == right.inputs &&
                             left.name == right.name && left.shape.c == right.shape.c &&
                             (differs || left.attributes == right.attributes);
                    });
}

}  // namespace

std::string sweep_port(const char* what, int node) { return what + (" " + std::to_string(node)); }

Sweeps::Sweeps(const Generator& generator, int width, int height, const BuildOptions& build,
               int64_t kept_bytes)
    : generator_(generator), build_(build) {
  const int block = generator.info.multiple;
  result_ = build_for(whole_, generator, width, height, build);
  build_for(larger_, generator, width + block, height + block, build);
  whole_.output("y", {&whole_, result_});
  alive_ = reachable(whole_);
  if (can_be_taken_apart()) plan(kept_bytes);
}

bool Sweeps::can_be_taken_apart() {
  if (!same_network(whole_, larger_) || !find_places() || !extent(result_).per_block) return false;
  return std::ranges::all_of(statistics_,
                             [&](int id) { return extent(seen_by(id)).per_block > 0; });
}

/// Which nodes lie in the picture, and which look at all of it. False where one does so otherwise
/// than by statistics.
bool Sweeps::find_places() {
  const size_t count = whole_.nodes().size();
  spatial_.assign(count, false);
  folded_.assign(count, std::nullopt);
  spatial_[0] = true;
  for (size_t id = 1; id < count; ++id) {
    const Node& node = whole_.node(static_cast<int>(id));
    const auto source =
        std::ranges::find_if(node.inputs, [&](int input) { return is_spatial(input); });
    if (!alive_[id] || source == node.inputs.end()) continue;
    const bool sum = is_sum_over_picture(node);
    spatial_[id] = !sum;
    const auto origin = folded_[static_cast<size_t>(*source)];
    if (sum || node.op == &kNormalize) {
      if (node.shape.n != 1) return false;
      statistics_.push_back(static_cast<int>(id));
      if (!sum) folded_[id] = origin;
    } else if (node.op == &kReshape && (origin || looks_everywhere(whole_, node))) {
      const int from = origin.value_or(*source);
      if (node.shape != whole_.node(from).shape) folded_[id] = from;
    } else if (looks_everywhere(whole_, node)) {
      return false;
    } else if (origin) {
      const bool one_place = std::ranges::all_of(node.inputs, [&](int input) {
        return !is_spatial(input) || whole_.node(input).shape == node.shape;
      });
      if ((node.op != &kUnary && node.op != &kBinary) || !one_place) return false;
      folded_[id] = origin;
    }
  }
  return true;
}

Extent Sweeps::extent(int id) const {
  if (!is_spatial(id) || folded_[static_cast<size_t>(id)]) return {};
  const Shape &small = whole_.node(id).shape, &large = larger_.node(id).shape;
  const Shape& picture = whole_.node(0).shape;
  const int64_t per_block = large.h - small.h, block = generator_.info.multiple;
  const int64_t border = small.h - per_block * (picture.h / block);
  if (per_block <= 0 || large.w - small.w != per_block ||
      small.w - per_block * (picture.w / block) != border)
    return {};
  return {per_block, border};
}

int Sweeps::seen_by(int id) const {
  const int input = whole_.node(id).inputs[0];
  return folded_[static_cast<size_t>(input)].value_or(input);
}

/// By node: how many sweeps must have measured before it can be computed.
void Sweeps::find_rounds() {
  rounds_.assign(whole_.nodes().size(), 0);
  for (size_t id = 0; id < rounds_.size(); ++id) {
    for (const int input : whole_.node(static_cast<int>(id)).inputs)
      rounds_[id] = std::max(rounds_[id], rounds_[static_cast<size_t>(input)]);
    if (std::ranges::binary_search(statistics_, static_cast<int>(id))) ++rounds_[id];
  }
}

/// The last node after `source` that all later ones depend on the picture through, of those that
/// can be computed now and take no more than `bytes`; -1: none.
int Sweeps::last_separator(int source, int round, int64_t bytes) const {
  std::vector<int> last_reader(whole_.nodes().size(), -1);
  for (int id = 0; id <= result_; ++id)
    if (alive_[static_cast<size_t>(id)])
      for (const int input : whole_.node(id).inputs) last_reader[static_cast<size_t>(input)] = id;
  int found = -1, last = -1;  // last: reader of the nodes before
  for (int id = 1; id < result_; ++id) {
    if (!alive_[static_cast<size_t>(id)] || !is_spatial(id)) continue;
    const bool fits = extent(id).per_block > 0 && whole_.node(id).shape.bytes() <= bytes;
    const bool ready = rounds_[static_cast<size_t>(id)] <= round;
    if (id > source && last <= id && fits && ready) found = id;
    last = std::max(last, last_reader[static_cast<size_t>(id)]);
  }
  return found;
}

void Sweeps::plan(int64_t kept_bytes) {
  find_rounds();
  if (rounds_[static_cast<size_t>(result_)] > kMostRounds) return;
  for (int round = 0, source = 0; source != result_; ++round) {
    Sweep sweep{source, {}, result_};
    for (const int id : statistics_)
      if (rounds_[static_cast<size_t>(seen_by(id))] == round) sweep.measured.push_back(id);
    if (!sweep.measured.empty()) {
      const int64_t held = source > 0 ? whole_.node(source).shape.bytes() : 0;
      sweep.made = last_separator(source, round, kept_bytes - held);
    }
    if (sweep.made >= 0) source = sweep.made;
    list_.push_back(std::move(sweep));
  }
}

int Sweeps::halo(const Sweep& sweep) const {
  std::vector<std::optional<Interval>> wanted(whole_.nodes().size());
  const auto want = [&](int id) {
    const auto [per_block, border] = extent(id);
    wanted[static_cast<size_t>(id)] = Interval{border / 2, border / 2 + per_block - 1};
  };
  for (const int id : sweep.measured) want(seen_by(id));
  if (sweep.made >= 0) want(sweep.made);
  const auto needed = needed_rows(whole_, std::move(wanted),
                                  [&](int id) { return id == sweep.source || !is_spatial(id); });
  int64_t blocks = 0;
  for (const int id : {0, sweep.source}) {
    const auto& rows = needed[static_cast<size_t>(id)];
    if (!rows) continue;
    const auto [per_block, border] = extent(id);
    blocks = std::max({blocks, ceil_div(-rows->low, per_block),
                       ceil_div(rows->high + 1 - border, per_block) - 1});
  }
  return static_cast<int>(blocks) * generator_.info.multiple;
}

/// Copies what a sweep computes of the network for a window.
class Sweeps::Copier {
 public:
  Copier(const Sweeps& sweeps, const Graph& window, int source, Graph& target)
      : sweeps_(sweeps),
        window_(window),
        source_(source),
        target_(target),
        copies_(window.nodes().size()) {}

  /// These nodes and what they are made of.
  void copy(const std::vector<int>& nodes) {
    std::vector<std::optional<Interval>> wanted(copies_.size());
    for (const int id : nodes) wanted[static_cast<size_t>(id)] = Interval{};
    const auto needed = needed_rows(window_, std::move(wanted),
                                    [&](int id) { return id == source_ || is_known_sum(id); });
    for (size_t id = 0; id < needed.size(); ++id)
      if (needed[id]) copies_[id] = make(static_cast<int>(id));
  }

  Tensor of(int id) const { return copies_[static_cast<size_t>(id)]; }

  void measure(int id) {
    const Tensor x = of(sweeps_.seen_by(id));
    const Shape s = x.shape();
    const Tensor mask = target_.input(sweep_port("mask", id), {1, 1, s.h, s.w});
    const Tensor share = target_.input(sweep_port("share", id), {1, 1, 1, 1});
    const Tensor mean = sum(x * mask, kPicture) * share;
    const Tensor rest = (x - mean) * mask;
    target_.output(sweep_port("mean", id), mean);
    target_.output(sweep_port("rest", id), sum(rest, kPicture));
    target_.output(sweep_port("squares", id), sum(square(rest), kPicture));
  }

 private:
  bool is_statistic(int id) const { return std::ranges::binary_search(sweeps_.statistics_, id); }
  bool is_known_sum(int id) const { return is_statistic(id) && window_.node(id).op == &kSum; }

  Tensor make(int id) {
    const Node& node = window_.node(id);
    if (id == 0) return target_.input("picture", node.shape);
    if (id == source_) return target_.input("kept", node.shape);
    if (is_known_sum(id)) return target_.input(sweep_port("sum", id), node.shape);
    if (node.op == &kParameter) return target_.parameter(node.name, node.shape);
    std::vector<Tensor> inputs;
    for (const int input : node.inputs) inputs.push_back(of(input));
    if (is_statistic(id)) return normalized(id, inputs);
    const bool whole = node.op == &kUnary;  // its numbers are those of the whole picture
    return target_.add(*node.op, inputs, (whole ? sweeps_.whole_ : window_).node(id).attributes);
  }

  Tensor normalized(int id, const std::vector<Tensor>& inputs) {
    const auto settings = window_.node(id).attributes.as<NormalizeSettings>();
    const Shape channels = {1, inputs[0].shape().c, 1, 1};
    Tensor y = (inputs[0] - target_.input(sweep_port("mean", id), channels)) *
               target_.input(sweep_port("rstd", id), channels);
    if (settings.has_scale) y = y * inputs[1];
    return settings.has_shift ? y + inputs.back() : y;
  }

  const Sweeps& sweeps_;
  const Graph& window_;
  const int source_;
  Graph& target_;
  std::vector<Tensor> copies_;  // by node of the window's graph
};

void Sweeps::build(Graph& graph, const Sweep& sweep, int window_width, int window_height) const {
  Graph window;
  build_for(window, generator_, window_width, window_height, build_);
  if (!same_network(whole_, window))
    throw Error(generator_.info.architecture + " is another network for a tile than for a picture");
  std::vector<int> wanted;
  if (sweep.made >= 0) wanted.push_back(sweep.made);
  for (const int id : sweep.measured) wanted.push_back(seen_by(id));
  Copier copier(*this, window, sweep.source, graph);
  copier.copy(wanted);
  for (const int id : sweep.measured) copier.measure(id);
  if (sweep.made >= 0) graph.output("made", copier.of(sweep.made));
}

}  // namespace imago
