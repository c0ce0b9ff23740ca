#include "gui/train/train_form.h"

#include <QAction>
#include <QButtonGroup>
#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>

#include "gui/session/session_training.h"
#include "gui/session/train_presets.h"
#include "gui/session/train_time.h"
#include "gui/train/data_panel.h"
#include "gui/train/start_from.h"
#include "gui/train/time_panel.h"
#include "gui/train/train_options.h"
#include "gui/widgets/device_combo.h"
#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {
constexpr char kSecondFolderKey[] = "train/secondPictures";

/// Under which the last folder or file is remembered.
QString mediumKey(Medium medium) {
  if (medium == Medium::table) return "train/table";
  return medium == Medium::sounds ? "train/sounds" : "train/pictures";
}
}  // namespace

void TrainForm::setDevices(const QList<Device>& devices) {
  device_->setDevices(devices);
  changed(false);
}

QString TrainForm::device() const { return device_->device(); }

void TrainForm::askForFolder() {
  const QString last = QSettings().value(mediumKey(medium_)).toString();
  const QString chosen =
      medium_ == Medium::table
          ? dialogs_.openFile(this, tr("Choose the Table"), tr("Tables (*.csv *.tsv *.txt)"))
          : dialogs_.pickFolder(this,
                                medium_ == Medium::sounds ? tr("Choose the Folder of Sounds")
                                                          : tr("Choose the Folder of Pictures"),
                                last);
  if (!chosen.isEmpty()) setFolder(chosen);
}

void TrainForm::setDropped(const QString& path) {
  if (QFileInfo(path).isFile())
    setTask(TrainTask::table);
  else if (medium_ == Medium::table)
    setTask(TrainTask::pairs);
  setFolder(path);
}

void TrainForm::setFolder(const QString& folder) {
  folder_->setText(QDir::toNativeSeparators(folder));
  report_->clear();  // it is about another one
  QSettings().setValue(mediumKey(medium_), folder);
  if (!nameTouched_) name_->setText(suggestName(folder, keptIn_->text()));
  changed(true);
}

void TrainForm::askForSecondFolder() {
  const QString last = QSettings().value(kSecondFolderKey).toString();
  const QString folder = dialogs_.pickFolder(this, tr("Choose the Second Folder"), last);
  if (!folder.isEmpty()) setSecondFolder(folder);
}

void TrainForm::setSecondFolder(const QString& folder) {
  secondFolder_->setText(QDir::toNativeSeparators(folder));
  report_->clear();
  clearSecond_->setEnabled(!folder.isEmpty());
  if (!folder.isEmpty()) QSettings().setValue(kSecondFolderKey, folder);
  changed(true);
}

void TrainForm::setTask(TrainTask task) {
  tasks_->setCurrentRow(static_cast<int>(allTasks().indexOf(task)));
}

void TrainForm::setSize(TrainSize size) {
  size_ = size;
  sizes_->button(static_cast<int>(size))->setChecked(true);
  QSettings().setValue("train/size", static_cast<int>(size));
  time_->setSize(size);
  takePreset();
}

void TrainForm::addModel(const ModelCard& card) { startFrom_->put(card); }

void TrainForm::setStartFrom(const QString& model) {
  const QString path = QFileInfo(model).absoluteFilePath();
  startFrom_->choose(path);
  emit modelAsked(path);
}

void TrainForm::takeStart() {
  const StartModel start = startFrom_->model();
  const QString name = startFrom_->currentText();
  startWords_->setText(start.path.isEmpty()
                           ? QString()
                           : tr("%1 goes on learning; its file decides what the networks are. The "
                                "model itself stays as it is.")
                                 .arg(name));
  if (serves(start, preset_.task)) return takePreset();
  setTask(taskFor(start));  // takes its preset
}

void TrainForm::setKeptIn(const QString& folder) {
  keptIn_->setText(QDir::toNativeSeparators(folder));
  if (!nameTouched_ && !folder_->text().isEmpty()) {
    name_->setText(suggestName(folder_->text(), folder));
  }
  showProblem();
}

