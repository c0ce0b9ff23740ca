// `imago train`: from folders of pictures to checkpoints that others read, and what is said where
// that cannot be.
#include <stdlib.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <sstream>

#include "models/checkpoint/checkpoint.h"
#include "tests/cli/process.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Arguments = std::vector<std::string>;

constexpr const char* kLavapipe = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";
constexpr const char* kSwiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";

class TrainTest : public CliTest {
 protected:
  TrainTest() {
    for (int i = 0; i < 3; ++i) {
      const std::string name = std::to_string(i) + ".ppm";
      write_noise("pairs/train/" + name, 80, 40);
      write_noise("two/trainA/" + name, 40, 40);
      write_noise("two/trainB/" + name, 40, 40);
      write_noise("photos/" + name, 40, 40);
    }
  }

  /// A picture without regularities: those would put many pixels on the kink of |x| at once.
  void write_noise(const std::string& name, int width, int height) {
    std::string text = "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
    for (int i = 0; i < width * height * 3; ++i) text += static_cast<char>(random_() % 256);
    write_text(name, text);
  }

  static std::string folder_of(const std::string& method) {
    return method == "pix2pix" ? "pairs" : method == "cyclegan" ? "two" : "photos";
  }

  /// A training of the least size; half of its options are written as PyTorch's projects do.
  static Arguments small(const std::string& method, const std::string& run,
                         const Arguments& more = {}) {
    return small_on(folder_of(method), method, run, more);
  }
  static Arguments small_on(const std::string& dataroot, const std::string& method,
                            const std::string& run, const Arguments& more = {}) {
    Arguments all = {"train", method, "--dataroot", dataroot, "--name",      run,
                     "--ngf", "4",    "--ndf",      "4",      "--crop_size", "32"};
    const auto add = [&](const Arguments& arguments) {
      all.insert(all.end(), arguments.begin(), arguments.end());
    };
    if (method == "pix2pix") add({"--netG", "unet_32"});
    if (method == "cyclegan") add({"--netG", "resnet_1blocks"});
    if (method != "srgan") add({"--load_size=36", "--netD", "n_layers", "--n_layers_D", "2"});
    if (method == "srgan")
      add({"--netG", "srresnet_1blocks", "--batch_size", "2", "--pixel_epochs", "1"});
    add({"--print-freq", "1"});
    add(more);
    return all;
  }

  /// `imago train` with these arguments fails with `status`, in one line that has all `parts`.
  void expect_refused(int status, const Arguments& arguments, const Arguments& parts) {
    std::string shown;
    for (const std::string& argument : arguments) shown += argument + " ";
    SCOPED_TRACE(shown);
    const Finished result = imago(arguments);
    EXPECT_EQ(result.status, status);
    expect_one_line(without_warnings(result.err));
    for (const std::string& part : parts)
      EXPECT_NE(result.err.find(part), std::string::npos)
          << '"' << part << "\" is not in: " << result.err;
  }

  /// The networks in a run's folder.
  Arguments networks(const std::string& run) const {
    Arguments found;
    for (const std::string& file : files("checkpoints/" + run))
      if (file.ends_with(".pth")) found.push_back(file);
    return found;
  }

  StateDict read(const std::string& run, const std::string& file) const {
    return read_checkpoint(folder_ / "checkpoints" / run / file);
  }

