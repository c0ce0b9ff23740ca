// Encoded frames, sound and subtitles to one file. Internal to models/video.
#pragma once

#include <vector>

#include "models/video/ffmpeg/handles.h"

namespace imago::ffmpeg {

/// Which streams of the source go along, and what of them cannot.
struct Companions {
  struct Stream {
    int index;            // of the source
    AVCodecID rewritten;  // subtitles, as these; AV_CODEC_ID_NONE: copied as it is
  };
  std::vector<Stream> streams;  // in the source's order
  std::string left_out;         // for a person; empty: nothing
};
/// Throws FilmError where the container cannot hold the sound, and says which can.
Companions companions_of(const AVFormatContext& source, const std::string& format);

/// Writes the film of the frames in `segments`, in their order, as the encoder `context` makes
/// them. The file is whole or absent. Throws FilmError and Error.
void join(const FilmPlan& plan, const AVCodecContext& context,
          const std::vector<std::filesystem::path>& segments);

}  // namespace imago::ffmpeg
