#include "gui/train/latent_panel.h"

#include <QComboBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QRandomGenerator>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>

namespace imago::gui {

namespace {

constexpr int kMostSeed = 999'999;
constexpr int kPlaces = 200;  // of a slider
constexpr int kLeastTruncation = kPlaces / 20;

/// A picture as large as there is room, its pixels as squares where it is enlarged.
class MadePicture : public QWidget {
 public:
  explicit MadePicture(QWidget* parent) : QWidget(parent) {
    setMinimumHeight(64);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  }

  void setPicture(const QImage& picture) {
    picture_ = picture;
    update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    if (picture_.isNull()) return;
    const QSizeF shown = QSizeF(picture_.size()).scaled(size(), Qt::KeepAspectRatio);
    QPainter painter(this);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, shown.width() < picture_.width());
    painter.drawImage(QRectF(QPointF((width() - shown.width()) / 2, 0), shown), picture_);
  }

 private:
  QImage picture_;
};

double share_of(const QSlider* slider) { return slider->value() / double{kPlaces}; }

}  // namespace

LatentPanel::LatentPanel(QWidget* parent)
    : QWidget(parent),
      view_(new MadePicture(this)),
      nothing_(new QLabel(this)),
      words_(new QLabel(this)),
      truncationWords_(new QLabel(tr("Truncation"), this)),
      first_(makeEnd("first", tr("first sample"), 0)),
      second_(makeEnd("second", tr("second sample"), 1)),
      between_(makeSlider("latentBetween", tr("Between the samples"),
                          tr("From the first sample to the second"))),
      betweenLabels_(makeSlider("labelBetween", tr("Between the labels"),
                                tr("From the first label to the second"))),
      truncation_(makeSlider("truncation", tr("Truncation"),
                             tr("How much is kept of the distance from the mean: less makes more "
                                "usual pictures, and fewer kinds of them"))) {
  view_->setObjectName("latentPicture");
  view_->setAccessibleName(tr("What the run makes now"));
  truncation_->setMinimum(kLeastTruncation);
  truncation_->setValue(kPlaces);
  nothing_->setAlignment(Qt::AlignCenter);
  nothing_->setWordWrap(true);
  nothing_->setObjectName("latentNothing");
  for (QLabel* label : {nothing_, words_}) label->setForegroundRole(QPalette::PlaceholderText);
  words_->setObjectName("latentWords");
  words_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  auto* overlay = new QVBoxLayout(view_);
  overlay->addWidget(nothing_);
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(6);
  grid->setVerticalSpacing(4);
  grid->setColumnStretch(2, 1);
  grid->addWidget(first_.seed, 0, 0);
  grid->addWidget(first_.another, 0, 1);
  grid->addWidget(between_, 0, 2);
  grid->addWidget(second_.another, 0, 3);
  grid->addWidget(second_.seed, 0, 4);
  grid->addWidget(first_.label, 1, 0, 1, 2);
  grid->addWidget(betweenLabels_, 1, 2);
  grid->addWidget(second_.label, 1, 3, 1, 2);
  grid->addWidget(truncationWords_, 2, 0, 1, 2);
  grid->addWidget(truncation_, 2, 2);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(view_, 1);
  column->addWidget(words_);
  column->addLayout(grid);
  connect(&session_, &LatentSession::made, this, &LatentPanel::take);
  showControls();
  showWords();
}

LatentPanel::End LatentPanel::makeEnd(const QString& name, const QString& words, int seed) {
  End end{new QSpinBox(this), new QToolButton(this), new QComboBox(this)};
  end.seed->setObjectName(name + "Seed");
  end.seed->setAccessibleName(tr("Seed of the %1").arg(words));
  end.seed->setToolTip(tr("Seed of the %1: 'imago generate' makes it of the same").arg(words));
  end.seed->setRange(0, kMostSeed);
  end.seed->setButtonSymbols(QAbstractSpinBox::NoButtons);
  end.seed->setValue(seed);
  end.another->setObjectName(name + "Another");
  end.another->setText(tr("New"));
  end.another->setAccessibleName(tr("Another %1").arg(words));
  end.another->setToolTip(tr("Another %1, by chance").arg(words));
  end.label->setObjectName(name + "Label");
  end.label->setAccessibleName(tr("Label of the %1").arg(words));
  end.label->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  end.label->setMinimumContentsLength(4);
  connect(end.seed, &QSpinBox::valueChanged, this, &LatentPanel::ask);
  connect(end.another, &QToolButton::clicked, end.seed,
          [box = end.seed] { box->setValue(QRandomGenerator::global()->bounded(kMostSeed)); });
  connect(end.label, &QComboBox::currentIndexChanged, this, &LatentPanel::ask);
  return end;
}

