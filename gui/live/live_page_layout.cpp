// The Live page's actions and where its parts stand; what they do is in live_page.cpp.
#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
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

constexpr int kColumnWidth = 236;
constexpr int kUsualSide = 256;

/// A button that follows its action's text, icon and state.
QPushButton* button_of(QAction* action, const char* name, QWidget* parent) {
  QPushButton* button = buttonOf(action, parent);
  button->setObjectName(name);
  const auto follow = [button, action] {
    button->setText(action->iconText());
    button->setIcon(action->icon());
    button->setEnabled(action->isEnabled());
  };
  follow();
  QObject::connect(action, &QAction::changed, button, follow);
  return button;
}

/// A box that is checked as its action is.
QCheckBox* box_of(QAction* action, const char* name, QWidget* parent) {
  auto* box = new QCheckBox(action->iconText(), parent);
  box->setObjectName(name);
  box->setToolTip(action->toolTip());
  box->setChecked(action->isChecked());
  QObject::connect(box, &QCheckBox::toggled, action, &QAction::setChecked);
  QObject::connect(action, &QAction::toggled, box, &QCheckBox::setChecked);
  return box;
}

}  // namespace

void LivePage::makeActions() {
  const auto make = [this](Glyph glyph, const QString& text, const QKeySequence& key, auto slot) {
    return newAction(this, glyph, text, key, slot);
  };
  actions_.openFilm = make(Glyph::open, tr("&Open Film…"), QKeySequence::Open, [this] {
    openFilm(dialogs_.openFile(
        this, tr("Open Film"),
        tr("Films (*.mp4 *.m4v *.mov *.mkv *.webm *.avi *.mpg *.ts *.wmv *.flv *.ogv *.3gp *.gif "
           "*.apng *.webp);;All files (*)")));
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
  auto* panel = new QWidget(this);
  view_ = new TwinView(panel);
  rate_ = new QLabel(panel);
  rate_->setObjectName("liveRate");
  rate_->setForegroundRole(QPalette::PlaceholderText);
  recordingText_ = new QLabel(tr("● Recording"), panel);
  recordingText_->setObjectName("liveRecording");
  QPalette red = recordingText_->palette();
  red.setColor(QPalette::WindowText, errorColor(palette()));
  recordingText_->setPalette(red);
  auto* head = new QHBoxLayout;
  head->addWidget(heading(tr("Source and result"), panel));
  head->addStretch();
  head->addWidget(recordingText_);
  head->addSpacing(12);
  head->addWidget(rate_);
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(head);
  column->addWidget(view_, 1);
  return panel;
}

QWidget* LivePage::makeColumn() {
  auto* panel = new QWidget(this);
  models_ = new ModelCombo("live/model", "day-to-night", panel);
  models_->setObjectName("liveModel");
  auto* open = new QToolButton(panel);
  open->setDefaultAction(actions_.openModel);
  auto* modelRow = new QHBoxLayout;
  modelRow->addWidget(models_, 1);
  modelRow->addWidget(open);
  about_ = new QLabel(panel);
  about_->setWordWrap(true);
  about_->setForegroundRole(QPalette::PlaceholderText);

  sources_ = new QComboBox(panel);
  sources_->setObjectName("liveSource");
  sources_->setAccessibleName(tr("Source"));
  sources_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  sources_->addItem(tr("Film"), static_cast<int>(Kind::film));
  sources_->addItem(tr("Screen"), static_cast<int>(Kind::screen));
  sources_->addItem(tr("Camera"), static_cast<int>(Kind::camera));
  sourceText_ = new QLabel(panel);
  sourceText_->setObjectName("liveSourceText");
  sourceText_->setWordWrap(true);
  sourceText_->setForegroundRole(QPalette::PlaceholderText);
  openFilm_ = button_of(actions_.openFilm, "liveOpenFilm", panel);
  chooseRegion_ = button_of(actions_.region, "liveRegion", panel);
  repeatBox_ = box_of(actions_.repeat, "liveRepeat", panel);

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
  column->addLayout(modelRow);
  column->addWidget(about_);
  column->addSpacing(8);
  column->addWidget(heading(tr("Source"), panel));
  column->addWidget(sources_);
  column->addWidget(sourceText_);
  column->addWidget(openFilm_);
  column->addWidget(chooseRegion_);
  column->addWidget(repeatBox_);
  column->addSpacing(8);
  column->addWidget(button_of(actions_.play, "livePlay", panel));
  column->addWidget(button_of(actions_.record, "liveRecord", panel));
  column->addSpacing(8);
  column->addWidget(box_of(actions_.divided, "liveDivided", panel));
  column->addWidget(box_of(actions_.steady, "liveSteady", panel));
  column->addStretch(1);
  column->addWidget(heading(tr("Shorter side"), panel));
  column->addWidget(sides_);
  column->addWidget(devices_);

  auto* scroll = new QScrollArea(this);
  scroll->setWidget(panel);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFixedWidth(kColumnWidth);
  return scroll;
}

}  // namespace imago::gui
