// Which file becomes which, and which name is which model.
#include "models/library/registry.h"
#include "models/translate/batch.h"
#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

class PlanTest : public CliTest {
 protected:
  BatchPlan plan(const std::vector<std::string>& inputs, const std::string& output,
                 const std::string& format = "") const {
    BatchRequest request;
    for (const std::string& input : inputs) request.inputs.push_back(folder_ / input);
    request.output = folder_ / output;
    request.format = format;
    return plan_batch(request);
  }

  /// "input -> output" of every job, relative to the test's folder.
  std::vector<std::string> pairs(const BatchPlan& plan) const {
    std::vector<std::string> lines;
    for (const BatchJob& job : plan.jobs)
      lines.push_back(fs::relative(job.input, folder_).string() + " -> " +
                      fs::relative(job.output, folder_).string());
    return lines;
  }
  using Lines = std::vector<std::string>;
};

TEST_F(PlanTest, MirrorsFoldersAndKeepsOrChangesTheFormat) {
  write_text("in/b.JPG", "");
  write_text("in/a/c.webp", "");
  write_text("in/a.tif", "");
  write_text("in/.hidden.png", "");
  write_text("in/.trash/d.png", "");
  write_text("in/e.txt", "");
  EXPECT_EQ(pairs(plan({"in"}, "out")), (Lines{"in/a/c.webp -> out/a/c.webp",
                                               "in/a.tif -> out/a.tif", "in/b.JPG -> out/b.JPG"}));
  EXPECT_EQ(
      pairs(plan({"in"}, "out", "png")),
      (Lines{"in/a/c.webp -> out/a/c.png", "in/a.tif -> out/a.png", "in/b.JPG -> out/b.png"}));
  EXPECT_EQ(plan({"in"}, "out").jobs.back().format, "jpg");
  EXPECT_EQ(plan({"in"}, "out", "png").jobs.back().format, "png");
}

TEST_F(PlanTest, FilmsKeepTheirFormatAndGifsArePicturesUnlessOneIsNamed) {
  for (const char* name : {"in/a.mp4", "in/b.avi", "in/c.gif", "in/d.WEBM"}) write_text(name, "");
  EXPECT_EQ(pairs(plan({"in"}, "out")),
            (Lines{"in/a.mp4 -> out/a.mp4", "in/b.avi -> out/b.mkv", "in/c.gif -> out/c.png",
                   "in/d.WEBM -> out/d.WEBM"}));
  EXPECT_EQ(plan({"in"}, "out").jobs.back().format, "webm");
  EXPECT_EQ(pairs(plan({"in/c.gif"}, "c2.gif")), (Lines{"in/c.gif -> c2.gif"}));
  EXPECT_EQ(plan({"in/c.gif"}, "c2.gif").jobs.front().format, "gif");
  const BatchPlan stills = plan({"in"}, "out", "png");
  EXPECT_EQ(pairs(stills), (Lines{"in/c.gif -> out/c.png"}));
  ASSERT_EQ(stills.settled.size(), 3u);
  EXPECT_NE(stills.settled.front().reason.find("is a film"), std::string::npos);
  EXPECT_THROW(plan({"in"}, "out.mp4"), Error);
}

TEST_F(PlanTest, InputsThatWouldShareAnOutputKeepTheirWholeNames) {
  write_text("in/a.png", "");
  write_text("in/a.jpg", "");
  write_text("in/a.jpg.png", "");
  write_text("in/b.png", "");
  const BatchPlan planned = plan({"in"}, "out", "png");
  EXPECT_EQ(pairs(planned), (Lines{"in/a.jpg -> out/a.jpg.png", "in/a.jpg.png -> out/a.jpg.png.png",
                                   "in/a.png -> out/a.png.png", "in/b.png -> out/b.png"}));
  EXPECT_TRUE(planned.settled.empty());
}

