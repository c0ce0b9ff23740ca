// The lists' models keep Qt's rules whatever is done with them.
#include <QAbstractItemModelTester>
#include <QListView>
#include <QTemporaryDir>

#include "gui/train/run_list.h"
#include "gui/translate/model_library.h"
#include "tests/gui/fixture.h"

namespace imago::gui {
namespace {

using Tester = QAbstractItemModelTester;
constexpr auto kTold = Tester::FailureReportingMode::Warning;

/// Qt's testers warn; here that is a failure.
class ItemModels : public AppTest {
 protected:
  void SetUp() override {
    faults().clear();
    before_ = qInstallMessageHandler(
        [](QtMsgType type, const QMessageLogContext& context, const QString& text) {
          if (type == QtWarningMsg && QString(context.category).contains("modeltest"))
            faults().append(text);
        });
    AppTest::SetUp();
  }
  void TearDown() override {
    AppTest::TearDown();
    qInstallMessageHandler(before_);
    EXPECT_TRUE(faults().isEmpty()) << faults().join('\n').toStdString();
  }

 private:
  static QStringList& faults() {
    static QStringList all;
    return all;
  }
  QtMessageHandler before_ = nullptr;
};

TEST_F(ItemModels, PhotosComeChangeAndGo) {
  const Tester tester(&page().photos(), kTold);
  open({makePicture("a.png"), makePicture("b.png"), makePicture("c.png")});
  translateEach();
  unsavedAnswer_ = UnsavedAnswer::discard;
  selectPhoto(1);
  press(Qt::Key_Delete);
  page().actions().undoRemove->trigger();
  EXPECT_EQ(page().photos().rowCount(), 3);
  for (int row = 2; row >= 0; --row) {
    selectPhoto(row);
    press(Qt::Key_Delete);
  }
  EXPECT_EQ(page().photos().rowCount(), 0);
}

TEST_F(ItemModels, ModelsComeAndGo) {
  const Tester tester(child<QListView>("modelList")->model(), kTold);
  writeModel(file("new.safetensors"), 1, 4, 3);
  page().chooseModel(file("new.safetensors"));
  ASSERT_TRUE(waitFor([&] { return chooseRow("new"); }));
  ModelLibrary library({});
  const Tester own(&library, kTold);
  ModelCard card;
  for (const QString name : {"one", "two", "three"}) {
    card.path = "/" + name;
    card.name = name;
    card.task = name == "two" ? "upscale" : "";
    library.put(card);
  }
  EXPECT_EQ(library.rowCount(), 5);
  library.forget("/one");
  library.clear();
  EXPECT_EQ(library.rowCount(), 0);
}

TEST_F(ItemModels, RunsComeAdvanceAndGo) {
  RunList runs;
  const Tester tester(&runs, kTold);
  RunCard a, b;
  a.path = "/a";
  b.path = "/b";
  runs.put(a);
  runs.put(b);
  runs.setProgress("/a", 3, 10);
  runs.setRuns({a, b});
  runs.setRuns({b});
  EXPECT_EQ(runs.rowCount(), 1);
  runs.setRuns({});
  EXPECT_EQ(runs.rowCount(), 0);
}

}  // namespace
}  // namespace imago::gui
