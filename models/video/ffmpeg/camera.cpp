#include "models/video/camera.h"

#include <cstdlib>
#include <limits>

#include "models/video/ffmpeg/reader.h"

#ifdef IMAGO_AVDEVICE
extern "C" {
#include <libavdevice/avdevice.h>
}
#endif

namespace imago {

#ifdef IMAGO_AVDEVICE

namespace {

#if defined(_WIN32)
constexpr char kCameras[] = "dshow";
constexpr char kPrefix[] = "video=";
#elif defined(__APPLE__)
constexpr char kCameras[] = "avfoundation";
constexpr char kPrefix[] = "";
#else
constexpr char kCameras[] = "v4l2";
constexpr char kPrefix[] = "";
#endif

const AVInputFormat* device_format(const std::string& name) {
  [[maybe_unused]] static const bool kRegistered = [] {
    avdevice_register_all();
    return true;
  }();
  return av_find_input_format(name.c_str());
}

void add_listed(std::vector<Camera>& cameras) {
  const AVInputFormat* format = device_format(kCameras);
  AVDeviceInfoList* list = nullptr;
  if (!format || avdevice_list_input_sources(format, nullptr, nullptr, &list) < 0) return;
  for (int i = 0; i < list->nb_devices; ++i) {
    const AVDeviceInfo& device = *list->devices[i];
    const std::string name = device.device_description ? device.device_description : "";
    const std::string place = device.device_name;
    cameras.push_back({name.empty() ? place : name, std::string(kCameras) + ":" + kPrefix + place});
  }
  avdevice_free_list_devices(&list);
}

ffmpeg::Input open_device(const std::string& address) {
  const size_t colon = address.find(':');
  const std::string name = address.substr(0, colon);
  const AVInputFormat* format = colon == std::string::npos ? nullptr : device_format(name);
  if (!format)
    throw FilmError("the FFmpeg of this build has no input device “" + name +
                    "”; a camera is named as in v4l2:/dev/video0");
  AVFormatContext* opened = nullptr;
  const int result = avformat_open_input(&opened, address.c_str() + colon + 1, format, nullptr);
  if (result == AVERROR(EBUSY))
    throw FilmError("another program uses the camera: close it and try again");
  if (result == AVERROR(EACCES) || result == AVERROR(EPERM))
    throw FilmError("this user may not use the camera (on Linux: the group “video”)");
  if (result == AVERROR(ENOENT) || result == AVERROR(ENODEV) || result == AVERROR(ENXIO))
    throw FilmError("the camera is not there: plug it in and try again");
  ffmpeg::check(result, "cannot open the camera");
  ffmpeg::Input input(opened);
  ffmpeg::check(avformat_find_stream_info(opened, nullptr), "cannot read from the camera");
  return input;
}

}  // namespace

bool cameras_are_read() { return true; }

std::vector<Camera> list_cameras() {
  std::vector<Camera> cameras;
  if (const char* more = std::getenv("IMAGO_CAMERA"); more && *more)
    cameras.push_back({more, more});
  add_listed(cameras);
  return cameras;
}

std::unique_ptr<FilmReader> open_camera(const std::string& address) {
  return ffmpeg::open_reader({.input = [address] { return open_device(address); },
                              .max_pixels = std::numeric_limits<int64_t>::max(),
                              .at_once = true});
}

#else

bool cameras_are_read() { return false; }
std::vector<Camera> list_cameras() { return {}; }
std::unique_ptr<FilmReader> open_camera(const std::string&) {
  throw FilmError(
      "a camera, and this program was made without FFmpeg's libavdevice; build it where that is "
      "installed with its headers");
}

#endif

}  // namespace imago
