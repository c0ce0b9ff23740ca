#include "gui/train/train_options.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <limits>

#include "gui/session/train_presets.h"

namespace imago::gui {

namespace {

void choose(QComboBox& combo, int value) {
  int row = combo.findData(value);
  if (row < 0) {
    combo.addItem(QString::number(value), value);
    row = combo.count() - 1;
  }
  combo.setCurrentIndex(row);
}

QSpinBox* spin(const QString& name, int least, int most, QWidget* parent) {
  auto* box = new QSpinBox(parent);
  box->setObjectName(name);
  box->setRange(least, most);
  return box;
}

}  // namespace

TrainOptions::TrainOptions(QWidget* parent)
    : QWidget(parent), fold_(new QToolButton(this)), fields_(new QWidget(this)) {
  fold_->setObjectName("advanced");
  fold_->setText(tr("Advanced Options"));
  fold_->setAutoRaise(true);
  fold_->setArrowType(Qt::RightArrow);
  fold_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  fields_->hide();
  makeFields();
  makeLayout();
  connect(fold_, &QToolButton::clicked, this, [this] {
    const bool open = fields_->isHidden();
    fold_->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
    fields_->setVisible(open);
  });
  for (QComboBox* combo : {side_, width_, scale_, direction_, ganMode_}) {
    connect(combo, &QComboBox::currentIndexChanged, this, &TrainOptions::changed);
  }
  for (QSpinBox* box : {batch_, epochs_, decay_, seed_}) {
    connect(box, &QSpinBox::valueChanged, this, &TrainOptions::changed);
  }
  connect(rate_, &QDoubleSpinBox::valueChanged, this, &TrainOptions::changed);
  for (QCheckBox* box : {flip_, augment_, varyColours_, spectralNorm_, checkpointing_}) {
    connect(box, &QCheckBox::toggled, this, &TrainOptions::changed);
  }
}

void TrainOptions::makeFields() {
  const auto combo = [this](const QString& name) {
    auto* box = new QComboBox(fields_);
    box->setObjectName(name);
    return box;
  };
  side_ = combo("cropSize");
  width_ = combo("features");
  for (const int features : {8, 16, 32, 64, 96, 128}) {
    width_->addItem(QString::number(features), features);
  }
  width_->setToolTip(tr("Features of the networks' first layers; 64 is the papers'"));
  scale_ = combo("scale");
  for (const int scale : {2, 4, 8}) scale_->addItem(tr("%1 × as large").arg(scale), scale);
  direction_ = combo("direction");
  ganMode_ = combo("ganMode");
  for (const char* mode : {"vanilla", "lsgan", "hinge", "wgangp"}) ganMode_->addItem(mode, mode);
  ganMode_->setToolTip(tr("How generator and discriminator play against each other"));
  batch_ = spin("batch", 1, 256, fields_);
  batch_->setToolTip(tr("Pictures in a step; more take more memory"));
  epochs_ = spin("epochs", 0, 100000, fields_);
  epochs_->setToolTip(tr("How many times all pictures are seen with the full learning rate"));
  decay_ = spin("epochsDecay", 0, 100000, fields_);
  decay_->setToolTip(tr("How many times more while the learning rate falls to zero"));
  seed_ = spin("trainSeed", 0, std::numeric_limits<int>::max(), fields_);
  seed_->setToolTip(tr("The same seed gives the same networks again"));
  rate_ = new QDoubleSpinBox(fields_);
  rate_->setObjectName("learningRate");
  rate_->setDecimals(6);
  rate_->setRange(1e-6, 1);
  rate_->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
  const auto check = [this](const QString& name, const QString& text, const QString& tip) {
    auto* box = new QCheckBox(text, fields_);
    box->setObjectName(name);
    box->setToolTip(tip);
    return box;
  };
  flip_ = check("flip", tr("Mirror half of the pictures"), {});
  augment_ = check("augment", tr("Turn and shift by chance"), tr("Helps where pictures are few"));
  varyColours_ =
      check("varyColours", tr("Vary colours by chance"), tr("Helps where pictures are few"));
  spectralNorm_ = check("spectralNorm", tr("Spectral norm"),
                        tr("Holds the discriminator back where it wins outright"));
  checkpointing_ = check("recompute", tr("Save memory, a little slower"),
                         tr("Computes some values twice instead of keeping them; the result is the "
                            "same bit for bit"));
}

void TrainOptions::makeLayout() {
  auto* grid = new QGridLayout(fields_);
  grid->setContentsMargins(22, 4, 0, 0);
  grid->setHorizontalSpacing(10);
  grid->setVerticalSpacing(6);
  const auto add = [&](int row, int pair, const QString& text, QWidget* field) {
    auto* label = new QLabel(text, fields_);
    label->setBuddy(field);
    field->setAccessibleName(QString(text).remove('&'));
    grid->addWidget(label, row, 3 * pair);
    grid->addWidget(field, row, 3 * pair + 1);
    return label;
  };
  add(0, 0, tr("Picture &side"), side_);
  add(1, 0, tr("Network &width"), width_);
  add(2, 0, tr("&Batch"), batch_);
  scaleLabel_ = add(3, 0, tr("S&cale"), scale_);
  directionLabel_ = add(3, 0, tr("Dir&ection"), direction_);  // no task has both
  add(0, 1, tr("E&pochs"), epochs_);
  add(1, 1, tr("…and while &falling"), decay_);
  add(2, 1, tr("Learning &rate"), rate_);
  add(3, 1, tr("Adversarial loss"), ganMode_);
  add(4, 1, tr("Seed"), seed_);
  grid->addWidget(flip_, 5, 0, 1, 2);
  grid->addWidget(augment_, 6, 0, 1, 2);
  grid->addWidget(varyColours_, 7, 0, 1, 2);
  grid->addWidget(spectralNorm_, 5, 3, 1, 2);
  grid->addWidget(checkpointing_, 6, 3, 1, 2);
  grid->setColumnMinimumWidth(2, 14);
  grid->setColumnStretch(1, 1);
  grid->setColumnStretch(4, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addWidget(fold_, 0, Qt::AlignLeft);
  column->addWidget(fields_);
}

void TrainOptions::setSettings(const TrainSettings& settings) {
  const QSignalBlocker quiet(this);
  side_->clear();
  for (const int side : cropSizesOf(settings.task)) {
    side_->addItem(tr("%1 pixels").arg(side), side);
  }
  choose(*side_, settings.cropSize);
  choose(*width_, settings.features);
  choose(*scale_, settings.scale);
  const bool cameras = settings.task == TrainTask::dayNight;
  direction_->clear();
  direction_->addItem(cameras ? tr("From day to night") : tr("From A to B"), 0);
  direction_->addItem(cameras ? tr("From night to day") : tr("From B to A"), 1);
  choose(*direction_, settings.backwards ? 1 : 0);
  ganMode_->setCurrentText(settings.ganMode);
  batch_->setValue(settings.batch);
  epochs_->setValue(settings.epochs);
  decay_->setValue(settings.epochsDecay);
  seed_->setValue(static_cast<int>(settings.seed));
  rate_->setValue(settings.learningRate);
  flip_->setChecked(settings.flip);
  augment_->setChecked(settings.augment);
  varyColours_->setChecked(settings.varyColours);
  spectralNorm_->setChecked(settings.spectralNorm);
  checkpointing_->setChecked(settings.gradientCheckpointing);
  for (QWidget* widget : {static_cast<QWidget*>(scale_), static_cast<QWidget*>(scaleLabel_)}) {
    widget->setVisible(settings.task == TrainTask::upscale);
  }
  for (QWidget* widget :
       {static_cast<QWidget*>(direction_), static_cast<QWidget*>(directionLabel_)}) {
    widget->setVisible(hasDirection(settings.task));
  }
}

TrainSettings TrainOptions::apply(TrainSettings base) const {
  setCropSize(base, side_->currentData().toInt());
  base.features = width_->currentData().toInt();
  base.scale = scale_->currentData().toInt();
  base.backwards = hasDirection(base.task) && direction_->currentData().toInt() == 1;
  base.batch = batch_->value();
  base.epochs = epochs_->value();
  base.epochsDecay = decay_->value();
  base.seed = static_cast<quint64>(seed_->value());
  base.learningRate = rate_->value();
  base.ganMode = ganMode_->currentText();
  base.flip = flip_->isChecked();
  base.augment = augment_->isChecked();
  base.varyColours = varyColours_->isChecked();
  base.spectralNorm = spectralNorm_->isChecked();
  base.gradientCheckpointing = checkpointing_->isChecked();
  return base;
}

}  // namespace imago::gui
