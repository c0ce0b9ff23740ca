#include "models/generate/latent_tools.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "compute/base/error.h"
#include "models/measure/sample_grid.h"
#include "models/video/film.h"
#include "models/video/film_formats.h"

namespace imago {
namespace {

SampleOrder after(SampleOrder order, int count) {
  order.seed += static_cast<uint64_t>(count);
  return order;
}

/// A point for each slot.
using SlotPoints = std::vector<LatentPoint>;

/// So many places: `begin`, if there is one, and the samples from `first` on.
std::vector<SlotPoints> places_of(LatentSpace& space, const SampleOrder& first,
                                  const SlotPoints& begin, int count) {
  std::vector<SlotPoints> places;
  if (!begin.empty()) places.push_back(begin);
  for (int i = 0; std::ssize(places) < count; ++i)
    places.emplace_back(static_cast<size_t>(space.slots()), space.point(after(first, i)));
  return places;
}

SlotPoints moved_place(SlotPoints place, const LatentMove& move, double share) {
  for (LatentPoint& point : place) point = move.apply(point, share);
  return place;
}

/// What the film shows after `share` of it; the stops are a ring.
SlotPoints shown_at(double share, const WalkRequest& request, const std::vector<SlotPoints>& stops,
                    bool along_sphere) {
  if (request.move)
    return moved_place(stops[0], *request.move, std::sin(2 * std::numbers::pi * share));
  const double way = share * static_cast<double>(stops.size());
  const auto stop = static_cast<size_t>(way);
  const SlotPoints &from = stops[stop], &to = stops[(stop + 1) % stops.size()];
  SlotPoints place;
  for (size_t slot = 0; slot < from.size(); ++slot)
    place.push_back(between(from[slot], to[slot], way - std::floor(way), along_sphere));
  return place;
}

FilmPlan plan_of(const LatentSpace& space, const WalkRequest& request, const Image& first,
                 int frames) {
  FilmPlan plan;
  plan.output = request.output;
  plan.format = film_format_of(request.output);
  if (plan.format.empty())
    throw Error(request.output.string() + ": is no name of a film; there are " + kWrittenFilms);
  plan.width = plan.info.width = first.width;
  plan.height = plan.info.height = first.height;
  plan.info.unit = {1, request.frames_a_second};
  plan.info.rate = {request.frames_a_second, 1};
  plan.info.frames = frames;
  plan.info.seconds = request.seconds;
  plan.made_by = "Made by a trained model (trainedAlgorithmicMedia): Imago " IMAGO_VERSION ", " +
                 space.generator().info.name;
  return plan;
}

}  // namespace

LatentPoint LatentMove::apply(const LatentPoint& point, double share) const {
  if (direction < 1 || direction > static_cast<int>(directions.vectors.size()))
    throw Error("--direction " + std::to_string(direction) + ": there are 1 to " +
                std::to_string(directions.vectors.size()));
  const auto which = static_cast<size_t>(direction - 1);
  return moved(point, directions.vectors[which], share * strength * directions.units[which]);
}

bool write_walk(LatentSpace& space, const WalkRequest& request,
                const std::function<bool(double)>& progress) {
  const int frames =
      std::max(2, static_cast<int>(std::lround(request.seconds * request.frames_a_second)));
  if (request.stops < 2 && !request.move) throw Error("a walk has at least two stops (--count)");
  const std::vector<SlotPoints> stops =
      places_of(space, request.first, request.begin, request.move ? 1 : request.stops);
  std::unique_ptr<FilmWriter> film;
  for (int i = 0; i < frames; ++i) {
    const double share = static_cast<double>(i) / frames;
    if (progress && !progress(share)) return false;
    Image picture =
        space.picture(shown_at(share, request, stops, !space.has_styles()), request.first.label);
    if (picture.channels == 1) {
      std::vector<float> colours;
      for (const float value : picture.pixels) colours.insert(colours.end(), 3, value);
      picture.pixels = std::move(colours);
      picture.channels = 3;
    }
    if (!film) film = open_film_writer(plan_of(space, request, picture, frames));
    film->write({to_raster(picture), i, 1});
  }
  film->finish();
  return true;
}

Image mixed_styles(LatentSpace& space, const MixRequest& request) {
  const int slots = space.slots(), last = request.last < 0 ? slots / 2 - 1 : request.last;
  if (!space.has_styles())
    throw Error(space.generator().info.name + " (" + space.generator().info.architecture +
                "): has no styles to mix; stylegan2 has");
  if (request.first < 0 || request.first > last || last >= slots)
    throw Error("--mix-slots: the network has the slots 0 to " + std::to_string(slots - 1));
  const auto points_of = [&](const std::vector<uint64_t>& seeds) {
    std::vector<LatentPoint> points;
    for (const uint64_t seed : seeds) points.push_back(space.point({seed, 0, request.truncation}));
    return points;
  };
  const std::vector<LatentPoint> columns = points_of(request.columns),
                                 rows = points_of(request.rows);
  std::vector<std::vector<Image>> sheet(1);
  for (const LatentPoint& column : columns) {
    if (sheet[0].empty()) {
      Image corner = space.picture(column);
      std::ranges::fill(corner.pixels, 1.0f);
      sheet[0].push_back(std::move(corner));
    }
    sheet[0].push_back(space.picture(column));
  }
  for (const LatentPoint& row : rows) {
    std::vector<Image>& line = sheet.emplace_back();
    line.push_back(space.picture(row));
    for (const LatentPoint& column : columns) {
      std::vector<LatentPoint> by_slot(static_cast<size_t>(slots), row);
      for (int slot = request.first; slot <= last; ++slot)
        by_slot[static_cast<size_t>(slot)] = column;
      line.push_back(space.picture(by_slot));
    }
  }
  return make_sample_grid(sheet);
}

Image moved_samples(LatentSpace& space, const LatentMove& move, const SampleOrder& first, int rows,
                    int columns, const std::vector<LatentPoint>& begin) {
  std::vector<std::vector<Image>> sheet;
  for (const SlotPoints& place : places_of(space, first, begin, rows)) {
    std::vector<Image>& line = sheet.emplace_back();
    for (int i = 0; i < columns; ++i) {
      const double share = columns > 1 ? 2.0 * i / (columns - 1) - 1 : 1.0;
      line.push_back(space.picture(moved_place(place, move, share), first.label));
    }
  }
  return make_sample_grid(sheet);
}

}  // namespace imago
