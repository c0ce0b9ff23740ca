// The commands that people already type: lines of other projects' READMEs with the program's name
// replaced, and each of their options.
#include <random>
#include <sstream>

#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

Arguments words_of(const std::string& line) {
  std::istringstream stream(line);
  Arguments words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

class ForeignCommands : public CliTest {
 protected:
  /// Runs "imago …"; `more` makes a training small enough for a test.
  Finished type(const std::string& line, const std::string& more = "") const {
    Arguments words = words_of(line + " " + more);
    EXPECT_EQ(words.at(0), "imago");
    words.erase(words.begin());
    return imago(words);
  }

  void write_noise(const std::string& name, int width, int height) {
    std::string text = "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
    for (int i = 0; i < width * height * 3; ++i) text += static_cast<char>(random_() % 256);
    write_text(name, text);
  }
  void write_folder(const std::string& folder, int width, int height) {
    for (int i = 0; i < 2; ++i)
      write_noise(folder + "/" + std::to_string(i) + ".ppm", width, height);
  }

  /// A network that enlarges four times, as a file of this name.
  void write_upscaler(const std::string& file) {
    if (!fs::exists(folder_ / "checkpoints/upscaler")) {
      write_folder("photos", 40, 40);
      const Finished trained = type(
          "imago train srgan --dataroot photos --name upscaler --netG rrdbnet_1blocks --ngf 4 "
          "--ndf 4 --crop-size 32 --batch-size 1 --max-steps 1");
      ASSERT_EQ(trained.status, 0) << trained.err;
    }
    fs::create_directories((folder_ / file).parent_path());
    fs::copy_file(folder_ / "checkpoints/upscaler/latest_net_G.pth", folder_ / file);
  }

 private:
  std::mt19937 random_;
};

/// Of each line the last words say what it needs to be small: networks of the least size.
constexpr const char* kSmallCycle =
    "--netG resnet_1blocks --ngf 2 --ndf 2 --load_size 36 --crop_size 32 --max_steps 2";
constexpr const char* kSmallPix =
    "--netG unet_32 --ngf 2 --ndf 2 --load_size 36 --crop_size 32 --max_steps 2";

TEST_F(ForeignCommands, ReadmeOfCycleGan) {
  for (const char* part : {"trainA", "trainB", "testA", "testB"})
    write_folder(std::string("datasets/maps/") + part, 40, 40);
  const Finished trained = type(
      "imago train --dataroot ./datasets/maps --name maps_cyclegan --model cycle_gan --use_wandb",
      kSmallCycle);
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_NE(trained.out.find("cyclegan on "), std::string::npos) << trained.out;
  EXPECT_NE(trained.err.find("note: --use-wandb has no meaning here"), std::string::npos)
      << trained.err;
  EXPECT_TRUE(fs::exists(folder_ / "checkpoints/maps_cyclegan/latest_net_G_A.pth"));

  const Finished tested =
      type("imago test --dataroot ./datasets/maps --name maps_cyclegan --model cycle_gan",
           "--crop_size 32");
  ASSERT_EQ(tested.status, 0) << tested.err;
  const Arguments made = files("results/maps_cyclegan/test_latest");
  for (const char* name : {"images/0_real_A.png", "images/0_fake_B.png", "images/0_rec_A.png",
                           "images/1_real_B.png", "images/1_fake_A.png", "index.html"})
    EXPECT_NE(std::find(made.begin(), made.end(), name), made.end()) << name;

  // The pretrained model of the README is one generator.
  fs::create_directories(folder_ / "checkpoints/horse2zebra_pretrained");
  fs::copy_file(folder_ / "checkpoints/maps_cyclegan/latest_net_G_A.pth",
                folder_ / "checkpoints/horse2zebra_pretrained/latest_net_G.pth");
  write_folder("datasets/horse2zebra/testA", 40, 40);
  const Finished single = type(
      "imago test --dataroot datasets/horse2zebra/testA --name horse2zebra_pretrained "
      "--model test --no_dropout",
      "--crop_size 32");
  ASSERT_EQ(single.status, 0) << single.err;
  EXPECT_TRUE(fs::exists(folder_ / "results/horse2zebra_pretrained/test_latest/images/1_fake.png"));
  // The result is what `translate` makes of the same picture: both are the same network.
  const Finished again = type(
      "imago translate -i results/horse2zebra_pretrained/test_latest/images/1_real.png -o t.ppm "
      "-n checkpoints/horse2zebra_pretrained/latest_net_G.pth --side 0");
  ASSERT_EQ(again.status, 0) << again.err;
}

TEST_F(ForeignCommands, ReadmeOfPix2Pix) {
  for (const char* part : {"train", "test"})
    write_folder(std::string("datasets/facades/") + part, 80, 40);
  const Finished trained = type(
      "imago train --dataroot ./datasets/facades --name facades_pix2pix --model pix2pix "
      "--direction BtoA  --use_wandb",
      kSmallPix);
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Finished tested = type(
      "imago test --dataroot ./datasets/facades --name facades_pix2pix --model pix2pix "
      "--direction BtoA",
      "--crop_size 32");
  ASSERT_EQ(tested.status, 0) << tested.err;
  fs::copy(folder_ / "checkpoints/facades_pix2pix",
           folder_ / "checkpoints/facades_label2photo_pretrained");
  const Finished pretrained = type(
      "imago test --dataroot ./datasets/facades/ --direction BtoA --model pix2pix --name "
      "facades_label2photo_pretrained",
      "--crop_size 32");
  ASSERT_EQ(pretrained.status, 0) << pretrained.err;
  EXPECT_TRUE(fs::exists(folder_ /
                         "results/facades_label2photo_pretrained/test_latest/images/0_fake_B.png"));
  const Finished several = type(
      "imago train --dataroot ./datasets/facades --name synced --model pix2pix --norm sync_batch",
      kSmallPix);
  EXPECT_EQ(several.status, 0) << several.err;
}

TEST_F(ForeignCommands, OptionsOfEarlierVersions) {
  write_folder("pairs/train", 80, 40);
  const Finished result = type(
      "imago train --model=pix2pix --dataroot pairs --name old --which_model_netG unet_32 "
      "--which_model_netD basic --which_direction BtoA --loadSize 36 --fineSize 32 --batchSize 1 "
      "--nThreads 1 --resize_or_crop resize_and_crop --niter 1 --niter_decay 0 --no_lsgan "
      "--lr_policy lambda --gpu_ids 0 --max_dataset_size inf --save_latest_freq 7 --pool_size 0 "
      "--ngf 2 --ndf 2 --suffix {netG}_{direction}");
  ASSERT_EQ(result.status, 0) << result.err;
  const fs::path options = folder_ / "checkpoints/old_unet_32_BtoA/options.json";
  ASSERT_TRUE(fs::exists(options));
  const Finished shown = run({"/bin/cat", options.string()});
  for (const char* part : {"\"netG\": \"unet_32\"", "\"b_to_a\": true", "\"load_size\": 36",
                           "\"n_epochs\": 1", "\"n_epochs_decay\": 0", "\"save_steps\": 7",
                           "\"lr_policy\": \"linear\"", "\"max_dataset_size\": 0"})
    EXPECT_NE(shown.out.find(part), std::string::npos) << part << " in " << shown.out;
}

TEST_F(ForeignCommands, WhatHasNoMeaningIsAcceptedWithANote) {
  const Finished result = type(
      "imago train pix2pix --dataroot absent --name run --display_freq 400 --display_ncols 4 "
      "--display_id 1 --display_server http://localhost --display_env main --display_port 8097 "
      "--display_winsize 256 --update_html_freq 1000 --no_html --use_wandb "
      "--wandb_project_name p --verbose --model pix2pix --epoch latest --load_iter 0 "
      "--summary_freq 1 --trace_freq 0 --mode train --gan_weight 1.0");
  EXPECT_EQ(result.status, 1) << result.err;  // there is no such folder
  for (const char* option : {"display-freq", "display-ncols", "display-id", "display-server",
                             "display-env", "display-port", "display-winsize", "update-html-freq",
                             "no-html", "use-wandb", "wandb-project-name", "verbose"})
    EXPECT_NE(result.err.find("note: --" + std::string(option) + " has no meaning here"),
              std::string::npos)
        << option << " in " << result.err;
  EXPECT_NE(result.err.find("absent: no such folder"), std::string::npos) << result.err;
}

TEST_F(ForeignCommands, WhatThereIsAnotherWayForIsRefusedWithIt) {
  const auto refused = [&](const std::string& line, const Arguments& parts) {
    const Finished result = type(line);
    EXPECT_EQ(result.status, 2) << line << '\n' << result.err;
    for (const std::string& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos) << line << '\n' << result.err;
  };
  const std::string train = "imago train pix2pix --dataroot pairs --name run ";
  refused(train + "--continue_train", {"--continue-train", "imago resume NAME"});
  refused(train + "--epoch 20", {"--epoch", "--init"});
  refused(train + "--save_by_iter", {"--save-epoch-freq"});
  refused(train + "--gpu_ids 0,1", {"-g"});
  refused(train + "--model cycle_gan", {"this is 'imago train pix2pix'"});
  refused(train + "--dataset_mode colorization", {"--dataset-mode grey"});
  refused(train + "--dataset_mode single", {"imago translate"});
  refused(train + "--results_dir r", {"imago test"});
  refused(train + "--lab_colorization", {"--dataset-mode grey"});
  refused(train + "--pool_size 50", {"--pool-size", "pix2pix has no pool"});
  refused("imago train --model colorization --dataroot d --name n", {"--dataset-mode grey"});
  refused("imago train --model test --dataroot d --name n", {"imago test"});
  refused("imago train --model stylegan --dataroot d --name n", {"stylegan", "cycle_gan"});
  refused("imago translate -i a -n m --denoise_strength 0.3", {"wdn"});
  refused("imago realesrgan -i a -dn 0.3", {"wdn"});
  refused("imago translate --dataroot d --name n -i a -n m", {"imago test"});
}

TEST_F(ForeignCommands, ReadmeOfRealEsrgan) {
  write_upscaler("weights/RealESRGAN_x4plus.pth");
  write_upscaler("experiments/pretrained_models/RealESRGAN_x4plus_anime_6B.pth");
  write_noise("inputs/cat.ppm", 16, 12);
  write_noise("infile.ppm", 16, 12);
  const auto expect = [&](const std::string& line, const std::string& made, int width) {
    const Finished result = type(line);
    ASSERT_EQ(result.status, 0) << line << '\n' << result.err;
    ASSERT_TRUE(fs::exists(folder_ / made)) << line << '\n' << result.out;
    EXPECT_EQ(read_ppm(folder_ / made).width, width) << line;
  };
  expect("imago realesrgan -n RealESRGAN_x4plus -i inputs --face_enhance", "results/cat_out.ppm",
         64);
  fs::remove_all(folder_ / "results");
  expect("imago realesrgan -n RealESRGAN_x4plus_anime_6B -i inputs", "results/cat_out.ppm", 64);
  fs::remove_all(folder_ / "results");
  expect("imago realesrgan", "results/cat_out.ppm", 64);
  expect("imago realesrgan -n RealESRGAN_x4plus -i infile.ppm -o outfile", "outfile/infile_out.ppm",
         64);
  expect("imago realesrgan -n RealESRGAN_x4plus -i infile.ppm --outscale 3.5 --half --face_enhance",
         "results/infile_out.ppm", 56);
  expect(
      "imago realesrgan --model_name RealESRGAN_x4plus --input infile.ppm --output o -s 4 -t 32 "
      "--tile_pad 10 --pre_pad 0 --fp32 --suffix big --ext auto --alpha_upsampler realesrgan "
      "--gpu-id 0 -dn 0.5",
      "o/infile_big.ppm", 64);
  // As `translate` too, which names no default for the model.
  expect("imago translate -n weights/RealESRGAN_x4plus.pth -i inputs --face_enhance",
         "results/cat.ppm", 64);
}

TEST_F(ForeignCommands, ReadmeOfRealEsrganNcnnVulkan) {
  write_upscaler("models/realesrgan-x4plus.pth");
  write_upscaler("models/realesrgan-x4plus-anime.pth");
  write_noise("input.ppm", 16, 12);
  write_noise("in/a.ppm", 16, 12);
  for (const std::string program : {"realesrgan-ncnn-vulkan", "translate -m models"}) {
    const auto expect = [&](const std::string& line, const std::string& made) {
      const Finished result = type("imago " + program + " " + line);
      ASSERT_EQ(result.status, 0) << line << '\n' << result.err;
      EXPECT_TRUE(fs::remove(folder_ / made)) << line << '\n' << result.out;
    };
    expect("-i input.ppm -o output.png -n realesrgan-x4plus-anime", "output.png");
    expect("-i in -o out -s 4 -t 32 -n realesrgan-x4plus -g 0 -j 1:2:2 -x -f png -v", "out/a.png");
  }
  const Finished result = type("imago realesrgan-ncnn-vulkan -i input.ppm -o output.png");
  EXPECT_EQ(result.status, 0) << result.err;
}

}  // namespace
}  // namespace imago
