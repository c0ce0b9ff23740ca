// Where results are written without asking, and under which names.
#pragma once

#include <QList>
#include <QSet>
#include <QString>

namespace imago::gui {

class PhotoModel;
struct Photo;

struct OutputSettings {
  /// What is done where a file of that name is there from before.
  enum class Existing { number, skip, replace };
  bool single = false;     // one photo is written too, not only several at once
  QString folder;          // empty: beside each photo
  QString format = "png";  // "png", "jpg", "webp", "tif"
  QString filmFormat;      // "mp4", "mkv", "webm", "gif"; empty: as the film, mkv where that is
                           // only read (avi…)
  int quality = 95;        // 1…100, of jpg and webp
  QString pattern;         // of names, without extension; empty: kOutputPattern
  Existing existing = Existing::number;
  bool operator==(const OutputSettings&) const = default;

  /// As the last run left them.
  static OutputSettings remembered();
  void remember() const;
};

/// {name} stands for the photo's name, {model} for the model's.
constexpr char kOutputPattern[] = "{name}_{model}";

/// Whether there is a quality to choose.
bool hasQuality(const QString& format);

/// "harbour_upscale-x4.png"; always a name that a file can have.
QString outputName(const Photo& photo, const QString& model, const OutputSettings& settings);
/// The chosen folder, else the photo's, else (pasted) that of pictures.
QString outputFolder(const Photo& photo, const OutputSettings& settings);

struct PlannedOutput {
  int photo = 0;
  QString path;
  bool skip = false;  // the file is there and is to be left as it is
};

/// For photos of the model, in their order. No two get one path, and none gets that of a photo in
/// the list, of another photo's or another model's result, or of `taken`, whatever `existing` says.
QList<PlannedOutput> planOutputs(const PhotoModel& model, const QList<int>& photos,
                                 const QString& modelName, const OutputSettings& settings,
                                 QSet<QString> taken = {});

}  // namespace imago::gui
