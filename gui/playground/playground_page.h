// The Playground page: a GAN in two dimensions that learns while one watches, and beside it, if
// wanted, a second one with other settings.
#pragma once

#include <QWidget>
#include <vector>

#include "gui/session/playground_types.h"
#include "gui/session/types.h"
#include "gui/widgets/dialogs.h"

class QAction;
class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QSlider;

namespace imago::gui {

class Banner;
class DeviceCombo;
class FilmRecorder;
class PlayControls;
class PlaySide;
class Session;

class PlaygroundPage : public QWidget {
  Q_OBJECT

 public:
  PlaygroundPage(Session& devices, const Dialogs& dialogs, QWidget* parent = nullptr);

  struct Actions {
    QAction *run, *part, *step, *reset, *compare, *open, *save, *picture, *record;
  };
  const Actions& actions() const { return actions_; }
  /// One, or while two are compared, two.
  const std::vector<PlaySide*>& sides() const { return sides_; }
  PlayControls& controls() const { return *controls_; }

 signals:
  void statusMessage(const QString& text);

 protected:
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;

 private:
  void makeActions();
  void makeLayout();
  QWidget* makeTop();
  QWidget* makeTransport();
  QWidget* makeLayers();
  QWidget* makeControls();

  PlaySide& addSide();
  PlaySide& active() const { return *sides_[active_]; }
  void begin(const PlaySettings& settings);
  void change(const PlaySettings& settings);
  void choosePreset(int row);
  void setRunning(bool running);
  void setSpeed();
  void setRate();
  void setCompared(bool on);
  void setActive(int side);
  void goTo(int moment);
  void take(const PlayLook& look);
  void showSettings(const PlaySettings& settings);
  void showRate(const PlaySettings& settings);
  void updateDrawing();
  void updateActions();
  void openRun();
  void saveRun();
  void savePicture();
  QImage pictureOfSides(int side) const;
  void setRecorded(bool on);
  void record();

  Dialogs dialogs_;
  FilmRecorder* recorder_;
  Banner* banner_ = nullptr;
  Actions actions_ = {};
  std::vector<PlaySide*> sides_;
  size_t active_ = 0;
  bool running_ = false, begun_ = false, wasRunning_ = false;
  qint64 wanted_ = -1;  // iteration of the moment that was gone to and is not there yet; -1: none

  QHBoxLayout* row_ = nullptr;
  PlayControls* controls_ = nullptr;
  DeviceCombo* device_ = nullptr;
  QComboBox *preset_ = nullptr, *edited_ = nullptr;
  QLabel *presetText_ = nullptr, *speedText_ = nullptr, *rateText_ = nullptr,
         *momentText_ = nullptr;
  QSlider *speed_ = nullptr, *rate_ = nullptr, *moments_ = nullptr;
  QCheckBox *field_ = nullptr, *points_ = nullptr, *grid_ = nullptr, *arrows_ = nullptr;
};

}  // namespace imago::gui
