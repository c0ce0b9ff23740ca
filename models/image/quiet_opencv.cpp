#include "models/image/quiet_opencv.h"

#include <iostream>
#include <opencv2/core/utils/logger.hpp>
#include <streambuf>

namespace imago {
namespace {

thread_local int quiet_depth = 0;

/// Passes on what other threads print. Swapping the buffer of std::cerr around each call instead
/// would swallow their messages too.
class QuietBuffer : public std::streambuf {
 public:
  explicit QuietBuffer(std::streambuf* target) : target_(target) {}

 protected:
  int_type overflow(int_type letter) override {
    if (quiet_depth > 0 || traits_type::eq_int_type(letter, traits_type::eof())) {
      return traits_type::not_eof(letter);
    }
    return target_->sputc(traits_type::to_char_type(letter));
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    return quiet_depth > 0 ? size : target_->sputn(text, size);
  }
  int sync() override { return target_->pubsync(); }

 private:
  std::streambuf* target_;
};

void install() {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  static auto* buffer = new QuietBuffer(std::cerr.rdbuf());  // lives as long as std::cerr: for good
  std::cerr.rdbuf(buffer);
}

}  // namespace

QuietOpenCv::QuietOpenCv() {
  static const bool installed = (install(), true);
  static_cast<void>(installed);
  ++quiet_depth;
}

QuietOpenCv::~QuietOpenCv() { --quiet_depth; }

}  // namespace imago
