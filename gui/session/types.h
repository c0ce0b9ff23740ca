// The values that cross between the session's threads and the widgets. Nothing here points into
// either side, and nothing here knows the engine.
#pragma once

#include <QDateTime>
#include <QImage>
#include <QList>
#include <QMetaType>
#include <QSize>
#include <QString>
#include <memory>

#include "gui/session/pyramid.h"

namespace imago::gui {

/// What a saved file carries besides pixels (metadata, depth…); only the session looks inside.
struct PictureDetails;

/// One device that translates, as the device chooser shows it.
struct Device {
  int index = 0;
  QString name, kind, driver;  // kind: "discrete", "integrated", "virtual", "cpu"
  quint64 memoryBytes = 0;
  QString golden;  // "passed", "failed: …", "not yet run"
};

/// One model file, or a chain of them (chains.h), as the model list shows it; where `error` is set,
/// why it cannot be used.
struct ModelCard {
  QString path, error;
  QString name, architecture, paper, norm, precision, licence;
  QString title, task, description, limits;  // of its card, where it has one
  QImage sample;                             // input and output, side by side
  QString photo;                             // a picture to try it with; empty: none
  int scale = 1;
  int inputChannels = 3;  // 1: it sees no colours
  int shifts = 1;         // of which its results are the mean, unless one wants them faster
  qint64 parameters = 0;
  bool dropout = false;            // has something for "stochastic" to do
  bool wholePicture = false;       // looks at all of it: tiles take longer
  int side = 0;                    // larger pictures are reduced to this shorter side; 0: none are
  int multiple = 1, minimum = 1;   // of the sides it takes
  QString card, origin;            // the card's file, and where the model is from; empty: none
  QString command;                 // that trained it with Imago; empty: not told
  QString pictures, picturesFrom;  // it learned from, and their address; empty: not told
  QStringList chain;               // the names of its models, where it is one of several
  bool makesSamples = false;       // of random numbers: it translates nothing
  bool usable() const { return error.isEmpty(); }  // for translating
  bool broken() const { return !usable() && !makesSamples; }
};

/// What was done with a model's file, or why not.
struct ModelFileOutcome {
  enum class Kind { imported, renamed, exported, removed };
  Kind kind = Kind::imported;
  QString path;        // as it was asked for
  QString now;         // where it is now, or what was written
  QString recognised;  // imported: "srvggnet_compact ×4"
  QString error;       // empty: it is done
};

/// How fast a model is on a device.
struct ModelSpeed {
  QString path, device, error;
  double megapixels = 0;  // of the photo, a second
};

/// Where a photo's pixels come from: a file, or (pasted) memory.
struct PhotoSource {
  int photo = 0;
  QString path;
  QImage pasted;
};

/// What is known of a photo after its first reading. `error`: why it cannot be read.
struct PhotoHead {
  int photo = 0;
  QString error;
  QSize size;
  QImage thumbnail;
  bool film = false;   // it moves
  double seconds = 0;  // of a film; 0: not known
};

/// The pixels of a photo, or of what became of it, ready to be painted at any zoom.
struct LoadedPicture {
  int photo = 0;
  QString error;
  Pyramid picture;
  std::shared_ptr<const PictureDetails> of;  // of the Translation; null: the photo itself
};

/// Everything but the photo that decides what a translation looks like.
struct TranslateSettings {
  QString modelPath;
  QString device;  // an index as Device::index; empty: the best
  int tile = 0;    // side in input pixels; 0: automatic
  bool selfEnsemble = false;
  bool stochastic = false;
  quint64 seed = 0;
  double scale = 0;  // of the result; 0: the model's own
  int width = 0;     // of the result in pixels, then `scale` is 0; 0: not said
  bool operator==(const TranslateSettings&) const = default;
};

struct TranslateRequest {
  PhotoSource source;
  TranslateSettings settings;
  QString output;     // the file to write; empty: the result stays in memory
  int quality = 95;   // 1…100, of an output in jpg or webp
  bool film = false;  // all of its frames
};

struct TranslateProgress {
  int photo = 0;
  double fraction = 0;         // 0…1
  double secondsLeft = -1;     // -1: not known yet
  QString note = {};           // why it takes longer than others; empty: it does not
  double framesPerSecond = 0;  // of a film; 0: not known yet
};

/// A translated photo. Its pixels are in memory, in a file, or both.
struct Translation {
  int photo = 0;
  Pyramid picture;                                // null: only `file` has them
  QString file;                                   // whole path; empty: not written yet
  QSize size;                                     // of the picture
  std::shared_ptr<const PictureDetails> details;  // never null; tells one translation from another
  TranslateSettings settings;
  QString modelName, deviceName;
  double seconds = 0;
  QDateTime made;  // when it was there
  bool saved() const { return !file.isEmpty(); }
  QString note;  // what a person should know of it: that frames are damaged…
};

/// Why a translation came to nothing.
struct TranslateFailure {
  /// photo: this one only. setup: the model or the device, so the next photo would fail as well.
  enum class Kind { photo, setup };
  int photo = 0;
  Kind kind = Kind::photo;
  QString reason;
};

/// What a translation will make, and what speaks against it.
struct ForecastRequest {
  QSize photo;
  int scale = 1;           // of the model
  QString output;          // the file that would be written; empty: it stays in memory
  double wantedScale = 0;  // as in TranslateSettings
  int wantedWidth = 0;
};
struct Forecast {
  QSize size;        // of the result
  qint64 bytes = 0;  // of its pixels, before they are packed into a file
  QString problem;   // why it will not fit; empty: it will
};

/// The end of one save; `error` is empty where the file stands.
struct SaveOutcome {
  int photo = 0;
  QString path, error;
  std::shared_ptr<const PictureDetails> details;  // of the translation that was saved
};

}  // namespace imago::gui
