#include "gui/train/run_list.h"

#include <QApplication>
#include <QCoreApplication>
#include <QDir>
#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {

constexpr int kPad = 8;

QString text(const char* source) { return QCoreApplication::translate("RunList", source); }

Glyph glyph_of(const RunCard& run) {
  if (run.running) return Glyph::train;
  return run.finished ? Glyph::check : Glyph::pause;
}

QColor color_of(const RunCard& run, const QPalette& palette) {
  if (run.running) return palette.color(QPalette::Active, QPalette::Highlight);
  return run.finished ? goodColor(palette) : palette.color(QPalette::PlaceholderText);
}

}  // namespace

void RunList::setRuns(const QList<RunCard>& runs) {
  if (runs == runs_) return;
  const bool same = std::ranges::equal(runs, runs_, {}, &RunCard::path, &RunCard::path);
  if (same) {  // the selection stays
    runs_ = runs;
    if (!runs_.isEmpty()) emit dataChanged(index(0), index(rowCount() - 1));
    return;
  }
  beginResetModel();
  runs_ = runs;
  endResetModel();
}

void RunList::put(const RunCard& run) {
  const int row = rowOf(run.path);
  if (row < 0) {
    beginInsertRows({}, 0, 0);
    runs_.prepend(run);
    endInsertRows();
  } else if (runs_[row] != run) {
    runs_[row] = run;
    emit dataChanged(index(row), index(row));
  }
}

void RunList::setProgress(const QString& path, qint64 step, qint64 steps) {
  const int row = rowOf(path);
  if (row < 0) return;
  RunCard run = runs_[row];
  run.running = true;
  run.step = step;
  run.steps = steps;
  put(run);
}

int RunList::rowOf(const QString& path) const {
  const auto found = std::ranges::find(runs_, path, &RunCard::path);
  return found == runs_.end() ? -1 : static_cast<int>(found - runs_.begin());
}

int RunList::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(runs_.size());
}

QVariant RunList::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const RunCard& run = runs_[index.row()];
  switch (role) {
    case Qt::DisplayRole:
      return run.name;
    case Qt::AccessibleTextRole:
      return QString(run.name + ". " + describe(run));
    case Qt::ToolTipRole:
      return QString(QDir::toNativeSeparators(run.path) + "\n" + describe(run));
    default:
      return {};
  }
}

QString describe(const RunCard& run) {
  const QLocale locale;
  const QString step = locale.toString(run.step);
  const double fraction = fractionOf(run);
  if (run.running) {
    return fraction < 0 ? text("Training")
                        : text("Training, %1 %").arg(std::lround(fraction * 100));
  }
  if (run.finished) return text("Finished");
  if (!run.resumable) return text("Ended early, cannot be resumed");
  return run.steps > 0 ? text("Paused at step %1 of %2").arg(step, locale.toString(run.steps))
                       : text("Paused at step %1").arg(step);
}

double fractionOf(const RunCard& run) {
  if (run.steps <= 0) return -1;
  return std::clamp(static_cast<double>(run.step) / static_cast<double>(run.steps), 0.0, 1.0);
}

void RunDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const {
  const RunCard& run = static_cast<const RunList*>(index.model())->at(index.row());
  const QStyle* style = option.widget != nullptr ? option.widget->style() : QApplication::style();
  style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const bool selected = option.state & QStyle::State_Selected;
  const QColor plain = option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
  QColor second = plain;
  second.setAlphaF(0.7f);
  QRect area = option.rect.adjusted(kPad, 6, -kPad, -6);
  const int mark = option.fontMetrics.height();
  paintGlyph(*painter, glyph_of(run), QRect(area.left(), area.top(), mark, mark),
             selected ? plain : color_of(run, option.palette));
  area.setLeft(area.left() + mark + 6);
  painter->setFont(option.font);
  painter->setPen(plain);
  painter->drawText(area, Qt::AlignLeft | Qt::AlignTop,
                    option.fontMetrics.elidedText(run.name, Qt::ElideMiddle, area.width()));
  painter->setPen(second);
  area.setTop(area.top() + option.fontMetrics.lineSpacing() + 2);
  painter->drawText(area, Qt::AlignLeft | Qt::AlignTop,
                    option.fontMetrics.elidedText(describe(run), Qt::ElideRight, area.width()));
  if (run.running && fractionOf(run) >= 0) {
    const QRectF groove(area.left(), area.bottom() - 2, area.width(), 4);
    paintBar(*painter, groove, fractionOf(run), option.palette, selected);
  }
  painter->restore();
}

QSize RunDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const RunCard& run = static_cast<const RunList*>(index.model())->at(index.row());
  return {120, 2 * option.fontMetrics.lineSpacing() + 14 + (run.running ? 10 : 0)};
}

}  // namespace imago::gui
