#include "gui/translate/model_library.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <QSettings>
#include <algorithm>

#include "gui/session/chains.h"
#include "gui/widgets/model_order.h"

namespace imago::gui {

namespace {

constexpr int kRecent = 6;
constexpr char kRecentKey[] = "translate/recentModels";
constexpr char kChainsKey[] = "translate/chains";
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

QStringList ModelLibrary::chains() const { return QSettings().value(kChainsKey).toStringList(); }

void ModelLibrary::addChain(const QString& chain) {
  QStringList all = chains();
  if (!all.contains(chain)) all.append(chain);
  QSettings().setValue(kChainsKey, all);
}

void ModelLibrary::removeChain(const QString& chain) {
  QStringList all = chains();
  all.removeAll(chain);
  QSettings().setValue(kChainsKey, all);
  forget(chain);
}

void ModelLibrary::forget(const QString& path) {
  recent_.removeAll(path);
  QSettings().setValue(kRecentKey, recent_);
  std::erase_if(cards_, [&](const ModelCard& card) { return card.path == path; });
  rebuild();
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
  std::vector<ModelCard> sorted = cards_;
  std::ranges::sort(sorted, {}, modelOrder);
  beginResetModel();
  rows_.clear();
  QString before;
  for (const ModelCard& card : sorted) {
    QString section = card.usable() ? card.task : QString();
    section = section.isEmpty() ? text(rows_.empty() ? "Models" : "Other models")
                                : section.left(1).toUpper() + section.mid(1);
    const bool others = section == text("Other models") && before == text("Models");
    if (section != before && !others) rows_.push_back({before = section, {}});
    rows_.push_back({{}, card});
  }
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

QList<ModelCard> ModelLibrary::usable() const {
  QList<ModelCard> cards;
  for (const Row& row : rows_) {
    if (row.heading.isEmpty() && row.card.usable()) cards.append(row.card);
  }
  return cards;
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
      if (heading) return row.heading;
      return QString(title(row.card) + ". " + summary(row.card) +
                     (isUsedLast(row.card) ? text(". Used last") : QString()));
    case Qt::ToolTipRole:
      return heading ? QString()
                     : QStringList{modelsOf(QDir::toNativeSeparators(row.card.path)).join(" → "),
                                   about(row.card), details(row.card)}
                           .join('\n')
                           .trimmed();
    default:
      return {};
  }
}

Qt::ItemFlags ModelLibrary::flags(const QModelIndex& index) const {
  const bool model = index.isValid() && rows_[index.row()].heading.isEmpty();
  return model ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
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

QString about(const ModelCard& card) {
  if (!card.usable()) return card.error;
  QStringList lines = {card.description, card.limits};
  lines.removeAll({});
  return lines.join('\n');
}

QString details(const ModelCard& card) {
  if (!card.usable()) return {};
  QStringList lines;
  if (!card.chain.isEmpty()) {
    lines.append(text("Files: %1").arg(card.chain.join(", ")));
    lines.append(text("%1 parameters together").arg(parameters(card.parameters)));
    if (!card.licence.isEmpty()) lines.append(text("Licences: %1").arg(card.licence));
    return lines.join('\n');
  }
  if (!card.title.isEmpty()) lines.append(text("File: %1").arg(card.name));
  lines.append(card.paper.isEmpty() ? card.architecture
                                    : text("%1, %2").arg(card.architecture, card.paper));
  lines.append(card.scale == 1 ? text("Output as large as the photo")
                               : text("Output %1 × as large").arg(card.scale));
  if (card.side > 0)
    lines.append(text("Learned at %1 pixels: larger photos are reduced for it").arg(card.side));
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
