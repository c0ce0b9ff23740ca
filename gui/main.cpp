// imago-gui: the desktop app.
#include <QApplication>
#include <QCommandLineParser>
#include <algorithm>
#include <memory>
#include <string_view>

#include "gui/main_window.h"
#include "gui/translate/translate_page.h"
#include "gui/widgets/icons.h"

namespace {

/// Help and version are told without a screen as well.
std::unique_ptr<QCoreApplication> make_application(int& argc, char** argv) {
  constexpr std::string_view kText[] = {"-h", "--help", "--help-all", "-v", "--version"};
  for (int i = 1; i < argc; ++i) {
    if (std::ranges::find(kText, argv[i]) != std::end(kText)) {
      return std::make_unique<QCoreApplication>(argc, argv);
    }
  }
  return std::make_unique<QApplication>(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  const std::unique_ptr<QCoreApplication> app = make_application(argc, argv);
  QCoreApplication::setApplicationName("imago-gui");
  QCoreApplication::setOrganizationName("imago");
  QCoreApplication::setApplicationVersion(IMAGO_VERSION);

  QCommandLineParser parser;
  parser.setApplicationDescription(
      QApplication::tr("Translates photos with GANs on any GPU, with before and after side by "
                       "side."));
  parser.addHelpOption();
  parser.addVersionOption();
  const QCommandLineOption model(
      "n", QApplication::tr("Choose this model: a checkpoint's path or the name of a model."),
      "MODEL");
  const QCommandLineOption device(
      "g", QApplication::tr("Choose this device: its index or a part of its name."), "DEVICE");
  parser.addOption(model);
  parser.addOption(device);
  parser.addPositionalArgument("FILES", QApplication::tr("Photos and folders to open."),
                               "[FILES…]");
  parser.process(*app);

  QGuiApplication::setApplicationDisplayName("Imago");
  QGuiApplication::setWindowIcon(imago::gui::icon(imago::gui::Glyph::translate));

  imago::gui::MainWindow window;
  imago::gui::TranslatePage& page = window.translatePage();
  if (parser.isSet(model)) page.chooseModel(parser.value(model));
  if (parser.isSet(device)) page.chooseDevice(parser.value(device));
  if (!parser.positionalArguments().isEmpty()) page.openPaths(parser.positionalArguments());
  window.show();
  return QApplication::exec();
}
