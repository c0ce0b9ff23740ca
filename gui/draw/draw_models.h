// Which models make something of a drawing, and what they want drawn.
#pragma once

#include <QColor>
#include <QList>
#include <QString>

#include "gui/session/types.h"

namespace imago::gui {

/// sketch: lines on paper. labels: areas, whose colours say what is there.
enum class DrawKind { none, sketch, labels };

/// By the task that its card names, else by the names that the models of pix2pix have
/// ("edges2shoes_pretrained", "facades_label2photo_pretrained").
DrawKind drawKind(const ModelCard& card);

struct Label {
  QString name;
  QColor colour;
};

/// Of the CMP Facade Database (Tyleček, Šára 2013), whose label maps pix2pix has; the first is
/// the background.
const QList<Label>& facadeLabels();

/// Colours to draw with, black first.
const QList<QColor>& inkColours();

}  // namespace imago::gui
