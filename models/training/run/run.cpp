#include "models/training/run/run.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <thread>

#include "compute/base/error.h"
#include "models/training/request_json.h"
#include "models/training/run/state.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

bool is_locked(const RunFolder& folder) {
  const int file = ::open(folder.lock().c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool locked = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(file);
  return locked;
}

/// "best" before "latest" before epochs, the last one first; the average of weights before these.
struct Rank {
  int kind = 0;
  int64_t epoch = 0;
  int plain = 0;
  std::string name;
  auto operator<=>(const Rank&) const = default;
};

std::optional<Rank> rank_of(const std::string& file) {
  const size_t at = file.find("_net_");
  if (at == std::string::npos || !file.ends_with(".pth")) return std::nullopt;
  const std::string label = file.substr(0, at), rest = file.substr(at + 5);
  const std::string average = "_average.pth";
  const bool is_average = rest.ends_with(average);
  const auto network =
      network_named(rest.substr(0, rest.size() - (is_average ? average.size() : 4)));
  if (!network || !network->is_generator()) return std::nullopt;  // Translate has no use for it
  Rank rank{0, 0, is_average ? 0 : 1, rest};
  if (label == "best") return rank;
  rank.kind = 1;
  if (label == "latest") return rank;
  rank.kind = 2;
  if (label.empty() || label.size() > 9 ||
      label.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  rank.epoch = -std::stoll(label);
  return rank;
}

std::vector<fs::path> models_in(const fs::path& folder) {
  std::map<Rank, fs::path> ranked;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored))
    if (const auto rank = rank_of(entry.path().filename().string())) ranked[*rank] = entry.path();
  std::vector<fs::path> models;
  for (const auto& [rank, path] : ranked) models.push_back(path);
  return models;
}

/// `models` in the order of their ranks.
fs::path newest_of(const std::vector<fs::path>& models) {
  fs::path newest;
  fs::file_time_type last = fs::file_time_type::min();
  for (const fs::path& model : models) {
    std::error_code error;
    const fs::file_time_type time = fs::last_write_time(model, error);
    if (error || time <= last) continue;
    last = time;
    newest = model;
  }
  // Its average is written after it, and may not be there yet.
  fs::path average = newest;
  average.replace_filename(newest.stem().string() + "_average.pth");
  return std::ranges::find(models, average) != models.end() ? average : newest;
}

/// When something of the run was last written.
fs::file_time_type age_of(const RunFolder& folder) {
  fs::file_time_type newest = fs::file_time_type::min();
  for (const fs::path& file : {folder.options(), folder.metrics(), folder.loss_log()}) {
    std::error_code error;
    const auto time = fs::last_write_time(file, error);
    if (!error) newest = std::max(newest, time);
  }
  return newest;
}

}  // namespace

int64_t total_steps(const TrainingRequest& request, int64_t steps_per_epoch) {
  const ScheduleOptions& s = request.schedule;
  const int64_t epochs = s.epochs + s.epochs_decay - s.first_epoch + 1;
  const int64_t steps = std::max<int64_t>(0, epochs * steps_per_epoch);
  return request.max_steps > 0 ? std::min(steps, request.max_steps) : steps;
}

RunLock::RunLock(const RunFolder& folder) {
  file_ = ::open(folder.lock().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0)
    throw Error(folder.lock().string() + ": cannot be written to: " + std::strerror(errno));
  // Whoever only looks whether a run is being trained holds the lock for a moment.
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    if (errno != EWOULDBLOCK) return;  // a file system without locks: nothing to be had
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::close(file_);
  throw Error(folder.path.string() +
              ": is being trained by another process; wait for it or stop it");
}

RunLock::~RunLock() { ::close(file_); }

void change_run(const RunFolder& folder, const RunChanges& changes) {
  TrainingRequest request = read_run(folder.path).request;
  const RunLock lock(folder);
  if (changes.epochs) request.schedule.epochs = *changes.epochs;
  if (changes.epochs_decay) request.schedule.epochs_decay = *changes.epochs_decay;
  if (changes.max_steps) request.max_steps = *changes.max_steps;
  if (changes.dataroot) request.data.dataroot = fs::absolute(*changes.dataroot);
  if (changes.dataroot_b && request.data.dataroot_b.empty())
    throw Error(folder.path.string() +
                ": this run has A and B in one folder; name it with --dataroot alone");
  if (changes.dataroot_b) request.data.dataroot_b = fs::absolute(*changes.dataroot_b);
  write_options(request, folder.options());
}

RunInfo read_run(const fs::path& folder) {
  RunInfo info;
  info.folder = {folder};
  std::error_code error;
  const std::string from_weights =
      "; weights alone are gone on from with 'imago train METHOD --init ..._net_G.pth'";
  if (fs::is_regular_file(folder, error))
    throw Error(folder.string() + ": is a file, not the folder of a run" + from_weights);
  if (!fs::is_directory(folder, error)) throw Error(folder.string() + ": there is no such run");
  if (!fs::exists(info.folder.options(), error))
    throw Error(folder.string() + ": is not a training run of Imago: it has no options.json" +
                (models_in(folder).empty() ? "" : from_weights));
  info.request = read_options(info.folder.options());
  // A folder may have been moved or renamed since.
  const fs::path whole = fs::absolute(folder).lexically_normal();
  const fs::path clean = whole.has_filename() ? whole : whole.parent_path();
  info.request.checkpoints_dir = clean.parent_path();
  info.request.name = clean.filename().string();
  if (const auto state = peek_newest_state(folder)) {
    info.step = state->counts.steps;
    info.steps = total_steps(info.request, state->steps_per_epoch);
    info.resumable = true;
    info.finished = info.step >= info.steps;
  }
  info.running = is_locked(info.folder);
  info.models = models_in(folder);
  info.newest = newest_of(info.models);
  return info;
}

std::vector<RunInfo> list_runs(const fs::path& checkpoints_dir) {
  std::vector<std::pair<fs::file_time_type, RunInfo>> dated;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(checkpoints_dir, ignored)) try {
      RunInfo info = read_run(entry.path());
      const auto time = age_of(info.folder);
      dated.emplace_back(time, std::move(info));
    } catch (const std::exception&) {
      // Not a run, or one that nobody can read.
    }
  std::stable_sort(dated.begin(), dated.end(),
                   [](const auto& x, const auto& y) { return x.first > y.first; });
  std::vector<RunInfo> runs;
  for (auto& [time, info] : dated) runs.push_back(std::move(info));
  return runs;
}

}  // namespace imago
