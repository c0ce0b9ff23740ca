#include "gui/playground/play_side.h"

#include <QBoxLayout>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <cmath>

#include "gui/playground/play_canvas.h"
#include "gui/session/playground_session.h"
#include "gui/widgets/curve.h"
#include "gui/widgets/line_chart.h"
#include "gui/widgets/note_row.h"

namespace imago::gui {

namespace {

QString percent(double share) {
  return std::isfinite(share) ? PlaySide::tr("%1 %").arg(std::lround(share * 100))
                              : PlaySide::tr("none yet");
}

QString number(double value) {
  return std::isfinite(value) ? shortNumber(value) : PlaySide::tr("none yet");
}

}  // namespace

PlaySide::PlaySide(QWidget* parent)
    : QWidget(parent),
      session_(new PlaygroundSession(this)),
      title_(new QLabel(this)),
      canvas_(new PlayCanvas(this)),
      layout_(new QBoxLayout(QBoxLayout::LeftToRight)) {
  title_->hide();
  title_->setAlignment(Qt::AlignCenter);
  title_->setWordWrap(true);
  layout_->setSpacing(12);
  layout_->addWidget(canvas_, 3);
  // On a low screen the numbers scroll.
  auto* area = new QScrollArea(this);
  area->setFrameShape(QFrame::NoFrame);
  area->setFocusPolicy(Qt::NoFocus);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setWidget(makeNumbers());
  area->setMinimumWidth(area->widget()->minimumWidth());
  area->setMinimumHeight(160);
  layout_->addWidget(area, 2);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(title_);
  column->addLayout(layout_, 1);
  connect(session_, &PlaygroundSession::looked, this, &PlaySide::take);
  connect(session_, &PlaygroundSession::deviceFailed, this, [this] {
    if (!look_.scene) return;
    PlayLook paused = look_;  // no other comes
    paused.running = false;
    take(paused);
  });
  connect(canvas_, &PlayCanvas::painted, session_, &PlaygroundSession::painted);
  connect(session_, &PlaygroundSession::curvesMade, this,
          [this](const QList<RunHistory::Curve>& curves) {
            losses_->setCurves(curves.mid(0, 2));
            shares_->setCurves(curves.mid(2));
          });
}

QWidget* PlaySide::makeNumbers() {
  auto* panel = new QWidget(this);
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(10);
  grid->setVerticalSpacing(3);
  int row = 0;
  const auto add = [&](const char* name, const QString& label, const QString& tip) {
    auto* words = new QLabel(label, panel);
    words->setForegroundRole(QPalette::PlaceholderText);
    auto* value = new QLabel(panel);
    value->setObjectName(name);
    value->setAccessibleName(label);
    words->setToolTip(tip);
    value->setToolTip(tip);
    grid->addWidget(words, row, 0);
    grid->addWidget(value, row++, 1);
    return value;
  };
  state_ = add("playState", tr("State"), tr("Whether the networks learn just now."));
  step_ =
      add("playStep", tr("Step"), tr("In a step the discriminator learns, then the generator."));
  epoch_ = add("playEpoch", tr("Epoch"), tr("2,560 real points make an epoch."));
  discriminatorLoss_ =
      add("playDLoss", tr("D loss"), tr("How badly the discriminator tells real from fake."));
  generatorLoss_ = add("playGLoss", tr("G loss"), tr("How badly the generator deceives."));
  accuracy_ = add("playAccuracy", tr("D accuracy"),
                  tr("Share of points that the discriminator tells rightly: the mean over real and "
                     "fake ones. At 50 % it can only guess, which is the generator's goal."));
  modes_ = add("playModes", tr("Modes found"),
               tr("Places of the real points at which there are fake ones, of 2,500."));
  quality_ = add("playQuality", tr("Good points"),
                 tr("Share of fake points that lie where real ones would."));
  grid->setColumnStretch(1, 1);
  losses_ = new LineChart(tr("Losses"), tr("Losses appear here."), panel);
  shares_ = new LineChart(tr("Accuracy and good points"), tr("Shares appear here."), panel);
  auto* troubles = new QWidget(panel);
  troubles->setObjectName("playTroubles");
  troubleColumn_ = new QVBoxLayout(troubles);
  troubleColumn_->setContentsMargins(0, 4, 0, 0);
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(grid);
  column->addWidget(troubles);
  column->addWidget(losses_, 1);
  column->addWidget(shares_, 1);
  panel->setMinimumWidth(230);
  return panel;
}

void PlaySide::take(const PlayLook& look) {
  look_ = look;
  canvas_->setScene(look.scene);
  const QLocale locale;
  state_->setText(look.running ? tr("running, %1 steps/s")
                                     .arg(look.stepsPerSecond < 10
                                              ? locale.toString(look.stepsPerSecond, 'f', 1)
                                              : locale.toString(std::lround(look.stepsPerSecond)))
                  : look.between ? tr("paused; the generator is next")
                                 : tr("paused"));
  step_->setText(locale.toString(look.iteration));
  epoch_->setText(locale.toString(look.epoch, 'f', 1));
  discriminatorLoss_->setText(number(look.discriminatorLoss));
  generatorLoss_->setText(number(look.generatorLoss));
  const double accuracy = (look.realAccuracy + look.fakeAccuracy) / 2;
  accuracy_->setText(
      std::isfinite(accuracy)
          ? tr("%1 (goal: 50 %); real %2, fake %3")
                .arg(percent(accuracy), percent(look.realAccuracy), percent(look.fakeAccuracy))
          : tr("none yet (goal: 50 %)"));
  modes_->setText(tr("%1 of %2").arg(look.covered).arg(look.modes));
  quality_->setText(percent(look.quality));
  if (look.troubles != shown_) showTroubles(look.troubles);
  emit looked(look);
}

void PlaySide::showTroubles(const QList<PlayTrouble>& troubles) {
  shown_ = troubles;
  emptyColumn(*troubleColumn_);
  for (const PlayTrouble& trouble : troubles) {
    auto* note = new NoteRow(NoteRow::Kind::warning, trouble.title, trouble.text,
                             troubleColumn_->parentWidget());
    auto* button = new QPushButton(tr("Do that"), note);
    button->setObjectName("remedy-" + trouble.kind);
    button->setToolTip(trouble.remedy);
    auto* remedy = new QLabel(trouble.remedy, note);
    remedy->setWordWrap(true);
    note->words()->addWidget(remedy);
    note->words()->addWidget(button, 0, Qt::AlignLeft);
    connect(button, &QPushButton::clicked, this, [this, kind = trouble.kind] {
      emit remedyRequested(PlaygroundSession::remedied(kind, look_.settings));
    });
    troubleColumn_->addWidget(note);
  }
}

void PlaySide::setNarrow(bool narrow) {
  layout_->setDirection(narrow ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
  shares_->setVisible(!narrow);
}

void PlaySide::setTitle(const QString& title) {
  title_->setText(title);
  title_->setVisible(!title.isEmpty());
}

}  // namespace imago::gui
