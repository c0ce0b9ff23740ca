#include "models/generate/latent_explorer.h"

#include "compute/vk/device.h"
#include "models/generate/latent_space.h"

namespace imago {

struct LatentExplorer::Impl {
  Impl(Generator generator, const std::string& which)
      : device(which), space(device, std::move(generator)) {}

  Device device;
  LatentSpace space;
};

LatentExplorer::LatentExplorer(Generator generator, const std::string& device)
    : impl_(std::make_unique<Impl>(std::move(generator), device)) {}

LatentExplorer::~LatentExplorer() = default;

const ModelInfo& LatentExplorer::info() const { return impl_->space.generator().info; }

bool LatentExplorer::has_styles() const { return impl_->space.has_styles(); }

Image LatentExplorer::picture(const LatentPlace& place) {
  LatentSpace& space = impl_->space;
  const LatentPoint first = space.point({place.first, 0, place.truncation}),
                    second = space.point({place.second, 0, place.truncation});
  std::vector<float> labels(static_cast<size_t>(info().classes), 0.0f);
  if (!labels.empty()) {
    labels.at(static_cast<size_t>(place.first_label)) += static_cast<float>(1 - place.label_share);
    labels.at(static_cast<size_t>(place.second_label)) += static_cast<float>(place.label_share);
  }
  return space.blended(between(first, second, place.share, !has_styles()), labels);
}

}  // namespace imago
