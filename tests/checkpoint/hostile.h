// A table of files that must be refused, and how.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/checkpoint/builders.h"

namespace imago {

using Kind = CheckpointError::Kind;

struct Hostile {
  std::string name;
  std::string file;
  Kind kind;
  std::optional<uint64_t> offset = {};  // where the error must point; empty: not checked
  std::string where = "";               // the tensor or entry it must name; empty: not checked
};

inline void PrintTo(const Hostile& hostile, std::ostream* out) { *out << hostile.name; }

inline std::string hostile_name(const testing::TestParamInfo<Hostile>& info) {
  std::string name = std::to_string(info.index) + "_";
  for (const char c : info.param.name)
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

using Reader = std::function<StateDict(std::span<const std::byte>)>;

/// Expects exactly the CheckpointError that the table says. Anything else that is thrown fails.
inline void expect_refused(const Hostile& hostile, const Reader& reader) {
  // A copy of exact size, so that AddressSanitizer sees a read beyond the end.
  const std::vector<std::byte> file(build::bytes_of(hostile.file).begin(),
                                    build::bytes_of(hostile.file).end());
  try {
    const StateDict tensors = reader(file);
    ADD_FAILURE() << hostile.name << " was read: " << tensors.size() << " tensors";
  } catch (const CheckpointError& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(hostile.kind)) << error.what();
    if (hostile.offset) {
      EXPECT_EQ(error.offset(), *hostile.offset) << error.what();
    }
    if (!hostile.where.empty()) {
      EXPECT_EQ(error.where(), hostile.where) << error.what();
    }
  }
}

}  // namespace imago
