#include "models/training/run/state.h"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/writers.h"
#include "models/training/run/text_file.h"

namespace imago {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr int kStateFormat = 1;
constexpr size_t kKept = 2;
const std::string kPrefix = "state-", kTensors = ".safetensors", kJson = ".json";

uint32_t checksum(std::span<const std::byte> bytes) {
  return static_cast<uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

uint32_t checksum_of_json(const ordered_json& object) {
  const std::string text = object.dump();
  return checksum(std::as_bytes(std::span(text)));
}

fs::path file_of(const fs::path& folder, int64_t step, const std::string& extension) {
  return folder / (kPrefix + std::to_string(step) + extension);
}

/// The step in "state-<step><extension>".
std::optional<int64_t> step_of(const fs::path& file, const std::string& extension) {
  const std::string name = file.filename().string();
  if (!name.starts_with(kPrefix) || !name.ends_with(extension)) return std::nullopt;
  const std::string digits =
      name.substr(kPrefix.size(), name.size() - kPrefix.size() - extension.size());
  if (digits.empty() || digits.size() > 18 ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoll(digits);
}

/// The steps that have such a file, newest first.
std::vector<int64_t> steps_in(const fs::path& folder, const std::string& extension) {
  std::vector<int64_t> steps;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored))
    if (const auto step = step_of(entry.path(), extension)) steps.push_back(*step);
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

void require_finite(const StateDict& tensors) {
  for (const auto& [name, tensor] : tensors) {
    const size_t count = tensor.data.size() / sizeof(float);
    for (size_t i = 0; i < count; ++i) {
      float value;
      std::memcpy(&value, tensor.data.data() + i * sizeof(float), sizeof(float));
      if (!std::isfinite(value))
        throw Error("the state is not kept: " + name + " has a number that is not finite");
    }
  }
}

ordered_json to_json(const TrainingState& s) {
  ordered_json updates = ordered_json::object();
  for (const auto& [slot, count] : s.counts.updates) updates[std::to_string(slot)] = count;
  ordered_json json = {
      {"imago_state", kStateFormat},
      {"step", s.counts.steps},
      {"steps_per_epoch", s.steps_per_epoch},
      {"updates", updates},
      {"pictures_seen", s.counts.pictures_seen},
      {"plateau",
       {{"best", s.plateau.best},
        {"bad_epochs", s.plateau.bad_epochs},
        {"reductions", s.plateau.reductions}}},
      {"epoch_loss", s.epoch_loss},
      {"epoch_steps", s.epoch_steps},
      {"learning_rate_factor", s.learning_rate_factor},
      {"rollbacks", s.rollbacks},
      {"health", s.health},
      {"data_fingerprint", s.data_fingerprint},
      {"device", s.device},
      {"tuning", s.tuning.text()},
  };
  if (s.best) json["best"] = *s.best;
  for (const auto& [slot, loss_scale] : s.counts.loss_scales)
    json["loss_scales"][std::to_string(slot)] = {{"scale", loss_scale.scale},
                                                 {"finite_steps", loss_scale.finite_steps},
                                                 {"skipped", loss_scale.skipped}};
  return json;
}

TrainingState state_of(const ordered_json& json) {
  TrainingState s;
  json.at("step").get_to(s.counts.steps);
  json.at("steps_per_epoch").get_to(s.steps_per_epoch);
  for (const auto& [slot, count] : json.at("updates").items())
    s.counts.updates[std::stoi(slot)] = count.get<int64_t>();
  json.at("pictures_seen").get_to(s.counts.pictures_seen);
  const ordered_json& plateau = json.at("plateau");
  plateau.at("best").get_to(s.plateau.best);
  plateau.at("bad_epochs").get_to(s.plateau.bad_epochs);
  plateau.at("reductions").get_to(s.plateau.reductions);
  json.at("epoch_loss").get_to(s.epoch_loss);
  json.at("epoch_steps").get_to(s.epoch_steps);
  json.at("learning_rate_factor").get_to(s.learning_rate_factor);
  json.at("rollbacks").get_to(s.rollbacks);
  json.at("health").get_to(s.health);
  if (json.contains("best")) s.best = json.at("best").get<double>();
  if (json.contains("loss_scales"))
    for (const auto& [slot, of_slot] : json.at("loss_scales").items()) {
      LossScale& loss_scale = s.counts.loss_scales[std::stoi(slot)];
      of_slot.at("scale").get_to(loss_scale.scale);
      of_slot.at("finite_steps").get_to(loss_scale.finite_steps);
      of_slot.at("skipped").get_to(loss_scale.skipped);
    }
  json.at("data_fingerprint").get_to(s.data_fingerprint);
  json.at("device").get_to(s.device);
  s.tuning = TuningTable::parse(json.value("tuning", ""));  // an older state has none
  return s;
}

/// The JSON of a pair, its own checksum seen to be right. Throws Error.
ordered_json read_json(const fs::path& path) {
  ordered_json json = ordered_json::parse(read_text_file(path), nullptr, false);
  if (!json.is_object() || !json.contains("checksum")) throw Error(path.string() + ": is damaged");
  const ordered_json given = json.at("checksum");
  json.erase("checksum");
  if (given != checksum_of_json(json)) throw Error(path.string() + ": is damaged");
  return json;
}

/// Throws Error for a pair that a version wrote which does it in another way.
void require_format(const ordered_json& json, const fs::path& path) {
  if (json.value("imago_state", 0) != kStateFormat)
    throw Error(path.string() + ": was written by another version of Imago; use that one");
}

StateDict read_tensors(const ordered_json& of, const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) throw Error(path.string() + ": " + error.message());
  if (size != of.at("bytes").get<uint64_t>())
    throw Error(path.string() + ": has " + std::to_string(size) + " bytes instead of " +
                std::to_string(of.at("bytes").get<uint64_t>()));
  const std::string bytes = read_text_file(path);
  const std::span<const std::byte> view = std::as_bytes(std::span(bytes));
  if (checksum(view) != of.at("checksum").get<uint32_t>())
    throw Error(path.string() + ": is damaged");
  return read_safetensors(view);
}

StoredState read_pair(const fs::path& folder, int64_t step, const ordered_json& json) {
  try {
    return {state_of(json), read_tensors(json.at("tensors"), file_of(folder, step, kTensors))};
  } catch (const nlohmann::json::exception& error) {
    throw Error(file_of(folder, step, kJson).string() + ": " + error.what());
  }
}

}  // namespace

