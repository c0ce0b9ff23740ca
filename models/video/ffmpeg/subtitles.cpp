#include "models/video/ffmpeg/subtitles.h"

#include <cstring>
#include <new>
#include <vector>

namespace imago::ffmpeg {
namespace {

bool is_text(AVCodecID codec) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get(codec);
  return descriptor && (descriptor->props & AV_CODEC_PROP_TEXT_SUB) != 0;
}

}  // namespace

AVCodecID text_codec_for(AVCodecID from, const std::string& format) {
  const AVCodecID to = format == "mkv"    ? AV_CODEC_ID_SUBRIP
                       : format == "webm" ? AV_CODEC_ID_WEBVTT
                                          : AV_CODEC_ID_MOV_TEXT;
  const bool can = is_text(from) && avcodec_find_decoder(from) && avcodec_find_encoder(to);
  return can ? to : AV_CODEC_ID_NONE;
}

SubtitleConverter::SubtitleConverter(const AVStream& from, AVCodecID to) {
  const AVCodec* reads = avcodec_find_decoder(from.codecpar->codec_id);
  const AVCodec* writes = avcodec_find_encoder(to);
  decoder_.reset(avcodec_alloc_context3(reads));
  encoder_.reset(avcodec_alloc_context3(writes));
  if (!decoder_ || !encoder_) throw std::bad_alloc();
  check(avcodec_parameters_to_context(decoder_.get(), from.codecpar), "cannot read the subtitles");
  decoder_->pkt_timebase = from.time_base;
  check(avcodec_open2(decoder_.get(), reads, nullptr), "cannot read the subtitles");
  encoder_->time_base = from.time_base;
  if (decoder_->subtitle_header) {  // how the words look; FFmpeg frees it
    const auto size = static_cast<size_t>(decoder_->subtitle_header_size);
    encoder_->subtitle_header = static_cast<uint8_t*>(av_mallocz(size + 1));
    if (!encoder_->subtitle_header) throw std::bad_alloc();
    std::memcpy(encoder_->subtitle_header, decoder_->subtitle_header, size);
    encoder_->subtitle_header_size = decoder_->subtitle_header_size;
  }
  check(avcodec_open2(encoder_.get(), writes, nullptr), "cannot write the subtitles");
}

bool SubtitleConverter::convert(AVPacket& packet) {
  AVSubtitle words = {};
  int found = 0;
  const int read = avcodec_decode_subtitle2(decoder_.get(), &words, &found, &packet);
  if (read < 0 || !found) return false;
  constexpr int kMost = 1 << 16;
  std::vector<uint8_t> content(kMost);
  words.start_display_time = 0;
  const int size = words.num_rects > 0
                       ? avcodec_encode_subtitle(encoder_.get(), content.data(), kMost, &words)
                       : 0;
  avsubtitle_free(&words);
  if (size <= 0) return false;
  const Packet converted = make_packet();
  check(av_new_packet(converted.get(), size), "no room for subtitles");
  std::memcpy(converted->data, content.data(), static_cast<size_t>(size));
  check(av_packet_copy_props(converted.get(), &packet), "cannot write the subtitles");
  converted->stream_index = packet.stream_index;
  av_packet_unref(&packet);
  av_packet_move_ref(&packet, converted.get());
  return true;
}

}  // namespace imago::ffmpeg
