#include "models/data/picture_cache.h"

namespace imago {

std::shared_ptr<const Picture> PictureCache::get(const std::filesystem::path& path) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(path);
    if (found != kept_.end()) return found->second;
  }
  // Decoded outside the lock: two threads may decode one picture at once, and one copy is kept.
  auto picture = std::make_shared<const Picture>(read_picture(path));
  const auto bytes = static_cast<int64_t>(picture->values.size());
  const std::lock_guard lock(mutex_);
  if (bytes <= left_ && kept_.emplace(path, picture).second) left_ -= bytes;
  return picture;
}

}  // namespace imago
