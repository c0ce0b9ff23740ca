#include "gui/train/health_panel.h"

#include <QLocale>
#include <QVBoxLayout>
#include <cmath>
#include <vector>

#include "gui/widgets/note_row.h"

namespace imago::gui {

namespace {

struct Note {
  NoteRow::Kind kind = NoteRow::Kind::good;
  QString title, text;
};

QString titleOf(const QString& alarm) {
  if (alarm == "nan") return HealthPanel::tr("Numbers broke");
  if (alarm == "discriminator_wins") return HealthPanel::tr("The discriminator wins outright");
  if (alarm == "no_convergence") return HealthPanel::tr("It does not converge");
  if (alarm == "collapse") return HealthPanel::tr("Results look alike");
  return HealthPanel::tr("Something is wrong");
}

/// What the discriminator's accuracy means while nothing is wrong with it.
QString game(double accuracy) {
  return HealthPanel::tr(
             "The discriminator tells %1 % of the pictures rightly (50 %: it guesses, 100 %: it is "
             "never fooled).")
      .arg(std::lround(accuracy * 100));
}

std::vector<Note> notesOf(const RunHistory& history) {
  std::vector<Note> notes;
  for (qsizetype i = history.alarms.size() - 1; i >= 0; --i) {
    const RunHistory::Alarm& alarm = history.alarms[i];
    notes.push_back(
        {NoteRow::Kind::warning,
         HealthPanel::tr("%1, step %2").arg(titleOf(alarm.kind), QLocale().toString(alarm.step)),
         QStringList{alarm.text, alarm.advice}.join('\n').trimmed()});
  }
  if (history.rollbacks > 0) {
    notes.push_back({NoteRow::Kind::info, HealthPanel::tr("It went back to the last good state"),
                     HealthPanel::tr("Nothing broken was kept; training went on from there.")});
  }
  if (history.alarms.isEmpty() && history.step > 0) {
    notes.push_back({NoteRow::Kind::good, HealthPanel::tr("No problem noticed"), {}});
  }
  if (history.accuracy >= 0) notes.push_back({NoteRow::Kind::info, {}, game(history.accuracy)});
  if (history.dataMilliseconds > 0.25 * history.milliseconds) {
    notes.push_back(
        {NoteRow::Kind::info, HealthPanel::tr("Reading pictures holds it up"),
         HealthPanel::tr("%1 % of the time goes into waiting for pictures. Smaller files, or a "
                         "faster disk, would help.")
             .arg(std::lround(100 * history.dataMilliseconds / history.milliseconds))});
  }
  return notes;
}

}  // namespace

HealthPanel::HealthPanel(QWidget* parent) : QScrollArea(parent) {
  setObjectName("health");
  setAccessibleName(tr("Health"));
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* content = new QWidget(this);
  column_ = new QVBoxLayout(content);
  column_->setContentsMargins(10, 8, 10, 8);
  column_->setSpacing(8);
  setWidget(content);
  content->setBackgroundRole(QPalette::Base);
  rebuild();
}

void HealthPanel::setHistory(const RunHistory& history) {
  history_ = history;
  history_.losses.clear();
  history_.metrics.clear();
  rebuild();
}

void HealthPanel::rebuild() {
  emptyColumn(*column_);
  std::vector<Note> notes = notesOf(history_);
  if (notes.empty()) notes.push_back({NoteRow::Kind::waiting, {}, tr("Nothing is known yet.")});
  QStringList all;
  for (const Note& note : notes) {
    column_->addWidget(new NoteRow(note.kind, note.title, note.text, widget()));
    all << note.title << note.text;
  }
  column_->addStretch();
  all.removeAll({});
  text_ = all.join('\n');
  setAccessibleDescription(text_);
}

}  // namespace imago::gui
