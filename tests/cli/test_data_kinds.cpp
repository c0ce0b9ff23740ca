// Data sets of several kinds, from the command line.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "models/image/image.h"
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

// A network that saw three pictures at a time is not to take the statistics of one.
TEST_F(DataKindsTest, TrainedInBatchesItTranslatesWithRunningStatistics) {
  write_photos();
  first_losses(train("run", {"--dataroot", "photos", "--dataset-mode", "grey", "--input-nc", "1",
                             "--norm", "batch", "--batch-size", "3", "--max-steps", "2"}));
  const std::string trained = "checkpoints/run/latest_net_G.pth";
  EXPECT_EQ(json::parse(imago({"info", trained, "--json"}).out).at("running_statistics"), true);
  const Finished as_pth = imago({"export", trained, "-o", "a.pth"});
  ASSERT_EQ(as_pth.status, 0) << as_pth.err;
  // Copied out of its run, away from the options.json that tells of it.
  std::filesystem::copy_file(folder_ / trained, folder_ / "mine.pth");
  ASSERT_EQ(imago({"export", trained, "-o", "a.safetensors"}).status, 0);

  write_picture("in.ppm", 64, 64, 7);
  const auto made = [&](const std::string& model, std::vector<std::string> options) {
    options.insert(options.begin(), {"translate", "-i", "in.ppm", "-o", "out.png", "-n", model});
    const Finished result = imago(options);
    EXPECT_EQ(result.status, 0) << result.err;
    return load_image(folder_ / "out.png").pixels;
  };
  const auto running = made("a.pth", {"--running-statistics"});
  EXPECT_NE(running, made("a.pth", {"--batch-statistics"}));
  EXPECT_EQ(running, made("a.pth", {}));
  EXPECT_EQ(running, made("mine.pth", {}));
  EXPECT_EQ(running, made(trained, {}));
  EXPECT_EQ(running, made("a.safetensors", {}));
}

TEST_F(DataKindsTest, ColoursAloneAreLearnedAndTheBrightnessIsThePictures) {
  write_photos();
  first_losses(train("run", {"--dataroot", "photos", "--dataset-mode", "grey", "--input-nc", "1",
                             "--keep-luma", "--max-steps", "2"}));
  const std::string trained = "checkpoints/run/latest_net_G.pth";
  EXPECT_EQ(json::parse(imago({"info", trained, "--json"}).out).at("keeps_luma"), true);
  const Finished as_pth = imago({"export", trained, "-o", "a.pth"});
  ASSERT_EQ(as_pth.status, 0) << as_pth.err;
  ASSERT_EQ(imago({"export", trained, "-o", "colours.safetensors"}).status, 0);

  write_picture("in.ppm", 64, 64, 7);
  for (const std::string& model :
       {trained, std::string("a.pth"), std::string("colours.safetensors")}) {
    ASSERT_EQ(imago({"translate", "-i", "in.ppm", "-o", "out.png", "-n", model}).status, 0);
    const Image in = load_image(folder_ / "in.ppm"), out = load_image(folder_ / "out.png");
    ASSERT_EQ(out.width, in.width);
    const auto luma = [](const Image& image, size_t i) {
      const float* pixel = &image.pixels[3 * i];
      return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    };
    double worst = 0;
    for (size_t i = 0; i < in.pixels.size() / 3; ++i) {
      const float* pixel = &out.pixels[3 * i];
      const bool clipped =
          *std::min_element(pixel, pixel + 3) <= 0 || *std::max_element(pixel, pixel + 3) >= 1;
      if (!clipped) worst = std::max(worst, std::abs(luma(out, i) - luma(in, i)));
    }
    EXPECT_LT(worst, 1.0 / 255) << model;
  }
}

TEST_F(DataKindsTest, DrawingsMayBeWhiteOnBlack) {
  write_photos();
  const std::vector<std::string> data = {"--dataroot", "photos", "--dataset-mode", "edges"};
  std::vector<std::string> arguments = data;
  arguments.insert(arguments.end(), {"--white-on-black", "0.5", "--max-steps", "1"});
  first_losses(train("run", arguments));
  const auto fitted = [&](std::vector<std::string> more) {
    std::vector<std::string> command = {"evaluate", "-n",    "checkpoints/run/latest_net_G.pth",
                                        "--phase",  "train", "--crop-size",
                                        "32",       "--json"};
    command.insert(command.end(), data.begin(), data.end());
    command.insert(command.end(), more.begin(), more.end());
    const Finished result = imago(command);
    EXPECT_EQ(result.status, 0) << result.err;
    return json::parse(result.out);
  };
  const json usual = fitted({}), negative = fitted({"--white-on-black"});
  EXPECT_NE(usual.at("identity"), negative.at("identity"));
  EXPECT_NEAR(usual.at("fitted").at("psnr"), negative.at("fitted").at("psnr"), 1e-4);
  EXPECT_NE(usual.at("identity"), fitted({"--line-width", "4"}).at("identity"));
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

/// Two folders that have nothing to do with each other.
class TwoFoldersTest : public DataKindsTest {
 protected:
  TwoFoldersTest() {
    for (int i = 0; i < 6; ++i) {
      write_picture("horses/" + std::to_string(i) + ".ppm", 40, 40, i);
      write_picture("far/zebras/" + std::to_string(i) + ".ppm", 48, 40, 20 + i);
    }
  }
  Finished cyclegan(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"train", "cyclegan", "--name", "run", "--netG",
                                         "resnet_1blocks", "--ngf", "4", "--netD", "pixel", "--ndf",
                                         "4", "--crop-size", "16", "--load-size", "18"});
    return imago(arguments);
  }
};

