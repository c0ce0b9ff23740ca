#include "gui/translate/translate_queue.h"

#include <utility>

#include "gui/session/session.h"
#include "gui/translate/photo_model.h"

namespace imago::gui {

TranslateQueue::TranslateQueue(Session& session, PhotoModel& photos, QObject* parent)
    : QObject(parent), session_(session), photos_(photos) {
  connect(&session_, &Session::translationProgress, this, [this](const TranslateProgress& now) {
    progress_ = now;
    photos_.edit(now.photo, [&](Photo& photo) { photo.progress = now.fraction; });
    emit changed();
  });
  connect(&session_, &Session::translated, this, [this](const Translation& translation) {
    photos_.edit(translation.photo, [&](Photo& photo) {
      photo.result = translation;
      photo.saved = false;
      photo.reason.clear();
    });
    finishCurrent();
    emit translated(translation.photo);
    next();
  });
  connect(&session_, &Session::translationFailed, this, [this](const TranslateFailure& failure) {
    if (failure.kind == TranslateFailure::Kind::setup) {
      finishCurrent();
      cancelAll();
      emit setupFailed(failure.reason);
    } else {
      photos_.edit(failure.photo, [&](Photo& photo) { photo.reason = failure.reason; });
      finishCurrent();
    }
    next();
  });
  connect(&session_, &Session::translationCancelled, this, [this] {
    finishCurrent();
    next();
  });
}

void TranslateQueue::add(const QList<int>& photos, const TranslateSettings& settings) {
  for (const int id : photos) {
    const Photo* photo = photos_.find(id);
    if (photo == nullptr || photo->state == PhotoState::waiting ||
        photo->state == PhotoState::running) {
      continue;
    }
    waiting_.push_back({photo->source(), settings});
    ++total_;
    photos_.edit(id, [](Photo& edited) { edited.state = PhotoState::waiting; });
  }
  if (!isRunning()) next();
  emit changed();
}

void TranslateQueue::next() {
  if (waiting_.empty()) {
    total_ = finished_ = 0;
    emit changed();
    emit idle();
    return;
  }
  const TranslateRequest request = waiting_.front();
  waiting_.pop_front();
  current_ = request.source.photo;
  progress_ = {current_};
  if (finished_ == 0) clock_.start();
  photos_.edit(current_, [](Photo& photo) {
    photo.state = PhotoState::running;
    photo.progress = 0;
  });
  session_.translate(request);
  emit changed();
}

void TranslateQueue::finishCurrent() {
  photos_.settle(current_);
  current_ = 0;
  progress_ = {};
  ++finished_;
}

void TranslateQueue::cancelAll() {
  const std::deque<TranslateRequest> dropped = std::exchange(waiting_, {});
  total_ -= static_cast<int>(dropped.size());
  for (const TranslateRequest& request : dropped) photos_.settle(request.source.photo);
  if (isRunning()) session_.cancel();
  emit changed();
}

void TranslateQueue::forget(int photo) {
  if (photo == current_) session_.cancel();
  const auto removed = std::erase_if(
      waiting_, [&](const TranslateRequest& request) { return request.source.photo == photo; });
  total_ -= static_cast<int>(removed);
  emit changed();
}

double TranslateQueue::fraction() const {
  return total_ == 0 ? 0 : (finished_ + progress_.fraction) / total_;
}

double TranslateQueue::secondsLeft() const {
  if (total_ <= 1) return progress_.secondsLeft;
  const double done = fraction();
  // Too early a guess is worse than none.
  return done < 0.02 ? -1 : clock_.elapsed() / 1000.0 * (1 - done) / done;
}

}  // namespace imago::gui
