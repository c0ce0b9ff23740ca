// OpenCV without its comments on the terminal. Internal to models/image.
#pragma once

namespace imago {

/// While one lives, what OpenCV prints to std::cerr from this thread is dropped: imdecode reports
/// a refused file there, and Imago reports it itself, once, with the file's name.
class QuietOpenCv {
 public:
  QuietOpenCv();
  ~QuietOpenCv();
  QuietOpenCv(const QuietOpenCv&) = delete;
  QuietOpenCv& operator=(const QuietOpenCv&) = delete;
};

}  // namespace imago
