// The screen, or a part of it, as a source of pictures.
#pragma once

#include <QImage>
#include <QObject>
#include <QRect>
#include <functional>

class QTimer;

namespace imago::gui {

/// Takes pictures of a region of the desktop, 25 a second at most and no more than are wanted.
class ScreenSource : public QObject {
  Q_OBJECT

 public:
  /// A picture of a rectangle of the desktop, in its coordinates; null where the desktop gives
  /// none.
  using Grab = std::function<QImage(const QRect& region)>;

  explicit ScreenSource(QObject* parent = nullptr);
  /// Instead of the screen.
  void setGrab(Grab grab) { grab_ = std::move(grab); }
  /// Whether another picture is wanted now; at first always.
  void setWanted(std::function<bool()> wanted) { wanted_ = std::move(wanted); }

  void start(const QRect& region);
  void stop();

 signals:
  void taken(const QImage& picture);
  /// It has stopped: why.
  void failed(const QString& reason);

 private:
  void take();

  Grab grab_;
  std::function<bool()> wanted_;
  QRect region_;
  QTimer* timer_;
};

/// Asks for a rectangle of the screen that `beside` is on, by dragging one over it, and calls
/// `done` with it in the desktop's coordinates; a null one: the user thought better of it. A press
/// without a drag, or Enter: all of the screen.
void pickRegion(QWidget* beside, const std::function<void(const QRect&)>& done);

}  // namespace imago::gui
