#include "gui/translate/photo_list_keeper.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSettings>

#include "gui/session/session.h"
#include "gui/translate/photo_model.h"
#include "gui/translate/translate_queue.h"

namespace imago::gui {

namespace {

constexpr char kKey[] = "translate/list";
constexpr int kSoonMs = 1000;

QJsonObject toJson(const TranslateSettings& settings) {
  return {{"model", settings.modelPath},
          {"device", settings.device},
          {"tile", settings.tile},
          {"selfEnsemble", settings.selfEnsemble},
          {"stochastic", settings.stochastic},
          {"seed", QString::number(settings.seed)},
          {"scale", settings.scale},
          {"width", settings.width}};
}

TranslateSettings toSettings(const QJsonObject& json) {
  TranslateSettings settings;
  settings.modelPath = json["model"].toString();
  settings.device = json["device"].toString();
  settings.tile = json["tile"].toInt();
  settings.selfEnsemble = json["selfEnsemble"].toBool();
  settings.stochastic = json["stochastic"].toBool();
  settings.seed = json["seed"].toString().toULongLong();
  settings.scale = json["scale"].toDouble();
  settings.width = json["width"].toInt();
  return settings;
}

QJsonObject toJson(const Translation& result) {
  return {{"file", result.file},
          {"width", result.size.width()},
          {"height", result.size.height()},
          {"settings", toJson(result.settings)},
          {"modelName", result.modelName},
          {"deviceName", result.deviceName},
          {"seconds", result.seconds},
          {"made", result.made.toString(Qt::ISODateWithMs)}};
}

std::optional<Translation> toTranslation(const QJsonObject& json) {
  Translation result;
  result.file = json["file"].toString();
  if (result.file.isEmpty() || !QFileInfo(result.file).isFile()) return std::nullopt;
  result.size = QSize(json["width"].toInt(), json["height"].toInt());
  result.settings = toSettings(json["settings"].toObject());
  result.modelName = json["modelName"].toString();
  result.deviceName = json["deviceName"].toString();
  result.seconds = json["seconds"].toDouble();
  result.made = QDateTime::fromString(json["made"].toString(), Qt::ISODateWithMs);
  result.details = Session::detailsOfFile();
  return result;
}

QJsonObject toJson(const TranslateRequest& request) {
  return {{"settings", toJson(request.settings)},
          {"output", request.output},
          {"quality", request.quality}};
}

std::optional<TranslateRequest> toRequest(const QJsonObject& json) {
  if (json.isEmpty()) return std::nullopt;
  return TranslateRequest{{},
                          toSettings(json["settings"].toObject()),
                          json["output"].toString(),
                          json["quality"].toInt()};
}

}  // namespace

PhotoListKeeper::PhotoListKeeper(PhotoModel& photos, TranslateQueue& queue, QObject* parent)
    : QObject(parent), photos_(photos), queue_(queue) {
  soon_.setSingleShot(true);
  soon_.setInterval(kSoonMs);
  connect(&soon_, &QTimer::timeout, this, &PhotoListKeeper::save);
  const auto later = [this] {
    if (!soon_.isActive()) soon_.start();
  };
  connect(&photos_, &QAbstractItemModel::dataChanged, this, later);
  connect(&photos_, &QAbstractItemModel::rowsInserted, this, later);
  connect(&photos_, &QAbstractItemModel::rowsRemoved, this, later);
  connect(&photos_, &QAbstractItemModel::modelReset, this, later);
}

QList<KeptPhoto> PhotoListKeeper::remembered() {
  QList<KeptPhoto> list;
  const QByteArray text = QSettings().value(kKey).toByteArray();
  const QJsonArray array = QJsonDocument::fromJson(text).array();
  for (const QJsonValue& value : array) {
    KeptPhoto photo;
    photo.path = value["path"].toString();
    if (!QFileInfo(photo.path).isFile()) continue;
    for (const QJsonValue& result : value["results"].toArray())
      if (const auto known = toTranslation(result.toObject())) photo.results.append(*known);
    photo.wanted = toRequest(value["wanted"].toObject());
    list.append(photo);
  }
  return list;
}

void PhotoListKeeper::keepUnfinished() {
  for (const TranslateRequest& request : queue_.unfinished()) {
    if (!request.output.isEmpty()) unfinished_[request.source.photo] = request;
  }
}

void PhotoListKeeper::save() {
  soon_.stop();
  QHash<int, TranslateRequest> wanted = unfinished_;
  for (const TranslateRequest& request : queue_.unfinished()) {
    if (!request.output.isEmpty()) wanted[request.source.photo] = request;
  }
  QJsonArray array;
  for (const Photo& photo : photos_.photos()) {
    if (photo.path.isEmpty()) continue;
    QJsonObject kept = {{"path", photo.path}};
    QJsonArray results;
    for (const Translation& other : photo.others)
      if (other.saved()) results.append(toJson(other));
    if (photo.saved()) results.append(toJson(*photo.result));
    kept["results"] = results;
    const auto request = wanted.constFind(photo.id);
    const bool came =
        photo.result && request != wanted.constEnd() && photo.result->file == request->output;
    if (request != wanted.constEnd() && !came) kept["wanted"] = toJson(*request);
    array.append(kept);
  }
  QSettings().setValue(kKey, QJsonDocument(array).toJson(QJsonDocument::Compact));
}

}  // namespace imago::gui
