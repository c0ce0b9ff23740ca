#include "gui/live/screen_source.h"

#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPixmap>
#include <QScreen>
#include <QTimer>
#include <QWidget>

namespace imago::gui {

namespace {

constexpr int kEveryMs = 40;
constexpr int kSmallest = 16;  // a drag below this is a press

QImage grab_screen(const QRect& region) {
  QScreen* screen = QGuiApplication::screenAt(region.center());
  if (screen == nullptr) return {};
  const QPoint at = region.topLeft() - screen->geometry().topLeft();
  return screen->grabWindow(0, at.x(), at.y(), region.width(), region.height()).toImage();
}

/// All of a screen, darkened but for the rectangle that is dragged out.
class RegionPicker : public QWidget {
 public:
  RegionPicker(QScreen* screen, std::function<void(const QRect&)> done)
      : picture_(screen->grabWindow(0)), done_(std::move(done)) {
    setWindowFlags(Qt::Window | Qt::FramelessWindowHint | Qt::WindowStaysOnTopHint);
    setAttribute(Qt::WA_DeleteOnClose);
    setCursor(Qt::CrossCursor);
    setObjectName("regionPicker");
    setGeometry(screen->geometry());
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    if (picture_.isNull())
      painter.fillRect(rect(), Qt::darkGray);
    else
      painter.drawPixmap(rect(), picture_);
    QRegion outside(rect());
    outside -= region_;
    painter.setClipRegion(outside);
    painter.fillRect(rect(), QColor(0, 0, 0, 120));
    painter.setClipping(false);
    painter.setPen(QPen(Qt::white, 2));
    if (!region_.isEmpty()) return painter.drawRect(region_);
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    painter.setFont(large);
    painter.drawText(rect(), Qt::AlignCenter,
                     QCoreApplication::translate(
                         "RegionPicker",
                         "Drag over the part to translate. Click: all of this screen. Esc: none."));
  }
  void mousePressEvent(QMouseEvent* event) override { start_ = event->pos(); }
  void mouseMoveEvent(QMouseEvent* event) override {
    region_ = QRect(start_, event->pos()).normalized() & rect();
    // Films of even sides are played everywhere.
    region_.setSize({region_.width() / 2 * 2, region_.height() / 2 * 2});
    update();
  }
  void mouseReleaseEvent(QMouseEvent*) override {
    const bool dragged = region_.width() >= kSmallest && region_.height() >= kSmallest;
    answer(dragged ? region_ : rect());
  }
  void keyPressEvent(QKeyEvent* event) override {
    if (event->key() == Qt::Key_Escape) answer({});
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) answer(rect());
  }

 private:
  void answer(const QRect& region) {
    const auto done = std::exchange(done_, [](const QRect&) {});
    const QPoint corner = geometry().topLeft();
    close();
    done(region.isEmpty() ? QRect() : region.translated(corner));
  }

  QPixmap picture_;
  QPoint start_;
  QRect region_;
  std::function<void(const QRect&)> done_;
};

}  // namespace

ScreenSource::ScreenSource(QObject* parent)
    : QObject(parent), grab_(grab_screen), wanted_([] { return true; }), timer_(new QTimer(this)) {
  timer_->setInterval(kEveryMs);
  timer_->setTimerType(Qt::PreciseTimer);
  connect(timer_, &QTimer::timeout, this, &ScreenSource::take);
}

void ScreenSource::start(const QRect& region) {
  region_ = region;
  timer_->start();
}

void ScreenSource::stop() { timer_->stop(); }

void ScreenSource::take() {
  if (!wanted_()) return;
  const QImage picture = grab_(region_);
  if (!picture.isNull()) {
    emit taken(picture);
    return;
  }
  stop();
  emit failed(
      tr("This desktop gives no pictures of the screen to programs. Under Wayland that is so: log "
         "in with an X11 session, or use a film or a camera."));
}

void pickRegion(QWidget* beside, const std::function<void(const QRect&)>& done) {
  auto* picker = new RegionPicker(beside->screen(), done);
  picker->showFullScreen();
  picker->activateWindow();
  picker->setFocus();
}

}  // namespace imago::gui
