// WAV files to samples and back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace imago {

struct Sound {
  int rate = 16000;  // frames a second
  int channels = 1;
  std::vector<float> samples;  // frame by frame, in [-1, 1]; floats in files may lie beyond

  int64_t frames() const { return static_cast<int64_t>(samples.size()) / channels; }
};

/// Reads a file of PCM with 8, 16, 24 or 32 bits or of floats with 32 or 64, plain or extensible. A
/// file that ends too early gives the frames that are there. Throws Error naming the file for what
/// is no such file, or holds numbers that are not finite.
Sound read_wav(const std::filesystem::path& path);

/// Whether the name ends in .wav or .wave.
bool has_wav_extension(const std::filesystem::path& path);

/// Writes PCM with 16 bits, whole or not at all; beyond ±1 samples are cut off. `creator`: the
/// program and model that made it; the file then says, in XMP, that a trained model did (IPTC
/// trainedAlgorithmicMedia). Throws Error naming the file.
void write_wav(const Sound& sound, const std::filesystem::path& path,
               const std::string& creator = {});

/// The mean of the channels.
Sound mixed_down(const Sound& sound);

/// At another rate, by windowed sinc of 16 zero crossings on each side; what the lower rate cannot
/// hold is filtered out. Of one channel.
Sound resampled(const Sound& sound, int rate);

}  // namespace imago
