// `imago translate` with pictures and models that work: results, folders, names, JSON.
#include <signal.h>

#include <chrono>
#include <thread>

#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class TranslateTest : public CliTest {
 protected:
  TranslateTest() { write_nearest_model(folder_ / "x2.safetensors", 2); }

  Finished translate(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"translate", "-n", "x2.safetensors"});
    return imago(arguments);
  }
};

TEST_F(TranslateTest, WritesWhatTheNetworkMakes) {
  write_picture("in.ppm", 9, 7);
  const Finished result = translate({"-i", "in.ppm", "-o", "out.ppm"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("out.ppm  18x14"), std::string::npos) << result.out;
  EXPECT_EQ(read_ppm(folder_ / "out.ppm"), nearest(read_ppm(folder_ / "in.ppm"), 2));
}

TEST_F(TranslateTest, TilesAndEightFoldGiveTheSamePicture) {
  write_picture("in.ppm", 40, 33);
  ASSERT_EQ(translate({"-i", "in.ppm", "-o", "out.ppm", "-t", "16", "-x"}).status, 0);
  EXPECT_EQ(read_ppm(folder_ / "out.ppm"), nearest(read_ppm(folder_ / "in.ppm"), 2));
}

TEST_F(TranslateTest, ScaleResizesTheResult) {
  write_picture("in.ppm", 10, 8);
  ASSERT_EQ(translate({"-i", "in.ppm", "-o", "out.ppm", "-s", "3"}).status, 0);
  const Pixels result = read_ppm(folder_ / "out.ppm");
  EXPECT_EQ(result.width, 30);
  EXPECT_EQ(result.height, 24);
}

TEST_F(TranslateTest, SeveralNetworksWorkOneAfterAnother) {
  write_nearest_model(folder_ / "x3.safetensors", 3);
  write_picture("in.ppm", 9, 7);
  const Pixels picture = read_ppm(folder_ / "in.ppm");
  const auto chain = [&](const std::string& models, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"translate", "-n", models,   "-i",
                                          "in.ppm",    "-o", "out.ppm"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return imago(arguments);
  };
  ASSERT_EQ(chain("x2.safetensors,x3.safetensors").status, 0);
  EXPECT_EQ(read_ppm(folder_ / "out.ppm"), nearest(picture, 6));
  // The wanted size is that of the whole.
  ASSERT_EQ(chain("x2.safetensors,x3.safetensors", {"-s", "4"}).status, 0);
  EXPECT_EQ(read_ppm(folder_ / "out.ppm").width, 36);
  ASSERT_EQ(chain("x2.safetensors,x3.safetensors", {"-w", "50"}).status, 0);
  EXPECT_EQ(read_ppm(folder_ / "out.ppm").width, 50);
  EXPECT_EQ(read_ppm(folder_ / "out.ppm").height, 39);  // 7 * 50 / 9
  ASSERT_EQ(chain("x2.safetensors", {"--width", "18"}).status, 0);
  EXPECT_EQ(read_ppm(folder_ / "out.ppm"), nearest(picture, 2)) << "nothing is resampled for that";
  EXPECT_EQ(chain("x2.safetensors", {"-w", "18", "-s", "3"}).status, 2);
  // A name may have a comma.
  write_nearest_model(folder_ / "a,b.safetensors", 2);
  ASSERT_EQ(chain("a,b.safetensors").status, 0);
  EXPECT_EQ(read_ppm(folder_ / "out.ppm"), nearest(picture, 2));
  ASSERT_EQ(chain("x2.safetensors, x3.safetensors").status, 0);
  EXPECT_EQ(read_ppm(folder_ / "out.ppm"), nearest(picture, 6));
  for (const char* missing :
       {"x2.safetensors,,x3.safetensors", ",x2.safetensors", "x2.safetensors,"}) {
    const Finished refused = chain(missing);
    EXPECT_EQ(refused.status, 2);
    EXPECT_NE(refused.err.find("a name is missing beside one of its commas"), std::string::npos)
        << refused.err;
  }
  const Finished wrong = chain("x2.safetensors,none.pth");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.err.find("none.pth"), std::string::npos) << wrong.err;
}

