// The options of `imago evaluate` about data.
#include "cli/train_options.h"

namespace imago {
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

}  // namespace imago
