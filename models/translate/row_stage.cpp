#include "models/translate/row_stage.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace imago {
namespace {

/// The shorter side that this picture is reduced to before the network sees it; 0: it is not.
int reduced_side(int width, int height, const TranslateOptions& options, const ModelInfo& info) {
  const int most = options.side.value_or(info.scale == 1 ? info.side : 0);
  return most > 0 && std::min(width, height) > most ? most : 0;
}

}  // namespace

double wanted_scale(int64_t width, const TranslateOptions& options) {
  return options.width > 0 ? options.width / static_cast<double>(width) : options.scale;
}

WholePicture::WholePicture(const Image& given, const TranslateOptions& options,
                           const ModelInfo& info)
    : given_(given), options_(options), info_(info), changed_(prepared(given, info)) {
  refuse_channels(info, options);
  const int side = reduced_side(given.width, given.height, options, info);
  if (side > 0) small_ = reduced_to(opaque(), side);
}

Image WholePicture::made(const Planes& result) const {
  const double scale = wanted_scale(given_.width, options_);
  Image made = to_image(result, opaque(), info_, scale > 0 || !small_ ? scale : info_.scale);
  if (info_.keeps_luma && small_) take_luma(made, opaque());  // else the network has done it
  return made;
}

RowStage::Plan RowStage::plan(const Raster& picture, const TranslateOptions& options,
                              const ModelInfo& info) {
  refuse_channels(info, options);
  const OutputSize size = output_size(picture.width, picture.height, options, info);
  const bool drawing = lies_on_paper(info) && picture.alpha;
  const int64_t made_width = int64_t{picture.width} * info.scale;
  const int64_t made_height = int64_t{picture.height} * info.scale;
  Plan plan;
  plan.made_width = static_cast<int>(made_width);
  plan.made_height = static_cast<int>(made_height);
  plan.wanted = {static_cast<int>(size.width), static_cast<int>(size.height), 3,
                 (picture.alpha && !drawing) || info.out_channels == 2, picture.bits};
  plan.grey_kept = picture.channels == 1 && restores(info);
  if (info.out_channels < 3 || plan.grey_kept) plan.wanted.channels = 1;
  const bool by_rows = info.out_channels != 2 && !drawing &&
                       reduced_side(picture.width, picture.height, options, info) == 0 &&
                       size.width > 0 && size.height > 0;
  plan.way = !by_rows                                                 ? Way::whole
             : size.width == made_width && size.height == made_height ? Way::as_it_comes
                                                                      : Way::resampled;
  return plan;
}

RowStage::Seen RowStage::seen(const Raster& picture, const TranslateOptions& options,
                              const ModelInfo& info) {
  const Plan plan = RowStage::plan(picture, options, info);
  const int side = reduced_side(picture.width, picture.height, options, info);
  Sides sides{picture.width, picture.height};
  if (side > 0) sides = reduced_sides(sides.width, sides.height, side);
  const bool bytes = plan.way != Way::whole && picture.bits == 8;
  return {sides.width, sides.height, bytes ? picture.channels + (picture.alpha ? 1 : 0) : 0,
          plan.wanted, wants_bytes(plan, picture)};
}

bool RowStage::wants_bytes(const Plan& plan, const Raster& picture) {
  return plan.way == Way::as_it_comes &&
         RowAssembler::takes_bytes(plan.wanted, picture.alpha, plan.grey_kept);
}

RowStage::RowStage(Raster& picture, const TranslateOptions& options, const ModelInfo& info)
    : info_(info), plan_(plan(picture, options, info)), picture_(std::move(picture)) {
  if (plan_.way == Way::whole) {
    image_ = to_image(picture_);
    picture_.samples = {};
    whole_.emplace(*image_, options, info_);
  } else {
    fill_transparent(picture_);
  }
}

PlaneReader RowStage::reader() const {
  return whole_ ? reader_of(whole_->seen(), info_) : reader_of(picture_, info_);
}

void RowStage::open(const OpenWriter& open) {
  writer_ = open(plan_.wanted, picture_.metadata);
  if (whole_) return;
  if (picture_.alpha) alpha_.emplace(picture_, plan_.wanted.width, plan_.wanted.height);
  const AlphaScaler* alpha = alpha_ ? &*alpha_ : nullptr;
  if (plan_.way == Way::as_it_comes)
    rows_.emplace(*writer_, info_, alpha, plan_.grey_kept);
  else
    resampled_.emplace(*writer_, info_, plan_.made_width, plan_.made_height, alpha,
                       plan_.grey_kept);
}

OutputSink RowStage::sink() {
  if (whole_) {
    const PlaneReader seen = reader();
    result_.emplace(info_.out_channels, seen.height * info_.scale, seen.width * info_.scale);
    return into(*result_);
  }
  if (resampled_) return [this](const OutputPart& part) { resampled_->add(part); };
  OutputSink sink = [this](const OutputPart& part) { rows_->add(part); };
  if (RowAssembler::takes_bytes(writer_->layout(), picture_.alpha, plan_.grey_kept))
    sink.take_bytes = [this](const BytePart& part) { rows_->add(part); };
  return sink;
}

std::unique_ptr<ImageWriter> RowStage::finish() {
  if (whole_) {
    const Image made = whole_->made(*result_);
    result_.reset();
    write_all(made, *writer_);
  } else if (resampled_) {
    resampled_->finish();
  } else {
    rows_->finish();
  }
  return std::move(writer_);
}

Raster RowStage::take_back() { return whole_ ? to_raster(*image_) : std::move(picture_); }

}  // namespace imago
