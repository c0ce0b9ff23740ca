// The questions the app asks in windows of their own. Functions in a struct, so that a test can
// answer them.
#pragma once

#include <QString>
#include <QStringList>
#include <functional>

class QWidget;

namespace imago::gui {

enum class UnsavedAnswer { save, discard, keep };

struct Dialogs {
  /// Empty answers mean that the user thought better of it.
  std::function<QStringList(QWidget*)> openPhotos;
  std::function<QString(QWidget*)> openModel;
  /// `suggested`: a whole path. Asks before an existing file is chosen.
  std::function<QString(QWidget*, const QString& suggested)> saveAs;
  std::function<QString(QWidget*, const QString& title, const QString& start)> pickFolder;
  /// `count` translated photos are not saved and would be lost.
  std::function<UnsavedAnswer(QWidget*, int count)> askUnsaved;
  /// `count` photos are being translated or wait for it: true ends that.
  std::function<bool(QWidget*, int count)> askStopTranslating;

  /// Any one file; `filter` as "Runs (*.json)". saveFile asks before an existing one is chosen.
  std::function<QString(QWidget*, const QString& title, const QString& filter)> openFile;
  std::function<QString(QWidget*, const QString& title, const QString& suggested,
                        const QString& filter)>
      saveFile;
  /// In the system's program for that.
  std::function<void(const QString& folder)> showFolder;

  /// The real ones.
  static Dialogs native();
};

/// Where pictures are first looked for and saved: the user's folder of pictures where there is one,
/// else the home folder.
QString picturesFolder();

}  // namespace imago::gui
