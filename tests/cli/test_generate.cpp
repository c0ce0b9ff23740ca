// `imago train cgan` and `imago generate`: from labelled pictures to new ones with labels.
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "models/image/image.h"
#include "tests/base/folder.h"
#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::vector<std::string>> rows_of(const fs::path& csv) {
  std::vector<std::vector<std::string>> rows;
  std::ifstream file(csv);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

class GenerateTest : public CliTest {
 protected:
  GenerateTest() {
    for (int i = 0; i < 4; ++i) {
      write_picture("fruit/apple/" + std::to_string(i) + ".ppm", 16, 16, i);
      write_picture("fruit/pear/" + std::to_string(i) + ".ppm", 16, 16, 10 + i);
    }
  }

  Finished train(const std::string& name, const std::string& steps) const {
    return imago({"train",
                  "cgan",
                  "--dataroot",
                  "fruit",
                  "--name",
                  name,
                  "--max-steps",
                  steps,
                  "--ngf",
                  "12",
                  "--ndf",
                  "6",
                  "--latent",
                  "4",
                  "--crop-size",
                  "8",
                  "--output-nc",
                  "3",
                  "--batch-size",
                  "4",
                  "--validation-pictures",
                  "4",
                  "--print-freq",
                  "1"});
  }
  fs::path model(const std::string& name) const {
    return folder_ / "checkpoints" / name / "latest_net_G.pth";
  }
};

TEST_F(GenerateTest, PicturesWithLabelsAndSeeds) {
  const Finished trained = train("run", "2");
  ASSERT_EQ(trained.status, 0) << trained.err;
  const json info = json::parse(imago({"info", model("run").string(), "--json"}).out);
  EXPECT_EQ(info.at("architecture"), "perceptron");
  EXPECT_EQ(info.at("latent"), 4);
  EXPECT_EQ(info.at("side"), 8);
  EXPECT_EQ(info.at("labels"), (json{"apple", "pear"}));

  const Finished made = imago({"generate", "-n", model("run").string(), "-o", "new", "--count", "5",
                               "--seed", "7", "--grid", "2x2"});
  ASSERT_EQ(made.status, 0) << made.err;
  const std::vector<std::vector<std::string>> rows = rows_of(folder_ / "new" / "index.csv");
  const std::vector<std::vector<std::string>> expected = {
      {"file", "label", "seed"},    {"000000.png", "apple", "7"}, {"000001.png", "pear", "8"},
      {"000002.png", "apple", "9"}, {"000003.png", "pear", "10"}, {"000004.png", "apple", "11"}};
  EXPECT_EQ(rows, expected);
  std::set<std::string> different;
  for (size_t i = 1; i < rows.size(); ++i) {
    const fs::path picture = folder_ / "new" / rows[i][0];
    const Image image = load_image(picture);
    EXPECT_EQ(image.width, 8);
    EXPECT_EQ(image.height, 8);
    const std::string bytes = content_of(picture);
    EXPECT_NE(bytes.find("digitalsourcetype/trainedAlgorithmicMedia"), std::string::npos);
    different.insert(bytes);
  }
  EXPECT_EQ(different.size(), 5u);
  EXPECT_GT(load_image(folder_ / "new-grid.png").width, 16);

  // A seed and a label alone decide, whatever was made before.
  ASSERT_EQ(imago({"generate", "-n", model("run").string(), "-o", "one", "--count", "1", "--seed",
                   "10", "--label", "pear"})
                .status,
            0);
  EXPECT_EQ(content_of(folder_ / "one" / "000000.png"), content_of(folder_ / "new" / "000003.png"));
  // What was made is a data set itself.
  const Finished again = imago({"train", "cgan", "--dataroot", "new", "--name", "again",
                                "--max-steps", "1", "--ngf", "12", "--ndf", "6", "--crop-size", "8",
                                "--batch-size", "2", "--validate-epochs", "0"});
  EXPECT_EQ(again.status, 0) << again.err;
}

TEST_F(GenerateTest, ResumedIsBitForBitUninterrupted) {
  ASSERT_EQ(train("whole", "4").status, 0);
  ASSERT_EQ(train("parts", "2").status, 0);
  const Finished resumed = imago({"resume", "parts", "--max-steps", "4"});
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_EQ(content_of(model("parts")), content_of(model("whole")));
}

