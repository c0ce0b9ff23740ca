// What goes wrong outside the command line: paths, checkpoints, pictures, devices, disks. Each
// failure is one clear line and exit status 1; nothing half-written stays, no original is lost.
#include <csignal>

#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class FailureTest : public CliTest {
 protected:
  FailureTest() {
    write_nearest_model(folder_ / "x2.safetensors", 2);
    write_picture("in.ppm");
  }

  /// One line that says all of `words`, status 1, and no new file.
  void expect_failure(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& words) const {
    std::string shown;
    for (const std::string& argument : arguments) shown += argument + " ";
    SCOPED_TRACE(shown);
    const std::vector<std::string> before = files(".");
    const Finished result = imago(arguments);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.out, "");
    expect_one_line(result.err);
    for (const std::string& word : words)
      EXPECT_NE(result.err.find(word), std::string::npos) << "no '" << word << "': " << result.err;
    EXPECT_EQ(files("."), before);
  }
};

TEST_F(FailureTest, ANetworkThatOverflows) {
  const fs::path cases = fs::path(IMAGO_SHARED_DATA) / "cases";
  if (!fs::exists(cases / "overflow_rrdb.pth")) GTEST_SKIP() << "needs " << cases;
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"-t", "32"}, {"-x"}}) {
    std::vector<std::string> arguments = {
        "translate", "-i", (cases / "overflow_input.png").string(), "-o",
        "out.png",   "-n", (cases / "overflow_rrdb.pth").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    expect_failure(arguments, {"overflow_rrdb", "not finite", "fp32", "-g"});
  }
}

// What the driver's threads still compute when the program ends must not end it by a signal.
TEST_F(FailureTest, ADeviceThatHangs) {
  for (const char* patience : {"0.0001", "0.05"}) {  // in the golden tile; perhaps in the picture
    const Finished result =
        imago({"translate", "-i", "in.ppm", "-o", "out.png", "-n", "x2.safetensors"},
              {{"IMAGO_PATIENCE", patience}, {"XDG_CACHE_HOME", (folder_ / "cache").string()}});
    if (result.status == 0) {  // a fast device
      fs::remove(folder_ / "out.png");
      continue;
    }
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_NE(result.err.find("hang"), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(folder_ / "out.png"));
  }
}

TEST_F(FailureTest, Paths) {
  fs::create_directory(folder_ / "empty");
  write_text("text/readme.txt", "no picture");
  const auto translate = [&](const std::string& in, const std::string& out,
                             const std::vector<std::string>& words) {
    expect_failure({"translate", "-i", in, "-o", out, "-n", "x2.safetensors"}, words);
  };
  translate("absent.png", "out.png", {"imago: absent.png: no such file"});
  translate("empty", "out", {"imago: empty: no pictures"});
  translate("text", "out", {"imago: text: no pictures"});
  translate("text", "in.ppm", {"imago: in.ppm: ", "folder"});
  translate("text", "text", {"imago: text: ", "another output"});
  translate("in.ppm", "out.xyz", {"imago: out.xyz: ", "format"});
  translate("in.ppm", "out", {"imago: out: ", "format"});
  translate("in.ppm", "absent/out.png", {"imago: absent/out.png: ", "no folder absent"});
  translate("/dev/null", "out.png", {"imago: /dev/null: "});
  translate("in.ppm", "in.ppm", {"imago: in.ppm: ", "overwrite"});
  translate("in.ppm", ".", {"imago: in.ppm: ", "overwrite"});
}

TEST_F(FailureTest, TheOriginalIsNotOverwrittenThroughALink) {
  fs::create_symlink("in.ppm", folder_ / "link.ppm");
  const std::string original = read_text(folder_ / "in.ppm");
  expect_failure({"translate", "-i", "in.ppm", "-o", "link.ppm", "-n", "x2.safetensors"},
                 {"overwrite"});
  EXPECT_EQ(read_text(folder_ / "in.ppm"), original);
}

TEST_F(FailureTest, Checkpoints) {
  const std::string whole = read_text(folder_ / "x2.safetensors");
  write_text("page.pth", "<!DOCTYPE html><html>404</html>");
  write_text("zero.pth", "");
  write_text("short.safetensors", whole.substr(0, whole.size() - 40));
  fs::create_directory(folder_ / "run");
  for (const std::string model : {"page.pth", "zero.pth", "short.safetensors", "absent.pth",
                                  "in.ppm", "run", "no/such/model.pth"}) {
    expect_failure({"translate", "-i", "in.ppm", "-o", "out.ppm", "-n", model},
                   {"imago: " + model + ": "});
    expect_failure({"info", model}, {"imago: " + model + ": "});
    expect_failure({"export", model, "-o", "copy.safetensors"}, {"imago: " + model + ": "});
  }
  expect_failure({"export", "x2.safetensors", "-o", "./x2.safetensors"}, {"is the model itself"});
  expect_failure({"export", "x2.safetensors", "-o", "absent/copy.pth"}, {"absent"});
}

