// Choosing one of the installed models by its name alone.
#pragma once

#include <QComboBox>
#include <optional>
#include <vector>

#include "gui/session/types.h"

namespace imago::gui {

class ModelCombo : public QComboBox {
  Q_OBJECT

 public:
  /// Remembers what a person chooses under `settingsKey`; `usual`: the name of the model to begin
  /// with.
  ModelCombo(const QString& settingsKey, const QString& usual, QWidget* parent = nullptr);

  /// A file to choose as soon as it is `put`.
  void want(const QString& path) { wanted_ = path; }
  /// A model that was read. One that cannot be used is left out; false where it was wanted.
  bool put(const ModelCard& card);
  /// All that are installed have been put.
  void finish();
  bool isFinished() const { return finished_; }
  std::optional<ModelCard> model() const;

 signals:
  /// Another model, or another file of the same name.
  void modelChanged();

 private:
  void chooseUsual();
  void choose(int row);

  QString settingsKey_, usual_, wanted_;
  std::vector<ModelCard> cards_;  // as the rows
  bool finished_ = false;
};

}  // namespace imago::gui
