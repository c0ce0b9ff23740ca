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
  /// `count` translated photos are not saved and would be lost; 0: the drawing is not.
  std::function<UnsavedAnswer(QWidget*, int count)> askUnsaved;
  /// A name to give, `name` at first.
  std::function<QString(QWidget*, const QString& title, const QString& name)> askName;
  /// Whether `what` is to be deleted.
  std::function<bool(QWidget*, const QString& what)> askDelete;
  /// `count` photos are being translated or wait for it, of which `films` go on another time from
  /// where they are: true ends that.
  std::function<bool(QWidget*, int count, int films)> askStopTranslating;

  /// Any one file; `filter` as "Runs (*.json)". saveFile asks before an existing one is chosen.
  std::function<QString(QWidget*, const QString& title, const QString& filter)> openFile;
  std::function<QString(QWidget*, const QString& title, const QString& suggested,
                        const QString& filter)>
      saveFile;
  /// In the system's program for that.
  std::function<void(const QString& folder)> showFolder;
  /// Something long has ended while the user was elsewhere: by the desktop's notifications.
  std::function<void(const QString& title, const QString& text)> notify;

  /// `notify`, unless the user has the window of `widget` before them.
  void notifyIfAway(const QWidget& widget, const QString& title, const QString& text) const;

  /// The real ones.
  static Dialogs native();
};

/// Where pictures are first looked for and saved: the user's folder of pictures where there is one,
/// else the home folder.
QString picturesFolder();

}  // namespace imago::gui
