#include "models/measure/classify.h"

#include "compute/base/error.h"
#include "models/data/labels.h"
#include "models/measure/pictures.h"

namespace imago {
namespace {

constexpr int64_t kTogether = 64;  // pictures in memory

DataOptions as_the_classifier_sees(DataOptions data, const FeatureNetwork& classifier) {
  data.kind = DataKind::samples;
  data.labels = true;
  data.label_names = classifier.labels();
  data.batch_size = 1;
  data.cache_bytes = 0;
  data.crop_size = classifier.side();
  data.output_channels = classifier.channels();
  return data;
}

}  // namespace

KnownLabels::KnownLabels(const FeatureNetwork& classifier, DataOptions data) {
  if (classifier.labels().empty()) return;
  try {
    const LabelledFiles labelled =
        read_labelled_files(as_the_classifier_sees(std::move(data), classifier));
    for (size_t i = 0; i < labelled.files.size(); ++i)
      labels_[labelled.files[i]] = labelled.labels[i];
  } catch (const DataError&) {
    // There are none, or others.
  }
}

int KnownLabels::of(const std::filesystem::path& file) const {
  const auto found = labels_.find(file);
  return found == labels_.end() ? -1 : found->second;
}

Confusion::Confusion(std::vector<std::string> the_labels)
    : labels(std::move(the_labels)),
      counts(labels.size(), std::vector<int64_t>(labels.size(), 0)) {}

void Confusion::add(int truth, int answer) {
  ++counts.at(static_cast<size_t>(truth)).at(static_cast<size_t>(answer));
}

int64_t Confusion::pictures() const {
  int64_t sum = 0;
  for (const auto& row : counts)
    for (const int64_t count : row) sum += count;
  return sum;
}

int64_t Confusion::right() const {
  int64_t sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) sum += counts[i][i];
  return sum;
}

Confusion confusion_of(FeatureNetwork& classifier, DataOptions data,
                       std::vector<std::string>& failures) {
  if (classifier.labels().empty()) throw Error(classifier.name() + ": is no classifier");
  data = as_the_classifier_sees(std::move(data), classifier);
  const LabelledFiles labelled = read_labelled_files(data);
  const Dataset dataset(data);
  Confusion confusion(classifier.labels());
  std::vector<Planes> pictures;
  std::vector<int> truths;
  const auto ask = [&] {
    const std::vector<Answer> answers = classifier.look(pictures);
    for (size_t i = 0; i < answers.size(); ++i) confusion.add(truths[i], answers[i].label);
    pictures.clear();
    truths.clear();
  };
  for (int64_t i = 0; i < dataset.size(); ++i) {
    try {
      const Batch example = dataset.example(i);
      pictures.push_back(planes_of(example.b_shape, example.b));
      truths.push_back(labelled.labels[static_cast<size_t>(i)]);
    } catch (const DataError& error) {
      failures.push_back(error.what());
    }
    if (std::ssize(pictures) == kTogether) ask();
  }
  ask();
  if (confusion.pictures() == 0)
    throw DataError("no picture could be read; the first: " + failures.front());
  return confusion;
}

}  // namespace imago
