#include "models/data/sounds.h"

#include <algorithm>
#include <cmath>

#include "models/data/files.h"
#include "models/data/walk.h"
#include "models/sound/wav.h"

namespace imago {
namespace fs = std::filesystem;

std::vector<fs::path> list_sounds(const DataOptions& options) {
  const fs::path phase = options.dataroot / options.phase;
  const fs::path folder = is_folder(phase) ? phase : options.dataroot;
  std::vector<fs::path> sounds;
  for (const fs::path& file : files_below(folder).others)
    if (has_wav_extension(file)) sounds.push_back(relative_to_dataroot(file, options));
  if (sounds.empty()) throw DataError(folder.string() + ": no WAV files in this folder");
  std::ranges::sort(sounds);
  return sounds;
}

std::vector<SoundProblem> sound_problems(const DataOptions& options) {
  std::vector<std::string> unreadable, silent, short_ones;
  for (const fs::path& file : list_sounds(options)) {
    try {
      const Sound sound = read_wav(path_of(file, options));
      const bool is_silent =
          std::ranges::all_of(sound.samples, [](float value) { return std::abs(value) < 1e-4f; });
      if (is_silent) silent.push_back(file.string());
      const int64_t length = sound.frames() * options.rate / sound.rate;
      if (2 * length < options.length) short_ones.push_back(file.string());
    } catch (const Error& error) {
      unreadable.push_back(error.what());
    }
  }
  std::vector<SoundProblem> problems;
  const auto tell = [&](bool error, const std::vector<std::string>& files,
                        const std::string& what) {
    if (files.empty()) return;
    problems.push_back({error, std::to_string(files.size()) +
                                   (files.size() == 1 ? " file " : " files ") + what + ": " +
                                   listed(files, 3)});
  };
  tell(true, unreadable, "cannot be read");
  tell(false, silent, "silent");
  tell(false, short_ones, "shorter than half of --length, and filled up with silence");
  return problems;
}

int sound_side(int length) { return static_cast<int>(std::lround(std::sqrt(length))); }

std::vector<float> sound_part(const fs::path& path, const DataOptions& options,
                              RandomStream* random) {
  Sound sound;
  try {
    sound = resampled(mixed_down(read_wav(path)), options.rate);
  } catch (const DataError&) {
    throw;
  } catch (const Error& error) {
    throw DataError(error.what());
  }
  std::vector<float>& samples = sound.samples;
  const auto length = static_cast<int64_t>(options.length), all = sound.frames();
  if (all > length) {
    const int64_t begin = random ? random->below(all - length + 1) : 0;
    samples.erase(samples.begin(), samples.begin() + begin);
  }
  samples.resize(static_cast<size_t>(length), 0.0f);
  for (float& value : samples) value = std::clamp(value, -1.0f, 1.0f);
  return samples;
}

}  // namespace imago
