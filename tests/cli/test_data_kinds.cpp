// Data sets of several kinds, from the command line.
#include <sstream>

#include "tests/cli/process.h"

namespace imago {
namespace {

using nlohmann::json;

class DataKindsTest : public CliTest {
 protected:
  /// A tiny pix2pix; `--json`.
  Finished train(const std::string& name, std::vector<std::string> arguments) const {
    arguments.insert(
        arguments.begin(),
        {"train", "pix2pix", "--name", name, "--netG", "unet_32", "--ngf", "4", "--netD", "pixel",
         "--ndf", "4", "--crop-size", "32", "--load-size", "36", "--print-freq", "1", "--json"});
    return imago(arguments);
  }
  void write_photos() const {
    for (int i = 0; i < 5; ++i)
      write_picture("photos/" + std::to_string(i) + ".ppm", 48, 40 + 2 * i, i);
  }
};

/// Of the first step that was printed.
json first_losses(const Finished& result) {
  EXPECT_EQ(result.status, 0) << result.err;
  std::istringstream lines(result.out);
  std::string line;
  while (std::getline(lines, line)) {
    const json object = json::parse(line);
    if (object.contains("losses")) return object["losses"];
  }
  ADD_FAILURE() << "no losses in " << result.out;
  return {};
}

TEST_F(DataKindsTest, FromPhotosToADrawingsColouristThatIsEvaluated) {
  write_photos();
  const std::vector<std::string> data = {"--dataroot", "photos",     "--dataset-mode",
                                         "edges",      "--held-out", "2"};
  std::vector<std::string> arguments = data;
  arguments.insert(arguments.end(),
                   {"--max-steps", "2", "--color-jitter", "0.1", "--augment", "1"});
  first_losses(train("run", arguments));
  arguments = data;
  arguments.insert(arguments.begin(), {"evaluate", "-n", "checkpoints/run/latest_net_G.pth",
                                       "--crop-size", "32", "--json"});
  const Finished result = imago(arguments);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(json::parse(result.out).at("pictures"), 2);
}

TEST_F(DataKindsTest, TheSeedDecidesWhichPicturesAreSeen) {
  write_photos();
  train("first", {"--dataroot", "photos", "--dataset-mode", "grey", "--max-steps", "1"});
  // From the same weights and without dropout, only the pictures are left to chance.
  const auto losses = [&](const std::string& name, const std::string& seed) {
    return first_losses(
        train(name, {"--dataroot", "photos", "--dataset-mode", "grey", "--max-steps", "1", "--init",
                     "checkpoints/first/latest_net_G.pth", "--no-dropout", "--seed", seed}));
  };
  const json one = losses("a", "1");
  EXPECT_EQ(one, losses("b", "1"));
  EXPECT_NE(one, losses("c", "2"));
}

TEST_F(DataKindsTest, CamerasForBothMethods) {
  for (const char* camera : {"a", "b"})
    for (const char* time : {"day", "night"})
      write_picture(std::string("cameras/") + camera + "/" + time + "/0.ppm", 48, 40, camera[0]);
  first_losses(train("run", {"--dataroot", "cameras", "--dataset-mode", "cameras", "--val-cameras",
                             "b", "--max-steps", "1"}));
  const Finished none =
      train("none", {"--dataroot", "cameras", "--dataset-mode", "cameras", "--val-cameras", "a,b"});
  EXPECT_EQ(none.status, 1);
  expect_one_line(none.err);
  EXPECT_NE(none.err.find("no camera is left for training"), std::string::npos) << none.err;
  const Finished cyclegan = imago(
      {"train",   "cyclegan", "--name",         "cycle", "--dataroot",  "cameras", "--dataset-mode",
       "cameras", "--netG",   "resnet_1blocks", "--ngf", "4",           "--netD",  "pixel",
       "--ndf",   "4",        "--crop-size",    "16",    "--load-size", "16",      "--max-steps",
       "1"});
  EXPECT_EQ(cyclegan.status, 0) << cyclegan.err;
}

TEST_F(DataKindsTest, WhatAMethodHasNotIsWrongUsage) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"train", "cyclegan", "--dataroot", ".", "--name", "x", "--dataset-mode", "edges"},
           {"train", "srgan", "--dataroot", ".", "--name", "x", "--val-cameras", "a"},
           {"train", "pix2pix", "--dataroot", ".", "--name", "x", "--color-jitter", "2"},
           {"train", "pix2pix", "--dataroot", ".", "--name", "x", "--augment", "-1"},
           {"train", "pix2pix", "--dataroot", ".", "--name", "x", "--held-out", "few"}}) {
    const Finished result = imago(wrong);
    EXPECT_EQ(result.status, 2) << wrong[6];
    expect_one_line(result.err);
  }
}

}  // namespace
}  // namespace imago