TEST_F(TranslateTest, JsonHasTheFieldsOfTheContract) {
  write_picture("in.ppm", 5, 4);
  write_text("broken.ppm", "P6\n5 4\n255\nshort");
  fs::create_directory(folder_ / "in");
  fs::rename(folder_ / "in.ppm", folder_ / "in/in.ppm");
  fs::rename(folder_ / "broken.ppm", folder_ / "in/broken.ppm");
  const Finished result = translate({"-i", "in", "-o", "out", "--json"});
  EXPECT_EQ(result.status, 1);
  expect_one_line(result.err);
  const json object = json::parse(result.out);
  EXPECT_TRUE(object.at("device").is_string());
  ASSERT_EQ(object.at("outputs").size(), 1u);
  const json& output = object["outputs"][0];
  EXPECT_EQ(output.at("input"), "in/in.ppm");
  EXPECT_EQ(output.at("output"), "out/in.ppm");
  EXPECT_EQ(output.at("width"), 10);
  EXPECT_EQ(output.at("height"), 8);
  EXPECT_GT(output.at("milliseconds"), 0);
  ASSERT_EQ(object.at("failed").size(), 1u);
  EXPECT_EQ(object["failed"][0].at("input"), "in/broken.ppm");
  EXPECT_NE(object["failed"][0].at("reason"), "");
}

TEST_F(TranslateTest, TellsOfFramesAndOfFilesThatAreNoPictures) {
  const fs::path gif = fs::path(IMAGO_FIXTURES) / "images" / "three.gif";
  const auto frame = [&](const char* number) {
    const Finished result = translate({"-i", gif.string(), "-o", "out.ppm", "--page", number});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.err, "");  // who asked for one by its number knows of the others
    return read_ppm(folder_ / "out.ppm");
  };
  EXPECT_FALSE(frame("1") == frame("3"));
  const Finished unasked = translate({"-i", gif.string(), "-o", "out.ppm"});
  EXPECT_NE(unasked.err.find("3 frames"), std::string::npos) << unasked.err;
  EXPECT_EQ(translate({"-i", gif.string(), "-o", "out.ppm", "--page", "4"}).status, 1);

  write_picture("in/a.ppm", 6, 6);
  write_text("in/notes.txt", "no picture");
  const Finished result = translate({"-i", "in", "-o", "out", "--json"});
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.err.find("1 file is no picture"), std::string::npos) << result.err;
  EXPECT_EQ(json::parse(result.out).at("left_out"), json({"in/notes.txt"}));
}

TEST_F(TranslateTest, OneBadFileStopsNothing) {
  write_picture("in/a.ppm", 6, 6, 1);
  write_text("in/b.png", "<html>not a picture</html>");
  write_text("in/c.jpg", "");
  write_picture("in/deep/er/d.ppm", 7, 5, 2);
  write_text("in/notes.txt", "left alone");
  const Finished result = translate({"-i", "in", "-o", "out"});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(files("out"), (std::vector<std::string>{"a.ppm", "deep/er/d.ppm"}));
  EXPECT_EQ(read_ppm(folder_ / "out/deep/er/d.ppm"),
            nearest(read_ppm(folder_ / "in/deep/er/d.ppm"), 2));
  EXPECT_NE(result.err.find("imago: in/b.png: "), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("imago: in/c.jpg: "), std::string::npos) << result.err;
  EXPECT_NE(result.out.find("2 done, 0 skipped, 2 failed"), std::string::npos) << result.out;
}

