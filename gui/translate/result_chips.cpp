#include "gui/translate/result_chips.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolButton>

#include "gui/session/words.h"
#include "gui/translate/photo_model.h"

namespace imago::gui {

namespace {

constexpr int kWidestName = 140;

QString chipText(const Translation& result, const QFontMetrics& font) {
  return ResultChips::tr("%1 · %2").arg(
      font.elidedText(result.modelName, Qt::ElideMiddle, kWidestName),
      duration(1000 * result.seconds));
}

QString chipTip(const Translation& result) {
  QStringList lines = {
      result.modelName + " · " +
      ResultChips::tr("%1 × %2").arg(result.size.width()).arg(result.size.height())};
  if (result.made.isValid()) lines.append(QLocale().toString(result.made, QLocale::ShortFormat));
  lines.append(result.file.isEmpty() ? ResultChips::tr("Not saved") : result.file);
  return lines.join('\n');
}

}  // namespace

ResultChips::ResultChips(QWidget* parent)
    : QWidget(parent),
      row_(new QHBoxLayout),
      with_(new QComboBox(this)),
      modes_(new QComboBox(this)) {
  with_->setObjectName("compareWith");
  with_->setAccessibleName(tr("Compare the result with"));
  with_->setToolTip(tr("What the result is compared with"));
  modes_->setObjectName("compareMode");
  modes_->setAccessibleName(tr("How they are compared"));
  modes_->setToolTip(tr("How the two are compared"));
  modes_->addItems({tr("Slider"), tr("Side by side"), tr("Flicker"), tr("Difference"), tr("Lens")});
  with_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  row_->setSpacing(4);
  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(4, 0, 0, 4);
  line->addLayout(row_);
  line->addStretch(1);
  line->addWidget(new QLabel(tr("with"), this));
  line->addWidget(with_);
  line->addWidget(modes_);
  QSizePolicy place = sizePolicy();
  place.setVerticalPolicy(QSizePolicy::Fixed);
  place.setRetainSizeWhenHidden(true);  // the picture stays where it is when the first result comes
  setSizePolicy(place);
  connect(with_, &QComboBox::activated, this, [this](int row) { emit compareWith(others_[row]); });
  connect(modes_, &QComboBox::activated, this, [this] { emit modeChosen(mode()); });
}

CompareView::Mode ResultChips::mode() const {
  return static_cast<CompareView::Mode>(modes_->currentIndex());
}

void ResultChips::show(const Photo* photo, const Of& compared) {
  const QList<const Translation*> results =
      photo == nullptr ? QList<const Translation*>() : photo->results();
  setVisible(!results.isEmpty());
  results_.clear();
  while (chips_.size() < results.size()) {
    auto* chip = new QToolButton(this);
    chip->setObjectName("resultChip");
    chip->setCheckable(true);
    chip->setToolButtonStyle(Qt::ToolButtonTextOnly);
    const qsizetype at = chips_.size();
    connect(chip, &QToolButton::clicked, this, [this, at, chip] {
      chip->setChecked(true);  // a second click on it changes nothing
      emit chosen(results_[at]);
    });
    row_->addWidget(chip);
    chips_.append(chip);
  }
  others_ = {nullptr};
  with_->clear();
  with_->addItem(tr("Photo"));
  for (qsizetype i = 0; i < chips_.size(); ++i) {
    chips_[i]->setVisible(i < results.size());
    if (i >= results.size()) continue;
    const Translation& result = *results[i];
    const bool onView = result.details == photo->result->details;
    results_.append(result.details);
    chips_[i]->setText(chipText(result, fontMetrics()));
    chips_[i]->setToolTip(chipTip(result));
    chips_[i]->setChecked(onView);
    if (onView) continue;
    others_.append(result.details);
    with_->addItem(fontMetrics().elidedText(result.modelName, Qt::ElideMiddle, kWidestName));
  }
  with_->setCurrentIndex(static_cast<int>(std::max<qsizetype>(others_.indexOf(compared), 0)));
}

}  // namespace imago::gui
