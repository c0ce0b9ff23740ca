// Trainings that are bounded by time, and what a time means in steps.
#pragma once

#include <QString>

#include "gui/session/train_types.h"

namespace imago::gui {

/// The settings with epochs, and how often there is something to be seen, for a training of
/// settings.minutes with steps that take so long; where minutes are 0, the epochs stay. The last
/// half of the epochs has a falling learning rate, as in the presets.
TrainSettings paced(const TrainSettings& settings, const StepTimeView& time);

/// "About 1,050 steps, 26 times through the pictures. A step takes 242 ms here."
QString paceWords(const TrainSettings& settings, const StepTimeView& time);

/// Whether a step of both takes the same time.
bool haveSameStep(const TrainSettings& a, const TrainSettings& b);

}  // namespace imago::gui
