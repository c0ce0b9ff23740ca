// Where the parts of the form for a new training stand; what they do is in train_form.cpp.
#include <QAction>
#include <QApplication>
#include <QButtonGroup>
#include <QFormLayout>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QRadioButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/session/session_training.h"
#include "gui/session/train_presets.h"
#include "gui/train/data_panel.h"
#include "gui/train/start_from.h"
#include "gui/train/time_panel.h"
#include "gui/train/train_form.h"
#include "gui/train/train_options.h"
#include "gui/widgets/device_combo.h"
#include "gui/widgets/file_names.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/page_parts.h"

namespace imago::gui {

namespace {

constexpr int kPad = 10;
constexpr int kPurposeRole = Qt::UserRole;

/// The title of a task over what it is good for, in as many lines as that takes.
class TaskDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const QStyle* style = option.widget != nullptr ? option.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
    const bool selected = option.state & QStyle::State_Selected;
    QColor color = option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    QRect area = option.rect.adjusted(kPad, kPad - 3, -kPad, -kPad + 3);
    painter->save();
    painter->setFont(option.font);
    painter->setPen(color);
    painter->drawText(
        area, Qt::AlignLeft | Qt::AlignTop,
        option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, area.width()));
    color.setAlphaF(0.7f);
    painter->setPen(color);
    area.setTop(area.top() + option.fontMetrics.lineSpacing() + 2);
    painter->drawText(area, Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                      index.data(kPurposeRole).toString());
    painter->restore();
  }

  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const auto* list = qobject_cast<const QListView*>(option.widget);
    const int width = (list != nullptr ? list->viewport()->width() : 260) - 2 * kPad;
    const QRect text = option.fontMetrics.boundingRect(QRect(0, 0, width, 1000), Qt::TextWordWrap,
                                                       index.data(kPurposeRole).toString());
    return {120, option.fontMetrics.lineSpacing() + 2 + text.height() + 2 * kPad - 6};
  }
};

class TaskList : public QListWidget {
 public:
  using QListWidget::QListWidget;

 protected:
  void resizeEvent(QResizeEvent* event) override {
    QListWidget::resizeEvent(event);
    scheduleDelayedItemsLayout();
  }
};

QLabel* hint(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  return label;
}

}  // namespace

TrainForm::TrainForm(TrainingSession& session, const Dialogs& dialogs, QAction* start,
                     QWidget* parent)
    : QWidget(parent), session_(session), dialogs_(dialogs), start_(start) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(18);
  row->addWidget(makeTasks(), 2);
  auto* right = new QVBoxLayout;
  right->setSpacing(10);
  right->addWidget(makeFields(), 1);
  right->addWidget(makeFooter());
  row->addLayout(right, 5);

  delay_.setSingleShot(true);
  delay_.setInterval(300);
  connect(&delay_, &QTimer::timeout, this, &TrainForm::ask);
  connect(&session_, &TrainingSession::dataCheckProgress, this, [this](double fraction) {
    if (checking_ && !dataPending_) report_->showProgress(fraction);
  });
  connect(&session_, &TrainingSession::dataChecked, this, &TrainForm::takeReport);
  connect(&session_, &TrainingSession::memoryEstimated, this, &TrainForm::takeMemory);
  connect(&session_, &TrainingSession::stepMeasured, this, &TrainForm::takeTime);
  connect(time_, &TimePanel::changed, this, [this] { changed(false); });
  connect(options_, &TrainOptions::epochsChosen, this, [this] { time_->setMinutes(0); });
  connect(startFrom_, &StartFrom::changed, this, &TrainForm::takeStart);
  connect(startFrom_, &StartFrom::fileAsked, this, [this] {
    const QString file = dialogs_.openModel(this);
    if (!file.isEmpty()) setStartFrom(file);
  });
  connect(tasks_, &QListWidget::currentRowChanged, this, [this](int) {
    QSettings().setValue("train/task", tasks_->currentRow());
    takePreset();
  });
  connect(sizes_, &QButtonGroup::idClicked, this,
          [this](int id) { setSize(static_cast<TrainSize>(id)); });
  // The side and the direction decide what of the pictures is seen, and whether they are too small.
  connect(options_, &TrainOptions::changed, this, [this] { changed(true); });
  connect(name_, &QLineEdit::textEdited, this, [this] {
    nameTouched_ = true;
    showProblem();
  });
  connect(device_, &QComboBox::currentIndexChanged, this, [this] { changed(false); });

  const int task = QSettings().value("train/task", 0).toInt();
  tasks_->setCurrentRow(std::clamp(task, 0, tasks_->count() - 1));
  setSize(static_cast<TrainSize>(std::clamp(QSettings().value("train/size", 0).toInt(), 0, 2)));
}

