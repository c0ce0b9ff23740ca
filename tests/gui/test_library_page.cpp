// The page Models: what it tells of a model, and what it does with its files.
#include <QAction>
#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QListView>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QSemaphore>
#include <QSettings>
#include <QUrl>
#include <QtTest>
#include <atomic>
#include <cerrno>
#include <optional>
#include <string_view>

#include "compute/base/atomic_file.h"
#include "gui/library/library_page.h"
#include "gui/session/session.h"
#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

class LibraryTest : public AppTest {
 protected:
  LibraryPage& library() const { return window_->libraryPage(); }
  QStringList rows() const {
    QStringList texts;
    for (int row = 0; row < child<QListWidget>("libraryList")->count(); ++row)
      texts.append(child<QListWidget>("libraryList")->item(row)->text());
    return texts;
  }
  QStringList translateRows() const {
    const QAbstractItemModel* model = child<QListView>("modelList")->model();
    QStringList texts;
    for (int row = 0; row < model->rowCount(); ++row)
      texts.append(model->index(row, 0).data().toString());
    return texts;
  }
  void choose(const QString& name) const {
    auto* list = child<QListWidget>("libraryList");
    list->setCurrentItem(list->findItems(name, Qt::MatchExactly).value(0));
  }
  QString chosen() const { return child<QListWidget>("libraryList")->currentItem()->text(); }
  QString facts() const { return child<QLabel>("modelFacts")->text(); }
  void drop(const QStringList& files) const {
    QMimeData mime;
    QList<QUrl> urls;
    for (const QString& file : files) urls.append(QUrl::fromLocalFile(file));
    mime.setUrls(urls);
    QDragEnterEvent enter(QPoint(99, 99), Qt::CopyAction, &mime, Qt::LeftButton, {});
    QCoreApplication::sendEvent(&library(), &enter);
    QDropEvent event(QPointF(99, 99), Qt::CopyAction, &mime, Qt::LeftButton, {});
    QCoreApplication::sendEvent(&library(), &event);
  }
};

// It translates nothing, and nothing is wrong with it.
TEST_F(LibraryTest, AModelThatMakesNewPicturesIsNotBroken) {
  for (const char* name : {"fruit.safetensors", "fruit.json", "fruit.jpg"})
    ASSERT_TRUE(QFile::copy(QString(IMAGO_FIXTURES "/../../models/weights/") + name,
                            file(QString("models/") + name)));
  writeFile("models/broken.pth", "no model");
  start();
  window_->showPage(library());
  choose("Fruit");
  const QString text = child<QLabel>("modelText")->text();
  EXPECT_TRUE(text.contains("imago generate")) << text.toStdString();
  EXPECT_FALSE(text.startsWith("It makes new pictures")) << "first what it is";
  EXPECT_FALSE(child<QLabel>("modelSample")->pixmap().isNull());
  EXPECT_TRUE(facts().contains("stylegan2")) << facts().toStdString();
  EXPECT_FALSE(facts().contains("not measured yet")) << "it cannot be, on photographs";
  EXPECT_FALSE(child<QPushButton>("useModel")->isEnabled());
  const QPalette well = child<QLabel>("modelText")->palette();
  choose("broken");
  EXPECT_NE(child<QLabel>("modelText")->palette(), well);
}

TEST_F(LibraryTest, TellsWhatIsKnownOfAModel) {
  writeModel(file("models/dusk.safetensors"), 1, 4, 1);
  QImage sample(32, 16, QImage::Format_RGB888);
  sample.fill(Qt::darkBlue);
  ASSERT_TRUE(sample.save(file("models/dusk.png")));
  writeFile("models/dusk.json",
            R"({"imago_card": 1, "title": "Day to night", "task": "night", "sample": "dusk.png",
                "description": "Turns off the sun.", "origin": "https://example.org/dusk?a=1&b=2"})");
  writeFile("models/broken.pth", "no model");
  start();
  window_->showPage(library());
  EXPECT_EQ(rows(), (QStringList{"Day to night", "fast", "broken"}));
  choose("Day to night");
  EXPECT_EQ(child<QLabel>("modelTitle")->text(), "Day to night");
  EXPECT_EQ(child<QLabel>("modelText")->text(), "Turns off the sun.");
  EXPECT_EQ(child<QLabel>("modelSample")->pixmap().size(), QSize(32, 16)) << "a pixel for a pixel";
  EXPECT_TRUE(facts().contains("dusk.safetensors"));
  EXPECT_TRUE(facts().contains("as large as the photo"));
  EXPECT_TRUE(facts().contains("href=\"https://example.org/dusk?a=1&amp;b=2\""))
      << facts().toStdString();
  EXPECT_TRUE(facts().contains(QUrl::fromLocalFile(file("models/dusk.json")).toString()));
  EXPECT_TRUE(facts().contains("not measured yet"));
  choose("broken");
  EXPECT_FALSE(child<QLabel>("modelText")->text().isEmpty()) << "why it cannot be used";
  EXPECT_FALSE(child<QPushButton>("useModel")->isEnabled());
  EXPECT_FALSE(child<QPushButton>("exportModel")->isEnabled());
  EXPECT_TRUE(child<QPushButton>("deleteModel")->isEnabled());
}

