#include <cstdio>

#include "cli/bench.h"

namespace imago {
namespace {

std::string quoted(const std::string& argument) {
  std::string result = "'";
  for (const char c : argument) result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

/// What a shell command prints; empty if it failed.
std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return "";
  std::string output;
  char part[4096];
  for (size_t got; (got = std::fread(part, 1, sizeof(part), pipe)) > 0;) output.append(part, got);
  return ::pclose(pipe) == 0 ? output : "";
}

}  // namespace

nlohmann::ordered_json run_python(const std::string& script,
                                  const std::vector<std::string>& arguments) {
  std::string rest = " " + quoted(script);
  for (const std::string& argument : arguments) rest += " " + quoted(argument);
  // A distribution's packages are those of its own Python, which need not be the first on the path.
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    const auto printed =
        nlohmann::ordered_json::parse(output_of(python + rest + " 2>/dev/null"), nullptr, false);
    if (printed.is_object()) return printed;
  }
  return nullptr;
}

}  // namespace imago
