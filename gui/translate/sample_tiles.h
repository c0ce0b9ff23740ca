// What a window without photos offers: each model on a photo that comes with it.
#pragma once

#include <QWidget>

#include "gui/session/types.h"

class QHBoxLayout;

namespace imago::gui {

/// A row of tiles, one a model; hidden where there is none.
class SampleTiles : public QWidget {
  Q_OBJECT

 public:
  explicit SampleTiles(QWidget* parent = nullptr);
  void setModels(const QList<ModelCard>& models);

 signals:
  void chosen(const imago::gui::ModelCard& model);

 private:
  QWidget* row_;
  QHBoxLayout* tiles_;
};

}  // namespace imago::gui
