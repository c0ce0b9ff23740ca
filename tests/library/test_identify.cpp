// That a checkpoint's keys and shapes alone tell the network, and that what fits none is explained.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/networks/generator.h"
#include "tests/networks/fixture.h"

namespace imago {
namespace {

// "srresnet batch, 5 blocks of 64, 3 to 3 x4", then what is out of the ordinary.
std::string summary(const ModelInfo& info) {
  std::ostringstream text;
  text << info.architecture << " " << info.norm << ", " << info.blocks << " blocks of "
       << info.features << ", " << info.in_channels << " to " << info.out_channels << " x"
       << info.scale;
  if (info.dropout) text << ", dropout";
  if (info.minimum != 1 || info.multiple != 1) {
    text << ", from " << info.minimum << " by " << info.multiple;
  }
  if (info.precision != "F32") text << ", " << info.precision;
  return text.str();
}

const std::map<std::string, std::string> kExpected = {
    {"unet_256_batch", "unet_256 batch, 8 blocks of 2, 3 to 3 x1, dropout, from 256 by 256"},
    {"unet_128_batch", "unet_128 batch, 7 blocks of 1, 3 to 3 x1, dropout, from 128 by 128"},
    {"unet_128_instance", "unet_128 instance, 7 blocks of 1, 3 to 2 x1, dropout, from 128 by 128"},
    {"unet_128_none", "unet_128 none, 7 blocks of 1, 1 to 3 x1, dropout, from 128 by 128"},
    {"resnet_9blocks_instance", "resnet_9blocks instance, 9 blocks of 2, 3 to 3 x1, from 8 by 4"},
    {"resnet_9blocks_affine",
     "resnet_9blocks instance_affine, 9 blocks of 2, 3 to 1 x1, from 8 by 4"},
    {"resnet_6blocks_batch_dropout",
     "resnet_6blocks batch, 6 blocks of 2, 3 to 3 x1, dropout, from 8 by 4"},
    {"resnet_6blocks_instance_dropout",
     "resnet_6blocks instance, 6 blocks of 2, 1 to 3 x1, dropout, from 8 by 4"},
    {"resnet_6blocks_none", "resnet_6blocks none, 6 blocks of 2, 3 to 3 x1, from 8 by 4"},
    {"resnet_6blocks_absent",
     "resnet_6blocks none, 6 blocks of 2, 3 to 3 x1, dropout, from 8 by 4"},
    {"unet_128_resize",
     "unet_128_resize instance, 7 blocks of 1, 3 to 3 x1, dropout, from 128 by 128"},
    {"resnet_6blocks_resize",
     "resnet_6blocks_resize instance, 6 blocks of 2, 3 to 3 x1, from 8 by 4"},
    {"sketchnet_2blocks_instance",
     "sketchnet_2blocks instance, 2 blocks of 3, 3 to 3 x1, from 64 by 32"},
    {"sketchnet_1blocks_batch", "sketchnet_1blocks batch, 1 blocks of 2, 1 to 3 x1, from 64 by 32"},
    {"sketchnet_3blocks_none", "sketchnet_3blocks none, 3 blocks of 2, 3 to 1 x1, from 64 by 32"},
    {"leftthomas_x2_prelu", "srresnet batch, 5 blocks of 4, 3 to 3 x2"},
    {"leftthomas_x4_norm", "srresnet batch, 5 blocks of 4, 3 to 3 x4"},
    {"leftthomas_x8_prelu", "srresnet batch, 5 blocks of 4, 3 to 3 x8"},
    {"lornatang_x4", "srresnet batch, 3 blocks of 4, 3 to 3 x4"},
    {"lornatang_x2_new", "srresnet batch, 2 blocks of 5, 3 to 3 x2"},
    {"msrresnet_x4", "msrresnet none, 2 blocks of 6, 3 to 3 x4"},
    {"msrresnet_x3_grey", "msrresnet none, 2 blocks of 4, 1 to 1 x3"},
    {"msrresnet_x2_early", "msrresnet none, 3 blocks of 4, 3 to 3 x2"},
    {"rrdb_x4", "rrdbnet none, 2 blocks of 6, 3 to 3 x4"},
    {"rrdb_x2", "rrdbnet none, 2 blocks of 4, 3 to 3 x2, from 2 by 2"},
    {"rrdb_x1", "rrdbnet none, 1 blocks of 4, 3 to 3 x1, from 4 by 4"},
    {"rrdb_x2_grey", "rrdbnet none, 1 blocks of 4, 1 to 1 x2, from 2 by 2"},
    {"rrdb_bsrgan_x4", "rrdbnet none, 2 blocks of 4, 3 to 3 x4"},
    {"rrdb_bsrgan_x2", "rrdbnet none, 2 blocks of 4, 3 to 3 x2"},
    {"rrdb_old_x4", "rrdbnet none, 2 blocks of 4, 3 to 3 x4"},
    {"rrdb_old_x2", "rrdbnet none, 2 blocks of 4, 3 to 3 x2"},
    {"rrdb_old_x1", "rrdbnet none, 3 blocks of 4, 1 to 1 x1"},
    {"compact_x4", "srvggnet_compact none, 4 blocks of 8, 3 to 3 x4"},
    {"compact_x2_half", "srvggnet_compact none, 4 blocks of 8, 3 to 3 x2, F16"},
    {"compact_x3_bfloat", "srvggnet_compact none, 3 blocks of 6, 3 to 3 x3, BF16"},
    {"compact_x1_grey", "srvggnet_compact none, 2 blocks of 6, 1 to 1 x1"},
    {"span_x2", "span none, 6 blocks of 4, 3 to 3 x2"},
    {"span_x4_no_norm", "span none, 6 blocks of 3, 3 to 3 x4"},
    {"realplksr_x4", "realplksr group, 2 blocks of 8, 3 to 3 x4"},
    {"realplksr_x2_plain", "realplksr group, 1 blocks of 8, 3 to 3 x2"},
    {"realplksr_x1_layer_norm", "realplksr layer, 2 blocks of 8, 3 to 3 x1"},
    {"cugan_x2", "real-cugan none, 2 blocks of 8, 3 to 3 x2, from 20 by 2"},
    {"cugan_x3", "real-cugan none, 2 blocks of 8, 3 to 3 x3, from 20 by 4"},
    {"cugan_x4_pro", "real-cugan none, 2 blocks of 8, 3 to 3 x4, from 20 by 2"},
};

TEST(Identify, TellsEveryNetworkByKeysAndShapes) {
  for (const std::string& name : fixture_names()) {
    SCOPED_TRACE(name);
    const Fixture fixture = load_fixture(name);
    const ModelInfo info = identify(fixture.weights).info;
    EXPECT_EQ(summary(info), kExpected.at(name));
    EXPECT_EQ(info.parameters, fixture.parameters);
    const bool translates =
        name.starts_with("unet") || name.starts_with("resnet") || name.starts_with("sketchnet");
    EXPECT_EQ(info.input_low, translates ? -1 : 0);
    EXPECT_EQ(info.input_high, 1);
    EXPECT_FALSE(info.paper.empty());
  }
  EXPECT_EQ(kExpected.size(), fixture_names().size());
}

TEST(Identify, ConvertsWeightsToSinglePrecision) {
  for (const char* name : {"compact_x2_half", "compact_x3_bfloat", "unet_128_batch"}) {
    const Fixture fixture = load_fixture(name);
    for (const auto& [key, tensor] : identify(fixture.weights).weights) {
      EXPECT_EQ(tensor.type, DType::f32) << key;
      EXPECT_EQ(tensor.to_float(), fixture.weights.find(key)->to_float()) << key;
      EXPECT_EQ(tensor.shape, fixture.weights.find(key)->shape) << key;
    }
  }
}

TEST(Identify, DropsWhatTheNetworkDoesNotUse) {
  const Generator cyclegan = identify(load_fixture("resnet_9blocks_instance").weights);
  EXPECT_TRUE(load_fixture("resnet_9blocks_instance").weights.contains("model.2.running_mean"));
  EXPECT_FALSE(cyclegan.weights.contains("model.2.running_mean"));
  const Generator pix2pix = identify(load_fixture("resnet_6blocks_batch_dropout").weights);
  EXPECT_TRUE(pix2pix.weights.contains("model.2.running_mean"));
  EXPECT_FALSE(pix2pix.weights.contains("model.2.num_batches_tracked"));
}

TEST(Identify, TakesTheStatisticsThePaperSays) {
  EXPECT_TRUE(identify(load_fixture("unet_256_batch").weights).defaults.batch_statistics);
  for (const char* name : {"resnet_6blocks_batch_dropout", "leftthomas_x4_norm", "lornatang_x4"}) {
    EXPECT_FALSE(identify(load_fixture(name).weights).defaults.batch_statistics) << name;
  }
}

TEST(Identify, KnowsFromTheMetadataHowItIsMeant) {
  StateDict weights = load_fixture("resnet_9blocks_instance").weights;
  EXPECT_EQ(identify(weights).info.side, 0);
  EXPECT_FALSE(identify(weights).info.keeps_luma);
  const std::vector<std::pair<std::string, int>> sides = {
      {"352", 352}, {"0", 0}, {"-5", 0}, {"12x", 0}, {"", 0}, {"99999999999", 0}, {"65537", 0}};
  for (const auto& [text, side] : sides) {
    weights.metadata["imago_side"] = text;
    EXPECT_EQ(identify(weights).info.side, side) << text;
  }
  EXPECT_EQ(identify(weights).info.shifts, 1);
  const std::vector<std::pair<std::string, int>> shifts = {{"4", 4}, {"8", 8},  {"9", 1},
                                                           {"0", 1}, {"-1", 1}, {"x", 1}};
  for (const auto& [text, number] : shifts) {
    weights.metadata["imago_shifts"] = text;
    EXPECT_EQ(identify(weights).info.shifts, number) << text;
  }
  EXPECT_EQ(identify(weights).info.margin, 0);
  weights.metadata["imago_margin"] = "32";
  EXPECT_EQ(identify(weights).info.margin, 32);
  EXPECT_EQ(metadata_of(identify(weights)).at("imago_margin"), "32");
  weights.metadata["imago_margin"] = "1025";
  EXPECT_EQ(identify(weights).info.margin, 0);
  weights.metadata["imago_luma"] = "input";
  EXPECT_TRUE(identify(weights).info.keeps_luma);
  weights.metadata["imago_luma"] = "output";
  EXPECT_FALSE(identify(weights).info.keeps_luma);
  StateDict unet = load_fixture("unet_128_batch").weights;
  EXPECT_TRUE(identify(unet).info.global_statistics);
  EXPECT_FALSE(identify(unet).info.running_statistics);
  unet.metadata["imago_statistics"] = "running";
  const Generator running = identify(unet);
  EXPECT_FALSE(running.defaults.batch_statistics);
  EXPECT_FALSE(running.info.global_statistics);
  EXPECT_TRUE(running.info.running_statistics);
  weights.metadata["imago_statistics"] = "running";  // of instance norm: has none
  EXPECT_TRUE(identify(weights).info.global_statistics);
  EXPECT_FALSE(identify(unet).info.takes_drawings);
  unet.metadata["imago_input"] = "drawing";
  EXPECT_TRUE(identify(unet).info.takes_drawings);
  EXPECT_EQ(metadata_of(identify(unet)).at("imago_input"), "drawing");
  StateDict upscaler = load_fixture("compact_x4").weights;
  upscaler.metadata["imago_luma"] = "input";
  EXPECT_FALSE(identify(upscaler).info.keeps_luma);
}

TEST(Identify, KnowsTheLicenceInTheMetadata) {
  StateDict weights = load_fixture("compact_x4").weights;
  weights.metadata["license"] = "CC-BY-NC-4.0";
  EXPECT_EQ(identify(weights).info.license, "CC-BY-NC-4.0");
}

// One of each architecture.
const char* const kOneOfEach[] = {
    "unet_128_batch", "resnet_6blocks_absent", "leftthomas_x4_norm", "lornatang_x2_new",
    "msrresnet_x4",   "rrdb_x2_grey",          "compact_x4",         "sketchnet_2blocks_instance"};

// Every fifth tensor that the network uses: weights and biases of all depths.
std::vector<std::string> sample(const StateDict& weights) {
  std::vector<std::string> keys;
  size_t index = 0;
  const Generator generator = identify(weights);
  for (const auto& [key, tensor] : generator.weights) {
    if (index++ % 5 == 0) keys.push_back(key);
  }
  return keys;
}

TEST(Identify, RefusesANetworkWithATensorMissing) {
  for (const std::string name : kOneOfEach) {
    const StateDict whole = load_fixture(name).weights;
    for (const std::string& key : sample(whole)) {
      StateDict rest = whole;
      rest.erase(key);
      EXPECT_THROW(identify(rest), Error) << name << " without " << key;
    }
  }
}

TEST(Identify, RefusesANetworkWithAShapeWrong) {
  for (const std::string name : kOneOfEach) {
    const StateDict whole = load_fixture(name).weights;
    for (const std::string& key : sample(whole)) {
      StateDict changed;
      for (const auto& [other, value] : whole) {
        std::vector<int64_t> shape = value.shape;
        if (other == key) shape.insert(shape.begin(), {2, 1});
        changed.insert(other, HostTensor{value.type, shape, value.data});
      }
      EXPECT_THROW(identify(changed), Error) << name << " with " << key << " of a higher rank";
    }
  }
}

std::string refusal(const StateDict& tensors) {
  try {
    identify(tensors);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Identify, NamesTheNearestNetworkAndWhatIsMissing) {
  StateDict weights = load_fixture("rrdb_x4").weights;
  weights.erase("conv_hr.weight");
  weights.erase("body.0.rdb2.conv3.bias");
  weights.insert("attention.0.weight", HostTensor::from_float({1}, {1.0f}));
  EXPECT_EQ(refusal(weights),
            "the tensors fit no network that Imago knows. Nearest is ESRGAN RRDBNet (keys "
            "body.N.rdb1…) (rrdbnet): 70 of its 72 tensors are there; missing: "
            "body.0.rdb2.conv3.bias, conv_hr.weight; not part of it: attention.0.weight");
}

TEST(Identify, SaysWhichShapesDiffer) {
  StateDict weights = load_fixture("leftthomas_x4_norm").weights;
  weights.erase("block3.conv1.weight");
  weights.insert("block3.conv1.weight",
                 HostTensor::from_float({4, 4, 1, 1}, std::vector<float>(16)));
  const std::string message = refusal(weights);
  EXPECT_NE(message.find("of another shape: block3.conv1.weight is 4x4x1x1, expected 4x4x3x3"),
            std::string::npos)
      << message;
}

TEST(Identify, SaysMuchBriefly) {
  StateDict weights = load_fixture("msrresnet_x4").weights;
  StateDict few;
  for (const char* key : {"conv_first.weight", "conv_first.bias", "body.1.conv1.weight"}) {
    few.insert(key, *weights.find(key));
  }
  const std::string message = refusal(few);
  EXPECT_NE(message.find("MSRResNet"), std::string::npos) << message;
  EXPECT_NE(message.find(" more"), std::string::npos) << message;
  EXPECT_LT(message.size(), 500u);
}

TEST(Identify, ExplainsFilesOfOtherKinds) {
  EXPECT_EQ(refusal({}), "the file holds no tensors, so no network");
  StateDict classifier;
  classifier.insert("layer1.0.conv1.weight", HostTensor::from_float({1}, {1}));
  classifier.insert("fc.weight", HostTensor::from_float({1, 1}, {1}));
  EXPECT_NE(refusal(classifier).find("layer1.0.conv1.weight, fc.weight. Known are: pix2pix U-Net"),
            std::string::npos)
      << refusal(classifier);

  StateDict patchgan;
  const int64_t widths[] = {6, 2, 4, 8, 8, 1};
  const int indices[] = {0, 2, 5, 8, 11};
  for (int i = 0; i < 5; ++i) {
    const std::vector<int64_t> shape = {widths[i + 1], widths[i], 4, 4};
    const auto count = static_cast<size_t>(widths[i + 1] * widths[i] * 16);
    patchgan.insert("model." + std::to_string(indices[i]) + ".weight",
                    HostTensor::from_float(shape, std::vector<float>(count)));
  }
  EXPECT_NE(refusal(patchgan).find("this is a discriminator"), std::string::npos)
      << refusal(patchgan);
}

// Keys and shapes that nobody means well with: refused, and soon.
TEST(Identify, StaysSaneOnAbsurdKeysAndShapes) {
  const HostTensor empty{DType::f32, {int64_t{1} << 62, 0, 3, 3}, {}};
  std::string nested = "model.model.1.model";
  for (int i = 0; i < 10000; ++i) nested += ".3.model";
  for (const std::string key :
       {"conv_first.weight", "body.0.weight", "model.0.weight", "model.1.weight",
        "model.model.0.weight", "block1.0.weight", "conv1.0.weight", "upconv999999999.weight",
        "body.99999999999999999999.rdb1.conv1.weight", "block8.-1.conv.weight"}) {
    StateDict tensors;
    tensors.insert(key, empty);
    tensors.insert(nested + ".1.weight", empty);
    for (int i = 0; i < 3000; ++i) {
      tensors.insert("body." + std::to_string(i) + ".rdb1.x", HostTensor::from_float({1}, {1.0f}));
    }
    EXPECT_THROW(identify(tensors), Error) << key;
  }
}

TEST(Identify, NamesTheFileInErrors) {
  const auto path = std::filesystem::path(IMAGO_FIXTURES) / "vgg.safetensors";
  try {
    load_generator(path);  // no generator
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("vgg.safetensors"), std::string::npos);
  }
}

TEST(Identify, KnowsThePublishedSrgan) {
  const auto folder = std::filesystem::path(IMAGO_SHARED_DATA) / "checkpoints";
  for (const int scale : {2, 4}) {
    const auto path = folder / ("srgan_x" + std::to_string(scale) + "_leftthomas.pth");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "not there: " << path;
    const ModelInfo info = load_generator(path).info;
    EXPECT_EQ(info.architecture, "srresnet");
    EXPECT_EQ(info.scale, scale);
    EXPECT_EQ(info.blocks, 5);
    EXPECT_EQ(info.features, 64);
    EXPECT_EQ(info.norm, "batch");
    EXPECT_EQ(info.name, path.stem().string());
    EXPECT_EQ(info.parameters, scale == 2 ? 586379 : 734092);
  }
}

}  // namespace
}  // namespace imago
