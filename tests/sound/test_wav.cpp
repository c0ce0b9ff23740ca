// WAV files: each way samples are written, what other programs do, what is no sound.
#include "models/sound/wav.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numbers>

#include "compute/base/error.h"
#include "tests/base/folder.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

std::string number(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string chunk(const std::string& name, const std::string& content) {
  return name + number(content.size(), 4) + content +
         (content.size() % 2 ? std::string(1, '\0') : "");
}

std::string format_of(int format, int channels, int rate, int bits, const std::string& more = "") {
  return chunk("fmt ", number(static_cast<uint64_t>(format), 2) +
                           number(static_cast<uint64_t>(channels), 2) +
                           number(static_cast<uint64_t>(rate), 4) +
                           number(static_cast<uint64_t>(rate * channels * bits / 8), 4) +
                           number(static_cast<uint64_t>(channels * bits / 8), 2) +
                           number(static_cast<uint64_t>(bits), 2) + more);
}

class WavTest : public testing::Test {
 protected:
  fs::path save(const std::string& chunks) const {
    const fs::path path = folder_.path() / "a.wav";
    std::ofstream(path, std::ios::binary)
        << "RIFF" << number(chunks.size() + 4, 4) << "WAVE" << chunks;
    return path;
  }
  std::string error_of(const std::string& chunks) const {
    try {
      read_wav(save(chunks));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
};

std::string bytes_of(float value) {
  std::string text(4, '\0');
  std::memcpy(text.data(), &value, 4);
  return text;
}

TEST_F(WavTest, EveryWayOfWritingHalf) {
  double half = 0.5;
  std::string doubled(8, '\0');
  std::memcpy(doubled.data(), &half, 8);
  const std::pair<std::string, std::string> ways[] = {
      {format_of(1, 1, 8000, 8), std::string(1, '\xc0')},
      {format_of(1, 1, 8000, 16), number(0x4000, 2)},
      {format_of(1, 1, 8000, 24), number(0x400000, 3)},
      {format_of(1, 1, 8000, 32), number(0x40000000, 4)},
      {format_of(3, 1, 8000, 32), bytes_of(0.5f)},
      {format_of(3, 1, 8000, 64), doubled},
      {format_of(
           0xFFFE, 1, 8000, 16,
           number(22, 2) + number(16, 2) + number(4, 4) + number(1, 2) + std::string(14, 'x')),
       number(0x4000, 2)},
  };
  for (const auto& [format, sample] : ways) {
    const Sound sound = read_wav(save(format + chunk("LIST", "odd") + chunk("data", sample)));
    EXPECT_EQ(sound.samples, std::vector<float>{0.5f}) << format.size();
    EXPECT_EQ(sound.rate, 8000);
  }
}

TEST_F(WavTest, NegativeSamplesAndChannels) {
  const Sound sound = read_wav(
      save(format_of(1, 2, 44100, 16) + chunk("data", number(0x8000, 2) + number(0x4000, 2) +
                                                          number(0xC000, 2) + number(0, 2))));
  EXPECT_EQ(sound.channels, 2);
  EXPECT_EQ(sound.samples, (std::vector<float>{-1, 0.5f, -0.5f, 0}));
  EXPECT_EQ(mixed_down(sound).samples, (std::vector<float>{-0.25f, -0.25f}));
}

TEST_F(WavTest, StreamsAndTornFilesGiveWhatIsThere) {
  const std::string samples = number(0x4000, 2) + number(0x2000, 2);
  EXPECT_EQ(read_wav(save(format_of(1, 1, 8000, 16) + "data" + number(0xFFFFFFFF, 4) + samples))
                .samples.size(),
            2u);
  EXPECT_EQ(read_wav(save(format_of(1, 1, 8000, 16) + "data" + number(100, 4) + samples + "x"))
                .samples.size(),
            2u);
}

TEST_F(WavTest, WhatIsNoSoundIsTold) {
  EXPECT_NE(error_of("").find("does not say how"), std::string::npos);
  EXPECT_NE(error_of(format_of(1, 1, 8000, 16)).find("has no samples"), std::string::npos);
  EXPECT_NE(error_of(format_of(85, 1, 8000, 0) + chunk("data", "xx")).find("format 85"),
            std::string::npos);
  EXPECT_NE(error_of(format_of(1, 0, 8000, 16) + chunk("data", "xx")).find("0 channels"),
            std::string::npos);
  EXPECT_NE(error_of(format_of(3, 1, 8000, 32) + chunk("data", bytes_of(NAN))).find("not finite"),
            std::string::npos);
  EXPECT_NE(error_of("fmt " + number(16, 4) + "abc").find("ends within"), std::string::npos);
  std::ofstream(folder_.path() / "b.wav") << "ID3 something else";
  EXPECT_THROW(read_wav(folder_.path() / "b.wav"), Error);
  EXPECT_THROW(read_wav(folder_.path() / "absent.wav"), Error);
}

TEST_F(WavTest, WhatIsWrittenIsReadAgain) {
  Sound sound{22050, 2, {0, 1, -1, 0.25f, 3, -3}};
  write_wav(sound, folder_.path() / "c.wav", "Imago & co");
  const Sound back = read_wav(folder_.path() / "c.wav");
  EXPECT_EQ(back.rate, 22050);
  ASSERT_EQ(back.samples.size(), 6u);
  for (size_t i = 0; i < 6; ++i)
    EXPECT_NEAR(back.samples[i], std::clamp(sound.samples[i], -1.0f, 1.0f), 1.0 / 32767);
  std::ifstream file(folder_.path() / "c.wav", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(bytes.find("trainedAlgorithmicMedia"), std::string::npos);
  EXPECT_NE(bytes.find("Imago &amp; co"), std::string::npos);
}

TEST_F(WavTest, ResamplingKeepsTonesAndLosesWhatDoesNotFit) {
  const auto tone = [](int rate, double pitch) {
    Sound sound{rate, 1, {}};
    for (int i = 0; i < rate / 4; ++i)
      sound.samples.push_back(
          static_cast<float>(std::sin(2 * std::numbers::pi * pitch * i / rate)));
    return sound;
  };
  const Sound low = resampled(tone(44100, 1000), 16000), wanted = tone(16000, 1000);
  ASSERT_NEAR(static_cast<double>(low.samples.size()), 4000, 1);
  for (size_t i = 100; i < 3900; ++i) EXPECT_NEAR(low.samples[i], wanted.samples[i], 0.01) << i;
  const Sound lost = resampled(tone(44100, 12000), 16000);
  for (size_t i = 100; i < 3900; ++i) EXPECT_NEAR(lost.samples[i], 0, 0.02) << i;
}

}  // namespace
}  // namespace imago
