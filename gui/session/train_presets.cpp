#include "gui/session/train_presets.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <algorithm>

namespace imago::gui {

namespace {

QString text(const char* source) { return QCoreApplication::translate("TrainPresets", source); }

bool uses_unet(TrainTask task) { return task != TrainTask::unpaired && task != TrainTask::upscale; }

void make_unpaired(TrainSettings& settings, TrainSize size) {
  settings.ganMode = "lsgan";
  settings.generator = size == TrainSize::quick   ? "resnet_3blocks"
                       : size == TrainSize::small ? "resnet_6blocks"
                                                  : "resnet_9blocks";
}

void make_upscale(TrainSettings& settings, TrainSize size) {
  settings.learningRate = 1e-4;
  switch (size) {
    case TrainSize::quick:
      settings.generator = "srresnet_4blocks";
      settings.batch = 4;
      settings.pixelEpochs = 4;
      break;
    case TrainSize::small:
      settings.generator = "srresnet_8blocks";
      settings.batch = 8;
      settings.pixelEpochs = 15;
      break;
    case TrainSize::paper:
      settings.generator = "srresnet";
      settings.batch = 16;
      settings.pixelEpochs = 50;
      break;
  }
}

int crop_of(TrainTask task, TrainSize size) {
  const bool upscale = task == TrainTask::upscale;
  switch (size) {
    case TrainSize::quick:
      return upscale ? 48 : 64;
    case TrainSize::small:
      return upscale ? 64 : 128;
    case TrainSize::paper:
      return upscale ? 96 : 256;
  }
  return 256;
}

}  // namespace

QList<TrainTask> allTasks() {
  return {TrainTask::pairs,  TrainTask::unpaired, TrainTask::upscale, TrainTask::sketch,
          TrainTask::colour, TrainTask::holes,    TrainTask::dayNight};
}

QString titleOf(TrainTask task) {
  switch (task) {
    case TrainTask::pairs:
      return text("Pairs (Pix2Pix)");
    case TrainTask::unpaired:
      return text("Two folders without pairs (CycleGAN)");
    case TrainTask::upscale:
      return text("Upscaling (SRGAN)");
    case TrainTask::sketch:
      return text("Sketch to photo");
    case TrainTask::colour:
      return text("Colourize");
    case TrainTask::holes:
      return text("Restore holes");
    case TrainTask::dayNight:
      return text("Day to night cameras");
  }
  return {};
}

QString purposeOf(TrainTask task) {
  switch (task) {
    case TrainTask::pairs:
      return text("Turns A into B, learned from pairs of pictures");
    case TrainTask::unpaired:
      return text("Turns A into B and back, learned from two collections");
    case TrainTask::upscale:
      return text("Makes small pictures large and sharp, learned from photos");
    case TrainTask::sketch:
      return text("Turns outlines into photos, learned from photos alone");
    case TrainTask::colour:
      return text("Colours grey photos, learned from colour photos");
    case TrainTask::holes:
      return text("Fills in what is missing, learned from whole photos");
    case TrainTask::dayNight:
      return text("Turns day into night, learned from cameras that stand still");
  }
  return {};
}

QString layoutOf(TrainTask task) {
  switch (task) {
    case TrainTask::pairs:
      return text(
          "A folder with train (and val) in it: files that show A and B side by side. Or with "
          "trainA and trainB in it, or two folders, where pictures of one name are a pair.");
    case TrainTask::unpaired:
      return text("A folder with trainA and trainB in it, or any two folders.");
    case TrainTask::upscale:
    case TrainTask::sketch:
    case TrainTask::colour:
    case TrainTask::holes:
      return text("Any folder of photos, or one with train (and val) in it.");
    case TrainTask::dayNight:
      return text("A folder with one folder for each camera, and day and night in each of them.");
  }
  return {};
}

bool takesTwoFolders(TrainTask task) {
  return task == TrainTask::pairs || task == TrainTask::unpaired;
}

QString picturesOf(const TrainSettings& settings) {
  const QString first = QDir::toNativeSeparators(settings.folder);
  if (settings.secondFolder.isEmpty()) return first;
  return text("%1 and %2").arg(first, QDir::toNativeSeparators(settings.secondFolder));
}

bool hasDirection(TrainTask task) {
  return task == TrainTask::pairs || task == TrainTask::dayNight;
}

QString titleOf(TrainSize size) {
  switch (size) {
    case TrainSize::quick:
      return text("Quick try");
    case TrainSize::small:
      return text("Small");
    case TrainSize::paper:
      return text("Paper's size");
  }
  return {};
}

QString purposeOf(TrainSize size, TrainTask task) {
  const QString side = QString::number(crop_of(task, size));
  switch (size) {
    case TrainSize::quick:
      return text(
                 "%1 × %1 pixels, small networks, few epochs: shows soon whether the pictures "
                 "are worth more.")
          .arg(side);
    case TrainSize::small:
      return text("%1 × %1 pixels, networks half as wide as the paper's: fits any graphics card.")
          .arg(side);
    case TrainSize::paper:
      return text(
                 "%1 × %1 pixels, networks and epochs as in the paper: the best result, after "
                 "hours on a graphics card.")
          .arg(side);
  }
  return {};
}

TrainSettings settingsFor(TrainTask task, TrainSize size) {
  TrainSettings settings;
  settings.task = task;
  const bool quick = size == TrainSize::quick;
  if (size != TrainSize::paper) {
    settings.features = quick ? 16 : 32;
    settings.epochs = quick ? 10 : 50;
    settings.epochsDecay = settings.epochs;
    settings.printSteps = quick ? 5 : 20;
    settings.saveSteps = 500;
  }
  if (task == TrainTask::unpaired) make_unpaired(settings, size);
  if (task == TrainTask::upscale) make_upscale(settings, size);
  setCropSize(settings, crop_of(task, size));
  return settings;
}

QList<int> cropSizesOf(TrainTask task, const StartModel& start) {
  QList<int> sides = task == TrainTask::upscale ? QList<int>{48, 64, 96, 128, 192, 256}
                                                : QList<int>{32, 64, 128, 256, 512};
  sides.removeIf([&](int side) {
    const int seen = side / start.scale;  // by the network
    return side % start.scale != 0 || seen % start.multiple != 0 || seen < start.minimum;
  });
  return sides.isEmpty() ? QList<int>{start.scale * start.multiple} : sides;
}

bool serves(const StartModel& start, TrainTask task) {
  if (start.path.isEmpty()) return true;
  if (task == TrainTask::upscale || start.scale > 1)
    return task == TrainTask::upscale && start.scale > 1;
  return (task == TrainTask::colour) == (start.inputChannels == 1);
}

TrainTask taskFor(const StartModel& start) {
  if (start.scale > 1) return TrainTask::upscale;
  return start.inputChannels == 1 ? TrainTask::colour : TrainTask::pairs;
}

void startFrom(TrainSettings& settings, const StartModel& start) {
  settings.startFrom = start;
  if (start.path.isEmpty()) return;
  if (start.scale > 1) settings.scale = start.scale;
  const QList<int> sides = cropSizesOf(settings.task, start);
  // At the side where it learned, if it is one of these; else at the next larger one.
  const int wanted = start.side > 0 ? start.side : settings.cropSize;
  const auto fitting = std::ranges::lower_bound(sides, wanted);
  setCropSize(settings, fitting != sides.end() ? *fitting : sides.last());
}

void setCropSize(TrainSettings& settings, int side) {
  settings.cropSize = side;
  settings.loadSize = side * 286 / 256;
  // A U-Net halves its picture until one pixel is left.
  if (uses_unet(settings.task)) settings.generator = QString("unet_%1").arg(std::min(side, 256));
}

QString runOf(const TrainSettings& settings) {
  return QDir::cleanPath(QDir(settings.keptIn).absoluteFilePath(settings.name));
}

QString suggestName(const QString& folder, const QString& keptIn) {
  QString base = QDir(folder).dirName();
  if (base.isEmpty() || base == ".") base = text("training");
  QString name = base;
  for (int number = 2; QFileInfo::exists(QDir(keptIn).filePath(name)); ++number) {
    name = QString("%1 %2").arg(base).arg(number);
  }
  return name;
}

QString problemWithName(const QString& name, const QString& keptIn) {
  if (name.trimmed().isEmpty()) return text("Give the run a name");
  if (name.contains('/') || name.contains('\\') || name.startsWith('.')) {
    return text("A run's name is a folder's: without / and \\, and not beginning with a dot");
  }
  if (QFileInfo::exists(QDir(keptIn).filePath(name.trimmed()))) {
    return text("There is already a run of this name; choose another, or resume that one");
  }
  return {};
}

}  // namespace imago::gui