TEST_F(TranslateTest, SkipExistingDoesOnlyWhatIsMissing) {
  write_picture("in/a.ppm");
  write_picture("in/b.ppm");
  write_text("out/a.ppm", "mine");
  ASSERT_EQ(translate({"-i", "in", "-o", "out", "--skip-existing"}).status, 0);
  EXPECT_EQ(read_text(folder_ / "out/a.ppm"), "mine");
  EXPECT_EQ(read_ppm(folder_ / "out/b.ppm").width, 16);
  const Finished again = translate({"-i", "in", "-o", "out", "--skip-existing", "--json"});
  EXPECT_EQ(again.status, 0);
  const json object = json::parse(again.out);
  EXPECT_EQ(object.at("outputs").size(), 0u);
  EXPECT_EQ(object.at("skipped").size(), 2u);
}

TEST_F(TranslateTest, FileIntoAFolderAndAnotherFormat) {
  write_picture("in.ppm");
  ASSERT_EQ(translate({"-i", "in.ppm", "-o", "new/", "-f", "png"}).status, 0);
  const std::string png = read_text(folder_ / "new/in.png");
  ASSERT_GE(png.size(), 24u);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_EQ(static_cast<int>(png[19]), 16);  // IHDR: width's last byte
  EXPECT_EQ(static_cast<int>(png[23]), 12);  // and height's
  ASSERT_EQ(translate({"-i", "in.ppm", "-o", "new"}).status, 0);
  EXPECT_EQ(read_ppm(folder_ / "new/in.ppm").width, 16);
}

TEST_F(TranslateTest, AnyFileName) {
  for (const std::string name : {"фото ü 画像.ppm", "-n.ppm", "a\nb.ppm", "\xff\xfe.ppm"})
    write_picture("in/" + name);
  write_text("in/c\nd.ppm", "broken");
  const Finished result = translate({"-i", "in", "-o", "aus gäbe", "--json"});
  EXPECT_EQ(result.status, 1);
  expect_one_line(result.err);
  EXPECT_EQ(files("aus gäbe").size(), 4u);
  EXPECT_EQ(json::parse(result.out).at("outputs").size(), 4u);
}

TEST_F(TranslateTest, FindsInstalledModels) {
  write_picture("in.ppm");
  write_nearest_model(folder_ / "models/tiny_x2.safetensors", 2);
  const std::map<std::string, std::string> environment = {{"IMAGO_MODELS", "models"}};
  const Finished result =
      imago({"translate", "-i", "in.ppm", "-o", "out.ppm", "-n", "tiny_x2"}, environment);
  EXPECT_EQ(result.status, 0) << result.err;
  const Finished unknown =
      imago({"translate", "-i", "in.ppm", "-o", "no.ppm", "-n", "tinyx2"}, environment);
  EXPECT_EQ(unknown.status, 1);
  expect_one_line(unknown.err);
  EXPECT_NE(unknown.err.find("did you mean tiny_x2?"), std::string::npos) << unknown.err;
  EXPECT_NE(unknown.err.find("looked in models"), std::string::npos) << unknown.err;
}

TEST_F(TranslateTest, InterruptLeavesNothingHalfWritten) {
  constexpr size_t kPictures = 200;
  for (size_t i = 0; i < kPictures; ++i)
    write_picture("in/" + std::to_string(1000 + i) + ".ppm", 100, 100, static_cast<int>(i));
  Process process(
      {IMAGO_PROGRAM, "translate", "-i", "in", "-o", "out", "-n", "x2.safetensors", "--json"},
      folder_);
  while (files("out").empty() && process.running())
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  process.send(SIGINT);
  const Finished result = process.wait();
  EXPECT_EQ(result.status, 1);
  expect_one_line(result.err);
  EXPECT_NE(result.err.find("cancelled"), std::string::npos) << result.err;
  const json object = json::parse(result.out);
  EXPECT_EQ(object.at("outputs").size() + object.at("failed").size(), kPictures);
  EXPECT_EQ(object["failed"].back().at("reason"), "cancelled");
  const std::vector<std::string> written = files("out");
  EXPECT_EQ(written.size(), object["outputs"].size());
  for (const std::string& name : written)
    EXPECT_EQ(read_ppm(folder_ / "out" / name), nearest(read_ppm(folder_ / "in" / name), 2));
}

}  // namespace
}  // namespace imago
