// The page driven through its widgets, with real models on a real device.
#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QDir>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QGuiApplication>
#include <QLabel>
#include <QListView>
#include <QMenuBar>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QTextBrowser>
#include <QToolButton>
#include <QtTest>
#include <iostream>

#include "gui/draw/draw_page.h"
#include "gui/session/session.h"
#include "gui/train/train_page.h"
#include "gui/translate/compare_view.h"
#include "gui/translate/photo_viewer.h"
#include "gui/widgets/banner.h"
#include "tests/base/folder.h"
#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

/// What the zero model makes of a photo.
QImage repeated(const QImage& photo) {
  return photo.scaled(photo.size() * 2, Qt::IgnoreAspectRatio, Qt::FastTransformation)
      .convertToFormat(QImage::Format_RGB888);
}

class PageTest : public AppTest {
 protected:
  bool drop(const QMimeData& mime) {
    const QPointF middle(200, 200);
    QDragEnterEvent enter(middle.toPoint(), Qt::CopyAction, &mime, Qt::LeftButton, {});
    QCoreApplication::sendEvent(&page(), &enter);
    QDropEvent event(middle, Qt::CopyAction, &mime, Qt::LeftButton, {});
    QCoreApplication::sendEvent(&page(), &event);
    return enter.isAccepted() && event.isAccepted();
  }
};

TEST_F(PageTest, SaysWhatToDoWhileThereIsNothing) {
  EXPECT_FALSE(child<QListView>("photoList")->isVisible());
  QStringList visible;
  for (const QLabel* label : window_->findChildren<QLabel*>()) {
    if (label->isVisible()) visible.append(label->text());
  }
  EXPECT_TRUE(visible.contains("Drop photos or films here, or open them"))
      << visible.join("|").toStdString();
  EXPECT_FALSE(child<QPushButton>("translate")->isEnabled());
  EXPECT_EQ(child<QPushButton>("translate")->toolTip(), "Open a photo first");
}

TEST_F(PageTest, OpensWhatTheDialogChose) {
  photosToOpen_ = {makePicture("a.png", 40, 30)};
  press(Qt::Key_O, Qt::ControlModifier);
  ASSERT_TRUE(waitFor([&] { return page().photos().rowCount() == 1 && idle(); }));
  EXPECT_EQ(photo(0).state, PhotoState::ready);
  EXPECT_EQ(photo(0).size, QSize(40, 30));
  EXPECT_FALSE(photo(0).thumbnail.isNull());
  const QRectF shown = page().view()->pictureRect();
  EXPECT_NEAR(shown.width() / shown.height(), 40.0 / 30, 1e-6);
}

TEST_F(PageTest, TakesDroppedFilesAndFoldersOnce) {
  QDir(folder_.path()).mkpath("album/deep");
  makePicture("album/one.png");
  makePicture("album/deep/two.jpg");
  writeFile("album/notes.txt", "not a photo");
  makePicture("album/.hidden.png");
  QDir(folder_.path()).mkpath("elsewhere");
  makePicture("elsewhere/linked.png");
  QFile::link(file("elsewhere"), file("album/more"));
  QFile::link(file("album"), file("album/deep/round"));
  QMimeData mime;
  mime.setUrls(
      {QUrl::fromLocalFile(makePicture("single.png")), QUrl::fromLocalFile(file("album"))});
  EXPECT_TRUE(drop(mime));
  ASSERT_TRUE(waitFor([&] { return page().photos().rowCount() == 4 && idle(); }));
  QStringList names;
  for (const Photo& each : page().photos().photos()) names.append(each.name);
  names.sort();
  EXPECT_EQ(names, (QStringList{"linked.png", "one.png", "single.png", "two.jpg"}));

  Heard found(window_->findChild<Session*>(), &Session::photosFound);
  EXPECT_TRUE(drop(mime));
  ASSERT_TRUE(waitFor([&] { return found.count() > 0; }));
  EXPECT_EQ(page().photos().rowCount(), 4);
}

