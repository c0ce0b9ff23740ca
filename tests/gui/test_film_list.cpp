// Films on the Translate page: dropped as photos are, translated frame by frame into films.
#include <QAction>
#include <QComboBox>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QtTest>

#include "gui/session/session.h"
#include "gui/translate/compare_view.h"
#include "models/video/film.h"
#include "tests/gui/fixture.h"
#include "tests/video/ffmpeg_command.h"

namespace imago::gui {
namespace {

class FilmListTest : public AppTest {
 protected:
  /// FFmpeg's own test picture, 25 frames a second, with a tone.
  QString makeFilm(const QString& name, double seconds) const {
    const std::string length = std::to_string(seconds);
    std::string arguments = "-f lavfi -i testsrc2=rate=25:size=48x32:duration=" + length;
    if (!name.endsWith(".gif")) arguments += " -f lavfi -i sine=duration=" + length;
    test::make_film(arguments, file(name).toStdString());
    return file(name);
  }
  static std::string plain(const QString& path) { return path.toStdString(); }
};

TEST_F(FilmListTest, AFilmIsDroppedAndAFilmIsWritten) {
  REQUIRE_FFMPEG();
  const QString film = makeFilm("harbour.mp4", 1.2);
  open({film});
  EXPECT_TRUE(photo(0).film);
  EXPECT_EQ(describe(photo(0)), "48 × 32, 0:01");
  EXPECT_FALSE(photo(0).thumbnail.isNull());
  selectPhoto(0);
  ASSERT_TRUE(waitFor([&] { return page().actions().translate->isEnabled(); }));
  page().actions().translate->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); })) << photo(0).reason.toStdString();
  const QString made = file("harbour_fast.mp4");
  ASSERT_EQ(photo(0).state, PhotoState::done) << photo(0).reason.toStdString();
  EXPECT_EQ(photo(0).result->file, made);
  EXPECT_TRUE(photo(0).saved());
  EXPECT_EQ(test::ask(plain(made), "v:0", "stream=width,height"),
            std::vector<std::string>{"96,64"});
  EXPECT_EQ(test::times_of(plain(made)), test::times_of(plain(film)));
  EXPECT_EQ(test::hashes_of(plain(made), "a:0", false), test::hashes_of(plain(film), "a:0", false));
}

TEST_F(FilmListTest, FilmsAndPhotosOfAFolderEachBecomeTheirOwnKind) {
  REQUIRE_FFMPEG();
  ASSERT_TRUE(QDir(folder_.path()).mkdir("in"));
  makeFilm("in/a.mkv", 0.2);
  makeFilm("in/c.gif", 0.2);
  makePicture("in/b.png");
  page().openPaths({file("in")});
  ASSERT_TRUE(waitFor([&] { return page().photos().rowCount() == 3 && idle(); }));
  EXPECT_TRUE(photo(0).film);
  EXPECT_FALSE(photo(1).film);
  EXPECT_TRUE(photo(2).film);  // it moves
  translateAll();
  EXPECT_EQ(test::times_of(plain(file("in/a_fast.mkv"))).size(), 5U);
  EXPECT_EQ(QImage(file("in/b_fast.png")).size(), QSize(48, 32));
  EXPECT_EQ(test::times_of(plain(file("in/c_fast.gif"))).size(), 5U);

  auto* films = child<QComboBox>("outputFilms");
  films->setCurrentIndex(films->findData("mkv"));
  selectPhoto(2);
  page().actions().translate->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  EXPECT_EQ(test::times_of(plain(file("in/c_fast.mkv"))).size(), 5U);
}

TEST_F(FilmListTest, StoppedItGoesOnFromThere) {
  REQUIRE_FFMPEG();
  writeModel(file("models/slow.safetensors"), 4, 32);
  start();
  ASSERT_TRUE(chooseRow("slow"));
  const QString film = makeFilm("long.mp4", 40);
  open({film});
  selectPhoto(0);
  ASSERT_TRUE(waitFor([&] { return page().actions().translate->isEnabled(); }));
  page().actions().translate->trigger();
  const QString parts = file("long_slow.mp4.imago");
  const auto kept = [&] { return QDir(parts).entryList(QDir::Files).size(); };
  // How fast it is it says once it has gone on for a while.
  ASSERT_TRUE(waitFor(
      [&] { return photo(0).progress > 0.4 && describe(photo(0)).contains("frames/s"); }, 120000))
      << describe(photo(0)).toStdString();
  page().actions().cancel->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  EXPECT_FALSE(QFile::exists(file("long_slow.mp4")));
  EXPECT_GT(kept(), 0);
  EXPECT_TRUE(describe(photo(0)).contains("goes on")) << describe(photo(0)).toStdString();

  // The next start of the program knows nothing of it but what lies beside the film.
  start();
  ASSERT_TRUE(chooseRow("slow"));
  open({film});
  selectPhoto(0);
  ASSERT_TRUE(waitFor([&] { return page().actions().translate->isEnabled(); }));
  double first = 1;
  QObject context;
  QObject::connect(window_->findChild<Session*>(), &Session::translationProgress, &context,
                   [&](const TranslateProgress& now) {
                     if (now.fraction > 0) first = std::min(first, now.fraction);
                   });
  page().actions().translate->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); }, 120000));
  ASSERT_EQ(photo(0).state, PhotoState::done) << photo(0).reason.toStdString();
  EXPECT_GT(first, 0.2);
  EXPECT_EQ(test::times_of(plain(file("long_slow.mp4"))), test::times_of(plain(film)));
  EXPECT_FALSE(QFile::exists(parts));
  EXPECT_TRUE(banner().contains("goes on")) << banner().toStdString();
}

