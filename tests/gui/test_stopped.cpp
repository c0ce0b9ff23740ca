// The app, stopped for longer than it waits for its device (a suspended machine, Ctrl-Z), goes on
// as if nothing had been. The test itself is what is stopped.
#include <QElapsedTimer>
#include <QProcess>

#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

// Seconds. The first submission of a program may have its kernels compiled, which takes a busy
// machine many.
constexpr int kPatience = 60, kStopped = 64;

class StoppedAppTest : public AppTest {
 protected:
  void SetUp() override {
    qputenv("IMAGO_PATIENCE", QByteArray::number(kPatience));
    AppTest::SetUp();
  }
  void TearDown() override { qunsetenv("IMAGO_PATIENCE"); }

  /// Stops this process and lets it go on again.
  static void stopAndContinue() {
    const QString self = QString::number(QCoreApplication::applicationPid());
    QElapsedTimer since;
    since.start();
    ASSERT_TRUE(QProcess::startDetached(
        "/bin/sh",
        {"-c", QString("kill -STOP %1; sleep %2; kill -CONT %1").arg(self).arg(kStopped)}));
    ASSERT_TRUE(waitFor([&] { return since.hasExpired(qint64{kStopped} * 1000); }, 100'000));
  }
};

TEST_F(StoppedAppTest, TranslatingGoesOn) {
  writeModel(file("models/slow.safetensors"), 60, 48);
  start();
  ASSERT_TRUE(chooseRow("slow"));
  open({makePicture("a.png", 500, 400)});
  ASSERT_TRUE(waitFor([&] { return child<QPushButton>("translate")->isEnabled(); }));
  press(Qt::Key_Return, Qt::ControlModifier);
  ASSERT_EQ(photo(0).state, PhotoState::running);
  stopAndContinue();
  ASSERT_TRUE(waitFor([&] { return idle(); }, 300'000));
  EXPECT_EQ(photo(0).state, PhotoState::done) << photo(0).reason.toStdString();
  ASSERT_TRUE(photo(0).result);
  const QImage result = photo(0).result->picture.full();
  EXPECT_EQ(result, drawPicture(500, 400).scaled(1000, 800).convertToFormat(result.format()));
}

}  // namespace
}  // namespace imago::gui