TEST_F(PageTest, AFileThatChangedIsReadAgain) {
  open({makePicture("a.png", 20, 10), makePicture("b.png")});
  selectPhoto(1);
  ASSERT_TRUE(drawPicture(30, 12).save(file("a.png")));
  QFile changed(file("a.png"));
  ASSERT_TRUE(changed.open(QIODevice::ReadWrite));
  changed.setFileTime(QDateTime::currentDateTime().addSecs(5), QFileDevice::FileModificationTime);
  changed.close();
  selectPhoto(0);
  EXPECT_TRUE(waitFor([&] { return photo(0).size == QSize(30, 12); }));
  // Dropped once more, it stays one photo.
  ASSERT_TRUE(drawPicture(40, 12).save(file("a.png")));
  page().openPaths({file("a.png")});
  EXPECT_TRUE(waitFor([&] { return photo(0).size == QSize(40, 12); }));
  EXPECT_EQ(page().photos().rowCount(), 2);
}

TEST_F(PageTest, SaysThatAFolderHasNoPictures) {
  QDir(folder_.path()).mkdir("empty");
  page().openPaths({file("empty")});
  ASSERT_TRUE(waitFor([&] { return !banner().isEmpty(); }));
  EXPECT_TRUE(banner().contains(file("empty"))) << banner().toStdString();
}

TEST_F(PageTest, TranslatesAPastedPicture) {
  const QImage picture = drawPicture(20, 12);
  QGuiApplication::clipboard()->setImage(picture);
  press(Qt::Key_V, Qt::ControlModifier);
  ASSERT_TRUE(waitFor([&] { return page().photos().rowCount() == 1 && idle(); }));
  EXPECT_TRUE(child<QListView>("photoList")->selectionModel()->isRowSelected(0));
  translateEach();
  ASSERT_TRUE(photo(0).result) << photo(0).reason.toStdString();
  EXPECT_EQ(photo(0).result->picture.full().convertToFormat(QImage::Format_RGB888),
            repeated(picture));
}

TEST_F(PageTest, TranslatesInTheBackgroundAndShowsHowFarItIs) {
  open({makePicture("a.png")});
  double fraction = -1;
  QObject context;
  QObject::connect(window_->findChild<Session*>(), &Session::translationProgress, &context,
                   [&](const TranslateProgress& progress) { fraction = progress.fraction; });
  ASSERT_TRUE(waitFor([&] { return child<QPushButton>("translate")->isEnabled(); }));
  press(Qt::Key_Return, Qt::ControlModifier);
  // The key returns at once: the work is still to be done, and the page says so.
  EXPECT_EQ(photo(0).state, PhotoState::running);
  EXPECT_TRUE(child<QProgressBar>("progressBar")->isVisible());
  EXPECT_TRUE(child<QPushButton>("cancel")->isEnabled());
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  EXPECT_EQ(photo(0).state, PhotoState::done) << photo(0).reason.toStdString();
  EXPECT_DOUBLE_EQ(fraction, 1.0);
  EXPECT_FALSE(child<QProgressBar>("progressBar")->isVisible());

  ASSERT_TRUE(photo(0).result);
  EXPECT_EQ(photo(0).result->picture.full(), repeated(drawPicture(24, 16)));
  EXPECT_EQ(photo(0).result->modelName, "fast");
  EXPECT_TRUE(photo(0).unsaved());
}

TEST_F(PageTest, CancelKeepsThePhotoAndItsEarlierTranslation) {
  writeModel(file("models/slow.safetensors"), 16, 64);
  start();
  open({makePicture("a.png", 24, 16), makePicture("large.png", 1024, 1024)});
  ASSERT_TRUE(chooseRow("fast"));
  selectPhoto(0);
  ASSERT_TRUE(waitFor([&] { return page().actions().translate->isEnabled(); }));
  page().actions().translate->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  const auto before = photo(0).result->details;

  ASSERT_TRUE(chooseRow("slow"));
  child<QSpinBox>("tile")->setValue(64);
  selectPhoto(1);
  page().actions().translate->trigger();
  page().actions().translateAll->trigger();  // the first photo waits behind the second
  EXPECT_EQ(photo(0).state, PhotoState::waiting);
  Heard progress(window_->findChild<Session*>(), &Session::translationProgress);
  ASSERT_TRUE(waitFor([&] { return progress.count() > 0; }));
  ASSERT_EQ(photo(1).state, PhotoState::running);
  press(Qt::Key_Escape);
  ASSERT_TRUE(waitFor([&] { return idle(); }));

  EXPECT_EQ(photo(1).state, PhotoState::ready);
  EXPECT_FALSE(photo(1).result);
  EXPECT_EQ(photo(0).state, PhotoState::done);
  EXPECT_EQ(photo(0).result->details, before);
  EXPECT_FALSE(child<QProgressBar>("progressBar")->isVisible());
  EXPECT_EQ(banner(), "");
}

