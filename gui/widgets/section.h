// A part of a page that its heading opens and closes.
#pragma once

#include <QWidget>

class QToolButton;

namespace imago::gui {

class Section : public QWidget {
  Q_OBJECT

 public:
  /// `key`: under which it is remembered whether it is open; `open`: what it is at first.
  Section(const QString& title, QWidget* content, const QString& key, bool open,
          QWidget* parent = nullptr);

  /// Stands beside the title, and says what is set while it is closed.
  void setSummary(const QString& summary);
  void setOpen(bool open);
  bool isOpen() const { return open_; }
  /// How high it is while it is closed and while it is open, whichever it is.
  int closedHeight() const;
  int openHeight() const;

 signals:
  /// A person has opened or closed it.
  void toggled();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void showTitle();

  bool open_ = false;
  QString title_, summary_;
  QWidget* content_;
  QToolButton* heading_;
};

}  // namespace imago::gui
