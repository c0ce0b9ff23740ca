#include "gui/widgets/dialogs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>

namespace imago::gui {

namespace {

QString tr(const char* text, int count = -1) {
  return QCoreApplication::translate("Dialogs", text, nullptr, count);
}

QStringList open_photos(QWidget* parent) {
  constexpr char kFolderKey[] = "translate/openFolder";
  const QString last = QSettings().value(kFolderKey).toString();
  const QStringList photos = QFileDialog::getOpenFileNames(
      parent, tr("Open Photos"),
      !last.isEmpty() && QFileInfo(last).isDir() ? last : picturesFolder(),
      tr("Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff *.bmp *.gif *.avif *.heic *.jxl *.ppm "
         "*.pgm *.pbm);;All files (*)"));
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

UnsavedAnswer ask_unsaved(QWidget* parent, int count) {
  QMessageBox box(parent);
  box.setIcon(QMessageBox::Question);
  box.setWindowTitle(tr("Unsaved Photos"));
  box.setText(count == 1 ? tr("A translated photo is not saved yet.")
                         : tr("%1 translated photos are not saved yet.").arg(count));
  box.setInformativeText(tr("Do you want to save before going on?"));
  QPushButton* save = box.addButton(tr("Save…"), QMessageBox::AcceptRole);
  QPushButton* discard = box.addButton(tr("Don't Save"), QMessageBox::DestructiveRole);
  QPushButton* keep = box.addButton(QMessageBox::Cancel);
  box.setDefaultButton(save);
  box.setEscapeButton(keep);
  box.exec();
  if (box.clickedButton() == save) return UnsavedAnswer::save;
  return box.clickedButton() == discard ? UnsavedAnswer::discard : UnsavedAnswer::keep;
}

bool ask_stop_translating(QWidget* parent, int count) {
  QMessageBox box(parent);
  box.setIcon(QMessageBox::Question);
  box.setWindowTitle(tr("Translating"));
  box.setText(count == 1 ? tr("A photo is being translated.")
                         : tr("%1 photos are being translated.").arg(count));
  box.setInformativeText(tr("What is not finished is lost when the window closes."));
  QPushButton* stop = box.addButton(tr("Stop and Close"), QMessageBox::DestructiveRole);
  QPushButton* keep = box.addButton(tr("Go On Translating"), QMessageBox::RejectRole);
  box.setDefaultButton(keep);
  box.setEscapeButton(keep);
  box.exec();
  return box.clickedButton() == stop;
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

}  // namespace

Dialogs Dialogs::native() {
  return {open_photos, open_model,           save_as,   pick_folder,
          ask_unsaved, ask_stop_translating, open_file, save_file};
}

QString picturesFolder() {
  const QString folder = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
  return QFileInfo(folder).isDir() ? folder : QDir::homePath();
}

}  // namespace imago::gui