// As on a new GPU, whose fastest kernels are measured before the first picture.
TEST_F(PageTest, SaysThatKernelsAreMeasuredAndCanBeCancelledMeanwhile) {
  const TemporaryCache nothing_is_known;
  writeModel(file("models/wide.safetensors"), 16, 64);
  setenv("IMAGO_TUNE", "1", 1);
  start();
  open({makePicture("a.png", 64, 64)});
  ASSERT_TRUE(chooseRow("wide"));
  QString told;
  QObject context;
  QObject::connect(window_->findChild<Session*>(), &Session::translationProgress, &context,
                   [&](const TranslateProgress& progress) {
                     if (told.isEmpty() && !progress.note.isEmpty()) {
                       told = progress.note;
                       press(Qt::Key_Escape);
                     }
                   });
  page().actions().translate->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  setenv("IMAGO_TUNE", "0", 1);
  EXPECT_EQ(told, "the fastest kernels for this device are being measured, once");
  EXPECT_FALSE(photo(0).result) << "it went on though it was cancelled";
  EXPECT_EQ(photo(0).state, PhotoState::ready);
  EXPECT_EQ(banner(), "a.png: " + told + ".");
}

TEST_F(PageTest, PausedNothingGoesOnUntilItIsLetGoOn) {
  open({makePicture("large.png", 96, 96), makePicture("b.png")});
  child<QSpinBox>("tile")->setValue(16);
  auto* pause = child<QPushButton>("pause");
  QList<double> fractions;
  QObject context;
  QObject::connect(window_->findChild<Session*>(), &Session::translationProgress, &context,
                   [&](const TranslateProgress& progress) { fractions.append(progress.fraction); });
  page().actions().translateAll->trigger();
  const QSize width = pause->size();
  pause->click();
  EXPECT_EQ(pause->text(), "Go On");
  EXPECT_EQ(pause->size(), width);
  EXPECT_TRUE(child<QLabel>("progressText")->text().startsWith("Paused, 0 of 2"));
  // The work itself stands still: what waits behind it on its thread never comes.
  Heard measured(window_->findChild<Session*>(), &Session::modelMeasured);
  ASSERT_TRUE(waitFor([&] { return !fractions.isEmpty(); }));
  window_->findChild<Session*>()->measureModel(file("models/fast.safetensors"), "0");
  Heard read(window_->findChild<Session*>(), &Session::photoRead);
  open({makePicture("c.png")});  // other work goes on
  EXPECT_GT(read.count(), 0);
  EXPECT_EQ(measured.count(), 0);
  EXPECT_EQ(page().photos().count(PhotoState::done), 0);
  pause->click();
  EXPECT_EQ(pause->text(), "Pause");
  ASSERT_TRUE(waitFor([&] { return page().photos().count(PhotoState::done) == 2; }));
  ASSERT_TRUE(waitFor([&] { return measured.count() == 1; }));
  // And paused it can be cancelled.
  page().actions().translateAll->trigger();
  pause->click();
  press(Qt::Key_Escape);
  ASSERT_TRUE(waitFor([&] { return child<QProgressBar>("progressBar")->isHidden() || idle(); }));
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  // What comes next is not paused.
  translateAll();
  EXPECT_EQ(photo(2).state, PhotoState::done);
}

TEST_F(PageTest, SaysThatAPictureTakesLongerAsItsTilesAreGoneThroughSeveralTimes) {
  ASSERT_TRUE(QFile::copy(IMAGO_FIXTURES "/models/resnet_6blocks_none.safetensors",
                          file("models/plain.safetensors")));
  ASSERT_TRUE(QFile::copy(IMAGO_FIXTURES "/models/resnet_9blocks_instance.safetensors",
                          file("models/sweeps.safetensors")));
  start();
  open({makePicture("a.png", 128, 128)});
  child<QSpinBox>("tile")->setValue(64);
  for (const char* model : {"plain", "sweeps"}) {
    ASSERT_TRUE(chooseRow(model));
    unsavedAnswer_ = UnsavedAnswer::discard;
    page().actions().translate->trigger();
    ASSERT_TRUE(waitFor([&] { return idle(); }));
    ASSERT_TRUE(photo(0).result) << photo(0).reason.toStdString();
    EXPECT_EQ(banner().contains("a.png: ") && banner().contains("times, which takes longer"),
              QString(model) == "sweeps")
        << banner().toStdString();
  }
}