 private:
  std::mt19937 random_;
};

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST_F(TrainTest, EveryMethodMakesNetworksThatTranslateAndPyTorchRead) {
  struct Method {
    std::string name;
    Arguments losses, networks;
    int scale;
  };
  const Method methods[] = {
      {"pix2pix", {" D_fake ", " D_real ", " G_GAN ", " G_L1 "}, {"D", "G"}, 1},
      {"cyclegan", {" G_A ", " cycle_B ", " idt_A ", " D_B "}, {"D_A", "D_B", "G_A", "G_B"}, 1},
      {"srgan", {" pixel ", " adversarial ", " feature ", " tv "}, {"D", "G"}, 4}};
  write_picture("in.ppm", 32, 32, 9);
  Arguments files;
  for (const Method& method : methods) {
    SCOPED_TRACE(method.name);
    const Finished result = imago(small(method.name, method.name, {"--max_steps", "4"}));
    ASSERT_EQ(result.status, 0) << result.err;
    for (const std::string& part : method.losses)
      EXPECT_NE(result.out.find(part), std::string::npos) << part << " in " << result.out;
    EXPECT_NE(result.out.find("step 4/4 "), std::string::npos) << result.out;
    EXPECT_NE(result.out.find(" ms  "), std::string::npos) << result.out;
    EXPECT_NE(result.out.find(" s left\n"), std::string::npos) << result.out;
    for (const std::string& network : method.networks) {
      const std::string file = "checkpoints/" + method.name + "/latest_net_" + network + ".pth";
      ASSERT_TRUE(fs::exists(folder_ / file)) << file;
      EXPECT_NE(result.out.find(file + "\n"), std::string::npos) << result.out;
      files.push_back(file);
      EXPECT_EQ(imago({"info", file}).status, 0);
      if (network[0] != 'G') continue;
      const Finished translated = imago({"translate", "-i", "in.ppm", "-o", "out.ppm", "-n", file});
      ASSERT_EQ(translated.status, 0) << translated.err;
      EXPECT_EQ(read_ppm(folder_ / "out.ppm").width, 32 * method.scale);
    }
  }

  Arguments python = {
      "/usr/bin/python3", "-c",
      "import sys, torch\n"
      "for path in sys.argv[1:]:\n"
      "    tensors = torch.load(path, weights_only=True)\n"
      "    assert all(torch.isfinite(t).all() for t in tensors.values())\n"
      "    print(path, len(tensors), any(t.dim() == 4 for t in tensors.values()))\n"};
  if (run({python[0], "-c", "import torch"}).status != 0)
    GTEST_SKIP() << "PyTorch's side was not tested: there is no python3-torch";
  python.insert(python.end(), files.begin(), files.end());
  const Finished loaded = run(python);
  EXPECT_EQ(loaded.status, 0) << loaded.err;
  std::string expected;
  for (const std::string& file : files)
    expected += file + " " + std::to_string(read_checkpoint(folder_ / file).size()) + " True\n";
  EXPECT_EQ(loaded.out, expected);
}

TEST_F(TrainTest, JsonIsOneObjectALine) {
  const Finished result = imago(small("pix2pix", "run", {"--max-steps", "3", "--json"}));
  ASSERT_EQ(result.status, 0) << result.err;
  const std::vector<json> lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 3u);
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].at("step"), i + 1);
    EXPECT_EQ(lines[i].at("epoch"), 1);
    EXPECT_GT(lines[i].at("milliseconds"), 0);
    if (const auto device = lines[i].find("device_milliseconds"); device != lines[i].end()) {
      EXPECT_GT(*device, 0);
      EXPECT_LE(*device, lines[i].at("milliseconds"));
    }
    const json& losses = lines[i].at("losses");
    EXPECT_EQ(losses.size(), 4u);
    for (const auto& [name, value] : losses.items())
      EXPECT_TRUE(std::isfinite(value.get<double>())) << name;
  }
}

