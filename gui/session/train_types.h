// The values that cross between the training session's threads and the Train page. Nothing here
// points into either side, and nothing here knows the engine.
#pragma once

#include <QDateTime>
#include <QImage>
#include <QList>
#include <QMap>
#include <QMetaType>
#include <QPointF>
#include <QString>
#include <QStringList>
#include <memory>

namespace imago::gui {

/// What is to be learned, and from which data: a method together with a kind of data set.
enum class TrainTask {
  pairs,
  unpaired,
  upscale,
  sketch,
  colour,
  holes,
  dayNight,
  samples,
  kinds,
  fineSamples,
  table,
  sounds
};

/// What is learned from.
enum class Medium { pictures, table, sounds };

/// How large the networks and the pictures are.
enum class TrainSize { quick, small, paper };

/// A model to go on from, in place of networks that know nothing yet. Its file decides what the
/// networks are.
struct StartModel {
  QString path;  // empty: none
  int scale = 1, inputChannels = 3;
  int multiple = 1, minimum = 1;  // of the sides of its pictures
  int side = 0;                   // at which it learned; 0: at any
  bool operator==(const StartModel&) const = default;
};

/// What a person decides before training starts; all else has the defaults of the method.
struct TrainSettings {
  TrainTask task = TrainTask::pairs;
  QString folder;        // of pictures
  QString secondFolder;  // of B's pictures, where `folder` holds A's alone; takesTwoFolders() only
  bool byName = false;   // pairs only: pictures of one name in two folders, not side by side
  QString name, keptIn;  // the run is the folder keptIn/name
  QString device;        // an index as Device::index; empty: the best
  StartModel startFrom;
  int minutes = 0;  // it ends after so long, and epochs follow (train_time.h); 0: the epochs decide

  // The rest is filled in by settingsFor() (train_presets.h).
  QString generator;  // as in --netG; follows task and cropSize
  int features = 64;  // of the first layer of generator and discriminator
  int loadSize = 286, cropSize = 256;
  int batch = 1;
  int scale = 4;  // upscale only
  int epochs = 100, epochsDecay = 100;
  int pixelEpochs = 0;  // upscale only
  double learningRate = 2e-4;
  QString ganMode = "vanilla";  // as in --gan-mode
  bool spectralNorm = false;    // of the discriminator
  bool flip = true, augment = false, varyColours = false;
  bool backwards = false;              // from B to A
  bool gradientCheckpointing = false;  // less memory, a little slower
  QString precision = "fp32";          // as in --precision
  quint64 seed = 0;
  int printSteps = 100;    // a point in the charts every so many steps
  int saveSteps = 1000;    // what a crash can cost at most
  qint64 maxSteps = 0;     // ends earlier; 0: when the epochs are over
  int validateEpochs = 1;  // samples every so many epochs,
  int validateSteps = 0;   // and before that after so many steps, twice as many…; 0: not
  /// What else the method has (moreTrainOptions), by names on the command line, as it would be
  /// typed there; what is not in it has its default.
  QMap<QString, QString> more = {};
  bool operator==(const TrainSettings&) const = default;
};

/// One fault of a data set.
struct DataProblemView {
  bool error = false;  // training is refused; else it works, but not as well as it could
  QString text, remedy;
  QStringList files;         // the first few, relative to the (first) folder
  QList<QImage> thumbnails;  // of those that can be read
};

/// What a network is given and what it should make of it.
struct ExamplePair {
  QImage input, target;  // input: none, where it is numbers
};

/// What a look at a folder of pictures found.
struct DataReportView {
  QString folder;
  TrainTask task = TrainTask::pairs;
  QString error;                    // why there is nothing to report
  QString what;                     // "400 aligned pairs, 256x256; 60 in val"
  QList<DataProblemView> problems;  // errors first
  QList<ExamplePair> examples;
  bool byName = false;     // as TrainSettings::byName
  bool backwards = false;  // as TrainSettings::backwards: the examples are from B to A
  bool usable = false;
};

/// How long a step takes.
struct StepTimeView {
  QString error;            // why it is not known
  double milliseconds = 0;  // 0: not known
  qint64 stepsPerEpoch = 0;
};

/// What a run with these settings takes of a device's memory.
struct MemoryView {
  QString error;      // why it cannot be told, or why nothing helps
  qint64 needed = 0;  // bytes; 0: not known
  qint64 free = 0;    // bytes on the device
  bool fits = false;
  // Where it does not fit, what would make it:
  bool canFit = false;
  bool gradientCheckpointing = false;
  int batch = 1, cropSize = 0;
};

/// How far the run trained by this window has come.
struct TrainProgressView {
  qint64 step = 0, steps = 0;
  int epoch = 0, epochs = 0;
  double milliseconds = 0;      // of a step
  double dataMilliseconds = 0;  // of these, waiting for pictures
  double secondsLeft = -1;      // -1: not known yet
};

/// Training in this window came to an end.
struct TrainEnd {
  QString run;    // its folder
  QString error;  // empty: finished, or stopped because it was asked to
  bool finished = false;
  bool timeUp = false;  // its minutes are over
  qint64 step = 0;
};

/// One run, as the list of runs shows it.
struct RunCard {
  QString path, name;
  QString error;               // why it cannot be opened
  QString method, pictures;    // "pix2pix"; the folder of pictures, or both
  qint64 step = 0, steps = 0;  // saved, and in all; steps 0: not known
  bool running = false;        // somebody trains it now
  bool resumable = false;
  bool finished = false;
  QString model;        // the best generator; empty: none yet
  QDateTime modelTime;  // when it was written
  QString newest;       // the generator that was written last, if there is one its average,
  QDateTime newestTime;
  Medium medium = Medium::pictures;  // what it learns from,
  bool fromNoise = false;            // and whether that alone, to be made of random numbers
  bool operator==(const RunCard&) const = default;
};

/// Whether it makes pictures of random numbers.
inline bool makesPictures(const RunCard& run) {
  return run.fromNoise && run.medium == Medium::pictures;
}

/// What a run has told of itself so far.
struct RunHistory {
  struct Curve {
    QString name;
    QList<QPointF> points;  // over the step
    QString words = {};     // for people; empty: the name
  };
  struct Alarm {
    qint64 step = 0;
    QString kind, text, advice;
    bool operator==(const Alarm&) const = default;
  };
  struct Sample {
    qint64 step = 0;
    QString file;  // whole path
    bool best = false;
  };
  QList<Curve> losses, metrics;
  QList<Alarm> alarms;
  QList<Sample> samples;
  qint64 step = 0;  // of the last record
  int epoch = 0;
  double milliseconds = 0, dataMilliseconds = 0;  // of a step, at the last record
  double accuracy = -1;  // share the discriminator tells rightly, lately; -1: not known
  int rollbacks = 0;
};

/// A run and its history; the history is the same object as long as nothing was added to it.
struct RunDetails {
  RunCard card;
  std::shared_ptr<const RunHistory> history;
  QString error;   // of reading the history
  int readMs = 0;  // what reading took
};

/// A sheet of samples, ready to be painted.
struct SampleSheet {
  QString file, error;
  QImage picture;
  QString sound;  // the file of what it is a picture of; empty: it stands for itself
};

}  // namespace imago::gui