void TrainForm::setBusy(const QString& reason) {
  const bool freed = reason.isEmpty() && !busy_.isEmpty();
  busy_ = reason;
  // A run of the name that stands there may have been made meanwhile.
  if (freed) nameTouched_ = false;
  if (freed && !folder_->text().isEmpty()) {
    name_->setText(suggestName(folder_->text(), keptIn_->text()));
  }
  showProblem();
  if (freed) measure();
}

/// What is chosen of another medium comes back with it.
void TrainForm::takeMedium(Medium medium) {
  const bool table = medium == Medium::table, sounds = medium == Medium::sounds;
  if (medium != medium_) {
    chosen_.insert(medium_, folder_->text());
    medium_ = medium;
    folder_->setText(chosen_.value(medium));
    report_->clear();
    if (!nameTouched_)
      name_->setText(folder_->text().isEmpty() ? QString()
                                               : suggestName(folder_->text(), keptIn_->text()));
  }
  dataHeading_->setText(table ? tr("Table") : sounds ? tr("Sounds") : tr("Pictures"));
  folder_->setAccessibleName(table    ? tr("Table")
                             : sounds ? tr("Folder of sounds")
                                      : tr("Folder of pictures"));
  folder_->setPlaceholderText(table ? tr("Choose a CSV file, type or drop one here")
                                    : tr("Choose a folder, type or drop one here"));
  chooseData_->setText(table ? tr("Ch&oose Table…") : tr("Ch&oose Folder…"));
  report_->setMedium(medium);
}

void TrainForm::takePreset() {
  const QList<TrainTask> all = allTasks();
  const int row = tasks_->currentRow();
  const TrainTask task = row < 0 ? all.first() : all[row];
  preset_ = settingsFor(task, size_);
  if (!serves(startFrom_->model(), task)) {
    const QString name = startFrom_->currentText();
    startFrom_->setCurrentIndex(0);
    startWords_->setText(tr("%1 cannot learn this.").arg(name));
  }
  startFrom(preset_, startFrom_->model());
  options_->setSettings(preset_);
  takeMedium(mediumOf(task));
  // Models to start from turn pictures into pictures.
  timeForm_->setRowVisible(1, mediumOf(task) == Medium::pictures && !makesSamples(task));
  layout_->setText(layoutOf(preset_.task));
  second_->setVisible(takesTwoFolders(preset_.task));
  sizeWords_->setText(
      preset_.startFrom.path.isEmpty()
          ? purposeOf(size_, preset_.task)
          : tr("%1 × %1 pixels, which suits the model that it starts from.").arg(preset_.cropSize));
  changed(true);
}

TrainSettings TrainForm::settings() const {
  TrainSettings settings = options_->apply(preset_);
  settings.folder = QDir::fromNativeSeparators(folder_->text());
  if (takesTwoFolders(settings.task)) {
    settings.secondFolder = QDir::fromNativeSeparators(secondFolder_->text());
  }
  settings.name = name_->text().trimmed();
  settings.keptIn = QDir::fromNativeSeparators(keptIn_->text());
  settings.byName = byName_;
  settings.device = device_->device();
  settings.minutes = time_->minutes();
  return settings;
}

// Asking the session.

void TrainForm::changed(bool pictures) {
  dataPending_ |= pictures;
  if (dataPending_) {
    checking_ = true;
    usable_ = byName_ = false;
  }
  delay_.start();
  showProblem();
}

void TrainForm::ask() {
  const TrainSettings now = settings();
  // How large the networks for a table are depends on what is in it.
  if (device_->hasDevice() && medium_ == Medium::table && (dataPending_ || !usable_)) {
    fitButton_->hide();
    showMemory({}, true);
    fits_ = false;
  } else if (device_->hasDevice()) {
    fitButton_->hide();
    showMemory(tr("Working out how much memory it takes…"), true);
    fits_ = false;
    session_.estimateMemory(now);
  }
  if (dataPending_ && now.folder.isEmpty()) {
    checking_ = false;
    report_->clear();
  } else if (dataPending_) {
    report_->showProgress(0);
    session_.checkData(now);
  }
  dataPending_ = false;
  showProblem();
}

void TrainForm::takeReport(const DataReportView& report) {
  // About what was chosen before.
  if (dataPending_ || mediumOf(report.task) != medium_) return;
  checking_ = false;
  usable_ = report.usable;
  byName_ = report.byName;
  report_->showReport(report);
  showProblem();
  if (usable_ && medium_ == Medium::table && device_->hasDevice())
    session_.estimateMemory(settings());
  measure();
}

