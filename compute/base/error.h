// The errors Imago throws. Every message says what was wrong, where, and what to do about it.
#pragma once

#include <stdexcept>
#include <string>

namespace imago {

/// Base of everything Imago throws on purpose; caught in cli/main.cpp and gui/session only.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A graph was built wrongly: shapes or attributes an op cannot take.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// The work does not fit: device or host memory ran out, or one tensor exceeds a device limit.
/// Whoever can make the work smaller (a tile, a batch) catches it and tries again.
class OutOfMemory : public Error {
 public:
  using Error::Error;
};

/// Vulkan failed: device lost, no driver, a call refused.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// The user's cancel request reached a running job.
class Cancelled : public Error {
 public:
  Cancelled() : Error("cancelled") {}
};

}  // namespace imago
