#include "gui/session/session_requests.h"

#include <QDir>
#include <QFileInfo>
#include <algorithm>
#include <type_traits>

#include "gui/session/session_reason.h"
#include "gui/session/session_training.h"
#include "gui/session/train_presets.h"
#include "models/training/methods/outputs.h"
#include "models/training/training_options.h"

namespace imago::gui {

namespace {

// Of fewer pictures none are held back to measure with; two folders have no other way to any.
constexpr int64_t kHoldOutFrom = 50, kHoldOutFromTwo = 40;
constexpr int64_t kHeldOut = 8;
constexpr char kClassifierMethod[] = "classifier";  // tells samples apart and makes none
constexpr double kAugment = 0.5;                    // the probability of a turn, of a shift…
constexpr double kColourJitter = 0.2;               // the share by which hue, brightness… change
constexpr double kWhiteOnBlack = 0.25;  // the share of drawings, for a network that takes both

QString words(const std::string& text) { return QString::fromStdString(text); }

/// As a sentence of the app.
QString sentence(const std::string& text) {
  QString shown = in_app_words(words(text));
  if (!shown.isEmpty()) shown[0] = shown[0].toUpper();
  return shown;
}

DataKind kind_of(TrainTask task) {
  switch (task) {
    case TrainTask::pairs:
      return DataKind::aligned;
    case TrainTask::unpaired:
      return DataKind::unaligned;
    case TrainTask::upscale:
      return DataKind::photos;
    case TrainTask::sketch:
      return DataKind::edges;
    case TrainTask::colour:
      return DataKind::grey;
    case TrainTask::holes:
      return DataKind::holes;
    case TrainTask::dayNight:
      return DataKind::cameras;
    case TrainTask::samples:
    case TrainTask::kinds:
    case TrainTask::fineSamples:
      return DataKind::samples;
    case TrainTask::table:
      return DataKind::table;
    case TrainTask::sounds:
      return DataKind::sounds;
  }
  return DataKind::aligned;
}

Medium medium_of(DataKind kind) {
  if (kind == DataKind::table) return Medium::table;
  return kind == DataKind::sounds ? Medium::sounds : Medium::pictures;
}

/// As if it were typed on the command line; what is no number there is left as it is.
void set_option(TrainingRequest& request, const QString& name, const QString& text) {
  const auto* option = option_named(training_options(), name.toStdString());
  if (option == nullptr) return;
  std::visit(
      [&](const auto& reach) {
        using Reach = std::decay_t<decltype(reach)>;
        if constexpr (!std::is_same_v<Reach, Choice<TrainingRequest>>) {
          auto& value = reach(request);
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, int>) {
            bool good = false;
            const int number = text.toInt(&good);
            if (good) value = number;
          } else if constexpr (std::is_same_v<T, std::string>) {
            value = text.toStdString();
          } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
            value.clear();
            for (const QString& part : text.split(',', Qt::SkipEmptyParts))
              value.push_back(part.trimmed().toStdString());
          }
        }
      },
      option->field);
}

/// Whether so many could be held out of every folder and something would be left.
bool has_more_than(int64_t count, DataOptions data) {
  data.held_out = count;
  try {
    return Dataset(data).size() > 0;
  } catch (const DataError&) {
    return false;  // or there is a folder for that already
  }
}

/// What the discriminator is shown.
QString judged(bool real, Medium medium) {
  const auto tr = [](const char* text) { return TrainingSession::tr(text); };
  switch (medium) {
    case Medium::table:
      return real ? tr("Discriminator, real rows") : tr("Discriminator, made rows");
    case Medium::sounds:
      return real ? tr("Discriminator, real sounds") : tr("Discriminator, made sounds");
    case Medium::pictures:
      break;
  }
  return real ? tr("Discriminator, real pictures") : tr("Discriminator, made pictures");
}

