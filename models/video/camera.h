// Cameras, as films without an end.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/video/film.h"

namespace imago {

struct Camera {
  std::string name;     // for people: "Integrated Camera"
  std::string address;  // an input device of FFmpeg's and what it opens: "v4l2:/dev/video0"
};

/// Those of this machine, and the one whose address the environment variable IMAGO_CAMERA holds.
/// None where this program was made without libavdevice; see cameras_are_read.
std::vector<Camera> list_cameras();

bool cameras_are_read();

/// Frames as they come: `read` waits for the next one. Throws FilmError: there is no such camera,
/// another program has it, or it may not be used.
std::unique_ptr<FilmReader> open_camera(const std::string& address);

}  // namespace imago
