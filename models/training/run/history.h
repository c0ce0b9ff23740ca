// What a run tells of itself: metrics.jsonl, one JSON object a line, only ever appended to while
// training goes forward. The window, the report and whoever has a script read it.
//
//   {"kind":"losses","step":100,"epoch":1,"learning_rate":2e-4,"milliseconds":310,
//    "data_milliseconds":2,"device_milliseconds":305,"losses":{"G_L1":21.3,…},
//    "health":{"gradient_G":0.8,…}}
//   {"kind":"validation","step":400,"epoch":1,"metrics":{"psnr":17.2,"ssim":0.31},
//    "sample":"samples/step_00000400.png","best":true}
//   {"kind":"alarm","step":900,"alarm":"discriminator_wins","text":"…","advice":"…"}
//   {"kind":"study","step":900,"label":"latest","trials":40,"fooled":9,"low":0.12,"high":0.38}
//   {"kind":"event","step":400,"event":"checkpoint"}     also: start, resume, rollback, stop,
//   finish
//
// Numbers that JSON has no words for are the strings "nan", "inf" and "-inf".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imago {

/// Names with numbers, in an order that means something to who reads them.
using NamedNumbers = std::vector<std::pair<std::string, double>>;

struct LossRecord {
  int64_t step = 0;  // steps done
  int epoch = 0;     // 1 is the first
  double learning_rate = 0;
  double milliseconds = 0;       // of a step, on average since the record before
  double data_milliseconds = 0;  // of these, waiting for pictures
  /// Of these, those in which the device worked; the rest it idled. Nothing if it has no clock.
  std::optional<double> device_milliseconds = {};
  NamedNumbers losses = {};  // of this step
  NamedNumbers health = {};  // of this step (health.h)
};

struct ValidationRecord {
  int64_t step = 0;
  int epoch = 0;
  NamedNumbers metrics;               // psnr, ssim; or swd; diversity (validate.h)
  std::filesystem::path sample = {};  // sheet of sample pictures, relative to the run's folder
  bool best = false;                  // better than all before
};

struct AlarmRecord {
  int64_t step = 0;
  std::string alarm;         // "nan", "discriminator_wins", "no_convergence", "collapse" (health.h)
  std::string text, advice;  // what is seen, in plain words; what to try
};

/// A perceptual study (measure/study.h) of what the run's networks make.
struct StudyRecord {
  int64_t step = 0;
  std::string label;           // of the network: "latest", "best", an epoch's number
  int trials = 0, fooled = 0;  // practice not counted
  double low = 0, high = 0;    // the interval of 95 % of the share that fooled
};

struct EventRecord {
  int64_t step = 0;
  std::string event;  // "start", "resume", "checkpoint", "rollback", "stop", "finish"
};

struct History {
  std::vector<LossRecord> losses;
  std::vector<ValidationRecord> validations;
  std::vector<AlarmRecord> alarms;
  std::vector<StudyRecord> studies;
  std::vector<EventRecord> events;
};

/// Reads a metrics file; absent: empty. A last line that is torn (the run was killed while it was
/// written) is left out, as are records of kinds that are not known. Throws Error naming file and
/// line ("…/metrics.jsonl:3: …") for any other line that cannot be understood.
History read_history(const std::filesystem::path& metrics);

/// Appends to a metrics file, a whole line at a time.
class HistoryWriter {
 public:
  /// What is there about steps after `step` is taken out first (atomically): those steps are about
  /// to be done again. So is a torn last line. Throws Error naming the file.
  HistoryWriter(const std::filesystem::path& metrics, int64_t step);
  ~HistoryWriter();
  HistoryWriter(const HistoryWriter&) = delete;
  HistoryWriter& operator=(const HistoryWriter&) = delete;

  // Each throws Error naming the file when the disk is full; what was there before stays whole,
  // and the next record can be added once there is space. Events are flushed to the disk, and what
  // was added before them with them.
  void add(const LossRecord& record);
  void add(const ValidationRecord& record);
  void add(const AlarmRecord& record);
  void add(const StudyRecord& record);
  void add(const EventRecord& record);

 private:
  void write_line(const std::string& line);

  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace imago