TEST_F(TrainTest, WrongUsageIsOneLineAndStatus2) {
  const auto wrong = [&](const std::string& method, const Arguments& more, const Arguments& parts) {
    Arguments arguments = {"train", method, "--dataroot", "pairs", "--name", "run"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Arguments all = parts;
    all.push_back("imago train " + method + " --help");
    expect_refused(2, arguments, all);
  };
  expect_refused(2, {"train"}, {"pix2pix, cyclegan, srgan", "imago train --help"});
  expect_refused(2, {"train", "stylegan"}, {"'stylegan'", "pix2pix, cyclegan, srgan"});
  expect_refused(2, {"train", "pix2pix", "--name", "run"}, {"--dataroot"});
  expect_refused(2, {"train", "pix2pix", "--dataroot", "pairs"}, {"--name"});
  wrong("pix2pix", {"--no-such-flag"}, {"--no-such-flag"});
  wrong("pix2pix", {"stray"}, {"stray"});
  wrong("pix2pix", {"--ngf"}, {"--ngf"});
  // Numbers: none, too small, too large, not whole, not finite.
  wrong("pix2pix", {"--ngf", "many"}, {"--ngf", "'many'"});
  wrong("pix2pix", {"--batch_size", "0"}, {"--batch-size", "'0'"});
  wrong("pix2pix", {"--input-nc", "4"}, {"--input-nc", "'4'"});
  wrong("pix2pix", {"--crop-size", "25.5"}, {"--crop-size", "'25.5'"});
  wrong("pix2pix", {"--lr", "nan"}, {"--lr", "'nan'"});
  wrong("pix2pix", {"--lr", "-0.1"}, {"--lr", "'-0.1'"});
  wrong("pix2pix", {"--beta1", "1"}, {"--beta1", "'1'"});
  // Choices that there are not.
  wrong("pix2pix", {"--gan_mode", "gan"}, {"--gan-mode", "vanilla", "lsgan", "wgangp", "hinge"});
  wrong("pix2pix", {"--norm", "layer"}, {"--norm", "batch", "instance", "none"});
  wrong("pix2pix", {"--lr_policy", "up"}, {"--lr-policy", "linear", "step", "plateau", "cosine"});
  wrong("pix2pix", {"--direction", "CtoD"}, {"--direction", "AtoB", "BtoA"});
  wrong("pix2pix", {"--preprocess", "stretch"}, {"--preprocess", "resize_and_crop"});
  wrong("pix2pix", {"--netG", "unet_100"}, {"--netG unet_100"});
  wrong("srgan", {"--netG", "unet_256"}, {"--netG unet_256", "rrdbnet"});
  wrong("cyclegan", {"--netD", "judge"}, {"--netD judge", "n_layers"});
  // Options of another method.
  wrong("pix2pix", {"--pool-size", "5"}, {"--pool-size"});
  wrong("cyclegan", {"--lambda-L1", "5"}, {"--lambda-L1"});
  wrong("srgan", {"--dropout"}, {"--dropout"});
  // What contradicts each other.
  wrong("pix2pix", {"--crop-size", "128"}, {"unet_256", "--crop-size"});
  wrong("pix2pix", {"--load-size", "128"}, {"--load-size 128", "--crop-size 256"});
  wrong("cyclegan", {"--output-nc", "1"}, {"--lambda-identity"});
  wrong("srgan", {"--scale", "5", "--crop-size", "95"}, {"--scale 5"});
  wrong("srgan", {"--norm", "instance"}, {"norm is batch or none"});
  wrong("pix2pix", {"--n-epochs", "0", "--n-epochs-decay", "0"}, {"nothing to learn"});
  wrong("pix2pix", {"--init", "absent.pth"}, {"absent.pth"});
  EXPECT_FALSE(fs::exists(folder_ / "checkpoints"));
}

TEST_F(TrainTest, FoldersThatCannotBeLearnedFrom) {
  fs::create_directories(folder_ / "empty/train");
  write_text("text/train/readme.txt", "no pictures here");
  const auto refused = [&](const std::string& method, const std::string& dataroot,
                           const Arguments& parts) {
    expect_refused(1, small_on(dataroot, method, "run"), parts);
  };
  refused("pix2pix", "absent", {"absent: no such folder"});
  refused("pix2pix", "empty", {"empty/train: no pictures"});
  refused("srgan", "empty", {"empty/train: no pictures"});
  refused("pix2pix", "text", {"text/train: no pictures"});
  refused("pix2pix", "two", {"two: there is no folder train ", "side by side", "trainA, trainB"});
  refused("cyclegan", "pairs", {"pairs: there is no folder trainA ", "trainA and trainB"});
  EXPECT_FALSE(fs::exists(folder_ / "checkpoints"));
}

TEST_F(TrainTest, OneUnreadablePictureIsNamed) {
  write_text("pairs/train/1.ppm", "P6\n80 40\n255\nhalf of it");
  expect_refused(1, small("pix2pix", "run", {"--serial-batches", "--max-steps", "3"}),
                 {"pairs: ", "train/1.ppm"});
  EXPECT_EQ(networks("run"), Arguments{});
}

TEST_F(TrainTest, InitGoesOnFromWhatItNames) {
  ASSERT_EQ(imago(small("pix2pix", "first", {"--max-steps", "2"})).status, 0);
  // With a rate of zero nothing changes but running statistics.
  const auto go_on = [&](const std::string& run, const std::string& seed) {
    const Finished result = imago({"train",
                                   "pix2pix",
                                   "--dataroot",
                                   "pairs",
                                   "--name",
                                   run,
                                   "--init",
                                   "checkpoints/first/latest_net_G.pth",
                                   "--crop-size",
                                   "32",
                                   "--load-size",
                                   "36",
                                   "--lr",
                                   "0",
                                   "--no-dropout",
                                   "--max-steps",
                                   "2",
                                   "--print-freq",
                                   "1",
                                   "--json",
                                   "--seed",
                                   seed});
    EXPECT_EQ(result.status, 0) << result.err;
    std::vector<json> losses;
    for (const json& line : lines_of(result.out)) losses.push_back(line.at("losses"));
    return losses;
  };
  const std::vector<json> losses = go_on("second", "1");
  for (const std::string file : {"latest_net_G.pth", "latest_net_D.pth"}) {
    const StateDict before = read("first", file), after = read("second", file);
    ASSERT_EQ(before.size(), after.size());
    for (const auto& [key, tensor] : before) {
      if (key.find("running_") != std::string::npos || key.ends_with("tracked")) continue;
      EXPECT_EQ(after.find(key)->data, tensor.data) << file << ' ' << key;
    }
  }
  // Where the weights are given, the seed still decides which pictures come and how they are cut.
  EXPECT_EQ(go_on("third", "1"), losses);
  EXPECT_NE(go_on("fourth", "2"), losses);
}

TEST_F(TrainTest, InitThatDoesNotFitIsNamed) {
  ASSERT_EQ(imago(small("cyclegan", "first", {"--max-steps", "1"})).status, 0);
  write_nearest_model(folder_ / "x2.safetensors", 2);
  const std::string first = "checkpoints/first/latest_net_";
  const auto refused = [&](const std::string& method, const std::string& dataroot,
                           const std::string& init, const Arguments& more, const Arguments& parts) {
    Arguments arguments = {"train", method,   "--dataroot", dataroot,      "--name",
                           "run",   "--init", init,         "--crop-size", "32"};
    if (method != "srgan") arguments.insert(arguments.end(), {"--load-size", "36"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    Arguments all = parts;
    all.push_back(init + ": ");
    expect_refused(1, arguments, all);
  };
  refused("cyclegan", "two", first + "G_A.pth", {"--netG", "resnet_6blocks"},
          {"resnet_1blocks", "resnet_6blocks", "--netG"});
  refused("cyclegan", "two", first + "G_A.pth", {"--ngf", "8", "--netG", "resnet_1blocks"},
          {"4 features", "8 features"});
  refused("cyclegan", "two", first + "G_B.pth", {}, {"turns B into A", "_net_G_A"});
  refused("pix2pix", "pairs", first + "G_A.pth", {"--input-nc", "1"}, {"channels", "--input-nc"});
  refused("pix2pix", "pairs", first + "D_A.pth", {}, {"this is a discriminator"});
  refused("pix2pix", "pairs", "x2.safetensors", {}, {"not for pix2pix"});
  refused("srgan", "photos", first + "G_A.pth", {}, {"not for srgan"});
  refused("srgan", "photos", "x2.safetensors", {}, {"enlarges 2 times", "4 times", "--scale"});
  refused("pix2pix", "pairs", "photos/0.ppm", {}, {"no model file"});
  EXPECT_FALSE(fs::exists(folder_ / "checkpoints/run"));
}

TEST_F(TrainTest, CheckpointsThatCannotBeWritten) {
  write_text("file", "in the way");
  expect_refused(1, small("pix2pix", "run", {"--checkpoints_dir", "file"}), {"file/run: "});
  EXPECT_EQ(read_text(folder_ / "file"), "in the way");

  if (run(on_own_disk("size=32k", "true")).status != 0)
    GTEST_SKIP() << "mounting a small file system is not permitted here";
  Arguments arguments =
      on_own_disk("size=32k", "\"$0\" \"$@\" > log; echo $?; find disk -name '*.pth*'");
  for (const std::string& argument :
       small("pix2pix", "run", {"--checkpoints-dir", "disk", "--max-steps", "1"}))
    arguments.push_back(argument);
  const Finished full = run(arguments);
  EXPECT_EQ(full.out, "1\n");
  expect_one_line(without_warnings(full.err));
  EXPECT_NE(full.err.find("disk/run/"), std::string::npos) << full.err;
  EXPECT_NE(full.err.find("No space left"), std::string::npos) << full.err;
}

/// The largest difference between two networks' weights of convolutions. (Biases in front of a norm
/// have no gradient but rounding, of which Adam makes whole steps.)
double distance(const StateDict& a, const StateDict& b) {
  double largest = 0;
  for (const auto& [key, tensor] : a) {
    if (tensor.shape.size() != 4) continue;
    const std::vector<float> x = tensor.to_float(), y = b.find(key)->to_float();
    for (size_t i = 0; i < x.size(); ++i)
      largest = std::max(largest, std::abs(double{x[i]} - y[i]));
  }
  return largest;
}

// The same pictures, crops, flips, initial values and dropout on two drivers that have no line of
// code in common; what differs is the rounding of sums. (In about one seed of five something lies
// within rounding of a ReLU's kink, passes it on one side here and on the other there, and the
// weights are some 1e-4 apart from then on. This seed is none of those.)
TEST_F(TrainTest, DriversAgreeAfterTenSteps) {
  for (const char* driver : {kLavapipe, kSwiftShader})
    if (!fs::exists(driver)) GTEST_SKIP() << driver << " is not installed";
  const char* chosen = getenv("VK_ICD_FILENAMES");
  if (getenv("IMAGO_VALIDATION") || (chosen && std::string(chosen) == kSwiftShader))
    GTEST_SKIP() << "the same again: it names both drivers itself";
  const auto train = [&](const std::string& method, const std::string& run, const char* driver) {
    const Finished result =
        imago(small(method, run, {"--max-steps", "10", "--json", "--seed", "1", "--lr", "2e-4"}),
              {{"VK_ICD_FILENAMES", driver}, {"VK_DRIVER_FILES", driver}});
    EXPECT_EQ(result.status, 0) << result.err;
    return lines_of(result.out);
  };
  for (const std::string method : {"pix2pix", "cyclegan", "srgan"}) {
    SCOPED_TRACE(method);
    const auto lavapipe = train(method, method + "1", kLavapipe);
    const auto swiftshader = train(method, method + "2", kSwiftShader);
    ASSERT_EQ(lavapipe.size(), 10u);
    ASSERT_EQ(swiftshader.size(), 10u);
    double worst = 0;
    for (size_t step = 0; step < 10; ++step)
      for (const auto& [name, value] : lavapipe[step].at("losses").items()) {
        const double other = swiftshader[step].at("losses").at(name);
        worst = std::max(worst, std::abs(other / value.get<double>() - 1));
      }
    EXPECT_LE(worst, 1e-4);
    std::printf("  %s: losses differ by %.1e", method.c_str(), worst);
    for (const std::string& file : networks(method + "1")) {
      const double apart = distance(read(method + "1", file), read(method + "2", file));
      std::printf(", %s by %.1e", file.c_str(), apart);
      EXPECT_LE(apart, 0.1 * 2e-4) << file;  // a tenth of one of Adam's steps
    }
    std::printf("\n");
  }
}

// ---- recipes ----------------------------------------------------------------------------------

constexpr const char* kRecipe = R"({
  "imago_recipe": 1, "title": "Anything",
  "options": {"method": "pix2pix", "netG": "unet_32", "ngf": 4, "ndf": 4, "load_size": 36,
              "crop_size": 32, "lambda_L1": 7, "flip": false, "max_steps": 5}})";

TEST_F(TrainTest, RecipesGiveMethodAndDefaults) {
  write_text("anything.json", kRecipe);
  const Finished result = imago({"train", "--recipe", "anything.json", "--dataroot", "pairs",
                                 "--max-steps", "2", "--ndf", "5"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json options = json::parse(read_text(folder_ / "checkpoints/anything/options.json"));
  EXPECT_EQ(options.at("method"), "pix2pix");
  EXPECT_EQ(options.at("netG"), "unet_32");
  EXPECT_EQ(options.at("lambda_L1"), 7);
  EXPECT_EQ(options.at("flip"), false);
  EXPECT_EQ(options.at("max_steps"), 2) << "what is given wins";
  EXPECT_EQ(options.at("ndf"), 5);
}

TEST_F(TrainTest, RecipesThatAreNoneAreRefused) {
  expect_refused(2, {"train", "--recipe", "nothing", "--dataroot", "pairs"},
                 {"nothing: no such file and no recipe"});
  write_text("broken.json", "{\"imago_recipe\": 1, \"options\": {\"method\": \"pix2pix\"");
  expect_refused(2, {"train", "--recipe", "broken.json", "--dataroot", "pairs"},
                 {"broken.json: is not a recipe"});
  write_text("odd.json", R"({"imago_recipe": 1, "options": {"method": "pix2pix", "wheels": 4}})");
  expect_refused(2, {"train", "--recipe", "odd.json", "--dataroot", "pairs"}, {"'wheels'"});
  write_text("new.json", R"({"imago_recipe": 2, "options": {"method": "pix2pix"}})");
  expect_refused(2, {"train", "--recipe", "new.json", "--dataroot", "pairs"}, {"another version"});
  write_text("anything.json", kRecipe);
  expect_refused(2, {"train", "--recipe", "anything.json"}, {"--dataroot is required"});
  expect_refused(2, {"train", "--recipe", "anything.json", "--dataroot", "pairs", "--scale", "2"},
                 {"--scale"});
  expect_refused(2, {"train"}, {"a command is required", "--recipe"});
}

// A program for each size, the same weights in all of them.
TEST_F(TrainTest, PairsOfMixedSizesTrainOneByOne) {
  write_noise("mixed/train/0.ppm", 64, 32);
  write_noise("mixed/train/1.ppm", 128, 64);
  write_noise("mixed/train/2.ppm", 192, 96);
  const auto arguments = [](const std::string& run, const Arguments& more,
                            const std::string& net = "unet_32",
                            const Arguments& preprocess = {"none"}) {
    Arguments all = {"train",
                     "pix2pix",
                     "--dataroot",
                     "mixed",
                     "--name",
                     run,
                     "--netG",
                     net,
                     "--ngf",
                     "4",
                     "--ndf",
                     "4",
                     "--netD",
                     "n_layers",
                     "--n-layers-D",
                     "1",
                     "--n-epochs",
                     "2",
                     "--n-epochs-decay",
                     "0",
                     "--print-freq",
                     "1",
                     "--preprocess"};
    all.insert(all.end(), preprocess.begin(), preprocess.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  expect_refused(1, arguments("run", {"--batch-size", "2"}), {"--batch-size 1"});
  const Finished result = imago(arguments("run", {"--batch-size", "1"}));
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("step 6/6 "), std::string::npos) << result.out;
  // Stopped in between and resumed it comes to the same bits.
  ASSERT_EQ(imago(arguments("halves", {"--max-steps", "3"})).status, 0);
  ASSERT_EQ(imago({"resume", "halves", "--max-steps", "0"}).status, 0);
  for (const char* network : {"latest_net_G.pth", "latest_net_D.pth"})
    for (const auto& [key, tensor] : read("run", network)) {
      if (key.ends_with("num_batches_tracked")) continue;
      EXPECT_EQ(tensor.data, read("halves", network).find(key)->data) << network << ' ' << key;
    }
  // A size that the network cannot take is told with its file before anything begins, for either
  // preprocess that takes whole pictures; and what is advised works.
  write_noise("mixed/train/3.ppm", 96, 48);
  const Arguments scaled = {"scale_width", "--load-size",    "32",     "--crop-size",
                            "32",          "--dataset-mode", "aligned"};
  for (const Arguments& whole : {Arguments{"none"}, scaled}) {
    expect_refused(1, arguments("odd", {}, "unet_32", whole),
                   {"mixed: ", "train/3.ppm (", "multiples of 32", "resize_and_crop"});
    EXPECT_FALSE(std::filesystem::exists(folder_ / "checkpoints/odd"));
    write_noise("mixed/train/3.ppm", 96, 44);  // 32 x 29
  }
  write_noise("mixed/train/3.ppm", 96, 48);
  const Arguments cropped = {"resize_and_crop", "--crop-size", "32", "--load-size", "36"};
  for (const Arguments& remedy :
       {arguments("cropped", {}, "unet_32", cropped), arguments("another", {}, "resnet_1blocks")}) {
    const Finished mended = imago(remedy);
    EXPECT_EQ(mended.status, 0) << mended.err;
  }
}

TEST_F(TrainTest, PhotographsAreNotTakenForPairs) {
  for (int i = 0; i < 3; ++i) write_noise("unpaired/train/" + std::to_string(i) + ".ppm", 44, 40);
  expect_refused(1, small_on("unpaired", "pix2pix", "run", {"--max-steps", "1"}),
                 {"unpaired: ", "single photographs", "--dataset-mode aligned"});
  const Finished said = imago(
      small_on("unpaired", "pix2pix", "said", {"--max-steps", "1", "--dataset-mode", "aligned"}));
  EXPECT_EQ(said.status, 0) << said.err;
  const Finished unchecked =
      imago(small_on("unpaired", "pix2pix", "unchecked", {"--max-steps", "1", "--no-check"}));
  EXPECT_EQ(unchecked.status, 0) << unchecked.err;
}

TEST_F(TrainTest, LowPicturesAreNotStretched) {
  for (int i = 0; i < 3; ++i) write_noise("low/train/" + std::to_string(i) + ".ppm", 160, 40);
  // 80 x 40 scaled to 36 x 18.
  expect_refused(1,
                 small_on("low", "pix2pix", "run",
                          {"--preprocess", "scale_width_and_crop", "--dataset-mode", "aligned"}),
                 {"smaller than the crop of 32", "not stretched", "--load-size"});
}

TEST_F(TrainTest, NewNamesAndOldOnesAreTheSame) {
  const Arguments old_names = {"--average", "0.5", "--recompute", "--max-steps", "1"},
                  new_names = {"--ema", "0.5", "--gradient-checkpointing", "--max-steps", "1"};
  ASSERT_EQ(imago(small("pix2pix", "old", old_names)).status, 0);
  ASSERT_EQ(imago(small("pix2pix", "new", new_names)).status, 0);
  json options[2];
  for (const int i : {0, 1}) {
    options[i] =
        json::parse(read_text(folder_ / "checkpoints" / (i ? "new" : "old") / "options.json"));
    EXPECT_EQ(options[i].at("average"), 0.5);
    EXPECT_EQ(options[i].at("recompute"), true);
    options[i].erase("name");
  }
  EXPECT_EQ(options[0], options[1]);
  EXPECT_TRUE(fs::exists(folder_ / "checkpoints/new/latest_net_G_average.pth"));
}

}  // namespace
}  // namespace imago
