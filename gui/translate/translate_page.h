// The Translate page: photos on the left, before and after in the middle, model and options on the
// right.
#pragma once

#include <QSet>
#include <QWidget>
#include <functional>

#include "gui/session/types.h"
#include "gui/translate/output_plan.h"
#include "gui/translate/photo_list_keeper.h"
#include "gui/translate/photo_model.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/dialogs.h"

class QAction;
class QLabel;
class QListView;
class QMimeData;
class QProgressBar;
class QPushButton;
class QStackedWidget;

namespace imago::gui {

class CompareView;
class DropHint;
class ModelPanel;
class OptionsPanel;
class OutputPanel;
class PhotoSaver;
class PhotoViewer;
class Section;
class SampleTiles;
class Session;
class TranslateQueue;
struct QueueTally;

class TranslatePage : public QWidget {
  Q_OBJECT

 public:
  TranslatePage(Session& session, const Dialogs& dialogs, QWidget* parent = nullptr);

  /// Files and folders.
  void openPaths(const QStringList& paths);
  void chooseModel(const QString& pathOrName);
  void chooseDevice(const QString& indexOrName);

  /// False where something would be lost or is still being saved; then closeRequested may follow.
  bool mayClose();

  /// What the window puts in its menus and tool bar. Each is added to the page, so that its
  /// shortcut works wherever the focus is in the window.
  struct Actions {
    QAction *open, *openFolder, *lastList, *paste, *openModel, *modelFolder, *save, *saveAll, *copy,
        *remove, *undoRemove, *translate, *translateAll, *retryFailed, *pause, *cancel, *zoomIn,
        *zoomOut, *fit, *oneToOne;
  };
  const Actions& actions() const { return actions_; }
  PhotoModel& photos() const { return *photos_; }
  CompareView* view() const;

 signals:
  /// For a status bar.
  void statusMessage(const QString& text);
  void closeRequested();
  /// A person wants to go on training from this model.
  void trainRequested(const QString& model);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void makeActions();
  void makeLayout();
  QWidget* makeEmptyState();
  QWidget* makePhotoColumn();
  QWidget* makeSideColumn();
  QWidget* makeScrolled();
  QWidget* makeProgressRow();
  void connectParts();

  /// What mayClose asks about.
  bool mayLose();
  /// Opens what was dropped or pasted; false where there is nothing to open.
  bool take(const QMimeData* mime);
  void addFiles(const QStringList& files, const QStringList& problems);
  void addPasted(const QImage& image);
  /// Reads a photo whose file has changed since it was read.
  void lookAgain(int photo);
  void removeSelected();
  void undoRemove();
  void copyCurrent();
  /// Several are always written to files; one where `write` says so, or the settings.
  void translate(const QList<int>& photos, bool write);
  QList<TranslateRequest> requestsFor(const QList<int>& photos, const ModelCard& model, bool write);
  /// Of the last run of the program; does nothing where there is none.
  void offerLastList();
  void openLastList();
  /// `act`: what the banner's button does.
  void showBanner(Banner::Kind kind, const QString& text, const QString& action,
                  std::function<void()> act);
  bool isFilm(int photo) const;
  void trySample(const ModelCard& model);
  void translateSample();
  void rememberTime(int photo);
  void finishQueue(const QueueTally& tally);
  void showFinished(const QueueTally& tally, int skipped);
  void takeDevices(const QList<Device>& devices, const QString& error);
  void finishSaves(bool good);

  QList<int> selectedPhotos() const;
  QList<int> allPhotos() const;
  int currentPhoto() const;
  void selectPhoto(int photo);
  void showCurrent();
  void updateActions();
  void updateProgress();
  void updateCounts();
  void updateForecast();

  Session& session_;
  Dialogs dialogs_;
  PhotoModel* photos_;
  TranslateQueue* queue_;
  PhotoSaver* saver_;
  PhotoListKeeper* keeper_;
  QList<KeptPhoto> lastList_;  // of the last run, not opened yet
  Banner *deviceBanner_, *banner_;
  QStackedWidget* stack_;
  QListView* list_;
  PhotoViewer* viewer_;
  ModelPanel* models_;
  OptionsPanel* options_;
  OutputPanel* output_;
  Section* outputSection_;
  SampleTiles* samples_;
  QLabel *photosHeading_, *forecast_;
  QPushButton *translateButton_, *translateAllButton_;
  QWidget* progressRow_ = nullptr;
  QLabel* progressText_;
  QProgressBar* progressBar_;
  DropHint* dropHint_;
  Actions actions_ = {};
  QString wantedDevice_;
  QString sample_;  // a photo that is translated as soon as it is there
  bool devicesKnown_ = false;
  bool closeAfterSaves_ = false;
  bool removing_ = false;
  QList<QList<Photo>> removed_;  // what Undo brings back, the last one first
  int skipped_ = 0;              // photos left out of the queue because their files are there
  std::function<void()> bannerAct_;
  /// Photos whose results the user has said may be lost.
  QSet<int> discarded_;
};

}  // namespace imago::gui
