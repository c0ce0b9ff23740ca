// One run on the Playground page: the plane, what it tells in numbers and curves, and what goes
// wrong.
#pragma once

#include <QWidget>

#include "gui/session/playground_types.h"

class QBoxLayout;
class QLabel;
class QVBoxLayout;

namespace imago::gui {

class LineChart;
class PlayCanvas;
class PlaygroundSession;

class PlaySide : public QWidget {
  Q_OBJECT

 public:
  explicit PlaySide(QWidget* parent = nullptr);

  PlaygroundSession& session() const { return *session_; }
  PlayCanvas& canvas() const { return *canvas_; }
  /// As of the newest look; null scene: none yet.
  const PlayLook& look() const { return look_; }
  /// Numbers beside the plane, or, where two runs stand side by side, below it.
  void setNarrow(bool narrow);
  /// Above the plane; empty: nothing.
  void setTitle(const QString& title);

 signals:
  void looked(const imago::gui::PlayLook& look);
  /// A person wants these settings.
  void remedyRequested(const imago::gui::PlaySettings& settings);

 private:
  QWidget* makeNumbers();
  void take(const PlayLook& look);
  void showTroubles(const QList<PlayTrouble>& troubles);

  PlaygroundSession* session_;
  QLabel* title_;
  PlayCanvas* canvas_;
  QBoxLayout* layout_;
  QLabel *state_, *epoch_, *step_, *discriminatorLoss_, *generatorLoss_, *accuracy_, *modes_,
      *quality_;
  LineChart* losses_;
  LineChart* shares_;
  QVBoxLayout* troubleColumn_;
  QList<PlayTrouble> shown_;
  PlayLook look_;
};

}  // namespace imago::gui
