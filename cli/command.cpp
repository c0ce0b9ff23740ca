#include "cli/command.h"

#include <array>
#include <cstdio>
#include <iostream>

namespace imago {

void print_error(std::string_view message) {
  std::string line = "imago: " + std::string(message);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  std::cerr << line << '\n' << std::flush;
}

void print_json(const nlohmann::ordered_json& object) {
  using nlohmann::ordered_json;
  std::cout << object.dump(2, ' ', false, ordered_json::error_handler_t::replace) << '\n';
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

}  // namespace imago
