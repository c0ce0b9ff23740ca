// Subtitles from one way of writing them to another. Internal to models/video.
#pragma once

#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {

/// What subtitles of this codec become in a container that cannot hold them as they are: text in
/// its own way of writing it. AV_CODEC_ID_NONE: nothing, they are pictures or FFmpeg cannot.
AVCodecID text_codec_for(AVCodecID from, const std::string& format);

class SubtitleConverter {
 public:
  /// Throws FilmError.
  SubtitleConverter(const AVStream& from, AVCodecID to);
  const AVCodecContext& context() const { return *encoder_; }
  /// The packet's words in the other way, its times kept. False where it holds none.
  bool convert(AVPacket& packet);

 private:
  Codec decoder_, encoder_;
};

}  // namespace imago::ffmpeg
