// The playground's settings, each with a sentence that says what it does.
#pragma once

#include <QWidget>

#include "gui/session/playground_types.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QPushButton;
class QSpinBox;
class QVBoxLayout;

namespace imago::gui {

class PlayControls : public QWidget {
  Q_OBJECT

 public:
  explicit PlayControls(QWidget* parent = nullptr);

  const PlaySettings& settings() const { return settings_; }
  /// Shows these; emits nothing.
  void setSettings(const PlaySettings& settings);

 signals:
  /// A person has changed something.
  void changed(const imago::gui::PlaySettings& settings);
  void clearDrawingRequested();

 private:
  struct NetworkBoxes {
    QSpinBox *layers, *width, *updates;
    QDoubleSpinBox* rate;
  };

  void addHeading(const QString& text);
  void add(const QString& name, const QString& label, QWidget* field, const QString& sentence);
  QComboBox* choice(const QList<QPair<QString, QString>>& names, QString PlaySettings::*member);
  QSpinBox* count(int least, int most);
  QDoubleSpinBox* number(double least, double most, int decimals, double step);
  NetworkBoxes addNetwork(const QString& name, const QString& title,
                          PlayNetwork PlaySettings::*member);
  void addData();
  void addGame();
  void addRest();
  template <typename Change>
  void take(Change&& change);
  void updateVisible();

  PlaySettings settings_;
  bool showing_ = false;  // setSettings is at work
  QVBoxLayout* column_;
  QComboBox *data_, *latent_, *latentDimensions_, *loss_, *activation_;
  QPushButton* clearDrawing_;
  NetworkBoxes generator_ = {}, discriminator_ = {};
  QDoubleSpinBox *clip_, *penaltyWeight_, *r1_, *beta1_;
  QCheckBox* spectralNorm_;
  QComboBox* batch_;
  QSpinBox* seed_;
  QList<QPair<QWidget*, QString>> onlyWithLoss_;  // rows that one loss alone has
};

}  // namespace imago::gui
