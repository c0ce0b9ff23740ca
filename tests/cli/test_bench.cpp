// `imago bench live`, `imago bench modes`, `imago bench train --small` and how that hands PyTorch's
// side to a script.
#include <algorithm>

#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using BenchTest = CliTest;

TEST_F(BenchTest, TrainMeasuresEveryMethod) {
  const Finished result =
      imago({"bench", "train", "--small", "--runs", "1", "--no-peer", "--kernels", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json methods = json::parse(result.out).at("methods");
  ASSERT_EQ(methods.size(), 3u);
  EXPECT_EQ(methods[0].at("method"), "pix2pix");
  EXPECT_EQ(methods[1].at("method"), "cyclegan");
  EXPECT_EQ(methods[2].at("method"), "srgan");
  for (const json& method : methods) {
    const double milliseconds = method.at("milliseconds_per_step");
    EXPECT_GT(milliseconds, 0);
    EXPECT_EQ(method.at("side"), 32);
    // A weight and its two moments each, at the least; and working memory.
    EXPECT_GT(method.at("weight_bytes"), 3 * 4 * 10000);
    EXPECT_GT(method.at("peak_bytes"), method.at("weight_bytes"));
    if (!method.at("idle_share").is_null()) {
      EXPECT_GT(method.at("idle_share"), -0.01);
      EXPECT_LT(method.at("idle_share"), 1);
    }
    EXPECT_TRUE(method.at("pytorch").is_null());
    EXPECT_TRUE(method.at("ratio").is_null());
    EXPECT_GE(method.at("kernels").size(), 5u);
  }
}

TEST_F(BenchTest, ModesTellsOfAVanillaGanAndOfR1) {
  const Finished result = imago({"bench", "modes", "--iterations", "60", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json told = json::parse(result.out);
  EXPECT_EQ(told.at("iterations"), 60);
  const json methods = told.at("methods");
  ASSERT_EQ(methods.size(), 4u);
  EXPECT_EQ(methods[0].at("method"), "vanilla");
  EXPECT_EQ(methods[2].at("method"), "R1");
  EXPECT_EQ(methods[3].at("method"), "R1, average");
  for (const json& method : methods) {
    EXPECT_GE(method.at("modes"), 0);
    EXPECT_LE(method.at("modes"), 25);
    EXPECT_GE(method.at("quality"), 0);
    EXPECT_LT(method.at("quality"), 0.5) << "after so few iterations";
  }
}

TEST_F(BenchTest, TrainComparesWithWhatThePeerPrints) {
  if (run({"python3", "-c", ""}).status != 0) GTEST_SKIP() << "there is no python3";
  const std::string peer = write_text(
      "the peer's.py",
      "import json, sys\n"
      "print(json.dumps({'ms_per_step': 12.5, 'peak_memory_bytes': 5, 'seen': sys.argv[1:]}))\n");
  const Finished result = imago({"bench", "train", "--small", "--runs", "2", "--filter", "pix2pix",
                                 "--peer", peer, "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json method = json::parse(result.out).at("methods").at(0);
  EXPECT_DOUBLE_EQ(method.at("ratio"), method.at("milliseconds_per_step").get<double>() / 12.5);
  const json seen = method.at("pytorch").at("seen");
  const auto follows = [&](const std::string& option) {
    const auto at = std::find(seen.begin(), seen.end(), option);
    return at == seen.end() || at + 1 == seen.end() ? "" : at[1].get<std::string>();
  };
  EXPECT_EQ(follows("--method"), "pix2pix");
  EXPECT_EQ(follows("--steps"), "2");
  EXPECT_NE(std::find(seen.begin(), seen.end(), "--small"), seen.end());
}

TEST_F(BenchTest, TrainGoesOnWithoutAPeerThatFails) {
  const std::string peer = write_text("peer.py", "raise SystemExit(1)\n");
  const Finished result =
      imago({"bench", "train", "--small", "--runs", "1", "--filter", "pix2pix", "--peer", peer});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("pix2pix"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("PyTorch was not measured"), std::string::npos) << result.out;
}

// StyleGAN2's regularisers are left out of most steps, and count for as much as they are run.
TEST_F(BenchTest, TrainMeasuresARecipe) {
  const std::string recipe =
      write_text("tiny.json", R"({"imago_recipe": 1, "title": "t", "task": "new pictures",
      "description": "d", "limits": "l", "data": {"folder": "f", "what": "w", "terms": "t"},
      "options": {"method": "stylegan2", "crop_size": 8, "ngf": 2, "ndf": 2, "latent": 4,
                  "mapping_layers": 1, "batch_size": 2}, "evaluate": []})");
  const Finished result =
      imago({"bench", "train", "--recipe", recipe, "--runs", "1", "--kernels", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json methods = json::parse(result.out).at("methods");
  ASSERT_EQ(methods.size(), 1u);
  EXPECT_EQ(methods[0].at("method"), "stylegan2");
  EXPECT_EQ(methods[0].at("batch"), 2);
  EXPECT_EQ(methods[0].at("side"), 8);
  EXPECT_GT(methods[0].at("milliseconds_per_step"), 0);
  if (!methods[0].at("idle_share").is_null()) {
    EXPECT_GT(methods[0].at("idle_share"), -0.01)
        << "a device cannot work longer than a step takes";
    EXPECT_LT(methods[0].at("idle_share"), 1);
  }
  EXPECT_TRUE(methods[0].at("pytorch").is_null());
}

TEST_F(BenchTest, TrainNamesTheMethodsThereAre) {
  const Finished result = imago({"bench", "train", "--small", "--filter", "stylegan"});
  EXPECT_EQ(result.status, 2);
  expect_one_line(result.err);
  EXPECT_NE(result.err.find("cyclegan"), std::string::npos) << result.err;
}

TEST_F(BenchTest, LiveMeasuresWhatCameWithAnInstalledProgram) {
  const fs::path models = folder_ / "usr/share/imago/models", program = folder_ / "usr/bin/imago";
  fs::create_directories(models);
  fs::create_directories(program.parent_path());
  fs::copy_file(IMAGO_PROGRAM, program);
  fs::copy_file(IMAGO_FIXTURES "/models/compact_x1_grey.safetensors", models / "grey.safetensors");
  const Finished result = run({program.string(), "bench", "live", "--runs", "1", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json sizes = json::parse(result.out).at("models");
  ASSERT_EQ(sizes.size(), 2u);
  EXPECT_EQ(sizes[0].at("model"), "grey");
}

TEST_F(BenchTest, LiveMeasuresAModelAtBothSizes) {
  const std::string model = IMAGO_FIXTURES "/models/compact_x1_grey.safetensors";
  const Finished result = imago({"bench", "live", "-n", model, "--runs", "3", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json sizes = json::parse(result.out).at("models");
  ASSERT_EQ(sizes.size(), 2u);
  EXPECT_EQ(sizes[0].at("width"), 256);
  EXPECT_EQ(sizes[1].at("height"), 288);
  for (const json& size : sizes) {
    const double rate = size.at("pictures_per_second"), latency = size.at("latency_milliseconds");
    EXPECT_GT(latency, 0);
    EXPECT_GE(size.at("latency_95_milliseconds"), latency);
    EXPECT_GT(rate, 0);
    if (!size.at("idle_share").is_null()) {
      EXPECT_GE(size.at("idle_share"), 0);
      EXPECT_LT(size.at("idle_share"), 1);
    }
  }
}

}  // namespace
}  // namespace imago
