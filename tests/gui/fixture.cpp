#include "tests/gui/fixture.h"

#include <unistd.h>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QListView>
#include <QProcess>
#include <QSettings>
#include <QtTest>
#include <algorithm>

#include "gui/session/session.h"
#include "gui/translate/model_panel.h"
#include "gui/widgets/banner.h"
#include "models/checkpoint/checkpoint.h"

namespace imago::gui {

bool waitFor(const std::function<bool()>& condition, int ms) {
  QElapsedTimer clock;
  clock.start();
  while (!condition()) {
    if (clock.elapsed() > ms) return false;
    QTest::qWait(5);
  }
  return true;
}

QImage drawPicture(int width, int height) {
  QImage picture(width, height, QImage::Format_RGB888);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      picture.setPixelColor(x, y, QColor((x * 7) % 256, (y * 11) % 256, (x * 3 + y * 5) % 256));
    }
  }
  return picture;
}

void writeModel(const QString& path, int layers, int features, int scale,
                const std::map<std::string, std::string>& metadata) {
  StateDict tensors;
  tensors.metadata = metadata;
  const auto zeros = [&](const std::string& name, std::vector<int64_t> shape) {
    int64_t count = 1;
    for (const int64_t side : shape) count *= side;
    tensors.insert(name, HostTensor::from_float(shape, std::vector<float>(count, 0.0f)));
  };
  const auto name = [](int index) { return "body." + std::to_string(index); };
  const int64_t nf = features;
  for (int i = 0; i < layers; ++i) {
    zeros(name(2 * i) + ".weight", {nf, i == 0 ? 3 : nf, 3, 3});
    zeros(name(2 * i) + ".bias", {nf});
    zeros(name(2 * i + 1) + ".weight", {nf});
  }
  const int64_t out = 3 * int64_t{scale} * scale;
  zeros(name(2 * layers) + ".weight", {out, nf, 3, 3});
  zeros(name(2 * layers) + ".bias", {out});
  write_safetensors(tensors, path.toStdString());
}

void AppTest::SetUp() {
  QSettings().clear();
  QDir(folder_.path()).mkdir("models");
  QSettings().setValue("translate/modelFolder", file("models"));
  QSettings().setValue("train/runs", file("runs"));
  writeModel(file("models/fast.safetensors"));
  start();
  if (child<QComboBox>("device")->count() == 0) {
    GTEST_SKIP() << "There is no Vulkan device to translate on";
  }
}

void AppTest::start() {
  Dialogs dialogs;
  dialogs.openPhotos = [this](QWidget*) { return photosToOpen_; };
  dialogs.openModel = [this](QWidget*) { return modelToOpen_; };
  dialogs.saveAs = [this](QWidget*, const QString& suggested) {
    suggested_ = suggested;
    return nameToSave_;
  };
  dialogs.pickFolder = [this](QWidget*, const QString&, const QString&) { return folderToPick_; };
  dialogs.askUnsaved = [this](QWidget*, int) {
    ++unsavedAsked_;
    return unsavedAnswer_;
  };
  dialogs.askName = [this](QWidget*, const QString&, const QString&) { return nameToGive_; };
  dialogs.askDelete = [this](QWidget*, const QString& what) {
    deleteAsked_ = what;
    return mayDelete_;
  };
  dialogs.askStopTranslating = [this](QWidget*, int, int films) {
    ++stopAsked_;
    stopFilms_ = films;
    return stopTranslating_;
  };
  dialogs.openFile = [this](QWidget*, const QString&, const QString&) { return fileToOpen_; };
  dialogs.saveFile = [this](QWidget*, const QString&, const QString&, const QString&) {
    return fileToSave_;
  };
  dialogs.notify = [this](const QString& title, const QString& text) {
    notified_.append(title + ": " + text);
  };
  dialogs.showFolder = [this](const QString& folder) { shownFolder_ = folder; };
  window_.reset();
  window_ = std::make_unique<MainWindow>(dialogs);
  auto* session = window_->findChild<Session*>();
  Heard models(session, &Session::modelsListed);
  Heard devices(session, &Session::devicesListed);
  // Once more, for what the page asked for itself may be answered already.
  window_->findChild<ModelPanel*>()->reload();
  session->listDevices();
  window_->resize(1100, 700);
  window_->show();
  window_->activateWindow();
  ASSERT_TRUE(waitFor([&] { return models.count() > 0 && devices.count() > 0; }));
}

