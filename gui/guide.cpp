#include "gui/guide.h"

#include <QAction>
#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace imago::gui {

namespace {

QString tr(const char* text) { return QCoreApplication::translate("Guide", text); }

constexpr char kGuide[] = R"(# Imago in five minutes

## Translate a photo

1. **Open** one or more photos (Ctrl+O), drop them on the window, or paste one. Without a photo at
   hand, press one of the samples in the empty window.
2. **Choose a model** on the right. The list says what each does; *Details* says the rest. The clock
   marks the one that was used last.
3. Press **Translate**. Before the work begins, the line over the buttons says how large the result
   will be, and in red why it will not fit.
4. **Drag the divider** to compare before and after. The wheel zooms, dragging moves, 1 shows
   pixels as they are, 0 all of the picture.
5. **Save** (Ctrl+S). A single result stays in memory until then.

## Translate many

**Translate All** writes each result as soon as it is done. *Output* on the right says where: beside
each photo or in one folder, in which format, under which name, and what to do where a file of that
name is there already. No photo is ever replaced by its own result. In the end the window says how
many were translated, skipped and failed; *Retry Failed* tries those again.

## Draw, train, play

- **Draw**: what a model makes of a drawing stands beside it while the pen moves.
- **Train**: teach a model with your own pictures. The folder is looked at before training starts.
- **Playground**: watch two small networks play against each other.

## When something goes wrong

A message over the page or beside the photo says what was wrong and what to do. No picture leaves
this computer, and a file is whole or is not there.
)";

}  // namespace

QString guideText(const QList<GuideKeys>& keys) {
  QString text = tr(kGuide) + "\n## " + tr("Keys") + "\n";
  for (const GuideKeys& page : keys) {
    QString rows;
    for (const QAction* action : page.actions) {
      if (action->shortcut().isEmpty()) continue;
      rows += QString("| %1 | %2 |\n")
                  .arg(action->shortcut().toString(QKeySequence::NativeText).replace('|', "\\|"),
                       action->iconText());
    }
    if (rows.isEmpty()) continue;
    text += QString("\n### %1\n\n| %2 | |\n|---|---|\n%3").arg(page.page, tr("Key"), rows);
  }
  return text;
}

void showGuide(QWidget* window, const QList<GuideKeys>& keys) {
  auto* guide = window->findChild<QDialog*>("guide", Qt::FindDirectChildrenOnly);
  if (guide == nullptr) {
    guide = new QDialog(window);
    guide->setObjectName("guide");
    guide->setWindowTitle(tr("Guide"));
    auto* text = new QTextBrowser(guide);
    text->setAccessibleName(tr("Guide"));
    text->setMarkdown(guideText(keys));
    auto* close = new QDialogButtonBox(QDialogButtonBox::Close, guide);
    QObject::connect(close, &QDialogButtonBox::rejected, guide, &QDialog::reject);
    auto* column = new QVBoxLayout(guide);
    column->addWidget(text);
    column->addWidget(close);
    guide->resize(640, 600);
  }
  guide->show();
  guide->raise();
  guide->activateWindow();
}

}  // namespace imago::gui
