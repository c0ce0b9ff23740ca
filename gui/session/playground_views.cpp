#include "gui/session/playground_views.h"

namespace imago::gui {

namespace {

// An epoch, where points are drawn without end: so many of them were shown.
constexpr double kEpochPoints = 2560;
constexpr size_t kMostCurvePoints = 2000;

playground::Player to_player(const PlayNetwork& view) {
  return {{view.layers, view.width}, static_cast<float>(view.rate), view.updates};
}

using playground::short_number;

PlayNetwork to_network(const playground::Player& player) {
  return {player.layout.layers, player.layout.width, short_number(player.rate), player.updates};
}

QList<QPointF> to_points(const std::vector<float>& points) {
  const size_t n = points.size() / 2;
  QList<QPointF> result;
  result.reserve(static_cast<qsizetype>(n));
  for (size_t i = 0; i < n; ++i)
    result.append({static_cast<double>(points[i]), static_cast<double>(points[n + i])});
  return result;
}

}  // namespace

playground::Settings to_settings(const PlaySettings& view) {
  playground::Settings s;
  s.data = playground::data_named(view.data.toStdString());
  for (const QPointF& p : view.drawn)
    s.drawn.push_back({static_cast<float>(p.x()), static_cast<float>(p.y())});
  s.latent = playground::latent_named(view.latent.toStdString());
  s.latent_dimensions = view.latentDimensions;
  s.generator = to_player(view.generator);
  s.discriminator = to_player(view.discriminator);
  s.activation = playground::activation_named(view.activation.toStdString());
  s.loss = playground::loss_named(view.loss.toStdString());
  s.clip = static_cast<float>(view.clip);
  s.penalty_weight = static_cast<float>(view.penaltyWeight);
  s.r1 = static_cast<float>(view.r1);
  s.spectral_norm = view.spectralNorm;
  s.beta1 = static_cast<float>(view.beta1);
  s.beta2 = static_cast<float>(view.beta2);
  s.batch = view.batch;
  s.seed = view.seed;
  return s;
}

PlaySettings to_view(const playground::Settings& s) {
  PlaySettings view;
  view.data = playground::to_string(s.data);
  for (const playground::Point& p : s.drawn)
    view.drawn.append({static_cast<double>(p.x), static_cast<double>(p.y)});
  view.latent = playground::to_string(s.latent);
  view.latentDimensions = s.latent_dimensions;
  view.generator = to_network(s.generator);
  view.discriminator = to_network(s.discriminator);
  view.activation = playground::to_string(s.activation);
  view.loss = playground::to_string(s.loss);
  view.clip = short_number(s.clip);
  view.penaltyWeight = short_number(s.penalty_weight);
  view.r1 = short_number(s.r1);
  view.spectralNorm = s.spectral_norm;
  view.beta1 = short_number(s.beta1);
  view.beta2 = short_number(s.beta2);
  view.batch = s.batch;
  view.seed = s.seed;
  return view;
}

std::shared_ptr<const PlayScene> to_view(const playground::Look& look) {
  auto scene = std::make_shared<PlayScene>();
  scene->real = to_points(look.real);
  scene->fake = to_points(look.fake);
  scene->arrows = to_points(look.arrows);
  scene->field = QList<float>(look.field.begin(), look.field.end());
  scene->fieldSide = look.field_side;
  scene->extent = static_cast<double>(look.extent);
  scene->grid = to_points(look.grid);
  scene->gridSide = look.grid_side;
  return scene;
}

PlayTrouble to_view(playground::Trouble trouble) {
  const playground::TroubleWords words = playground::words_of(trouble);
  return {playground::to_string(trouble), QString::fromStdString(words.title),
          QString::fromStdString(words.text), QString::fromStdString(words.remedy)};
}

PlayLook to_view(const playground::Game& game) {
  const playground::Numbers& numbers = game.numbers();
  PlayLook view;
  view.settings = to_view(game.settings());
  view.iteration = game.progress().iterations;
  view.between = game.progress().between;
  view.epoch = static_cast<double>(game.real_points()) / kEpochPoints;
  view.discriminatorLoss = static_cast<double>(numbers.d_loss);
  view.generatorLoss = static_cast<double>(numbers.g_loss);
  view.realAccuracy = static_cast<double>(numbers.real_accuracy);
  view.fakeAccuracy = static_cast<double>(numbers.fake_accuracy);
  return view;
}

QList<RunHistory::Curve> to_curves(std::span<const playground::Check> checks) {
  RunHistory::Curve d{"D loss", {}}, g{"G loss", {}}, accuracy{"D accuracy", {}},
      quality{"good points", {}};
  const size_t stride = checks.size() / kMostCurvePoints + 1;
  // From the end, so that the newest is among them.
  for (size_t i = checks.empty() ? 0 : (checks.size() - 1) % stride; i < checks.size();
       i += stride) {
    const playground::Check& check = checks[i];
    const auto x = static_cast<double>(check.iteration);
    d.points.append({x, static_cast<double>(check.numbers.d_loss)});
    g.points.append({x, static_cast<double>(check.numbers.g_loss)});
    accuracy.points.append({x, static_cast<double>(check.numbers.accuracy())});
    quality.points.append({x, static_cast<double>(check.coverage.quality)});
  }
  return {d, g, accuracy, quality};
}

}  // namespace imago::gui