TEST_F(LibraryTest, TheFirstListedIsChosenWhicheverIsReadFirst) {
  writeModel(file("models/art.safetensors"));
  writeFile("models/art.json", R"({"imago_card": 1, "title": "Art", "task": "colourize"})");
  writeModel(file("models/big.safetensors"));
  writeFile("models/big.json", R"({"imago_card": 1, "title": "Big", "task": "upscale"})");
  start();
  window_->showPage(library());
  ASSERT_EQ(rows(), (QStringList{"Big", "Art", "fast"}));
  EXPECT_EQ(chosen(), "Big");
  EXPECT_EQ(child<QLabel>("modelTitle")->text(), "Big");
  // What is read after the listing takes nothing that is looked at.
  ModelCard later;
  later.path = file("elsewhere/larger.safetensors");
  later.title = "Larger";
  later.task = "upscale";
  later.scale = 8;
  emit window_->findChild<Session*>()->modelRead(later);
  ASSERT_EQ(rows().first(), "Larger");
  EXPECT_EQ(chosen(), "Big");
}

TEST_F(LibraryTest, WhatAPersonChoseStaysWhileOthersAreRead) {
  MainWindow window;  // its models are not read before events are handled
  auto* session = window.findChild<Session*>();
  auto* list = window.findChild<QListWidget*>("libraryList");
  const auto read = [&](const QString& name, const QString& task) {
    ModelCard card;
    card.path = file(name);
    card.name = name;
    card.task = task;
    emit session->modelRead(card);
  };
  window.showPage(window.libraryPage());
  read("art", "colourize");
  read("big", "upscale");
  ASSERT_EQ(list->currentItem()->text(), "big");
  // The row that is chosen already: nothing changes, and it is a choice all the same.
  const QPoint place = list->visualItemRect(list->currentItem()).center();
  QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, place);
  read("better", "upscale");
  ASSERT_EQ(list->item(0)->text(), "better");
  EXPECT_EQ(list->currentItem()->text(), "big");
}

TEST_F(LibraryTest, NamesHaveRoomInASmallWindow) {
  window_->showPage(library());
  window_->resize(960, 500);  // 1920 × 1080 at 200 %, less its panels
  QTest::qWait(1);
  ASSERT_EQ(window_->width(), 960);
  auto* list = child<QListWidget>("libraryList");
  const int icon = list->iconSize().width() + 20;
  EXPECT_GE(list->viewport()->width() - icon,
            list->fontMetrics().horizontalAdvance("Upscale photographs"));
  for (const char* name : {"useModel", "studyModel", "deleteModel"}) {
    const auto* button = child<QPushButton>(name);
    EXPECT_TRUE(
        window_->rect().contains(QRect(button->mapTo(window_.get(), QPoint()), button->size())))
        << name;
    EXPECT_GE(button->width(), button->minimumSizeHint().width()) << name;
  }
}

TEST_F(LibraryTest, TellsWhereAModelIsFrom) {
  writeModel(file("models/own.safetensors"), 1, 4, 1);
  writeFile(
      "models/own.json",
      R"({"imago_card": 1, "title": "Own", "training": {"command": "imago train --recipe own"},
                "data": {"what": "Photographs", "from": "https://example.org/p"}})");
  writeModel(file("models/odd.safetensors"), 1, 4, 1);
  writeFile("models/odd.json", R"({"imago_card": 1, "title": "Odd", "origin": "a <b>friend</b>"})");
  start();
  window_->showPage(library());
  choose("Own");
  EXPECT_TRUE(facts().contains("trained with Imago: imago train --recipe own"));
  EXPECT_TRUE(facts().contains("href=\"https://example.org/p\">Photographs</a>"))
      << facts().toStdString();
  choose("Odd");
  EXPECT_TRUE(facts().contains("a &lt;b&gt;friend")) << "no mark-up of others";
}

TEST_F(LibraryTest, MeasuresTheSpeedAndRemembersIt) {
  choose("fast");
  Heard measured(window_->findChild<Session*>(), &Session::modelMeasured);
  child<QPushButton>("measureModel")->click();
  EXPECT_FALSE(child<QPushButton>("measureModel")->isEnabled());
  ASSERT_TRUE(waitFor([&] { return measured.count() == 1; }));
  EXPECT_TRUE(facts().contains("megapixels a second on ")) << banner("libraryBanner").toStdString();
  start();
  choose("fast");
  EXPECT_TRUE(facts().contains("megapixels a second on "));
}

