// The chosen photo: before and after, with what is known of it and the zoom above.
#pragma once

#include <QCache>
#include <QWidget>

#include "gui/session/types.h"

class QAction;
class QLabel;

namespace imago::gui {

class CompareView;
class ResultChips;
class PhotoModel;
class Session;

class PhotoViewer : public QWidget {
  Q_OBJECT

 public:
  /// Of the row over the view; the page's other headings line up with it.
  static constexpr int kHeaderHeight = 30;

  PhotoViewer(Session& session, PhotoModel& photos, QWidget* parent = nullptr);

  /// Shows a photo (0: none) and what has become of it; called again when that changes.
  void show(int photo);
  /// Lets go of a removed photo's pixels.
  void forget(int photo);
  /// What has become of the photo on view; null: nothing, or it is still being read.
  Pyramid result() const;
  CompareView* view() const { return view_; }

  QAction* zoomIn() const { return zoomIn_; }
  QAction* zoomOut() const { return zoomOut_; }
  QAction* fit() const { return fit_; }
  QAction* oneToOne() const { return oneToOne_; }

 signals:
  /// Another result of the photo on view is the one that is saved and copied.
  void resultChosen();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makeActions();
  QWidget* makeHeader();
  void takePicture(const LoadedPicture& loaded);
  void takeResult(const LoadedPicture& loaded);
  void choose(const std::shared_ptr<const PictureDetails>& result);
  void compareWith(const std::shared_ptr<const PictureDetails>& result);
  void showPictures();
  void showInfo();

  Session& session_;
  PhotoModel& photos_;
  CompareView* view_;
  ResultChips* chips_;
  QLabel* info_;
  QLabel* percent_;
  QAction *zoomIn_, *zoomOut_, *fit_, *oneToOne_;
  /// A result's pixels, and of which translation: a photo may be translated again.
  struct Result {
    std::shared_ptr<const PictureDetails> of;
    Pyramid picture;  // null: on its way, or it cannot be read
  };
  /// Makes `place` the pixels of a translation, or of none; where only its file has them, they are
  /// asked for, and show() is called again when they are there.
  void fetch(const Translation* translation, Result& place);

  int photo_ = 0;
  int asked_ = 0;                // photo whose pixels are on their way
  QCache<int, Pyramid> loaded_;  // cost of both: KiB
  // Read back from their files, or seen before they were saved.
  QCache<const PictureDetails*, Result> results_;
  Result shown_, compared_;  // on view, however large; compared_ of none: with the photo
  std::shared_ptr<const PictureDetails> comparedWith_, askedResult_, unreadableResult_;
  QString unreadable_;  // why a result on view cannot be read back
};

}  // namespace imago::gui
