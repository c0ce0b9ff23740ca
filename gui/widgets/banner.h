// A message over the top of a page, shown until it is dismissed or no longer true. It lies over the
// page instead of in its layout, so that nothing moves under the pointer when it comes or goes.
#pragma once

#include <QFrame>

class QLabel;
class QPushButton;
class QToolButton;

namespace imago::gui {

class Banner : public QFrame {
  Q_OBJECT

 public:
  enum class Kind { info, error };

  /// Over the top of `page`.
  explicit Banner(QWidget* page);

  /// Replaces what stood there. With `action`, a button of that text emits actionTriggered.
  void show(Kind kind, const QString& text, const QString& action = {});
  QString text() const;

 signals:
  void actionTriggered();

 protected:
  void changeEvent(QEvent* event) override;
  void hideEvent(QHideEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  /// This one and its siblings, one below the other.
  void place();
  void applyColors();

  Kind kind_ = Kind::info;
  QLabel* icon_;
  QLabel* text_;
  QPushButton* action_;
  QToolButton* close_;
};

}  // namespace imago::gui
