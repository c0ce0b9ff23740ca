// What the tests of the app share: a folder of their own pictures and models, answers instead of
// dialogs, and patience.
#pragma once

#include <gtest/gtest.h>

#include <QImage>
#include <QObject>
#include <QTemporaryDir>
#include <functional>
#include <memory>

#include "gui/main_window.h"
#include "gui/translate/photo_model.h"
#include "gui/translate/translate_page.h"
#include "gui/widgets/dialogs.h"

namespace imago::gui {

/// Runs the event loop until `condition` holds; false where it does not within `ms`.
bool waitFor(const std::function<bool()>& condition, int ms = 20000);

/// Counts a signal of another thread as the widgets get it: in this thread, in order, after them.
/// (A QSignalSpy would be told in the thread that sends.)
class Heard {
 public:
  template <typename Sender, typename Signal>
  Heard(Sender* sender, Signal signal) {
    QObject::connect(sender, signal, &context_, [this] { ++count_; });
  }
  int count() const { return count_; }

 private:
  QObject context_;
  int count_ = 0;
};

/// A picture in which every place looks different.
QImage drawPicture(int width, int height);

/// An SRVGGNetCompact of this scale whose learned part is zero. What is left is its shortcut: the
/// photo with every pixel repeated (at scale 1 the photo itself), so that any result can be checked
/// against the photo alone. `layers` convolutions of `features` channels take time and change
/// nothing. `metadata`: of the file.
void writeModel(const QString& path, int layers = 1, int features = 4, int scale = 2,
                const std::map<std::string, std::string>& metadata = {});

/// A window over a folder with one model, fast.safetensors. Skips where nothing can compute.
class AppTest : public testing::Test {
 protected:
  void SetUp() override;

  /// Renews the window, as the next start of the program would, and waits for its models.
  void start();
  QString file(const QString& name) const { return folder_.filePath(name); }
  QString makePicture(const QString& name, int width = 24, int height = 16) const;
  void writeFile(const QString& name, const QByteArray& content) const;

  TranslatePage& page() const { return window_->translatePage(); }
  const Photo& photo(int row) const { return page().photos().at(row); }
  template <typename Widget>
  Widget* child(const char* name) const {
    return window_->findChild<Widget*>(name);
  }
  /// What the page's banner says; empty: it is hidden.
  QString banner(const char* name = "banner") const;

  /// Opens files and waits until they have been read.
  void open(const QStringList& paths);
  bool idle() const;
  /// One after another, so that the results stay in memory.
  void translateEach();
  /// By the button for all: the results are written.
  void translateAll();
  /// Chooses a row of the list of models by what it shows.
  bool chooseRow(const QString& name);
  void selectPhoto(int row);
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {});
  /// Runs this program's test "Suite.DISABLED_Name" as a process of its own, which alone sees a
  /// disk of `size` ("2m"): the folder smallDisk(). Skips where no disk may be mounted.
  void runOnSmallDisk(const QString& test, const QString& size) const;
  static QString smallDisk() { return qEnvironmentVariable("IMAGO_SMALL_DISK"); }

  QTemporaryDir folder_;
  // What the dialogs answer, and what they were asked.
  QStringList photosToOpen_;
  QString modelToOpen_, nameToSave_, folderToPick_, suggested_, fileToOpen_, fileToSave_,
      shownFolder_;
  QStringList notified_;
  QString nameToGive_, deleteAsked_;
  bool mayDelete_ = false;
  UnsavedAnswer unsavedAnswer_ = UnsavedAnswer::keep;
  int unsavedAsked_ = 0;
  bool stopTranslating_ = false;
  int stopAsked_ = 0, stopFilms_ = 0;
  std::unique_ptr<MainWindow> window_;
};

}  // namespace imago::gui
