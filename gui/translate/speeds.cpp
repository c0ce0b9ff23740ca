#include "gui/translate/speeds.h"

#include <QFileInfo>
#include <QSettings>
#include <algorithm>
#include <cmath>

#include "gui/session/chains.h"

namespace imago::gui {

namespace {

constexpr double kLeastMegapixels = 0.2;

/// Another file of one name is another model.
QString keyOf(const ModelCard& model, const QString& device) {
  QStringList files;
  for (const QString& path : modelsOf(model.path)) {
    const QFileInfo file(path);
    files.append(QString("%1-%2").arg(file.fileName()).arg(file.size()));
  }
  return QString("translate/speed/%1/%2").arg(device, files.join('+'));
}

/// Of what the network is given.
double megapixels(const ModelCard& model, const QSize& photo) {
  const int shorter = std::min(photo.width(), photo.height());
  const double scale = model.side > 0 && shorter > model.side ? 1.0 * model.side / shorter : 1;
  return photo.width() * scale * photo.height() * scale / 1e6;
}

}  // namespace

void rememberSpeed(const ModelCard& model, const QSize& photo, const Translation& done) {
  const double pixels = megapixels(model, photo);
  if (pixels < kLeastMegapixels || done.seconds <= 0 || done.settings.selfEnsemble) return;
  QSettings().setValue(keyOf(model, done.settings.device), done.seconds / pixels);
}

double expectedSeconds(const ModelCard& model, const QSize& photo, const QString& device) {
  bool known = false;
  const double each = QSettings().value(keyOf(model, device)).toDouble(&known);
  return known && each > 0 ? each * megapixels(model, photo) : -1;
}

}  // namespace imago::gui
