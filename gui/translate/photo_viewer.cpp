#include "gui/translate/photo_viewer.h"

#include <QAction>
#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/session/session.h"
#include "gui/translate/compare_view.h"
#include "gui/translate/photo_model.h"
#include "gui/translate/result_chips.h"
#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {
// Photos looked at last and what became of them, so that going back is instant.
constexpr int kCacheKiB = 768 * 1024;
constexpr int kResultsKiB = 768 * 1024;

qsizetype cost_of(const Pyramid& picture, int most) {
  return std::min<qsizetype>(picture.bytes() / 1024, most);
}
}  // namespace

PhotoViewer::PhotoViewer(Session& session, PhotoModel& photos, QWidget* parent)
    : QWidget(parent),
      session_(session),
      photos_(photos),
      view_(new CompareView(this)),
      chips_(new ResultChips(this)),
      info_(new QLabel(this)),
      percent_(new QLabel(this)),
      loaded_(kCacheKiB),
      results_(kResultsKiB) {
  makeActions();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(makeHeader());
  column->addWidget(chips_);
  column->addWidget(view_, 1);
  connect(view_, &CompareView::zoomChanged, this,
          [this](double zoom) { percent_->setText(tr("%1 %").arg(std::lround(zoom * 100))); });
  connect(chips_, &ResultChips::chosen, this, &PhotoViewer::choose);
  connect(chips_, &ResultChips::compareWith, this, &PhotoViewer::compareWith);
  connect(chips_, &ResultChips::modeChosen, view_, &CompareView::setMode);
  connect(&session_, &Session::pictureLoaded, this, &PhotoViewer::takePicture);
  connect(&photos_, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& index) {
    if (photos_.at(index.row()).id == photo_) showInfo();
  });
}

void PhotoViewer::makeActions() {
  const auto make = [this](Glyph glyph, const QString& text, const QList<QKeySequence>& keys,
                           void (CompareView::*slot)()) {
    auto* action = new QAction(icon(glyph), text, this);
    action->setShortcuts(keys);
    connect(action, &QAction::triggered, view_, slot);
    addAction(action);
    return action;
  };
  zoomIn_ =
      make(Glyph::zoomIn, tr("Zoom &In"), {Qt::Key_Plus, Qt::Key_Equal}, &CompareView::zoomIn);
  zoomOut_ = make(Glyph::zoomOut, tr("Zoom &Out"), {Qt::Key_Minus}, &CompareView::zoomOut);
  fit_ = make(Glyph::fit, tr("&Fit in Window"), {Qt::Key_0}, &CompareView::zoomToFit);
  oneToOne_ = make(Glyph::oneToOne, tr("&Actual Pixels"), {Qt::Key_1}, &CompareView::zoomToPixels);
}

QWidget* PhotoViewer::makeHeader() {
  auto* header = new QWidget(this);
  header->setFixedHeight(kHeaderHeight);
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(4, 0, 0, 0);
  row->setSpacing(2);
  info_->setObjectName("photoInfo");
  info_->setTextFormat(Qt::PlainText);
  // A long name must not hold the window wide.
  info_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  row->addWidget(info_, 1);
  percent_->setObjectName("zoomPercent");
  percent_->setAccessibleName(tr("Zoom"));
  percent_->setAlignment(Qt::AlignCenter);
  percent_->setMinimumWidth(fontMetrics().horizontalAdvance("3200 %") + 8);
  const auto button = [&](QAction* action) {
    auto* tool = new QToolButton(header);
    tool->setDefaultAction(action);
    tool->setAutoRaise(true);
    tool->setAccessibleName(action->iconText());
    row->addWidget(tool);
  };
  button(zoomOut_);
  row->addWidget(percent_);
  button(zoomIn_);
  button(fit_);
  button(oneToOne_);
  return header;
}

void PhotoViewer::show(int id) {
  const bool same = id == photo_;
  photo_ = id;
  const Photo* photo = photos_.find(id);
  if (!same) {
    unreadable_.clear();
    unreadableResult_.reset();
    comparedWith_.reset();
    view_->clear();
  }
  const Translation* compared = photo == nullptr ? nullptr : photo->resultOf(comparedWith_);
  const bool another = compared != nullptr && comparedWith_ != photo->result->details;
  if (!another) comparedWith_.reset();
  fetch(photo == nullptr || !photo->result ? nullptr : &*photo->result, shown_);
  fetch(another ? compared : nullptr, compared_);
  chips_->show(photo, comparedWith_);
  if (photo == nullptr) {
    view_->clear();
    showInfo();
    return;
  }
  showPictures();
  if (loaded_.object(id) == nullptr && asked_ != id) {
    asked_ = id;
    session_.loadPicture(photo->source());
  }
  showInfo();
}