QSlider* LatentPanel::makeSlider(const QString& name, const QString& words, const QString& help) {
  auto* slider = new QSlider(Qt::Horizontal, this);
  slider->setObjectName(name);
  slider->setAccessibleName(words);
  slider->setToolTip(help);
  slider->setRange(0, kPlaces);
  connect(slider, &QSlider::valueChanged, this, &LatentPanel::ask);
  return slider;
}

void LatentPanel::setModel(const QString& file, const QDateTime& written) {
  if (file == model_ && written == written_) return;
  // Another run: nothing that is shown is of it. The same one later is shown until there is more.
  if (QFileInfo(file).path() != QFileInfo(model_).path()) {
    made_ = {};
    static_cast<MadePicture*>(view_)->setPicture({});
    showControls();
  }
  model_ = file;
  written_ = written;
  showWords();
  ask();
}

void LatentPanel::setDevice(const QString& device) {
  if (device == device_) return;
  device_ = device;
  showWords();
  ask();
}

void LatentPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  ask();
}

LatentOrder LatentPanel::wanted() const {
  LatentOrder order{model_, written_, device_};
  order.first = static_cast<quint64>(first_.seed->value());
  order.second = static_cast<quint64>(second_.seed->value());
  order.share = share_of(between_);
  order.firstLabel = std::max(0, first_.label->currentIndex());
  order.secondLabel = std::max(0, second_.label->currentIndex());
  order.labelShare = share_of(betweenLabels_);
  order.truncation = share_of(truncation_);
  return order;
}

/// Only for somebody who looks: the device may be busy with training.
void LatentPanel::ask() {
  if (!isVisible() || model_.isEmpty() || device_.isEmpty()) return;
  const LatentOrder order = wanted();
  if (order == asked_) return;
  asked_ = order;
  session_.make(order);
}

void LatentPanel::take(const LatentPicture& made) {
  if (made.order.model != model_) return;  // of another run, or of weights before
  made_ = made;
  static_cast<MadePicture*>(view_)->setPicture(made_.picture);
  showControls();
  showWords();
}

void LatentPanel::showControls() {
  const bool labelled = !made_.labels.isEmpty();
  for (QComboBox* box : {first_.label, second_.label}) {
    QStringList shown;
    for (int row = 0; row < box->count(); ++row) shown.append(box->itemText(row));
    box->setVisible(labelled);
    if (shown == made_.labels) continue;
    const QSignalBlocker quiet(box);
    box->clear();
    box->addItems(made_.labels);
  }
  betweenLabels_->setVisible(labelled);
  truncation_->setVisible(made_.truncates);
  truncationWords_->setVisible(made_.truncates);
}

void LatentPanel::showWords() {
  nothing_->setText(!made_.error.isEmpty() ? made_.error
                    : model_.isEmpty()     ? tr("No weights were saved yet.")
                    : device_.isEmpty()    ? tr("There is no device to compute on")
                                           : tr("The first picture appears here soon."));
  nothing_->setVisible(made_.picture.isNull());
  const QDateTime written = made_.order.written;
  const bool today = written.date() == QDate::currentDate();
  const QString when = today ? QLocale().toString(written.time(), "HH:mm:ss")
                             : QLocale().toString(written, QLocale::ShortFormat);
  words_->setText(made_.picture.isNull() ? QString() : tr("With the weights of %1").arg(when));
  words_->setToolTip(made_.order.model);
}

}  // namespace imago::gui
