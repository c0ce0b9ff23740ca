// Wrong command lines: one clear line, exit status 2, nothing on stdout.
#include "tests/cli/process.h"

namespace imago {
namespace {

using UsageTest = CliTest;

TEST_F(UsageTest, WrongUsageIsOneLineAndStatus2) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"transmogrify"},
      {"translate"},
      {"translate", "-i", "a.png", "-o", "b.png"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "--no-such-flag"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "stray"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "-t", "many"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "-t", "-5"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "-s", "0"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "-s", "-2"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "-s", "nan"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "-s", "1000"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "-f", "psd"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "--seed", "x"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "--max-pixels", "0"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n"},
      {"translate", "-i", "a.png", "-o", "b.png", "-n", "m", "--batch-statistics",
       "--running-statistics"},
      {"info"},
      {"info", "--color"},
      {"devices", "extra"},
      {"export", "m.pth"},
      {"export", "m.pth", "-o", "m.onnx", "--precision", "fp16"},
      {"export", "m.pth", "-o", "m.txt"},
  };
  for (const auto& arguments : wrong) {
    std::string shown;
    for (const std::string& argument : arguments) shown += argument + " ";
    SCOPED_TRACE(shown);
    const Finished result = imago(arguments);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    expect_one_line(result.err);
    EXPECT_NE(result.err.find("--help'"), std::string::npos) << result.err;
  }
}

TEST_F(UsageTest, MessageNamesWhatIsWrong) {
  EXPECT_NE(imago({"translate", "-i", "a", "-o", "b", "-n", "m", "--no-such-flag"})
                .err.find("--no-such-flag"),
            std::string::npos);
  EXPECT_NE(imago({"translate", "-i", "a", "-o", "b"}).err.find("--model"), std::string::npos);
  EXPECT_NE(imago({"transmogrify"}).err.find("transmogrify"), std::string::npos);
  EXPECT_NE(imago({"export", "m.pth", "-o", "m.txt"}).err.find(".onnx"), std::string::npos);
}

TEST_F(UsageTest, HelpAndVersionGoToStdout) {
  for (const std::string command : {"translate", "info", "devices", "export", "gui"}) {
    const Finished help = imago({command, "--help"});
    EXPECT_EQ(help.status, 0) << command;
    EXPECT_NE(help.out.find("Usage"), std::string::npos) << command;
    EXPECT_EQ(help.err, "") << command;
  }
  const Finished version = imago({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out, "imago " IMAGO_VERSION "\n");
}

TEST_F(UsageTest, WhatIsNotUnderstoodIsListedInOrder) {
  const Finished result = imago({"devices", "first", "--second", "third"});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("not understood: first, --second, third"), std::string::npos)
      << result.err;
}

}  // namespace
}  // namespace imago
