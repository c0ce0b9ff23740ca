#include "gui/options_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QSettings>
#include <QSpinBox>
#include <QStylePainter>
#include <QVBoxLayout>
#include <limits>

namespace imago::gui {

namespace {

constexpr char kDeviceKey[] = "translate/device";
constexpr int kIndexRole = Qt::UserRole;
constexpr int kNameRole = Qt::UserRole + 1;

/// Shortens a device's long name where the panel is narrow.
class DeviceCombo : public QComboBox {
 public:
  using QComboBox::QComboBox;

 protected:
  void paintEvent(QPaintEvent*) override {
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const QRect room =
        style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
    option.currentText =
        fontMetrics().elidedText(option.currentText, Qt::ElideRight, room.width() - 4);
    if (currentIndex() < 0) option.currentText = placeholderText();
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    painter.drawControl(QStyle::CE_ComboBoxLabel, option);
  }
};

QString label_of(const Device& device) {
  const QString memory = QLocale().formattedDataSize(device.memoryBytes, 1);
  return device.kind == "cpu" ? OptionsPanel::tr("Processor: %1").arg(device.name)
                              : OptionsPanel::tr("%1, %2").arg(device.name, memory);
}

QString tip_of(const Device& device) {
  return OptionsPanel::tr("%1\nKind: %2\nDriver: %3\nMemory: %4\nSelf-test: %5")
      .arg(device.name, device.kind, device.driver,
           QLocale().formattedDataSize(device.memoryBytes, 1), device.golden);
}

}  // namespace

OptionsPanel::OptionsPanel(QWidget* parent)
    : QWidget(parent),
      device_(new DeviceCombo(this)),
      tile_(new QSpinBox(this)),
      eightFold_(new QCheckBox(tr("Average eight flips and turns"), this)),
      stochastic_(new QCheckBox(tr("Vary at random"), this)),
      seed_(new QSpinBox(this)) {
  device_->setObjectName("device");
  device_->setAccessibleName(tr("Device"));
  device_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  device_->setMinimumContentsLength(12);
  device_->setPlaceholderText(tr("No device"));
  tile_->setObjectName("tile");
  tile_->setAccessibleName(tr("Tile size in pixels"));
  tile_->setRange(0, 4096);
  tile_->setSingleStep(32);
  tile_->setSpecialValueText(tr("Automatic"));
  tile_->setSuffix(tr(" px"));
  eightFold_->setObjectName("eightFold");
  eightFold_->setToolTip(tr("Slightly better, eight times as slow"));
  stochastic_->setObjectName("stochastic");
  seed_->setObjectName("seed");
  seed_->setAccessibleName(tr("Seed"));
  seed_->setRange(0, std::numeric_limits<int>::max());
  seed_->setPrefix(tr("Seed "));
  seed_->setToolTip(tr("The same seed gives the same picture again"));

  auto* random = new QHBoxLayout;
  random->addWidget(stochastic_, 1);
  random->addWidget(seed_);
  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->addRow(tr("&Device"), device_);
  form->addRow(tr("T&ile"), tile_);
  form->addRow(eightFold_);
  form->addRow(random);

  connect(device_, &QComboBox::activated, this,
          [this](int row) { QSettings().setValue(kDeviceKey, device_->itemData(row, kNameRole)); });
  connect(stochastic_, &QCheckBox::toggled, seed_, &QWidget::setEnabled);
  setModel({});
}

void OptionsPanel::setDevices(const QList<Device>& devices) {
  const QString last = QSettings().value(kDeviceKey).toString();
  device_->clear();
  for (const Device& device : devices) {
    const int row = device_->count();
    device_->addItem(label_of(device));
    device_->setItemData(row, device.index, kIndexRole);
    device_->setItemData(row, device.name, kNameRole);
    device_->setItemData(row, tip_of(device), Qt::ToolTipRole);
  }
  device_->setEnabled(!devices.isEmpty());
  const int row = device_->findData(last, kNameRole);
  device_->setCurrentIndex(devices.isEmpty() ? -1 : std::max(0, row));
}

bool OptionsPanel::hasDevice() const { return device_->currentIndex() >= 0; }

bool OptionsPanel::chooseDevice(const QString& indexOrName) {
  bool number = false;
  const int index = indexOrName.toInt(&number);
  const int row = number ? device_->findData(index, kIndexRole)
                         : device_->findData(indexOrName, kNameRole, Qt::MatchContains);
  if (row >= 0) device_->setCurrentIndex(row);
  return row >= 0;
}

void OptionsPanel::setModel(const ModelCard& model) {
  tile_->setEnabled(!model.wholePicture);
  tile_->setToolTip(model.wholePicture
                        ? tr("This model looks at the whole photo, so it cannot be cut into tiles")
                        : tr("Side of the pieces a photo is cut into; automatic fits the device's "
                             "memory"));
  stochastic_->setEnabled(model.dropout);
  stochastic_->setToolTip(model.dropout ? tr("Leaves the model's dropout on, as in training")
                                        : tr("This model has no dropout, so nothing can vary"));
  seed_->setEnabled(model.dropout && stochastic_->isChecked());
}

TranslateSettings OptionsPanel::settings() const {
  TranslateSettings settings;
  settings.device = device_->currentData(kIndexRole).toString();
  settings.tile = tile_->isEnabled() ? tile_->value() : 0;
  settings.eightFold = eightFold_->isChecked();
  settings.stochastic = stochastic_->isEnabled() && stochastic_->isChecked();
  settings.seed = settings.stochastic ? static_cast<quint64>(seed_->value()) : 0;
  return settings;
}

}  // namespace imago::gui
