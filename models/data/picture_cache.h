// Decoded pictures, kept while they fit. Internal to models/data.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "models/data/picture.h"

namespace imago {

/// Keeps the first pictures that fit and never drops one: where every epoch visits every picture
/// once in a new order, no picture is a better one to keep than another. Thread-safe.
class PictureCache {
 public:
  explicit PictureCache(int64_t budget_bytes) : left_(budget_bytes) {}

  std::shared_ptr<const Picture> get(const std::filesystem::path& path);

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, std::shared_ptr<const Picture>> kept_;
  int64_t left_;
};

}  // namespace imago
