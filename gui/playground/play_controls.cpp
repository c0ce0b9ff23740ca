#include "gui/playground/play_controls.h"
#include "gui/widgets/page_parts.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>
#include <limits>

namespace imago::gui {

namespace {

void small(QLabel& label) {
  QFont font = label.font();
  font.setPointSizeF(font.pointSizeF() * 0.88);
  label.setFont(font);
  label.setForegroundRole(QPalette::PlaceholderText);
  label.setWordWrap(true);
}

}  // namespace

/// Changes the settings by a person's doing and tells.
template <typename Change>
void PlayControls::take(Change&& change) {
  if (showing_) return;
  change(settings_);
  updateVisible();
  emit changed(settings_);
}

PlayControls::PlayControls(QWidget* parent) : QWidget(parent), column_(new QVBoxLayout(this)) {
  column_->setContentsMargins(4, 0, 8, 8);
  column_->setSpacing(3);
  addData();
  addGame();
  generator_ = addNetwork("generator", tr("Generator"), &PlaySettings::generator);
  discriminator_ = addNetwork("discriminator", tr("Discriminator"), &PlaySettings::discriminator);
  addRest();
  column_->addStretch(1);
  setSettings({});
}

void PlayControls::addHeading(const QString& text) {
  QLabel* label = heading(text, this);
  label->setContentsMargins(0, 10, 0, 2);
  column_->addWidget(label);
}

/// A row: label and field, and the sentence below them.
void PlayControls::add(const QString& name, const QString& label, QWidget* field,
                       const QString& sentence) {
  auto* row = new QWidget(this);
  auto* words = new QLabel(label, row);
  words->setBuddy(field);
  field->setParent(row);
  field->setObjectName(name);
  field->setAccessibleName(label);
  field->setAccessibleDescription(sentence);
  field->setToolTip(sentence);
  auto* text = new QLabel(sentence, row);
  small(*text);
  auto* line = new QHBoxLayout;
  line->addWidget(words);
  line->addStretch(1);
  line->addWidget(field);
  auto* column = new QVBoxLayout(row);
  column->setContentsMargins(0, 2, 0, 3);
  column->setSpacing(1);
  column->addLayout(line);
  column->addWidget(text);
  column_->addWidget(row);
}

QComboBox* PlayControls::choice(const QList<QPair<QString, QString>>& names,
                                QString PlaySettings::*member) {
  auto* box = new QComboBox(this);
  for (const auto& [text, name] : names) box->addItem(text, name);
  connect(box, &QComboBox::currentIndexChanged, this,
          [=, this] { take([&](PlaySettings& s) { s.*member = box->currentData().toString(); }); });
  return box;
}

QSpinBox* PlayControls::count(int least, int most) {
  auto* box = new QSpinBox(this);
  box->setRange(least, most);
  box->setKeyboardTracking(false);
  return box;
}

QDoubleSpinBox* PlayControls::number(double least, double most, int decimals, double step) {
  auto* box = new QDoubleSpinBox(this);
  box->setDecimals(decimals);
  box->setRange(least, most);
  box->setSingleStep(step);
  box->setKeyboardTracking(false);
  return box;
}

void PlayControls::addData() {
  addHeading(tr("What is to be learned"));
  data_ = choice({{tr("One cluster"), "one-cluster"},
                  {tr("Two clusters"), "two-clusters"},
                  {tr("Ring of eight"), "ring"},
                  {tr("Grid of 25"), "grid"},
                  {tr("Spiral"), "spiral"},
                  {tr("Own drawing"), "drawn"}},
                 &PlaySettings::data);
  add("playData", tr("Real points"), data_,
      tr("Where the real points come from. The generator never sees them; the discriminator "
         "does."));
  clearDrawing_ = new QPushButton(tr("Clear drawing"), this);
  clearDrawing_->setObjectName("clearDrawing");
  connect(clearDrawing_, &QPushButton::clicked, this, &PlayControls::clearDrawingRequested);
  column_->addWidget(clearDrawing_);
  latent_ =
      choice({{tr("Gaussian"), "gaussian"}, {tr("Uniform"), "uniform"}}, &PlaySettings::latent);
  add("playLatent", tr("Noise"), latent_,
      tr("What the generator makes its points from, one after another."));
  latentDimensions_ = new QComboBox(this);
  latentDimensions_->addItem(tr("a line"), 1);
  latentDimensions_->addItem(tr("a plane"), 2);
  connect(latentDimensions_, &QComboBox::currentIndexChanged, this, [this] {
    take([&](PlaySettings& s) { s.latentDimensions = latentDimensions_->currentData().toInt(); });
  });
  add("playLatentDimensions", tr("Noise lies on"), latentDimensions_,
      tr("From a line the generator can make curves only, from a plane areas too."));
}

void PlayControls::addGame() {
  addHeading(tr("The game"));
  loss_ = choice({{tr("Minimax"), "minimax"},
                  {tr("Non-saturating"), "non-saturating"},
                  {tr("Least squares"), "least-squares"},
                  {tr("Wasserstein, clipped"), "wasserstein"},
                  {tr("Wasserstein, penalty"), "wasserstein-penalty"}},
                 &PlaySettings::loss);
  add("playLoss", tr("Loss"), loss_,
      tr("What the two play for. Minimax is the game as first written down; the others give the "
         "generator something to learn from while it is losing."));
  clip_ = number(0.001, 10, 3, 0.01);
  connect(clip_, &QDoubleSpinBox::valueChanged, this,
          [this](double value) { take([&](PlaySettings& s) { s.clip = value; }); });
  add("playClip", tr("Clipped to ±"), clip_,
      tr("The critic's weights are kept within this, so that its slope stays limited."));
  onlyWithLoss_.append({clip_->parentWidget(), "wasserstein"});
  penaltyWeight_ = number(0, 100, 3, 0.1);
  connect(penaltyWeight_, &QDoubleSpinBox::valueChanged, this,
          [this](double value) { take([&](PlaySettings& s) { s.penaltyWeight = value; }); });
  add("playPenaltyWeight", tr("Penalty's weight"), penaltyWeight_,
      tr("How hard the critic is held to a slope of one between real and fake points."));
  onlyWithLoss_.append({penaltyWeight_->parentWidget(), "wasserstein-penalty"});
  r1_ = number(0, 100, 3, 0.1);
  connect(r1_, &QDoubleSpinBox::valueChanged, this,
          [this](double value) { take([&](PlaySettings& s) { s.r1 = value; }); });
  add("playR1", tr("R1"), r1_,
      tr("Penalizes the discriminator's slope at real points, which calms the game; 0: off."));
  spectralNorm_ = new QCheckBox(this);
  connect(spectralNorm_, &QCheckBox::toggled, this,
          [this](bool on) { take([&](PlaySettings& s) { s.spectralNorm = on; }); });
  add("playSpectralNorm", tr("Spectral norm"), spectralNorm_,
      tr("Divides each of the discriminator's layers by its largest stretch: it cannot be steep."));
}

PlayControls::NetworkBoxes PlayControls::addNetwork(const QString& name, const QString& title,
                                                    PlayNetwork PlaySettings::*member) {
  addHeading(title);
  const NetworkBoxes boxes = {count(0, 5), count(1, 128), count(0, 10),
                              number(0.00001, 1, 5, 0.001)};
  connect(boxes.rate, &QDoubleSpinBox::valueChanged, this,
          [=, this](double value) { take([&](PlaySettings& s) { (s.*member).rate = value; }); });
  const auto connect_count = [&](QSpinBox* box, int PlayNetwork::*part) {
    connect(box, &QSpinBox::valueChanged, this,
            [=, this](int value) { take([&](PlaySettings& s) { (s.*member).*part = value; }); });
  };
  connect_count(boxes.layers, &PlayNetwork::layers);
  connect_count(boxes.width, &PlayNetwork::width);
  connect_count(boxes.updates, &PlayNetwork::updates);
  add(name + "Rate", tr("Learning rate"), boxes.rate, tr("How far one update moves its weights."));
  add(name + "Updates", tr("Updates a step"), boxes.updates,
      tr("How often it learns in a step; the other one waits."));
  add(name + "Layers", tr("Hidden layers"), boxes.layers,
      tr("More layers bend space more often; with none it is a straight map."));
  add(name + "Width", tr("Neurons a layer"), boxes.width,
      tr("More neurons make finer shapes and slower steps."));
  return boxes;
}

void PlayControls::addRest() {
  addHeading(tr("Both networks"));
  activation_ =
      choice({{tr("Leaky ReLU"), "leaky-relu"}, {tr("ReLU"), "relu"}, {tr("tanh"), "tanh"}},
             &PlaySettings::activation);
  add("playActivation", tr("Activation"), activation_,
      tr("What bends between two layers: with corners (ReLU) or smoothly (tanh)."));
  beta1_ = number(0, 0.99, 2, 0.1);
  connect(beta1_, &QDoubleSpinBox::valueChanged, this,
          [this](double value) { take([&](PlaySettings& s) { s.beta1 = value; }); });
  add("playBeta1", tr("Momentum"), beta1_,
      tr("Adam's β₁: how much of the last direction is kept. Much of it makes the two chase each "
         "other."));
  batch_ = new QComboBox(this);
  for (const int points : {16, 64, 256, 1024}) batch_->addItem(QString::number(points), points);
  connect(batch_, &QComboBox::currentIndexChanged, this,
          [this] { take([&](PlaySettings& s) { s.batch = batch_->currentData().toInt(); }); });
  add("playBatch", tr("Points a batch"), batch_,
      tr("Points that one update learns from; few of them make it restless."));
  seed_ = count(0, std::numeric_limits<int>::max());
  connect(seed_, &QSpinBox::valueChanged, this, [this](int value) {
    take([&](PlaySettings& s) { s.seed = static_cast<quint64>(value); });
  });
  add("playSeed", tr("Seed"), seed_,
      tr("All chance comes from it. Reset with the same seed, and the same happens again."));
}

void PlayControls::setSettings(const PlaySettings& settings) {
  showing_ = true;
  settings_ = settings;
  const auto select = [](QComboBox* box, const QVariant& value) {
    box->setCurrentIndex(box->findData(value));
  };
  select(data_, settings.data);
  select(latent_, settings.latent);
  select(latentDimensions_, settings.latentDimensions);
  select(loss_, settings.loss);
  select(activation_, settings.activation);
  if (batch_->findData(settings.batch) < 0)
    batch_->addItem(QString::number(settings.batch), settings.batch);
  select(batch_, settings.batch);
  clip_->setValue(settings.clip);
  penaltyWeight_->setValue(settings.penaltyWeight);
  r1_->setValue(settings.r1);
  spectralNorm_->setChecked(settings.spectralNorm);
  beta1_->setValue(settings.beta1);
  seed_->setValue(static_cast<int>(settings.seed));
  const auto network = [](const NetworkBoxes& boxes, const PlayNetwork& network_settings) {
    boxes.layers->setValue(network_settings.layers);
    boxes.width->setValue(network_settings.width);
    boxes.updates->setValue(network_settings.updates);
    boxes.rate->setValue(network_settings.rate);
  };
  network(generator_, settings.generator);
  network(discriminator_, settings.discriminator);
  showing_ = false;
  updateVisible();
}

void PlayControls::updateVisible() {
  clearDrawing_->setVisible(settings_.data == "drawn");
  for (const auto& [row, loss] : onlyWithLoss_) row->setVisible(settings_.loss == loss);
}

}  // namespace imago::gui
