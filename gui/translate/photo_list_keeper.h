// The list of photos across two runs of the program: what was in it, what had become of each, and
// what was still to be translated, and how.
#pragma once

#include <QHash>
#include <QList>
#include <QObject>
#include <QTimer>
#include <optional>

#include "gui/session/types.h"

namespace imago::gui {

class PhotoModel;
class TranslateQueue;

/// A photo of the list as the settings remember it.
struct KeptPhoto {
  QString path;
  /// What has become of it, in files; the last one was on view.
  QList<Translation> results;
  /// It was waiting for this, or had not come to its end.
  std::optional<TranslateRequest> wanted;
};

/// Writes the list down soon after it changes, so that a killed program remembers it too. Pasted
/// pictures and results that were not written are not remembered.
class PhotoListKeeper : public QObject {
  Q_OBJECT

 public:
  PhotoListKeeper(PhotoModel& photos, TranslateQueue& queue, QObject* parent = nullptr);

  /// The list of last time without the files that are gone since; a result whose file is gone is
  /// none.
  static QList<KeptPhoto> remembered();

  /// What the queue has not come to the end of is still wanted next time, though it is cancelled
  /// now.
  void keepUnfinished();
  /// At once.
  void save();

 private:
  PhotoModel& photos_;
  TranslateQueue& queue_;
  QHash<int, TranslateRequest> unfinished_;
  QTimer soon_;
};

}  // namespace imago::gui