void TrainForm::measure() {
  if (checking_ || !usable_) return time_->showNothing();
  if (!fits_ || !busy_.isEmpty()) return;
  time_->showMeasuring();
  session_.measureStep(settings());
}

void TrainForm::takeTime(const StepTimeView& time) {
  const TrainSettings now = settings();
  time_->showTime(now, time);
  options_->showEpochs(paced(now, time));
}

void TrainForm::takeMemory(const MemoryView& memory) {
  const QLocale locale;
  const QString needed = locale.formattedDataSize(memory.needed, 1);
  const QString free = locale.formattedDataSize(memory.free, 1);
  QStringList lines;
  if (!memory.error.isEmpty()) {
    lines.append(memory.error);
  } else if (memory.fits) {
    lines.append(tr("Takes %1 of the device's memory; %2 are free.").arg(needed, free));
  } else if (memory.needed > 0) {
    lines.append(tr("Takes %1 of the device's memory, but only %2 are free.").arg(needed, free));
  } else {
    lines.append(tr("Takes more than the device's memory, of which %1 are free.").arg(free));
  }
  if (memory.canFit) lines.append(tr("It would fit %1.").arg(changesOf(memory)));
  showMemory(lines.join('\n'), memory.fits);
  fit_ = memory;
  fitButton_->setVisible(memory.canFit);
  fits_ = memory.fits;
  measure();
}

QString TrainForm::changesOf(const MemoryView& memory) const {
  const TrainSettings now = options_->apply(preset_);
  QStringList parts;
  if (memory.gradientCheckpointing != now.gradientCheckpointing)
    parts.append(tr("if some values are computed twice"));
  if (memory.batch != now.batch) parts.append(tr("with a batch of %1").arg(memory.batch));
  if (memory.cropSize != now.cropSize) {
    parts.append(tr("with pictures of %1 pixels").arg(memory.cropSize));
  }
  return parts.join(tr(" and "));
}

void TrainForm::showMemory(const QString& text, bool good) {
  memory_->setText(text);
  QPalette colors = palette();
  colors.setColor(QPalette::WindowText,
                  good ? palette().color(QPalette::PlaceholderText) : errorColor(palette()));
  memory_->setPalette(colors);
}

void TrainForm::makeItFit() {
  TrainSettings now = options_->apply(preset_);
  if (fit_.cropSize != now.cropSize) setCropSize(now, fit_.cropSize);
  now.batch = fit_.batch;
  now.gradientCheckpointing = fit_.gradientCheckpointing;
  options_->setSettings(now);
  changed(true);
}

QString TrainForm::problem() const {
  if (!busy_.isEmpty()) return busy_;
  if (!device_->hasDevice()) return tr("There is no device to compute on");
  const bool table = medium_ == Medium::table, sounds = medium_ == Medium::sounds;
  if (folder_->text().isEmpty())
    return table    ? tr("Choose the table first")
           : sounds ? tr("Choose the folder of sounds first")
                    : tr("Choose the folder of pictures first");
  if (checking_)
    return table    ? tr("The table is being looked at")
           : sounds ? tr("The sounds are being looked at")
                    : tr("The pictures are being looked at");
  if (!usable_)
    return table    ? tr("This table cannot be trained on; see what is wrong with it")
           : sounds ? tr("These sounds cannot be trained on; see what is wrong with them")
                    : tr("These pictures cannot be trained on; see what is wrong with them");
  if (keptIn_->text().isEmpty()) return tr("Choose where the run is kept");
  return problemWithName(name_->text(), QDir::fromNativeSeparators(keptIn_->text()));
}

void TrainForm::showProblem() {
  const QString why = problem();
  start_->setEnabled(why.isEmpty());
  start_->setToolTip(why.isEmpty() ? start_->iconText() : why);
  startButton_->setEnabled(why.isEmpty());
  startButton_->setToolTip(start_->toolTip());
  layout_->setVisible(!usable_);  // who has such a folder knows what it looks like
  problem_->setText(why);
}

}  // namespace imago::gui
