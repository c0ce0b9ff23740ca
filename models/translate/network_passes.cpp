// How a picture goes through a network: window by window, pass by pass.
#include <algorithm>

#include "models/translate/mean_rows.h"
#include "models/translate/network_runner.h"
#include "models/translate/sweep_values.h"

namespace imago {

void NetworkRunner::run_window(Program& program, const RunOptions& options, const Tile& tile,
                               Meter& meter) {
  const StepParams step{static_cast<uint32_t>(options.seed),
                        static_cast<uint32_t>(options.seed >> 32), tile.index, 0};
  program.run(step, [&](double share) { return meter.report(share); });
  count_busy(program.busy_seconds());
}

void NetworkRunner::count_busy(const std::optional<double>& seconds) {
  busy_seconds_ =
      seconds && busy_seconds_ ? std::optional(*busy_seconds_ + *seconds) : std::nullopt;
}

/// How windows of this picture go through a program of their size.
PictureRun::Way NetworkRunner::way_for(const PlaneReader& picture, const RunOptions& options,
                                       int tile, bool wants_bytes) {
  PictureRun::Way way;
  way.grid =
      make_tile_grid(picture.width, picture.height, tile, tile > 0 ? halo(options.build) : 0);
  way.ports = ports_of(picture, info(), wants_bytes);
  way.shape = {1, info().in_channels, way.grid.window_height, way.grid.window_width};
  way.seed = options.seed;
  way.build = options.build;
  way.half = storage_ == NumberType::fp16;
  way.tell = options.tell;
  return way;
}

/// All tiles that begin at `rows_done` of the result or reach beyond it, which then moves on.
void NetworkRunner::run_tiles(const PlaneReader& picture, const RunOptions& options, int tile,
                              int pass, Meter& meter, int& rows_done, const OutputSink& sink) {
  if (tile > 0 && reach(options.build).exact < 0)
    return run_sweeps(picture, options, tile, pass, meter, rows_done, sink);
  const PictureRun::Way way = way_for(picture, options, tile, sink.take_bytes != nullptr);
  meter.begin_pass(pass, way.grid.tiles.size());
  for (const Tile& t : way.grid.tiles) {
    if ((t.y + t.height) * info().scale > rows_done)
      run_tile(picture, options, way, t, meter, rows_done, sink);
    else
      meter.end_run();
  }
}

/// One tile; what lies below row `rows_done` of its result goes to the sink.
void NetworkRunner::run_tile(const PlaneReader& picture, const RunOptions& options,
                             const PictureRun::Way& way, const Tile& tile, Meter& meter,
                             int& rows_done, const OutputSink& sink) {
  Program& program = programs().get(way.shape, way.build, way.ports);
  give_window(picture, tile, way.grid, way.ports, tables_, program, 0);
  run_window(program, options, tile, meter);
  meter.end_run();
  try {
    hand_on(program, 0, way.ports, tile, way.grid, info(), rows_done, sink);
  } catch (const NotFinite&) {
    if (!way.half) throw;
    tell_of_overflow(way.tell);
    redo_window(picture, way, tile, rows_done, sink);
  }
}

/// One tile, of which the network sees a mirror image or a turned one. All of its result goes to
/// the sink, as it lies in the picture.
void NetworkRunner::run_turned(const PlaneReader& picture, const RunOptions& options, int turn,
                               const TileGrid& grid, const Tile& tile, Meter& meter,
                               const OutputSink& sink) {
  Planes window(info().in_channels, grid.window_height, grid.window_width);
  copy_window(picture, tile, grid, window.values);
  const Planes seen = transformed(window, turn);
  const auto made_in = [&](NumberType storage) {
    Program& program =
        stored(storage).programs.get({1, seen.channels, seen.height, seen.width}, options.build);
    std::ranges::copy(seen.values, program.input("x").begin());
    run_window(program, options, tile, meter);
    Planes made = result_of(seen);
    std::ranges::copy(program.output("y"), made.values.begin());
    int rows_done = tile.y * info().scale;
    hand_on(inverse_transformed(made, turn).values, tile, grid, info(), rows_done, sink);
  };
  try {
    made_in(storage_);
  } catch (const NotFinite&) {
    if (storage_ == NumberType::fp32) throw;
    tell_of_overflow(options.tell);
    made_in(NumberType::fp32);
  }
  meter.end_run();
}

/// The mean over shifts and, if they are wanted, the eight flips and rotations, band by band: of
/// the result no more than a band is held.
void NetworkRunner::run_mean(const PlaneReader& picture, const RunOptions& options, int shifts,
                             Meter& meter, int& tile, const OutputSink& sink) {
  const Sides sides = sides_for_shifts(picture, shifts, info());
  const int turns = options.self_ensemble ? 8 : 1;
  std::optional<MeanRows> mean;
  halve_until_it_fits(picture, options, tile, [&] {
    const PlaneReader larger = padded(picture, sides.width, sides.height);
    const PictureRun::Way way = way_for(larger, options, tile, false);
    const std::vector<Tile>& tiles = way.grid.tiles;
    meter.begin_pass(0, tiles.size() * static_cast<size_t>(shifts * turns));
    if (mean)
      mean->begin_again();
    else
      mean.emplace(picture, info(), way.grid, shifts, turns);
    for (auto first = tiles.begin(), end = first; first != tiles.end(); first = end) {
      end = std::find_if(first, tiles.end(), [&](const Tile& t) { return t.y != first->y; });
      for (int pass = 0; pass < shifts * turns; ++pass) {
        const int shift = pass / turns, turn = pass % turns;
        const Place place = shift_place(shift, info());
        const PlaneReader seen = padded(picture, sides.width, sides.height, place.left, place.top);
        const OutputSink part = mean->sink_of(shift);
        int rows_done = first->y * info().scale;
        for (auto t = first; t != end; ++t) {
          if (!mean->wants(*t))
            meter.end_run();
          else if (turn > 0)
            run_turned(seen, options, turn, way.grid, *t, meter, part);
          else
            run_tile(seen, options, way, *t, meter, rows_done, part);
        }
      }
      mean->finish_band(*first, sink);
    }
  });
}

void NetworkRunner::tell_of_overflow(const std::function<void(const std::string&)>& tell) const {
  if (tell)
    tell(generator_.info.architecture +
         " makes numbers of this picture that fp16 cannot hold: computed in fp32");
}

/// A window of which fp16 cannot hold what the network makes, in fp32.
void NetworkRunner::redo_window(const PlaneReader& picture, const PictureRun::Way& way,
                                const Tile& tile, int& rows_done, const OutputSink& sink) {
  Program& program = stored(NumberType::fp32).programs.get(way.shape, way.build, way.ports);
  give_window(picture, tile, way.grid, way.ports, tables_, program, 0);
  program.run(
      {static_cast<uint32_t>(way.seed), static_cast<uint32_t>(way.seed >> 32), tile.index, 0});
  count_busy(program.busy_seconds());
  hand_on(program, 0, way.ports, tile, way.grid, info(), rows_done, sink);
}

/// The same for a network that looks at the whole picture.
void NetworkRunner::run_sweeps(const PlaneReader& picture, const RunOptions& options, int tile,
                               int pass, Meter& meter, int& rows_done, const OutputSink& sink) {
  const std::unique_ptr<Sweeps> sweeps = sweeps_of(picture.width, picture.height, options.build);
  if (options.tell)
    options.tell(generator_.info.architecture + " looks at the whole picture: its tiles of " +
                 std::to_string(tile) + " pixels are gone through " +
                 std::to_string(sweeps->list().size()) +
                 " times, which takes longer and gives the same");
  const auto grid_of = [&](const Sweep& sweep) {
    return make_tile_grid(picture.width, picture.height, tile, sweeps->halo(sweep));
  };
  size_t runs = 0;
  for (const Sweep& sweep : sweeps->list()) runs += grid_of(sweep).tiles.size();
  meter.begin_pass(pass, runs);
  SweepValues values(*sweeps, generator_.info, picture);
  for (const Sweep& sweep : sweeps->list()) {
    const TileGrid grid = grid_of(sweep);
    Graph graph;
    sweeps->build(graph, sweep, grid.window_width, grid.window_height);
    Program program = programs().compile(graph);
    values.begin(sweep, program);
    const bool last = sweep.made == sweeps->result();
    for (const Tile& t : grid.tiles) {
      const bool wanted = !last || (t.y + t.height) * generator_.info.scale > rows_done;
      if (wanted) {
        values.give(sweep, t, program);
        run_window(program, options, t, meter);
        values.take(sweep, t, program);
      }
      meter.end_run();
      if (last && wanted) hand_on(program.output("made"), t, grid, info(), rows_done, sink);
    }
    values.end(sweep);
  }
}

/// `run` is begun once more, with a tile of half the side, while the device runs out of memory.
void NetworkRunner::halve_until_it_fits(const PlaneReader& picture, const RunOptions& options,
                                        int& tile, const std::function<void()>& run) {
  while (true) {
    try {
      return run();
    } catch (const OutOfMemory& error) {
      programs().clear();
      if (make_room_()) continue;
      const int failed = tile > 0 ? tile : std::max(picture.width, picture.height);
      tile = smaller_tile(failed, picture, options.build, error);
    } catch (const NotFinite&) {  // of sweeps: other windows are done again one by one
      if (storage_ == NumberType::fp32) throw;
      tell_of_overflow(options.tell);
      forget_programs();
      storage_ = NumberType::fp32;
      tile = choose_tile(picture.width, picture.height, options);
    }
  }
}

/// One pass over the picture.
void NetworkRunner::run_pass(const PlaneReader& picture, const RunOptions& options, int pass,
                             Meter& meter, int& tile, const OutputSink& sink) {
  int rows_done = 0;
  halve_until_it_fits(picture, options, tile,
                      [&] { run_tiles(picture, options, tile, pass, meter, rows_done, sink); });
}

Planes NetworkRunner::run_pass(const PlaneReader& picture, const RunOptions& options, int pass,
                               Meter& meter, int& tile) {
  Planes result = result_of(picture);
  run_pass(picture, options, pass, meter, tile, into(result));
  return result;
}

/// The mean over the eight flips and rotations, if that is wanted.
Planes NetworkRunner::run_ensemble(const PlaneReader& picture, const RunOptions& options, int& pass,
                                   Meter& meter, int& tile) {
  if (!options.self_ensemble) return run_pass(picture, options, pass++, meter, tile);
  const Planes whole = read_all(picture);
  Planes mean = result_of(picture);
  for (int transform = 0; transform < 8; ++transform, ++pass)
    accumulate(mean,
               inverse_transformed(
                   run_pass(transformed(whole, transform), options, pass, meter, tile), transform),
               1.0f / 8);
  return mean;
}

void NetworkRunner::run(const PlaneReader& picture, const RunOptions& options,
                        const OutputSink& sink) {
  choose_storage(options);
  if (storage_ == NumberType::fp16) full_.reset();
  const ModelInfo& info = generator_.info;
  const int shifts = info.scale == 1 ? std::clamp(options.shifts, 1, kMostShifts) : 1;
  const Sides sides = sides_for_shifts(picture, shifts, info);
  int tile = choose_tile(sides.width, sides.height, options), pass = 0;
  // Of what looks at everything the mean is one of whole pictures, and so is that of turned ones
  // where a picture is not cut.
  const bool local = reach(options.build).exact >= 0;
  const bool mean_of_bands = local && (options.self_ensemble ? tile > 0 : is_moved(shifts, info));
  const int passes = mean_of_bands ? 1 : (options.self_ensemble ? 8 : 1) * shifts;
  Meter meter(options.progress, passes);
  if (mean_of_bands) return run_mean(picture, options, shifts, meter, tile, sink);
  if (passes == 1 && !is_moved(shifts, info))
    return run_pass(padded(picture, sides.width, sides.height), options, pass, meter, tile,
                    clipped(sink, picture.width * info.scale, picture.height * info.scale));
  const Planes mean = cycle_spinning(picture, shifts, info, [&](const PlaneReader& shifted) {
    return run_ensemble(shifted, options, pass, meter, tile);
  });
  sink.take({0, 0, mean, mean.height});
}

}  // namespace imago
