#include "gui/widgets/banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>

#include "gui/widgets/icons.h"

namespace imago::gui {

Banner::Banner(QWidget* page)
    : QFrame(page),
      icon_(new QLabel(this)),
      text_(new QLabel(this)),
      action_(new QPushButton(this)),
      close_(new QToolButton(this)) {
  setObjectName("banner");
  setAutoFillBackground(true);
  setFrameShape(QFrame::StyledPanel);
  text_->setObjectName("bannerText");
  text_->setWordWrap(true);
  text_->setTextFormat(Qt::PlainText);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  action_->setObjectName("bannerAction");
  close_->setIcon(icon(Glyph::close));
  close_->setAutoRaise(true);
  close_->setToolTip(tr("Dismiss"));
  close_->setAccessibleName(tr("Dismiss message"));

  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(12, 8, 8, 8);
  row->setSpacing(10);
  row->addWidget(icon_, 0, Qt::AlignTop);
  row->addWidget(text_, 1);
  row->addWidget(action_);
  row->addWidget(close_, 0, Qt::AlignTop);

  connect(action_, &QPushButton::clicked, this, &Banner::actionTriggered);
  connect(close_, &QToolButton::clicked, this, &QWidget::hide);
  page->installEventFilter(this);
  hide();
}

void Banner::show(Kind kind, const QString& text, const QString& action) {
  kind_ = kind;
  text_->setText(text);
  action_->setText(action);
  action_->setVisible(!action.isEmpty());
  setAccessibleName(kind == Kind::error ? tr("Error") : tr("Message"));
  setAccessibleDescription(text);
  applyColors();
  if (isHidden()) raise();  // the last of those that are shown, and over what was made after it
  setVisible(true);
  place();
}

void Banner::place() {
  constexpr int kBeside = 12, kAbove = 6;
  int y = kAbove;
  for (auto* banner : parentWidget()->findChildren<Banner*>(Qt::FindDirectChildrenOnly)) {
    if (banner->isHidden()) continue;
    const int width = std::max(parentWidget()->width() - 2 * kBeside, 1);
    banner->setGeometry(kBeside, y, width, banner->heightForWidth(width));
    y += banner->height() + kAbove;
  }
}

bool Banner::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize && !isHidden()) place();
  return QFrame::eventFilter(watched, event);
}

void Banner::hideEvent(QHideEvent* event) {
  QFrame::hideEvent(event);
  place();
}

QString Banner::text() const { return isHidden() ? QString() : text_->text(); }

void Banner::changeEvent(QEvent* event) {
  if (event->type() == QEvent::ApplicationPaletteChange) applyColors();
  QFrame::changeEvent(event);
}

void Banner::applyColors() {
  const QPalette base = parentWidget() != nullptr ? parentWidget()->palette() : QPalette();
  const QColor mark =
      kind_ == Kind::error ? errorColor(base) : base.color(QPalette::Active, QPalette::Highlight);
  const QColor ground = base.color(QPalette::Window);
  // A breath of the mark's colour over the window's.
  const auto blend = [&](int a, int b) { return (a * 14 + b * 86) / 100; };
  QPalette tinted = base;
  tinted.setColor(QPalette::Window,
                  QColor(blend(mark.red(), ground.red()), blend(mark.green(), ground.green()),
                         blend(mark.blue(), ground.blue())));
  setPalette(tinted);

  const int side = fontMetrics().height() + 4;
  QPixmap pixmap(QSize(side, side) * devicePixelRatioF());
  pixmap.setDevicePixelRatio(devicePixelRatioF());
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  paintGlyph(painter, kind_ == Kind::error ? Glyph::warning : Glyph::info, QRectF(0, 0, side, side),
             mark);
  painter.end();
  icon_->setPixmap(pixmap);
}

}  // namespace imago::gui