TEST_F(PageTest, ABrokenPhotoSaysWhyAndStopsNoOther) {
  writeFile("broken.png", "\x89PNG\r\n\x1a\n and then nothing of use");
  open({makePicture("a.png"), file("broken.png"), makePicture("b.png")});
  EXPECT_EQ(photo(1).state, PhotoState::failed);
  translateAll();
  EXPECT_EQ(photo(0).state, PhotoState::done);
  EXPECT_EQ(photo(1).state, PhotoState::failed);
  EXPECT_EQ(photo(2).state, PhotoState::done);
  EXPECT_FALSE(photo(1).reason.isEmpty());
  EXPECT_EQ(describe(photo(1)), photo(1).reason);
  const QModelIndex row = page().photos().index(1);
  EXPECT_TRUE(row.data(Qt::ToolTipRole).toString().contains(photo(1).reason));
  EXPECT_FALSE(banner().contains(photo(1).reason));  // it stands at the photo, nowhere else
}

TEST_F(PageTest, AModelThatWentBadIsToldOnceAndLosesNoPhoto) {
  open({makePicture("a.png"), makePicture("b.png")});
  ASSERT_TRUE(waitFor([&] { return page().actions().translateAll->isEnabled(); }));
  writeFile("models/fast.safetensors", "<!DOCTYPE html><html>Sign in</html>");
  Heard failed(window_->findChild<Session*>(), &Session::translationFailed);
  translateAll();
  EXPECT_EQ(failed.count(), 1);  // the second photo was not sent after the first
  EXPECT_FALSE(banner().isEmpty());
  EXPECT_EQ(photo(0).state, PhotoState::ready);
  EXPECT_EQ(photo(1).state, PhotoState::ready);
}

TEST_F(PageTest, SaysWhatToInstallWhereNothingComputes) {
  auto* session = window_->findChild<Session*>();
  open({makePicture("a.png")});
  emit session->devicesListed({}, {});
  ASSERT_TRUE(waitFor([&] { return !banner("deviceBanner").isEmpty(); }));
  EXPECT_TRUE(banner("deviceBanner").contains("Install the Vulkan driver"));
  EXPECT_FALSE(child<QPushButton>("translate")->isEnabled());
  // "Look Again" asks the real drivers, and there is one on this machine.
  for (auto* button : window_->findChildren<QPushButton*>("bannerAction")) {
    if (button->isVisible()) button->click();
  }
  EXPECT_TRUE(waitFor([&] { return banner("deviceBanner").isEmpty(); }));
  EXPECT_TRUE(waitFor([&] { return child<QPushButton>("translate")->isEnabled(); }));
}

TEST_F(PageTest, NamesADeviceThatIsNotThere) {
  ASSERT_TRUE(waitFor([&] { return child<QWidget>("device")->isEnabled(); }));
  page().chooseDevice("0");
  EXPECT_EQ(banner(), "");
  page().chooseDevice("Voodoo 3");
  EXPECT_TRUE(banner().contains("Voodoo 3")) << banner().toStdString();
}

TEST_F(PageTest, RemovingAnUnsavedPhotoAsks) {
  open({makePicture("a.png")});
  translateEach();
  press(Qt::Key_Delete);
  EXPECT_EQ(unsavedAsked_, 1);
  EXPECT_EQ(page().photos().rowCount(), 1);
  unsavedAnswer_ = UnsavedAnswer::discard;
  press(Qt::Key_Delete);
  EXPECT_EQ(page().photos().rowCount(), 0);
}

