// `imago info`, `devices`, `export` and `gui`.
#include "models/checkpoint/checkpoint.h"
#include "models/networks/discriminators.h"
#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using CommandTest = CliTest;

TEST_F(CommandTest, InfoTellsWhatACheckpointIs) {
  write_nearest_model(folder_ / "tiny.safetensors", 2);
  const Finished result = imago({"info", "tiny.safetensors", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json info = json::parse(result.out);
  EXPECT_EQ(info.at("name"), "tiny");
  EXPECT_EQ(info.at("architecture"), "srvggnet_compact");
  EXPECT_EQ(info.at("scale"), 2);
  EXPECT_EQ(info.at("in_channels"), 3);
  EXPECT_EQ(info.at("out_channels"), 3);
  EXPECT_EQ(info.at("features"), 4);
  EXPECT_EQ(info.at("parameters"), 108 + 4 + 4 + 432 + 12);
  EXPECT_EQ(info.at("precision"), "F32");
  EXPECT_TRUE(info.at("license").is_string());
  EXPECT_TRUE(info.at("norm").is_string());
  const Finished text = imago({"info", "tiny.safetensors"});
  EXPECT_EQ(text.status, 0);
  EXPECT_NE(text.out.find("srvggnet_compact"), std::string::npos) << text.out;
}

TEST_F(CommandTest, TellsADiscriminatorForWhatItIs) {
  const DiscriminatorConfig config = {.in_channels = 6, .features = 2, .layers = 2};
  StateDict weights;
  for (const auto& [key, shape, vector] : wanted_tensors(config)) {
    const std::vector<float> zeros(static_cast<size_t>(shape.elements()));
    weights.insert(key, HostTensor::from_float(
                            vector ? std::vector<int64_t>{shape.elements()}
                                   : std::vector<int64_t>{shape.n, shape.c, shape.h, shape.w},
                            zeros));
  }
  write_safetensors(weights, folder_ / "latest_net_D.safetensors");
  const Finished result = imago({"info", "latest_net_D.safetensors", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json info = json::parse(result.out);
  EXPECT_EQ(info.at("architecture"), "patchgan_2layers");
  EXPECT_EQ(info.at("in_channels"), 6);
  EXPECT_EQ(info.at("parameters"),
            (6 * 2 + 2 * 4 + 4 * 8 + 8) * 16 + 2 + 2 * 4 + 2 * 8 + 1);  // weights, biases, norms
  EXPECT_EQ(info.at("norm"), "batch");

  write_picture("in.ppm");
  const Finished refused =
      imago({"translate", "-i", "in.ppm", "-o", "out.ppm", "-n", "latest_net_D.safetensors"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("this is a discriminator, not a generator"), std::string::npos)
      << refused.err;
}

TEST_F(CommandTest, DevicesListsWhatTranslateCanUse) {
  const Finished result = imago({"devices", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json devices = json::parse(result.out).at("devices");
  ASSERT_GE(devices.size(), 1u);
  for (const json& device : devices) {
    EXPECT_NE(device.at("name"), "");
    EXPECT_NE(device.at("kind"), "");
    EXPECT_TRUE(device.at("driver").is_string());
    EXPECT_TRUE(device.at("memory_bytes").is_number());
    EXPECT_GE(device.at("limits").size(), 1u);
    EXPECT_TRUE(device.at("golden").is_string());
  }
  // A device is chosen by its index and by part of its name.
  write_nearest_model(folder_ / "x2.safetensors", 2);
  write_picture("in.ppm");
  const std::string name = devices[0]["name"];
  for (const std::string& device : {std::string("0"), name.substr(0, 5)}) {
    const Finished translated = imago({"translate", "-i", "in.ppm", "-o", "out.ppm", "-n",
                                       "x2.safetensors", "-g", device, "--json"});
    ASSERT_EQ(translated.status, 0) << translated.err;
    EXPECT_EQ(json::parse(translated.out).at("device"), name);
  }
}

TEST_F(CommandTest, ExportKeepsEveryTensor) {
  write_nearest_model(folder_ / "tiny.safetensors", 2);
  ASSERT_EQ(imago({"export", "tiny.safetensors", "-o", "tiny.pth"}).status, 0);
  ASSERT_EQ(imago({"export", "tiny.pth", "-o", "again.safetensors"}).status, 0);
  const StateDict before = read_checkpoint(folder_ / "tiny.safetensors");
  const StateDict after = read_checkpoint(folder_ / "again.safetensors");
  EXPECT_EQ(before.size(), 5u);
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [name, tensor] : before) {
    const HostTensor* found = after.find(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->type, tensor.type) << name;
    EXPECT_EQ(found->shape, tensor.shape) << name;
    EXPECT_EQ(found->data, tensor.data) << name;
  }
}

TEST_F(CommandTest, ExportHalvesTheWeights) {
  write_nearest_model(folder_ / "tiny.safetensors", 2);
  ASSERT_EQ(imago({"export", "tiny.safetensors", "-o", "half.safetensors", "--precision", "fp16",
                   "--license", "CC0-1.0"})
                .status,
            0);
  const StateDict before = read_checkpoint(folder_ / "tiny.safetensors");
  for (const auto& [name, tensor] : read_checkpoint(folder_ / "half.safetensors")) {
    EXPECT_EQ(tensor.type, DType::f16) << name;
    EXPECT_EQ(tensor.shape, before.find(name)->shape) << name;
    EXPECT_EQ(tensor.to_float(), before.find(name)->to_float()) << name;  // small whole numbers
  }
  const json info = json::parse(imago({"info", "half.safetensors", "--json"}).out);
  EXPECT_EQ(info.at("precision"), "F16");
  EXPECT_EQ(info.at("license"), "CC0-1.0");
  ASSERT_EQ(imago({"export", "tiny.safetensors", "-o", "a.pth", "--license", "MIT"}).status, 0);
  EXPECT_EQ(json::parse(imago({"info", "a.pth", "--json"}).out).at("license"), "MIT");
}

TEST_F(CommandTest, ExportMixesTheWeightsOfTwoModels) {
  const auto write = [&](const char* file, float value) {
    write_nearest_model(folder_ / "tiny.safetensors", 2);
    const StateDict tiny = read_checkpoint(folder_ / "tiny.safetensors");
    StateDict changed;
    changed.metadata = tiny.metadata;
    for (const auto& [name, tensor] : tiny) {
      std::vector<float> values = tensor.to_float();
      for (size_t i = 0; i < values.size(); ++i) values[i] = value + static_cast<float>(i % 7);
      changed.insert(name, HostTensor::from_float(tensor.shape, values));
    }
    write_safetensors(changed, folder_ / file);
  };
  write("one.safetensors", 1);
  write("nine.safetensors", 9);
  for (const char* file : {"mix.safetensors", "mix.pth"}) {
    ASSERT_EQ(imago({"export", "one.safetensors", "--blend", "nine.safetensors", "--blend-share",
                     "0.25", "-o", file})
                  .status,
              0);
    for (const auto& [name, tensor] : read_checkpoint(folder_ / file)) {
      const std::vector<float> values = tensor.to_float();
      for (size_t i = 0; i < values.size(); ++i)
        ASSERT_EQ(values[i], 3 + static_cast<float>(i % 7)) << file << ' ' << name;
    }
  }
  write_nearest_model(folder_ / "x4.safetensors", 4);
  const Finished refused =
      imago({"export", "one.safetensors", "--blend", "x4.safetensors", "-o", "a.pth"});
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.err.find("x4.safetensors: is another network"), std::string::npos)
      << refused.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.pth"));
}

TEST_F(CommandTest, ExportTellsHowANetworkIsMeant) {
  write_nearest_model(folder_ / "same.safetensors", 1);
  ASSERT_EQ(imago({"export", "same.safetensors", "-o", "meant.safetensors", "--side", "8",
                   "--shifts", "4", "--margin", "16", "--keep-luma"})
                .status,
            0);
  const json info = json::parse(imago({"info", "meant.safetensors", "--json"}).out);
  EXPECT_EQ(info.at("side"), 8);
  EXPECT_EQ(info.at("shifts"), 4);
  EXPECT_EQ(info.at("margin"), 16);
  ASSERT_EQ(imago({"export", "meant.safetensors", "-o", "none.pth", "--margin", "0"}).status, 0);
  EXPECT_EQ(json::parse(imago({"info", "none.pth", "--json"}).out).at("margin"), 0);
  EXPECT_EQ(info.at("keeps_luma"), true);
  EXPECT_EQ(json::parse(imago({"info", "same.safetensors", "--json"}).out).at("side"), 0);
  ASSERT_EQ(imago({"export", "same.safetensors", "-o", "a.pth", "--side", "8"}).status, 0);
  EXPECT_EQ(json::parse(imago({"info", "a.pth", "--json"}).out).at("side"), 8);
  write_nearest_model(folder_ / "x2.safetensors", 2);
  EXPECT_EQ(imago({"export", "x2.safetensors", "-o", "a.safetensors", "--keep-luma"}).status, 2);
}

TEST_F(CommandTest, GuiStartsTheAppBesideTheProgram) {
  const fs::path program = folder_ / "imago";
  fs::copy_file(IMAGO_PROGRAM, program);
  const Finished absent = run({program, "gui"});
  EXPECT_EQ(absent.status, 1);
  expect_one_line(absent.err);
  EXPECT_NE(absent.err.find("not built"), std::string::npos) << absent.err;

  fs::permissions(write_text("imago-gui", "#!/bin/sh\nfor a; do echo \"[$a]\"; done\nexit 7\n"),
                  fs::perms::owner_all);
  const Finished started = run({program, "gui", "a b.png", "--page", "x"});
  EXPECT_EQ(started.status, 7);
  EXPECT_EQ(started.out, "[a b.png]\n[--page]\n[x]\n");
}

}  // namespace
}  // namespace imago
