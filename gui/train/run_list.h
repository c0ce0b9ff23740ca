// The runs of a folder: the list's content and how a row looks.
#pragma once

#include <QAbstractListModel>
#include <QStyledItemDelegate>

#include "gui/session/train_types.h"

namespace imago::gui {

class RunList : public QAbstractListModel {
  Q_OBJECT

 public:
  using QAbstractListModel::QAbstractListModel;

  void setRuns(const QList<RunCard>& runs);
  /// Renews what is known of one run; a new one stands first.
  void put(const RunCard& run);
  const RunCard& at(int row) const { return runs_[row]; }
  const QList<RunCard>& runs() const { return runs_; }
  /// -1 where there is none.
  int rowOf(const QString& path) const;
  /// How far the run of this window is, which its files know later.
  void setProgress(const QString& path, qint64 step, qint64 steps);

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  QList<RunCard> runs_;
};

/// "Training, 34 %", "Paused at step 400 of 5,000", "Finished"…
QString describe(const RunCard& run);
/// The share that is done; -1: not known.
double fractionOf(const RunCard& run);

class RunDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace imago::gui
