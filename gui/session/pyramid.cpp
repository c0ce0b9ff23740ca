#include "gui/session/pyramid.h"

#include <algorithm>

namespace imago::gui {

namespace {
// Below this side a picture is painted from one copy without anybody noticing.
constexpr int kSmallest = 512;
}  // namespace

Pyramid::Pyramid(QImage full) {
  if (full.isNull()) return;
  levels_.append(std::move(full));
  while (std::max(levels_.last().width(), levels_.last().height()) > kSmallest) {
    const QImage& last = levels_.last();
    const QSize half(std::max(1, last.width() / 2), std::max(1, last.height() / 2));
    levels_.append(last.scaled(half, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
  }
}

const QImage& Pyramid::levelFor(double scale) const {
  qsizetype level = 0;
  while (level + 1 < levels_.size() && scale <= 0.5) {
    scale *= 2;
    ++level;
  }
  return levels_[level];
}

qsizetype Pyramid::bytes() const {
  qsizetype sum = 0;
  for (const QImage& level : levels_) sum += level.sizeInBytes();
  return sum;
}

}  // namespace imago::gui
