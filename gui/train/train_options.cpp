#include "gui/train/train_options.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <limits>

#include "gui/session/option_views.h"
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

/// With the range and the help of the option's declaration.
QSpinBox* spin(const QString& name, const QString& option, QWidget* parent) {
  const OptionView view = trainOption(option);
  constexpr double kMost = std::numeric_limits<int>::max();
  auto* box = new QSpinBox(parent);
  box->setObjectName(name);
  box->setRange(static_cast<int>(std::clamp(view.least, -kMost, kMost)),
                static_cast<int>(std::min(view.most, kMost)));
  box->setToolTip(view.help);
  return box;
}

/// What stands in the widget of one of moreTrainOptions, as it would be typed.
QString textIn(const QWidget* widget) {
  if (const auto* box = qobject_cast<const QSpinBox*>(widget)) return QString::number(box->value());
  if (const auto* box = qobject_cast<const QComboBox*>(widget)) return box->currentText();
  return qobject_cast<const QLineEdit*>(widget)->text().trimmed();
}

void setTextIn(QWidget* widget, const QString& text) {
  if (auto* box = qobject_cast<QSpinBox*>(widget)) box->setValue(text.toInt());
  if (auto* box = qobject_cast<QComboBox*>(widget)) box->setCurrentText(text);
  if (auto* line = qobject_cast<QLineEdit*>(widget)) line->setText(text);
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
  for (QComboBox* combo : {side_, width_, scale_, direction_, ganMode_, precision_}) {
    connect(combo, &QComboBox::currentIndexChanged, this, &TrainOptions::changed);
  }
  for (QSpinBox* box : {epochs_, decay_})
    connect(box, &QSpinBox::valueChanged, this, &TrainOptions::epochsChosen);
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
  width_->setToolTip(trainOption("ngf").help);
  scale_ = combo("scale");
  for (const int scale : {2, 4, 8}) scale_->addItem(tr("%1 × as large").arg(scale), scale);
  direction_ = combo("direction");
  const auto words = [&](const QString& name, const QString& option) {
    QComboBox* box = combo(name);
    const OptionView view = trainOption(option);
    for (const QString& word : view.words) box->addItem(word, word);
    box->setToolTip(view.help);
    return box;
  };
  ganMode_ = words("ganMode", "gan-mode");
  precision_ = words("precision", "precision");
  batch_ = spin("batch", "batch-size", fields_);
  epochs_ = spin("epochs", "n-epochs", fields_);
  decay_ = spin("epochsDecay", "n-epochs-decay", fields_);
  seed_ = spin("trainSeed", "seed", fields_);
  rate_ = new QDoubleSpinBox(fields_);
  rate_->setObjectName("learningRate");
  rate_->setDecimals(6);
  const OptionView rate = trainOption("lr");
  rate_->setRange(std::max(rate.least, 1e-6), std::min(rate.most, 1.0));  // six decimals
  rate_->setToolTip(rate.help);
  rate_->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
  const auto check = [this](const QString& name, const QString& option) {
    const OptionView view = trainOption(option);
    auto* box = new QCheckBox(view.label, fields_);
    box->setObjectName(name);
    box->setToolTip(view.help);
    return box;
  };
  flip_ = check("flip", "no-flip");
  flip_->setToolTip({});  // its label says the opposite of the option
  augment_ = check("augment", "augment");
  varyColours_ = check("varyColours", "color-jitter");
  spectralNorm_ = check("spectralNorm", "spectral-norm");
  checkpointing_ = check("recompute", "gradient-checkpointing");
}

