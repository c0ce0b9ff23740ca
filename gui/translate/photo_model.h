// The photos of the page and how far each has come.
#pragma once

#include <QAbstractListModel>
#include <functional>
#include <optional>
#include <vector>

#include "gui/session/types.h"

namespace imago::gui {

enum class PhotoState { reading, ready, waiting, running, done, failed };

struct Photo {
  int id = 0;
  QString path;  // empty: pasted
  QString name;
  QImage pasted;
  QImage thumbnail;
  QDateTime modified;  // of the file, when it was read
  QSize size;
  bool film = false;   // all of its frames are translated
  double seconds = 0;  // of a film; 0: not known
  PhotoState state = PhotoState::reading;
  double progress = 0;
  double framesPerSecond = 0;         // of a film that is running; 0: not known yet
  QString reason;                     // why it failed last; empty: it did not
  QString note;                       // what else there is to say while it is ready
  std::optional<Translation> result;  // the one on view
  QList<Translation> others;          // those of other models

  PhotoSource source() const { return {id, path, pasted}; }
  bool saved() const { return result.has_value() && result->saved(); }
  /// In the order in which they were made.
  QList<const Translation*> results() const;
  /// Null where there is none.
  const Translation* resultOf(const std::shared_ptr<const PictureDetails>& details) const;
  QList<const Translation*> unsavedResults() const;
  bool unsaved() const { return !unsavedResults().isEmpty(); }

  /// A result comes on view. It takes the place of the one that the same model made before; those
  /// of other models stay.
  void take(const Translation& made);
  /// One of `results` comes on view.
  void choose(const std::shared_ptr<const PictureDetails>& details);
};

class PhotoModel : public QAbstractListModel {
  Q_OBJECT

 public:
  using QAbstractListModel::QAbstractListModel;

  /// Appends and returns the id. A file that is there already keeps its id and its place.
  int addFile(const QString& path);
  int addPasted(const QImage& image);
  /// What was removed comes back to its place.
  void restore(const QList<Photo>& photos);
  /// All at once: few steps for the views, however many photos.
  void remove(const QList<int>& ids);

  const std::vector<Photo>& photos() const { return photos_; }
  const Photo& at(int row) const { return photos_[row]; }
  const Photo* find(int id) const;
  const Photo* findFile(const QString& path) const;
  /// -1 where there is none.
  int rowOf(int id) const;
  int unsavedCount() const;
  int count(PhotoState state) const;

  /// Changes one photo and tells the views; nothing happens where it is gone.
  void edit(int id, const std::function<void(Photo&)>& change);
  /// The state a photo is in while nothing is being done with it.
  void settle(int id);

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  int append(Photo photo);

  std::vector<Photo> photos_;
  int lastId_ = 0, pasted_ = 0;
};

/// "640 × 360", of a film with its duration: "640 × 360, 1:02".
QString sizeText(const Photo& photo);
/// What stands below a photo's name: "Waiting", "Translating… 40 %", "Not saved", the reason…
QString describe(const Photo& photo);

}  // namespace imago::gui
