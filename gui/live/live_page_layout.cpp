// The Live page's actions and where its parts stand; what they do is in live_page.cpp.
#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QSettings>
#include <QVBoxLayout>

#include "gui/live/live_page.h"
#include "gui/live/model_combo.h"
#include "gui/live/screen_source.h"
#include "gui/live/twin_view.h"
#include "gui/session/session.h"
#include "gui/session/stream_session.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/device_combo.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/page_parts.h"

namespace imago::gui {

namespace {

constexpr int kUsualSide = 256;
constexpr char kSmoothKey[] = "live/smooth";

}  // namespace

void LivePage::makeActions() {
  const auto make = [this](Glyph glyph, const QString& text, const QKeySequence& key, auto slot) {
    return newAction(this, glyph, text, key, slot);
  };
  actions_.openFilm = make(Glyph::open, tr("&Open Film…"), QKeySequence::Open, [this] {
    openFilm(dialogs_.openFile(this, tr("Open Film"),
                               tr("Films (%1);;All files (*)").arg(Session::filmPatterns())));
  });
  actions_.region = make(Glyph::fit, tr("&Part of the Screen…"), Qt::CTRL | Qt::Key_G, [this] {
    stop();
    pickRegion(this, [this](const QRect& region) { setRegion(region); });
  });
  actions_.openModel = make(Glyph::open, tr("Open &Model File…"), Qt::CTRL | Qt::Key_M, [this] {
    const QString path = dialogs_.openModel(this);
    if (path.isEmpty()) return;
    const QString whole = QFileInfo(path).absoluteFilePath();
    models_->want(whole);
    session_.readModel(whole);
  });
  actions_.play =
      make(Glyph::play, tr("&Start"), Qt::Key_P, [this] { playing_ ? stop() : start(); });
  actions_.record = make(Glyph::record, tr("&Record…"), Qt::CTRL | Qt::Key_R, [this] { record(); });
  actions_.record->setCheckable(true);
  actions_.save =
      make(Glyph::save, tr("&Save Picture…"), QKeySequence::Save, [this] { savePicture(); });
  const auto toggle = [&](Glyph glyph, const QString& text, const QKeySequence& key, auto slot) {
    QAction* action = make(glyph, text, key, [] {});
    action->setCheckable(true);
    connect(action, &QAction::toggled, this, slot);
    return action;
  };
  actions_.divided = toggle(Glyph::translate, tr("&Divider"), Qt::Key_D, [this](bool on) {
    view_->setLayout(on ? TwinView::Layout::divided : TwinView::Layout::sideBySide);
  });
  actions_.divided->setToolTip(
      tr("The result over the source, with a divider to drag, instead of both side by side"));
  actions_.steady = toggle(Glyph::check, tr("&Against Flicker"), Qt::Key_F,
                           [this](bool on) { stream_->setSteady(on); });
  actions_.steady->setToolTip(
      tr("Blends each result with the one before it where the source stands still. What moves is "
         "left as it is."));
  actions_.smooth = toggle(Glyph::check, tr("&Smooth"), Qt::Key_S, [this](bool on) {
    QSettings().setValue(kSmoothKey, on);
    stream_->setSmooth(on);
  });
  actions_.smooth->setChecked(QSettings().value(kSmoothKey).toBool());
  actions_.repeat = toggle(Glyph::undo, tr("&Begin Again at the End"), Qt::Key_B,
                           [this](bool on) { stream_->setRepeat(on); });
}

void LivePage::makeLayout() {
  banner_ = new Banner(this);
  banner_->setObjectName("liveBanner");
  QWidget* column = makeColumn();
  QWidget* pictures = makePictures();
  auto* row = new QHBoxLayout;
  row->setSpacing(12);
  row->addWidget(column);
  row->addWidget(pictures, 1);
  auto* page = new QVBoxLayout(this);
  page->setContentsMargins(12, 6, 12, 12);
  page->addLayout(row, 1);
}

QWidget* LivePage::makePictures() {
  view_ = new TwinView(this);
  rate_ = new QLabel(this);
  rate_->setObjectName("liveRate");
  rate_->setForegroundRole(QPalette::PlaceholderText);
  recordingText_ = new QLabel(tr("● Recording"), this);
  recordingText_->setObjectName("liveRecording");
  QPalette red = recordingText_->palette();
  red.setColor(QPalette::WindowText, errorColor(palette()));
  recordingText_->setPalette(red);
  return titledView(tr("Source and result"), view_, {recordingText_, rate_}, this);
}

QWidget* LivePage::makeColumn() {
  auto* panel = new QWidget(this);
  models_ = new ModelCombo("live/model", "day-to-night", panel);
  models_->setObjectName("liveModel");
  about_ = quietText("liveAbout", panel);

  sources_ = new QComboBox(panel);
  sources_->setObjectName("liveSource");
  sources_->setAccessibleName(tr("Source"));
  sources_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  sources_->addItem(tr("Film"), static_cast<int>(Kind::film));
  sources_->addItem(tr("Screen"), static_cast<int>(Kind::screen));
  sources_->addItem(tr("Camera"), static_cast<int>(Kind::camera));
  sourceText_ = quietText("liveSourceText", panel);
  openFilm_ = followingButton(actions_.openFilm, "liveOpenFilm", panel);
  chooseRegion_ = followingButton(actions_.region, "liveRegion", panel);
  repeatBox_ = boxOf(actions_.repeat, "liveRepeat", panel);
  smoothBox_ = boxOf(actions_.smooth, "liveSmooth", panel);

  sides_ = new QComboBox(panel);
  sides_->setObjectName("liveSide");
  sides_->setAccessibleName(tr("Shorter side of the frames"));
  for (const int side : {128, 192, 256, 288, 384, 512, 720})
    sides_->addItem(tr("%1 pixels").arg(side), side);
  sides_->addItem(tr("As it is"), 0);
  sides_->setCurrentIndex(sides_->findData(kUsualSide));
  sides_->setToolTip(
      tr("Frames are reduced to this before they are translated: smaller is faster"));
  devices_ = new DeviceCombo("live/device", panel);
  devices_->setObjectName("liveDevice");

  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 6, 0);
  column->addWidget(heading(tr("Model"), panel));
  column->addLayout(modelRow(models_, actions_.openModel, panel));
  column->addWidget(about_);
  column->addSpacing(8);
  column->addWidget(heading(tr("Source"), panel));
  column->addWidget(sources_);
  column->addWidget(sourceText_);
  column->addWidget(openFilm_);
  column->addWidget(chooseRegion_);
  column->addWidget(repeatBox_);
  column->addSpacing(8);
  column->addWidget(followingButton(actions_.play, "livePlay", panel));
  column->addWidget(followingButton(actions_.record, "liveRecord", panel));
  column->addWidget(followingButton(actions_.save, "liveSave", panel));
  column->addSpacing(8);
  column->addWidget(boxOf(actions_.divided, "liveDivided", panel));
  column->addWidget(boxOf(actions_.steady, "liveSteady", panel));
  column->addWidget(smoothBox_);
  column->addStretch(1);
  column->addWidget(heading(tr("Shorter side"), panel));
  column->addWidget(sides_);
  column->addWidget(devices_);

  return toolColumn(panel, this);
}

}  // namespace imago::gui
