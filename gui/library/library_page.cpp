#include "gui/library/library_page.h"

#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QSplitter>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>
#include <vector>

#include "gui/library/model_sheet.h"
#include "gui/session/session.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/drop_area.h"
#include "gui/widgets/model_order.h"
#include "gui/widgets/page_parts.h"
#include "gui/widgets/study_dialog.h"

namespace imago::gui {

namespace {

constexpr int kPathRole = Qt::UserRole;
constexpr QSize kIcon(72, 36);
constexpr int kButtonsInRow = 4;

QString titleOf(const ModelCard& card) { return card.title.isEmpty() ? card.name : card.title; }

/// In the middle of a place that all icons have, so that names begin below one another.
QPixmap iconOf(const QImage& sample) {
  QPixmap icon(kIcon * 2);  // for screens with a ratio of 2
  icon.fill(Qt::transparent);
  const QSize size = sample.size().scaled(icon.size(), Qt::KeepAspectRatio);
  QRect place(QPoint(), size);
  place.moveCenter(icon.rect().center());
  QPainter painter(&icon);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(place, sample);
  return icon;
}

/// Where a measured speed is remembered: another file of this name is another model.
QString speedKey(const QString& path) {
  const QFileInfo file(path);
  return QString("library/speed/%1-%2").arg(file.fileName()).arg(file.size());
}

QStringList filesOf(const QMimeData* mime) {
  QStringList files;
  if (mime == nullptr) return files;
  for (const QUrl& url : mime->urls())
    if (url.isLocalFile()) files.append(url.toLocalFile());
  return files;
}

}  // namespace

LibraryPage::LibraryPage(Session& session, const Dialogs& dialogs, QWidget* parent)
    : QWidget(parent), session_(session), dialogs_(dialogs) {
  setAcceptDrops(true);
  makeActions();
  makeLayout();
  dropHint_ = new DropHint(this);
  connect(&session_, &Session::modelRead, this, &LibraryPage::takeCard);
  connect(&session_, &Session::modelFileDone, this, &LibraryPage::takeOutcome);
  connect(&session_, &Session::modelMeasured, this, &LibraryPage::takeSpeed);
  connect(&session_, &Session::devicesListed, this, [this](const QList<Device>& devices) {
    device_ = devices.isEmpty() ? QString() : QString::number(devices.first().index);
    showChosen();
  });
  connect(&session_, &Session::modelsListed, this, &LibraryPage::keepChoice);
  connect(list_, &QListWidget::currentItemChanged, this, [this] {
    keepChoice();
    showChosen();
  });
  connect(list_, &QListWidget::itemPressed, this, &LibraryPage::keepChoice);
  showChosen();
}

void LibraryPage::makeActions() {
  actions_.import = newAction(this, Glyph::open, tr("&Import Model…"), Qt::CTRL | Qt::Key_I,
                              [this] { importAsked(); });
  actions_.use = newAction(this, Glyph::translate, tr("&Use on Photos"), {}, [this] {
    if (const ModelCard* card = chosen()) emit useRequested(card->path);
  });
  actions_.train = newAction(this, Glyph::train, tr("&Train Further…"), {}, [this] {
    if (const ModelCard* card = chosen()) emit trainRequested(card->path);
  });
  actions_.train->setToolTip(tr("Goes on training from this model, on pictures of your own"));
  actions_.measure = newAction(this, Glyph::clock, tr("&Measure Speed"), {}, [this] { measure(); });
  actions_.study = newAction(this, Glyph::check, tr("Perceptual &Study…"), {}, [this] { study(); });
  actions_.study->setToolTip(tr("Tests whether a person can tell its pictures from real ones"));
  actions_.rename = newAction(this, Glyph::pen, tr("&Rename…"), Qt::Key_F2, [this] { rename(); });
  actions_.exportFile =
      newAction(this, Glyph::save, tr("&Export…"), Qt::CTRL | Qt::Key_E, [this] { exportFile(); });
  actions_.remove =
      newAction(this, Glyph::close, tr("&Delete…"), QKeySequence::Delete, [this] { remove(); });
}

void LibraryPage::makeLayout() {
  banner_ = new Banner(this);
  banner_->setObjectName("libraryBanner");
  list_ = new QListWidget(this);
  list_->setObjectName("libraryList");
  list_->setAccessibleName(tr("Models"));
  list_->setIconSize(kIcon);
  list_->setSpacing(2);
  list_->setMinimumWidth(220);
  list_->setContextMenuPolicy(Qt::ActionsContextMenu);
  list_->addActions({actions_.use, actions_.train, actions_.measure, actions_.study,
                     actions_.rename, actions_.exportFile, actions_.remove});
  sheet_ = new ModelSheet;
  auto* area = new QScrollArea(this);
  area->setFrameShape(QFrame::NoFrame);
  area->setWidgetResizable(true);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setWidget(sheet_);

  auto* buttons = new QGridLayout;  // two rows: names of models need their width
  const std::pair<QAction*, const char*> all[] = {
      {actions_.use, "useModel"},         {actions_.train, "trainModel"},
      {actions_.measure, "measureModel"}, {actions_.study, "studyModel"},
      {actions_.rename, "renameModel"},   {actions_.exportFile, "exportModel"},
      {actions_.remove, "deleteModel"}};
  for (const auto& [action, name] : all) {
    auto* button = buttonOf(action, this);
    button->setObjectName(name);
    connect(action, &QAction::changed, button,
            [button, action] { button->setEnabled(action->isEnabled()); });
    const int place = buttons->count();
    buttons->addWidget(button, place / kButtonsInRow, place % kButtonsInRow);
  }
  buttons->setColumnStretch(kButtonsInRow, 1);
  auto* right = new QWidget(this);
  auto* column = new QVBoxLayout(right);
  column->setContentsMargins(8, 0, 0, 0);
  column->addWidget(area, 1);
  column->addLayout(buttons);

  auto* left = new QWidget(this);
  auto* models = new QVBoxLayout(left);
  models->setContentsMargins(0, 0, 0, 0);
  models->addWidget(heading(tr("Models"), left));
  models->addWidget(list_, 1);
  auto* import = buttonOf(actions_.import, left);
  import->setObjectName("importModel");
  models->addWidget(import);

  auto* splitter = new QSplitter(this);
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(10);
  splitter->addWidget(left);
  splitter->addWidget(right);
  splitter->setStretchFactor(1, 1);
  splitter->setSizes({300, 800});
  auto* page = new QVBoxLayout(this);
  page->setContentsMargins(12, 6, 12, 12);
  page->addWidget(splitter);
}

const ModelCard* LibraryPage::chosen() const {
  const QListWidgetItem* item = list_->currentItem();
  const auto found = item == nullptr ? cards_.end() : cards_.find(item->data(kPathRole).toString());
  return found == cards_.end() ? nullptr : &found->second;
}

/// From now on no model that is read takes its place.
void LibraryPage::keepChoice() {
  if (const ModelCard* card = chosen()) kept_ = card->path;
}

void LibraryPage::showChosen() {
  const ModelCard* card = chosen();
  const bool any = card != nullptr, usable = any && card->usable();
  actions_.use->setEnabled(usable);
  actions_.train->setEnabled(usable);
  actions_.exportFile->setEnabled(usable);
  actions_.study->setEnabled(usable && !device_.isEmpty());
  actions_.measure->setEnabled(usable && measuring_.isEmpty() && !device_.isEmpty());
  const bool own = any && QFileInfo(QFileInfo(card->path).absolutePath()).isWritable();
  for (QAction* action : {actions_.rename, actions_.remove}) {
    action->setEnabled(own);
    action->setToolTip(own || !any ? action->iconText()
                                   : tr("The folder of this model cannot be written"));
  }
  if (!any) return sheet_->clear();
  const QString speed = QSettings().value(speedKey(card->path)).toString();
  sheet_->show(*card, measuring_ == card->path ? tr("being measured…") : speed);
}

void LibraryPage::takeCard(const ModelCard& card) {
  if (!card.chain.isEmpty()) return;  // a chain has no file
  cards_[card.path] = card;
  fillList();
}

void LibraryPage::fillList() {
  std::vector<const ModelCard*> sorted;
  for (const auto& [path, card] : cards_) sorted.push_back(&card);
  std::ranges::sort(sorted, {}, [](const ModelCard* card) { return modelOrder(*card); });
  if (!wanted_.isEmpty() && cards_.contains(wanted_)) kept_ = std::exchange(wanted_, {});
  const QSignalBlocker quiet(list_);
  list_->clear();
  for (const ModelCard* card : sorted) {
    auto* item = new QListWidgetItem(titleOf(*card), list_);
    item->setData(kPathRole, card->path);
    item->setToolTip(QDir::toNativeSeparators(card->path));
    item->setSizeHint({0, kIcon.height() + 8});
    item->setIcon(card->broken()          ? icon(Glyph::warning)
                  : card->sample.isNull() ? icon(Glyph::picture)
                                          : QIcon(iconOf(card->sample)));
    if (card->path == kept_) list_->setCurrentItem(item);
  }
  if (list_->currentItem() == nullptr) list_->setCurrentRow(0);
  showChosen();
}

// What is done with files.

void LibraryPage::importAsked() {
  const QString file = dialogs_.openModel(this);
  if (!file.isEmpty()) importFiles({file});
}

void LibraryPage::importFiles(const QStringList& files) {
  banner_->hide();
  // Into the folder that the Translate page lists, where one was chosen.
  const QString folder = QSettings().value("translate/modelFolder").toString();
  for (const QString& file : files) session_.importModel(file, folder);
  unfinished_ += static_cast<int>(files.size());
}

void LibraryPage::measure() {
  const ModelCard* card = chosen();
  if (card == nullptr) return;
  keepChoice();
  measuring_ = card->path;
  emit statusMessage(tr("Measuring %1…").arg(titleOf(*card)));
  session_.measureModel(card->path, device_);
  showChosen();
}

void LibraryPage::study() {
  const ModelCard* card = chosen();
  if (card == nullptr) return;
  auto* dialog = new StudyDialog(card->path, titleOf(*card), device_, dialogs_, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

void LibraryPage::rename() {
  const ModelCard* card = chosen();
  if (card == nullptr) return;
  const QString path = card->path, old = QFileInfo(path).completeBaseName();
  const QString name = dialogs_.askName(this, tr("Rename Model"), old).trimmed();
  if (name.isEmpty() || name == old) return;
  banner_->hide();
  ++unfinished_;
  session_.renameModel(path, name);
}

void LibraryPage::exportFile() {
  const ModelCard* card = chosen();
  if (card == nullptr) return;
  const QString path = card->path;
  const QString suggested = QDir::home().filePath(QFileInfo(path).completeBaseName() + ".onnx");
  const QString output = dialogs_.saveFile(this, tr("Export Model"), suggested,
                                           tr("Models (*.onnx *.safetensors *.pth)"));
  if (output.isEmpty()) return;
  banner_->hide();
  ++unfinished_;
  session_.exportModel(path, output);
}

void LibraryPage::remove() {
  const ModelCard* card = chosen();
  if (card == nullptr) return;
  const QString path = card->path;
  if (!dialogs_.askDelete(this, QFileInfo(path).fileName())) return;
  ++unfinished_;
  session_.deleteModel(path);
}

bool LibraryPage::mayClose() {
  closeAfterwards_ = unfinished_ > 0;
  if (closeAfterwards_) emit statusMessage(tr("Imago closes when the model's file is written…"));
  return !closeAfterwards_;
}

void LibraryPage::takeOutcome(const ModelFileOutcome& outcome) {
  using Kind = ModelFileOutcome::Kind;
  const QString name = QFileInfo(outcome.path).fileName();
  --unfinished_;
  if (!outcome.error.isEmpty() && std::exchange(closeAfterwards_, false)) emit closingFailed();
  if (unfinished_ == 0 && std::exchange(closeAfterwards_, false)) emit closeRequested();
  if (!outcome.error.isEmpty()) {
    banner_->show(Banner::Kind::error, tr("%1: %2").arg(name, outcome.error));
    return;
  }
  const QString now = QDir::toNativeSeparators(outcome.now);
  switch (outcome.kind) {
    case Kind::imported:
      banner_->show(
          Banner::Kind::info,
          tr("%1 was recognised: %2. It is in %3 now.").arg(name, outcome.recognised, now));
      break;
    case Kind::exported:
      emit statusMessage(tr("Written: %1").arg(now));
      return;
    case Kind::renamed:
    case Kind::removed:
      cards_.erase(outcome.path);
      break;
  }
  wanted_ = outcome.now;
  fillList();
}

void LibraryPage::takeSpeed(const ModelSpeed& speed) {
  measuring_.clear();
  if (speed.error.isEmpty()) {
    const QString text = tr("%1 megapixels a second on %2")
                             .arg(QLocale().toString(speed.megapixels, 'g', 2), speed.device);
    QSettings().setValue(speedKey(speed.path), text);
    emit statusMessage(text);
  } else {
    banner_->show(Banner::Kind::error,
                  tr("%1: %2").arg(QFileInfo(speed.path).fileName(), speed.error));
  }
  showChosen();
}

void LibraryPage::dragEnterEvent(QDragEnterEvent* event) {
  if (filesOf(event->mimeData()).isEmpty()) return;
  event->acceptProposedAction();
  dropHint_->appear();
}

void LibraryPage::dragLeaveEvent(QDragLeaveEvent*) { dropHint_->hide(); }

void LibraryPage::dropEvent(QDropEvent* event) {
  dropHint_->hide();
  const QStringList files = filesOf(event->mimeData());
  if (files.isEmpty()) return;
  event->acceptProposedAction();
  importFiles(files);
}

}  // namespace imago::gui