/// What a loss is called by people: "D on real pictures", "there and back, A".
QString loss_words(const std::string& name, Medium medium) {
  const std::optional<Loss> loss = loss_named(name);
  if (!loss) return words(name);
  const auto tr = [](const char* text) { return TrainingSession::tr(text); };
  const auto told = [&]() -> QString {
    switch (loss->term) {
      case LossTerm::gan:
      case LossTerm::adversarial:
        return tr("Generator against discriminator");
      case LossTerm::generator:
        return tr("Generator");
      case LossTerm::l1:
        return tr("Distance from target (L1)");
      case LossTerm::pixel:
        return tr("Distance from target");
      case LossTerm::cycle:
        return tr("There and back");
      case LossTerm::identity:
        return tr("Identity");
      case LossTerm::feature:
        return tr("Features");
      case LossTerm::total_variation:
        return tr("Roughness");
      case LossTerm::real:
        return judged(true, medium);
      case LossTerm::fake:
        return judged(false, medium);
      case LossTerm::discriminator:
        return tr("Discriminator");
      case LossTerm::penalty:
        return tr("Gradient penalty");
      case LossTerm::r1:
        return tr("R1 penalty");
      case LossTerm::cross_entropy:
        return tr("Cross-entropy of the answers");
      case LossTerm::path:
        return tr("Path length");
      case LossTerm::condition:
        return tr("Categories asked for");
    }
    return words(name);
  }();
  if (loss->side == Side::none) return told;
  return tr("%1 (%2)").arg(told, loss->side == Side::a ? "A" : "B");
}

/// Appends the numbers of one record to the curves of their names.
void append(QList<RunHistory::Curve>& curves, const NamedNumbers& numbers, int64_t step,
            Medium medium) {
  for (const auto& [name, value] : numbers) {
    const QString wanted = words(name);
    auto curve = std::ranges::find(curves, wanted, &RunHistory::Curve::name);
    if (curve == curves.end()) {
      curves.append({wanted, {}, loss_words(name, medium)});
      curve = curves.end() - 1;
    }
    curve->points.append({static_cast<double>(step), value});
  }
}

/// The mean accuracy of the discriminators over the last records; -1: none told it.
double lately(const std::vector<LossRecord>& losses) {
  constexpr size_t kRecords = 20;
  double sum = 0;
  int count = 0;
  for (size_t i = losses.size() - std::min(losses.size(), kRecords); i < losses.size(); ++i) {
    for (const auto& [name, value] : losses[i].health) {
      const auto number = health_named(name);
      if (!number || number->kind != HealthKind::accuracy) continue;
      sum += value;
      ++count;
    }
  }
  return count > 0 ? sum / count : -1;
}

}  // namespace

TrainingRequest to_request(const TrainSettings& settings) {
  TrainingRequest request = default_request(methodOf(settings.task).toStdString());
  request.name = settings.name.toStdString();
  request.checkpoints_dir = to_path(settings.keptIn);
  DataOptions& data = request.data;
  const bool two = !settings.secondFolder.isEmpty();
  const bool byName = settings.byName || (two && settings.task == TrainTask::pairs);
  data.kind = byName ? DataKind::paired : kind_of(settings.task);
  data.dataroot = to_path(settings.folder);
  if (two) data.dataroot_b = to_path(settings.secondFolder);
  data.load_size = settings.loadSize;
  data.crop_size = settings.cropSize;
  data.batch_size = settings.batch;
  data.scale = settings.scale;
  data.flip = settings.flip;
  data.augment = settings.augment ? kAugment : 0;
  data.color_jitter = settings.varyColours ? kColourJitter : 0;
  data.labels = settings.task == TrainTask::kinds;
  data.b_to_a = settings.backwards && mediumOf(settings.task) == Medium::pictures;
  data.seed = settings.seed;
  if (data.kind == DataKind::grey) data.input_channels = 1;
  if (data.kind == DataKind::edges && !data.b_to_a) data.white_on_black = kWhiteOnBlack;
  request.keep_luma = data.kind == DataKind::grey && !data.b_to_a;
  request.generator = settings.generator.toStdString();
  request.generator_features = request.discriminator_features = settings.features;
  request.schedule.learning_rate = static_cast<float>(settings.learningRate);
  request.schedule.epochs = settings.epochs;
  request.schedule.epochs_decay = settings.epochsDecay;
  request.pixel_epochs = settings.pixelEpochs;
  request.gradient_checkpointing = settings.gradientCheckpointing;
  if (settings.precision == to_string(NumberType::fp16)) request.precision = NumberType::fp16;
  request.spectral_norm = settings.spectralNorm;
  for (const GanMode mode : {GanMode::vanilla, GanMode::lsgan, GanMode::wgangp, GanMode::hinge}) {
    if (settings.ganMode == to_string(mode)) request.gan_mode = mode;
  }
  request.init_model = to_path(settings.startFrom.path);
  request.seed = settings.seed;
  request.max_steps = settings.maxSteps;
  request.validate_epochs = settings.validateEpochs;
  request.validate_steps = settings.validateSteps;
  request.print_steps = settings.printSteps;
  request.save_steps = settings.saveSteps;
  for (auto option = settings.more.cbegin(); option != settings.more.cend(); ++option)
    set_option(request, option.key(), option.value());
  return request;
}