QWidget* TrainForm::makeTasks() {
  auto* panel = new QWidget(this);
  tasks_ = new TaskList(panel);
  tasks_->setObjectName("tasks");
  tasks_->setAccessibleName(tr("What to learn"));
  tasks_->setItemDelegate(new TaskDelegate(tasks_));
  tasks_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  for (const TrainTask task : allTasks()) {
    auto* item = new QListWidgetItem(titleOf(task), tasks_);
    item->setData(kPurposeRole, purposeOf(task));
    item->setData(Qt::AccessibleDescriptionRole, purposeOf(task));
  }
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(heading(tr("What to Learn"), panel));
  column->addWidget(tasks_, 1);
  panel->setMinimumWidth(220);
  return panel;
}

QWidget* TrainForm::makeFields() {
  scroll_ = new QScrollArea(this);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setWidgetResizable(true);
  scroll_->setFocusPolicy(Qt::NoFocus);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* content = new QWidget(scroll_);
  options_ = new TrainOptions(content);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 8, 0);
  column->setSpacing(20);
  column->addWidget(makeData(content));
  column->addWidget(makeSizes(content));
  column->addWidget(makeRun(content));
  column->addWidget(options_);
  column->addStretch();
  scroll_->setWidget(content);
  return scroll_;
}

QWidget* TrainForm::makeData(QWidget* parent) {
  auto* box = new QWidget(parent);
  folder_ = new QLineEdit(box);
  folder_->setObjectName("pictures");
  connect(folder_, &QLineEdit::editingFinished, this, [this] {
    if (!folder_->isModified()) return;
    setFolder(typedFolder(folder_->text()));
  });
  chooseData_ = new QPushButton(icon(Glyph::folder), {}, box);
  chooseData_->setObjectName("choosePictures");
  connect(chooseData_, &QPushButton::clicked, this, &TrainForm::askForFolder);
  layout_ = hint(box);
  report_ = new DataPanel(box);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addWidget(folder_, 1);
  row->addWidget(chooseData_);
  dataHeading_ = heading({}, box);
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(dataHeading_);
  column->addLayout(row);
  column->addWidget(makeSecondFolder(box));
  column->addWidget(layout_);
  column->addWidget(report_);
  return box;
}

QWidget* TrainForm::makeSecondFolder(QWidget* parent) {
  second_ = new QWidget(parent);
  secondFolder_ = new QLineEdit(second_);
  secondFolder_->setObjectName("secondPictures");
  secondFolder_->setAccessibleName(tr("Second folder"));
  connect(secondFolder_, &QLineEdit::editingFinished, this, [this] {
    if (!secondFolder_->isModified()) return;
    setSecondFolder(typedFolder(secondFolder_->text()));
  });
  secondFolder_->setPlaceholderText(tr("None"));
  auto* choose = new QPushButton(icon(Glyph::folder), tr("Choose Second…"), second_);
  choose->setObjectName("chooseSecondPictures");
  connect(choose, &QPushButton::clicked, this, &TrainForm::askForSecondFolder);
  clearSecond_ = new QPushButton(tr("Clear"), second_);
  clearSecond_->setObjectName("clearSecondPictures");
  clearSecond_->setEnabled(false);
  connect(clearSecond_, &QPushButton::clicked, this, [this] { setSecondFolder({}); });
  auto* label = new QLabel(tr("Second folder"), second_);
  label->setBuddy(choose);
  auto* words = hint(second_);
  words->setText(
      tr("Leave it empty if the first folder holds both A and B; else that one is A's and this one "
         "B's."));
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  row->addWidget(label);
  row->addWidget(secondFolder_, 1);
  row->addWidget(choose);
  row->addWidget(clearSecond_);
  auto* column = new QVBoxLayout(second_);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addLayout(row);
  column->addWidget(words);
  return second_;
}

