#include "gui/draw/draw_models.h"

#include <QCoreApplication>
#include <algorithm>

namespace imago::gui {

namespace {

bool contains_any(const QString& text, std::initializer_list<const char*> words) {
  return std::ranges::any_of(
      words, [&](const char* word) { return text.contains(word, Qt::CaseInsensitive); });
}

QString tr(const char* text) { return QCoreApplication::translate("Labels", text); }

}  // namespace

DrawKind drawKind(const ModelCard& card) {
  if (!card.usable() || card.scale != 1) return DrawKind::none;
  const QString& told = card.task.isEmpty() ? card.name : card.task;
  if (contains_any(told, {"photo2label", "photo to label", "photo to sketch"})) {
    return DrawKind::none;
  }
  if (contains_any(told, {"label"})) return DrawKind::labels;
  if (contains_any(told, {"sketch", "edges2", "edges to", "drawing"})) return DrawKind::sketch;
  return DrawKind::none;
}

const QList<Label>& facadeLabels() {
  static const QList<Label> kLabels = {
      {tr("Background"), {0, 0, 170}},   {tr("Wall"), {0, 0, 255}},
      {tr("Window"), {0, 85, 255}},      {tr("Door"), {0, 170, 255}},
      {tr("Cornice"), {0, 255, 255}},    {tr("Sill"), {85, 255, 170}},
      {tr("Balcony"), {170, 255, 85}},   {tr("Blind"), {255, 255, 0}},
      {tr("Decoration"), {255, 170, 0}}, {tr("Moulding"), {255, 85, 0}},
      {tr("Pillar"), {255, 0, 0}},       {tr("Shop"), {170, 0, 0}}};
  return kLabels;
}

const QList<QColor>& inkColours() {
  static const QList<QColor> kColours = {{0, 0, 0},      {96, 96, 96},    {176, 176, 176},
                                         {120, 72, 40},  {196, 156, 108}, {204, 52, 44},
                                         {236, 136, 44}, {244, 208, 72},  {72, 140, 60},
                                         {28, 84, 52},   {88, 164, 216},  {36, 76, 156}};
  return kColours;
}

}  // namespace imago::gui