TEST_F(FilmListTest, ClosingTheWindowSaysThatItGoesOnLater) {
  REQUIRE_FFMPEG();
  writeModel(file("models/slow.safetensors"), 4, 32);
  start();
  ASSERT_TRUE(chooseRow("slow"));
  open({makeFilm("long.mp4", 5), makePicture("b.png")});
  page().actions().translateAll->trigger();
  ASSERT_TRUE(waitFor([&] { return photo(0).progress > 0.6; }, 120000));
  EXPECT_FALSE(window_->close());
  EXPECT_EQ(stopFilms_, 1);
  stopTranslating_ = true;
  ASSERT_TRUE(window_->close());

  start();
  QObject context;
  for (auto* button : window_->findChildren<QPushButton*>())
    if (button->text() == "Go On with Them") button->click();
  ASSERT_EQ(page().photos().rowCount(), 2);
  double first = 1;
  QObject::connect(window_->findChild<Session*>(), &Session::translationProgress, &context,
                   [&](const TranslateProgress& now) {
                     if (now.fraction > 0) first = std::min(first, now.fraction);
                   });
  ASSERT_TRUE(waitFor([&] { return idle(); }, 120000));
  EXPECT_EQ(photo(0).state, PhotoState::done) << photo(0).reason.toStdString();
  EXPECT_GT(first, 0.4) << "it was begun anew";
}

TEST_F(FilmListTest, FilmsOfEveryEndingAreDropped) {
  REQUIRE_FFMPEG();
  const QStringList endings = {"m4v", "ts", "m2ts", "mkv", "avi", "mpg", "wmv", "flv", "3gp"};
  QStringList films;
  for (const QString& ending : endings) {
    // Not every container's own codecs take so small a picture.
    test::make_film("-f lavfi -i testsrc2=rate=25:size=176x144:duration=0.2",
                    plain(file("film_" + ending + "." + ending)));
    films.append(file("film_" + ending + "." + ending));
  }
  writeFile("words.ts", "export const words: string[] = ['G'];" + QByteArray(400, ' '));
  ASSERT_TRUE(QDir(folder_.path()).mkdir("all"));
  for (const QString& film : films) QFile::rename(film, file("all/" + QFileInfo(film).fileName()));
  QFile::rename(file("words.ts"), file("all/words.ts"));
  page().openPaths({file("all")});
  ASSERT_TRUE(waitFor([&] { return page().photos().rowCount() == endings.size() && idle(); }));
  translateAll();
  for (int row = 0; row < endings.size(); ++row) {
    EXPECT_EQ(photo(row).state, PhotoState::done)
        << photo(row).name.toStdString() << ": " << photo(row).reason.toStdString();
    ASSERT_TRUE(photo(row).result);
    EXPECT_GE(test::times_of(plain(photo(row).result->file)).size(), 4U)
        << photo(row).name.toStdString();
  }
}

TEST_F(FilmListTest, WhatIsNoFilmSaysSo) {
  writeFile("torn.mp4", "no film at all");
  page().openPaths({file("torn.mp4")});
  ASSERT_TRUE(waitFor(
      [&] { return page().photos().rowCount() == 1 && photo(0).state == PhotoState::failed; }));
  EXPECT_TRUE(photo(0).reason.contains("not a film", Qt::CaseInsensitive))
      << photo(0).reason.toStdString();
}

TEST_F(FilmListTest, ADamagedFilmIsTranslatedAndToldOf) {
  REQUIRE_FFMPEG();
  test::make_film("-f lavfi -i testsrc2=rate=25:size=128x96:duration=4 -c:v libx264 -g 25 -bf 0",
                  plain(file("broken.mkv")));
  QFile film(file("broken.mkv"));
  ASSERT_TRUE(film.open(QIODevice::ReadWrite));
  QByteArray content = film.readAll();
  for (qsizetype i = content.size() / 2; i < content.size() / 2 + 900; ++i)
    content[i] = static_cast<char>(content[i] ^ 0x5a);
  film.seek(0);
  film.write(content);
  film.close();
  open({film.fileName()});
  selectPhoto(0);
  ASSERT_TRUE(waitFor([&] { return page().actions().translate->isEnabled(); }));
  page().actions().translate->trigger();
  ASSERT_TRUE(waitFor([&] { return idle(); }));
  ASSERT_EQ(photo(0).state, PhotoState::done) << photo(0).reason.toStdString();
  EXPECT_TRUE(banner().contains("damaged")) << banner().toStdString();
}

TEST_F(FilmListTest, AResultIsCopiedWhereItIsSaved) {
  REQUIRE_FFMPEG();
  open({makeFilm("a.mp4", 0.2)});
  selectPhoto(0);
  ASSERT_TRUE(waitFor([&] { return page().actions().translate->isEnabled(); }));
  page().actions().translate->trigger();
  ASSERT_TRUE(waitFor([&] { return idle() && page().actions().save->isEnabled(); }));
  fileToSave_ = file("copy.mp4");
  page().actions().save->trigger();
  ASSERT_TRUE(waitFor([&] { return QFile::exists(fileToSave_); }));
  EXPECT_EQ(test::hashes_of(plain(fileToSave_), "v:0", true),
            test::hashes_of(plain(file("a_fast.mp4")), "v:0", true));
}

}  // namespace
}  // namespace imago::gui
