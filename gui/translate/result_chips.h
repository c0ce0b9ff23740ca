// The row over the viewer: what has become of the photo, a chip for each model, and how two are
// compared.
#pragma once

#include <QList>
#include <QWidget>
#include <memory>

#include "gui/translate/compare_view.h"

class QComboBox;
class QHBoxLayout;
class QToolButton;

namespace imago::gui {

struct Photo;

class ResultChips : public QWidget {
  Q_OBJECT

 public:
  /// What tells one translation from another; null: the photo itself.
  using Of = std::shared_ptr<const PictureDetails>;

  explicit ResultChips(QWidget* parent = nullptr);

  /// `compared`: what the result is compared with. Null: there is no photo.
  void show(const Photo* photo, const Of& compared);
  CompareView::Mode mode() const;

 signals:
  /// This result is to be the one on view.
  void chosen(const std::shared_ptr<const imago::gui::PictureDetails>& result);
  /// The result is to be compared with this one.
  void compareWith(const std::shared_ptr<const imago::gui::PictureDetails>& result);
  void modeChosen(imago::gui::CompareView::Mode mode);

 private:
  QList<QToolButton*> chips_;
  QList<Of> results_;  // of the chips
  QList<Of> others_;   // of the rows of `with_`
  QHBoxLayout* row_;
  QComboBox *with_, *modes_;
};

}  // namespace imago::gui
