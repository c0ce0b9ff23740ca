// The values that cross between the live session and the widgets.
#pragma once

#include <QDateTime>
#include <QImage>
#include <QMetaType>
#include <QSize>
#include <QString>

#include "gui/session/types.h"

namespace imago::gui {

struct LiveSettings {
  QString modelPath;
  QDateTime modelTime;  // when its file was changed last
  QString device;       // an index as Device::index; empty: the best
  bool operator==(const LiveSettings&) const = default;
};

/// What became of a picture.
struct LiveView {
  QImage picture;
  quint64 number = 0;       // what `show` returned for it
  double milliseconds = 0;  // from `show` to here
  double perSecond = 0;     // pictures; 0: not known yet
  bool still = false;       // made once more with all that the model can do
};

/// A photo to be drawn on.
struct SketchRequest {
  PhotoSource source;
  int side = 256;       // of the shorter side, that it is scaled to
  double detail = 0.5;  // from few lines, 0, to many, 1
};
struct SketchedPhoto {
  QString error;  // why there is none
  QImage photo;   // RGB888
  QImage lines;   // Grayscale8, dark on white, of the same size
};

struct DrawingSave {
  quint64 edits = 0;  // how often it had been changed
  QImage drawing;
  QString drawingPath;
  QString resultPath;  // of what the model makes of it; empty: the drawing alone
};
struct DrawingSaved {
  quint64 edits = 0;  // of the DrawingSave
  QString drawingPath, resultPath;
  QString error;              // empty: all that was asked for stands
  bool drawingSaved = false;  // it stands, whatever became of the result
};

}  // namespace imago::gui
