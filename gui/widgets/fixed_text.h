// Text in a place that stays as high as it is, whatever stands in it.
#pragma once

#include <QScrollArea>

class QLabel;

namespace imago::gui {

/// Plain text of any length in so many lines; what is longer is scrolled.
class FixedText : public QScrollArea {
  Q_OBJECT

 public:
  FixedText(int lines, const QString& name, QWidget* parent = nullptr);

  /// Called `name`; shows the text.
  QLabel* label() const { return label_; }
  void setText(const QString& text);
  QString text() const;

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void fit();

  int lines_;
  QLabel* label_;
};

}  // namespace imago::gui