void hold_out(DataOptions& data) {
  const bool compares = data.kind != DataKind::cameras && data.kind != DataKind::samples;
  if (!compares || medium_of(data.kind) != Medium::pictures) return;
  const int64_t least = data.dataroot_b.empty() ? kHoldOutFrom : kHoldOutFromTwo;
  if (has_more_than(least - 1, data)) data.held_out = kHeldOut;
}

bool kind_is_open(const TrainSettings& settings) {
  return settings.task == TrainTask::pairs && settings.secondFolder.isEmpty();
}

bool serves(TrainTask task, DataKind kind) {
  return kind == kind_of(task) || (task == TrainTask::pairs && kind == DataKind::paired);
}

DataReportView to_view(const DataReport& report) {
  DataReportView view;
  view.what = sentence(report.what);
  view.byName = report.data.kind == DataKind::paired;
  view.usable = report.usable();
  for (const DataProblem& problem : report.problems) {
    DataProblemView shown;
    shown.error = problem.severity == DataProblem::Severity::error;
    shown.text = sentence(problem.text);
    shown.remedy = sentence(problem.remedy);
    for (const std::filesystem::path& file : problem.files) shown.files.append(from_path(file));
    view.problems.append(shown);
  }
  return view;
}

RunCard to_card(const RunInfo& info) {
  static const std::pair<const char*, const char*> kNames[] = {
      {"pix2pix", "Pix2Pix"}, {"cyclegan", "CycleGAN"}, {"srgan", "SRGAN"},
      {"gan", "GAN"},         {"dcgan", "DCGAN"},       {"cgan", "Conditional GAN"},
      {"wgan-gp", "WGAN-GP"}, {"sngan", "SNGAN"},       {"stylegan2", "StyleGAN2"},
      {"tabular", "CTGAN"},   {"wavegan", "WaveGAN"}};
  RunCard card;
  card.path = QDir::cleanPath(from_path(info.folder.path));
  card.name = QFileInfo(card.path).fileName();
  card.method = words(info.request.method);
  for (const auto& [method, name] : kNames) {
    if (info.request.method == method) card.method = name;
  }
  TrainSettings pictures;
  pictures.folder = from_path(info.request.data.dataroot);
  pictures.secondFolder = from_path(info.request.data.dataroot_b);
  card.pictures = picturesOf(pictures);
  card.step = info.step;
  card.steps = info.steps;
  card.running = info.running;
  card.resumable = info.resumable;
  card.finished = info.finished;
  if (!info.models.empty()) card.model = from_path(info.models.front());
  if (!card.model.isEmpty()) card.modelTime = QFileInfo(card.model).lastModified();
  card.newest = from_path(info.newest);
  if (!card.newest.isEmpty()) card.newestTime = QFileInfo(card.newest).lastModified();
  card.medium = medium_of(info.request.data.kind);
  const bool samples = info.request.data.kind == DataKind::samples;
  card.fromNoise =
      card.medium != Medium::pictures || (samples && info.request.method != kClassifierMethod);
  return card;
}

RunHistory to_view(const History& history, const RunFolder& folder, Medium medium) {
  RunHistory view;
  for (const LossRecord& record : history.losses)
    append(view.losses, record.losses, record.step, medium);
  for (const ValidationRecord& record : history.validations) {
    append(view.metrics, record.metrics, record.step, medium);
    if (record.sample.empty()) continue;
    view.samples.append({record.step, from_path(folder.path / record.sample), record.best});
  }
  for (const AlarmRecord& record : history.alarms) {
    view.alarms.append(
        {record.step, words(record.alarm), sentence(record.text), sentence(record.advice)});
  }
  view.rollbacks =
      static_cast<int>(std::ranges::count(history.events, "rollback", &EventRecord::event));
  if (!history.losses.empty()) {
    const LossRecord& last = history.losses.back();
    view.step = last.step;
    view.epoch = last.epoch;
    view.milliseconds = last.milliseconds;
    view.dataMilliseconds = last.data_milliseconds;
    view.accuracy = lately(history.losses);
  }
  return view;
}

}  // namespace imago::gui
