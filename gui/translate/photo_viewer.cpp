#include "gui/translate/photo_viewer.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "gui/session/session.h"
#include "gui/translate/compare_view.h"
#include "gui/translate/photo_model.h"
#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {
constexpr int kCacheKiB = 768 * 1024;  // photos looked at last, so that going back is instant
}

PhotoViewer::PhotoViewer(Session& session, PhotoModel& photos, QWidget* parent)
    : QWidget(parent),
      session_(session),
      photos_(photos),
      view_(new CompareView(this)),
      info_(new QLabel(this)),
      percent_(new QLabel(this)),
      loaded_(kCacheKiB) {
  makeActions();
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(makeHeader());
  column->addWidget(view_, 1);
  connect(view_, &CompareView::zoomChanged, this,
          [this](double zoom) { percent_->setText(tr("%1 %").arg(std::lround(zoom * 100))); });
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
  if (photo == nullptr) {
    view_->clear();
    showInfo();
    return;
  }
  if (!same) view_->clear();
  const Pyramid* known = loaded_.object(id);
  // Until its pixels are read a photo is shown by its thumbnail.
  view_->setPictures(known != nullptr ? *known : Pyramid(photo->thumbnail),
                     photo->result ? photo->result->picture : Pyramid());
  if (known == nullptr && asked_ != id) {
    asked_ = id;
    session_.loadPicture(photo->source());
  }
  showInfo();
}

void PhotoViewer::forget(int photo) { loaded_.remove(photo); }

void PhotoViewer::takePicture(const LoadedPicture& loaded) {
  if (loaded.photo == asked_) asked_ = 0;
  if (!loaded.error.isEmpty()) return;  // the photo's own reading says so at the photo
  if (photos_.find(loaded.photo) == nullptr) return;
  const auto cost = static_cast<qsizetype>(loaded.picture.bytes() / 1024);
  // A picture larger than the whole cache is still shown.
  if (loaded.photo == photo_) {
    const Photo* photo = photos_.find(photo_);
    view_->setPictures(loaded.picture, photo->result ? photo->result->picture : Pyramid());
  }
  loaded_.insert(loaded.photo, new Pyramid(loaded.picture), std::min<qsizetype>(cost, kCacheKiB));
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
  view_->setNotice(failed ? photo->reason : QString());
  QStringList parts = {photo->name};
  const auto size = [](const QSize& of) {
    return QString("%1 × %2").arg(of.width()).arg(of.height());
  };
  if (photo->result) {
    const Translation& result = *photo->result;
    parts.append(photo->size.isEmpty() ? size(result.picture.size())
                                       : size(photo->size) + " → " + size(result.picture.size()));
    parts.append(result.modelName);
    parts.append(tr("%1 s").arg(QLocale().toString(result.seconds, 'f', 1)));
  } else if (!photo->size.isEmpty()) {
    parts.append(size(photo->size));
  }
  const QString text = parts.join("  ·  ");
  info_->setText(info_->fontMetrics().elidedText(text, Qt::ElideMiddle, info_->width()));
  info_->setToolTip(photo->result ? text + "\n" + photo->result->deviceName : text);
}

}  // namespace imago::gui
