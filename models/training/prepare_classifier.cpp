#include "models/training/prepare_classifier.h"

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/training/methods/classifier.h"

namespace imago {

void set_classifier_defaults(TrainingRequest& request) {
  request.data.kind = DataKind::samples;
  request.data.labels = true;
  request.data.latent = 1;  // which it does not look at
  request.data.batch_size = 64;
  request.data.crop_size = 64;
  request.generator_features = 32;
  request.dropout = true;
  request.init = {InitType::kaiming, 1};
  request.adam = {.beta1 = 0.9f, .beta2 = 0.999f};
  request.schedule.learning_rate = 1e-3f;
  request.schedule.epochs = 10;
  request.schedule.epochs_decay = 10;
  request.validation_pictures = 1000;
}

PreparedTraining prepare_classifier(const TrainingRequest& request, const Shape& a,
                                    const Shape& b) {
  if (!request.data.labels)
    throw Error("classifier: learns what pictures show by their labels, so it needs --labels");
  ClassifierOptions options;
  options.network = {.in_channels = static_cast<int>(b.c),
                     .stages = classifier_stages(static_cast<int>(b.h)),
                     .features = request.generator_features,
                     .classes = static_cast<int>(a.c) - request.data.latent};
  options.facts = {.side = static_cast<int>(b.h), .labels = request.data.label_names};
  options.dropout = request.dropout;
  options.training = common_options(request);
  options.training.ema = 0;  // averages are kept of generators
  PreparedTraining prepared;
  if (const std::filesystem::path& path = request.init_model; !path.empty()) {
    StateDict tensors = unwrap(read_checkpoint(path));
    const std::optional<ClassifierConfig> found = find_classifier(tensors);
    if (!found) throw Error(path.string() + ": is no classifier");
    if (*found != options.network)
      throw Error(path.string() + ": is a classifier of " + std::to_string(found->features) +
                  " features, " + std::to_string(found->stages) + " stages and " +
                  std::to_string(found->classes) +
                  " labels: choose --ngf, --crop-size and the pictures alike");
    prepared.start[kC] = std::move(tensors);
  }
  prepared.method = classifier(options, a, b);
  return prepared;
}

}  // namespace imago