void PhotoViewer::showPictures() {
  const Photo* photo = photos_.find(photo_);
  if (comparedWith_ != nullptr) {
    view_->setLabels(photo->resultOf(comparedWith_)->modelName, photo->result->modelName);
    view_->setPictures(compared_.picture, shown_.picture);
    return;
  }
  const Pyramid* known = loaded_.object(photo_);
  view_->setLabels(tr("Before"), tr("After"));
  // Until its pixels are read a photo is shown by its thumbnail.
  view_->setPictures(known != nullptr ? *known : Pyramid(photo->thumbnail), shown_.picture);
}

void PhotoViewer::fetch(const Translation* translation, Result& place) {
  if (translation == nullptr) {
    place = {};
    return;
  }
  const auto& of = translation->details;
  if (place.of == of && !place.picture.isNull()) return;
  const Result* known = results_.object(of.get());
  place = known != nullptr ? *known : Result{of, translation->picture};
  if (!translation->picture.isNull() && known == nullptr)
    results_.insert(of.get(), new Result(place), cost_of(place.picture, kResultsKiB));
  if (!place.picture.isNull() || of == unreadableResult_) return;
  // One at a time: the session forgets the one before.
  const bool wanted =
      askedResult_ != nullptr && (askedResult_ == shown_.of || askedResult_ == compared_.of);
  if (wanted) return;
  askedResult_ = of;
  session_.loadResult(*translation);
}

Pyramid PhotoViewer::result() const { return shown_.picture; }

void PhotoViewer::choose(const std::shared_ptr<const PictureDetails>& result) {
  photos_.edit(photo_, [&](Photo& photo) {
    if (comparedWith_ == result) comparedWith_ = photo.result->details;  // they change places
    photo.choose(result);
  });
  show(photo_);
  emit resultChosen();
}

void PhotoViewer::compareWith(const std::shared_ptr<const PictureDetails>& result) {
  comparedWith_ = result;
  show(photo_);
}

void PhotoViewer::forget(int photo) {
  loaded_.remove(photo);
  if (const Photo* gone = photos_.find(photo))
    for (const Translation* result : gone->results()) results_.remove(result->details.get());
}

void PhotoViewer::takePicture(const LoadedPicture& loaded) {
  if (loaded.of != nullptr) return takeResult(loaded);
  if (loaded.photo == asked_) asked_ = 0;
  if (!loaded.error.isEmpty()) return;  // the photo's own reading says so at the photo
  if (photos_.find(loaded.photo) == nullptr) return;
  // A picture larger than the whole cache is still shown.
  if (loaded.photo == photo_ && comparedWith_ == nullptr)
    view_->setPictures(loaded.picture, shown_.picture);
  loaded_.insert(loaded.photo, new Pyramid(loaded.picture), cost_of(loaded.picture, kCacheKiB));
}

void PhotoViewer::takeResult(const LoadedPicture& loaded) {
  if (loaded.of == askedResult_) askedResult_.reset();
  const Photo* photo = photos_.find(loaded.photo);
  if (photo == nullptr || loaded.photo != photo_) return;
  const Translation* result = photo->resultOf(loaded.of);
  if (result == nullptr) return;
  if (loaded.error.isEmpty()) {
    results_.insert(loaded.of.get(), new Result{loaded.of, loaded.picture},
                    cost_of(loaded.picture, kResultsKiB));
    // However large they are, those on view stay.
    if (shown_.of == loaded.of) shown_.picture = loaded.picture;
    if (compared_.of == loaded.of) compared_.picture = loaded.picture;
  } else {
    unreadableResult_ = loaded.of;
    unreadable_ = tr("The result cannot be shown. %1: %2")
                      .arg(QDir::toNativeSeparators(result->file), loaded.error);
  }
  show(photo_);
}

void PhotoViewer::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  layout()->activate();  // so that the line knows the room it has
  showInfo();
}

void PhotoViewer::showInfo() {
  const Photo* photo = photos_.find(photo_);
  if (photo == nullptr) {
    info_->clear();
    return;
  }
  const bool failed = photo->state == PhotoState::failed;
  view_->setNotice(failed ? photo->reason : unreadable_);
  QStringList parts = {photo->name};
  const auto size = [](const QSize& of) {
    return QString("%1 × %2").arg(of.width()).arg(of.height());
  };
  if (photo->result) {
    const Translation& result = *photo->result;
    parts.append(photo->size.isEmpty() ? size(result.size)
                                       : size(photo->size) + " → " + size(result.size));
    parts.append(result.modelName);
    parts.append(tr("%1 s").arg(QLocale().toString(result.seconds, 'f', 1)));
    if (photo->saved()) parts.append(QFileInfo(result.file).fileName());
  } else if (!photo->size.isEmpty()) {
    parts.append(sizeText(*photo));
  }
  const QString text = parts.join("  ·  ");
  info_->setText(info_->fontMetrics().elidedText(text, Qt::ElideMiddle, info_->width()));
  info_->setToolTip(photo->result ? text + "\n" + photo->result->deviceName : text);
}

}  // namespace imago::gui
