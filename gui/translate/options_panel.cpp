#include "gui/translate/options_panel.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QSpinBox>
#include <limits>

#include "gui/session/option_views.h"
#include "gui/widgets/device_combo.h"

namespace imago::gui {

namespace {
constexpr char kDeviceKey[] = "translate/device";
}  // namespace

OptionsPanel::OptionsPanel(QWidget* parent)
    : QWidget(parent),
      device_(new DeviceCombo(kDeviceKey, this)),
      tile_(new QSpinBox(this)),
      selfEnsemble_(new QCheckBox(translateOption("self-ensemble").label, this)),
      stochastic_(new QCheckBox(translateOption("stochastic").label, this)),
      seed_(new QSpinBox(this)) {
  device_->setObjectName("device");
  tile_->setObjectName("tile");
  tile_->setAccessibleName(tr("Tile size in pixels"));
  const OptionView tile = translateOption("tile");
  tile_->setRange(static_cast<int>(tile.least), static_cast<int>(tile.most));
  tile_->setSingleStep(32);
  tile_->setSpecialValueText(tr("Automatic"));
  tile_->setSuffix(tr(" px"));
  selfEnsemble_->setObjectName("selfEnsemble");
  selfEnsemble_->setToolTip(translateOption("self-ensemble").help);
  stochastic_->setObjectName("stochastic");
  seed_->setObjectName("seed");
  seed_->setAccessibleName(tr("Seed"));
  seed_->setRange(0, std::numeric_limits<int>::max());
  seed_->setPrefix(tr("Seed "));
  seed_->setToolTip(translateOption("seed").help);

  auto* random = new QHBoxLayout;
  random->addWidget(stochastic_, 1);
  random->addWidget(seed_);
  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->addRow(tr("&Device"), device_);
  form->addRow(tile.label, tile_);
  form->addRow(selfEnsemble_);
  form->addRow(random);

  connect(stochastic_, &QCheckBox::toggled, seed_, &QWidget::setEnabled);
  setModel({});
}

void OptionsPanel::setDevices(const QList<Device>& devices) { device_->setDevices(devices); }

bool OptionsPanel::hasDevice() const { return device_->hasDevice(); }

bool OptionsPanel::chooseDevice(const QString& indexOrName) { return device_->choose(indexOrName); }

void OptionsPanel::setModel(const ModelCard& model) {
  tile_->setToolTip(
      tr("Side of the pieces a photo is cut into; automatic fits the device's memory") +
      (model.wholePicture ? tr(". This model looks at the whole photo: pieces take longer")
                          : QString()));
  stochastic_->setEnabled(model.dropout);
  stochastic_->setToolTip(model.dropout ? tr("Leaves the model's dropout on, as in training")
                                        : tr("This model has no dropout, so nothing can vary"));
  seed_->setEnabled(model.dropout && stochastic_->isChecked());
}

TranslateSettings OptionsPanel::settings() const {
  TranslateSettings settings;
  settings.device = device_->device();
  settings.tile = tile_->isEnabled() ? tile_->value() : 0;
  settings.selfEnsemble = selfEnsemble_->isChecked();
  settings.stochastic = stochastic_->isEnabled() && stochastic_->isChecked();
  settings.seed = settings.stochastic ? static_cast<quint64>(seed_->value()) : 0;
  return settings;
}

}  // namespace imago::gui