void TrainOptions::makeLayout() {
  auto* grid = new QGridLayout(fields_);
  layout_ = grid;
  grid->setContentsMargins(22, 4, 0, 0);
  grid->setHorizontalSpacing(10);
  grid->setVerticalSpacing(6);
  const auto add = [&](int row, int pair, const QString& option, QWidget* field) {
    const QString text = trainOption(option).label;
    auto* label = new QLabel(text, fields_);
    label->setBuddy(field);
    field->setAccessibleName(QString(text).remove('&'));
    grid->addWidget(label, row, 3 * pair);
    grid->addWidget(field, row, 3 * pair + 1);
    all_.append({option, field, label});
  };
  const auto addBox = [&](int row, int column, const QString& option, QWidget* box) {
    grid->addWidget(box, row, column, 1, 2);
    all_.append({option, box, nullptr});
  };
  add(0, 0, "crop-size", side_);
  add(1, 0, "ngf", width_);
  add(2, 0, "batch-size", batch_);
  add(3, 0, "scale", scale_);
  add(3, 0, "direction", direction_);  // no task has both
  add(0, 1, "n-epochs", epochs_);
  add(1, 1, "n-epochs-decay", decay_);
  add(2, 1, "lr", rate_);
  add(3, 1, "gan-mode", ganMode_);
  add(4, 1, "seed", seed_);
  addBox(5, 0, "no-flip", flip_);
  addBox(6, 0, "augment", augment_);
  addBox(7, 0, "color-jitter", varyColours_);
  addBox(5, 3, "spectral-norm", spectralNorm_);
  addBox(6, 3, "gradient-checkpointing", checkpointing_);
  add(7, 1, "precision", precision_);
  grid->setColumnMinimumWidth(2, 14);
  grid->setColumnStretch(1, 1);
  grid->setColumnStretch(4, 1);
  moreBox_ = new QWidget(fields_);
  grid->addWidget(moreBox_, 8, 0, 1, 5);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addWidget(fold_, 0, Qt::AlignLeft);
  column->addWidget(fields_);
}

void TrainOptions::makeMore(const QString& method) {
  if (method == method_) return;
  method_ = method;
  more_.clear();
  auto* box = new QWidget(fields_);
  auto* form = new QFormLayout(box);
  form->setContentsMargins(0, 0, 0, 0);
  form->setVerticalSpacing(6);
  for (const OptionView& option : moreTrainOptions(method)) {
    QWidget* widget = nullptr;
    if (!option.words.isEmpty()) {
      auto* combo = new QComboBox(box);
      combo->addItems(option.words);
      connect(combo, &QComboBox::currentIndexChanged, this, &TrainOptions::changed);
      widget = combo;
    } else if (option.number) {
      auto* number = spin({}, option.name, box);
      connect(number, &QSpinBox::valueChanged, this, &TrainOptions::changed);
      widget = number;
    } else {
      auto* line = new QLineEdit(box);
      connect(line, &QLineEdit::editingFinished, this, [this, line] {
        if (!line->isModified()) return;
        line->setModified(false);
        emit changed();
      });
      widget = line;
    }
    widget->setObjectName("option_" + option.name);
    widget->setToolTip(option.help);
    widget->setAccessibleName(QString(option.label).remove('&'));
    form->addRow(option.label, widget);
    more_.append({option, widget});
  }
  delete layout_->replaceWidget(moreBox_, box);
  delete moreBox_;
  moreBox_ = box;
}

/// Precondition: makeMore() was, of the task's method.
void TrainOptions::showMore(const TrainSettings& settings) {
  for (const MoreField& field : more_)
    setTextIn(field.widget, settings.more.value(field.option.name, field.option.value));
}

void TrainOptions::showFieldsOf(const TrainSettings& settings) {
  for (const Field& field : all_) {
    const bool has = hasTrainOption(method_, field.option) &&
                     (field.option != "direction" || hasDirection(settings.task));
    field.widget->setVisible(has);
    if (field.label != nullptr) field.label->setVisible(has);
  }
  moreBox_->setVisible(!more_.isEmpty());
}

void TrainOptions::setSettings(const TrainSettings& settings) {
  const QSignalBlocker quiet(this);
  side_->clear();
  for (const int side : cropSizesOf(settings.task, settings.startFrom)) {
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
  const bool anew = settings.startFrom.path.isEmpty();
  width_->setEnabled(anew);
  scale_->setEnabled(anew);
  width_->setToolTip(anew ? trainOption("ngf").help
                          : tr("The model that it starts from decides this"));
  checkpointing_->setChecked(settings.gradientCheckpointing);
  precision_->setCurrentText(settings.precision);
  makeMore(methodOf(settings.task));
  showMore(settings);
  showFieldsOf(settings);
}

void TrainOptions::showEpochs(const TrainSettings& settings) {
  const QSignalBlocker quiet(this);
  epochs_->setValue(settings.epochs);
  decay_->setValue(settings.epochsDecay);
}

TrainSettings TrainOptions::apply(TrainSettings base) const {
  if (mediumOf(base.task) == Medium::pictures) setCropSize(base, side_->currentData().toInt());
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
  base.precision = precision_->currentText();
  base.more.clear();
  for (const MoreField& field : more_) {
    const QString text = textIn(field.widget);
    if (text != field.option.value) base.more.insert(field.option.name, text);
  }
  return base;
}

}  // namespace imago::gui
