// Data sets that training and validation read: folders of pictures turned into batches.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "compute/graph/shape.h"
#include "models/data/picture.h"

namespace imago {

/// Folders and conventions of pytorch-CycleGAN-and-pix2pix; photos as in super-resolution.
enum class DataKind {
  aligned,    // dataroot/phase: A | B side by side in one file (Pix2Pix)
  unaligned,  // dataroot/phaseA and dataroot/phaseB (CycleGAN)
  photos,     // dataroot/phase if that exists, else dataroot: the network's input is made from them
  paired,     // as unaligned, but A and B of one name (the extension aside) are a pair
  edges,      // folders as photos: the photo (B) from its edges (A)
  grey,       // folders as photos: the photo from its grey values
  holes,      // folders as photos: the photo from itself with parts painted over
  cameras,    // dataroot/CAMERA/{day,night}: any day picture with any night picture of its camera
  samples,    // folders as photos, or IDX files: what a sampler learns to make of random numbers
  table,      // dataroot is a CSV file: rows that a sampler learns to make (tables/table_data.h)
  sounds,     // folders as photos, of WAV files: the same of sounds (sounds.h)
};

/// "aligned", …: the words of --dataset-mode.
const char* to_string(DataKind kind);

/// What becomes of a picture before it reaches a network, in training and for validation.
enum class Preprocess {
  resize_and_crop,       // to load_size², a random crop_size² of it; validation: to crop_size²
  crop,                  // a random crop_size² of the picture; validation: the one in the middle
  scale_width,           // to load_size pixels of width, whatever the height then is
  scale_width_and_crop,  // the same, then as `crop`
  none,                  // sides rounded to the nearest multiple of 4
};

/// "resize_and_crop", …
const char* to_string(Preprocess preprocess);

struct DataOptions {
  DataKind kind = DataKind::aligned;
  std::filesystem::path dataroot;
  /// unaligned, paired: the folder of B, wherever it lies; `dataroot` itself is then that of A.
  /// Neither lies in the other. Both hold what is for training: phase "val" is what is `held_out`,
  /// and there is no other. Empty: dataroot holds both, as DataKind says.
  std::filesystem::path dataroot_b = {};
  std::string phase = "train";
  bool b_to_a = false;  // B is what the network is given (`Batch::a`)
  /// Photos: `none` takes whole pictures cut to a multiple of `scale`, all others mean `crop`.
  /// Derived pairs, cameras and samples keep their proportions: resize_and_crop makes the shorter
  /// side load_size (validation, and samples always: crop_size), crop enlarges what is smaller than
  /// crop_size.
  Preprocess preprocess = Preprocess::resize_and_crop;
  int load_size = 286, crop_size = 256;
  bool flip = true;  // half of the training pictures left to right
  int batch_size = 1;
  int64_t max_dataset_size = 0;  // the first so many files of each folder, after any split; 0: all
  int input_channels = 3, output_channels = 3;  // 1 (BT.601 grey) or 3
  bool in_order = false;                        // serial_batches: not shuffled, B beside A
  int scale = 4;         // photos: how much smaller the input is; crop_size is a multiple of it
  bool degrade = false;  // photos: the degradation of Real-ESRGAN instead of bicubic
  uint64_t seed = 0;
  int64_t cache_bytes = int64_t{1} << 30;  // decoded pictures kept in memory; 0: none
  /// Cameras of phase "val"; all others are of phase "train". None named: the last two by name
  /// where there are at least three.
  std::vector<std::string> val_cameras = {};
  /// Without a folder for validation: so many files of the training's, evenly spread over their
  /// names, are phase "val" and left out of phase "train". Not for cameras.
  int64_t held_out = 0;
  /// Training: hue, saturation, brightness and contrast change by chance by up to this share, 0…1;
  /// alike in the pictures of a pair, and before the other one is derived.
  double color_jitter = 0;
  /// Training on pairs: the same for the input alone, 0…1, where its light does not tell what the
  /// other one is like.
  double input_jitter = 0;
  /// Training: the probability of each of a turn (up to 15°), a change of size (0.8…1.2) and a
  /// shift (up to a tenth), alike in a pair.
  double augment = 0;
  /// edges: the probability that a drawing is white on black, 0…1; so is validation's from 0.5 on.
  double white_on_black = 0;
  /// edges: the width of validation's lines, of a picture of 256; 0: as SketchOptions has it.
  double line_width = 0;
  /// edges: the probability that a training drawing is one of draw_hand_options, 0…1.
  double hand_drawn = 0;
  /// edges: the probability that a training photo lies on white paper, smaller and anywhere, and
  /// then in every second one a part is not drawn yet (on_paper.h), 0…1.
  double on_paper = 0;
  /// edges with 3 channels: strokes, blots and fills in the photo's colours, at most so many in a
  /// training drawing (a third of these have none), and just so many in validation's.
  int colour_strokes = 0;
  int latent = 100;     // samples: how many random numbers a picture is made of
  bool labels = false;  // samples: the pictures have labels (labels.h)
  /// samples: what the classes are called, in the order of their numbers, in place of the names of
  /// their folders or of the numbers of an IDX file.
  std::vector<std::string> label_names = {};
  int modes = 10;                         // table: at most so many of each column (mixture.h)
  std::vector<std::string> columns = {};  // table: "name=kind", see find_columns
  std::string table = {};                 // table: its coding (read_table_coding); empty: not known
  int length = 16384;                     // sounds: of one, in samples; a square
  int rate = 16000;                       // sounds: samples a second
};

/// Throws DataError that names the options which contradict each other or themselves.
void check(const DataOptions& options);

/// Fills in what the files tell and training has to know: label_names and table. Throws DataError.
void complete(DataOptions& options);

/// What is wrong with some of the files, in a sentence; `error`: training would stop at them.
struct SoundProblem {
  bool error = false;
  std::string text;
};
/// Of sounds; reads all of them. Files that cannot be read, are silent, or are much shorter than
/// `length`.
std::vector<SoundProblem> sound_problems(const DataOptions& options);

/// "photos", or of two folders "horses and zebras": where the pictures lie, for messages.
std::string data_folders(const DataOptions& options);

/// NCHW. `a` is what the generator is given, `b` what it should make (of unaligned data the other
/// domain), both in [-1, 1]. photos: `a` the small picture, `b` the large one, both in [0, 1].
/// table: see TableData. sounds: as samples, `b` {N, 1, side, side}, side² samples row by row.
/// samples: `a` {N, latent + classes, 1, 1}, numbers of a standard normal distribution and behind
/// them a 1 for the class of `b`, zeros for the others; `b` pictures that are no results of them.
struct Batch {
  Shape a_shape, b_shape;
  std::vector<float> a, b;
  std::vector<std::string> files;    // of a, relative to dataroot, one per example
  std::vector<std::string> b_files;  // of b; the same if both come from one file
};

/// Const members may be called from several threads.
class Dataset {
 public:
  /// Lists the files and reads none. Throws DataError for folders that are missing, empty or laid
  /// out otherwise, and for options that contradict each other.
  explicit Dataset(const DataOptions& options);
  ~Dataset();
  Dataset(Dataset&&) noexcept;
  Dataset& operator=(Dataset&&) noexcept;

  const DataOptions& options() const;

  /// Of samples with labels: the classes in the order of their numbers.
  const std::vector<std::string>& label_names() const;
  /// Of samples: whether they are in one IDX file.
  bool is_packed() const;
  /// Examples in an epoch: the files or pairs, of unaligned data the files of the larger folder, of
  /// cameras those that A comes from.
  int64_t size() const;
  /// A checksum of the files' names: another one means other batches.
  uint32_t fingerprint() const;
  /// size() / batch_size, rounded up.
  int64_t steps_per_epoch() const;

  /// The training batch of this step (≥ 0), a pure function of options, files and step. Examples
  /// are dealt one after another, every epoch in another order and each once; batches are always
  /// full, so one may hold the end of an epoch and the beginning of the next.
  /// Throws DataError for a picture that cannot be read or is too small, with its name.
  Batch batch(int64_t step) const;

  /// One picture for validation, in the order of the files, without augmentation; 0 ≤ index <
  /// size(). Of samples the classes of `a` take turns, whatever that of `b` is. Throws DataError as
  /// `batch`.
  Batch example(int64_t index) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace imago
