#include "models/sound/wav.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numbers>
#include <span>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

enum Format : uint32_t { kPcm = 1, kFloat = 3, kExtensible = 0xFFFE };

/// Little-endian bytes of a file.
class Bytes {
 public:
  Bytes(const std::string& bytes, const fs::path& path) : bytes_(bytes), path_(path) {}

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(path_.string() + ": " + what);
  }
  size_t size() const { return bytes_.size(); }
  bool is(size_t at, const char* word) const { return bytes_.compare(at, 4, word) == 0; }
  uint64_t number(size_t at, size_t count) const {
    if (at + count > bytes_.size()) refuse("ends within its header");
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i)
      value |= uint64_t{static_cast<uint8_t>(bytes_[at + i])} << (8 * i);
    return value;
  }

 private:
  const std::string& bytes_;
  const fs::path& path_;
};

struct Layout {
  uint32_t format = 0, channels = 0, rate = 0, bits = 0;
  size_t begin = 0, end = 0;  // of the samples
};

void read_format(const Bytes& bytes, size_t at, size_t size, Layout& layout) {
  layout.format = static_cast<uint32_t>(bytes.number(at, 2));
  layout.channels = static_cast<uint32_t>(bytes.number(at + 2, 2));
  layout.rate = static_cast<uint32_t>(bytes.number(at + 4, 4));
  layout.bits = static_cast<uint32_t>(bytes.number(at + 14, 2));
  if (layout.format == kExtensible && size >= 26)
    layout.format = static_cast<uint32_t>(bytes.number(at + 24, 2));
}

Layout layout_of(const Bytes& bytes) {
  if (bytes.size() < 12 || !bytes.is(0, "RIFF") || !bytes.is(8, "WAVE"))
    bytes.refuse("is no WAV file");
  Layout layout;
  for (size_t at = 12; at + 8 <= bytes.size() && layout.end == 0;) {
    const auto size = static_cast<size_t>(bytes.number(at + 4, 4));
    const size_t content = at + 8;
    if (bytes.is(at, "fmt ")) read_format(bytes, content, size, layout);
    if (bytes.is(at, "data")) {
      layout.begin = content;
      // Written by a program that did not know how much would come.
      const bool open = size == 0 || size >= 0xFFFFFFFF - 8;
      layout.end = open ? bytes.size() : std::min(content + size, bytes.size());
    }
    at = content + size + size % 2;
  }
  if (layout.format == 0) bytes.refuse("does not say how its samples are written");
  if (layout.end == 0) bytes.refuse("has no samples");
  const bool pcm = layout.format == kPcm && (layout.bits == 8 || layout.bits == 16 ||
                                             layout.bits == 24 || layout.bits == 32);
  const bool real = layout.format == kFloat && (layout.bits == 32 || layout.bits == 64);
  if (!pcm && !real)
    bytes.refuse("has samples of format " + std::to_string(layout.format) + " with " +
                 std::to_string(layout.bits) +
                 " bits; PCM of 8, 16, 24 or 32 bits and floats of 32 or 64 can be read");
  if (layout.channels < 1 || layout.channels > 64 || layout.rate < 1 || layout.rate > 10'000'000)
    bytes.refuse("has " + std::to_string(layout.channels) + " channels at " +
                 std::to_string(layout.rate) + " samples a second, which no sound has");
  return layout;
}

float sample_of(uint64_t bits, const Layout& layout) {
  if (layout.format == kFloat)
    return layout.bits == 32 ? std::bit_cast<float>(static_cast<uint32_t>(bits))
                             : static_cast<float>(std::bit_cast<double>(bits));
  if (layout.bits == 8) return (static_cast<float>(bits) - 128) / 128;
  const int unused = 64 - static_cast<int>(layout.bits);
  const int64_t value = static_cast<int64_t>(bits << unused) >> unused;
  return static_cast<float>(
      std::ldexp(static_cast<double>(value), 1 - static_cast<int>(layout.bits)));
}

