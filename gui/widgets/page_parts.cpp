#include "gui/widgets/page_parts.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

namespace imago::gui {

namespace {
constexpr int kColumnWidth = 236;
}

QLabel* heading(const QString& text, QWidget* parent, int height) {
  auto* label = new QLabel(text, parent);
  QFont font = label->font();
  font.setWeight(QFont::DemiBold);
  label->setFont(font);
  if (height > 0) label->setFixedHeight(height);
  return label;
}

QPushButton* buttonOf(QAction* action, QWidget* parent) {
  auto* button = new QPushButton(action->icon(), action->iconText(), parent);
  QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
  QObject::connect(action, &QAction::changed, button, [button, action] {
    button->setIcon(action->icon());
    button->setText(action->iconText());
  });
  return button;
}

QPushButton* followingButton(QAction* action, const QString& name, QWidget* parent) {
  QPushButton* button = buttonOf(action, parent);
  button->setObjectName(name);
  button->setEnabled(action->isEnabled());
  QObject::connect(action, &QAction::enabledChanged, button, &QWidget::setEnabled);
  return button;
}

QCheckBox* boxOf(QAction* action, const QString& name, QWidget* parent) {
  auto* box = new QCheckBox(action->iconText(), parent);
  box->setObjectName(name);
  box->setToolTip(action->toolTip());
  box->setChecked(action->isChecked());
  QObject::connect(box, &QCheckBox::toggled, action, &QAction::setChecked);
  QObject::connect(action, &QAction::toggled, box, &QCheckBox::setChecked);
  return box;
}

QLabel* quietText(const QString& name, QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setObjectName(name);
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  label->hide();
  return label;
}

void showText(QLabel* label, const QString& text) {
  label->setText(text);
  label->setVisible(!text.isEmpty());
}

QHBoxLayout* modelRow(QComboBox* models, QAction* openFile, QWidget* parent) {
  auto* open = new QToolButton(parent);
  open->setDefaultAction(openFile);
  auto* row = new QHBoxLayout;
  row->addWidget(models, 1);
  row->addWidget(open);
  return row;
}

QScrollArea* toolColumn(QWidget* tools, QWidget* parent) {
  auto* scroll = new QScrollArea(parent);
  scroll->setWidget(tools);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFixedWidth(kColumnWidth);
  return scroll;
}

QWidget* titledView(const QString& title, QWidget* view, const QList<QWidget*>& notes,
                    QWidget* parent) {
  auto* panel = new QWidget(parent);
  auto* head = new QHBoxLayout;
  head->addWidget(heading(title, panel));
  head->addStretch();
  for (QWidget* note : notes) {
    if (note != notes.first()) head->addSpacing(12);
    head->addWidget(note);
  }
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(head);
  column->addWidget(view, 1);
  return panel;
}

QString localFile(const QMimeData* data) {
  if (data == nullptr) return {};
  for (const QUrl& url : data->urls()) {
    if (url.isLocalFile()) return url.toLocalFile();
  }
  return {};
}

}  // namespace imago::gui
