#include "cli/evaluate_features.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace imago {
namespace {

using nlohmann::ordered_json;

struct Metric {
  const char *key, *name;
  Estimate FeatureScore::*estimate;
};
constexpr Metric kMetrics[] = {{"frechet_distance", "Frechet distance", &FeatureScore::frechet},
                               {"kernel_distance", "kernel distance", &FeatureScore::kernel},
                               {"precision", "precision", &FeatureScore::precision},
                               {"recall", "recall", &FeatureScore::recall},
                               {"nearest_neighbour", "1-NN accuracy", &FeatureScore::nearest}};

ordered_json json_of(const Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}};
}

ordered_json json_of(const FeatureScore& score) {
  ordered_json json = {{"pictures", score.pictures}};
  for (const Metric& metric : kMetrics) json[metric.key] = json_of(score.*metric.estimate);
  if (score.recognised) json["recognised"] = json_of(*score.recognised);
  return json;
}

std::string text_of(const Estimate& estimate) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.4g (%.4g to %.4g)", estimate.value, estimate.low,
                estimate.high);
  return text;
}

void print_row(const std::string& name, const std::vector<std::string>& cells) {
  char text[64];
  std::snprintf(text, sizeof(text), "%-18s", name.c_str());
  std::string line = text;
  for (const std::string& cell : cells) {
    std::snprintf(text, sizeof(text), "%-32s", cell.c_str());
    line += text;
  }
  std::cout << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
}

}  // namespace

ordered_json json_of(const FeatureComparison& comparison) {
  ordered_json json = {{"network", comparison.network},
                       {"truths", comparison.truths},
                       {"results", json_of(comparison.results)}};
  if (comparison.inputs) json["inputs"] = json_of(*comparison.inputs);
  if (comparison.truths_recognised)
    json["truths_recognised"] = json_of(*comparison.truths_recognised);
  return json;
}

void print(const FeatureComparison& comparison) {
  std::cout << "by the features of " << comparison.network << ", " << comparison.results.pictures
            << " results and " << comparison.truths << " real pictures, with 95 % intervals:\n";
  const std::optional<FeatureScore>& inputs = comparison.inputs;
  print_row("", inputs ? std::vector<std::string>{"results", "inputs themselves", "real pictures"}
                       : std::vector<std::string>{"results", "real pictures"});
  for (const Metric& metric : kMetrics) {
    std::vector<std::string> cells = {text_of(comparison.results.*metric.estimate)};
    if (inputs) cells.push_back(text_of((*inputs).*metric.estimate));
    print_row(metric.name, cells);
  }
  const auto told = [](const std::optional<Estimate>& share) {
    return share ? text_of(*share) : std::string("-");
  };
  if (!comparison.results.recognised && !comparison.truths_recognised) return;
  std::vector<std::string> cells = {told(comparison.results.recognised)};
  if (inputs) cells.push_back(told(inputs->recognised));
  cells.push_back(told(comparison.truths_recognised));
  print_row("recognised", cells);
}

ordered_json json_of(const Evaluation::Perceived& perceived) {
  return {{"name", perceived.name},
          {"model", json_of(perceived.model)},
          {"identity", json_of(perceived.identity)}};
}

void print(const Evaluation::Perceived& perceived) {
  std::cout << perceived.name << ", the mean with its 95 % interval: " << text_of(perceived.model)
            << ", of the inputs themselves " << text_of(perceived.identity) << '\n';
}

ordered_json json_of(const Confusion& confusion) {
  return {{"pictures", confusion.pictures()},
          {"accuracy", json_of(wilson(confusion.right(), confusion.pictures()))},
          {"labels", confusion.labels},
          {"confusion", confusion.counts}};
}

void print(const Confusion& confusion) {
  std::cout << confusion.pictures() << " pictures, accuracy "
            << text_of(wilson(confusion.right(), confusion.pictures()))
            << ", the interval of 95 %\n";
  size_t width = 0;
  for (const std::string& label : confusion.labels) width = std::max(width, label.size());
  std::cout << "how often each (row) was taken for each (column, by its number):\n"
            << std::string(width + 4, ' ');
  char text[32];
  for (size_t i = 0; i < confusion.labels.size(); ++i) {
    std::snprintf(text, sizeof(text), "%6zu", i);
    std::cout << text;
  }
  std::cout << '\n';
  for (size_t row = 0; row < confusion.labels.size(); ++row) {
    std::snprintf(text, sizeof(text), "%3zu ", row);
    std::cout << text << confusion.labels[row]
              << std::string(width - confusion.labels[row].size(), ' ');
    for (const int64_t count : confusion.counts[row]) {
      std::snprintf(text, sizeof(text), "%6lld", static_cast<long long>(count));
      std::cout << text;
    }
    std::cout << '\n';
  }
}

}  // namespace imago
