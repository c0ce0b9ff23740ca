// The options of `imago train` about data.
#include "cli/train_options.h"

namespace imago {
namespace {

void add_kind(CLI::App& command, TrainingRequest& request) {
  using enum DataKind;
  const std::vector<DataKind> kinds =
      request.method == "pix2pix"    ? std::vector{aligned, paired, edges, grey, holes, cameras}
      : request.method == "cyclegan" ? std::vector{unaligned, cameras}
                                     : std::vector{photos};
  add_choice(command, "--dataset-mode", request.data.kind, kinds, "How dataroot is laid out");
}

}  // namespace

void add_second_folder(CLI::App& command, DataOptions& data) {
  const bool pairs = data.kind == DataKind::aligned;
  command
      .add_option_function<std::string>(
          "--dataroot-b",
          [&data, pairs](const std::string& folder) {
            data.dataroot_b = folder;
            if (pairs) data.kind = DataKind::paired;
          },
          std::string("B's pictures where they are in a folder of their own; --dataroot is then "
                      "that of A's alone") +
              (pairs ? ", and --dataset-mode paired is meant" : ""))
      ->type_name("DIR");
}

void add_split_options(CLI::App& command, DataOptions& data) {
  if (data.kind != DataKind::photos)
    command
        .add_option("--val-cameras", data.val_cameras,
                    "cameras: those of phase val, as a,b; else the last two of three or more")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAMES");
  add_number<int64_t>(command, "--held-out", data.held_out,
                      "No folder val: so many pictures (of A and of B) are phase val and not train",
                      0);
}

void add_data_options(CLI::App& command, TrainingRequest& request) {
  DataOptions& data = request.data;
  const bool photos = data.kind == DataKind::photos;
  command.add_option("--dataroot", data.dataroot, "The folder of pictures")->required();
  if (!photos) add_second_folder(command, data);
  command.add_option("--phase", data.phase, "Which part of it")->capture_default_str();
  add_kind(command, request);
  add_split_options(command, data);
  if (!photos) {
    command
        .add_option_function<std::string>(
            "--direction", [&](const std::string& d) { data.b_to_a = d == "BtoA"; },
            "AtoB (default) or BtoA")
        ->check(CLI::IsMember({"AtoB", "BtoA"}));
    add_number(command, "--input-nc", data.input_channels, "Channels of the input, 1 or 3", 1, 3);
    add_number(command, "--output-nc", data.output_channels, "Channels of the output, 1 or 3", 1,
               3);
    add_number(command, "--load-size", data.load_size, "Side pictures are resized to", 1, 65536);
    command.add_flag("--serial-batches", data.in_order, "In the order of the files");
  }
  add_choice(command, "--preprocess", data.preprocess,
             {Preprocess::resize_and_crop, Preprocess::crop, Preprocess::scale_width,
              Preprocess::scale_width_and_crop, Preprocess::none},
             "What is cut from a picture");
  add_number(command, "--crop-size", data.crop_size, "Side of what the networks see", 1, 65536);
  command.add_flag_callback(
      "--no-flip", [&] { data.flip = false; }, "Never mirror pictures");
  add_number(command, "--color-jitter", data.color_jitter,
             "Change colours by chance by up to this share; 0: never", 0.0, 1.0);
  if (!photos)
    add_number(command, "--input-jitter", data.input_jitter,
               "Pairs: the same for the input alone, where its light does not matter", 0.0, 1.0);
  add_number(command, "--augment", data.augment,
             "Probability of a turn, a change of size and a shift each, for few pictures", 0.0,
             1.0);
  if (!photos)
    add_number(command, "--white-on-black", data.white_on_black,
               "edges: probability that a drawing is white on black", 0.0, 1.0);
  add_number(command, "--batch-size", data.batch_size, "Pictures in a step", 1, 65536);
  add_number<int64_t>(command, "--max-dataset-size", data.max_dataset_size,
                      "Use so many files only; 0: all", 0);
  add_number(command, "--num-threads", request.threads, "Threads that decode pictures", 1, 1024);
}

}  // namespace imago
