#include "gui/translate/photo_delegate.h"

#include <QApplication>
#include <QListView>
#include <QPainter>
#include <QTextLayout>

#include "gui/translate/photo_model.h"
#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {

constexpr int kThumb = 56;
constexpr int kPad = 8;
constexpr int kGap = 3;  // between name and state
constexpr int kReasonLines = 4;

const Photo& photo_of(const QModelIndex& index) {
  return static_cast<const PhotoModel*>(index.model())->at(index.row());
}

QRect text_area(const QRect& row) { return row.adjusted(kPad + kThumb + 10, kPad, -kPad, -kPad); }

/// A reason in lines, at most kReasonLines, the last one shortened where there would be more.
QStringList wrap(const QString& reason, const QFont& font, int width) {
  QTextLayout layout(reason, font);
  QStringList lines;
  layout.beginLayout();
  for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
    line.setLineWidth(std::max(width, 40));
    if (lines.size() + 1 == kReasonLines) {
      lines.append(
          QFontMetrics(font).elidedText(reason.mid(line.textStart()), Qt::ElideRight, width));
      break;
    }
    lines.append(reason.mid(line.textStart(), line.textLength()));
  }
  layout.endLayout();
  return lines;
}

/// Of the text beside the thumbnail.
int text_height(const Photo& photo, const QStyleOptionViewItem& option, int width) {
  const int line = option.fontMetrics.lineSpacing();
  switch (photo.state) {
    case PhotoState::failed:
      return line + kGap + static_cast<int>(wrap(photo.reason, option.font, width).size()) * line;
    case PhotoState::running:
      return 2 * line + kGap + 9;
    default:
      return 2 * line + kGap;
  }
}

void paint_thumbnail(QPainter& painter, const Photo& photo, const QRect& box,
                     const QPalette& palette) {
  if (photo.thumbnail.isNull()) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(palette.color(QPalette::AlternateBase));
    painter.drawRoundedRect(box, 4, 4);
    const bool failed = photo.state == PhotoState::failed;
    paintGlyph(painter, failed ? Glyph::warning : Glyph::picture, box.adjusted(16, 16, -16, -16),
               failed ? errorColor(palette) : palette.color(QPalette::PlaceholderText));
    return;
  }
  QSizeF size = photo.thumbnail.size();
  size.scale(box.size(), Qt::KeepAspectRatio);
  QRectF target(QPointF(), size);
  target.moveCenter(QRectF(box).center());
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(target, photo.thumbnail);
}

/// What stands below the name.
void paint_state(QPainter& painter, const Photo& photo, QRect area, const QPalette& palette,
                 bool selected) {
  const QColor plain = palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
  QColor dim = plain;
  dim.setAlphaF(0.7f);
  const QFontMetrics metrics = painter.fontMetrics();
  const int mark = metrics.height();
  if (photo.state == PhotoState::failed) {
    painter.setPen(selected ? plain : errorColor(palette));
    painter.drawText(area, Qt::AlignLeft | Qt::AlignTop,
                     wrap(photo.reason, painter.font(), area.width()).join('\n'));
    return;
  }
  const bool done = photo.state == PhotoState::done;
  if (done || photo.state == PhotoState::waiting) {
    paintGlyph(painter, done ? Glyph::check : Glyph::clock,
               QRect(area.left(), area.top(), mark, mark),
               selected ? plain : (done ? goodColor(palette) : dim));
    area.setLeft(area.left() + mark + 4);
  }
  painter.setPen(dim);
  painter.drawText(area, Qt::AlignLeft | Qt::AlignTop,
                   metrics.elidedText(describe(photo), Qt::ElideRight, area.width()));
  if (photo.state == PhotoState::running) {
    paintBar(painter, QRectF(area.left(), area.top() + mark + 5, area.width(), 4), photo.progress,
             palette, selected);
  }
}

}  // namespace

void PhotoDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
  const Photo& photo = photo_of(index);
  const QStyle* style = option.widget != nullptr ? option.widget->style() : QApplication::style();
  style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);

  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const bool selected = option.state & QStyle::State_Selected;
  paint_thumbnail(*painter, photo,
                  QRect(option.rect.left() + kPad, option.rect.top() + kPad, kThumb, kThumb),
                  option.palette);
  QRect area = text_area(option.rect);
  painter->setFont(option.font);
  painter->setPen(option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
  area.setTop(area.top() +
              std::max(0, (area.height() - text_height(photo, option, area.width())) / 2));
  painter->drawText(area, Qt::AlignLeft | Qt::AlignTop,
                    option.fontMetrics.elidedText(photo.name, Qt::ElideMiddle, area.width()));
  area.setTop(area.top() + option.fontMetrics.lineSpacing() + kGap);
  paint_state(*painter, photo, area, option.palette, selected);
  painter->restore();
}

QSize PhotoDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const Photo& photo = photo_of(index);
  const auto* view = qobject_cast<const QListView*>(option.widget);
  const int row = view != nullptr ? view->viewport()->width() : option.rect.width();
  const int text = text_height(photo, option, text_area(QRect(0, 0, row, 100)).width());
  return {kThumb + 2 * kPad + 60, std::max(kThumb, text) + 2 * kPad};
}

}  // namespace imago::gui
