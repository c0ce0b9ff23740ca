// What a data set is, what is wrong with it, and how to mend it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/data/check/network_sides.h"
#include "models/data/dataset.h"

namespace imago {

struct DataProblem {
  enum class Severity {
    error,    // training cannot work: it is refused
    warning,  // training works, but not as well as it could, or its numbers will deceive
  };
  Severity severity = Severity::warning;
  /// One word:
  ///   layout          folders are missing, or what they are is not clear
  ///   empty           a folder without pictures
  ///   ignored         picture files of formats that are not read
  ///   unreadable      pictures that are damaged or cut short
  ///   not_a_picture   other files under a picture's name
  ///   unmatched       paired: pictures without a partner of the same name
  ///   same_name       paired: two pictures of one folder claim one partner
  ///   size_mismatch   pairs whose pictures differ in size or shape, A|B that cannot be halved,
  ///                   sides that the network cannot take
  ///   too_small       pictures smaller than the crop
  ///   few             too few for a GAN to learn from
  ///   duplicate       pictures that are there more than once, perhaps saved anew or resized
  ///   train_in_val    training pictures that are also in val or test
  ///   identical_pair  A and B are the same: nothing to learn
  ///   swapped         A and B are exchanged, judged by the other pairs
  std::string kind;
  std::string text;                          // what is wrong, with the names of the first few files
  std::string remedy;                        // what to do about it
  std::vector<std::filesystem::path> files;  // relative to dataroot, the first few; for thumbnails
  int64_t count = 1;                         // how many files or pairs it is about
};

struct DataReport {
  DataOptions data;        // the options that were checked, with the kind that was found out
  bool recognised = true;  // false: the kind could not be found out
  std::string what;        // "pairs A|B in one file: 400 in train, 60 in val; 512x256 pixels"
  int64_t pictures = 0;
  std::vector<DataProblem> problems;  // errors first; at most one of each kind and severity
  bool usable() const;                // no errors
};

struct CheckDataOptions {
  /// DataOptions::kind is what is wanted; else it is found out: aligned, paired, unaligned, photos
  /// (which serve edges, grey and holes too) or cameras.
  bool know_kind = false;
  /// With know_kind: nobody said so, it is what the method takes. Then pictures that look like
  /// single photographs are an error (layout) where pairs side by side are wanted.
  bool kind_is_assumed = false;
  /// What the network that is to learn takes: sides that are multiples of `multiple` and at least
  /// `minimum`. With --preprocess none and scale_width pictures have sides of their own.
  NetworkSides sides = {};
  int threads = 2;
};

/// Samples as what lies like them, photos, none of which are enlarged: for check_data.
DataOptions as_photos(DataOptions samples);

/// Looks at a data set's folders and every picture in them: those of data.phase, and of train, val
/// and test beside it. `data.crop_size` 0 means the usual one, 96 for photos and else 256. An error
/// is what `Dataset` throws for, and nothing else: it means that training would stop. With
/// `data.dataroot_b` there are these two folders alone. Throws DataError only where there is no
/// such folder; all else is in the report. `progress` gets the share done, from the calling thread;
/// returning false ends it with Cancelled.
DataReport check_data(const DataOptions& data, const CheckDataOptions& options = {},
                      const std::function<bool(double)>& progress = {});

}  // namespace imago