TEST_F(PageTest, RemovingOneUnsavedPhotoSavesThatOne) {
  open({makePicture("a.png")});
  translateEach();
  unsavedAnswer_ = UnsavedAnswer::save;
  nameToSave_ = file("kept.png");  // the answer to "save as", not to "in which folder"
  press(Qt::Key_Delete);
  EXPECT_TRUE(waitFor([&] { return QFileInfo::exists(file("kept.png")); }));
}

TEST_F(PageTest, RemovingSeveralUnsavedPhotosSavesThoseAlone) {
  open({makePicture("a.png"), makePicture("b.png"), makePicture("c.png")});
  translateEach();
  QDir(folder_.path()).mkdir("kept");
  auto* selection = child<QListView>("photoList")->selectionModel();
  selection->clearSelection();
  for (const int row : {0, 2})
    selection->select(page().photos().index(row), QItemSelectionModel::Select);
  unsavedAnswer_ = UnsavedAnswer::save;
  folderToPick_ = file("kept");
  press(Qt::Key_Delete);
  ASSERT_TRUE(waitFor([&] { return page().photos().unsavedCount() <= 1; }));
  EXPECT_TRUE(photo(1).unsaved());
  EXPECT_EQ(QDir(file("kept")).entryList(QDir::Files), (QStringList{"a_fast.png", "c_fast.png"}));
}

TEST_F(PageTest, AfterRemovingTheNextPhotoIsSelected) {
  open({makePicture("a.png"), makePicture("b.png"), makePicture("c.png")});
  selectPhoto(1);
  press(Qt::Key_Delete);
  auto* list = child<QListView>("photoList");
  ASSERT_EQ(list->selectionModel()->selectedIndexes().size(), 1);
  EXPECT_EQ(list->selectionModel()->selectedIndexes().first().data().toString(), "c.png");
  press(Qt::Key_Delete);
  EXPECT_EQ(list->selectionModel()->selectedIndexes().first().data().toString(), "a.png");
}

TEST_F(PageTest, EveryOtherOfTwoThousandPhotosIsRemovedAtOnce) {
  PhotoModel& photos = page().photos();
  for (int i = 0; i < 2000; ++i) photos.addFile(file("photo " + QString::number(i) + ".png"));
  QItemSelection every;
  for (int row = 0; row < 2000; row += 2) every.select(photos.index(row), photos.index(row));
  child<QListView>("photoList")->selectionModel()->select(every, QItemSelectionModel::Select);
  QElapsedTimer clock;
  clock.start();
  page().actions().remove->trigger();
  std::cout << "  " << clock.elapsed() << " ms\n";
  ASSERT_EQ(photos.rowCount(), 1000);
  for (int row = 0; row < 1000; ++row)
    ASSERT_EQ(photo(row).name, QString("photo %1.png").arg(2 * row + 1));
}

TEST_F(PageTest, EveryPageOpensItsMenusByTheirLetters) {
  for (QWidget* shown :
       {static_cast<QWidget*>(&page()), static_cast<QWidget*>(&window_->trainPage())}) {
    window_->showPage(*shown);
    for (const auto& [key, text] : {std::pair(Qt::Key_F, "&File"), std::pair(Qt::Key_V, "&View")}) {
      window_->activateWindow();
      ASSERT_TRUE(waitFor([&] { return window_->isActiveWindow(); }));
      press(key, Qt::AltModifier);
      ASSERT_TRUE(waitFor([] { return QApplication::activePopupWidget() != nullptr; })) << text;
      EXPECT_EQ(window_->menuBar()->activeAction()->text(), text);
      QApplication::activePopupWidget()->close();
      ASSERT_TRUE(waitFor([] { return QApplication::activePopupWidget() == nullptr; }));
    }
  }
}

TEST_F(PageTest, PastedPicturesAreCountedFromOne) {
  open({makePicture("a.png"), makePicture("b.png")});
  QGuiApplication::clipboard()->setImage(drawPicture(9, 9));
  page().actions().paste->trigger();
  ASSERT_TRUE(waitFor([&] { return page().photos().rowCount() == 3 && idle(); }));
  EXPECT_EQ(photo(2).name, "Pasted 1");
}

