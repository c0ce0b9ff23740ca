// How good the generators are now, on pictures that stay the same for the whole run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/training/request.h"
#include "models/training/run/history.h"
#include "models/training/run/run.h"
#include "models/training/trainer.h"
#include "models/training/validate_classifier.h"
#include "models/training/validate_rows.h"
#include "models/translate/planes.h"

namespace imago {

/// Metrics, in this order (metrics.h):
///   psnr, ssim          where pictures come in pairs, averages over pictures and generators; of
///                       upscaled ones luma without a border of as many pixels as the scale, as
///                       `evaluate_generator` does. ssim is left out below 11 x 11 pixels.
///   swd                 of samples: as below, of what the generator makes of latents that stay the
///                       same to the training pictures.
///   swd, swd_A, swd_B   of unaligned data: the sliced Wasserstein distance of what G_A (and G_B)
///                       makes to the pictures of the domain it should look like, and their mean.
///   accuracy            of a classifier, and nothing else: validate_classifier.h.
///   spectrum            of sounds (validate_sounds.h).
///   Of a table others: validate_rows.h.
///   diversity           how different the results are, as a share of how different those pictures
///                       are; of two generators the less diverse one. Needs two pictures.
/// Where there are moving averages of the weights, these are what is measured.
class Validator {
 public:
  /// Reads the pictures: at most request.validation_pictures from the first of phase val, phase
  /// test, and the training pictures themselves that there is and that has any the networks can
  /// take, prepared without augmentation. They stay in memory; all have the size of the first.
  /// Of samples, whose inputs are no pictures, it reads the training pictures.
  /// Photos are cut to twice the training's crop: a sheet of 96 pixels shows little. A picture that
  /// cannot be used is passed over: `source` says so. Throws DataError where none can be used.
  Validator(const TrainingRequest& request, const Method& method);

  /// "8 pictures of val"; "8 of the training pictures, as there are no others in val or test".
  const std::string& source() const { return source_; }
  int64_t pictures() const {
    return classifier_ ? classifier_->pictures() : static_cast<int64_t>(examples_.size());
  }

  /// Measures, and writes the sheet of the first pictures, at most 8: input, output, target; or,
  /// where nothing is paired: A, fake B, back to A, B, fake A, back to B; of samples all of them,
  /// as a square, with labels a class a column, of sounds their spectrograms and beside the sheet a
  /// WAV file. Training goes on as if this had not happened.
  /// Throws Error naming the sheet if it cannot be written, NotFinite if a generator's result is
  /// not (there is no sheet then), OutOfMemory, DeviceError.
  ValidationRecord run(Trainer& trainer, int64_t step, int epoch, const RunFolder& folder);

  /// The best psnr or accuracy, or the lowest swd, spectrum or marginals, of all `run` so far; what
  /// a resumed run has to be told.
  std::optional<double> best_so_far() const { return best_; }
  void set_best_so_far(std::optional<double> best) { best_ = best; }

 private:
  /// By generator, then by picture.
  using Results = std::vector<std::vector<Planes>>;

  /// Takes the first examples; returns what to say of those that were passed over.
  std::string choose(const DataOptions& data, int64_t most, const Method& method);
  Results targets(const Method& method) const;
  NamedNumbers measure(const Results& results, const Results& targets) const;
  void save_sheet(Trainer& trainer, const Results& results,
                  const std::filesystem::path& path) const;
  std::vector<std::vector<Image>> table_of(Trainer& trainer, const Results& results) const;
  std::vector<std::vector<Image>> square_of(const std::vector<Planes>& samples) const;
  bool is_best(const NamedNumbers& metrics);

  DataKind kind_;
  std::optional<ClassifierValidator> classifier_;
  std::optional<RowValidation> rows_;  // of a table; all else is then empty
  int rate_ = 0;                       // of sounds
  int scale_;                          // photos
  size_t columns_ = 0;                 // samples: of the sheet; 0: as many as rows
  std::vector<Batch> examples_;        // of one picture each
  std::string source_;
  std::optional<double> best_;
};

}  // namespace imago
