#include "gui/session/playground_session.h"

#include <QElapsedTimer>
#include <algorithm>
#include <cmath>
#include <optional>

#include "gui/session/playground_views.h"
#include "gui/session/session_reason.h"
#include "models/playground/presets.h"

namespace imago::gui {

namespace {

constexpr int kTurnMs = 15;    // learning between two looks, at full speed
constexpr int kNapMs = 4;      // the longest sleep while nothing is due
constexpr int kMostLooks = 2;  // sent and not yet painted
constexpr qint64 kCurvesEveryMs = 250, kRateEveryMs = 500, kCoverageEveryMs = 100;

}  // namespace

struct PlaygroundSession::Work {
  QString device;  // as chosen
  QString opened;  // the device that is open
  std::shared_ptr<imago::Device> gpu;
  std::optional<playground::Run> run;
  std::optional<playground::Recipe> wanted;  // the run that is to be, where it is not there
  playground::Coverage coverage;
  QElapsedTimer sinceTurn, sinceCurves, sinceRate, sinceCoverage;
  double due = 0;  // iterations that the speed asks for
  qint64 atRate = 0;
  double rate = 0;

  imago::Device& open() {
    if (!gpu || opened != device) {
      close();
      gpu = playground::open_device(device.toStdString());
      opened = device;
    }
    return *gpu;
  }

  void close() {
    run.reset();
    gpu.reset();
  }

  /// A device that failed is opened anew for the next run, or to repeat this one.
  void lose() {
    if (run) wanted = run->recipe();
    close();
  }

  void began() {
    due = rate = 0;
    atRate = run->game().progress().iterations;
    sinceRate.start();
    sinceTurn.invalidate();
    sinceCurves.invalidate();
    sinceCoverage.invalidate();
  }

