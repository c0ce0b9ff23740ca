#include "gui/session/train_presets.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <algorithm>

namespace imago::gui {

namespace {

QString text(const char* source) { return QCoreApplication::translate("TrainPresets", source); }

bool uses_unet(TrainTask task) { return methodOf(task) == "pix2pix"; }

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

void make_table(TrainSettings& settings, TrainSize size) {
  settings.generator = "ctgan";
  settings.ganMode = "wgangp";
  settings.flip = false;
  settings.batch = 500;
  settings.features = size == TrainSize::quick ? 64 : size == TrainSize::small ? 128 : 256;
  settings.epochs = size == TrainSize::quick ? 50 : size == TrainSize::small ? 150 : 300;
  settings.epochsDecay = 0;
  settings.validateEpochs = size == TrainSize::quick ? 5 : 25;
}

void make_sounds(TrainSettings& settings, TrainSize size) {
  settings.generator = "wavegan";
  settings.ganMode = "wgangp";
  settings.learningRate = 1e-4;
  settings.flip = false;
  settings.batch = size == TrainSize::quick ? 16 : 64;
  settings.epochs = size == TrainSize::quick ? 100 : size == TrainSize::small ? 300 : 1000;
  settings.epochsDecay = 0;
  settings.validateEpochs = size == TrainSize::quick ? 5 : 25;
  if (size == TrainSize::quick) settings.more = {{"length", "1024"}};
  if (size == TrainSize::small) settings.more = {{"length", "4096"}};
}

void make_samples(TrainSettings& settings, TrainSize size) {
  const bool quick = size == TrainSize::quick;
  settings.flip = false;
  settings.epochsDecay = 0;
  settings.validateEpochs = quick ? 5 : 1;
  if (settings.task == TrainTask::fineSamples) {
    settings.generator = "stylegan2";
    settings.learningRate = 2e-3;
    settings.batch = quick ? 8 : 16;
    settings.epochs = quick ? 50 : size == TrainSize::small ? 100 : 200;
    if (size != TrainSize::paper) settings.more = {{"latent", quick ? "64" : "256"}};
  } else {
    settings.generator = "dcgan";
    settings.batch = quick ? 16 : 64;
    settings.epochs = quick ? 50 : 25;
  }
}

int crop_of(TrainTask task, TrainSize size) {
  if (makesSamples(task)) return size == TrainSize::quick ? 32 : 64;
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
  return {TrainTask::pairs,  TrainTask::unpaired,    TrainTask::upscale,  TrainTask::sketch,
          TrainTask::colour, TrainTask::holes,       TrainTask::dayNight, TrainTask::samples,
          TrainTask::kinds,  TrainTask::fineSamples, TrainTask::table,    TrainTask::sounds};
}

QString methodOf(TrainTask task) {
  switch (task) {
    case TrainTask::unpaired:
      return "cyclegan";
    case TrainTask::upscale:
      return "srgan";
    case TrainTask::samples:
    case TrainTask::kinds:
      return "dcgan";
    case TrainTask::fineSamples:
      return "stylegan2";
    case TrainTask::table:
      return "tabular";
    case TrainTask::sounds:
      return "wavegan";
    default:
      return "pix2pix";
  }
}

Medium mediumOf(TrainTask task) {
  if (task == TrainTask::table) return Medium::table;
  return task == TrainTask::sounds ? Medium::sounds : Medium::pictures;
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
    case TrainTask::samples:
      return text("New pictures (DCGAN)");
    case TrainTask::kinds:
      return text("New pictures of each kind (DCGAN)");
    case TrainTask::fineSamples:
      return text("New pictures, finer (StyleGAN2)");
    case TrainTask::table:
      return text("Rows of a table (CTGAN)");
    case TrainTask::sounds:
      return text("Short sounds (WaveGAN)");
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
    case TrainTask::samples:
      return text("Makes new pictures as those of a folder, learned from thousands");
    case TrainTask::kinds:
      return text("Makes new pictures of the kind one asks for, learned from sorted ones");
    case TrainTask::fineSamples:
      return text("Makes new pictures whose styles can be mixed; takes several times as long");
    case TrainTask::table:
      return text("Makes new rows as those of a table, learned from its rows");
    case TrainTask::sounds:
      return text("Makes new sounds, learned from short ones");
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
    case TrainTask::samples:
    case TrainTask::fineSamples:
      return text("Any folder of photos, or one with train (and val) in it.");
    case TrainTask::kinds:
      return text(
          "A folder with one folder for each kind, named for it; or pictures and an index.csv that "
          "says what is what.");
    case TrainTask::dayNight:
      return text("A folder with one folder for each camera, and day and night in each of them.");
    case TrainTask::table:
      return text("A CSV file with the names of its columns in the first line.");
    case TrainTask::sounds:
      return text("Any folder of WAV files, or one with train in it.");
  }
  return {};
}

bool makesSamples(TrainTask task) {
  return task == TrainTask::samples || task == TrainTask::kinds || task == TrainTask::fineSamples;
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

namespace {

QString purposeOfTable(TrainSize size) {
  switch (size) {
    case TrainSize::quick:
      return text("Small networks, few epochs: shows soon whether the table is worth more.");
    case TrainSize::small:
      return text("Networks half as wide as the paper's, half of its epochs.");
    case TrainSize::paper:
      return text("Networks and epochs as in the paper: the best result.");
  }
  return {};
}

QString purposeOfSounds(TrainSize size) {
  switch (size) {
    case TrainSize::quick:
      return text(
          "1,024 samples, small networks, few epochs: shows soon whether the sounds are worth "
          "more.");
    case TrainSize::small:
      return text("4,096 samples, networks half as wide as the paper's: fits any graphics card.");
    case TrainSize::paper:
      return text(
          "16,384 samples, about a second, networks and epochs as in the paper: the best result, "
          "after hours on a graphics card.");
  }
  return {};
}

}  // namespace

QString purposeOf(TrainSize size, TrainTask task) {
  if (mediumOf(task) == Medium::table) return purposeOfTable(size);
  if (mediumOf(task) == Medium::sounds) return purposeOfSounds(size);
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
  if (task == TrainTask::table) make_table(settings, size);
  if (task == TrainTask::sounds) make_sounds(settings, size);
  if (makesSamples(task)) make_samples(settings, size);
  if (mediumOf(task) != Medium::pictures) return settings;
  setCropSize(settings, crop_of(task, size));
  return settings;
}

QList<int> cropSizesOf(TrainTask task, const StartModel& start) {
  if (mediumOf(task) != Medium::pictures) return {};
  QList<int> sides = task == TrainTask::upscale ? QList<int>{48, 64, 96, 128, 192, 256}
                     : makesSamples(task)       ? QList<int>{32, 64, 128, 256}
                                                : QList<int>{32, 64, 128, 256, 512};
  sides.removeIf([&](int side) {
    const int seen = side / start.scale;  // by the network
    return side % start.scale != 0 || seen % start.multiple != 0 || seen < start.minimum;
  });
  return sides.isEmpty() ? QList<int>{start.scale * start.multiple} : sides;
}

bool serves(const StartModel& start, TrainTask task) {
  if (start.path.isEmpty()) return true;
  if (mediumOf(task) != Medium::pictures || makesSamples(task)) return false;
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
  const QFileInfo table(folder);
  QString base = table.isFile() ? table.completeBaseName() : QDir(folder).dirName();
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