TEST_F(LibraryTest, ImportsWhatIsDroppedAndSaysWhatItIs) {
  QDir(folder_.path()).mkdir("elsewhere");
  writeModel(file("elsewhere/new.safetensors"), 1, 4, 3);
  writeFile("elsewhere/new.json", R"({"imago_card": 1, "title": "Thrice", "task": "upscale"})");
  writeFile("elsewhere/text.pth", "this is no model");
  window_->showPage(library());
  drop({file("elsewhere/new.safetensors")});
  ASSERT_TRUE(waitFor([&] { return !banner("libraryBanner").isEmpty(); }));
  EXPECT_EQ(banner("libraryBanner"),
            QString("new.safetensors was recognised: srvggnet_compact ×3. It is in %1 now.")
                .arg(file("models/new.safetensors")));
  EXPECT_EQ(rows(), (QStringList{"Thrice", "fast"})) << "upscaling first";
  EXPECT_EQ(child<QListWidget>("libraryList")->currentItem()->text(), "Thrice");
  EXPECT_TRUE(translateRows().contains("Thrice"));
  // Once more: what is there is not replaced.
  drop({file("elsewhere/new.safetensors")});
  ASSERT_TRUE(waitFor([&] { return banner("libraryBanner").contains("is there already"); }));
  drop({file("elsewhere/text.pth")});
  ASSERT_TRUE(waitFor([&] { return banner("libraryBanner").startsWith("text.pth: "); }));
  EXPECT_FALSE(QFile::exists(file("models/text.pth")));
}

TEST_F(LibraryTest, RenamesExportsAndDeletes) {
  choose("fast");
  nameToGive_ = "quick/er";
  child<QPushButton>("renameModel")->click();
  ASSERT_TRUE(waitFor([&] { return banner("libraryBanner").contains("cannot have this name"); }));
  nameToGive_ = "quicker";
  child<QPushButton>("renameModel")->click();
  ASSERT_TRUE(waitFor([&] { return rows() == QStringList{"quicker"}; }));
  EXPECT_FALSE(QFile::exists(file("models/fast.safetensors")));
  ASSERT_TRUE(waitFor([&] { return translateRows() == (QStringList{"Models", "quicker"}); }));
  EXPECT_EQ(child<QListView>("modelList")->selectionModel()->selectedIndexes().size(), 1);

  fileToSave_ = file("out.onnx");
  Heard done(window_->findChild<Session*>(), &Session::modelFileDone);
  child<QPushButton>("exportModel")->click();
  ASSERT_TRUE(waitFor([&] { return done.count() == 1; }));
  EXPECT_TRUE(QFile::exists(fileToSave_)) << banner("libraryBanner").toStdString();

  child<QPushButton>("useModel")->click();
  EXPECT_TRUE(page().isVisible());
  EXPECT_TRUE(waitFor([&] {
    return !child<QListView>("modelList")->selectionModel()->selectedIndexes().isEmpty();
  }));

  child<QPushButton>("deleteModel")->click();
  EXPECT_EQ(deleteAsked_, "quicker.safetensors");
  EXPECT_TRUE(QFile::exists(file("models/quicker.safetensors"))) << "the answer was no";
  mayDelete_ = true;
  // In a home that has no folder for a trash yet, it is made there and not where the program was
  // started.
  const QString before = QDir::currentPath();
  QDir(folder_.path()).mkdir("started here");
  QDir::setCurrent(file("started here"));
  child<QPushButton>("deleteModel")->click();
  ASSERT_TRUE(waitFor([&] { return rows().isEmpty(); }));
  QDir::setCurrent(before);
  EXPECT_TRUE(QDir(file("started here")).isEmpty());
  EXPECT_TRUE(
      QFile::exists(qEnvironmentVariable("XDG_DATA_HOME") + "/Trash/files/quicker.safetensors"));
  EXPECT_FALSE(QFile::exists(file("models/quicker.safetensors")));
  EXPECT_TRUE(translateRows().isEmpty());
}

TEST_F(LibraryTest, ClosingEndsTheMeasuring) {
  writeModel(file("models/slow.safetensors"), 24, 64, 1);
  start();
  window_->showPage(library());
  choose("slow");
  std::optional<ModelSpeed> speed;  // told by the session's thread, which ends with the window
  QObject::connect(
      window_->findChild<Session*>(), &Session::modelMeasured, window_.get(),
      [&](const ModelSpeed& told) { speed = told; }, Qt::DirectConnection);
  child<QPushButton>("measureModel")->click();
  EXPECT_TRUE(window_->close());
  window_.reset();
  ASSERT_TRUE(speed.has_value());
  EXPECT_EQ(speed->megapixels, 0) << "it was measured to the end";
}

