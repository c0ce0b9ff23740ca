#include "gui/train/start_from.h"

#include <QDir>
#include <algorithm>

namespace imago::gui {

StartFrom::StartFrom(QWidget* parent) : QComboBox(parent) {
  setObjectName("startFrom");
  setAccessibleName(tr("Model to start from"));
  setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  setMinimumContentsLength(30);
  addItem(tr("Nothing: from the beginning"), QString());
  addItem(tr("Another file…"));
  connect(this, &QComboBox::activated, this, [this](int row) {
    if (row == count() - 1) {
      setCurrentIndex(std::max(0, findData(chosen_)));
      emit fileAsked();
      return;
    }
    chosen_ = itemData(row).toString();
    emit changed();
  });
}

void StartFrom::put(const ModelCard& card) {
  const bool wanted = !wanted_.isEmpty() && card.path == wanted_;
  if (!card.usable() || !card.chain.isEmpty()) return;
  const auto known = std::ranges::find(cards_, card.path, &ModelCard::path);
  if (known == cards_.end()) {
    cards_.push_back(card);
    insertItem(count() - 1, card.title.isEmpty() ? card.name : card.title, card.path);
    setItemData(count() - 2, QDir::toNativeSeparators(card.path), Qt::ToolTipRole);
  } else {
    *known = card;
  }
  if (wanted) choose(wanted_);
}

void StartFrom::choose(const QString& path) {
  const int row = findData(path);
  wanted_ = row < 0 ? path : QString();
  if (row < 0 || row == currentIndex()) return;
  chosen_ = path;
  setCurrentIndex(row);
  emit changed();
}

StartModel StartFrom::model() const {
  const auto card = std::ranges::find(cards_, currentData().toString(), &ModelCard::path);
  if (card == cards_.end()) return {};
  return {card->path, card->scale, card->inputChannels, card->multiple, card->minimum, card->side};
}

}  // namespace imago::gui
