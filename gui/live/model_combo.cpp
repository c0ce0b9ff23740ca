#include "gui/live/model_combo.h"

#include <QSettings>
#include <algorithm>

namespace imago::gui {

ModelCombo::ModelCombo(const QString& settingsKey, const QString& usual, QWidget* parent)
    : QComboBox(parent), settingsKey_(settingsKey), usual_(usual) {
  setAccessibleName(tr("Model"));
  setPlaceholderText(tr("No model"));
  setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  setMinimumContentsLength(12);
  connect(this, &QComboBox::activated, this, [this] {
    if (const auto card = model()) QSettings().setValue(settingsKey_, card->path);
    emit modelChanged();
  });
}

bool ModelCombo::put(const ModelCard& card) {
  const bool wanted = !wanted_.isEmpty() && card.path == wanted_;
  if (wanted) wanted_.clear();
  if (!card.usable()) return !wanted;
  auto known = std::ranges::find(cards_, card.path, &ModelCard::path);
  if (known == cards_.end()) {
    cards_.push_back(card);
    addItem(card.title.isEmpty() ? card.name : card.title);
    known = cards_.end() - 1;
  } else {
    *known = card;
    if (known - cards_.begin() == currentIndex()) emit modelChanged();
  }
  if (wanted) {
    QSettings().setValue(settingsKey_, card.path);
    choose(static_cast<int>(known - cards_.begin()));
  } else {
    chooseUsual();
  }
  return true;
}

void ModelCombo::finish() {
  finished_ = true;
  chooseUsual();
}

/// The one used last, else the usual one, else any: as soon as it is known.
void ModelCombo::chooseUsual() {
  if (currentIndex() >= 0 || cards_.empty()) return;
  const QString last = QSettings().value(settingsKey_).toString();
  auto found = std::ranges::find(cards_, last, &ModelCard::path);
  if (found == cards_.end() && (finished_ || last.isEmpty()))
    found = std::ranges::find(cards_, usual_, &ModelCard::name);
  if (found == cards_.end() && finished_) found = cards_.begin();
  if (found != cards_.end()) choose(static_cast<int>(found - cards_.begin()));
}

void ModelCombo::choose(int row) {
  setCurrentIndex(row);
  emit modelChanged();
}

std::optional<ModelCard> ModelCombo::model() const {
  const int row = currentIndex();
  return row < 0 ? std::nullopt : std::optional(cards_[static_cast<size_t>(row)]);
}

}  // namespace imago::gui