void write_state(const TrainingState& state, const StateDict& tensors, const fs::path& folder) {
  require_finite(tensors);
  const int64_t step = state.counts.steps;
  const fs::path path = file_of(folder, step, kTensors);
  ordered_json json = to_json(state);
  {
    const checkpoint::Bytes bytes = checkpoint::safetensors_bytes(tensors, path);
    json["tensors"] = {{"bytes", bytes.size()}, {"checksum", checksum(bytes)}};
    write_file_atomically(path, bytes);
  }
  json["checksum"] = checksum_of_json(json);
  write_text_file(file_of(folder, step, kJson), json.dump(2) + "\n");
  const std::vector<int64_t> steps = steps_in(folder, kJson);
  for (size_t i = kKept; i < steps.size(); ++i) {
    // In this order: without its JSON a pair is none.
    remove_file(file_of(folder, steps[i], kJson));
    remove_file(file_of(folder, steps[i], kTensors));
  }
}

std::optional<StoredState> read_newest_state(const fs::path& folder,
                                             std::vector<std::string>& damaged) {
  const std::vector<int64_t> steps = steps_in(folder, kJson);
  for (const int64_t step : steps) {
    ordered_json json;
    const fs::path path = file_of(folder, step, kJson);
    try {
      json = read_json(path);
    } catch (const Error& error) {
      damaged.push_back(error.what());
      continue;
    }
    require_format(json, path);
    try {
      return read_pair(folder, step, json);
    } catch (const Error& error) {
      damaged.push_back(error.what());
    }
  }
  if (steps.empty()) return std::nullopt;
  std::string message = folder.string() + ": no saved state is whole";
  for (const std::string& what : damaged) message += "; " + what;
  throw Error(message);
}

std::optional<TrainingState> peek_newest_state(const fs::path& folder) {
  for (const int64_t step : steps_in(folder, kJson)) try {
      const ordered_json json = read_json(file_of(folder, step, kJson));
      if (json.value("imago_state", 0) != kStateFormat) continue;
      std::error_code error;
      const auto size = fs::file_size(file_of(folder, step, kTensors), error);
      if (!error && size == json.at("tensors").at("bytes").get<uint64_t>()) return state_of(json);
    } catch (const std::exception&) {
      // Damaged: an older one may be whole.
    }
  return std::nullopt;
}

bool has_state(const fs::path& folder) { return !steps_in(folder, kJson).empty(); }

void remove_leftovers(const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> leftovers;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, ignored)) {
    const fs::path& path = entry.path();
    const std::string name = path.filename().string();
    const auto step = step_of(path, kTensors);
    if ((name.starts_with(".imago-") && name.ends_with(".tmp")) ||
        (step && !fs::exists(file_of(folder, *step, kJson), ignored)))
      leftovers.push_back(path);
  }
  for (const fs::path& path : leftovers) fs::remove(path, ignored);
}

}  // namespace imago