/// Holds what is written at `path` before it is given its name, until `gate` is opened; then that
/// fails with `error`.
class HeldFile {
 public:
  explicit HeldFile(const QString& path) {
    set_file_hook([this, wanted = path.toStdString()](const char* operation, const auto& at) {
      if (std::string_view(operation) != "rename" || at != wanted) return 0;
      reached = true;
      gate.acquire();
      return error.load();
    });
  }
  ~HeldFile() { set_file_hook({}); }

  std::atomic<bool> reached = false;
  std::atomic<int> error = 0;
  QSemaphore gate;
};

TEST_F(LibraryTest, ClosingWaitsForTheFileThatIsWritten) {
  writeModel(file("new.safetensors"), 1, 4, 3);
  const auto closes = [&](const QString& written, const auto& write) {
    start();
    window_->showPage(library());
    choose("fast");
    HeldFile held(written);
    write();
    ASSERT_TRUE(waitFor([&] { return held.reached.load(); }));
    EXPECT_FALSE(window_->close());
    EXPECT_TRUE(window_->isVisible());
    held.gate.release();
    ASSERT_TRUE(waitFor([&] { return !window_->isVisible(); }));
    EXPECT_TRUE(QFile::exists(written));
    window_.reset();
  };
  fileToSave_ = file("out.onnx");
  closes(fileToSave_, [&] { child<QPushButton>("exportModel")->click(); });
  closes(file("models/new.safetensors"), [&] { drop({file("new.safetensors")}); });
}

TEST_F(LibraryTest, ClosingIsForgottenWhereTheFileCannotBeWritten) {
  choose("fast");
  fileToSave_ = file("out.onnx");
  HeldFile held(fileToSave_);
  held.error = ENOSPC;
  window_->libraryPage().actions().exportFile->trigger();
  ASSERT_TRUE(waitFor([&] { return held.reached.load(); }));
  window_->showPage(page());
  EXPECT_FALSE(window_->close());
  held.gate.release();
  ASSERT_TRUE(waitFor([&] { return banner("libraryBanner").contains("No space left"); }));
  EXPECT_TRUE(window_->isVisible());
  EXPECT_TRUE(library().isVisible()) << "where the message is";
  EXPECT_FALSE(QFile::exists(fileToSave_));
  EXPECT_TRUE(window_->close());
}

/// Run as a process of its own by DiskFullIsToldAndLeavesTheOldFile, on a disk that is too small.
TEST_F(LibraryTest, DISABLED_OnASmallDisk) {
  const QDir disk(smallDisk());
  writeModel(file("models/large.safetensors"), 2, 256);  // 2.4 MB
  writeModel(file("elsewhere.safetensors"), 2, 256);
  start();
  window_->showPage(library());
  const auto saysSo = [&] {
    return waitFor([&] {
      const QString said = banner("libraryBanner");
      return said.contains("No space left on device") && said.contains("free some space");
    });
  };
  choose("large");
  for (const char* name : {"out.onnx", "out.safetensors", "out.pth"}) {
    fileToSave_ = disk.filePath(name);
    QFile old(fileToSave_);
    ASSERT_TRUE(old.open(QIODevice::WriteOnly));
    old.write("old");
    old.close();
    child<QPushButton>("exportModel")->click();
    ASSERT_TRUE(saysSo()) << banner("libraryBanner").toStdString();
    EXPECT_TRUE(banner("libraryBanner").contains(name)) << banner("libraryBanner").toStdString();
    ASSERT_TRUE(old.open(QIODevice::ReadOnly));
    EXPECT_EQ(old.readAll(), "old") << name;
  }
  const QDir::Filters all = QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot;
  EXPECT_EQ(disk.entryList(all).size(), 3) << "nothing half written";
  // What fits is written, without another start.
  choose("fast");
  child<QPushButton>("exportModel")->click();
  ASSERT_TRUE(waitFor([&] { return QFileInfo(fileToSave_).size() > 3; }));
  EXPECT_EQ(banner("libraryBanner"), "");

  QSettings().setValue("translate/modelFolder", disk.filePath("models"));
  drop({file("elsewhere.safetensors")});
  ASSERT_TRUE(saysSo()) << banner("libraryBanner").toStdString();
  EXPECT_TRUE(QDir(disk.filePath("models")).entryList(all).isEmpty()) << "nothing half written";
  EXPECT_FALSE(rows().contains("elsewhere"));
}

TEST_F(LibraryTest, DiskFullIsToldAndLeavesTheOldFile) {
  runOnSmallDisk("LibraryTest.DISABLED_OnASmallDisk", "1m");
}

}  // namespace
}  // namespace imago::gui
