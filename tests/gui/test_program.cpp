// The program itself: what it says without a screen, and that it starts with everything given.
#include <gtest/gtest.h>

#include <QProcess>

namespace {

QString output(const QStringList& arguments, const QString& platform, int* status) {
  QProcess program;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert("QT_QPA_PLATFORM", platform);
  program.setProcessEnvironment(environment);
  program.setProcessChannelMode(QProcess::MergedChannels);
  program.start(IMAGO_GUI_PROGRAM, arguments);
  EXPECT_TRUE(program.waitForFinished());
  *status = program.exitCode();
  return QString::fromUtf8(program.readAll());
}

TEST(Program, TellsHelpAndVersionWithoutAScreen) {
  int status = -1;
  const QString help = output({"--help"}, "no such platform", &status);
  EXPECT_EQ(status, 0);
  for (const char* word : {"FILES", "-n <MODEL>", "-g <DEVICE>"}) {
    EXPECT_TRUE(help.contains(word)) << help.toStdString();
  }
  EXPECT_EQ(output({"--version"}, "no such platform", &status).trimmed(),
            "imago-gui " IMAGO_VERSION);
  EXPECT_EQ(status, 0);
}

TEST(Program, RefusesAnOptionItDoesNotKnow) {
  int status = 0;
  const QString said = output({"--sideways"}, "offscreen", &status);
  EXPECT_NE(status, 0);
  EXPECT_TRUE(said.contains("sideways")) << said.toStdString();
}

}  // namespace
