#include "gui/session/train_time.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "gui/session/train_presets.h"
#include "gui/session/words.h"

namespace imago::gui {

namespace {

constexpr double kMsPerMinute = 60'000;
// What of the time steps may take; the rest is for setting up, validation and saving.
constexpr double kShareOfSteps = 0.85;
constexpr double kFirstSampleMs = 8'000;
constexpr double kSaveEveryMs = 60'000;
constexpr int kMostValidations = 20, kMostPoints = 2'000;
constexpr double kPixelShare = 0.2;  // of an upscaler's epochs, as in the quick preset
constexpr qint64 kMostSteps = 1'000'000'000;

QString timeText(const char* source) { return QCoreApplication::translate("TrainTime", source); }

/// How many steps of this length fill a time; at least one.
int stepsIn(double milliseconds, const StepTimeView& time) {
  return static_cast<int>(
      std::clamp<qint64>(std::llround(milliseconds / time.milliseconds), 1, kMostSteps));
}

qint64 stepsOf(const TrainSettings& settings, const StepTimeView& time) {
  const qint64 all = time.stepsPerEpoch * (settings.epochs + settings.epochsDecay);
  return settings.maxSteps > 0 ? std::min(all, settings.maxSteps) : all;
}

}  // namespace

TrainSettings paced(const TrainSettings& settings, const StepTimeView& time) {
  TrainSettings made = settings;
  if (time.milliseconds <= 0 || time.stepsPerEpoch <= 0) return made;
  made.validateSteps = stepsIn(kFirstSampleMs, time);
  if (made.minutes == 0) return made;
  made.maxSteps = stepsIn(kShareOfSteps * made.minutes * kMsPerMinute, time);
  const int epochs =
      static_cast<int>((made.maxSteps + time.stepsPerEpoch - 1) / time.stepsPerEpoch);
  made.epochsDecay = epochs / 2;
  made.epochs = epochs - made.epochsDecay;
  if (made.pixelEpochs > 0) made.pixelEpochs = std::max<int>(1, std::lround(kPixelShare * epochs));
  made.validateEpochs = std::max(1, epochs / kMostValidations);
  made.saveSteps = std::min(made.saveSteps, stepsIn(kSaveEveryMs, time));
  made.printSteps = std::max<int>(made.printSteps, made.maxSteps / kMostPoints);
  return made;
}

QString paceWords(const TrainSettings& settings, const StepTimeView& time) {
  if (!time.error.isEmpty()) return time.error;
  const QLocale locale;
  const TrainSettings made = paced(settings, time);
  const qint64 steps = stepsOf(made, time);
  const double rounds = static_cast<double>(steps) / static_cast<double>(time.stepsPerEpoch);
  QString first = timeText("About %1 steps").arg(locale.toString(steps));
  if (settings.minutes == 0) {
    const double seconds = static_cast<double>(steps) * time.milliseconds / 1000 / kShareOfSteps;
    first = timeText("%1 steps, %2").arg(locale.toString(steps), aboutSoLong(seconds));
  }
  const Medium medium = mediumOf(settings.task);
  const QString all = medium == Medium::table    ? timeText("the table")
                      : medium == Medium::sounds ? timeText("the sounds")
                                                 : timeText("the pictures");
  return timeText("%1, %2 times through %3. A step takes %4 here.")
      .arg(first, locale.toString(rounds, 'f', rounds < 10 ? 1 : 0), all,
           duration(time.milliseconds));
}

bool haveSameStep(const TrainSettings& a, const TrainSettings& b) {
  const auto bare = [](TrainSettings settings) {
    const TrainSettings none;
    settings.name = none.name;
    settings.keptIn = none.keptIn;
    settings.minutes = none.minutes;
    settings.maxSteps = none.maxSteps;
    settings.epochs = none.epochs;
    settings.epochsDecay = none.epochsDecay;
    settings.pixelEpochs = none.pixelEpochs;
    settings.learningRate = none.learningRate;
    settings.seed = none.seed;
    settings.printSteps = none.printSteps;
    settings.saveSteps = none.saveSteps;
    settings.validateEpochs = none.validateEpochs;
    settings.validateSteps = none.validateSteps;
    return settings;
  };
  return bare(a) == bare(b);
}

}  // namespace imago::gui
