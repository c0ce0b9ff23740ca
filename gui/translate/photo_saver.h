// Saving translated photos: names, questions, and what became of it.
#pragma once

#include <QObject>

#include "gui/session/types.h"
#include "gui/widgets/dialogs.h"

class QWidget;

namespace imago::gui {

struct Photo;
class PhotoModel;
class Session;

class PhotoSaver : public QObject {
  Q_OBJECT

 public:
  /// `window`: over which the questions are asked.
  PhotoSaver(Session& session, PhotoModel& photos, const Dialogs& dialogs, QWidget* window);

  /// Asks for a name. Nothing happens where the photo is not translated.
  void saveOne(int photo);
  /// Asks for a folder and saves every translated photo there; never over an existing file.
  void saveAll();
  /// Saves asked for and not finished.
  int pending() const { return pending_; }

  /// The whole path first offered: beside the photo, "<stem>_<model>.png".
  static QString suggestion(const Photo& photo);

 signals:
  void saved(const QString& path);
  void failed(const QString& message);
  /// The last of the pending ones is done; `good`: none failed.
  void finished(bool good);

 private:
  void start(const Photo& photo, const QString& path);
  void finish(const SaveOutcome& outcome);

  Session& session_;
  PhotoModel& photos_;
  Dialogs dialogs_;
  QWidget* window_;
  int pending_ = 0;
  QStringList problems_;
};

}  // namespace imago::gui
