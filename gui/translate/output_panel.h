// Where results are written without asking, in which format and under which names.
#pragma once

#include <QWidget>

#include "gui/translate/output_plan.h"
#include "gui/widgets/dialogs.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QSpinBox;

namespace imago::gui {

class OutputPanel : public QWidget {
  Q_OBJECT

 public:
  explicit OutputPanel(const Dialogs& dialogs, QWidget* parent = nullptr);

  /// Remembered from run to run.
  const OutputSettings& settings() const { return settings_; }
  /// "beside the photos, PNG"
  QString summary() const;

 signals:
  void changed();

 private:
  void makeLayout();
  void connectParts();
  void chooseFolder();
  void showFolder();
  void read();

  Dialogs dialogs_;
  OutputSettings settings_;
  QComboBox *folder_, *format_, *films_, *existing_;
  QSpinBox* quality_;
  QLineEdit* pattern_;
  QCheckBox* single_;
};

}  // namespace imago::gui
