// A picture on its way through one network: what the network is given of a raster, and how rows of
// a writer come of what it makes. Internal to models/translate.
#pragma once

#include <memory>
#include <optional>

#include "models/image/alpha.h"
#include "models/translate/network_runner.h"
#include "models/translate/resampled_rows.h"
#include "models/translate/row_assembler.h"
#include "models/translate/translator.h"

namespace imago {

/// A picture that the network sees as floats, reduced where the options say so, and what comes of
/// the whole result.
class WholePicture {
 public:
  /// `given` must outlive it. Throws Error where refuse_channels does.
  WholePicture(const Image& given, const TranslateOptions& options, const ModelInfo& info);

  const Image& seen() const { return small_ ? *small_ : opaque(); }
  Image made(const Planes& result) const;

 private:
  const Image& opaque() const { return changed_ ? *changed_ : given_; }

  const Image& given_;
  const TranslateOptions options_;
  const ModelInfo& info_;
  std::optional<Image> changed_, small_;
};

class RowStage {
 public:
  /// The picture is moved from. Throws Error where refuse_channels does.
  RowStage(Raster& picture, const TranslateOptions& options, const ModelInfo& info);
  RowStage(const RowStage&) = delete;

  /// What a picture of this kind, which needs no samples for that, comes to.
  struct Seen {
    int width, height, samples;  // of what the network sees; as of a PlaneReader
    RowLayout wanted;            // how the rows of the result are best kept
    bool wants_bytes;            // whether the result may come in bytes, if they are kept so
  };
  static Seen seen(const Raster& picture, const TranslateOptions& options, const ModelInfo& info);
  bool wants_bytes() const { return wants_bytes(plan_, picture_); }

  /// What the network is to see; lives as long as this.
  PlaneReader reader() const;
  /// Opens the writer. What comes of the reader's picture is then to be given to `sink`, and after
  /// that the writer has all rows.
  void open(const OpenWriter& open);
  OutputSink sink();
  std::unique_ptr<ImageWriter> finish();
  /// The picture, as it was given.
  Raster take_back();

 private:
  /// What of the network's result the rows are: just that, resampled as it comes, or made of all of
  /// it.
  enum class Way { as_it_comes, resampled, whole };
  struct Plan {
    RowLayout wanted;
    int made_width, made_height;  // by the network
    Way way;
    bool grey_kept;
  };
  static Plan plan(const Raster& picture, const TranslateOptions& options, const ModelInfo& info);
  static bool wants_bytes(const Plan& plan, const Raster& picture);

  const ModelInfo& info_;
  const Plan plan_;
  Raster picture_;
  std::optional<Image> image_;  // where it is needed whole
  std::optional<WholePicture> whole_;
  std::optional<Planes> result_;
  std::unique_ptr<ImageWriter> writer_;
  std::optional<AlphaScaler> alpha_;
  std::optional<RowAssembler> rows_;
  std::optional<ResampledRows> resampled_;
};

/// What becomes of a picture of this width: so many times its size; 0: the network's own.
double wanted_scale(int64_t width, const TranslateOptions& options);

}  // namespace imago
