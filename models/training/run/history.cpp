#include "models/training/run/history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"

namespace imago {
namespace {

using Json = nlohmann::ordered_json;  // names stay in the order they were given

Json json_of(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

double number_of(const Json& json) {
  if (!json.is_string()) return json.get<double>();
  const auto& text = json.get_ref<const std::string&>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  throw Error("\"" + text + "\" is not a number");
}

Json json_of(const NamedNumbers& numbers) {
  Json json = Json::object();
  for (const auto& [name, value] : numbers) json[name] = json_of(value);
  return json;
}

NamedNumbers numbers_of(const Json& json) {
  NamedNumbers numbers;
  for (const auto& [name, value] : json.items()) numbers.emplace_back(name, number_of(value));
  return numbers;
}

LossRecord loss_of(const Json& json) {
  LossRecord record;
  record.step = json.at("step").get<int64_t>();
  record.epoch = json.at("epoch").get<int>();
  record.learning_rate = number_of(json.at("learning_rate"));
  record.milliseconds = number_of(json.at("milliseconds"));
  record.data_milliseconds = number_of(json.at("data_milliseconds"));
  if (json.contains("device_milliseconds"))
    record.device_milliseconds = number_of(json.at("device_milliseconds"));
  record.losses = numbers_of(json.at("losses"));
  record.health = numbers_of(json.at("health"));
  return record;
}

ValidationRecord validation_of(const Json& json) {
  ValidationRecord record;
  record.step = json.at("step").get<int64_t>();
  record.epoch = json.at("epoch").get<int>();
  record.metrics = numbers_of(json.at("metrics"));
  record.sample = json.at("sample").get<std::string>();
  record.best = json.at("best").get<bool>();
  return record;
}

AlarmRecord alarm_of(const Json& json) {
  return {json.at("step").get<int64_t>(), json.at("alarm").get<std::string>(),
          json.at("text").get<std::string>(), json.at("advice").get<std::string>()};
}

StudyRecord study_of(const Json& json) {
  return {json.at("step").get<int64_t>(), json.at("label").get<std::string>(),
          json.at("trials").get<int>(),   json.at("fooled").get<int>(),
          json.at("low").get<double>(),   json.at("high").get<double>()};
}

EventRecord event_of(const Json& json) {
  return {json.at("step").get<int64_t>(), json.at("event").get<std::string>()};
}

void append(const Json& json, History& history) {
  const std::string kind = json.at("kind").get<std::string>();
  if (kind == "losses") history.losses.push_back(loss_of(json));
  if (kind == "validation") history.validations.push_back(validation_of(json));
  if (kind == "alarm") history.alarms.push_back(alarm_of(json));
  if (kind == "study") history.studies.push_back(study_of(json));
  if (kind == "event") history.events.push_back(event_of(json));
}

/// The file's bytes; empty where there is none.
std::string content_of(const std::filesystem::path& path) {
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return "";
  std::ifstream file(path, std::ios::binary);
  if (error || !file) throw Error(path.string() + ": cannot be read");
  std::string content(static_cast<size_t>(size), '\0');
  file.read(content.data(), static_cast<std::streamsize>(size));
  if (file.bad()) throw Error(path.string() + ": cannot be read");
  content.resize(static_cast<size_t>(file.gcount()));
  return content;
}

/// Calls `visit` with every whole line (its newline included) and what it says. Errors of both get
/// the file's name and the line's number.
void for_each_line(const std::filesystem::path& path, const std::string& content,
                   const std::function<void(const std::string& line, const Json& json)>& visit) {
  size_t begin = 0;
  // What follows the last newline was being written when the run was killed.
  for (int number = 1; begin < content.size(); ++number) {
    const size_t end = content.find('\n', begin);
    if (end == std::string::npos) return;
    const std::string line = content.substr(begin, end + 1 - begin);
    begin = end + 1;
    const auto refuse = [&](const std::string& reason) {
      throw Error(path.string() + ":" + std::to_string(number) + ": " + reason +
                  "; correct or remove the line");
    };
    try {
      visit(line, Json::parse(line));
    } catch (const nlohmann::json::exception& error) {
      refuse(error.what());
    } catch (const Error& error) {
      refuse(error.what());
    }
  }
}

[[noreturn]] void fail(const std::filesystem::path& path, int code) {
  throw Error(path.string() + ": cannot be written to: " + std::generic_category().message(code));
}

/// False: the line is not whole in the file; errno says why.
bool write_all(int file, const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    const ssize_t written = ::write(file, line.data() + done, line.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    done += static_cast<size_t>(written);
  }
  return true;
}

/// A line; bytes of file names that are not UTF-8 are replaced.
std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

History read_history(const std::filesystem::path& metrics) {
  History history;
  for_each_line(metrics, content_of(metrics),
                [&](const std::string&, const Json& json) { append(json, history); });
  return history;
}

HistoryWriter::HistoryWriter(const std::filesystem::path& metrics, int64_t step) : path_(metrics) {
  const std::string content = content_of(metrics);
  std::string kept;
  for_each_line(metrics, content, [&](const std::string& line, const Json& json) {
    if (json.at("step").get<int64_t>() <= step) kept += line;
  });
  if (kept != content) write_file_atomically(metrics, std::as_bytes(std::span(kept)));
  file_ = ::open(metrics.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) fail(path_, errno);
}

HistoryWriter::~HistoryWriter() {
  if (file_ >= 0) ::close(file_);
}

void HistoryWriter::write_line(const std::string& line) {
  struct stat before;
  if (::fstat(file_, &before) != 0) fail(path_, errno);
  if (write_all(file_, line)) return;
  const int code = errno;
  // Half a line would make the next one unreadable.
  [[maybe_unused]] const int ignored = ::ftruncate(file_, before.st_size);
  fail(path_, code);
}

void HistoryWriter::add(const LossRecord& record) {
  Json json = {{"kind", "losses"},
               {"step", record.step},
               {"epoch", record.epoch},
               {"learning_rate", json_of(record.learning_rate)},
               {"milliseconds", json_of(record.milliseconds)},
               {"data_milliseconds", json_of(record.data_milliseconds)}};
  if (record.device_milliseconds)
    json["device_milliseconds"] = json_of(*record.device_milliseconds);
  json["losses"] = json_of(record.losses);
  json["health"] = json_of(record.health);
  write_line(line_of(json));
}

void HistoryWriter::add(const ValidationRecord& record) {
  write_line(line_of({{"kind", "validation"},
                      {"step", record.step},
                      {"epoch", record.epoch},
                      {"metrics", json_of(record.metrics)},
                      {"sample", record.sample.generic_string()},
                      {"best", record.best}}));
}

void HistoryWriter::add(const AlarmRecord& record) {
  write_line(line_of({{"kind", "alarm"},
                      {"step", record.step},
                      {"alarm", record.alarm},
                      {"text", record.text},
                      {"advice", record.advice}}));
}

void HistoryWriter::add(const StudyRecord& record) {
  write_line(line_of({{"kind", "study"},
                      {"step", record.step},
                      {"label", record.label},
                      {"trials", record.trials},
                      {"fooled", record.fooled},
                      {"low", record.low},
                      {"high", record.high}}));
  if (::fdatasync(file_) != 0) fail(path_, errno);
}

void HistoryWriter::add(const EventRecord& record) {
  write_line(line_of({{"kind", "event"}, {"step", record.step}, {"event", record.event}}));
  if (::fdatasync(file_) != 0) fail(path_, errno);
}

}  // namespace imago
