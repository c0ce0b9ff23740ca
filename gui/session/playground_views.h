// Between the playground's settings and looks and the values that the page is given.
#pragma once

#include "gui/session/playground_types.h"
#include "models/playground/run.h"

namespace imago::gui {

/// Throws Error for names that there are not.
playground::Settings to_settings(const PlaySettings& view);
PlaySettings to_view(const playground::Settings& settings);
std::shared_ptr<const PlayScene> to_view(const playground::Look& look);
PlayTrouble to_view(playground::Trouble trouble);
/// The run's numbers at the moment; what is shown and counted is filled in by the caller.
PlayLook to_view(const playground::Game& game);
QList<RunHistory::Curve> to_curves(std::span<const playground::Check> checks);

}  // namespace imago::gui