QWidget* TrainForm::makeSizes(QWidget* parent) {
  auto* box = new QWidget(parent);
  sizes_ = new QButtonGroup(box);
  auto* row = new QHBoxLayout;
  row->setSpacing(18);
  for (const TrainSize size : {TrainSize::quick, TrainSize::small, TrainSize::paper}) {
    auto* button = new QRadioButton(titleOf(size), box);
    button->setObjectName(QString("size%1").arg(static_cast<int>(size)));
    sizes_->addButton(button, static_cast<int>(size));
    row->addWidget(button);
  }
  row->addStretch();
  sizeWords_ = hint(box);
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(heading(tr("Size"), box));
  column->addLayout(row);
  column->addWidget(sizeWords_);
  column->addSpacing(8);
  column->addLayout(makeTime(box));
  return box;
}

QFormLayout* TrainForm::makeTime(QWidget* parent) {
  time_ = new TimePanel(parent);
  startFrom_ = new StartFrom(parent);
  startWords_ = hint(parent);
  startWords_->setObjectName("startFromWords");
  auto* start = new QVBoxLayout;
  start->setSpacing(2);
  start->addWidget(startFrom_, 0, Qt::AlignLeft);
  start->addWidget(startWords_);
  auto* form = timeForm_ = new QFormLayout;
  form->setVerticalSpacing(6);
  form->addRow(tr("Time"), time_);
  auto* label = new QLabel(tr("Start from"), parent);
  label->setBuddy(startFrom_);
  form->addRow(label, start);
  return form;
}

QWidget* TrainForm::makeRun(QWidget* parent) {
  auto* box = new QWidget(parent);
  name_ = new QLineEdit(box);
  name_->setObjectName("trainName");
  name_->setAccessibleName(tr("Name of the run"));
  keptIn_ = new QLineEdit(box);
  keptIn_->setObjectName("keptIn");
  const auto keepIn = [this](const QString& folder) {
    setKeptIn(folder);
    emit keptInChosen(folder);
  };
  connect(keptIn_, &QLineEdit::editingFinished, this, [this, keepIn] {
    const QString folder = typedFolder(keptIn_->text());
    if (keptIn_->isModified() && !folder.isEmpty()) keepIn(folder);
  });
  auto* choose = new QPushButton(tr("&Change…"), box);
  choose->setObjectName("chooseKeptIn");
  connect(choose, &QPushButton::clicked, this, [this, keepIn] {
    const QString folder =
        dialogs_.pickFolder(this, tr("Choose Where Runs Are Kept"), keptIn_->text());
    if (!folder.isEmpty()) keepIn(folder);
  });
  device_ = new DeviceCombo("train/device", box);
  device_->setObjectName("trainDevice");
  auto* kept = new QHBoxLayout;
  kept->setSpacing(8);
  kept->addWidget(keptIn_, 1);
  kept->addWidget(choose);
  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->setVerticalSpacing(6);
  form->addRow(tr("&Name"), name_);
  auto* keptLabel = new QLabel(tr("Kept in"), box);
  keptLabel->setBuddy(choose);
  form->addRow(keptLabel, kept);
  form->addRow(tr("&Device"), device_);
  keptIn_->setAccessibleName(tr("Folder where the run is kept"));
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(heading(tr("Run"), box));
  column->addLayout(form);
  return box;
}

QWidget* TrainForm::makeFooter() {
  auto* box = new QWidget(this);
  memory_ = hint(box);
  memory_->setObjectName("memory");
  memory_->setForegroundRole(QPalette::WindowText);
  problem_ = hint(box);
  problem_->setObjectName("startProblem");
  startButton_ = new QPushButton(start_->icon(), start_->iconText(), box);
  startButton_->setObjectName("startTraining");
  QFont strong = startButton_->font();
  strong.setWeight(QFont::DemiBold);
  startButton_->setFont(strong);
  startButton_->setIconSize({20, 20});
  startButton_->setMinimumHeight(startButton_->sizeHint().height() + 8);
  startButton_->setMinimumWidth(170);
  connect(startButton_, &QPushButton::clicked, start_, &QAction::trigger);
  fitButton_ = new QPushButton(tr("Make It F&it"), box);
  fitButton_->setObjectName("makeItFit");
  fitButton_->hide();
  connect(fitButton_, &QPushButton::clicked, this, &TrainForm::makeItFit);
  auto* words = new QVBoxLayout;
  words->setSpacing(2);
  words->addStretch();
  words->addWidget(memory_);
  words->addWidget(problem_);
  words->addStretch();
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 8, 0);
  row->setSpacing(14);
  row->addLayout(words, 1);
  row->addWidget(fitButton_, 0, Qt::AlignBottom);
  row->addWidget(startButton_, 0, Qt::AlignBottom);
  return box;
}

}  // namespace imago::gui