QString AppTest::makePicture(const QString& name, int width, int height) const {
  EXPECT_TRUE(drawPicture(width, height).save(file(name)));
  return file(name);
}

void AppTest::writeFile(const QString& name, const QByteArray& content) const {
  QFile out(file(name));
  ASSERT_TRUE(out.open(QIODevice::WriteOnly));
  out.write(content);
}

QString AppTest::banner(const char* name) const {
  for (const Banner* banner : window_->findChildren<Banner*>()) {
    if (banner->objectName() == name) return banner->text();
  }
  return {};
}

void AppTest::open(const QStringList& paths) {
  page().openPaths(paths);
  ASSERT_TRUE(waitFor([&] {
    return std::ranges::all_of(paths, [&](const QString& path) {
      const Photo* found = page().photos().findFile(path);
      return found != nullptr && found->state != PhotoState::reading;
    });
  }));
}

bool AppTest::idle() const {
  return std::ranges::none_of(page().photos().photos(), [](const Photo& photo) {
    return photo.state == PhotoState::waiting || photo.state == PhotoState::running ||
           photo.state == PhotoState::reading;
  });
}

void AppTest::translateEach() {
  for (int row = 0; row < page().photos().rowCount(); ++row) {
    selectPhoto(row);
    ASSERT_TRUE(waitFor([&] { return page().actions().translate->isEnabled(); }));
    page().actions().translate->trigger();
    ASSERT_TRUE(waitFor([&] { return idle(); }));
  }
}

void AppTest::translateAll() {
  ASSERT_TRUE(waitFor([&] { return page().actions().translateAll->isEnabled(); }));
  page().actions().translateAll->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); }));
}

bool AppTest::chooseRow(const QString& name) {
  auto* list = child<QListView>("modelList");
  for (int row = 0; row < list->model()->rowCount(); ++row) {
    const QModelIndex index = list->model()->index(row, 0);
    if (index.data().toString() == name) {
      list->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect);
      return true;
    }
  }
  return false;
}

void AppTest::selectPhoto(int row) {
  auto* list = child<QListView>("photoList");
  list->selectionModel()->setCurrentIndex(list->model()->index(row, 0),
                                          QItemSelectionModel::ClearAndSelect);
}

void AppTest::runOnSmallDisk(const QString& test, const QString& size) const {
  const auto onDisk = [&](const QString& script) {
    QProcess shell;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("IMAGO_SMALL_DISK", file("disk"));
    shell.setProcessEnvironment(environment);
    shell.setWorkingDirectory(folder_.path());
    shell.setProcessChannelMode(QProcess::MergedChannels);
    const QString mount = QString("mkdir -p disk && mount -t tmpfs -o size=%1 tmpfs disk && ");
    shell.start("unshare", {::geteuid() == 0 ? "-m" : "-rm", "sh", "-c", mount.arg(size) + script});
    shell.waitForFinished(180'000);
    return std::pair(shell.exitStatus() == QProcess::NormalExit && shell.exitCode() == 0,
                     QString::fromUtf8(shell.readAll()));
  };
  if (!onDisk("true").first) GTEST_SKIP() << "mounting a small file system is not permitted here";
  const auto [good, said] = onDisk(QCoreApplication::applicationFilePath() +
                                   " --gtest_also_run_disabled_tests --gtest_filter=" + test);
  if (good && said.contains("[  SKIPPED ]")) GTEST_SKIP() << said.toStdString();
  EXPECT_TRUE(good && said.contains("[       OK ]")) << said.toStdString();
}

void AppTest::press(Qt::Key key, Qt::KeyboardModifiers modifiers) {
  QTest::keyClick(window_.get(), key, modifiers);
}

}  // namespace imago::gui
