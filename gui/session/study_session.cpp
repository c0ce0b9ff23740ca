#include "gui/session/study_session.h"

#include <QFileInfo>
#include <algorithm>

#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "models/generate/generate.h"
#include "models/image/folder_walk.h"
#include "models/library/identify.h"
#include "models/measure/study.h"
#include "models/training/report/run_report.h"
#include "models/translate/translator.h"

namespace imago::gui {

namespace {

namespace fs = std::filesystem;

constexpr int kMostSide = 512;  // of what is shown

/// At most so many, evenly spread over their names.
std::vector<fs::path> picturesIn(const QString& folder, int most) {
  std::vector<fs::path> all, chosen;
  FolderWalk().walk(to_path(folder), [&](const fs::path& file, const fs::path&) {
    if (has_image_extension(file)) all.push_back(file);
    return true;
  });
  if (all.empty()) throw Error((folder + ": has no pictures").toStdString());
  const auto count = std::min<int64_t>(most, std::ssize(all));
  for (int64_t i = 0; i < count; ++i)
    chosen.push_back(all[static_cast<size_t>((2 * i + 1) * std::ssize(all) / (2 * count))]);
  return chosen;
}

/// The square in the middle.
QImage square(const QImage& picture) {
  const int side = std::min(picture.width(), picture.height());
  return picture.copy((picture.width() - side) / 2, (picture.height() - side) / 2, side, side);
}

/// All as large as the smallest of them, so that size tells nothing.
void makeAlike(std::vector<QImage>& fakes, std::vector<QImage>& reals) {
  int side = kMostSide;
  for (auto* set : {&fakes, &reals})
    for (QImage& picture : *set) {
      picture = square(picture).convertToFormat(QImage::Format_RGB888);
      side = std::min(side, picture.width());
    }
  for (auto* set : {&fakes, &reals})
    for (QImage& picture : *set)
      picture = picture.scaled(side, side, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

/// "latest" of "latest_net_G.pth".
std::string labelOf(const fs::path& model) {
  const std::string name = model.filename().string();
  return name.substr(0, name.find("_net_"));
}

}  // namespace

StudySession::StudySession(QObject* parent) : QObject(parent) {}
StudySession::~StudySession() { ++preparing_; }

bool StudySession::takesPictures(const QString& model, QString* problem) {
  try {
    return load_generator(to_path(model)).info.latent == 0;
  } catch (const std::exception& error) {
    *problem = reason_for(error, model);
    return false;
  }
}

void StudySession::prepare(const StudyRequest& request) {
  request_ = request;
  study_.reset();
  const int number = ++preparing_;
  worker_.post([=, this] {
    Pictures pictures = gather(request, number);
    QMetaObject::invokeMethod(this, [this, number, pictures = std::move(pictures)] {
      if (number != preparing_) return;
      pictures_ = pictures;
      if (pictures_.problem.isEmpty())
        study_ = std::make_unique<Study>(
            static_cast<int>(pictures_.fakes.size()), static_cast<int>(pictures_.reals.size()),
            request_.seed, StudyPlan{.practice = request_.practice, .trials = request_.trials});
      emit ready(pictures_.problem);
    });
  });
}

StudySession::Pictures StudySession::gather(const StudyRequest& request, int number) {
  Pictures pictures;
  const int most = request.practice + request.trials;
  const auto goesOn = [&](size_t done) {
    emit prepareProgress(static_cast<double>(done) / most);
    return number == preparing_;
  };
  try {
    const std::string device = request.device.toStdString();
    Generator generator = load_generator(to_path(request.model));
    if (generator.info.latent > 0) {
      for (const Image& image :
           make_samples(device, std::move(generator), most, request.seed,
                        [&](int64_t done) { return goesOn(static_cast<size_t>(done)); }))
        pictures.fakes.push_back(to_qimage(image));
    } else {
      const std::vector<fs::path> inputs = picturesIn(request.inputFolder, most);
      Translator translator(std::move(generator), device);
      for (const fs::path& input : inputs) {
        pictures.fakes.push_back(to_qimage(translator.translate(load_image(input), {})));
        if (!goesOn(pictures.fakes.size() * static_cast<size_t>(most) / inputs.size())) return {};
      }
    }
    for (const fs::path& file : picturesIn(request.realFolder, most))
      pictures.reals.push_back(to_qimage(load_image(file)));
    makeAlike(pictures.fakes, pictures.reals);
  } catch (const std::exception& error) {
    pictures.problem = reason_for(error, request.model);
  }
  return pictures;
}

bool StudySession::finished() const { return study_ && study_->finished(); }

StudyTrial StudySession::trial() const {
  const auto index = static_cast<size_t>(study_->next());
  const Study::Trial& shown = study_->trials().at(index);
  const QImage& fake = pictures_.fakes[static_cast<size_t>(shown.fake)];
  const QImage& real = pictures_.reals[static_cast<size_t>(shown.real)];
  StudyTrial trial;
  trial.first = shown.fake_first ? fake : real;
  trial.second = shown.fake_first ? real : fake;
  trial.practice = shown.practice;
  trial.number = study_->next() + 1 - (shown.practice ? 0 : request_.practice);
  trial.of = shown.practice ? request_.practice : request_.trials;
  return trial;
}

bool StudySession::answer(bool firstIsFake) { return study_->answer(firstIsFake); }

StudyResult StudySession::finish() {
  const Estimate share = study_->share();
  StudyResult result;
  result.trials = study_->counted();
  result.fooled = study_->fooled();
  result.share = share.value;
  result.low = share.low;
  result.high = share.high;
  const fs::path model = to_path(request_.model);
  const RunFolder run{model.parent_path()};
  std::error_code ignored;
  if (!fs::is_regular_file(run.options(), ignored)) return result;
  try {
    keep_study(run, {.label = labelOf(model),
                     .trials = result.trials,
                     .fooled = result.fooled,
                     .low = result.low,
                     .high = result.high});
    result.kept = from_path(run.report());
  } catch (const std::exception& error) {
    result.error = reason_for(error);
  }
  return result;
}

}  // namespace imago::gui
