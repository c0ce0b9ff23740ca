#include "gui/translate/sample_tiles.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/translate/model_library.h"

namespace imago::gui {

namespace {
constexpr QSize kTile(96, 48);  // seven beside each other in a window of the size it begins with

/// Long titles in two lines, broken near the middle.
QString in_two_lines(QString text) {
  constexpr qsizetype kOneLine = 18;
  if (text.size() <= kOneLine) return text;
  const qsizetype middle = text.size() / 2;
  const qsizetype before = text.lastIndexOf(' ', middle), after = text.indexOf(' ', middle);
  const qsizetype at =
      before >= 0 && (after < 0 || middle - before < after - middle) ? before : after;
  if (at > 0) text[at] = '\n';
  return text;
}
}  // namespace

SampleTiles::SampleTiles(QWidget* parent)
    : QWidget(parent), row_(new QWidget), tiles_(new QHBoxLayout(row_)) {
  auto* title = new QLabel(tr("Or try a sample"), this);
  title->setAlignment(Qt::AlignCenter);
  title->setForegroundRole(QPalette::PlaceholderText);
  tiles_->setContentsMargins(0, 0, 0, 0);
  tiles_->setSpacing(4);
  auto* area = new QScrollArea(this);
  area->setFrameShape(QFrame::NoFrame);
  area->setFocusPolicy(Qt::NoFocus);
  area->setWidgetResizable(true);
  area->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setWidget(row_);
  area->viewport()->setAutoFillBackground(false);
  row_->setAutoFillBackground(false);
  area->setFixedHeight(kTile.height() + 2 * fontMetrics().lineSpacing() + 20 +
                       area->horizontalScrollBar()->sizeHint().height());
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(title);
  column->addWidget(area);
  hide();
}

void SampleTiles::setModels(const QList<ModelCard>& models) {
  while (QLayoutItem* item = tiles_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  tiles_->addStretch();
  for (const ModelCard& model : models) {
    auto* tile = new QToolButton(row_);
    tile->setObjectName("sampleTile");
    tile->setAutoRaise(true);
    tile->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    tile->setIconSize(kTile);
    tile->setIcon(QPixmap::fromImage(model.sample));
    tile->setText(in_two_lines(title(model)));
    tile->setAccessibleName(tr("Try %1").arg(title(model)));
    tile->setToolTip(title(model) + "\n" + model.description);
    connect(tile, &QToolButton::clicked, this, [this, model] { emit chosen(model); });
    tiles_->addWidget(tile);
  }
  tiles_->addStretch();
  setVisible(!models.isEmpty());
}

}  // namespace imago::gui
