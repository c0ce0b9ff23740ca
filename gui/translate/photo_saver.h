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

  /// The result on view of one photo: asks for a name. Of several: asks for a folder, never over an
  /// existing file. What is not translated is left out.
  void save(const QList<int>& photos);
  /// The same for all results of these photos that are not saved.
  void saveUnsaved(const QList<int>& photos);
  /// All that are translated and not saved.
  void saveAll();
  /// Saves asked for and not finished.
  int pending() const { return pending_; }

 signals:
  void saved(const QString& path);
  void failed(const QString& message);
  /// The last of the pending ones is done; `good`: none failed.
  void finished(bool good);

 private:
  /// A result by the photo that it is of and what tells it from others: the dialogs let the world
  /// go on.
  struct Wanted {
    int photo;
    std::shared_ptr<const PictureDetails> of;
  };
  void saveResults(const QList<Wanted>& results);
  void saveOne(const Wanted& wanted);
  const Translation* find(const Wanted& wanted) const;
  void start(const Translation& result, const QString& path);
  void finish(const SaveOutcome& outcome);

  Session& session_;
  PhotoModel& photos_;
  Dialogs dialogs_;
  QWidget* window_;
  int pending_ = 0;
  QStringList problems_;
};

}  // namespace imago::gui
