#include "cli/command.h"

#include <atomic>
#include <csignal>

#include <array>
#include <cstdio>
#include <iostream>

namespace imago {

namespace {

void print_line(std::string line) {
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  std::cerr << line << '\n' << std::flush;
}

}  // namespace

void print_error(std::string_view message) { print_line("imago: " + std::string(message)); }

void print_warning(std::string_view message) { print_line("warning: " + std::string(message)); }

void print_note(std::string_view message) { print_line("note: " + std::string(message)); }

void print_json(const nlohmann::ordered_json& object) {
  using nlohmann::ordered_json;
  std::cout << object.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
}

std::string not_understood(const CLI::App& command) {
  return "not understood: " + CLI::detail::join(command.remaining(), ", ");
}

std::string human_bytes(uint64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
  return text.data();
}

namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

}  // namespace

void cancel_on_interrupt() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool was_interrupted() { return interrupted; }

std::string human_time(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

}  // namespace imago
