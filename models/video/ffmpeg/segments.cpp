#include "models/video/ffmpeg/segments.h"

#include <cstring>

namespace imago::ffmpeg {
namespace {

constexpr char kMagic[8] = {'I', 'm', 'a', 'g', 'o', 'S', '1', '\n'};

/// Before the bytes of a packet. The one after the last packet has no bytes, and how many there
/// are in place of a time.
struct Record {
  int64_t time, duration;
  uint32_t flags;
  uint32_t parameters;  // bytes of new parameters of the codec, before those of the packet
  uint32_t bytes;
  uint32_t last;
};

}  // namespace

SegmentWriter::SegmentWriter(const std::filesystem::path& path) : file_(path) {
  file_.write(std::as_bytes(std::span(kMagic)));
}

void SegmentWriter::add(const AVPacket& packet) {
  size_t parameters = 0;
  const uint8_t* new_parameters =
      av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &parameters);
  const Record record{packet.pts,
                      packet.duration,
                      static_cast<uint32_t>(packet.flags),
                      static_cast<uint32_t>(parameters),
                      static_cast<uint32_t>(packet.size),
                      0};
  file_.write(std::as_bytes(std::span(&record, 1)));
  if (parameters > 0) file_.write(std::as_bytes(std::span(new_parameters, parameters)));
  file_.write(std::as_bytes(std::span(packet.data, static_cast<size_t>(packet.size))));
  ++count_;
}

void SegmentWriter::commit() {
  const Record record{static_cast<int64_t>(count_), 0, 0, 0, 0, 1};
  file_.write(std::as_bytes(std::span(&record, 1)));
  file_.commit();
}

SegmentReader::SegmentReader(const std::filesystem::path& path)
    : path_(path), file_(path, std::ios::binary) {
  char magic[sizeof(kMagic)] = {};
  file_.read(magic, sizeof(magic));
  if (!file_ || std::memcmp(magic, kMagic, sizeof(magic)) != 0) throw_damaged();
  std::error_code error;
  size_ = std::filesystem::file_size(path, error);
  if (error) throw_damaged();
}

void SegmentReader::throw_damaged() const {
  throw FilmError(path_.string() +
                  ": a part of the film is damaged; remove its folder to begin anew");
}

bool SegmentReader::next(AVPacket& packet, bool contents) {
  Record record;
  if (!file_.read(reinterpret_cast<char*>(&record), sizeof(record))) throw_damaged();
  if (record.last) {
    if (record.time != static_cast<int64_t>(count_)) throw_damaged();
    return false;
  }
  const uint64_t bytes = uint64_t{record.parameters} + record.bytes;
  if (bytes > size_ || record.bytes > INT32_MAX) throw_damaged();
  ++count_;
  av_packet_unref(&packet);
  if (contents) {
    const auto read = [&](uint8_t* to, uint32_t size) {
      if (!file_.read(reinterpret_cast<char*>(to), size)) throw_damaged();
    };
    check(av_new_packet(&packet, static_cast<int>(record.bytes)), "no room for a frame");
    if (record.parameters > 0) {
      uint8_t* to = av_packet_new_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, record.parameters);
      if (!to) throw std::bad_alloc();
      read(to, record.parameters);
    }
    read(packet.data, record.bytes);
  } else {
    file_.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
  }
  packet.pts = record.time;
  packet.duration = record.duration;
  packet.flags = static_cast<int>(record.flags);
  return true;
}

}  // namespace imago::ffmpeg
