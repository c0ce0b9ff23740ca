// Many pictures and films through one network: which file becomes which, and running them one by
// one so that a bad file never stops the rest. What `imago translate` and the app's queue call.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/image/image.h"
#include "models/translate/translator.h"
#include "models/video/video_options.h"

namespace imago {

/// One picture or film to translate.
struct BatchJob {
  std::filesystem::path input, output;
  std::string format;  // of the output: "png", "jpg", "webp", "tif", "bmp", "ppm", or a film's:
                       // "mp4", "mov", "mkv", "webm", "gif", "apng"
  bool operator==(const BatchJob&) const = default;
};

/// What became of one picture.
struct BatchResult {
  enum class Status { done, skipped, failed, cancelled };
  BatchJob job;
  Status status = Status::done;
  std::string reason;      // why it failed; without the input's name
  bool by_device = false;  // it was the device that failed, which may stay so until opened anew
  std::string note;        // what a person should know of the input: that it has more frames…
  int width = 0, height = 0;
  int64_t frames = 0;             // of a film; 0: a picture
  double milliseconds = 0;        // from the decoded picture to the network's result; of all frames
  double whole_milliseconds = 0;  // of a film, with what could not be done beside the network
  /// Of a film: the share of the time in which the device had none of its frames to work on.
  std::optional<double> idle_share = {};
};

struct BatchRequest {
  std::vector<std::filesystem::path> inputs;  // files, and folders that are walked
  std::filesystem::path output;               // a file, or a folder (existing, or ending with '/')
  std::string format;                         // as a job's; empty: the output's or the input's own
  bool skip_existing = false;                 // translate only what has no output yet
  std::string suffix = {};  // in an output folder: added to names, before the extension
  bool films = true;        // films of the folders too
  bool stills = false;      // of what moves one frame is wanted (BatchOptions::one_page)
};

struct BatchPlan {
  std::vector<BatchJob> jobs;
  std::vector<BatchResult> settled;  // skipped, or failed before any work (an unreadable folder…)
  std::vector<std::filesystem::path> left_out;  // files of the folders that are no pictures
};

/// Decides which file becomes which. Reads folders, and of pictures no more than whether a gif
/// moves; writes nothing.
///
/// - A folder is walked recursively and its structure mirrored in the output folder. Taken are the
///   files with a picture's extension; hidden files and folders are not, nor is the output folder
///   where it lies inside. Links are followed, each folder visited once.
/// - In an output folder a picture keeps its name; the extension becomes that of `format`. Without
///   one, a picture keeps its own format where that can be written, else becomes png; a film
///   keeps its own, else becomes mkv.
/// - Where several inputs would become one output, each keeps its whole name: a.jpg.png,
/// a.webp.png.
/// - A job whose output is a picture of the inputs is refused: no original is ever overwritten.
/// - Of several inputs, a folder's pictures go to a folder of its name in the output folder.
///
/// Throws Error if nothing can be done at all: an input that does not exist, no picture in the
/// folders, an output of unknown format, a folder to one file or to itself, no such folder for an
/// output file.
BatchPlan plan_batch(const BatchRequest& request);

struct BatchProgress {
  size_t index = 0, total = 0;    // of the pictures to be translated
  std::filesystem::path input;    // the one in work
  double fraction = 0;            // of everything, 0…1
  double seconds_left = -1;       // of everything; -1: not known yet
  int64_t frame = 0, frames = 0;  // of a film: done, and how many it has; 0: not known, no film
  double frames_per_second = 0;
  std::string note = {};  // as Progress::note
};

struct BatchOptions {
  TranslateOptions translate;
  ImageReadOptions limits;
  VideoOptions video;             // how films are written
  bool one_page = false;          // of moving pictures too, `limits.page` alone
  bool scale_resolution = false;  // pixels per inch grow with the picture: a print keeps its size
  int quality = SaveOptions().quality;  // of pictures that are written as jpg or webp
  /// Called from the calling thread, now and then; return false to cancel.
  std::function<bool(const BatchProgress&)> progress;
  /// Called from the calling thread before a job and while it is in work; where it returns false,
  /// that job alone is cancelled.
  std::function<bool(size_t index)> wanted;
  /// Called from the calling thread once per job, in the order of the jobs.
  std::function<void(const BatchResult&)> finished;
};

/// Translates the jobs one after another, reading the next picture and writing the last one
/// meanwhile. Makes the folders that outputs need. Never throws for one picture: its result says
/// why it failed. After a cancel the picture in work and all later ones are `cancelled`.
/// The results are as many as the jobs, in their order.
std::vector<BatchResult> run_batch(const std::vector<BatchJob>& jobs, Translator& translator,
                                   const BatchOptions& options);

}  // namespace imago
