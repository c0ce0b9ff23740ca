#include "gui/widgets/section.h"

#include <QApplication>
#include <QSettings>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

namespace imago::gui {

Section::Section(const QString& title, QWidget* content, const QString& key, bool open,
                 QWidget* parent)
    : QWidget(parent), title_(title), content_(content), heading_(new QToolButton(this)) {
  heading_->setObjectName(key.section('/', -1) + "Section");
  heading_->setAutoRaise(true);
  heading_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  heading_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  heading_->setAccessibleName(title);
  QFont font = heading_->font();
  font.setWeight(QFont::DemiBold);
  heading_->setFont(font);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addWidget(heading_);
  column->addWidget(content_);
  connect(heading_, &QToolButton::clicked, this, [this, key] {
    setOpen(!open_);
    emit toggled();
    QSettings().setValue(key, open_);
    // Opening moves things: the second half of a double click must not hit what came there.
    content_->setAttribute(Qt::WA_TransparentForMouseEvents);
    QTimer::singleShot(QApplication::doubleClickInterval(), content_, [content = content_] {
      content->setAttribute(Qt::WA_TransparentForMouseEvents, false);
    });
  });
  setOpen(QSettings().value(key, open).toBool());
}

void Section::setSummary(const QString& summary) {
  summary_ = summary;
  showTitle();
}

void Section::setOpen(bool open) {
  open_ = open;
  heading_->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
  content_->setVisible(open);
  showTitle();
}

int Section::closedHeight() const { return heading_->sizeHint().height(); }

int Section::openHeight() const {
  return closedHeight() + layout()->spacing() + content_->sizeHint().height();
}

void Section::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  showTitle();
}

void Section::showTitle() {
  const bool told = !open_ && !summary_.isEmpty();
  const int room = std::max(heading_->width() - heading_->iconSize().width() - 16, 40);
  heading_->setText(heading_->fontMetrics().elidedText(told ? title_ + "  ·  " + summary_ : title_,
                                                       Qt::ElideRight, room));
  heading_->setToolTip(told ? summary_ : QString());
  heading_->setAccessibleDescription(open_ ? tr("Open") : told ? summary_ : tr("Closed"));
}

}  // namespace imago::gui
