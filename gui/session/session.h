// The class that talks to models/ for all that translates (session_training.h: for all that
// trains). It works on threads of its own and answers by signals that carry values; failures are
// signals too.
#pragma once

#include <QMutex>
#include <QObject>
#include <QSet>
#include <QStringList>
#include <QWaitCondition>
#include <atomic>
#include <memory>

#include "gui/session/types.h"
#include "gui/session/worker_thread.h"

namespace imago {
struct BatchResult;
}

namespace imago::gui {

/// Lives where the widgets live; every function returns at once and is answered by signals.
class Session : public QObject {
  Q_OBJECT

 public:
  explicit Session(QObject* parent = nullptr);
  /// Cancels a translation, finishes saves that were asked for.
  ~Session() override;

  /// The folders of installed models, as the command line has them; they need not exist.
  static QStringList modelFolders();

  /// -> devicesListed.
  void listDevices();
  /// Reads the given files, then every model file below the folders -> modelRead for each, then
  /// modelsListed. A later call ends an earlier one.
  void listModels(const QStringList& files, const QStringList& folders);
  /// -> modelRead.
  void readModel(const QString& path);

  /// Copies a model into a folder (empty: the user's) -> modelRead, modelFileDone.
  void importModel(const QString& path, const QString& folder = {});
  /// Another file name, without extension -> modelFileDone, modelRead.
  void renameModel(const QString& path, const QString& name);
  /// In the form that the output's extension says -> modelFileDone.
  void exportModel(const QString& path, const QString& output);
  /// To the trash, where there is one -> modelFileDone.
  void deleteModel(const QString& path);
  /// -> modelMeasured.
  void measureModel(const QString& path, const QString& device);

  /// Whether a file of this name is a film. Gif and webp may be: their reading tells.
  static bool isFilmName(const QString& path);
  /// "*.mp4 *.mov …", for a dialog's filter: films, and the pictures that may move.
  static QString filmPatterns();
  /// Files stand for themselves, folders for the pictures and films below them -> photosFound.
  void findPhotos(const QStringList& paths);
  /// -> photoRead.
  void readPhoto(const PhotoSource& source);
  /// -> pictureLoaded. A later call takes the place of an earlier one that has not begun.
  void loadPicture(const PhotoSource& source);
  /// The same for a translated photo's file -> pictureLoaded with `of`.
  void loadResult(const Translation& translation);

  /// One at a time: ask for the next when this one is answered by translated, translationFailed or
  /// translationCancelled; translationProgress comes before.
  void translate(const TranslateRequest& request);
  /// Photos with the same settings, each with an output, one after another: reads the next one and
  /// writes the last one meanwhile. Each is answered as by translate, in their order; where the
  /// model or the device fails, the first one's failure is the only answer.
  void translateFiles(const QList<TranslateRequest>& requests);
  /// Ends what is being translated soon.
  void cancel();
  /// What is being translated stands still from its next tile on, until it is let go on (false) or
  /// cancelled.
  void pause(bool paused);
  /// Of what translateFiles was asked for, this photo alone is cancelled.
  void cancelFile(int photo);
  /// At once: reads no picture.
  static Forecast forecast(const ForecastRequest& request);

  /// Of a translation of an earlier run of the program, of which only the file is left.
  static std::shared_ptr<const PictureDetails> detailsOfFile();

  /// -> saved. The file at `path` is whole or as it was. `quality`: 1…100, of jpg and webp.
  void save(const Translation& translation, const QString& path, int quality);

 signals:
  void devicesListed(const QList<imago::gui::Device>& devices, const QString& error);
  void modelRead(const imago::gui::ModelCard& card);
  void modelsListed();
  void modelFileDone(const imago::gui::ModelFileOutcome& outcome);
  void modelMeasured(const imago::gui::ModelSpeed& speed);
  /// `problems`: a sentence for each path that led to no picture.
  void photosFound(const QStringList& files, const QStringList& problems);
  void photoRead(const imago::gui::PhotoHead& head);
  void pictureLoaded(const imago::gui::LoadedPicture& picture);
  void translationProgress(const imago::gui::TranslateProgress& progress);
  void translated(const imago::gui::Translation& translation);
  void translationFailed(const imago::gui::TranslateFailure& failure);
  void translationCancelled(int photo);
  void saved(const imago::gui::SaveOutcome& outcome);

 private:
  struct Work;  // what the translating and model-reading threads keep from call to call

  /// On the translating thread: false where what it does is to end.
  bool mayGoOn();
  /// The same while kernels are measured (compute/vk/tune.h). Throws Cancelled.
  void tellOfTuning(TranslateProgress now);
  void runTranslation(const TranslateRequest& request);
  void runFiles(const QList<TranslateRequest>& requests);
  void answer(const TranslateRequest& request, const BatchResult& result);
  void runListing(const QStringList& files, const QStringList& folders, int listing);

  std::atomic<bool> closing_ = false;
  std::atomic<bool> cancelled_ = false;
  std::atomic<int> listing_ = 0;               // number of the listing that counts
  std::atomic<int> picture_ = 0, result_ = 0;  // numbers of the loadings that count
  QMutex pauseMutex_;
  QWaitCondition pauseEnded_;
  bool paused_ = false;
  QMutex unwantedMutex_;
  QSet<int> unwanted_;  // of translateFiles
  std::unique_ptr<Work> work_;
  // A lane for each kind of wait, so that a folder of large models never holds up a photo. Declared
  // last: they end before anything they use.
  WorkerThread models_, thumbnails_, pictures_, translations_, saves_;
};

}  // namespace imago::gui