TEST_F(PageTest, ResultsOfSeveralModelsAreKeptAndComparedWithEachOther) {
  writeModel(file("models/other.safetensors"), 1, 4, 3);
  start();
  open({makePicture("a.png")});
  ASSERT_TRUE(chooseRow("fast"));
  const QImage original = drawPicture(24, 16), twice = repeated(original),
               thrice = original.scaled(72, 48).convertToFormat(QImage::Format_RGB888);
  translateEach();
  translateEach();  // the same model anew: that is how options are tried
  EXPECT_EQ(photo(0).results().size(), 1);
  ASSERT_TRUE(chooseRow("other"));
  translateEach();
  EXPECT_EQ(unsavedAsked_, 0) << "nothing is lost";
  ASSERT_EQ(photo(0).results().size(), 2);
  const auto chips = window_->findChildren<QToolButton*>("resultChip");
  ASSERT_EQ(chips.size(), 2);
  EXPECT_TRUE(chips[0]->text().startsWith("fast · ")) << chips[0]->text().toStdString();
  EXPECT_TRUE(chips[1]->text().startsWith("other · "));
  EXPECT_TRUE(chips[1]->isChecked());
  auto& viewer = *window_->findChild<PhotoViewer*>();
  const auto shows = [&](const QImage& picture) {
    return viewer.result().full().convertToFormat(QImage::Format_RGB888) == picture;
  };
  EXPECT_TRUE(shows(thrice));
  // The one that is chosen is on view, saved and copied; and the chips keep their places.
  chips[0]->click();
  EXPECT_TRUE(shows(twice));
  EXPECT_EQ(photo(0).result->modelName, "fast");
  EXPECT_TRUE(chips[0]->isChecked());
  EXPECT_FALSE(chips[1]->isChecked());
  EXPECT_TRUE(chips[1]->text().startsWith("other · "));
  nameToSave_ = file("kept.png");
  page().actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return photo(0).saved(); }));
  EXPECT_EQ(QImage(nameToSave_).convertToFormat(QImage::Format_RGB888), twice);
  EXPECT_TRUE(photo(0).unsaved()) << "the other one is not";
  // Side by side with the other model's.
  auto* with = child<QComboBox>("compareWith");
  EXPECT_EQ(with->itemText(1), "other");
  with->setCurrentIndex(1);
  emit with->activated(1);
  child<QComboBox>("compareMode")->setCurrentIndex(1);
  emit child<QComboBox>("compareMode")->activated(1);
  EXPECT_EQ(page().view()->mode(), CompareView::Mode::sideBySide);
  // Saved, it is read back from its file as well when it is on view again.
  chips[1]->click();
  EXPECT_TRUE(shows(thrice));
  EXPECT_EQ(with->currentText(), "fast") << "they change places";
  chips[0]->click();
  EXPECT_TRUE(waitFor([&] { return shows(twice); }));
  // Closing asks for the unsaved one alone.
  unsavedAnswer_ = UnsavedAnswer::save;
  nameToSave_ = file("second.png");
  EXPECT_FALSE(window_->close());
  ASSERT_TRUE(waitFor([&] { return QFileInfo::exists(nameToSave_); }));
  EXPECT_EQ(QImage(nameToSave_).convertToFormat(QImage::Format_RGB888), thrice);
}

TEST_F(PageTest, WhatWasRemovedComesBackToItsPlace) {
  open({makePicture("a.png"), makePicture("b.png", 10, 12), makePicture("c.png")});
  translateEach();
  selectPhoto(1);
  unsavedAnswer_ = UnsavedAnswer::discard;
  press(Qt::Key_Delete);
  selectPhoto(0);
  press(Qt::Key_Delete);
  ASSERT_EQ(page().photos().rowCount(), 1);
  press(Qt::Key_Z, Qt::ControlModifier);
  press(Qt::Key_Z, Qt::ControlModifier);
  ASSERT_EQ(page().photos().rowCount(), 3);
  EXPECT_FALSE(page().actions().undoRemove->isEnabled());
  EXPECT_EQ(photo(0).name, "a.png");
  EXPECT_EQ(photo(1).name, "b.png");
  EXPECT_EQ(photo(1).state, PhotoState::done);
  EXPECT_EQ(photo(1).result->picture.full().convertToFormat(QImage::Format_RGB888),
            repeated(drawPicture(10, 12)))
      << "with what had become of it";
  EXPECT_TRUE(child<QListView>("photoList")->selectionModel()->isRowSelected(1));
}

