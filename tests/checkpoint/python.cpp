#include "tests/checkpoint/python.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <string>

namespace imago {
namespace {

// The output of a command; empty if it failed.
std::string output_of(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return "";
  std::string output;
  char part[4096];
  for (size_t got; (got = std::fread(part, 1, sizeof(part), pipe)) > 0;) output.append(part, got);
  return ::pclose(pipe) == 0 ? output : "";
}

// The first Python that can import PyTorch; empty if there is none.
const std::string& python() {
  static const std::string found = [] {
    for (const std::string name : {"/usr/bin/python3", "python3"}) {
      if (!output_of(name + " -c 'import torch; print(torch.__version__)' 2>/dev/null").empty()) {
        return name;
      }
    }
    return std::string();
  }();
  return found;
}

}  // namespace

bool have_torch() { return !python().empty(); }

nlohmann::json describe_with_torch(const std::vector<std::filesystem::path>& paths) {
  std::string command = python() + " " IMAGO_FIXTURES "/make_checkpoints.py --describe";
  for (const auto& path : paths) command += " '" + path.string() + "'";
  const std::string text = output_of(command);
  return text.empty() ? nlohmann::json() : nlohmann::json::parse(text);
}

void expect_same(const StateDict& tensors, const nlohmann::json& rows) {
  ASSERT_TRUE(rows.is_array());
  ASSERT_EQ(tensors.size(), rows.size());
  auto row = rows.begin();
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(name, (*row)["name"].get<std::string>());
    EXPECT_EQ(to_string(tensor.type), (*row)["dtype"].get<std::string>()) << name;
    EXPECT_EQ(tensor.shape, (*row)["shape"].get<std::vector<int64_t>>()) << name;
    EXPECT_EQ(tensor.data.size(), static_cast<size_t>(tensor.elements()) * size_of(tensor.type));
    const uLong crc =
        ::crc32_z(0, reinterpret_cast<const Bytef*>(tensor.data.data()), tensor.data.size());
    EXPECT_EQ(tensor.data.empty() ? 0 : crc, (*row)["crc32"].get<uLong>()) << name;
    ++row;
  }
}

}  // namespace imago
