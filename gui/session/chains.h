// Several models, one after another, named as one.
#pragma once

#include <QStringList>

namespace imago::gui {

/// A chain has the place of a model's path everywhere: the paths of its models, a line each.
inline QString chainOf(const QStringList& models) { return models.join('\n'); }
/// Of a chain or of one model.
inline QStringList modelsOf(const QString& path) { return path.split('\n'); }

}  // namespace imago::gui
