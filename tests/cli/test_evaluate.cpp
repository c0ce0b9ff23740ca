// `imago train classifier`, `imago evaluate` by it, and of upscalers.
#include "tests/cli/process.h"

namespace imago {
namespace {

using nlohmann::json;

class EvaluateTest : public CliTest {
 protected:
  EvaluateTest() {
    for (int i = 0; i < 6; ++i) {
      write_picture("fruit/train/apple/" + std::to_string(i) + ".ppm", 16, 16, i);
      write_picture("fruit/train/pear/" + std::to_string(i) + ".ppm", 16, 16, 40 + i);
      write_picture("fruit/val/apple/" + std::to_string(i) + ".ppm", 16, 16, 6 + i);
    }
    trained_ = imago({"train", "classifier", "--dataroot", "fruit", "--name", "run", "--ngf", "4",
                      "--crop-size", "8", "--max-steps", "4", "--batch-size", "4"});
  }
  const std::string model_ = "checkpoints/run/latest_net_C.pth";
  Finished trained_;
};

TEST_F(EvaluateTest, AClassifierTellsItsAccuracyAndItsConfusion) {
  ASSERT_EQ(trained_.status, 0) << trained_.err;
  const Finished told = imago({"evaluate", "-n", model_, "--dataroot", "fruit", "--json"});
  ASSERT_EQ(told.status, 0) << told.err;
  const json result = json::parse(told.out);
  EXPECT_EQ(result.at("pictures"), 6);
  EXPECT_EQ(result.at("labels"), json({"apple", "pear"}));
  const int right = result.at("confusion")[0][0];
  EXPECT_DOUBLE_EQ(result.at("accuracy").at("value").get<double>(), right / 6.0);
  EXPECT_LT(result.at("accuracy").at("low"), result.at("accuracy").at("high"));
  EXPECT_NE(
      imago({"evaluate", "-n", model_, "--dataroot", "fruit"}).out.find("6 pictures, accuracy"),
      std::string::npos);
  const json info = json::parse(imago({"info", model_, "--json"}).out);
  EXPECT_EQ(info.at("architecture"), "classifier");
  EXPECT_EQ(info.at("labels"), json({"apple", "pear"}));
}

TEST_F(EvaluateTest, FoldersAreComparedByItsFeatures) {
  const Finished told = imago({"evaluate", "--results", "fruit/train", "--dataroot", "fruit/train",
                               "--phase", "train", "--features", model_, "--json"});
  ASSERT_EQ(told.status, 0) << told.err;
  const json result = json::parse(told.out);
  EXPECT_TRUE(result.at("network").get<std::string>().starts_with("classifier "));
  EXPECT_EQ(result.at("truths"), 12);
  EXPECT_EQ(result.at("results").at("pictures"), 12);
  EXPECT_NEAR(result.at("results").at("frechet_distance").at("value").get<double>(), 0, 1e-6);
  EXPECT_EQ(result.at("results").at("nearest_neighbour").at("value"), 0);
  EXPECT_EQ(result.at("results").at("recognised"), result.at("truths_recognised"));
  EXPECT_EQ(told.out.find("FID"), std::string::npos);
  EXPECT_EQ(imago({"evaluate", "--dataroot", "fruit"}).status, 2);
  EXPECT_EQ(imago({"evaluate", "--results", "fruit", "--dataroot", "fruit"}).status, 2);
}

TEST_F(CliTest, UpscalersAreMeasuredOnDegradedPicturesToo) {
  for (int i = 0; i < 3; ++i) write_picture("photos/" + std::to_string(i) + ".ppm", 64, 64, i);
  const auto measured = [&](std::vector<std::string> more) {
    more.insert(more.begin(),
                {"evaluate", "-n", IMAGO_FIXTURES "/../../models/weights/upscale-x4.safetensors",
                 "--dataroot", "photos", "--json"});
    const Finished result = imago(more);
    EXPECT_EQ(result.status, 0) << result.err;
    return json::parse(result.out);
  };
  const json clean = measured({}), degraded = measured({"--degrade"});
  EXPECT_EQ(degraded, measured({"--degrade"})) << "not the same ones each time";
  EXPECT_EQ(clean.at("mean_colour"), degraded.at("mean_colour"))
      << "what should be made is the same";
  for (const char* who : {"identity", "model"})
    EXPECT_LT(degraded.at(who).at("psnr"), clean.at(who).at("psnr")) << who;
}

}  // namespace
}  // namespace imago