void put(std::string& bytes, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

void put_chunk(std::string& file, const char* name, const std::string& content) {
  file += name;
  put(file, content.size(), 4);
  file += content;
  if (content.size() % 2 != 0) file += '\0';
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text)
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return result;
}

std::string xmp_of(const std::string& creator) {
  return "<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
         "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
         "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description "
         "rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" "
         "xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\"><xmp:CreatorTool>" +
         escaped(creator) +
         "</xmp:CreatorTool><Iptc4xmpExt:DigitalSourceType>"
         "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
         "</Iptc4xmpExt:DigitalSourceType></rdf:Description></rdf:RDF></x:xmpmeta>"
         "<?xpacket end=\"w\"?>";
}

double sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

}  // namespace

bool has_wav_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return extension == ".wav" || extension == ".wave";
}

Sound read_wav(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file && content.empty()) throw Error(path.string() + ": cannot be read");
  const Bytes bytes(content, path);
  const Layout layout = layout_of(bytes);
  Sound sound{static_cast<int>(layout.rate), static_cast<int>(layout.channels), {}};
  const size_t width = layout.bits / 8, frame = width * layout.channels;
  const size_t count = (layout.end - layout.begin) / frame * layout.channels;
  sound.samples.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const float value = sample_of(bytes.number(layout.begin + i * width, width), layout);
    if (!std::isfinite(value)) bytes.refuse("holds numbers that are not finite");
    sound.samples.push_back(value);
  }
  return sound;
}

void write_wav(const Sound& sound, const fs::path& path, const std::string& creator) {
  const auto channels = static_cast<uint64_t>(sound.channels),
             rate = static_cast<uint64_t>(sound.rate);
  std::string format, samples, file = "RIFF....WAVE";
  put(format, kPcm, 2);
  put(format, channels, 2);
  put(format, rate, 4);
  put(format, rate * channels * 2, 4);
  put(format, channels * 2, 2);
  put(format, 16, 2);
  for (const float value : sound.samples)
    put(samples, static_cast<uint64_t>(std::lround(std::clamp(double{value}, -1.0, 1.0) * 32767)),
        2);
  put_chunk(file, "fmt ", format);
  if (!creator.empty()) put_chunk(file, "_PMX", xmp_of(creator));
  put_chunk(file, "data", samples);
  if (file.size() > 0xFFFFFFFFu) throw Error(path.string() + ": is too long for a WAV file");
  std::string size;
  put(size, file.size() - 8, 4);
  file.replace(4, 4, size);
  write_file_atomically(path, std::as_bytes(std::span(file)));
}

Sound mixed_down(const Sound& sound) {
  if (sound.channels == 1) return sound;
  Sound mono{sound.rate, 1, {}};
  const auto channels = static_cast<size_t>(sound.channels);
  for (size_t i = 0; i + channels <= sound.samples.size(); i += channels) {
    float sum = 0;
    for (size_t k = 0; k < channels; ++k) sum += sound.samples[i + k];
    mono.samples.push_back(sum / static_cast<float>(channels));
  }
  return mono;
}

Sound resampled(const Sound& sound, int rate) {
  if (sound.rate == rate) return sound;
  constexpr int kCrossings = 16;
  const double step = static_cast<double>(sound.rate) / rate, cutoff = std::min(1.0, 1 / step);
  const double reach = kCrossings / cutoff;
  Sound result{rate, 1, {}};
  const auto frames = static_cast<int64_t>(static_cast<double>(sound.frames()) / step);
  for (int64_t i = 0; i < frames; ++i) {
    const double at = static_cast<double>(i) * step;
    const auto first = std::max<int64_t>(static_cast<int64_t>(std::ceil(at - reach)), 0);
    const auto last = std::min<int64_t>(static_cast<int64_t>(at + reach), sound.frames() - 1);
    double sum = 0;
    for (int64_t k = first; k <= last; ++k) {
      const double away = static_cast<double>(k) - at;
      const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * away / reach);  // Hann
      sum += double{sound.samples[static_cast<size_t>(k)]} * window * cutoff * sinc(away * cutoff);
    }
    result.samples.push_back(static_cast<float>(sum));
  }
  return result;
}

}  // namespace imago