TEST_F(FailureTest, Pictures) {
  write_text("text.png", "only text");
  write_text("zero.png", "");
  write_text("short.ppm", read_text(folder_ / "in.ppm").substr(0, 60));
  write_text("huge.ppm", "P6\n65500 65500\n255\n");
  for (const std::string picture : {"text.png", "zero.png", "short.ppm", "huge.ppm"})
    expect_failure({"translate", "-i", picture, "-o", "out.ppm", "-n", "x2.safetensors"},
                   {"imago: " + picture + ": "});
  expect_failure(
      {"translate", "-i", "in.ppm", "-o", "out.ppm", "-n", "x2.safetensors", "--max-pixels", "47"},
      {"imago: in.ppm: "});
}

TEST_F(FailureTest, Devices) {
  for (const std::string device : {"99", "-1", "no such device"})
    expect_failure(
        {"translate", "-i", "in.ppm", "-o", "out.ppm", "-n", "x2.safetensors", "-g", device},
        {device});
  const std::map<std::string, std::string> no_driver = {{"VK_ICD_FILENAMES", "/nonexistent.json"},
                                                        {"VK_DRIVER_FILES", "/nonexistent.json"}};
  const Finished none = imago({"devices", "--json"}, no_driver);
  EXPECT_EQ(none.status, 1);
  expect_one_line(none.err);
  EXPECT_EQ(json::parse(none.out).at("devices").size(), 0u);
  const Finished translate =
      imago({"translate", "-i", "in.ppm", "-o", "out.ppm", "-n", "x2.safetensors"}, no_driver);
  EXPECT_EQ(translate.status, 1);
  expect_one_line(translate.err);
}

TEST_F(FailureTest, JsonTellsOfWhatStoppedEverything) {
  const Finished result =
      imago({"translate", "-i", "in.ppm", "-o", "out.ppm", "-n", "absent.pth", "--json"});
  EXPECT_EQ(result.status, 1);
  expect_one_line(result.err);
  const json object = json::parse(result.out);
  EXPECT_EQ(object.at("outputs").size(), 0u);
  EXPECT_EQ("imago: " + object.at("error").get<std::string>() + "\n", result.err);
}

TEST_F(FailureTest, StandardOutputThatCannotBeWritten) {
  const Finished result =
      run({"sh", "-c", "exec \"$0\" info x2.safetensors > /dev/full", IMAGO_PROGRAM});
  EXPECT_EQ(result.status, 1);
  expect_one_line(result.err);
}

TEST_F(FailureTest, FileTooLargeLeavesNothing) {
  write_picture("big.ppm", 200, 200);
  write_picture("little.ppm", 20, 20);
  fs::create_directory(folder_ / "out");
  // The shell's limit makes write() fail in the middle of the 480 kB result.
  const auto translate = [&](const std::string& picture, const std::string& out) {
    return run({"sh", "-c",
                "trap '' XFSZ; ulimit -f 200; exec \"$0\" translate -i " + picture + " -o " + out +
                    " -n x2.safetensors",
                IMAGO_PROGRAM});
  };
  const int little = translate("little.ppm", "little.png").status;
  if (little == 128 + SIGBUS)
    GTEST_SKIP() << "this driver's memory lies in files, which the limit is for too (Mesa 25)";
  ASSERT_EQ(little, 0);
  const Finished result = translate("big.ppm", "out");
  EXPECT_EQ(result.status, 1);
  expect_one_line(result.err);
  EXPECT_EQ(files("out"), std::vector<std::string>{});
}

TEST_F(FailureTest, DiskFullLeavesNothing) {
  if (run(on_own_disk("size=64k", "true")).status != 0)
    GTEST_SKIP() << "mounting a small file system is not permitted here";
  write_picture("big.ppm", 200, 200);
  const Finished result = run(on_own_disk(
      "size=64k", "\"$0\" translate -i big.ppm -o disk -n x2.safetensors; echo $?; ls -A disk"));
  EXPECT_EQ(result.out, "1\n");
  expect_one_line(result.err);
  EXPECT_NE(result.err.find("No space left"), std::string::npos) << result.err;
}

TEST_F(FailureTest, ReadOnlyFolder) {
  if (run(on_own_disk("ro", "true")).status != 0)
    GTEST_SKIP() << "mounting a read-only file system is not permitted here";
  const Finished result = run(on_own_disk(
      "ro", "\"$0\" translate -i in.ppm -o disk -n x2.safetensors; echo $?; ls -A disk"));
  EXPECT_EQ(result.out, "1\n");
  expect_one_line(result.err);
  EXPECT_NE(result.err.find("imago: in.ppm: disk: "), std::string::npos) << result.err;
}

}  // namespace
}  // namespace imago
