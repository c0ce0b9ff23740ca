#include "models/image/folder_walk.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace imago {
namespace {

namespace fs = std::filesystem;

class FolderWalkTest : public testing::Test {
 protected:
  FolderWalkTest() {
    std::string name = (fs::temp_directory_path() / "imago-walk-XXXXXX").string();
    if (mkdtemp(name.data())) folder_ = name;
  }
  ~FolderWalkTest() override { fs::remove_all(folder_); }

  void make(const fs::path& file) const {
    fs::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << "x";
  }
  std::vector<std::string> found(FolderWalk& walk, const fs::path& below = {}) const {
    std::vector<std::string> files;
    walk.walk(folder_ / below, [&](const fs::path& file, const fs::path& relative) {
      EXPECT_EQ(file, folder_ / below / relative);
      files.push_back(relative.generic_string());
      return true;
    });
    return files;
  }

  fs::path folder_;
};

using Names = std::vector<std::string>;

TEST_F(FolderWalkTest, GoesByNameAndLeavesOutWhatIsHidden) {
  for (const char* file : {"b.png", "a/z.png", "a/y/x.txt", "a.png", ".hidden.png", ".git/c.png"})
    make(file);
  FolderWalk walk;
  EXPECT_EQ(found(walk), (Names{"a/y/x.txt", "a/z.png", "a.png", "b.png"}));
  EXPECT_TRUE(walk.unreadable().empty());
}

TEST_F(FolderWalkTest, FollowsLinksAndVisitsNoFolderTwice) {
  make("in/1.png");
  make("elsewhere/2.png");
  fs::create_directory_symlink(folder_ / "in", folder_ / "in/again");
  fs::create_directory_symlink("round", folder_ / "in/round");  // to itself
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "in/more");
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "in/too");
  fs::create_symlink(folder_ / "elsewhere/2.png", folder_ / "in/linked.png");
  FolderWalk walk;
  Names files = found(walk, "in");
  std::erase(files, "round");  // leads nowhere: no folder, so a file that cannot be read
  EXPECT_EQ(files, (Names{"1.png", "linked.png", "more/2.png"}));
  EXPECT_EQ(found(walk, "in"), Names{});
}

TEST_F(FolderWalkTest, LeavesOutWhatItIsTold) {
  make("in/out/1.png");
  make("in/2.png");
  fs::create_directory_symlink(folder_ / "in/out", folder_ / "link");
  FolderWalk walk;
  walk.leave_out(folder_ / "link/");
  EXPECT_EQ(found(walk, "in"), Names{"2.png"});
}

TEST_F(FolderWalkTest, EndsWhenItIsTold) {
  for (const char* file : {"a/1", "a/2", "b/3"}) make(file);
  FolderWalk walk;
  int visits = 0;
  EXPECT_FALSE(walk.walk(folder_, [&](const fs::path&, const fs::path&) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

TEST_F(FolderWalkTest, TellsWhatCannotBeRead) {
  make("a/1");
  FolderWalk walk;
  EXPECT_EQ(found(walk, "none"), Names{});
  ASSERT_EQ(walk.unreadable().size(), 1u);
  EXPECT_EQ(walk.unreadable()[0].folder, folder_ / "none");
  EXPECT_EQ(walk.unreadable()[0].reason, "cannot read this folder: No such file or directory");
}

}  // namespace
}  // namespace imago
