#include "models/measure/compare_features.h"

#include "models/measure/classify.h"
#include "models/measure/pictures.h"

namespace imago {
namespace {

constexpr size_t kMostWaiting = 64;  // pictures in memory

void collect(FeatureCollector& collector, const FeatureNetwork& network, DataOptions data,
             std::vector<std::string>& failures) {
  data.kind = DataKind::samples;
  data.labels = false;
  data.batch_size = 1;
  data.cache_bytes = 0;
  data.crop_size = network.side();
  data.output_channels = network.channels();
  const Dataset dataset(data);
  const KnownLabels labels(network, data);
  for (int64_t i = 0; i < dataset.size(); ++i) {
    try {
      const Batch example = dataset.example(i);
      collector.add(planes_of(example.b_shape, example.b), labels.of(example.files.front()));
    } catch (const DataError& error) {
      failures.push_back(error.what());
    }
  }
}

}  // namespace

void FeatureCollector::add(Planes picture, int label) {
  waiting_.push_back(std::move(picture));
  labels_.push_back(label);
  if (waiting_.size() == kMostWaiting) look();
}

void FeatureCollector::look() {
  const std::vector<Answer> answers = network_.look(waiting_);
  for (size_t i = 0; i < answers.size(); ++i) {
    features_.add(answers[i].features);
    if (labels_[i] < 0 || answers[i].label < 0) continue;
    ++known_;
    right_ += answers[i].label == labels_[i];
  }
  waiting_.clear();
  labels_.clear();
}

const Features& FeatureCollector::features() {
  look();
  return features_;
}

std::optional<Estimate> FeatureCollector::recognised() {
  look();
  return known_ > 0 ? std::optional(wilson(right_, known_)) : std::nullopt;
}

FeatureScore score_of(FeatureCollector& results, FeatureCollector& truths) {
  const Features &a = results.features(), &b = truths.features();
  const PrecisionRecall both = precision_recall(a, b);
  return {.pictures = a.count(),
          .frechet = frechet_distance(a, b),
          .kernel = kernel_distance(a, b),
          .precision = both.precision,
          .recall = both.recall,
          .nearest = nearest_neighbour_test(a, b),
          .recognised = results.recognised()};
}

FeatureComparison compare_folders(FeatureNetwork& network, const DataOptions& results,
                                  const DataOptions& truths, std::vector<std::string>& failures) {
  FeatureCollector of_results(network), of_truths(network);
  collect(of_results, network, results, failures);
  collect(of_truths, network, truths, failures);
  FeatureComparison comparison;
  comparison.network = network.name();
  comparison.truths = of_truths.features().count();
  comparison.truths_recognised = of_truths.recognised();
  comparison.results = score_of(of_results, of_truths);
  return comparison;
}

}  // namespace imago
