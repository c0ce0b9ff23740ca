// How long photos have taken, by model and device: what the next one will take.
#pragma once

#include <QSize>

#include "gui/session/types.h"

namespace imago::gui {

/// Remembers what this one took, unless the photo was too small for the time to say anything but
/// how long setting up takes.
void rememberSpeed(const ModelCard& model, const QSize& photo, const Translation& done);

/// Seconds that a photo of this size will take on the device (TranslateSettings::device); negative:
/// not known yet.
double expectedSeconds(const ModelCard& model, const QSize& photo, const QString& device);

}  // namespace imago::gui
