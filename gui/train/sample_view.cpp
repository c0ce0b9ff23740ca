#include "gui/train/sample_view.h"

#include <QDesktopServices>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QScrollArea>
#include <QSlider>
#include <QStyle>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/session/pyramid.h"
#include "gui/session/session_training.h"
#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {

/// A picture as wide as the place it has, never larger than its pixels three times.
class Sheet : public QWidget {
 public:
  using QWidget::QWidget;

  void setPicture(const QImage& picture) {
    picture_ = Pyramid(picture);
    update();
  }

  QSize sizeFor(int width) const {
    const QSize size = picture_.size();
    if (size.isEmpty()) return {0, 0};
    const int shown = std::min(width, 3 * size.width());
    return {shown, std::max(1, shown * size.height() / size.width())};
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    if (picture_.isNull()) return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    const double scale = width() * devicePixelRatioF() / picture_.size().width();
    painter.drawImage(rect(), picture_.levelFor(scale));
  }

 private:
  Pyramid picture_;
};

/// Tells when its width changes, for the sheet to follow.
class FittingArea : public QScrollArea {
 public:
  FittingArea(std::function<void()> resized, QWidget* parent)
      : QScrollArea(parent), resized_(std::move(resized)) {}

 protected:
  void resizeEvent(QResizeEvent* event) override {
    QScrollArea::resizeEvent(event);
    resized_();
  }

 private:
  std::function<void()> resized_;
};

}  // namespace

SampleView::SampleView(TrainingSession& session, QWidget* parent)
    : QWidget(parent),
      session_(session),
      area_(new FittingArea([this] { fit(); }, this)),
      sheet_(new Sheet),
      nothing_(new QLabel(tr("The first sample appears here soon."), this)),
      when_(new QLabel(this)),
      slider_(new QSlider(Qt::Horizontal, this)),
      listen_(new QToolButton(this)) {
  area_->setObjectName("samples");
  area_->setAccessibleName(tr("Samples"));
  area_->setFrameShape(QFrame::StyledPanel);
  area_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area_->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
  area_->setWidget(sheet_);
  area_->setBackgroundRole(QPalette::Base);
  nothing_->setAlignment(Qt::AlignCenter);
  nothing_->setWordWrap(true);
  nothing_->setContentsMargins(16, 16, 16, 16);
  nothing_->setForegroundRole(QPalette::PlaceholderText);
  auto* overlay = new QVBoxLayout(area_);
  overlay->addWidget(nothing_);
  slider_->setObjectName("sampleSlider");
  slider_->setAccessibleName(tr("Time of the samples"));
  slider_->setToolTip(tr("Earlier and later samples"));
  when_->setObjectName("sampleStep");
  when_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  when_->setMinimumWidth(fontMetrics().horizontalAdvance("Step 1,000,000, best") + 4);
  listen_->setObjectName("listen");
  listen_->setIcon(icon(Glyph::play));
  listen_->setText(tr("Listen"));
  listen_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  listen_->setToolTip(tr("Plays these sounds, one after another, in the system's player"));

  auto* time = new QHBoxLayout;
  time->setSpacing(10);
  time->addWidget(listen_);
  time->addWidget(slider_, 1);
  time->addWidget(when_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(area_, 1);
  column->addLayout(time);

  connect(slider_, &QSlider::valueChanged, this, &SampleView::show);
  connect(listen_, &QToolButton::clicked, this,
          [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(sound_)); });
  connect(&session_, &TrainingSession::sampleLoaded, this, &SampleView::take);
  setSamples({});
}

qint64 SampleView::step() const {
  const int index = slider_->value();
  return index < samples_.size() ? samples_[index].step : -1;
}

void SampleView::setSamples(const QList<RunHistory::Sample>& samples) {
  const bool follow = slider_->value() == slider_->maximum();
  const bool other =
      samples.isEmpty() || samples_.isEmpty() || samples.first().file != samples_.first().file;
  samples_ = samples;
  const int last = std::max(0, static_cast<int>(samples_.size()) - 1);
  const int index = follow || other ? last : std::min(slider_->value(), last);
  const QSignalBlocker quiet(slider_);
  slider_->setRange(0, last);
  slider_->setValue(index);
  slider_->setVisible(samples_.size() > 1);
  show(index);
}

void SampleView::show(int index) {
  if (index >= samples_.size()) {
    wanted_.clear();
    take({});
    when_->clear();
    emit stepChanged(-1);
    return;
  }
  const RunHistory::Sample& sample = samples_[index];
  const QString step = tr("Step %1").arg(QLocale().toString(sample.step));
  when_->setText(sample.best ? tr("%1, best").arg(step) : step);
  if (sample.file == wanted_) return;
  wanted_ = sample.file;
  session_.loadSample(sample.file);
  emit stepChanged(sample.step);
}

void SampleView::take(const SampleSheet& sheet) {
  if (sheet.file != wanted_) return;  // the slider has moved on
  picture_ = sheet.picture;
  sound_ = sheet.sound;
  listen_->setVisible(!sound_.isEmpty());
  static_cast<Sheet*>(sheet_)->setPicture(picture_);
  nothing_->setText(sheet.error.isEmpty() ? tr("The first sample appears here soon.")
                                          : sheet.error);
  nothing_->setVisible(picture_.isNull());
  fit();
}

void SampleView::fit() {
  if (sheet_ == nullptr) return;
  const int bar = area_->verticalScrollBarPolicy() == Qt::ScrollBarAlwaysOff
                      ? 0
                      : area_->style()->pixelMetric(QStyle::PM_ScrollBarExtent);
  // Room for the scroll bar is kept whether it is there or not: else it would come and go.
  sheet_->resize(static_cast<Sheet*>(sheet_)->sizeFor(
      std::max(40, area_->width() - 2 * area_->frameWidth() - bar)));
}

}  // namespace imago::gui
