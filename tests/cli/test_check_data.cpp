// `imago check-data`: its text, its JSON, its exit status.
#include "tests/cli/process.h"

namespace imago {
namespace {

using nlohmann::json;

class CheckDataTest : public CliTest {
 protected:
  /// Enough pictures for nothing to be wrong.
  void write_photos(const std::string& folder) const {
    std::filesystem::create_directories(folder_ / folder);
    for (int i = 0; i < 24; ++i) write_picture(folder + "/" + std::to_string(i) + ".ppm", 8, 6, i);
  }
};

TEST_F(CheckDataTest, NothingWrong) {
  write_photos("photos");
  const Finished text = imago({"check-data", "photos", "--crop-size", "6"});
  EXPECT_EQ(text.status, 0);
  EXPECT_EQ(text.err, "");
  EXPECT_EQ(text.out, "photos: photos: 24 in train; 8x6 pixels\nnothing wrong was found\n");

  const Finished result = imago({"check-data", "photos", "--crop-size", "6", "--json"});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(json::parse(result.out), json({{"dir", "photos"},
                                           {"kind", "photos"},
                                           {"what", "photos: 24 in train; 8x6 pixels"},
                                           {"pictures", 24},
                                           {"usable", true},
                                           {"problems", json::array()}}));
}

TEST_F(CheckDataTest, WarningsLeaveItUsable) {
  write_photos("photos/train");
  const Finished result = imago({"check-data", "photos", "--json"});  // 96 is the usual crop
  EXPECT_EQ(result.status, 0) << result.out;
  const json report = json::parse(result.out);
  EXPECT_EQ(report.at("usable"), true);
  ASSERT_EQ(report.at("problems").size(), 1u) << result.out;
  const json problem = report["problems"][0];
  EXPECT_EQ(problem.at("severity"), "warning");
  EXPECT_EQ(problem.at("kind"), "too_small");
  EXPECT_EQ(problem.at("count"), 24);
  EXPECT_EQ(problem.at("files").size(), 8u);
  EXPECT_EQ(problem["files"][0], "train/0.ppm");
  EXPECT_NE(problem.at("text").get<std::string>().find("crop of 96"), std::string::npos);
  EXPECT_NE(problem.at("remedy").get<std::string>().find("--crop-size"), std::string::npos);
}

TEST_F(CheckDataTest, ErrorsDoNot) {
  write_photos("photos");
  write_text("photos/cut.ppm", "P6\n8 6\n255\nxyz");
  const Finished result = imago({"check-data", "photos", "--crop-size", "6"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.out.find("error: 1 picture cannot be read: cut.ppm ("), std::string::npos)
      << result.out;
  expect_one_line(result.err);
  EXPECT_EQ(json::parse(imago({"check-data", "photos", "--json"}).out).at("usable"), false);
}

TEST_F(CheckDataTest, WhatItIsMeantToBe) {
  write_photos("data/trainA");
  write_photos("data/trainB");
  std::filesystem::remove(folder_ / "data/trainB/3.ppm");
  const Finished pairs =
      imago({"check-data", "data", "--dataset-mode", "paired", "--crop-size", "6", "--json"});
  EXPECT_EQ(pairs.status, 1);
  EXPECT_EQ(json::parse(pairs.out).at("kind"), "paired");
  EXPECT_NE(pairs.out.find("unmatched"), std::string::npos) << pairs.out;
  const Finished sets =
      imago({"check-data", "data", "--dataset-mode", "unaligned", "--crop-size", "6", "--json"});
  EXPECT_EQ(sets.status, 0) << sets.out;
  EXPECT_EQ(sets.out.find("unmatched"), std::string::npos) << sets.out;
}

TEST_F(CheckDataTest, NoSuchFolder) {
  const Finished text = imago({"check-data", "nowhere"});
  EXPECT_EQ(text.status, 1);
  EXPECT_EQ(text.out, "");
  expect_one_line(text.err);
  const Finished result = imago({"check-data", "nowhere", "--json"});
  EXPECT_EQ(result.status, 1);
  const json report = json::parse(result.out);
  EXPECT_EQ(report.at("usable"), false);
  EXPECT_NE(report.at("error").get<std::string>().find("no such folder"), std::string::npos);
}

TEST_F(CheckDataTest, WrongUsage) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"check-data"},
                                                    {"check-data", "a", "b"},
                                                    {"check-data", "a", "--dataset-mode", "videos"},
                                                    {"check-data", "a", "--crop-size", "0"}}) {
    const Finished result = imago(arguments);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    expect_one_line(result.err);
  }
}

}  // namespace
}  // namespace imago
