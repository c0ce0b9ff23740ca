// A film through a network. Internal to models/translate: batch.h is how films are translated.
#pragma once

#include <functional>
#include <string>

#include "models/translate/batch.h"

namespace imago {

struct FilmProgress {
  int64_t frame = 0, frames = 0;  // done; of all, 0: not known
  double fraction = 0;
  double seconds_left = -1;  // -1: not known yet
  double frames_per_second = 0;
  std::string note = {};  // as Progress::note
};

/// Whether this job is a film and not a picture: its output can only be one, or may be one and the
/// input moves.
bool is_film_job(const BatchJob& job, const BatchOptions& options);

/// Reads, translates and writes at the same time; sizes, frames and notes go into `result`.
/// `progress` returns false to cancel, which throws Cancelled: what is encoded by then is kept
/// (FilmWriter). Throws FilmError, Error and all that Translator does.
void translate_film(Translator& translator, const BatchOptions& options, BatchResult& result,
                    const std::function<bool(const FilmProgress&)>& progress);

}  // namespace imago
