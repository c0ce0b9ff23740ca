#include "gui/session/session_live.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "models/data/synth/sketch.h"
#include "models/library/identify.h"
#include "models/translate/live.h"

namespace imago::gui {

namespace {

constexpr std::chrono::milliseconds kStillAfter(180);      // a pen that rests, not one that turns
constexpr double kLongestShape = 3;                        // longer side by shorter side
constexpr double kLeastDetail = 0.02, kMostDetail = 0.25;  // share of the pixels that are edges

Picture to_picture(const QImage& rgb) {
  Picture picture(rgb.width(), rgb.height(), 3);
  for (int y = 0; y < rgb.height(); ++y) {
    std::memcpy(picture.row(y), rgb.constScanLine(y), static_cast<size_t>(rgb.width()) * 3);
  }
  return picture;
}

/// Its shorter side becomes `side`; of what is very long the middle is taken.
QImage scaled_photo(const QImage& photo, int side) {
  QSize shape = photo.size();
  shape = shape.boundedTo({static_cast<int>(std::ceil(kLongestShape * shape.height())),
                           static_cast<int>(std::ceil(kLongestShape * shape.width()))});
  QRect middle(QPoint(), shape);
  middle.moveCenter(photo.rect().center());
  return photo.copy(middle)
      .convertToFormat(QImage::Format_RGB888)
      .scaled(side, side, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation);
}

/// As a screen has it, which is enlarged several times as fast.
QImage ready_to_paint(const QImage& picture) {
  return picture.convertToFormat(picture.hasAlphaChannel() ? QImage::Format_ARGB32_Premultiplied
                                                           : QImage::Format_RGB32);
}

SketchedPhoto sketch_of(const SketchRequest& request) {
  QImage photo = request.source.pasted;
  if (photo.isNull()) photo = to_qimage(load_raster(to_path(request.source.path)));
  SketchedPhoto made;
  made.photo = scaled_photo(photo, request.side);
  SketchOptions options;
  options.detail = kLeastDetail * std::pow(kMostDetail / kLeastDetail, request.detail);
  RandomStream random(0, Purpose::validation, 0);
  const Picture lines = imago::sketch(to_picture(made.photo), options, random);
  made.lines = QImage(lines.width, lines.height, QImage::Format_Grayscale8);
  for (int y = 0; y < lines.height; ++y) {
    std::memcpy(made.lines.scanLine(y), lines.row(y), static_cast<size_t>(lines.width));
  }
  return made;
}

}  // namespace

LiveSession::LiveSession(QObject* parent) : QObject(parent) {
  live_ = std::make_unique<LiveTranslator>(LiveTranslator::Listener{
      .opened =
          [this](const Translator& translator) {
            emit opened(QString::fromStdString(translator.device().name));
          },
      .made = [this](const LivePicture& picture) { tell(picture); },
      .failed = [this](const std::exception& error) { emit failed(reason_for(error)); }});
}

LiveSession::~LiveSession() { ++sketch_; }

void LiveSession::use(const LiveSettings& settings) {
  LiveOptions options;
  options.still_after = kStillAfter;
  live_->use(
      [settings] {
        return Translator(load_generator(to_path(settings.modelPath)),
                          settings.device.toStdString());
      },
      options);
}

quint64 LiveSession::show(const QImage& picture) {
  return live_->offer(to_raster(picture, PictureDetails{}));
}

void LiveSession::tell(const LivePicture& picture) {
  emit made({ready_to_paint(to_qimage(picture.picture)), picture.number, picture.latency * 1e3,
             live_->rates().per_second, picture.still});
}

void LiveSession::sketch(const SketchRequest& request) {
  const int number = ++sketch_;
  photos_.post([=, this] {
    if (number != sketch_) return;
    SketchedPhoto made;
    try {
      made = sketch_of(request);
    } catch (const std::exception& error) {
      made.error = reason_for(error, request.source.path);
    }
    emit sketched(made);
  });
}

void LiveSession::save(const DrawingSave& request) {
  live_->post([=, this](Translator* translator) { saveNow(translator, request); });
}

/// The drawing first: it is what cannot be made again.
void LiveSession::saveNow(Translator* translator, const DrawingSave& request) {
  DrawingSaved outcome{request.edits, request.drawingPath, request.resultPath, {}};
  QString path = request.drawingPath;
  try {
    const Raster drawing = to_raster(request.drawing, PictureDetails{});
    save_raster(drawing, to_path(path), {});
    outcome.drawingSaved = true;
    if (request.resultPath.isEmpty()) return emit saved(outcome);
    path = request.resultPath;
    if (translator == nullptr) throw Error("there is no model to make it with: choose another one");
    SaveOptions options;
    options.origin = Origin::composite_with_trained_model;
    options.creator = "Imago " IMAGO_VERSION ", " + translator->info().name;
    save_raster(translate_raster(*translator, drawing, {}), to_path(path), options);
  } catch (const std::exception& error) {
    outcome.error = path + ": " + reason_for(error, path);
  }
  emit saved(outcome);
}

}  // namespace imago::gui
