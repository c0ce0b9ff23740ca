// Choosing the model that a training goes on from.
#pragma once

#include <QComboBox>
#include <vector>

#include "gui/session/train_types.h"
#include "gui/session/types.h"

namespace imago::gui {

class StartFrom : public QComboBox {
  Q_OBJECT

 public:
  explicit StartFrom(QWidget* parent = nullptr);

  /// A model that was read; what cannot be gone on from is left out.
  void put(const ModelCard& card);
  /// Chosen now, or as soon as it is `put`; empty: none.
  void choose(const QString& path);
  /// Path empty: none.
  StartModel model() const;

 signals:
  void changed();
  /// A person wants to look for a file.
  void fileAsked();

 private:
  std::vector<ModelCard> cards_;  // as the rows after the first
  QString wanted_, chosen_;       // chosen: again where somebody gives up looking for a file
};

}  // namespace imago::gui
