#include "gui/widgets/dialogs.h"

#include <QAbstractButton>
#include <QCoreApplication>
#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QInputDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QUrl>

#include "gui/session/session.h"
#include "gui/widgets/notify.h"

namespace imago::gui {

namespace {

QString tr(const char* text, int count = -1) {
  return QCoreApplication::translate("Dialogs", text, nullptr, count);
}

QStringList open_photos(QWidget* parent) {
  constexpr char kFolderKey[] = "translate/openFolder";
  const QString last = QSettings().value(kFolderKey).toString();
  const QStringList photos = QFileDialog::getOpenFileNames(
      parent, tr("Open Photos and Films"),
      !last.isEmpty() && QFileInfo(last).isDir() ? last : picturesFolder(),
      tr("Pictures and films (%1);;All files (*)")
          .arg("*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.avif *.heic *.jxl *.ppm *.pgm *.pbm " +
               Session::filmPatterns()));
  if (!photos.isEmpty()) QSettings().setValue(kFolderKey, QFileInfo(photos[0]).absolutePath());
  return photos;
}

QString open_model(QWidget* parent) {
  return QFileDialog::getOpenFileName(
      parent, tr("Open Model File"), {},
      tr("Models (*.safetensors *.pth *.pt *.onnx *.param);;All files (*)"));
}

QString save_as(QWidget* parent, const QString& suggested) {
  QFileDialog dialog(parent, tr("Save Translated Photo"));
  dialog.setAcceptMode(QFileDialog::AcceptSave);  // with it Qt asks before a file is replaced
  dialog.setNameFilters(
      {tr("PNG (*.png)"), tr("JPEG (*.jpg)"), tr("WebP (*.webp)"), tr("TIFF (*.tif)")});
  dialog.setDefaultSuffix("png");
  QObject::connect(&dialog, &QFileDialog::filterSelected, &dialog, [&](const QString& filter) {
    dialog.setDefaultSuffix(filter.section("*.", 1).section(')', 0, 0));
  });
  const QFileInfo info(suggested);
  dialog.setDirectory(info.absolutePath());
  dialog.selectFile(info.fileName());
  return dialog.exec() == QDialog::Accepted ? dialog.selectedFiles().value(0) : QString();
}

QString pick_folder(QWidget* parent, const QString& title, const QString& start) {
  return QFileDialog::getExistingDirectory(parent, title, start);
}

struct Answer {
  QString text;
  QMessageBox::ButtonRole role;
};

/// The place of the answer given; the last one, also that of Esc, leaves all as it is. `usual`: the
/// place of Enter's.
qsizetype ask(QWidget* parent, const QString& title, const QString& what, const QString& question,
              const QList<Answer>& answers, qsizetype usual) {
  QMessageBox box(parent);
  box.setIcon(QMessageBox::Question);
  box.setWindowTitle(title);
  box.setText(what);
  box.setInformativeText(question);
  QList<QAbstractButton*> buttons;
  for (const Answer& answer : answers) buttons.append(box.addButton(answer.text, answer.role));
  box.setDefaultButton(qobject_cast<QPushButton*>(buttons[usual]));
  box.setEscapeButton(buttons.last());
  box.exec();
  return buttons.indexOf(box.clickedButton());
}

UnsavedAnswer ask_unsaved(QWidget* parent, int count) {
  const QString what = count == 0   ? tr("The drawing on the page Draw is not saved yet.")
                       : count == 1 ? tr("A translated photo is not saved yet.")
                                    : tr("%1 translated photos are not saved yet.").arg(count);
  const qsizetype answer = ask(parent, count == 0 ? tr("Unsaved Drawing") : tr("Unsaved Photos"),
                               what, tr("Do you want to save before going on?"),
                               {{tr("Save…"), QMessageBox::AcceptRole},
                                {tr("Don't Save"), QMessageBox::DestructiveRole},
                                {tr("Cancel"), QMessageBox::RejectRole}},
                               0);
  constexpr UnsavedAnswer kAnswers[] = {UnsavedAnswer::save, UnsavedAnswer::discard};
  return answer == 0 || answer == 1 ? kAnswers[answer] : UnsavedAnswer::keep;
}

QString ask_name(QWidget* parent, const QString& title, const QString& name) {
  bool accepted = false;
  const QString given =
      QInputDialog::getText(parent, title, tr("New name"), QLineEdit::Normal, name, &accepted);
  return accepted ? given : QString();
}

bool ask_delete(QWidget* parent, const QString& what) {
  return ask(parent, tr("Delete"), tr("Delete %1?").arg(what),
             tr("It goes to the trash, where there is one."),
             {{tr("Delete"), QMessageBox::DestructiveRole},
              {tr("Cancel"), QMessageBox::RejectRole}},
             1) == 0;
}

bool ask_stop_translating(QWidget* parent, int count, int films) {
  QString what = count == 1 ? tr("A photo is being translated.")
                            : tr("%1 photos are being translated.").arg(count);
  QString later = tr("What is not finished is begun anew when the list is opened again.");
  if (films == count) {
    what = count == 1 ? tr("A film is being translated.")
                      : tr("%1 films are being translated.").arg(count);
    later = tr("Nothing is lost: it goes on from where it is now when the list is opened again.");
  } else if (films > 0) {
    what = tr("%1 photos and films are being translated.").arg(count);
    later =
        tr("When the list is opened again, films go on from where they are now, and photos that "
           "are not finished are begun anew.");
  }
  return ask(parent, tr("Translating"), what, later,
             {{films == count ? tr("Close, Go On Later") : tr("Stop and Close"),
               films == count ? QMessageBox::AcceptRole : QMessageBox::DestructiveRole},
              {tr("Go On Translating"), QMessageBox::RejectRole}},
             1) == 0;
}

QString open_file(QWidget* parent, const QString& title, const QString& filter) {
  return QFileDialog::getOpenFileName(
      parent, title, QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation), filter);
}

QString save_file(QWidget* parent, const QString& title, const QString& suggested,
                  const QString& filter) {
  QFileDialog dialog(parent, title);
  dialog.setAcceptMode(QFileDialog::AcceptSave);  // with it Qt asks before a file is replaced
  dialog.setNameFilter(filter);
  dialog.setDefaultSuffix(filter.section("*.", 1).section(')', 0, 0).section(' ', 0, 0));
  const QFileInfo info(suggested);
  dialog.setDirectory(info.absolutePath());
  dialog.selectFile(info.fileName());
  return dialog.exec() == QDialog::Accepted ? dialog.selectedFiles().value(0) : QString();
}

void show_folder(const QString& folder) { QDesktopServices::openUrl(QUrl::fromLocalFile(folder)); }

}  // namespace

Dialogs Dialogs::native() {
  return {open_photos, open_model,           save_as,   pick_folder, ask_unsaved, ask_name,
          ask_delete,  ask_stop_translating, open_file, save_file,   show_folder, notifyDesktop};
}

void Dialogs::notifyIfAway(const QWidget& widget, const QString& title, const QString& text) const {
  if (!widget.window()->isActiveWindow()) notify(title, text);
}

QString picturesFolder() {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
  return QFileInfo(folder).isDir() ? folder : QDir::homePath();
}

}  // namespace imago::gui
