#include "gui/translate/model_library.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QMap>
#include <QSettings>
#include <algorithm>

namespace imago::gui {

namespace {

constexpr int kRecent = 6;
constexpr char kRecentKey[] = "translate/recentModels";
constexpr char kFolderKey[] = "translate/modelFolder";

QString text(const char* source) { return QCoreApplication::translate("ModelLibrary", source); }

QString parameters(qint64 count) {
  const QLocale locale;
  if (count >= 1'000'000) return text("%1 M").arg(locale.toString(count / 1e6, 'f', 1));
  if (count >= 1'000) return text("%1 k").arg(locale.toString(count / 1e3, 'f', 1));
  return locale.toString(count);
}

}  // namespace

ModelLibrary::ModelLibrary(const QStringList& defaults, QObject* parent)
    : QAbstractListModel(parent),
      defaults_(defaults),
      recent_(QSettings().value(kRecentKey).toStringList()) {}

QStringList ModelLibrary::folders() const {
  const QString chosen = QSettings().value(kFolderKey).toString();
  return chosen.isEmpty() ? defaults_ : QStringList{chosen};
}

void ModelLibrary::setFolder(const QString& folder) { QSettings().setValue(kFolderKey, folder); }

void ModelLibrary::use(const ModelCard& card) {
  recent_.removeAll(card.path);
  recent_.prepend(card.path);
  while (recent_.size() > kRecent) recent_.removeLast();
  QSettings().setValue(kRecentKey, recent_);
}

void ModelLibrary::put(const ModelCard& card) {
  const auto known = std::ranges::find(cards_, card.path, &ModelCard::path);
  if (known == cards_.end()) {
    cards_.push_back(card);
  } else {
    *known = card;
  }
  rebuild();
}

void ModelLibrary::clear() {
  cards_.clear();
  rebuild();
}

void ModelLibrary::rebuild() {
  std::vector<Row> recent, rest;
  for (const QString& path : recent_) {
    const auto card = std::ranges::find(cards_, path, &ModelCard::path);
    if (card != cards_.end()) recent.push_back({{}, *card});
  }
  for (const ModelCard& card : cards_) {
    if (!recent_.contains(card.path)) rest.push_back({{}, card});
  }
  std::ranges::stable_partition(rest, [](const Row& row) { return row.card.usable(); });
  QMap<QString, std::vector<Row>> tasks;
  for (const Row& row : rest) {
    if (!row.card.task.isEmpty()) tasks[row.card.task].push_back(row);
  }
  std::erase_if(rest, [](const Row& row) { return !row.card.task.isEmpty(); });
  beginResetModel();
  rows_.clear();
  const auto append = [&](const QString& heading, std::vector<Row>& section) {
    if (section.empty()) return;
    rows_.push_back({heading, {}});
    rows_.insert(rows_.end(), section.begin(), section.end());
  };
  append(text("Recent"), recent);
  for (auto task = tasks.begin(); task != tasks.end(); ++task) {
    append(task.key().left(1).toUpper() + task.key().mid(1), task.value());
  }
  append(tasks.isEmpty() ? text("Models") : text("Other models"), rest);
  endResetModel();
}

int ModelLibrary::rowOf(const QString& path) const {
  for (int row = 0; row < rowCount(); ++row) {
    if (rows_[row].heading.isEmpty() && rows_[row].card.path == path) return row;
  }
  return -1;
}

int ModelLibrary::rowNamed(const QString& name) const {
  const int byPath = rowOf(QFileInfo(name).absoluteFilePath());
  if (byPath >= 0) return byPath;
  for (int row = 0; row < rowCount(); ++row) {
    const ModelCard& card = rows_[row].card;
    const QFileInfo file(card.path);
    if (!card.path.isEmpty() &&
        (card.name == name || file.completeBaseName() == name || file.fileName() == name)) {
      return row;
    }
  }
  return -1;
}

int ModelLibrary::firstUsable() const {
  for (int row = 0; row < rowCount(); ++row) {
    if (rows_[row].heading.isEmpty() && rows_[row].card.usable()) return row;
  }
  return -1;
}

int ModelLibrary::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant ModelLibrary::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
  const Row& row = rows_[index.row()];
  const bool heading = !row.heading.isEmpty();
  switch (role) {
    case Qt::DisplayRole:
      return heading ? row.heading : title(row.card);
    case Qt::AccessibleTextRole:
      return heading ? row.heading : QString(title(row.card) + ". " + summary(row.card));
    case Qt::ToolTipRole:
      return heading ? QString()
                     : QString(QDir::toNativeSeparators(row.card.path) + "\n" + details(row.card));
    default:
      return {};
  }
}

Qt::ItemFlags ModelLibrary::flags(const QModelIndex& index) const {
  const bool heading = index.isValid() && !rows_[index.row()].heading.isEmpty();
  return heading ? Qt::NoItemFlags : Qt::ItemIsEnabled | Qt::ItemIsSelectable;
}

QString title(const ModelCard& card) { return card.title.isEmpty() ? card.name : card.title; }

QString summary(const ModelCard& card) {
  if (!card.usable()) return card.error;
  if (!card.description.isEmpty()) return card.description;
  QStringList parts = {card.scale == 1 ? card.architecture
                                       : QString("%1 ×%2").arg(card.architecture).arg(card.scale)};
  parts.append(text("%1 parameters").arg(parameters(card.parameters)));
  parts.append(card.precision);
  parts.append(card.licence);
  parts.removeAll({});
  return parts.join(" · ");
}

QString details(const ModelCard& card) {
  if (!card.usable()) return card.error;
  QStringList lines;
  if (!card.description.isEmpty()) lines.append(card.description);
  if (!card.limits.isEmpty()) lines.append(card.limits);
  if (!card.title.isEmpty()) lines.append(text("File: %1").arg(card.name));
  lines.append(card.paper.isEmpty() ? card.architecture
                                    : text("%1, %2").arg(card.architecture, card.paper));
  lines.append(card.scale == 1 ? text("Output as large as the photo")
                               : text("Output %1 × as large").arg(card.scale));
  lines.append(text("%1 parameters, stored as %2")
                   .arg(parameters(card.parameters),
                        card.precision.isEmpty() ? text("unknown") : card.precision));
  lines.append(card.norm == "none" || card.norm.isEmpty()
                   ? text("No normalisation")
                   : text("Normalisation: %1").arg(QString(card.norm).replace('_', ' ')));
  if (card.wholePicture) lines.append(text("Looks at the whole photo at once (tiles take longer)"));
  lines.append(card.licence.isEmpty() ? text("Licence: not stated in the file")
                                      : text("Licence: %1").arg(card.licence));
  return lines.join('\n');
}

}  // namespace imago::gui
