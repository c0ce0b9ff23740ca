// Choosing the device to compute on.
#pragma once

#include <QComboBox>

#include "gui/session/types.h"

namespace imago::gui {

class DeviceCombo : public QComboBox {
  Q_OBJECT

 public:
  /// Remembers what a person chooses under `settingsKey`.
  explicit DeviceCombo(const QString& settingsKey, QWidget* parent = nullptr);

  /// Best first; keeps the one that was chosen last, in this run or an earlier one.
  void setDevices(const QList<Device>& devices);
  bool hasDevice() const { return currentIndex() >= 0; }
  /// By index or part of a name; false where no device fits.
  bool choose(const QString& indexOrName);
  /// Device::index of the chosen one as text; empty: none.
  QString device() const;

 protected:
  /// Shortens a device's long name where there is little room.
  void paintEvent(QPaintEvent* event) override;

 private:
  QString settingsKey_;
};

}  // namespace imago::gui
