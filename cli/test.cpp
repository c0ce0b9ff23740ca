// imago test: test.py of pytorch-CycleGAN-and-pix2pix. The networks of a run on the pictures of its
// phase test, into RESULTS/NAME/test_latest.
#include <fstream>
#include <iostream>

#include "cli/command.h"
#include "cli/declared_options.h"
#include "cli/foreign_options.h"
#include "models/data/resample.h"
#include "models/library/identify.h"
#include "models/measure/sample_grid.h"
#include "models/training/training_options.h"
#include "models/translate/batch.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

struct TestArguments {
  TrainingRequest request;  // folders, direction, preparation; all else the networks' files say
  std::string model = "test", epoch = "latest", model_suffix, device;
  fs::path results_dir = "results";
  int64_t number = 50;
  bool eval = false;
};

/// Images of one example by their names: "real_A", "fake_B"…
using Images = std::vector<std::pair<std::string, Image>>;

Image image_of(const std::vector<float>& values, const Shape& shape) {
  return image_from_batch(values, shape, 0, -1, 1);
}

Translator open_network(const TestArguments& options, const std::string& network) {
  const fs::path folder = options.request.checkpoints_dir / options.request.name;
  fs::path file = folder / (options.epoch + "_net_" + network + ".pth");
  // A run's own generator may have the other model's name: of CycleGAN's G_A, G is what it became.
  if (!fs::exists(file) && network == "G" && fs::exists(folder / (options.epoch + "_net_G_A.pth")))
    file = folder / (options.epoch + "_net_G_A.pth");
  return Translator(load_generator(file), options.device);
}

TranslateOptions translate_options_of(const TestArguments& options) {
  TranslateOptions translate;
  translate.side = 0;
  if (options.eval) translate.statistics = TranslateOptions::Statistics::running;
  return translate;
}

/// Writes the images of the examples and the page that shows them.
class Results {
 public:
  explicit Results(const TestArguments& options)
      : folder_(options.results_dir / options.request.name /
                (options.request.data.phase + "_" + options.epoch)) {
    std::error_code error;
    fs::create_directories(folder_ / "images", error);
    if (error) throw Error((folder_ / "images").string() + ": cannot be made: " + error.message());
    page_ = "<!doctype html><meta charset=\"utf-8\"><title>" + options.request.name +
            "</title>\n<style>img{max-width:256px}td{text-align:center}</style>\n<table>\n";
  }

  void add(const fs::path& file, const Images& images) {
    page_ += "<tr>";
    for (const auto& [name, image] : images) {
      const fs::path relative = fs::path("images") / (file.stem().string() + "_" + name + ".png");
      SaveOptions save;
      const bool made = name.find("real") == std::string::npos;
      save.origin = made ? Origin::composite_with_trained_model : Origin::photograph;
      save.creator = "Imago " IMAGO_VERSION;
      save_image(image, folder_ / relative, save);
      page_ += "<td>" + name + "<br><img src=\"" + relative.string() + "\"></td>";
      std::cout << (folder_ / relative).string() << '\n';
    }
    page_ += "</tr>\n";
  }

  void finish() const {
    const fs::path path = folder_ / "index.html";
    std::ofstream page(path);
    if (!(page << page_ << "</table>\n" << std::flush))
      throw Error(path.string() + ": cannot be written to");
    std::cout << path.string() << '\n';
  }

 private:
  fs::path folder_;
  std::string page_;
};

/// Every picture of a folder, as the network's input.
void test_single(const TestArguments& options, Results& results) {
  Translator network = open_network(options, "G" + options.model_suffix);
  const DataOptions& data = options.request.data;
  BatchRequest request;
  request.inputs = {data.dataroot};
  request.output = options.results_dir / "";
  request.films = false;
  const BatchPlan plan = plan_batch(request);
  for (size_t i = 0; i < plan.jobs.size() && static_cast<int64_t>(i) < options.number; ++i) {
    const fs::path& file = plan.jobs[i].input;
    if (was_interrupted()) throw Error("cancelled");
    Picture picture = with_channels(read_picture(file), network.info().in_channels);
    if (data.preprocess == Preprocess::resize_and_crop)
      picture = resize_bicubic(picture, data.crop_size, data.crop_size);
    std::vector<float> values;
    append_planes(picture, -1, 1, values);
    const Image real = image_of(values, {1, picture.channels, picture.height, picture.width});
    results.add(file,
                {{"real", real}, {"fake", network.translate(real, translate_options_of(options))}});
  }
}

void test_pairs(const TestArguments& options, Results& results) {
  Translator network = open_network(options, "G");
  DataOptions data = options.request.data;
  data.input_channels = network.info().in_channels;
  data.output_channels = network.info().out_channels;
  const Dataset dataset(data);
  for (int64_t i = 0; i < std::min(dataset.size(), options.number); ++i) {
    if (was_interrupted()) throw Error("cancelled");
    const Batch example = dataset.example(i);
    const Image real_a = image_of(example.a, example.a_shape);
    results.add(example.files[0],
                {{"real_A", real_a},
                 {"fake_B", network.translate(real_a, translate_options_of(options))},
                 {"real_B", image_of(example.b, example.b_shape)}});
  }
}

