#include "gui/translate/output_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSpinBox>

#include "gui/widgets/file_names.h"

namespace imago::gui {

namespace {
// Rows of the choice of folders; a chosen folder stands between them.
enum FolderRole { kBeside, kChosen, kChoose };
}  // namespace

OutputPanel::OutputPanel(const Dialogs& dialogs, QWidget* parent)
    : QWidget(parent),
      dialogs_(dialogs),
      settings_(OutputSettings::remembered()),
      folder_(new QComboBox(this)),
      format_(new QComboBox(this)),
      films_(new QComboBox(this)),
      existing_(new QComboBox(this)),
      quality_(new QSpinBox(this)),
      pattern_(new QLineEdit(this)),
      single_(new QCheckBox(tr("Write single photos &too"), this)) {
  makeLayout();
  showFolder();
  format_->setCurrentIndex(std::max(0, format_->findData(settings_.format)));
  films_->setCurrentIndex(std::max(0, films_->findData(settings_.filmFormat)));
  quality_->setValue(settings_.quality);
  pattern_->setText(settings_.pattern);
  existing_->setCurrentIndex(static_cast<int>(settings_.existing));
  single_->setChecked(settings_.single);
  read();
  connectParts();
}

void OutputPanel::makeLayout() {
  folder_->setObjectName("outputFolder");
  folder_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  folder_->setMinimumContentsLength(12);
  folder_->setAccessibleName(tr("Folder of the results"));
  folder_->setEditable(true);  // for folders that are typed or pasted
  folder_->setInsertPolicy(QComboBox::NoInsert);
  folder_->setCompleter(nullptr);
  format_->setObjectName("outputFormat");
  format_->addItem("PNG", "png");
  format_->addItem("JPEG", "jpg");
  format_->addItem("WebP", "webp");
  format_->addItem("TIFF", "tif");
  films_->setObjectName("outputFilms");
  films_->addItem(tr("As the film"), QString());
  for (const char* format : {"mp4", "mkv", "webm", "mov", "gif"})
    films_->addItem(QString(format).toUpper(), format);
  films_->setToolTip(
      tr("What films are written as. Sound and subtitles go along. Films that are only read (AVI…) "
         "become MKV"));
  quality_->setObjectName("outputQuality");
  quality_->setAccessibleName(tr("Quality"));
  quality_->setRange(1, 100);
  quality_->setPrefix(tr("Quality "));
  pattern_->setObjectName("outputPattern");
  pattern_->setPlaceholderText(kOutputPattern);
  pattern_->setToolTip(
      tr("Names of the files: {name} stands for the photo's name, {model} for "
         "the model's"));
  existing_->setObjectName("outputExisting");
  existing_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  existing_->setMinimumContentsLength(12);
  existing_->addItem(tr("Keep it, number the new one"));
  existing_->addItem(tr("Skip the photo"));
  existing_->addItem(tr("Replace it"));
  existing_->setToolTip(
      tr("Where a file of that name is there already. A photo is never replaced "
         "by its result"));
  single_->setObjectName("outputSingle");
  single_->setToolTip(
      tr("What becomes of a single photo is kept in memory until you save it; with "
         "this it is written at once, as that of several is"));
  auto* kind = new QHBoxLayout;
  kind->addWidget(format_, 1);
  kind->addWidget(quality_, 1);
  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->addRow(tr("Fol&der"), folder_);
  form->addRow(tr("For&mat"), kind);
  form->addRow(tr("F&ilms"), films_);
  form->addRow(tr("&Name"), pattern_);
  form->addRow(tr("If it e&xists"), existing_);
  form->addRow(single_);
}

void OutputPanel::connectParts() {
  const auto change = [this] {
    read();
    settings_.remember();
    emit changed();
  };
  connect(folder_, &QComboBox::activated, this, [this, change] {
    if (folder_->currentData() == kChoose) chooseFolder();
    if (folder_->currentData() == kBeside) settings_.folder.clear();
    change();
  });
  connect(folder_->lineEdit(), &QLineEdit::editingFinished, this, [this, change] {
    if (!folder_->lineEdit()->isModified()) return;
    settings_.folder = typedFolder(folder_->currentText());
    showFolder();
    change();
  });
  connect(format_, &QComboBox::currentIndexChanged, this, change);
  connect(films_, &QComboBox::currentIndexChanged, this, change);
  connect(quality_, &QSpinBox::valueChanged, this, change);
  connect(pattern_, &QLineEdit::textChanged, this, change);
  connect(existing_, &QComboBox::currentIndexChanged, this, change);
  connect(single_, &QCheckBox::toggled, this, change);
}

void OutputPanel::chooseFolder() {
  const QString folder =
      dialogs_.pickFolder(this, tr("Write Results In"),
                          settings_.folder.isEmpty() ? picturesFolder() : settings_.folder);
  if (!folder.isEmpty()) settings_.folder = folder;
  showFolder();
}

void OutputPanel::showFolder() {
  folder_->clear();
  folder_->addItem(tr("Beside each photo"), kBeside);
  if (!settings_.folder.isEmpty()) {
    folder_->addItem(QDir::toNativeSeparators(settings_.folder), kChosen);
    folder_->setItemData(1, QDir::toNativeSeparators(settings_.folder), Qt::ToolTipRole);
  }
  folder_->addItem(tr("Choose a folder…"), kChoose);
  folder_->setCurrentIndex(settings_.folder.isEmpty() ? 0 : 1);
  folder_->lineEdit()->setCursorPosition(0);
}

void OutputPanel::read() {
  settings_.format = format_->currentData().toString();
  settings_.filmFormat = films_->currentData().toString();
  settings_.quality = quality_->value();
  settings_.pattern = pattern_->text();
  settings_.existing = static_cast<OutputSettings::Existing>(existing_->currentIndex());
  settings_.single = single_->isChecked();
  quality_->setEnabled(hasQuality(settings_.format));
  folder_->setToolTip(QDir::toNativeSeparators(settings_.folder));
}

QString OutputPanel::summary() const {
  const QString where = settings_.folder.isEmpty()
                            ? tr("beside the photos")
                            : tr("in %1").arg(QDir(settings_.folder).dirName());
  return where + ", " + format_->currentText();
}

}  // namespace imago::gui
