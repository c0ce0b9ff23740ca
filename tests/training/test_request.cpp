// The settings of training: defaults, what does not fit together, and checkpoints to go on from.
#include "models/training/request.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/tensor_match.h"
#include "models/library/identify.h"
#include "models/training/prepare.h"

namespace imago {
namespace {

using R = TrainingRequest;

namespace fs = std::filesystem;

// The numbers of pytorch-CycleGAN-and-pix2pix's options and models.
TEST(Request, DefaultsOfPix2PixAndCycleGan) {
  for (const std::string method : {"pix2pix", "cyclegan"}) {
    const TrainingRequest r = default_request(method);
    EXPECT_EQ(r.method, method);
    EXPECT_EQ(r.checkpoints_dir, "checkpoints");
    EXPECT_EQ(r.data.input_channels, 3);
    EXPECT_EQ(r.data.output_channels, 3);
    EXPECT_EQ(r.data.load_size, 286);
    EXPECT_EQ(r.data.crop_size, 256);
    EXPECT_EQ(r.data.preprocess, Preprocess::resize_and_crop);
    EXPECT_EQ(r.data.phase, "train");
    EXPECT_TRUE(r.data.flip);
    EXPECT_FALSE(r.data.b_to_a);
    EXPECT_FALSE(r.data.in_order);
    EXPECT_EQ(r.data.batch_size, 1);
    EXPECT_EQ(r.data.max_dataset_size, 0);
    EXPECT_EQ(r.discriminator, "basic");
    EXPECT_EQ(r.generator_features, 64);
    EXPECT_EQ(r.discriminator_features, 64);
    EXPECT_EQ(r.discriminator_layers, 3);
    EXPECT_EQ(r.init.type, InitType::normal);
    EXPECT_EQ(r.init.gain, 0.02f);
    EXPECT_EQ(r.schedule.policy, LearningRatePolicy::linear);
    EXPECT_EQ(r.schedule.learning_rate, 0.0002f);
    EXPECT_EQ(r.schedule.epochs, 100);
    EXPECT_EQ(r.schedule.epochs_decay, 100);
    EXPECT_EQ(r.schedule.decay_epochs, 50);
    EXPECT_EQ(r.schedule.first_epoch, 1);
    EXPECT_EQ(r.adam.beta1, 0.5f);
    EXPECT_EQ(r.adam.beta2, 0.999f);
    EXPECT_EQ(r.adam.epsilon, 1e-8f);
    EXPECT_EQ(r.adam.weight_decay, 0);
    EXPECT_EQ(r.adam.clip_norm, 0);
    EXPECT_EQ(r.ema, 0);
    EXPECT_EQ(r.save_epochs, 5);
    EXPECT_EQ(r.print_steps, 100);
    EXPECT_FALSE(r.spectral_norm);
  }
  const TrainingRequest pix2pix = default_request("pix2pix"),
                        cyclegan = default_request("cyclegan");
  EXPECT_EQ(pix2pix.generator, "unet_256");
  EXPECT_EQ(pix2pix.norm, Norm::batch);
  EXPECT_EQ(pix2pix.data.kind, DataKind::aligned);
  EXPECT_EQ(pix2pix.gan_mode, GanMode::vanilla);
  EXPECT_EQ(pix2pix.pool_size, 0);
  EXPECT_EQ(pix2pix.lambda_l1, 100);
  EXPECT_TRUE(pix2pix.dropout);
  EXPECT_EQ(cyclegan.generator, "resnet_9blocks");
  EXPECT_EQ(cyclegan.norm, Norm::instance);
  EXPECT_EQ(cyclegan.data.kind, DataKind::unaligned);
  EXPECT_EQ(cyclegan.gan_mode, GanMode::lsgan);
  EXPECT_EQ(cyclegan.pool_size, 50);
  EXPECT_EQ(cyclegan.lambda_a, 10);
  EXPECT_EQ(cyclegan.lambda_b, 10);
  EXPECT_EQ(cyclegan.lambda_identity, 0.5f);
  EXPECT_FALSE(cyclegan.dropout);
}

// Ledig et al. 2017 (16 blocks, Adam with 1e-4 and 0.9, batches of 16 crops of 96) and the weights
// of leftthomas' SRGAN.
TEST(Request, DefaultsOfSrgan) {
  const TrainingRequest r = default_request("srgan");
  EXPECT_EQ(r.generator, "srresnet");
  EXPECT_EQ(r.discriminator, "srgan");
  EXPECT_EQ(r.data.kind, DataKind::photos);
  EXPECT_EQ(r.data.scale, 4);
  EXPECT_EQ(r.data.crop_size, 96);
  EXPECT_EQ(r.data.batch_size, 16);
  EXPECT_FALSE(r.data.degrade);
  EXPECT_EQ(r.schedule.learning_rate, 0.0001f);
  EXPECT_EQ(r.adam.beta1, 0.9f);
  EXPECT_EQ(r.adam.beta2, 0.999f);
  EXPECT_EQ(r.pixel_loss, PixelLoss::mse);
  EXPECT_EQ(r.pixel_weight, 1);
  EXPECT_EQ(r.adversarial_weight, 0.001f);
  EXPECT_EQ(r.feature_weight, 0.006f);
  EXPECT_EQ(r.total_variation_weight, 2e-8f);
  EXPECT_FALSE(r.relativistic);
  const Shape small = {1, 3, 24, 24}, large = {1, 3, 96, 96};
  const PreparedTraining prepared = prepare(r, small, large);
  EXPECT_EQ(prepared.method.generators[0].architecture.info.blocks, 16);
  EXPECT_EQ(prepared.method.generators[0].architecture.info.features, 64);
}

/// What `method` at its defaults, changed by `change`, is refused with; empty if it is not.
std::string refusal(const std::string& method,
                    const std::function<void(TrainingRequest&)>& change = {}) {
  TrainingRequest request = default_request(method);
  if (change) change(request);
  try {
    check(request);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void expect_refused(const std::string& method, const std::function<void(TrainingRequest&)>& change,
                    const std::string& part) {
  const std::string message = refusal(method, change);
  EXPECT_NE(message.find(part), std::string::npos) << '"' << part << "\" is not in: " << message;
}

TEST(Request, TheDefaultsAreAccepted) {
  for (const std::string method : {"pix2pix", "cyclegan", "srgan"})
    EXPECT_EQ(refusal(method), "") << method;
  EXPECT_THROW(default_request("stylegan"), Error);
}

TEST(Request, WhatDoesNotFitTogetherIsNamed) {
  expect_refused(
      "pix2pix", [](R& r) { r.generator = "unet_100"; }, "--netG unet_100");
  expect_refused(
      "pix2pix", [](R& r) { r.generator = "rrdbnet"; }, "--netG rrdbnet");
  expect_refused(
      "srgan", [](R& r) { r.generator = "unet_256"; }, "--netG unet_256");
  expect_refused(
      "cyclegan", [](R& r) { r.discriminator = "judge"; }, "--netD judge");
  expect_refused(
      "pix2pix", [](R& r) { r.data.crop_size = 128; },
      "multiples of 256, these are 128x128; change --crop-size or --netG");
  expect_refused(
      "cyclegan", [](R& r) { r.data.crop_size = 250; }, "multiples of 4");
  expect_refused(
      "cyclegan",
      [](R& r) {
        r.discriminator = "n_layers";
        r.discriminator_layers = 7;
      },
      "sides must be at least 384");
  expect_refused(
      "cyclegan", [](R& r) { r.data.output_channels = 1; }, "--lambda-identity");
  expect_refused(
      "srgan", [](R& r) { r.data.scale = 6; }, "--scale 6");
  expect_refused(
      "srgan", [](R& r) { r.norm = Norm::instance; }, "batch or none, not instance");
  expect_refused(
      "srgan",
      [](R& r) {
        r.data.scale = 3;
        r.generator = "rrdbnet";
      },
      "--netG rrdbnet");
  expect_refused(
      "pix2pix", [](R& r) { r.data.load_size = 200; }, "--load-size 200");
  expect_refused(
      "pix2pix", [](R& r) { r.data.input_channels = 2; }, "--input-nc");
  expect_refused(
      "srgan", [](R& r) { r.data.crop_size = 95; }, "--crop-size 95");
  expect_refused(
      "pix2pix", [](R& r) { r.schedule.epochs = r.schedule.epochs_decay = 0; }, "--n-epochs");
  expect_refused(
      "pix2pix", [](R& r) { r.schedule.first_epoch = 201; }, "nothing to learn");
  expect_refused(
      "pix2pix",
      [](R& r) {
        r.schedule.policy = LearningRatePolicy::cosine;
        r.schedule.epochs = 0;
      },
      "--lr-policy cosine");
}

// Their sides are not known before they are read.
TEST(Request, WholePicturesAreNotMeasuredByTheCrop) {
  EXPECT_EQ(refusal("pix2pix",
                    [](TrainingRequest& r) {
                      r.data.preprocess = Preprocess::scale_width;
                      r.data.crop_size = 100;
                    }),
            "");
}

/// Checkpoints of networks that were not trained, in a folder that is removed afterwards.
class InitialNetworks : public testing::Test {
 protected:
  InitialNetworks() {
    std::string name = (fs::temp_directory_path() / "imago-init-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~InitialNetworks() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  /// Writes the networks of this training as latest_net_<network>.pth.
  void write(const TrainingRequest& request) {
    const PreparedTraining prepared = prepare(request, a_of(request), b_of(request));
    for (const Network& network : prepared.method.networks)
      write_torch_zip(tensors_of(prepared.method, network.name()), file(network.name()));
  }

  static StateDict tensors_of(const Method& method, const std::string& network) {
    StateDict tensors;
    for (const Stage& stage : method.stages)
      for (const Phase& phase : stage.phases) add(*phase.graph, network + ".", tensors);
    return tensors;
  }

  static void add(const Graph& graph, const std::string& prefix, StateDict& tensors) {
    for (const auto& [key, shape, vector] : wanted_tensors(graph)) {
      if (!key.starts_with(prefix) || tensors.contains(key.substr(prefix.size()))) continue;
      const std::vector<int64_t> sizes =
          vector ? std::vector<int64_t>{shape.elements()}
                 : std::vector<int64_t>{shape.n, shape.c, shape.h, shape.w};
      const std::vector<float> values(static_cast<size_t>(shape.elements()), 0.5f);
      tensors.insert(key.substr(prefix.size()), HostTensor::from_float(sizes, values));
    }
  }

  fs::path file(const std::string& network) const {
    return folder_ / ("latest_net_" + network + ".pth");
  }

  static Shape a_of(const TrainingRequest& r) {
    const int64_t side = r.data.crop_size / (r.method == "srgan" ? r.data.scale : 1);
    return {1, r.data.input_channels, side, side};
  }
  static Shape b_of(const TrainingRequest& r) {
    return {1, r.data.output_channels, r.data.crop_size, r.data.crop_size};
  }

  static TrainingRequest small(const std::string& method) {
    TrainingRequest r = default_request(method);
    r.generator = method == "pix2pix"    ? "unet_32"
                  : method == "cyclegan" ? "resnet_1blocks"
                                         : "srresnet_1blocks";
    r.generator_features = r.discriminator_features = 4;
    r.data.crop_size = 32;
    return r;
  }

  /// Goes on from the networks that were written, with the other settings at their defaults.
  TrainingRequest going_on(const std::string& method, const std::string& network) const {
    TrainingRequest r = default_request(method);
    r.data.crop_size = 32;
    r.init_model = file(network);
    return r;
  }

  void expect_unfit(const TrainingRequest& request, const std::vector<std::string>& parts) {
    try {
      prepare(request, a_of(request), b_of(request));
      ADD_FAILURE() << "not refused: " << parts[0];
    } catch (const Error& error) {
      for (const std::string& part : parts)
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
            << '"' << part << "\" is not in: " << error.what();
    }
  }

  fs::path folder_;
};

// Whatever srgan can be asked to train is known again by its tensors.
TEST_F(InitialNetworks, EveryScaleAndGeneratorOfSrgan) {
  for (const std::string generator :
       {"srresnet", "srresnet_leftthomas", "srresnet_3blocks", "msrresnet", "msrresnet_3blocks",
        "srvgg", "srvgg_3blocks", "rrdbnet", "rrdbnet_2blocks"})
    for (const int scale : {1, 2, 3, 4, 8}) {
      if (scale == 3 && generator.starts_with("rrdbnet")) continue;  // refused
      SCOPED_TRACE(generator + " " + std::to_string(scale));
      TrainingRequest request = default_request("srgan");
      request.generator = generator;
      request.data.scale = scale;
      const Method method = prepare(request, a_of(request), b_of(request)).method;
      const ModelInfo wanted = method.generators[0].architecture.info;
      EXPECT_EQ(wanted.scale, scale);
      const ModelInfo found = identify(tensors_of(method, "G")).info;
      EXPECT_EQ(found.architecture, wanted.architecture);
      EXPECT_EQ(found.scale, scale);
      EXPECT_EQ(found.blocks, wanted.blocks);
      EXPECT_EQ(found.features, wanted.features);
    }
}

TEST_F(InitialNetworks, AreTakenAsTheyAre) {
  for (const auto& [method, network] :
       {std::pair<std::string, std::string>{"pix2pix", "G"}, {"cyclegan", "G_A"}, {"srgan", "G"}}) {
    write(small(method));
    const TrainingRequest request = going_on(method, network);
    EXPECT_NO_THROW(check(request)) << "files are not looked at";
    const PreparedTraining prepared = prepare(request, a_of(request), b_of(request));
    EXPECT_EQ(prepared.start.size(), prepared.method.networks.size()) << method;
    EXPECT_EQ(prepared.method.generators[0].architecture.info.features, 4);
    // Chosen by name they are found in the files as well.
    TrainingRequest chosen = small(method);
    chosen.init_model = request.init_model;
    chosen.generator_chosen = chosen.discriminator_chosen = true;
    EXPECT_NO_THROW(prepare(chosen, a_of(chosen), b_of(chosen)));
  }
}

TEST_F(InitialNetworks, OfAnotherKind) {
  write(small("pix2pix"));
  expect_unfit(going_on("srgan", "G"), {file("G").string() + ": unet_32", "not for srgan"});
  expect_unfit(going_on("pix2pix", "D"), {file("D").string() + ": ", "discriminator"});
  write(small("srgan"));
  expect_unfit(going_on("pix2pix", "G"), {file("G").string() + ": srresnet", "not for pix2pix"});
  TrainingRequest twice = going_on("srgan", "G");
  twice.data.scale = 2;
  expect_unfit(twice, {file("G").string() + ": enlarges 4 times", "2 times", "--scale"});
}

TEST_F(InitialNetworks, OfOtherChannelsOrSides) {
  write(small("pix2pix"));
  TrainingRequest grey = going_on("pix2pix", "G");
  grey.data.input_channels = 1;
  expect_unfit(
      grey, {file("G").string() + ": turns 3 channels into 3", "1 channels into 3", "--input-nc"});
  TrainingRequest odd = going_on("pix2pix", "G");
  odd.data.crop_size = 40;
  expect_unfit(odd, {"unet_32", "multiples of 32"});
  // The direction decides what is given and what is made.
  TrainingRequest grey_to_colour = small("pix2pix");
  grey_to_colour.data.input_channels = 1;
  write(grey_to_colour);
  TrainingRequest back = going_on("pix2pix", "G");
  back.data.output_channels = 1;
  expect_unfit(back, {"turns 1 channels into 3", "3 channels into 1", "--direction"});
}

TEST_F(InitialNetworks, OfTheOtherDirection) {
  write(small("cyclegan"));
  expect_unfit(going_on("cyclegan", "G_B"),
               {file("G_B").string() + ": turns B into A", "_net_G_A"});
}

TEST_F(InitialNetworks, OtherThanWhatWasChosen) {
  write(small("cyclegan"));
  TrainingRequest request = going_on("cyclegan", "G_A");
  request.generator_chosen = true;
  expect_unfit(request, {file("G_A").string() + ": is resnet_1blocks", "not resnet_9blocks"});
  request = small("cyclegan");
  request.init_model = file("G_A");
  request.generator_chosen = true;
  request.norm = Norm::batch;
  expect_unfit(request, {"norm instance", "norm batch", "--norm"});
  request = going_on("cyclegan", "G_A");
  request.discriminator_chosen = true;
  expect_unfit(request, {file("D_A").string() + ": is patchgan_3layers (4 features",
                         "not patchgan_3layers (64 features", "--ndf"});
  request.discriminator = "pixel";
  expect_unfit(request, {"not pixelgan"});
}

TEST_F(InitialNetworks, FilesThatAreNone) {
  write(small("srgan"));
  TrainingRequest request = small("srgan");
  request.vgg = file("G");
  expect_unfit(request, {file("G").string() + ": this is no VGG"});
  fs::copy_file(file("G"), file("D"), fs::copy_options::overwrite_existing);
  expect_unfit(going_on("srgan", "G"), {file("D").string() + ": the tensors fit no discriminator"});
  expect_unfit(going_on("srgan", "absent"), {file("absent").string()});
}

}  // namespace
}  // namespace imago
