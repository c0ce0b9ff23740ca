#include "gui/widgets/tool_scroll.h"

#include <QCoreApplication>
#include <QEvent>
#include <QLayout>
#include <QScrollBar>
#include <algorithm>

#include "gui/widgets/section.h"

namespace imago::gui {

namespace {

/// Takes its place always, and is seen where there is something to scroll.
class QuietBar : public QScrollBar {
 public:
  using QScrollBar::QScrollBar;

 protected:
  void paintEvent(QPaintEvent* event) override {
    if (maximum() > minimum()) QScrollBar::paintEvent(event);
  }
};

}  // namespace

/// The content, and below it as much room as is needed for nothing above to move.
class ToolScroll::Column : public QWidget {
 public:
  explicit Column(QWidget* content) : content_(content) { content->setParent(this); }

  /// Does the layouts from `inner` to the content anew, at once.
  void activate(QWidget* inner) const {
    for (QWidget* each = inner; each != this; each = each->parentWidget())
      if (each->layout() != nullptr) each->layout()->activate();
  }
  QWidget* content() const { return content_; }
  int contentHeight() const {
    return content_->hasHeightForWidth() ? content_->heightForWidth(width())
                                         : content_->sizeHint().height();
  }
  void setRoom(int room) {
    room_ = room;
    QEvent changed(QEvent::LayoutRequest);  // heard by the scroll area
    QCoreApplication::sendEvent(this, &changed);
  }

  QSize sizeHint() const override { return minimumSizeHint(); }
  QSize minimumSizeHint() const override {
    return {content_->minimumSizeHint().width(), contentHeight() + room_};
  }

 protected:
  bool event(QEvent* event) override {
    const bool done = QWidget::event(event);
    if (event->type() == QEvent::LayoutRequest || event->type() == QEvent::Resize)
      content_->setGeometry(0, 0, width(), contentHeight());
    return done;
  }

 private:
  QWidget* content_;
  int room_ = 0;
};

ToolScroll::ToolScroll(QWidget* parent) : QScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::NoFocus);  // what is in it scrolls it
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
  setVerticalScrollBar(new QuietBar(this));
  connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &ToolScroll::settle);
}

void ToolScroll::setContent(QWidget* content) {
  column_ = new Column(content);
  setWidget(column_);
}

void ToolScroll::follow(Section* section) {
  connect(section, &Section::toggled, this, [this, section] {
    column_->activate(section);
    settle();
  });
}

void ToolScroll::resizeEvent(QResizeEvent* event) {
  if (fit_) {
    fit_(viewport()->height());
    column_->activate(column_->content());
  }
  QScrollArea::resizeEvent(event);
}

/// No more room at the end than what is scrolled to takes.
void ToolScroll::settle() {
  if (column_ == nullptr) return;
  const int value = verticalScrollBar()->value();
  const int seen = value > 0 ? value + viewport()->height() : 0;
  column_->setRoom(std::max(0, seen - column_->contentHeight()));
}

}  // namespace imago::gui
