// On which device and how: everything that is set for a translation besides photo and model.
#pragma once

#include <QWidget>

#include "gui/session/types.h"

class QCheckBox;
class QComboBox;
class QSpinBox;

namespace imago::gui {

class DeviceCombo;

class OptionsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit OptionsPanel(QWidget* parent = nullptr);

  /// Best first; keeps the one that was chosen last, in this run or an earlier one.
  void setDevices(const QList<Device>& devices);
  bool hasDevice() const;
  /// By index or part of a name; false where no device fits.
  bool chooseDevice(const QString& indexOrName);
  /// Offers only what this model has a use for.
  void setModel(const ModelCard& model);
  /// Everything but the model's path.
  TranslateSettings settings() const;

 signals:
  /// Of the results.
  void sizeChanged();

 private:
  QWidget* makeSize();
  void takeSize();

  DeviceCombo* device_;
  QComboBox* size_;
  QSpinBox* width_;
  QSpinBox* tile_;
  QCheckBox* selfEnsemble_;
  QCheckBox* stochastic_;
  QSpinBox* seed_;
};

}  // namespace imago::gui
