// Drives the built `imago` as a process, the way a script does.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace imago {

struct Finished {
  int status = -1;  // exit status; 128 + signal where one ended it
  std::string out, err;
};

/// A program that runs: its stdout and stderr go to files.
class Process {
 public:
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
          const std::map<std::string, std::string>& environment = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  bool running();
  void send(int signal) const;
  Finished wait();
  int id() const { return pid_; }
  std::string out_so_far() const;

 private:
  std::filesystem::path out_, err_;
  int pid_ = -1;
  int ended_ = -1;  // waitpid's status, once known
};

/// A fresh folder per test, removed afterwards, and what the tests put in and look for there.
class CliTest : public testing::Test {
 protected:
  CliTest();
  ~CliTest() override;

  /// Runs `imago ARGUMENTS…` in the test's folder.
  Finished imago(std::vector<std::string> arguments,
                 const std::map<std::string, std::string>& environment = {}) const;
  /// Runs any program in the test's folder.
  Finished run(const std::vector<std::string>& arguments,
               const std::map<std::string, std::string>& environment = {}) const;

  /// A binary PPM whose pixel values depend on `seed`; independent of Imago's own writers.
  std::filesystem::path write_picture(const std::string& name, int width = 8, int height = 6,
                                      int seed = 0) const;
  std::filesystem::path write_text(const std::string& name, const std::string& text) const;

  /// Files below `folder`, relative to it and sorted; hidden ones too.
  std::vector<std::string> files(const std::string& folder) const;

  std::filesystem::path folder_;
};

std::string read_text(const std::filesystem::path& path);

/// What runs `script` where `folder` is a file system of its own, mounted with `options`; it is
/// gone when the script ends. $0 is the program. It fails where no file system may be mounted.
std::vector<std::string> on_own_disk(const std::string& options, const std::string& script,
                                     const std::string& folder = "disk");

/// An RGB picture as its bytes; read from a binary PPM of 8 bits.
struct Pixels {
  int width = 0, height = 0;
  std::string rgb;
  bool operator==(const Pixels&) const = default;
};
Pixels read_ppm(const std::filesystem::path& path);
/// Every pixel repeated `factor` times along both sides.
Pixels nearest(const Pixels& pixels, int factor);

/// An SRVGGNetCompact (Real-ESRGAN) of four features whose convolutions are zero: what is left is
/// its skip connection, the input enlarged by nearest neighbours. That is the tests' oracle.
void write_nearest_model(const std::filesystem::path& path, int scale);

/// Without the lines that begin with "warning: ".
std::string without_warnings(const std::string& err);

/// Exactly one line, and it begins with "imago: ".
void expect_one_line(const std::string& err);

}  // namespace imago
