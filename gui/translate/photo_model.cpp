#include "gui/translate/photo_model.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <algorithm>
#include <set>

#include "gui/session/session.h"
#include "gui/session/words.h"

namespace imago::gui {

QList<const Translation*> Photo::results() const {
  QList<const Translation*> all;
  for (const Translation& other : others) all.append(&other);
  if (result) all.append(&*result);
  std::ranges::stable_sort(all, {}, &Translation::made);
  return all;
}

const Translation* Photo::resultOf(const std::shared_ptr<const PictureDetails>& details) const {
  const QList<const Translation*> all = results();
  const auto found = std::ranges::find(all, details, &Translation::details);
  return found == all.end() ? nullptr : *found;
}

QList<const Translation*> Photo::unsavedResults() const {
  QList<const Translation*> unsaved = results();
  unsaved.removeIf([](const Translation* one) { return one->saved(); });
  return unsaved;
}

void Photo::take(const Translation& made) {
  if (result) others.append(*result);
  others.removeIf([&](const Translation& other) {
    return other.settings.modelPath == made.settings.modelPath;
  });
  result = made;
}

void Photo::choose(const std::shared_ptr<const PictureDetails>& details) {
  const auto found = std::ranges::find(others, details, &Translation::details);
  if (found != others.end()) std::swap(*found, *result);
}

int PhotoModel::append(Photo photo) {
  photo.id = ++lastId_;
  const int row = static_cast<int>(photos_.size());
  beginInsertRows({}, row, row);
  photos_.push_back(std::move(photo));
  endInsertRows();
  return lastId_;
}

int PhotoModel::addFile(const QString& path) {
  const QString absolute = QFileInfo(path).absoluteFilePath();
  if (const Photo* known = findFile(absolute)) return known->id;
  Photo photo;
  photo.path = absolute;
  photo.name = QFileInfo(absolute).fileName();
  photo.film = Session::isFilmName(absolute);
  return append(std::move(photo));
}

int PhotoModel::addPasted(const QImage& image) {
  Photo photo;
  photo.pasted = image;
  photo.name = tr("Pasted %1").arg(++pasted_);
  return append(std::move(photo));
}

void PhotoModel::remove(const QList<int>& ids) {
  const std::set<int> gone(ids.begin(), ids.end());
  const auto is_gone = [&](const Photo& photo) { return gone.contains(photo.id); };
  const auto first = std::ranges::find_if(photos_, is_gone);
  const auto end = std::ranges::find_if_not(first, photos_.end(), is_gone);
  if (first == photos_.end()) return;
  if (std::none_of(end, photos_.end(), is_gone)) {  // in one piece
    beginRemoveRows({}, static_cast<int>(first - photos_.begin()),
                    static_cast<int>(end - photos_.begin()) - 1);
    photos_.erase(first, end);
    endRemoveRows();
    return;
  }
  beginResetModel();
  std::erase_if(photos_, is_gone);
  endResetModel();
}

void PhotoModel::restore(const QList<Photo>& photos) {
  std::set<QString> here;
  for (const Photo& photo : photos_) here.insert(photo.path);
  beginResetModel();
  for (const Photo& photo : photos) {
    const bool again = !photo.path.isEmpty() && here.contains(photo.path);  // opened meanwhile
    if (!again) photos_.push_back(photo);
  }
  std::ranges::sort(photos_, {}, &Photo::id);
  endResetModel();
}

int PhotoModel::rowOf(int id) const {
  // They are appended in the order of their ids.
  const auto found = std::ranges::lower_bound(photos_, id, {}, &Photo::id);
  return found == photos_.end() || found->id != id ? -1 : static_cast<int>(found - photos_.begin());
}

const Photo* PhotoModel::find(int id) const {
  const int row = rowOf(id);
  return row < 0 ? nullptr : &photos_[row];
}

const Photo* PhotoModel::findFile(const QString& path) const {
  const auto found = std::ranges::find(photos_, path, &Photo::path);
  return found == photos_.end() || path.isEmpty() ? nullptr : &*found;
}

int PhotoModel::unsavedCount() const {
  return static_cast<int>(std::ranges::count_if(photos_, &Photo::unsaved));
}

int PhotoModel::count(PhotoState state) const {
  return static_cast<int>(std::ranges::count(photos_, state, &Photo::state));
}

void PhotoModel::edit(int id, const std::function<void(Photo&)>& change) {
  const int row = rowOf(id);
  if (row < 0) return;
  change(photos_[row]);
  emit dataChanged(index(row), index(row));
}

void PhotoModel::settle(int id) {
  edit(id, [](Photo& photo) {
    photo.progress = photo.framesPerSecond = 0;
    photo.state = !photo.reason.isEmpty()    ? PhotoState::failed
                  : photo.result.has_value() ? PhotoState::done
                  : photo.thumbnail.isNull() ? PhotoState::reading
                                             : PhotoState::ready;
  });
}

int PhotoModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(photos_.size());
}

QVariant PhotoModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Photo& photo = at(index.row());
  switch (role) {
    case Qt::DisplayRole:
      return photo.name;
    case Qt::AccessibleTextRole:
      return QString(photo.name + ". " + describe(photo));
    case Qt::ToolTipRole: {
      QStringList lines = {photo.path.isEmpty() ? photo.name
                                                : QDir::toNativeSeparators(photo.path)};
      if (photo.saved())
        lines.append(tr("Saved as %1").arg(QDir::toNativeSeparators(photo.result->file)));
      if (photo.result) lines.append(photo.result->note);
      lines.append(photo.reason);
      lines.removeAll({});
      return lines.join('\n');
    }
    default:
      return {};
  }
}

namespace {

QString runningText(const Photo& photo) {
  const int percent = static_cast<int>(photo.progress * 100);
  if (photo.framesPerSecond <= 0)
    return QCoreApplication::translate("Photo", "Translating… %1 %").arg(percent);
  const int digits = photo.framesPerSecond < 10 ? 1 : 0;
  return QCoreApplication::translate("Photo", "%1 %, %2 frames/s")
      .arg(percent)
      .arg(photo.framesPerSecond, 0, 'f', digits);
}

}  // namespace

QString sizeText(const Photo& photo) {
  const QString size = QString("%1 × %2").arg(photo.size.width()).arg(photo.size.height());
  return photo.seconds > 0 ? size + ", " + playingTime(photo.seconds) : size;
}

QString describe(const Photo& photo) {
  const auto tr = [](const char* text) { return QCoreApplication::translate("Photo", text); };
  switch (photo.state) {
    case PhotoState::reading:
      return tr("Reading…");
    case PhotoState::ready:
      if (!photo.note.isEmpty()) return photo.note;
      return sizeText(photo);
    case PhotoState::waiting:
      return tr("Waiting");
    case PhotoState::running:
      return runningText(photo);
    case PhotoState::done:
      return photo.saved() ? tr("Done, saved") : tr("Done, not saved");
    case PhotoState::failed:
      return photo.reason;
  }
  return {};
}

}  // namespace imago::gui
