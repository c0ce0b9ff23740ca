// The values that cross between the stream session and the widgets.
#pragma once

#include <QImage>
#include <QMetaType>
#include <QSize>
#include <QString>
#include <chrono>

namespace imago::gui {

struct StreamSource {
  enum class Kind { film, camera, screen };
  Kind kind = Kind::film;
  QString address;  // a film's path, a StreamCamera's address
  bool repeat = false;
};

struct StreamCamera {
  QString name, address;
};

/// A frame and what became of it.
struct StreamFrame {
  QImage before, after;                         // RGB888 or what the model makes
  std::chrono::steady_clock::time_point taken;  // when the source gave the frame
};

/// How a source ended by itself. Where `error` is set there was trouble; `note` is worth saying.
struct StreamEnd {
  QString error, note;
};

}  // namespace imago::gui
