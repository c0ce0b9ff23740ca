#include "gui/widgets/model_order.h"

#include <QStringList>

namespace imago::gui {

namespace {

/// Of a task's section; those that no model that comes with Imago has, and none, come after.
qsizetype placeOf(const QString& task) {
  static const QStringList kTasks = {"upscale", "colourize", "day to night", "sketch to photo"};
  const qsizetype place = kTasks.indexOf(task);
  if (task.isEmpty()) return kTasks.size() + 1;
  return place < 0 ? kTasks.size() : place;
}

}  // namespace

std::tuple<bool, qsizetype, QString, int, QString, QString> modelOrder(const ModelCard& card) {
  const int scale = card.task == "upscale" ? card.scale : 0;
  return {!card.usable(), placeOf(card.task), card.task, -scale, card.name.toLower(), card.path};
}

}  // namespace imago::gui
