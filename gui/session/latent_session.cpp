#include "gui/session/latent_session.h"

#include <algorithm>
#include <optional>

#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "models/generate/latent_explorer.h"
#include "models/library/identify.h"

namespace imago::gui {

struct LatentSession::Work {
  // The network on the device, kept for the next picture. Touched by the worker alone.
  std::optional<LatentExplorer> explorer;
  QString model, device;
  QDateTime written;

  void prepare(const LatentOrder& order) {
    if (explorer && order.model == model && order.device == device && order.written == written)
      return;
    explorer.reset();  // first, so that two networks never share the device's memory
    explorer.emplace(load_generator(to_path(order.model)), order.device.toStdString());
    model = order.model;
    device = order.device;
    written = order.written;
  }

  LatentPicture make(const LatentOrder& order) {
    LatentPicture made{order, {}, {}, {}, false};
    try {
      prepare(order);
      const ModelInfo& info = explorer->info();
      for (int i = 0; i < info.classes; ++i)
        made.labels.append(std::ssize(info.labels) > i
                               ? QString::fromStdString(info.labels[static_cast<size_t>(i)])
                               : QString::number(i));
      made.truncates = explorer->has_styles();
      const int last = std::max(info.classes - 1, 0);
      LatentPlace place{order.first, order.second, order.share};
      // Of another network before, whose labels these were.
      place.first_label = std::min(order.firstLabel, last);
      place.second_label = std::min(order.secondLabel, last);
      place.label_share = order.labelShare;
      if (made.truncates && order.truncation < 1)
        place.truncation = static_cast<float>(order.truncation);
      made.picture = to_qimage(explorer->picture(place));
    } catch (const std::exception& error) {
      if (is_of_device(error)) explorer.reset();
      made.error = reason_for(error, order.model);
    }
    return made;
  }
};

LatentSession::LatentSession(QObject* parent) : QObject(parent), work_(std::make_unique<Work>()) {}

LatentSession::~LatentSession() { ++order_; }

void LatentSession::make(const LatentOrder& order) {
  const int number = ++order_;
  worker_.post([=, this] {
    if (number == order_) emit made(work_->make(order));
  });
}

}  // namespace imago::gui
