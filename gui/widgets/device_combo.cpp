#include "gui/widgets/device_combo.h"

#include <QLocale>
#include <QSettings>
#include <QStylePainter>
#include <algorithm>

namespace imago::gui {

namespace {

constexpr int kIndexRole = Qt::UserRole;
constexpr int kNameRole = Qt::UserRole + 1;

QString label_of(const Device& device) {
  const QString memory = QLocale().formattedDataSize(device.memoryBytes, 1);
  return device.kind == "cpu" ? DeviceCombo::tr("Processor: %1").arg(device.name)
                              : DeviceCombo::tr("%1, %2").arg(device.name, memory);
}

QString tip_of(const Device& device) {
  return DeviceCombo::tr("%1\nKind: %2\nDriver: %3\nMemory: %4\nSelf-test: %5")
      .arg(device.name, device.kind, device.driver,
           QLocale().formattedDataSize(device.memoryBytes, 1), device.golden);
}

}  // namespace

DeviceCombo::DeviceCombo(const QString& settingsKey, QWidget* parent)
    : QComboBox(parent), settingsKey_(settingsKey) {
  setAccessibleName(tr("Device"));
  setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  setMinimumContentsLength(12);
  setPlaceholderText(tr("No device"));
  connect(this, &QComboBox::activated, this,
          [this](int row) { QSettings().setValue(settingsKey_, itemData(row, kNameRole)); });
}

void DeviceCombo::setDevices(const QList<Device>& devices) {
  const QString last = QSettings().value(settingsKey_).toString();
  clear();
  for (const Device& device : devices) {
    const int row = count();
    addItem(label_of(device));
    setItemData(row, device.index, kIndexRole);
    setItemData(row, device.name, kNameRole);
    setItemData(row, tip_of(device), Qt::ToolTipRole);
  }
  setEnabled(!devices.isEmpty());
  setCurrentIndex(devices.isEmpty() ? -1 : std::max(0, findData(last, kNameRole)));
}

bool DeviceCombo::choose(const QString& indexOrName) {
  bool number = false;
  const int index = indexOrName.toInt(&number);
  const int row =
      number ? findData(index, kIndexRole) : findData(indexOrName, kNameRole, Qt::MatchContains);
  if (row >= 0) setCurrentIndex(row);
  return row >= 0;
}

QString DeviceCombo::device() const { return currentData(kIndexRole).toString(); }

void DeviceCombo::paintEvent(QPaintEvent*) {
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

}  // namespace imago::gui
