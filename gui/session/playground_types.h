// The values that cross between the playground session's thread and the Playground page. Nothing
// here points into either side, and nothing here knows the engine.
#pragma once

#include <QList>
#include <QMetaType>
#include <QPointF>
#include <QString>
#include <memory>

#include "gui/session/train_types.h"

namespace imago::gui {

/// One of the two networks.
struct PlayNetwork {
  int layers = 2, width = 32;
  double rate = 0.03;
  int updates = 1;  // of an iteration
  bool operator==(const PlayNetwork&) const = default;
};

/// What a person decides; names as in run files ("two-clusters", "non-saturating").
struct PlaySettings {
  QString data = "two-clusters";
  QList<QPointF> drawn;
  QString latent = "gaussian";
  int latentDimensions = 2;
  PlayNetwork generator, discriminator;
  QString activation = "leaky-relu";
  QString loss = "non-saturating";
  double clip = 0.1, penaltyWeight = 0.1;
  double r1 = 0;
  bool spectralNorm = false;
  double beta1 = 0.5, beta2 = 0.99;
  int batch = 256;
  quint64 seed = 1;
  bool operator==(const PlaySettings&) const = default;
};

struct PlayPreset {
  QString name, text;
  PlaySettings settings;
  bool provokes = false;  // trouble, on purpose
  double speed = 0;       // steps a second at which it is well watched; 0: as fast as it goes
};

/// Something that goes wrong just now.
struct PlayTrouble {
  QString kind;  // "collapse"
  QString title, text, remedy;
  bool operator==(const PlayTrouble&) const = default;
};

/// What there is to be painted.
struct PlayScene {
  QList<QPointF> real, fake, arrows;
  QList<float> field;  // fieldSide * fieldSide, rows from the lowest up; 0…1
  int fieldSide = 0;
  double extent = 1;    // the scene shows -extent…extent
  QList<QPointF> grid;  // gridSide * gridSide, or gridSide where the latent space is a line
  int gridSide = 0;
};

/// A run at one moment.
struct PlayLook {
  std::shared_ptr<const PlayScene> scene;
  PlaySettings settings;
  qint64 iteration = 0;
  bool between = false;  // D's part of the next iteration is done
  double epoch = 0;
  // NaN before the first update.
  double discriminatorLoss = 0, generatorLoss = 0;
  double realAccuracy = 0, fakeAccuracy = 0;  // 0…1
  int covered = 0, modes = 0;
  double quality = 0;  // share of fake points that are near a mode
  QList<PlayTrouble> troubles;
  QList<qint64> moments;  // iterations that one can go back to
  double stepsPerSecond = 0;
  bool running = false;
};

}  // namespace imago::gui