void test_cycle(const TestArguments& options, Results& results) {
  Translator a_to_b = open_network(options, "G_A"), b_to_a = open_network(options, "G_B");
  DataOptions data = options.request.data;
  data.input_channels = a_to_b.info().in_channels;
  data.output_channels = b_to_a.info().in_channels;
  const Dataset dataset(data);
  const TranslateOptions translate = translate_options_of(options);
  for (int64_t i = 0; i < std::min(dataset.size(), options.number); ++i) {
    if (was_interrupted()) throw Error("cancelled");
    const Batch example = dataset.example(i);
    const Image real_a = image_of(example.a, example.a_shape),
                real_b = image_of(example.b, example.b_shape);
    const Image fake_b = a_to_b.translate(real_a, translate),
                fake_a = b_to_a.translate(real_b, translate);
    results.add(example.files[0], {{"real_A", real_a},
                                   {"fake_B", fake_b},
                                   {"rec_A", b_to_a.translate(fake_b, translate)},
                                   {"real_B", real_b},
                                   {"fake_A", fake_a},
                                   {"rec_B", a_to_b.translate(fake_a, translate)}});
  }
}

ExitStatus run_test(TestArguments& options) {
  cancel_on_interrupt();
  DataOptions& data = options.request.data;
  data.load_size = data.crop_size;  // as test.py does
  if (options.model == "cycle_gan" || options.model == "cyclegan") data.kind = DataKind::unaligned;
  Results results(options);
  if (options.model == "test")
    test_single(options, results);
  else if (data.kind == DataKind::unaligned)
    test_cycle(options, results);
  else
    test_pairs(options, results);
  results.finish();
  return kAllDone;
}

/// What the file of a network says itself.
void ignore_architecture(CLI::App& command) {
  std::vector<ForeignOption> options;
  const std::string why = "the network's file says it";
  for (const char* name :
       {"--netG", "--netD", "--ngf", "--ndf", "--n-layers-D", "--norm", "--input-nc", "--output-nc",
        "--init-type", "--init-gain", "--which-model-netG", "--load-size", "--loadSize"})
    options.push_back(ignored(name, true, why));
  options.push_back(ignored("--no-dropout", false, "results are the same every time"));
  options.push_back(ignored("--no-flip", false, "pictures are never mirrored here"));
  options.push_back(ignored("--serial-batches", false, "pictures are taken in their order"));
  for (const char* name : {"--batch-size", "--num-threads", "--display-id", "--suffix"})
    options.push_back(ignored(name, true, "pictures are translated one by one"));
  options.push_back(refused("--aspect-ratio", true, "resize the results afterwards", "1.0"));
  add_foreign(command, options);
}

}  // namespace

void add_test(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<TestArguments>();
  TrainingRequest& request = options->request;
  request = default_request("pix2pix");
  request.data.phase = "test";
  CLI::App* command = app.add_subcommand(
      "test", "A run's networks on its test pictures, as test.py of pytorch-CycleGAN-and-pix2pix");
  for (const char* name :
       {"dataroot", "dataroot-b", "phase", "dataset-mode", "direction", "preprocess", "crop-size",
        "max-dataset-size", "name", "checkpoints-dir"})
    add_declared(*command, request, *option_named(training_options(), name));
  command->get_option("--dataroot")->required();
  command->get_option("--name")->required();
  command->get_option("--dataset-mode")->transform([](const std::string& mode) {
    return mode == "single" || mode == "unaligned" ? std::string("aligned") : mode;
  });
  command
      ->add_option("--model", options->model,
                   "pix2pix, cycle_gan, or test: every picture of a folder")
      ->check(CLI::IsMember({"pix2pix", "cycle_gan", "cyclegan", "test"}))
      ->capture_default_str();
  command->add_option("--model-suffix", options->model_suffix,
                      "test: the network is G with this, as _A");
  command->add_option("--epoch,--which-epoch", options->epoch, "Which checkpoint")
      ->capture_default_str();
  command->add_option("--results-dir", options->results_dir, "Where results are written")
      ->capture_default_str();
  command->add_option("--num-test,--how-many", options->number, "At most so many pictures")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--eval", options->eval, "Batch norm uses the statistics of the training");
  command->add_option("-g,--device", options->device, "Index or part of a name, see imago devices");
  ignore_architecture(*command);
  add_foreign(*command, cyclegan_base_options(options->device));
  command->callback(
      [&invocation, options] { invocation.run = [options] { return run_test(*options); }; });
}

}  // namespace imago
