// Nothing of the user's is lost: saving, saving all, closing.
#include <QAction>
#include <QDir>
#include <QFile>

#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

class SavingTest : public AppTest {
 protected:
  /// What a saved file must hold, whatever wrote it: every pixel of the photo four times.
  static void expectRepeated(const QString& path, const QImage& photo) {
    const QImage saved(path);
    ASSERT_EQ(saved.size(), photo.size() * 2) << path.toStdString();
    EXPECT_EQ(saved.convertToFormat(QImage::Format_RGB888),
              photo.scaled(photo.size() * 2).convertToFormat(QImage::Format_RGB888));
  }
};

TEST_F(SavingTest, SavesBesideThePhotoUnderANameWithTheModel) {
  const QString path = makePicture("harbour.v2.png");
  const QByteArray original = content(path);
  open({path});
  translateEach();
  nameToSave_ = file("out.png");
  press(Qt::Key_S, Qt::ControlModifier);
  EXPECT_EQ(suggested_, file("harbour.v2_fast.png"));
  ASSERT_TRUE(waitFor([&] { return photo(0).saved(); })) << banner().toStdString();
  expectRepeated(file("out.png"), drawPicture(24, 16));
  EXPECT_EQ(content(path), original);
}

TEST_F(SavingTest, AFailedSaveSaysWhereAndKeepsThePicture) {
  open({makePicture("a.png")});
  translateEach();
  nameToSave_ = file("no such folder/out.png");
  page().actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return !banner().isEmpty(); }));
  EXPECT_TRUE(banner().contains("no such folder/out.png")) << banner().toStdString();
  EXPECT_TRUE(photo(0).unsaved());

  nameToSave_ = file("out.png");
  page().actions().save->trigger();
  EXPECT_TRUE(waitFor([&] { return photo(0).saved(); }));
}

TEST_F(SavingTest, SavesAllAndReplacesNothing) {
  QDir(folder_.path()).mkpath("other");
  QDir(folder_.path()).mkpath("out");
  writeFile("out/a_fast.png", "somebody's file");
  open({makePicture("a.png"), makePicture("other/a.png", 10, 10), makePicture("b.png", 8, 8)});
  translateEach();
  folderToPick_ = file("out");
  press(Qt::Key_S, Qt::ControlModifier | Qt::ShiftModifier);
  ASSERT_TRUE(waitFor([&] { return page().photos().unsavedCount() == 0; }));
  EXPECT_EQ(content(file("out/a_fast.png")), "somebody's file");
  expectRepeated(file("out/a_fast (2).png"), drawPicture(24, 16));
  expectRepeated(file("out/a_fast (3).png"), drawPicture(10, 10));
  expectRepeated(file("out/b_fast.png"), drawPicture(8, 8));
}

TEST_F(SavingTest, ClosesAtOnceWhereNothingIsUnsaved) {
  open({makePicture("a.png")});
  EXPECT_TRUE(window_->close());
  EXPECT_EQ(unsavedAsked_, 0);
}

TEST_F(SavingTest, ClosingAsksAndKeepsOrDiscards) {
  open({makePicture("a.png")});
  translateEach();
  unsavedAnswer_ = UnsavedAnswer::keep;
  EXPECT_FALSE(window_->close());
  EXPECT_TRUE(window_->isVisible());
  EXPECT_EQ(unsavedAsked_, 1);
  EXPECT_TRUE(photo(0).unsaved());
  unsavedAnswer_ = UnsavedAnswer::discard;
  EXPECT_TRUE(window_->close());
  EXPECT_EQ(unsavedAsked_, 2);
}

TEST_F(SavingTest, ClosingSavesFirstWhereAsked) {
  open({makePicture("a.png"), makePicture("b.png")});
  translateEach();
  unsavedAnswer_ = UnsavedAnswer::save;
  folderToPick_ = file(".");
  EXPECT_FALSE(window_->close());  // not before the files stand
  EXPECT_TRUE(waitFor([&] { return !window_->isVisible(); }));
  expectRepeated(file("a_fast.png"), drawPicture(24, 16));
  expectRepeated(file("b_fast.png"), drawPicture(24, 16));
}

TEST_F(SavingTest, DoesNotCloseWhereSavingFailed) {
  open({makePicture("a.png")});
  translateEach();
  unsavedAnswer_ = UnsavedAnswer::save;
  nameToSave_ = file("no such folder/out.png");
  EXPECT_FALSE(window_->close());
  ASSERT_TRUE(waitFor([&] { return !banner().isEmpty(); }));
  EXPECT_TRUE(window_->isVisible());
  EXPECT_TRUE(photo(0).unsaved());
}

TEST_F(SavingTest, TranslatingAnewIsUnsavedAgain) {
  open({makePicture("a.png")});
  translateEach();
  nameToSave_ = file("out.png");
  page().actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return photo(0).saved(); }));
  translateEach();
  EXPECT_TRUE(photo(0).unsaved());
}

}  // namespace
}  // namespace imago::gui