TEST_F(TwoFoldersTest, CycleGanTrainsAndGoesOnWhereTheyAreNow) {
  const Finished trained = cyclegan({"--dataroot", "horses", "--dataroot-b", "far/zebras",
                                     "--held-out", "2", "--max-steps", "4"});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const json options = json::parse(read_text(folder_ / "checkpoints/run/options.json"));
  EXPECT_EQ(options.at("dataset_mode"), "unaligned");
  EXPECT_EQ(options.at("dataroot"), (folder_ / "horses").string());
  EXPECT_EQ(options.at("dataroot_b"), (folder_ / "far/zebras").string());
  // Four of each are trained on, so that is an epoch, and the other two are what is measured with.
  EXPECT_NE(read_text(folder_ / "checkpoints/run/metrics.jsonl").find("\"swd\""),
            std::string::npos);
  EXPECT_NE(read_text(folder_ / "checkpoints/run/index.html").find("far/zebras"),
            std::string::npos);

  std::filesystem::rename(folder_ / "far/zebras", folder_ / "zebras");
  const Finished lost = imago({"resume", "run", "--max-steps", "8"});
  EXPECT_EQ(lost.status, 1);
  expect_one_line(lost.err);
  EXPECT_NE(lost.err.find("far/zebras: no such folder: --dataroot-b"), std::string::npos)
      << lost.err;
  const Finished found = imago({"resume", "run", "--dataroot-b", "zebras"});
  EXPECT_EQ(found.status, 0) << found.err;
  EXPECT_EQ(without_warnings(found.err), "");
  EXPECT_EQ(found.err.find("not those that this run began with"), std::string::npos) << found.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "checkpoints/run/state-8.json"));
}

TEST_F(TwoFoldersTest, ForPix2PixTheyArePairs) {
  first_losses(
      train("run", {"--dataroot", "horses", "--dataroot-b", "far/zebras", "--max-steps", "1"}));
  EXPECT_EQ(json::parse(read_text(folder_ / "checkpoints/run/options.json")).at("dataset_mode"),
            "paired");
  const Finished measured =
      imago({"evaluate", "-n", "checkpoints/run/latest_net_G.pth", "--dataroot", "horses",
             "--dataroot-b", "far/zebras", "--held-out", "2", "--crop-size", "32", "--json"});
  ASSERT_EQ(measured.status, 0) << measured.err;
  EXPECT_EQ(json::parse(measured.out).at("pictures"), 2);
  // What is said in so many words is taken at it.
  const Finished aligned = train("aligned", {"--dataset-mode", "aligned", "--dataroot", "horses",
                                             "--dataroot-b", "far/zebras"});
  EXPECT_EQ(aligned.status, 2);
  EXPECT_NE(aligned.err.find("aligned has no second folder"), std::string::npos) << aligned.err;
}

TEST_F(TwoFoldersTest, AreLookedThrough) {
  const Finished result = imago({"check-data", "horses", "--dataroot-b", "far/zebras", "--json"});
  EXPECT_EQ(result.status, 0) << result.out;
  const json report = json::parse(result.out);
  EXPECT_EQ(report.at("dir"), "horses");
  EXPECT_EQ(report.at("dir_b"), "far/zebras");
  EXPECT_EQ(report.at("kind"), "paired");
  EXPECT_EQ(report.at("pictures"), 12);
  const Finished text = imago({"check-data", "horses", "--dataroot-b", "far/zebras"});
  EXPECT_TRUE(text.out.starts_with("horses and far/zebras: pairs in two folders: 6 in train; "))
      << text.out;
  const Finished lost = imago({"check-data", "horses", "--dataroot-b", "zebras", "--json"});
  EXPECT_EQ(lost.status, 1);
  EXPECT_EQ(json::parse(lost.out).at("dir_b"), "zebras");
}

TEST_F(TwoFoldersTest, MistakesAreOneLine) {
  const auto refused = [&](int status, const std::vector<std::string>& arguments,
                           const std::vector<std::string>& parts) {
    const Finished result = cyclegan(arguments);
    EXPECT_EQ(result.status, status);
    expect_one_line(result.err);
    for (const std::string& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos) << part << " not in " << result.err;
  };
  refused(2, {"--dataroot", "horses", "--dataroot-b", "horses"}, {"both --dataroot and"});
  refused(2, {"--dataroot", ".", "--dataroot-b", "horses"}, {"lies in the other"});
  refused(1, {"--dataroot", "horses", "--dataroot-b", "far/zebras", "--phase", "test"},
          {"--phase test", "train and val"});
  refused(1, {"--dataroot", "."},
          {"no folder trainA", "trainA and trainB", "--dataroot-b", "it has far, horses"});
  EXPECT_EQ(
      imago({"train", "srgan", "--dataroot", "horses", "--dataroot-b", "far/zebras", "--name", "x"})
          .status,
      2);
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