TEST_F(PageTest, ClosingWhileTranslatingAsks) {
  writeModel(file("models/slow.safetensors"), 40, 32);
  start();
  ASSERT_TRUE(chooseRow("slow"));
  open({makePicture("a.png", 300, 300), makePicture("b.png", 300, 300)});
  page().actions().translateAll->trigger();
  EXPECT_FALSE(window_->close());
  EXPECT_EQ(stopAsked_, 1);
  stopTranslating_ = true;
  unsavedAnswer_ = UnsavedAnswer::discard;  // should the first be done by now
  EXPECT_TRUE(window_->close());
  EXPECT_EQ(stopAsked_, 2);
}

TEST_F(PageTest, NothingMovesUnderThePointer) {
  open({makePicture("a.png", 60, 60)});
  const auto* button = child<QPushButton>("translateAll");
  const auto place = [&] {
    QTest::qWait(1);  // what was put off until the event loop runs
    return QRect(button->mapTo(window_.get(), QPoint()), button->size());
  };
  const QRect before = place();
  page().chooseDevice("Voodoo 3");
  ASSERT_FALSE(banner().isEmpty());
  EXPECT_EQ(place(), before) << "a message moved it";
  ASSERT_TRUE(waitFor([&] { return button->isEnabled(); }));
  page().actions().translateAll->trigger();
  ASSERT_TRUE(child<QProgressBar>("progressBar")->isVisible());
  EXPECT_EQ(place(), before) << "the progress moved it";
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  EXPECT_EQ(place(), before);
}

TEST_F(PageTest, FitsASmallScreen) {
  open({makePicture("a.png")});
  EXPECT_LE(window_->minimumSizeHint().height(), 480);
  window_->resize(960, 480);
  ASSERT_TRUE(waitFor([&] { return window_->height() == 480; }));
  const auto* button = child<QPushButton>("translate");
  EXPECT_TRUE(
      window_->rect().contains(QRect(button->mapTo(window_.get(), QPoint()), button->size())));
}

TEST_F(PageTest, MessagesStandBelowOneAnother) {
  QWidget plain;
  plain.resize(400, 300);
  Banner first(&plain), second(&plain), third(&plain);
  QWidget other(&plain);
  plain.show();
  for (Banner* banner : {&first, &second, &third}) banner->show(Banner::Kind::info, "A message");
  EXPECT_EQ(first.y(), 6);
  EXPECT_EQ(second.y(), first.geometry().bottom() + 1 + 6);
  EXPECT_EQ(third.y(), second.geometry().bottom() + 1 + 6);
  second.hide();
  EXPECT_EQ(third.y(), first.geometry().bottom() + 1 + 6);
}

TEST_F(PageTest, F1OpensAGuideThatListsEveryKey) {
  press(Qt::Key_F1);
  auto* guide = child<QDialog>("guide");
  ASSERT_TRUE(guide != nullptr && guide->isVisible());
  const QString text = guide->findChild<QTextBrowser*>()->toPlainText();
  for (QWidget* shown :
       {static_cast<QWidget*>(&page()), static_cast<QWidget*>(&window_->drawPage())}) {
    for (const QAction* action : shown->actions()) {
      if (action->shortcut().isEmpty()) continue;
      EXPECT_TRUE(text.contains(action->shortcut().toString(QKeySequence::NativeText)) &&
                  text.contains(action->iconText()))
          << action->iconText().toStdString();
    }
  }
  press(Qt::Key_F1);
  EXPECT_EQ(window_->findChildren<QDialog*>("guide").size(), 1);
}

TEST_F(PageTest, EveryWidgetOneCanReachHasAName) {
  open({makePicture("a.png")});
  for (const QWidget* widget : window_->findChildren<QWidget*>()) {
    if (!(widget->focusPolicy() & Qt::TabFocus) || !widget->isVisible()) continue;
    const auto* button = qobject_cast<const QAbstractButton*>(widget);
    const bool named = !widget->accessibleName().isEmpty() ||
                       (button != nullptr && !button->text().isEmpty()) ||
                       widget->objectName().startsWith("qt_");
    EXPECT_TRUE(named) << widget->metaObject()->className() << " "
                       << widget->objectName().toStdString();
  }
}

}  // namespace
}  // namespace imago::gui