TEST_F(GenerateTest, BeginsFromWhatWasProjected) {
  ASSERT_EQ(train("run", "2").status, 0);
  const std::string network = model("run").string();
  const Finished found = imago({"project", "-n", network, "-i", "fruit/pear/0.ppm", "-o", "found",
                                "--label", "pear", "--steps", "5"});
  ASSERT_EQ(found.status, 0) << found.err;
  const std::string latents = "found/latents.safetensors";
  const Finished made = imago({"generate", "-n", network, "--latents", latents, "-o", "again.png"});
  ASSERT_EQ(made.status, 0) << made.err;
  const Image projected = load_image(folder_ / "found" / "projected.png"),
              again = load_image(folder_ / "again.png");
  EXPECT_EQ(again.pixels, projected.pixels);
  EXPECT_NE(content_of(folder_ / "again.png").find("digitalsourcetype/trainedAlgorithmicMedia"),
            std::string::npos);
  // Another label makes another picture of the same numbers.
  ASSERT_EQ(imago({"generate", "-n", network, "--latents", latents, "--label", "apple", "-o",
                   "apple.png"})
                .status,
            0);
  EXPECT_NE(load_image(folder_ / "apple.png").pixels, projected.pixels);

  // One row, in whose middle it is not moved.
  const Finished moved = imago(
      {"generate", "-n", network, "--latents", latents, "--direction", "1", "-o", "moved.png"});
  ASSERT_EQ(moved.status, 0) << moved.err;
  const Image sheet = load_image(folder_ / "moved.png");
  constexpr int kSide = 8, kGap = 4, kColumns = 9;
  EXPECT_EQ(sheet.width, kColumns * (kSide + kGap) + kGap);
  EXPECT_EQ(sheet.height, kSide + 2 * kGap);
  std::vector<float> middle;
  for (int y = kGap; y < kGap + kSide; ++y) {
    const auto row = sheet.pixels.begin() +
                     (y * sheet.width + kGap + kColumns / 2 * (kSide + kGap)) * sheet.channels;
    middle.insert(middle.end(), row, row + kSide * sheet.channels);
  }
  EXPECT_EQ(middle, projected.pixels);
  const Finished walked = imago({"generate", "-n", network, "--latents", latents, "--walk", "1s",
                                 "--count", "2", "-o", "walk.gif"});
  EXPECT_EQ(walked.status, 0) << walked.err;
  EXPECT_TRUE(fs::exists(folder_ / "walk.gif"));

  // What does not go together, and a network that it does not belong to.
  EXPECT_EQ(
      imago({"generate", "-n", network, "--latents", latents, "--mix", "1", "2", "-o", "mixed.png"})
          .status,
      2);
  EXPECT_EQ(imago({"generate", "-n", network, "--latents", latents, "--count", "3", "-o", "x.png"})
                .status,
            2);
  ASSERT_EQ(imago({"train",
                   "gan",
                   "--dataroot",
                   "fruit",
                   "--name",
                   "other",
                   "--max-steps",
                   "1",
                   "--ngf",
                   "12",
                   "--ndf",
                   "6",
                   "--latent",
                   "5",
                   "--crop-size",
                   "8",
                   "--batch-size",
                   "4",
                   "--validate-epochs",
                   "0"})
                .status,
            0);
  const Finished other =
      imago({"generate", "-n", "other", "--latents", latents, "-o", "other.png"});
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.err.find("latents.safetensors: belongs to another network: it holds 1 point of 4 "
                           "numbers"),
            std::string::npos)
      << other.err;
  EXPECT_FALSE(fs::exists(folder_ / "other.png"));
  const Finished none = imago({"generate", "-n", network, "--latents", network, "-o", "none.png"});
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.err.find("holds no latents"), std::string::npos) << none.err;
}

TEST_F(GenerateTest, SaysWhatIsWrong) {
  ASSERT_EQ(train("run", "1").status, 0);
  const std::string network = model("run").string();
  const Finished label =
      imago({"generate", "-n", network, "-o", "new", "--label", "plum", "--count", "1"});
  EXPECT_EQ(label.status, 1);
  EXPECT_NE(label.err.find("there is no label 'plum'; there are apple, pear"), std::string::npos);
  const Finished full = imago({"generate", "-n", network, "-o", "fruit", "--count", "1"});
  EXPECT_EQ(full.status, 1);
  EXPECT_NE(full.err.find("fruit: is not empty"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder_ / "fruit" / "index.csv"));
  EXPECT_EQ(imago({"generate", "-n", network, "-o", "new", "--grid", "8"}).status, 2);
  const Finished judge = imago(
      {"generate", "-n", (folder_ / "checkpoints/run/latest_net_D.pth").string(), "-o", "new"});
  EXPECT_NE(judge.err.find("this is a discriminator"), std::string::npos) << judge.err;
  const Finished picture =
      imago({"translate", "-i", "fruit/apple/0.ppm", "-o", "x.png", "-n", network});
  EXPECT_EQ(picture.status, 1);
  EXPECT_NE(picture.err.find("it is for 'imago generate'"), std::string::npos) << picture.err;
  EXPECT_FALSE(fs::exists(folder_ / "x.png"));
}

}  // namespace
}  // namespace imago
