// Which file becomes which: no photo is ever replaced, and no result by another.
#include <gtest/gtest.h>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include "gui/translate/output_plan.h"
#include "gui/translate/photo_model.h"

namespace imago::gui {
namespace {

using Existing = OutputSettings::Existing;

class OutputPlan : public testing::Test {
 protected:
  QString file(const QString& name) const { return folder_.filePath(name); }
  void touch(const QString& name) const {
    QDir().mkpath(QFileInfo(file(name)).absolutePath());
    QFile made(file(name));
    ASSERT_TRUE(made.open(QIODevice::WriteOnly));
  }
  QStringList planned(const QList<int>& photos) const {
    QStringList paths;
    for (const PlannedOutput& output : planOutputs(photos_, photos, "x4", settings_)) {
      paths.append(QDir(folder_.path()).relativeFilePath(output.path) +
                   (output.skip ? " skipped" : ""));
    }
    return paths;
  }

  QTemporaryDir folder_;
  PhotoModel photos_;
  OutputSettings settings_;
};

TEST_F(OutputPlan, BesideThePhotoOrInOneFolder) {
  touch("a/one.v2.jpeg");
  const int one = photos_.addFile(file("a/one.v2.jpeg"));
  EXPECT_EQ(planned({one}), QStringList{"a/one.v2_x4.png"});
  settings_.folder = file("out");
  settings_.format = "webp";
  settings_.pattern = "large {name} ({model})";
  EXPECT_EQ(planned({one}), QStringList{"out/large one.v2 (x4).webp"});
}

TEST_F(OutputPlan, NamesThatNoFileCanHave) {
  const int named = photos_.addFile(file("{model}.png"));
  EXPECT_EQ(planned({named}), QStringList{"{model}_x4.png"});
  settings_.pattern = "../{name}/{model}?";
  EXPECT_EQ(planned({named}), QStringList{"-{model}-x4-.png"});
  settings_.pattern = "..";
  EXPECT_EQ(planned({named}), QStringList{"{model} (2).png"});  // the photo itself has the name
}

TEST_F(OutputPlan, OneNameForSeveralPhotos) {
  for (const char* name : {"a/one.png", "b/one.png", "c/one.png"}) touch(name);
  QList<int> ids;
  for (const char* name : {"a/one.png", "b/one.png", "c/one.png"}) {
    ids.append(photos_.addFile(file(name)));
  }
  settings_.folder = file("out");
  for (const Existing existing : {Existing::number, Existing::skip, Existing::replace}) {
    settings_.existing = existing;
    EXPECT_EQ(planned(ids),
              (QStringList{"out/one_x4.png", "out/one_x4 (2).png", "out/one_x4 (3).png"}));
  }
  // Started again, those that are there are skipped, each as its own.
  touch("out/one_x4.png");
  touch("out/one_x4 (3).png");
  settings_.existing = Existing::skip;
  EXPECT_EQ(planned(ids), (QStringList{"out/one_x4.png skipped", "out/one_x4 (2).png",
                                       "out/one_x4 (3).png skipped"}));
  settings_.existing = Existing::number;
  EXPECT_EQ(planned({ids[0]}), QStringList{"out/one_x4 (2).png"});
  settings_.existing = Existing::replace;
  EXPECT_EQ(planned({ids[0]}), QStringList{"out/one_x4.png"});
}

TEST_F(OutputPlan, NeverAPhotoOfTheListNorAnothersResult) {
  touch("one.png");
  touch("one_x4.png");
  const int one = photos_.addFile(file("one.png"));
  const int other = photos_.addFile(file("one_x4.png"));
  ASSERT_TRUE(QFile::link(folder_.path(), file("link")));
  settings_.folder = file("link");  // the same file by another way
  for (const Existing existing : {Existing::number, Existing::skip, Existing::replace}) {
    settings_.existing = existing;
    EXPECT_EQ(planned({one}), QStringList{"link/one_x4 (2).png"});
  }
  touch("one_x4 (2).png");
  photos_.edit(other, [&](Photo& photo) {
    photo.result = Translation();
    photo.result->file = file("one_x4 (2).png");
  });
  settings_.existing = Existing::replace;
  EXPECT_EQ(planned({one}), QStringList{"link/one_x4 (3).png"});
}

}  // namespace
}  // namespace imago::gui
