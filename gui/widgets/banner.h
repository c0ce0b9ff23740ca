// A message within a page, shown until it is dismissed or no longer true.
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

  explicit Banner(QWidget* parent = nullptr);

  /// Replaces what stood there. With `action`, a button of that text emits actionTriggered.
  void show(Kind kind, const QString& text, const QString& action = {});
  QString text() const;

 signals:
  void actionTriggered();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void applyColors();

  Kind kind_ = Kind::info;
  QLabel* icon_;
  QLabel* text_;
  QPushButton* action_;
  QToolButton* close_;
};

}  // namespace imago::gui
