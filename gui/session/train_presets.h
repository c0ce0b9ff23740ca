// What the Train page offers: the tasks in plain words, and settings for each task and size.
#pragma once

#include <QList>
#include <QString>

#include "gui/session/train_types.h"

namespace imago::gui {

/// All tasks, in the order they are offered.
QList<TrainTask> allTasks();
/// "Pairs (Pix2Pix)"
QString titleOf(TrainTask task);
/// On the command line: "pix2pix".
QString methodOf(TrainTask task);
/// What it learns from.
Medium mediumOf(TrainTask task);
/// A line about what it is good for.
QString purposeOf(TrainTask task);
/// How the folder of pictures has to look, as text that stands beside the folder's field.
QString layoutOf(TrainTask task);
/// Whether it makes pictures of random numbers, learned from pictures of a folder.
bool makesSamples(TrainTask task);
/// Whether A and B may be chosen as two folders.
bool takesTwoFolders(TrainTask task);
/// The folder or both as a line: "horses and zebras", with the system's slashes.
QString picturesOf(const TrainSettings& settings);
/// Whether a size of pictures and a direction from A to B can be chosen for it…
bool hasDirection(TrainTask task);

QString titleOf(TrainSize size);
/// What it means for this task: "128 × 128 pixels, half as wide networks; hours on a GPU"
QString purposeOf(TrainSize size, TrainTask task);

/// Everything but folder, name, place and device. `paper` agrees with the command line's defaults.
TrainSettings settingsFor(TrainTask task, TrainSize size);
/// The sides of crops that fit the task's networks, or those of the model it starts from; none
/// where nothing is cut.
QList<int> cropSizesOf(TrainTask task, const StartModel& start = {});
/// Whether the task can go on with this model, and one that can.
bool serves(const StartModel& start, TrainTask task);
TrainTask taskFor(const StartModel& start);
/// The settings, for going on with this model.
void startFrom(TrainSettings& settings, const StartModel& start);
/// Changes the crop, and with it what depends on it: how large pictures are read and, of a U-Net,
/// how deep it is.
void setCropSize(TrainSettings& settings, int side);

/// The folder of the run that these settings make.
QString runOf(const TrainSettings& settings);
/// A run's name made from its folder of pictures or its table; one that is not yet in `keptIn`.
QString suggestName(const QString& folder, const QString& keptIn);
/// Why `name` cannot be a run's in `keptIn`; empty: it can.
QString problemWithName(const QString& name, const QString& keptIn);

}  // namespace imago::gui
