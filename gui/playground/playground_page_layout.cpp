// The Playground page's actions and where its parts stand; what they do is in playground_page.cpp.
#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include "gui/playground/play_canvas.h"
#include "gui/playground/play_controls.h"
#include "gui/playground/play_scales.h"
#include "gui/playground/play_side.h"
#include "gui/playground/playground_page.h"
#include "gui/session/playground_session.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/device_combo.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/page_parts.h"

namespace imago::gui {

void PlaygroundPage::makeActions() {
  const auto make = [this](Glyph glyph, const QString& name, const QString& text,
                           const QString& tip, const QKeySequence& key, auto slot) {
    QAction* action = newAction(this, glyph, text, key, slot);
    action->setObjectName(name);
    action->setToolTip(tip);
    return action;
  };
  actions_.run =
      make(Glyph::play, "playRun", tr("&Run"), tr("The two networks learn in turns, until paused"),
           Qt::CTRL | Qt::Key_R, [this] { setRunning(!running_); });
  actions_.part =
      make(Glyph::forward, "playPart", tr("&Discriminator's Part"),
           tr("The next half of a step: first the discriminator learns, then the generator"),
           Qt::CTRL | Qt::Key_D, [this] {
             setRunning(false);
             for (PlaySide* side : sides_) side->session().part();
           });
  actions_.step =
      make(Glyph::forward, "playOneStep", tr("&One Step"),
           tr("The discriminator learns once, then the generator"), Qt::CTRL | Qt::Key_E, [this] {
             setRunning(false);
             for (PlaySide* side : sides_) side->session().step();
           });
  actions_.reset = make(Glyph::translate, "playReset", tr("R&eset"),
                        tr("New networks; with the same seed the same happens again"),
                        QKeySequence::New, [this] { begin(controls_->settings()); });
  actions_.compare = make(Glyph::add, "playCompare", tr("&Compare Two Runs"),
                          tr("A second run beside the first, both from the start and equal: then "
                             "change one thing"),
                          {}, [this](bool on) { setCompared(on); });
  actions_.compare->setCheckable(true);
  actions_.open =
      make(Glyph::open, "playOpen", tr("&Open Run…"), tr("Repeats a run that was saved"),
           QKeySequence::Open, [this] { openRun(); });
  actions_.save = make(Glyph::save, "playSave", tr("&Save Run…"),
                       tr("A small file by which the run can be repeated"), QKeySequence::Save,
                       [this] { saveRun(); });
  actions_.picture =
      make(Glyph::picture, "playPicture", tr("Save &Picture…"), tr("The plane as it is, as a PNG"),
           Qt::CTRL | Qt::SHIFT | Qt::Key_S, [this] { savePicture(); });
  actions_.record = make(Glyph::record, "playRecord", tr("Recor&d a Film…"),
                         tr("What happens from now on, as a film or an animated GIF"),
                         Qt::CTRL | Qt::Key_M, [this](bool on) { setRecorded(on); });
  actions_.record->setCheckable(true);
}

void PlaygroundPage::makeLayout() {
  banner_ = new Banner(this);
  banner_->setObjectName("playBanner");
  auto* sides = new QWidget(this);
  row_ = new QHBoxLayout(sides);
  row_->setContentsMargins(0, 0, 0, 0);
  row_->setSpacing(14);
  auto* left = new QVBoxLayout;
  left->setSpacing(8);
  left->addWidget(makeTop());
  left->addWidget(sides, 1);
  left->addWidget(makeLayers());
  left->addWidget(makeTransport());
  auto* both = new QHBoxLayout;
  both->setSpacing(12);
  both->addLayout(left, 1);
  both->addWidget(makeControls());
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 10, 12, 12);
  column->addLayout(both, 1);
}

QWidget* PlaygroundPage::makeTop() {
  auto* top = new QWidget(this);
  preset_ = new QComboBox(top);
  preset_->setObjectName("playPreset");
  preset_->setAccessibleName(tr("Run to begin with"));
  preset_->setToolTip(tr("Begins a run with settings that show something"));
  for (const PlayPreset& preset : PlaygroundSession::presets())
    preset_->addItem(preset.provokes ? tr("Trouble: %1").arg(preset.name) : preset.name);
  connect(preset_, &QComboBox::activated, this, &PlaygroundPage::choosePreset);
  presetText_ = new QLabel(top);
  presetText_->setObjectName("playPresetText");
  presetText_->setWordWrap(true);
  presetText_->setForegroundRole(QPalette::PlaceholderText);
  device_ = new DeviceCombo("playground/device", top);
  device_->setObjectName("playDevice");
  device_->setToolTip(tr("Where the networks are computed"));
  connect(device_, &QComboBox::activated, this, [this] {
    if (begun_) begin(controls_->settings());
  });
  auto* row = new QHBoxLayout(top);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(preset_);
  row->addWidget(presetText_, 1);
  row->addWidget(device_);
  return top;
}

