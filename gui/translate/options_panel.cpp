#include "gui/translate/options_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QSettings>
#include <QSpinBox>
#include <algorithm>
#include <limits>
#include <utility>

#include "gui/session/option_views.h"
#include "gui/widgets/device_combo.h"

namespace imago::gui {

namespace {
constexpr char kDeviceKey[] = "translate/device";
constexpr char kSizeKey[] = "translate/size", kWidthKey[] = "translate/width";
constexpr int kOwnWidth = -1;  // the one in the box beside
}  // namespace

OptionsPanel::OptionsPanel(QWidget* parent)
    : QWidget(parent),
      device_(new DeviceCombo(kDeviceKey, this)),
      size_(new QComboBox(this)),
      width_(new QSpinBox(this)),
      tile_(new QSpinBox(this)),
      selfEnsemble_(new QCheckBox(translateOption("self-ensemble").label, this)),
      stochastic_(new QCheckBox(translateOption("stochastic").label, this)),
      seed_(new QSpinBox(this)) {
  device_->setObjectName("device");
  tile_->setObjectName("tile");
  tile_->setAccessibleName(tr("Tile size in pixels"));
  const OptionView tile = translateOption("tile");
  tile_->setRange(static_cast<int>(tile.least), static_cast<int>(tile.most));
  tile_->setSingleStep(32);
  tile_->setSpecialValueText(tr("Automatic"));
  tile_->setSuffix(tr(" px"));
  selfEnsemble_->setObjectName("selfEnsemble");
  selfEnsemble_->setToolTip(translateOption("self-ensemble").help);
  stochastic_->setObjectName("stochastic");
  seed_->setObjectName("seed");
  seed_->setAccessibleName(tr("Seed"));
  seed_->setRange(0, std::numeric_limits<int>::max());
  seed_->setPrefix(tr("Seed "));
  seed_->setToolTip(translateOption("seed").help);

  auto* random = new QHBoxLayout;
  random->addWidget(stochastic_, 1);
  random->addWidget(seed_);
  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->addRow(tr("&Size"), makeSize());
  form->addRow(tr("&Device"), device_);
  form->addRow(tile.label, tile_);
  form->addRow(selfEnsemble_);
  form->addRow(random);

  connect(stochastic_, &QCheckBox::toggled, seed_, &QWidget::setEnabled);
  setModel({});
}

QWidget* OptionsPanel::makeSize() {
  size_->setObjectName("resultSize");
  size_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  size_->setMinimumContentsLength(8);  // the column may be narrow
  size_->setAccessibleName(tr("Size of the result"));
  size_->setToolTip(tr("Another size than the model's own is made from what it makes"));
  size_->addItem(tr("As the model makes it"));
  for (const double factor : {1.0, 1.5, 2.0, 3.0, 4.0, 8.0})
    size_->addItem(tr("× %1").arg(factor), factor);
  const std::pair<QString, int> widths[] = {
      {tr("Full HD, 1920 wide"), 1920}, {tr("4K, 3840 wide"), 3840}, {tr("8K, 7680 wide"), 7680}};
  for (const auto& [text, width] : widths) size_->addItem(text, width);
  size_->addItem(tr("Width…"), kOwnWidth);
  width_->setObjectName("resultWidth");
  width_->setAccessibleName(tr("Width of the result in pixels"));
  width_->setRange(1, 65536);
  width_->setSuffix(tr(" px"));
  const QSettings settings;
  size_->setCurrentIndex(std::clamp(settings.value(kSizeKey).toInt(), 0, size_->count() - 1));
  width_->setValue(settings.value(kWidthKey, 3840).toInt());
  auto* both = new QWidget(this);
  auto* row = new QHBoxLayout(both);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(size_, 1);
  row->addWidget(width_);
  connect(size_, &QComboBox::currentIndexChanged, this, &OptionsPanel::takeSize);
  connect(width_, &QSpinBox::valueChanged, this, &OptionsPanel::takeSize);
  width_->setVisible(size_->currentData() == kOwnWidth);
  return both;
}

void OptionsPanel::takeSize() {
  width_->setVisible(size_->currentData() == kOwnWidth);  // else its room is the words'
  QSettings settings;
  settings.setValue(kSizeKey, size_->currentIndex());
  settings.setValue(kWidthKey, width_->value());
  emit sizeChanged();
}

void OptionsPanel::setDevices(const QList<Device>& devices) { device_->setDevices(devices); }

bool OptionsPanel::hasDevice() const { return device_->hasDevice(); }

bool OptionsPanel::chooseDevice(const QString& indexOrName) { return device_->choose(indexOrName); }

void OptionsPanel::setModel(const ModelCard& model) {
  tile_->setToolTip(
      tr("Side of the pieces a photo is cut into; automatic fits the device's memory") +
      (model.wholePicture ? tr(". This model looks at the whole photo: pieces take longer")
                          : QString()));
  stochastic_->setEnabled(model.dropout);
  stochastic_->setToolTip(model.dropout ? tr("Leaves the model's dropout on, as in training")
                                        : tr("This model has no dropout, so nothing can vary"));
  seed_->setEnabled(model.dropout && stochastic_->isChecked());
}

TranslateSettings OptionsPanel::settings() const {
  TranslateSettings settings;
  settings.device = device_->device();
  const QVariant size = size_->currentData();
  if (size.typeId() == QMetaType::Double) settings.scale = size.toDouble();
  if (size.typeId() == QMetaType::Int)
    settings.width = size == kOwnWidth ? width_->value() : size.toInt();
  settings.tile = tile_->isEnabled() ? tile_->value() : 0;
  settings.selfEnsemble = selfEnsemble_->isChecked();
  settings.stochastic = stochastic_->isEnabled() && stochastic_->isChecked();
  settings.seed = settings.stochastic ? static_cast<quint64>(seed_->value()) : 0;
  return settings;
}

}  // namespace imago::gui
