// All that is known of one model, on a sheet.
#pragma once

#include <QWidget>

#include "gui/session/types.h"

class QFormLayout;
class QLabel;

namespace imago::gui {

class ModelSheet : public QWidget {
  Q_OBJECT

 public:
  explicit ModelSheet(QWidget* parent = nullptr);

  /// `speed`: in words; empty: it was not measured here.
  void show(const ModelCard& card, const QString& speed);
  void clear();

 private:
  QLabel *title_, *about_, *sample_, *facts_;
};

}  // namespace imago::gui
