// Which encoder a film goes through, and the encoder. Internal to models/video.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "models/video/ffmpeg/picture_converter.h"

namespace imago::ffmpeg {

/// The container of a format. Throws FilmError where this FFmpeg does not write it.
const AVOutputFormat& container_of(const std::string& format);

/// The encoder that VideoOptions::codec names, or the format's own. Throws FilmError: names what
/// is missing, or does not fit into the container, and what there is.
const AVCodec& choose_encoder(const FilmPlan& plan);

/// What an encoder is opened with: pixel format, colours, sizes and times of the film.
class FilmEncoder {
 public:
  explicit FilmEncoder(const FilmPlan& plan);
  ~FilmEncoder();

  /// Begins anew with a key frame, unless nothing was encoded since. Throws FilmError where the
  /// encoder refuses.
  void open();
  using Sink = std::function<void(const AVPacket&)>;
  void encode(const FilmFrame& frame, const Sink& sink);
  /// All that is still in it; then it is closed.
  void drain(const Sink& sink);

  const AVCodecContext& context() const { return *context_; }
  AVPixelFormat pixel_format() const { return format_; }
  const AVCodec& codec() const { return codec_; }
  /// What a person should know of the choice of the pixel format; empty: nothing.
  std::string note() const { return note_; }

 private:
  void receive(const Sink& sink);
  AVPixelFormat choose_format();

  const FilmPlan& plan_;
  const AVCodec& codec_;
  std::string note_;
  const AVPixelFormat format_;
  const FilmColour colour_;
  Codec context_;
  bool fresh_ = false;  // opened, and nothing encoded
  FrameMaker maker_;
  std::map<int64_t, int64_t> durations_;  // of what is in the encoder, by time
};

}  // namespace imago::ffmpeg