TEST_F(PlanTest, NeverWritesOverAnInput) {
  write_text("in/a.png", "");
  write_text("in/a.jpg", "");
  fs::create_directory_symlink(folder_ / "in", folder_ / "same");
  EXPECT_THROW(plan({"in"}, "in"), Error);
  EXPECT_THROW(plan({"in"}, "same"), Error);
  const BatchPlan single = plan({"in/a.png"}, "same/a.png");
  EXPECT_TRUE(single.jobs.empty());
  ASSERT_EQ(single.settled.size(), 1u);
  EXPECT_EQ(single.settled[0].status, BatchResult::Status::failed);
  const BatchPlan both = plan({"in/a.png", "in/a.jpg"}, "same");
  EXPECT_TRUE(both.jobs.empty());
  EXPECT_EQ(both.settled.size(), 2u);
}

TEST_F(PlanTest, LinksDoNotLeadInCircles) {
  write_text("in/sub/a.png", "");
  fs::create_directory_symlink(folder_ / "in", folder_ / "in/sub/again");
  fs::create_directory_symlink("loop", folder_ / "in/loop");
  EXPECT_EQ(pairs(plan({"in"}, "out")), Lines{"in/sub/a.png -> out/sub/a.png"});
}

TEST_F(PlanTest, AnOutputFolderInsideTheInputIsNotTranslatedAgain) {
  write_text("in/a.png", "");
  write_text("in/out/a.png", "");
  EXPECT_EQ(pairs(plan({"in"}, "in/out")), Lines{"in/a.png -> in/out/a.png"});
}

TEST_F(PlanTest, SeveralInputs) {
  write_text("a.png", "");
  write_text("one/x.png", "");
  write_text("two/x.png", "");
  EXPECT_EQ(
      pairs(plan({"a.png", "one", "two/"}, "out")),
      (Lines{"a.png -> out/a.png", "one/x.png -> out/one/x.png", "two/x.png -> out/two/x.png"}));
  // Two files of one name from two folders: the second has no name of its own left.
  const BatchPlan twins = plan({"one/x.png", "two/x.png"}, "out");
  EXPECT_EQ(twins.jobs.size(), 1u);
  EXPECT_EQ(twins.settled.size(), 1u);
  EXPECT_THROW(plan({"a.png", "one"}, "b.png"), Error);
}

TEST_F(PlanTest, ModelsAreFoundByNameAndNearNamesAreOffered) {
  write_text("first/day2night.pth", "");
  write_text("second/day2night.safetensors", "");
  write_text("second/srgan_x4.pt", "");
  write_text("second/srgan_x4.safetensors", "");
  write_text("second/readme.md", "");
  const std::string folders =
      (folder_ / "first").string() + ":" + (folder_ / "second").string() + ":/nonexistent";
  setenv("IMAGO_MODELS", folders.c_str(), 1);
  setenv("XDG_DATA_HOME", folder_.c_str(), 1);
  EXPECT_EQ(resolve_model("day2night"), folder_ / "first/day2night.pth");
  EXPECT_EQ(resolve_model("srgan_x4"), folder_ / "second/srgan_x4.safetensors");
  EXPECT_EQ(resolve_model((folder_ / "second/srgan_x4.pt").string()),
            folder_ / "second/srgan_x4.pt");
  EXPECT_THROW(resolve_model("readme"), Error);
  try {
    resolve_model("srgan_x2");
    FAIL() << "there is no srgan_x2";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("did you mean srgan_x4?"), std::string::npos) << message;
    EXPECT_NE(message.find((folder_ / "imago/models").string()), std::string::npos) << message;
  }
  try {
    resolve_model("day3");  // near the beginning of a name
    FAIL() << "there is no day3";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("did you mean "), std::string::npos) << message;
    EXPECT_NE(message.find("day2night?"), std::string::npos) << message;
  }
  unsetenv("IMAGO_MODELS");
  unsetenv("XDG_DATA_HOME");
}

}  // namespace
}  // namespace imago
