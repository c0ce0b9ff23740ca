#include "gui/train/time_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSettings>

#include "gui/session/train_time.h"

namespace imago::gui {

namespace {
constexpr char kMinutesKey[] = "train/minutes";
constexpr int kUsualMinutes = 5;
}  // namespace

TimePanel::TimePanel(QWidget* parent)
    : QWidget(parent), time_(new QComboBox(this)), words_(new QLabel(this)) {
  time_->setObjectName("trainTime");
  time_->setAccessibleName(tr("How long it may take"));
  for (const int minutes : {5, 15, 60}) time_->addItem(tr("%1 minutes").arg(minutes), minutes);
  time_->addItem(tr("As many epochs as chosen"), 0);
  time_->setToolTip(
      tr("It ends after so long, with a learning rate that falls towards the end; or when "
         "the epochs of Advanced Options are over"));
  words_->setObjectName("trainTimeWords");
  words_->setWordWrap(true);
  words_->setForegroundRole(QPalette::PlaceholderText);
  words_->setMinimumHeight(2 * fontMetrics().lineSpacing());  // nothing moves
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(14);
  row->addWidget(time_);
  row->addWidget(words_, 1);
  connect(time_, &QComboBox::activated, this, [this] {
    if (minutes() > 0) QSettings().setValue(kMinutesKey, minutes());
    emit changed();
  });
  showNothing();
}

int TimePanel::minutes() const { return time_->currentData().toInt(); }

void TimePanel::setMinutes(int minutes) { time_->setCurrentIndex(time_->findData(minutes)); }

void TimePanel::setSize(TrainSize size) {
  const int row = time_->findData(QSettings().value(kMinutesKey, kUsualMinutes).toInt());
  if (size != TrainSize::quick) return setMinutes(0);
  time_->setCurrentIndex(row < 0 ? 0 : row);
}

void TimePanel::showMeasuring() { words_->setText(tr("Measuring how long a step takes here…")); }

void TimePanel::showTime(const TrainSettings& settings, const StepTimeView& time) {
  words_->setText(paceWords(settings, time));
}

void TimePanel::showNothing() {
  words_->setText(tr("How many steps that is stands here when there is something to learn from."));
}

}  // namespace imago::gui
