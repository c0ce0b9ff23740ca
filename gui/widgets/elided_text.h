// A line of text that says so where there is not room for all of it.
#pragma once

#include <QLabel>

namespace imago::gui {

/// Plain text in one line, as wide as there is room. What has none is replaced by "…", and the tool
/// tip tells the whole.
class ElidedText : public QLabel {
 public:
  ElidedText(Qt::TextElideMode mode, const QString& name, QWidget* parent);

  /// `more`: stands in the tool tip below the whole text, if it is something else.
  void setWhole(const QString& whole, const QString& more = {});
  const QString& whole() const { return whole_; }

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void fit();

  Qt::TextElideMode mode_;
  QString whole_, more_;
};

}  // namespace imago::gui
