#include "models/training/validate_classifier.h"

#include <algorithm>
#include <cstdio>
#include <system_error>

#include "compute/base/error.h"
#include "models/data/labels.h"
#include "models/measure/feature_network.h"
#include "models/measure/sample_grid.h"
#include "models/networks/classifier.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSheetRows = 8;

/// Folders of images have phases by their folders' names, IDX files by their own.
bool has_phase(const DataOptions& data, bool packed) {
  std::error_code ignored;
  return fs::is_directory(data.dataroot / data.phase, ignored) ||
         (data.held_out > 0 && data.phase == "val") || (packed && data.phase == "test");
}

}  // namespace

ClassifierValidator::ClassifierValidator(const TrainingRequest& request)
    : side_(request.data.crop_size), labels_(request.data.label_names) {
  const int64_t most = std::max(request.validation_pictures, 1);
  DataOptions data = request.data;
  data.batch_size = 1;
  data.cache_bytes = 0;
  const bool packed = Dataset(data).is_packed();
  for (const std::string phase : {"val", "test"}) {
    data.phase = phase;
    if (phase == request.data.phase || !has_phase(data, packed)) continue;
    if (choose(data, most)) return;
  }
  data.phase = request.data.phase;
  if (!choose(data, most))
    throw DataError(data.dataroot.string() + ": no picture that validation could use");
  source_ += ", which are the training pictures themselves: --held-out keeps some back";
}

bool ClassifierValidator::choose(const DataOptions& data, int64_t most) {
  const LabelledFiles labelled = read_labelled_files(data);
  const Dataset dataset(data);
  const int64_t all = dataset.size(), count = std::min(most, all);
  int64_t unreadable = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t index = (2 * i + 1) * all / (2 * count);
    try {
      const Batch example = dataset.example(index);
      Planes picture(static_cast<int>(example.b_shape.c), static_cast<int>(example.b_shape.h),
                     static_cast<int>(example.b_shape.w));
      picture.values = example.b;
      pictures_.push_back(std::move(picture));
      truths_.push_back(labelled.labels[static_cast<size_t>(index)]);
    } catch (const DataError&) {
      ++unreadable;
    }
  }
  source_ = std::to_string(pictures_.size()) + " pictures of " + data.phase;
  if (unreadable > 0) source_ += " (" + std::to_string(unreadable) + " could not be read)";
  return !pictures_.empty();
}

NamedNumbers ClassifierValidator::measure(Trainer& trainer) {
  const std::optional<ClassifierConfig> config = find_classifier(trainer.network(kC));
  FeatureNetwork classifier(trainer.device(), config.value(), side_, labels_, trainer.parameters(),
                            kC.name() + ".");
  answers_.clear();
  for (const Answer& answer : classifier.look(pictures_)) answers_.push_back(answer.label);
  int64_t right = 0;
  for (size_t i = 0; i < answers_.size(); ++i) right += answers_[i] == truths_[i];
  return {{"accuracy", static_cast<double>(right) / static_cast<double>(answers_.size())}};
}

std::vector<std::vector<Image>> ClassifierValidator::sheet() const {
  const Planes& first = pictures_.front();
  Image blank;
  blank.width = first.width;
  blank.height = first.height;
  blank.pixels.assign(static_cast<size_t>(3 * first.width * first.height), 1.0f);
  std::vector<std::vector<Image>> rows(kSheetRows, std::vector<Image>(labels_.size(), blank));
  std::vector<size_t> filled(labels_.size(), 0);
  for (size_t i = 0; i < answers_.size(); ++i) {
    const auto column = static_cast<size_t>(answers_[i]);
    if (filled[column] == kSheetRows) continue;
    const Planes& p = pictures_[i];
    rows[filled[column]++][column] =
        image_from_batch(p.values, {1, p.channels, p.height, p.width}, 0, -1, 1);
  }
  return rows;
}

ValidationRecord ClassifierValidator::run(Trainer& trainer, int64_t step, int epoch,
                                          const RunFolder& folder) {
  ValidationRecord record;
  record.step = step;
  record.epoch = epoch;
  record.metrics = measure(trainer);
  char name[32];
  std::snprintf(name, sizeof(name), "step_%08lld.png", static_cast<long long>(step));
  std::error_code error;
  fs::create_directories(folder.samples(), error);
  if (error) throw Error(folder.samples().string() + ": cannot be made: " + error.message());
  save_sample_grid(sheet(), labels_, folder.samples() / name);
  record.sample = folder.samples().filename() / name;
  return record;
}

}  // namespace imago