  /// Iterates as the speed asks for, for kTurnMs at most; false: nothing was due.
  bool advance(double speed, const std::function<bool()>& goesOn) {
    const double seconds = sinceTurn.isValid() ? sinceTurn.nsecsElapsed() * 1e-9 : 0;
    sinceTurn.start();
    // What cannot be kept up with is let go.
    due = speed > 0 ? std::min(due + seconds * speed, std::max(1.0, speed * 0.1)) : 1e9;
    const bool any = due >= 1;
    QElapsedTimer clock;
    clock.start();
    while (due >= 1 && clock.elapsed() < kTurnMs && goesOn()) {
      run->iterate();
      due -= 1;
    }
    const qint64 now = run->game().progress().iterations;
    if (sinceRate.elapsed() >= kRateEveryMs) {
      rate = static_cast<double>(now - atRate) / (sinceRate.nsecsElapsed() * 1e-9);
      atRate = now;
      sinceRate.start();
    }
    return any;
  }
};

PlaygroundSession::PlaygroundSession(QObject* parent)
    : QObject(parent), work_(std::make_unique<Work>()) {}

PlaygroundSession::~PlaygroundSession() {
  closing_ = true;
  running_ = false;
}

const QList<PlayPreset>& PlaygroundSession::presets() {
  static const QList<PlayPreset> all = [] {
    QList<PlayPreset> made;
    for (const playground::Preset& preset : playground::presets())
      made.append({QString::fromStdString(preset.name), QString::fromStdString(preset.text),
                   to_view(preset.settings), preset.provokes.has_value(), preset.speed});
    return made;
  }();
  return all;
}

PlaySettings PlaygroundSession::remedied(const QString& trouble, const PlaySettings& settings) {
  using playground::Trouble;
  for (const Trouble each : {Trouble::collapse, Trouble::vanishing_gradient, Trouble::oscillation})
    if (trouble == playground::to_string(each))
      return to_view(playground::remedy(each, to_settings(settings)));
  return settings;
}

/// Does `work`, on the worker; what goes wrong is told, and the run pauses.
template <typename Job>
void PlaygroundSession::attempt(Job&& job, const QString& path) {
  try {
    job();
  } catch (const std::exception& error) {
    running_ = false;
    if (!is_of_device(error)) return emit failed(reason_for(error, path));
    work_->lose();
    emit deviceFailed(reason_for(error));
  }
}

/// Makes the run that is wanted, where it is not there: a new one, one of a file, or one that was
/// lost with its device. False: there is none, or another was asked for meanwhile.
bool PlaygroundSession::hasRun(int number) {
  if (work_->run || !work_->wanted) return work_->run.has_value();
  const auto counts = [&] { return !closing_ && asked_ == number; };
  imago::Device& device = work_->open();
  QElapsedTimer since;
  since.start();
  work_->run.emplace(device, *work_->wanted, [&](double fraction) {
    if (since.elapsed() >= kCurvesEveryMs) {
      since.start();
      emit repeating(fraction);
    }
    return counts();
  });
  if (!counts()) {  // what was asked for since comes next
    work_->run.reset();
    return false;
  }
  work_->wanted.reset();
  work_->began();
  return true;
}

/// Does `play` on the worker, where there is a run, and tells what came of it.
template <typename Play>
void PlaygroundSession::play(Play&& play) {
  worker_.post([=, this, number = asked_.load()] {
    if (closing_) return;
    attempt([&] {
      if (!hasRun(number)) return;
      play(*work_->run);
      tell(true);
    });
  });
}

void PlaygroundSession::setDevice(const QString& device) {
  worker_.post([=, this] { work_->device = device; });
}

void PlaygroundSession::start(const PlaySettings& settings) {
  const int number = ++asked_;
  worker_.post([=, this] {
    if (closing_) return;
    attempt([&] {
      playground::Recipe recipe;
      recipe.settings = to_settings(settings);
      playground::check(recipe.settings);  // else the run that is there stays
      begin(recipe, number);
    });
  });
}

bool PlaygroundSession::begin(const playground::Recipe& recipe, int number) {
  work_->run.reset();
  work_->wanted = recipe;
  if (!hasRun(number)) return false;
  tell(true);
  goOn();
  return true;
}

void PlaygroundSession::change(const PlaySettings& settings) {
  worker_.post([=, this, number = asked_.load()] {
    if (closing_) return;
    attempt([&] {
      const playground::Settings wanted = to_settings(settings);
      try {
        playground::check(wanted);
        if (hasRun(number)) work_->run->change(wanted);
      } catch (const std::exception& error) {
        if (is_of_device(error)) {
          work_->lose();
          if (work_->wanted) work_->wanted->changes.push_back({work_->wanted->end, wanted});
          throw;
        }
        emit failed(reason_for(error));  // and it goes on as it was
      }
      if (work_->run) tell(true);
    });
  });
}

void PlaygroundSession::setRunning(bool running) {
  running_ = running;
  if (running) {
    worker_.post([this, number = asked_.load()] {
      if (closing_) return;
      attempt([&] {
        const bool lost = !work_->run;
        if (hasRun(number) && lost) tell(true);
      });
      work_->sinceTurn.invalidate();
      work_->due = 1;  // the first one at once
      goOn();
    });
  } else {
    worker_.post([this] {
      if (!closing_ && work_->run) attempt([&] { tell(true); });
    });
  }
}

void PlaygroundSession::setSpeed(double stepsPerSecond) { speed_ = stepsPerSecond; }

void PlaygroundSession::pause() { running_ = false; }

void PlaygroundSession::part() {
  pause();
  play([](playground::Run& run) { run.part(); });
}

void PlaygroundSession::step() {
  pause();
  play([](playground::Run& run) { run.iterate(); });
}

void PlaygroundSession::goTo(int moment) {
  pause();
  play([=](playground::Run& run) {
    const auto last = static_cast<int>(run.moments().size()) - 1;
    run.go_to(static_cast<size_t>(std::clamp(moment, 0, last)));
  });
}

void PlaygroundSession::goOn() {
  if (running_ && !turning_.exchange(true)) turn();
}

/// Learns and looks, and asks itself to go on.
void PlaygroundSession::turn() {
  if (closing_ || !running_ || !work_->run) {
    turning_ = false;
    return;
  }
  attempt([&] {
    const bool any = work_->advance(speed_, [this] { return running_.load(); });
    if (any) tell(false);
    if (!any) QThread::msleep(kNapMs);
  });
  worker_.post([this] { turn(); });
}

/// Sends a look; unless `all`, only where the page keeps up with painting.
void PlaygroundSession::tell(bool all) {
  if (!all && unpainted_ >= kMostLooks) return;
  Work& work = *work_;
  const auto expired = [&](QElapsedTimer& timer, qint64 ms) {
    if (!all && timer.isValid() && timer.elapsed() < ms) return false;
    timer.start();
    return true;
  };
  if (expired(work.sinceCoverage, kCoverageEveryMs)) work.coverage = work.run->check().coverage;
  PlayLook look = to_view(std::as_const(work.run->game()));
  look.scene = to_view(work.run->game().look());
  look.covered = work.coverage.covered;
  look.modes = work.coverage.modes;
  look.quality = static_cast<double>(work.coverage.quality);
  for (const playground::Trouble trouble : work.run->troubles())
    look.troubles.append(to_view(trouble));
  for (const playground::Progress& moment : work.run->moments())
    look.moments.append(moment.iterations);
  look.stepsPerSecond = running_ ? work.rate : 0;
  look.running = running_;
  ++unpainted_;
  emit looked(look);
  if (expired(work.sinceCurves, kCurvesEveryMs)) emit curvesMade(to_curves(work.run->checks()));
}

void PlaygroundSession::painted() { unpainted_ = 0; }

void PlaygroundSession::save(const QString& path) {
  worker_.post([=, this] {
    if (!work_->run && !work_->wanted) return;
    QString problem;
    try {
      playground::save_recipe(work_->run ? work_->run->recipe() : *work_->wanted, to_path(path));
    } catch (const std::exception& error) {
      problem = reason_for(error, path);
    }
    emit saved(path, problem);
  });
}

void PlaygroundSession::open(const QString& path) {
  pause();
  const int number = ++asked_;
  worker_.post([=, this] {
    if (closing_ || asked_ != number) return;
    attempt(
        [&] {
          if (begin(playground::load_recipe(to_path(path)), number)) emit opened(path);
        },
        path);
  });
}

}  // namespace imago::gui
