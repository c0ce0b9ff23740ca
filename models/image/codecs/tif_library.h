// What reading and writing TIFF share of libtiff. Internal to models/image/codecs.
#pragma once

#include <tiffio.h>

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <new>

namespace imago::tif {

struct Closer {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, Closer>;

/// What libtiff complains about goes here in place of the terminal. It goes on after warnings,
/// which are about tags that it does not know.
struct Complaint {
  char message[200] = "";
};

inline int keep_error(TIFF*, void* user, const char*, const char* format, va_list values) {
  auto* complaint = static_cast<Complaint*>(user);
  if (complaint->message[0] == '\0')
    std::vsnprintf(complaint->message, sizeof(complaint->message), format, values);
  return 1;
}
inline int drop_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct Options {
  explicit Options(Complaint& complaint) : options(TIFFOpenOptionsAlloc()) {
    if (!options) throw std::bad_alloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, &complaint);
    TIFFOpenOptionsSetWarningHandlerExtR(options, drop_warning, &complaint);
  }
  ~Options() { TIFFOpenOptionsFree(options); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  TIFFOpenOptions* options;
};

}  // namespace imago::tif
