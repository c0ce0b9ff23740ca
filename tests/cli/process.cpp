#include "tests/cli/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "models/checkpoint/checkpoint.h"

namespace imago {
namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> on_own_disk(const std::string& options, const std::string& script,
                                     const std::string& folder) {
  const std::string mount =
      "mkdir -p " + folder + " && mount -t tmpfs -o " + options + " tmpfs " + folder + " && ";
  return {"unshare", ::geteuid() == 0 ? "-m" : "-rm", "sh", "-c", mount + script, IMAGO_PROGRAM};
}

Process::Process(const std::vector<std::string>& arguments, const fs::path& folder,
                 const std::map<std::string, std::string>& environment) {
  static int count = 0;
  const fs::path base = folder.parent_path() / (folder.filename().string() + ".process");
  out_ = base.string() + std::to_string(count) + ".out";
  err_ = base.string() + std::to_string(count++) + ".err";
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  const int in = open("/dev/null", O_RDONLY);
  const int out = open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err = open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (chdir(folder.c_str()) != 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
    _exit(126);
  execvp(argv[0], argv.data());
  _exit(127);
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  std::error_code ignored;
  fs::remove(out_, ignored);
  fs::remove(err_, ignored);
}

bool Process::running() {
  if (pid_ > 0 && waitpid(pid_, &ended_, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void Process::send(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

std::string Process::out_so_far() const { return read_text(out_); }

Finished Process::wait() {
  if (pid_ > 0) waitpid(pid_, &ended_, 0);
  pid_ = -1;
  return {WIFEXITED(ended_) ? WEXITSTATUS(ended_) : 128 + WTERMSIG(ended_), read_text(out_),
          read_text(err_)};
}

CliTest::CliTest() {
  std::string name = (fs::temp_directory_path() / "imago-cli-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  folder_ = name;
}

CliTest::~CliTest() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Finished CliTest::run(const std::vector<std::string>& arguments,
                      const std::map<std::string, std::string>& environment) const {
  return Process(arguments, folder_, environment).wait();
}

Finished CliTest::imago(std::vector<std::string> arguments,
                        const std::map<std::string, std::string>& environment) const {
  arguments.insert(arguments.begin(), IMAGO_PROGRAM);
  return run(arguments, environment);
}

fs::path CliTest::write_text(const std::string& name, const std::string& text) const {
  const fs::path path = folder_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

fs::path CliTest::write_picture(const std::string& name, int width, int height, int seed) const {
  std::string rgb;
  for (int i = 0; i < width * height * 3; ++i)
    rgb += static_cast<char>((i * 37 + i / 5 * 11 + seed * 53) % 256);
  return write_text(
      name, "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n" + rgb);
}

std::vector<std::string> CliTest::files(const std::string& folder) const {
  std::vector<std::string> found;
  if (!fs::exists(folder_ / folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / folder))
    if (!entry.is_directory())
      found.push_back(fs::relative(entry.path(), folder_ / folder).string());
  std::sort(found.begin(), found.end());
  return found;
}

Pixels read_ppm(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  Pixels pixels;
  int maximum = 0;
  file >> magic >> pixels.width >> pixels.height >> maximum;
  file.get();
  EXPECT_EQ(magic, "P6") << path;
  EXPECT_EQ(maximum, 255) << path;
  pixels.rgb.assign(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(pixels.rgb.size(), static_cast<size_t>(pixels.width * pixels.height * 3)) << path;
  return pixels;
}

Pixels nearest(const Pixels& pixels, int factor) {
  Pixels large{pixels.width * factor, pixels.height * factor, ""};
  for (int y = 0; y < large.height; ++y)
    for (int x = 0; x < large.width; ++x)
      large.rgb +=
          pixels.rgb.substr(static_cast<size_t>((y / factor * pixels.width + x / factor) * 3), 3);
  return large;
}

void write_nearest_model(const fs::path& path, int scale) {
  constexpr int64_t kFeatures = 4;
  const int64_t out = 3 * scale * scale;
  const auto zeros = [](std::vector<int64_t> shape) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    return HostTensor::from_float(std::move(shape), std::vector<float>(static_cast<size_t>(count)));
  };
  StateDict tensors;
  tensors.insert("body.0.weight", zeros({kFeatures, 3, 3, 3}));
  tensors.insert("body.0.bias", zeros({kFeatures}));
  tensors.insert("body.1.weight", zeros({kFeatures}));
  tensors.insert("body.2.weight", zeros({out, kFeatures, 3, 3}));
  tensors.insert("body.2.bias", zeros({out}));
  fs::create_directories(path.parent_path());
  write_safetensors(tensors, path);
}

std::string without_warnings(const std::string& err) {
  std::istringstream lines(err);
  std::string kept;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("warning: ")) kept += line + '\n';
  return kept;
}

void expect_one_line(const std::string& err) {
  EXPECT_TRUE(err.starts_with("imago: ")) << err;
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  EXPECT_TRUE(err.ends_with("\n")) << err;
}

}  // namespace imago
