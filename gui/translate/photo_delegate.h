// Paints one row of the photo list: thumbnail, name, state.
#pragma once

#include <QStyledItemDelegate>

namespace imago::gui {

class PhotoDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace imago::gui
