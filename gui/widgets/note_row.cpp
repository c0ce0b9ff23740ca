#include "gui/widgets/note_row.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

namespace imago::gui {

namespace {

Glyph glyph_of(NoteRow::Kind kind) {
  switch (kind) {
    case NoteRow::Kind::good:
      return Glyph::check;
    case NoteRow::Kind::info:
      return Glyph::info;
    case NoteRow::Kind::waiting:
      return Glyph::clock;
    case NoteRow::Kind::warning:
    case NoteRow::Kind::error:
      return Glyph::warning;
  }
  return Glyph::info;
}

QColor color_of(NoteRow::Kind kind, const QPalette& palette) {
  switch (kind) {
    case NoteRow::Kind::good:
      return goodColor(palette);
    case NoteRow::Kind::warning:
      return warningColor(palette);
    case NoteRow::Kind::error:
      return errorColor(palette);
    default:
      return palette.color(QPalette::PlaceholderText);
  }
}

/// Painted when it is shown, so that it follows the palette.
class Sign : public QWidget {
 public:
  Sign(NoteRow::Kind kind, QWidget* parent) : QWidget(parent), kind_(kind) {
    const int side = fontMetrics().height() + 2;
    setFixedSize(side, side);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    paintGlyph(painter, glyph_of(kind_), rect(), color_of(kind_, palette()), 2);
  }

 private:
  NoteRow::Kind kind_;
};

QLabel* words_label(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return label;
}

}  // namespace

NoteRow::NoteRow(Kind kind, const QString& title, const QString& text, QWidget* parent)
    : QWidget(parent), words_(new QVBoxLayout) {
  words_->setSpacing(2);
  if (!title.isEmpty()) {
    QLabel* label = words_label(title, this);
    QFont font = label->font();
    if (kind == Kind::warning || kind == Kind::error) font.setWeight(QFont::DemiBold);
    label->setFont(font);
    words_->addWidget(label);
  }
  if (!text.isEmpty()) words_->addWidget(words_label(text, this));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(new Sign(kind, this), 0, Qt::AlignTop);
  row->addLayout(words_, 1);
}

void emptyColumn(QVBoxLayout& column) {
  while (QLayoutItem* item = column.takeAt(0)) {
    if (item->widget() != nullptr) item->widget()->hide();
    delete item->widget();
    delete item;
  }
}

}  // namespace imago::gui
