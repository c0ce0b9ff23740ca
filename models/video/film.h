// Films as frames with their times: read, and written with the sound of another film. Films are
// whatever moves: animated pictures (gif, apng, webp) are some.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/image/image.h"
#include "models/video/video_options.h"

namespace imago {

/// A film that cannot be read or written; the message is complete but for the path.
class FilmError : public Error {
 public:
  using Error::Error;
};

/// What the numbers of a frame mean: code points of ITU-T H.273; 2: the file does not say.
struct FilmColour {
  int primaries = 2, transfer = 2, matrix = 2;
  bool full_range = false;
};

struct FilmFraction {
  int numerator = 0, denominator = 1;
};

/// What a film's file says of it.
struct FilmInfo {
  int width = 0, height = 0;  // of the upright frames
  bool alpha = false;         // frames have it
  int bits = 8;               // of the frames as they are given, 8 or 16
  FilmFraction unit;          // seconds: what times of frames are counted in
  FilmFraction rate;          // frames a second on average; 0/1: not known
  FilmFraction aspect{1, 1};  // of a pixel of the upright frames, width over height
  FilmColour colour;
  int64_t frames = 0;        // 0: not known; may be an estimate
  double seconds = 0;        // 0: not known
  std::string codec;         // "h264"
  std::string pixel_format;  // "yuv420p10le": the film's own, by FFmpeg's name
};

/// A picture of a film. Colours are red, green and blue of the full range, rows upright.
struct FilmFrame {
  Raster picture;
  int64_t time = 0, duration = 0;  // in the film's units; the times of a film grow
};

class FilmReader {
 public:
  virtual ~FilmReader() = default;
  const FilmInfo& info() const { return info_; }
  /// The next frame; none after the last. Damaged frames do not end a film: they are noted, and
  /// given as far as the decoder makes something of them.
  virtual std::optional<FilmFrame> read() = 0;
  /// The next frame is the first one later than `time`.
  virtual void skip_beyond(int64_t time) = 0;
  /// What a person should know of the frames read so far: "damaged at 0:03.240".
  virtual std::string note() const { return {}; }

 protected:
  FilmInfo info_;
};

/// Throws FilmError: no film, a codec that this FFmpeg cannot decode, frames of more than
/// `max_pixels`.
std::unique_ptr<FilmReader> open_film(const std::filesystem::path& path, int64_t max_pixels);

/// Whether a file holds more than one frame; false for what cannot be read as a film.
bool is_moving(const std::filesystem::path& path);

/// What a film is made of beside its frames.
struct FilmPlan {
  std::filesystem::path output;
  std::filesystem::path source;  // its sound and subtitles are copied; empty: there is none
  std::string format;            // as film_format_of
  FilmInfo info;                 // the source's
  int width = 0, height = 0;     // of the frames
  bool alpha = false;            // frames may have it
  VideoOptions options;
  std::string made_by;   // goes into the film's metadata
  std::string settings;  // what the frames depend on: only what was made with the same goes on
};

/// A film being written. What is encoded is kept, a few seconds at a time, in a folder beside the
/// output, OUTPUT.imago, until the film is whole: a writer opened with the same plan goes on there.
/// Animations (gif, apng, webp) and films without a source are begun anew.
class FilmWriter {
 public:
  virtual ~FilmWriter() = default;
  /// How many frames were there from an earlier writer, and the time of the last of them.
  virtual int64_t frames_kept() const = 0;
  virtual int64_t last_time() const = 0;
  /// That it goes on, or begins anew and why; that something of the source does not go along.
  virtual std::string note() const = 0;
  /// What of alpha and depth the film can hold.
  virtual bool holds_alpha() const = 0;
  virtual int bits() const = 0;
  /// Colours 3, alpha and bits as far as the film holds them. Throws FilmError, and Error where
  /// files cannot be written.
  virtual void write(const FilmFrame& frame) = 0;
  /// After the last frame: joins what is encoded with sound and subtitles, and puts the film in
  /// place. Without it, the folder stays.
  virtual void finish() = 0;
};

/// Throws FilmError for what cannot be made: a codec that is missing or does not fit into the
/// container, sound that does not; Error where the folder cannot be written.
std::unique_ptr<FilmWriter> open_film_writer(const FilmPlan& plan);

/// Where a film's encoded parts are until it is whole.
std::filesystem::path parts_folder(const std::filesystem::path& output);

/// "1:02:03.450", "0:03.240".
std::string film_time(double seconds);

}  // namespace imago