QWidget* PlaygroundPage::makeLayers() {
  auto* bar = new QWidget(this);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(14);
  const auto add = [&](const char* name, const QString& text, bool on, const QString& tip) {
    auto* box = new QCheckBox(text, bar);
    box->setObjectName(name);
    box->setChecked(on);
    box->setToolTip(tip);
    row->addWidget(box);
    connect(box, &QCheckBox::toggled, this, [this] {
      for (PlaySide* side : sides_)
        side->canvas().setLayers(
            {field_->isChecked(), points_->isChecked(), grid_->isChecked(), arrows_->isChecked()});
    });
    return box;
  };
  field_ = add("playField", tr("Discriminator's field"), true,
               tr("Blue where the discriminator takes points for real, red where for fake; on the "
                  "white line it cannot tell (50 %)"));
  points_ = add("playPoints", tr("Points"), true,
                tr("Blue rings are real points, red discs the generator's"));
  grid_ = add("playGrid", tr("Generator's grid"), false,
              tr("Where the generator brings a square grid of its noise: how it bends space"));
  arrows_ = add("playArrows", tr("Arrows"), false,
                tr("The way the discriminator's slope tells each fake point to go: all that the "
                   "generator learns from"));
  row->addStretch(1);
  return bar;
}

QWidget* PlaygroundPage::makeTransport() {
  auto* bar = new QWidget(this);
  auto* buttons = new QHBoxLayout;
  for (QAction* action :
       {actions_.run, actions_.part, actions_.step, actions_.reset, actions_.compare}) {
    auto* button = new QToolButton(bar);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setDefaultAction(action);
    buttons->addWidget(button);
  }
  buttons->addStretch(1);
  auto* sliders = new QGridLayout;
  const auto slider = [&](int column, const char* name, const QString& label, const QString& tip,
                          int end, QLabel*& text) {
    auto* words = new QLabel(label, bar);
    auto* made = new QSlider(Qt::Horizontal, bar);
    made->setObjectName(name);
    made->setAccessibleName(label);
    made->setToolTip(tip);
    words->setToolTip(tip);
    made->setRange(0, end);
    text = new QLabel(bar);
    text->setObjectName(QString(name) + "Text");
    text->setForegroundRole(QPalette::PlaceholderText);
    sliders->addWidget(words, 0, column);
    sliders->addWidget(text, 0, column + 1, Qt::AlignRight);
    sliders->addWidget(made, 1, column, 1, 2);
    sliders->setColumnStretch(column, 1);
    return made;
  };
  speed_ =
      slider(0, "playSpeed", tr("Speed"),
             tr("Steps a second; at the right end as many as there can be"), kSpeedEnd, speedText_);
  rate_ = slider(2, "playRate", tr("Learning rate"),
                 tr("How far one update moves the weights of both networks"), kRateEnd, rateText_);
  moments_ = slider(4, "playTimeline", tr("Timeline"),
                    tr("Goes back to an earlier moment of the run; from there it can go on anew"),
                    0, momentText_);
  sliders->setHorizontalSpacing(14);
  speed_->setValue(sliderOfSpeed(4));
  connect(speed_, &QSlider::valueChanged, this, &PlaygroundPage::setSpeed);
  connect(rate_, &QSlider::valueChanged, this, &PlaygroundPage::setRate);
  connect(moments_, &QSlider::valueChanged, this, &PlaygroundPage::goTo);
  auto* column = new QVBoxLayout(bar);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(buttons);
  column->addLayout(sliders);
  return bar;
}

QWidget* PlaygroundPage::makeControls() {
  auto* panel = new QWidget(this);
  edited_ = new QComboBox(panel);
  edited_->setObjectName("playEdited");
  edited_->addItems({tr("Settings of the first run"), tr("Settings of the second run")});
  edited_->hide();
  connect(edited_, &QComboBox::currentIndexChanged, this, &PlaygroundPage::setActive);
  auto* area = new QScrollArea(panel);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  controls_ = new PlayControls(area);
  area->setWidget(controls_);
  connect(controls_, &PlayControls::changed, this, &PlaygroundPage::change);
  connect(controls_, &PlayControls::clearDrawingRequested, this, [this] {
    PlaySettings settings = controls_->settings();
    settings.drawn.clear();
    controls_->setSettings(settings);
    change(settings);
  });
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(edited_);
  column->addWidget(area, 1);
  panel->setFixedWidth(300);
  return panel;
}

}  // namespace imago::gui
