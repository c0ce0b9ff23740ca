// The Draw page: tools on the left, the drawing in the middle, what a model makes of it beside it
// while it is drawn.
#pragma once

#include <QElapsedTimer>
#include <QWidget>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "gui/draw/draw_document.h"
#include "gui/draw/draw_models.h"
#include "gui/draw/picture_view.h"
#include "gui/session/live_types.h"
#include "gui/widgets/dialogs.h"

class QAction;
class QActionGroup;
class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QListWidget;
class QMimeData;
class QSlider;
class QTimer;

namespace imago::gui {

class Banner;
class CanvasView;
class DeviceCombo;
class DropHint;
class LiveSession;
class Session;

class DrawPage : public QWidget {
  Q_OBJECT

 public:
  DrawPage(Session& session, LiveSession& live, const Dialogs& dialogs, QWidget* parent = nullptr);

  /// What the window puts in its menus and tool bar, as of the Translate page.
  struct Actions {
    QAction *openPhoto, *sketchPhoto, *openModel, *save, *undo, *redo, *clear, *pen, *eraser, *line,
        *rectangle, *fill, *thinner, *thicker;
  };
  const Actions& actions() const { return actions_; }
  const DrawDocument& document() const { return document_; }
  /// A photo to draw on: a file.
  void openPhoto(const QString& path);
  /// False where a drawing would be lost or is still being saved; then closeRequested may follow.
  bool mayClose();

 signals:
  /// For a status bar.
  void statusMessage(const QString& text);
  void closeRequested();

 protected:
  void showEvent(QShowEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void makeActions();
  void makeLayout();
  QWidget* makeToolColumn();
  QWidget* makeToolRow();
  QWidget* makeColours();
  QWidget* makePhotoBox();
  QWidget* makePictures();
  void connectParts();

  void takeModel(const ModelCard& card);
  void chooseModel();
  void useModel();
  void applyModel();
  std::optional<ModelCard> model() const;

  void sketchPhoto();
  void takeSketch(const SketchedPhoto& photo);
  void changeDrawing(const std::function<void()>& change);
  void drawingChanged();
  void showDrawing();
  void takeResult(const LiveView& view);
  void countShown(double milliseconds);
  void save();
  void finishSave(const DrawingSaved& outcome);
  void updateActions();
  void updateBrush();

  Session& session_;
  LiveSession& live_;
  Dialogs dialogs_;
  DrawDocument document_;
  Actions actions_ = {};
  Banner* banner_;
  CanvasView* canvas_;
  ResultView* result_;
  QComboBox *models_, *sizes_;
  QLabel* about_;
  DeviceCombo* devices_;
  QSlider *width_, *detail_, *opacity_;
  QLabel *widthText_, *rate_;
  QCheckBox* negative_;
  QWidget *colours_, *photoBox_;
  QButtonGroup* swatches_;
  QListWidget* labels_;
  DropHint* dropHint_;
  QTimer* soon_;  // gathers the changes of one round of events
  QElapsedTimer rateShown_;
  double perSecond_ = 0;  // pictures made
  /// When the oldest change was that is not given away; of drawings given away that are not seen
  /// yet, their numbers and when the oldest change in them was.
  std::optional<ResultView::Time> changedAt_;
  std::deque<std::pair<quint64, ResultView::Time>> unseen_;

  std::vector<ModelCard> cards_;  // as in models_
  QString wantedModel_;           // a file that was opened
  std::optional<LiveSettings> used_;
  bool opening_ = false, openFailed_ = false;  // of used_
  PhotoSource photo_;
  bool hasPhoto_ = false;
  bool listed_ = false, devicesKnown_ = false, wasShown_ = false;
  quint64 edits_ = 0, savedEdits_ = 0, discardedEdits_ = 0;
  int saving_ = 0;
  bool closeAfterSave_ = false;
};

}  // namespace imago::gui
