#include "gui/translate/translate_queue.h"

#include <QFileInfo>
#include <algorithm>
#include <numeric>
#include <utility>

#include "gui/session/session.h"
#include "gui/translate/photo_model.h"

namespace imago::gui {

TranslateQueue::TranslateQueue(Session& session, PhotoModel& photos, QObject* parent)
    : QObject(parent), session_(session), photos_(photos) {
  connect(&session_, &Session::translationProgress, this, &TranslateQueue::takeProgress);
  connect(&session_, &Session::translated, this, &TranslateQueue::takeTranslation);
  connect(&session_, &Session::translationFailed, this, &TranslateQueue::takeFailure);
  connect(&session_, &Session::translationCancelled, this, [this](int photo) {
    ++tally_.cancelled;
    photos_.edit(photo, [](Photo& stopped) {
      if (stopped.film && stopped.progress > 0)
        stopped.note = tr("Stopped; Translate goes on from there");
    });
    finish(photo);
  });
}

void TranslateQueue::takeProgress(const TranslateProgress& now) {
  progress_[now.photo] = now.fraction;
  secondsLeft_ = now.secondsLeft;
  if (!now.note.isEmpty() && slow_.isEmpty()) {
    slow_ = now.note;
    emit slow(now.photo, slow_);
  }
  photos_.edit(now.photo, [&](Photo& photo) {
    photo.state = PhotoState::running;
    photo.progress = now.fraction;
    photo.framesPerSecond = now.framesPerSecond;
  });
  emit changed();
}

void TranslateQueue::takeTranslation(const Translation& translation) {
  ++tally_.translated;
  if (translation.saved()) tally_.files.append(translation.file);
  if (!translation.note.isEmpty())
    tally_.notes.append(QFileInfo(translation.file).fileName() + ": " + translation.note);
  photos_.edit(translation.photo, [&](Photo& photo) {
    photo.take(translation);
    photo.reason.clear();
    photo.note.clear();
  });
  photos_.settle(translation.photo);
  emit translated(translation.photo);
  finish(translation.photo);
}

void TranslateQueue::takeFailure(const TranslateFailure& failure) {
  if (failure.kind == TranslateFailure::Kind::setup) {
    const QList<TranslateRequest> failed = std::exchange(inWork_, {});
    for (const TranslateRequest& request : failed) photos_.settle(request.source.photo);
    progress_.clear();
    cancelAll();
    emit setupFailed(failure.reason);
    return next();
  }
  ++tally_.failed;
  photos_.edit(failure.photo, [&](Photo& photo) { photo.reason = failure.reason; });
  finish(failure.photo);
}

void TranslateQueue::add(const QList<TranslateRequest>& requests) {
  for (const TranslateRequest& request : requests) {
    const Photo* photo = photos_.find(request.source.photo);
    if (photo == nullptr || photo->state == PhotoState::waiting ||
        photo->state == PhotoState::running) {
      continue;
    }
    waiting_.push_back(request);
    ++total_;
    photos_.edit(photo->id, [](Photo& edited) { edited.state = PhotoState::waiting; });
  }
  if (!isRunning()) next();
  emit changed();
}

/// One photo whose result stays in memory, or all that follow one another and can be written as one
/// batch.
void TranslateQueue::next() {
  if (waiting_.empty()) {
    total_ = finished_ = 0;
    setPaused(false);
    slow_.clear();
    emit changed();
    emit idle(std::exchange(tally_, {}));
    return;
  }
  const TranslateRequest first = waiting_.front();
  do {
    inWork_.append(waiting_.front());
    waiting_.pop_front();
  } while (!first.output.isEmpty() && !waiting_.empty() && !waiting_.front().output.isEmpty() &&
           waiting_.front().settings == first.settings &&
           waiting_.front().quality == first.quality && waiting_.front().film == first.film);
  if (finished_ == 0) {
    elapsedMs_ = 0;
    clock_.start();
  }
  takeProgress({first.source.photo});
  if (first.output.isEmpty()) {
    session_.translate(first);
  } else {
    session_.translateFiles(inWork_);
  }
}

void TranslateQueue::finish(int photo) {
  photos_.settle(photo);
  progress_.remove(photo);
  inWork_.removeIf([&](const TranslateRequest& request) { return request.source.photo == photo; });
  ++finished_;
  if (inWork_.isEmpty()) {
    next();
  } else {
    emit changed();
  }
}

void TranslateQueue::cancelAll() {
  const std::deque<TranslateRequest> dropped = std::exchange(waiting_, {});
  total_ -= static_cast<int>(dropped.size());
  for (const TranslateRequest& request : dropped) photos_.settle(request.source.photo);
  if (isRunning()) session_.cancel();
  setPaused(false);
  emit changed();
}

void TranslateQueue::setPaused(bool paused) {
  if (paused == paused_ || (paused && !isRunning())) return;
  paused_ = paused;
  if (paused) elapsedMs_ += clock_.elapsed();
  clock_.start();
  session_.pause(paused);
  emit changed();
}

void TranslateQueue::forget(int photo) {
  const auto is_it = [&](const TranslateRequest& request) { return request.source.photo == photo; };
  const auto working = std::ranges::find_if(inWork_, is_it);
  if (working != inWork_.end()) {
    working->output.isEmpty() ? session_.cancel() : session_.cancelFile(photo);
  }
  total_ -= static_cast<int>(std::erase_if(waiting_, is_it));
  emit changed();
}

double TranslateQueue::fraction() const {
  const double working = std::accumulate(progress_.begin(), progress_.end(), 0.0);
  return total_ == 0 ? 0 : (finished_ + working) / total_;
}

double TranslateQueue::secondsLeft() const {
  if (paused_) return -1;
  if (total_ <= 1 && secondsLeft_ >= 0) return secondsLeft_;
  const double done = fraction();
  // Too early a guess is worse than none.
  return done < 0.02 ? -1 : (elapsedMs_ + clock_.elapsed()) / 1000.0 * (1 - done) / done;
}

QList<TranslateRequest> TranslateQueue::unfinished() const {
  QList<TranslateRequest> requests = inWork_;
  requests.append({waiting_.begin(), waiting_.end()});
  return requests;
}

int TranslateQueue::filmsLeft() const {
  static const QStringList kBegunAnew = {"gif", "apng", "webp"};
  const QList<TranslateRequest> all = unfinished();
  return static_cast<int>(std::ranges::count_if(all, [](const TranslateRequest& request) {
    return request.film && !kBegunAnew.contains(QFileInfo(request.output).suffix().toLower());
  }));
}

QSet<QString> TranslateQueue::outputs() const {
  QSet<QString> files;
  for (const TranslateRequest& request : unfinished()) files.insert(request.output);
  files.remove({});
  return files;
}

}  // namespace imago::gui
