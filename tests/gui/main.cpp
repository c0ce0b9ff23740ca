// The app's tests need an application, and settings and folders that are nobody's.
#include <gtest/gtest.h>

#include <QApplication>
#include <QSettings>
#include <QTemporaryDir>

#include "tests/gui/watchdog.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  const QTemporaryDir home;
  qputenv("XDG_DATA_HOME", home.filePath("data").toUtf8());
  qputenv("IMAGO_MODELS", home.filePath("no models").toUtf8());
  imago::gui::WatchedApplication app(argc, argv);
  QCoreApplication::setOrganizationName("imago");
  QCoreApplication::setApplicationName("imago-test");
  QSettings::setDefaultFormat(QSettings::IniFormat);
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, home.filePath("config"));
  return RUN_ALL_TESTS();
}
