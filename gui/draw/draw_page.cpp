#include "gui/draw/draw_page.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QLabel>
#include <QListWidget>
#include <QSettings>
#include <QSignalBlocker>
#include <QSlider>
#include <QTimer>
#include <algorithm>
#include <utility>

#include "gui/draw/canvas_view.h"
#include "gui/session/session.h"
#include "gui/session/session_live.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/device_combo.h"
#include "gui/widgets/drop_area.h"
#include "gui/widgets/file_names.h"
#include "gui/widgets/page_parts.h"

namespace imago::gui {

namespace {

constexpr qint64 kRateEveryMs = 250;  // numbers that change faster cannot be read
constexpr char kModelKey[] = "draw/model";
constexpr char kFolderKey[] = "draw/saveFolder";
constexpr char kDefaultModel[] = "sketch-to-photo";

}  // namespace

DrawPage::DrawPage(Session& session, LiveSession& live, const Dialogs& dialogs, QWidget* parent)
    : QWidget(parent), session_(session), live_(live), dialogs_(dialogs), soon_(new QTimer(this)) {
  setAcceptDrops(true);
  soon_->setSingleShot(true);
  soon_->setInterval(0);
  makeActions();
  makeLayout();
  dropHint_ = new DropHint(this);
  connectParts();
  applyModel();
  updateBrush();
  updateActions();
}

void DrawPage::connectParts() {
  connect(&session_, &Session::modelRead, this, &DrawPage::takeModel);
  connect(&session_, &Session::modelsListed, this, [this] {
    listed_ = true;
    chooseModel();
  });
  connect(&session_, &Session::devicesListed, this, [this](const QList<Device>& devices) {
    devicesKnown_ = true;
    devices_->setDevices(devices);
    useModel();
  });
  connect(&live_, &LiveSession::made, this, &DrawPage::takeResult);
  connect(&live_, &LiveSession::opened, this, [this] {
    opening_ = openFailed_ = false;
    // How long the model took to open says nothing of how fast it is.
    for (auto& [number, drawn] : unseen_) drawn = std::chrono::steady_clock::now();
  });
  connect(result_, &ResultView::shown, this, &DrawPage::countShown);
  connect(&live_, &LiveSession::failed, this, [this](const QString& reason) {
    if (std::exchange(opening_, false)) openFailed_ = true;
    rate_->clear();
    banner_->show(Banner::Kind::error, reason);
  });
  connect(&live_, &LiveSession::sketched, this, &DrawPage::takeSketch);
  connect(&live_, &LiveSession::saved, this, &DrawPage::finishSave);
  connect(models_, &QComboBox::activated, this, [this] {
    if (const auto card = model()) QSettings().setValue(kModelKey, card->path);
    applyModel();
    useModel();
  });
  connect(devices_, &QComboBox::activated, this, &DrawPage::useModel);
  connect(soon_, &QTimer::timeout, this, &DrawPage::showDrawing);
  connect(canvas_, &CanvasView::changed, this, &DrawPage::drawingChanged);
  connect(canvas_, &CanvasView::strokeChanged, this, &DrawPage::updateActions);
  connect(canvas_, &CanvasView::brushChanged, this, &DrawPage::updateBrush);
  connect(width_, &QSlider::valueChanged, canvas_, [this](int value) { canvas_->setWidth(value); });
  connect(labels_, &QListWidget::currentRowChanged, this, [this](int row) {
    if (row >= 0) canvas_->setColour(facadeLabels()[row].colour);
  });
  connect(negative_, &QCheckBox::toggled, this, [this](bool on) {
    document_.setNegative(on);
    canvas_->update();
    showDrawing();
  });
  connect(opacity_, &QSlider::valueChanged, canvas_,
          [this](int value) { canvas_->setPhotoOpacity(value / 100.0); });
  connect(sizes_, &QComboBox::activated, this,
          [this] { changeDrawing([this] { document_.resize(sizes_->currentData().toSize()); }); });
}

// Models.

void DrawPage::takeModel(const ModelCard& card) {
  if (!card.chain.isEmpty()) return;
  const bool wanted = !wantedModel_.isEmpty() && card.path == wantedModel_;
  if (wanted) {
    wantedModel_.clear();
    if (!card.usable()) {
      banner_->show(Banner::Kind::error, tr("%1 cannot be used: %2").arg(card.name, card.error));
      return;
    }
  } else if (drawKind(card) == DrawKind::none) {
    return;
  }
  auto known = std::ranges::find(cards_, card.path, &ModelCard::path);
  if (known == cards_.end()) {
    cards_.push_back(card);
    models_->addItem(card.title.isEmpty() ? card.name : card.title);
    known = cards_.end() - 1;
  } else {
    *known = card;
  }
  if (used_ && used_->modelPath == card.path) useModel();  // its file may be another one now
  if (wanted) {
    models_->setCurrentIndex(static_cast<int>(known - cards_.begin()));
    QSettings().setValue(kModelKey, card.path);
    applyModel();
    useModel();
  } else {
    chooseModel();
  }
}

/// The one used last, else the one that comes with the program, else any: as soon as it is known.
void DrawPage::chooseModel() {
  if (used_ || cards_.empty()) return applyModel();
  const QString last = QSettings().value(kModelKey).toString();
  auto found = std::ranges::find(cards_, last, &ModelCard::path);
  if (found == cards_.end() && (listed_ || last.isEmpty())) {
    found = std::ranges::find(cards_, QString(kDefaultModel), &ModelCard::name);
  }
  if (found == cards_.end() && listed_) found = cards_.begin();
  if (found == cards_.end()) return;
  models_->setCurrentIndex(static_cast<int>(found - cards_.begin()));
  applyModel();
  useModel();
}

std::optional<ModelCard> DrawPage::model() const {
  const int row = models_->currentIndex();
  return row < 0 ? std::nullopt : std::optional(cards_[static_cast<size_t>(row)]);
}

/// The tools that go with the model: colours where it sees them, labels where it reads them.
void DrawPage::applyModel() {
  const std::optional<ModelCard> card = model();
  const bool labels = card && drawKind(*card) == DrawKind::labels;
  const bool colours = !labels && card && card->inputChannels == 3;
  showText(about_, card ? card->description : QString());
  labels_->parentWidget()->setVisible(labels);
  colours_->setVisible(colours);
  negative_->setVisible(!labels);
  photoBox_->setVisible(!labels);
  actions_.sketchPhoto->setVisible(!labels);
  document_.setHardEdges(labels);
  document_.setPaper(labels ? facadeLabels().first().colour : QColor(Qt::white));
  document_.setNegative(!labels && negative_->isChecked());
  if (labels) {
    if (labels_->currentRow() < 0) labels_->setCurrentRow(1);
    canvas_->setColour(facadeLabels()[labels_->currentRow()].colour);
  } else if (!colours || !inkColours().contains(canvas_->brush().colour)) {
    canvas_->setColour(inkColours().first());
  }
  result_->setHint(card      ? tr("The photo appears here while you draw")
                   : listed_ ? tr("No model is installed that makes photos of drawings. Open the "
                                  "file of one, or train one.")
                             : tr("Looking for models…"));
  canvas_->update();
  updateActions();
}

/// What could not be opened is tried again.
void DrawPage::useModel() {
  const std::optional<ModelCard> card = model();
  if (!wasShown_ || !devicesKnown_ || !card || !devices_->hasDevice()) return;
  const LiveSettings settings{card->path, QFileInfo(card->path).lastModified(), devices_->device()};
  if (used_ == settings && !openFailed_) return;
  used_ = settings;
  opening_ = true;
  openFailed_ = false;
  banner_->hide();
  rate_->setText(tr("Preparing the model…"));
  rateShown_.invalidate();
  live_.use(settings);
  changedAt_ = std::chrono::steady_clock::now();  // all of the drawing is new to it
  showDrawing();
}

void DrawPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  wasShown_ = true;
  useModel();
  canvas_->setFocus();
}

// The drawing.

void DrawPage::changeDrawing(const std::function<void()>& change) {
  canvas_->abandon();
  change();
  canvas_->refresh();
  updateActions();
}

void DrawPage::drawingChanged() {
  ++edits_;
  if (!changedAt_) changedAt_ = std::chrono::steady_clock::now();
  soon_->start();
}

/// Gives the newest drawing away. What is not translated yet is replaced by it.
void DrawPage::showDrawing() {
  if (!used_) return;
  const quint64 number = live_.show(document_.picture());
  if (const auto changed = std::exchange(changedAt_, std::nullopt))
    unseen_.emplace_back(number, *changed);
}

void DrawPage::takeResult(const LiveView& view) {
  std::optional<ResultView::Time> drawn;
  for (; !unseen_.empty() && unseen_.front().first <= view.number; unseen_.pop_front())
    if (!drawn) drawn = unseen_.front().second;
  if (!view.still) perSecond_ = view.perSecond;
  result_->setPicture(view.picture, drawn);
}

void DrawPage::countShown(double milliseconds) {
  if (rateShown_.isValid() && rateShown_.elapsed() < kRateEveryMs) return;
  rateShown_.start();
  rate_->setText(perSecond_ > 0 ? tr("%1 ms from pen to picture, %2 pictures a second")
                                      .arg(qRound(milliseconds))
                                      .arg(perSecond_, 0, 'f', perSecond_ < 10 ? 1 : 0)
                                : tr("%1 ms from pen to picture").arg(qRound(milliseconds)));
}

void DrawPage::updateBrush() {
  const Brush& brush = canvas_->brush();
  const std::pair<Tool, QAction*> tools[] = {{Tool::pen, actions_.pen},
                                             {Tool::eraser, actions_.eraser},
                                             {Tool::line, actions_.line},
                                             {Tool::rectangle, actions_.rectangle},
                                             {Tool::fill, actions_.fill}};
  for (const auto& [tool, action] : tools) action->setChecked(brush.tool == tool);
  const QSignalBlocker blocker(width_);
  width_->setValue(qRound(brush.width));
  widthText_->setText(QString::number(qRound(brush.width)));
}

void DrawPage::updateActions() {
  actions_.undo->setEnabled(document_.canUndo());
  actions_.redo->setEnabled(document_.canRedo());
  const bool empty = !document_.canUndo() && document_.isEmpty();
  actions_.clear->setEnabled(!empty);
  actions_.save->setEnabled(!empty);
  actions_.sketchPhoto->setEnabled(hasPhoto_);
  detail_->setEnabled(hasPhoto_);
  opacity_->setEnabled(hasPhoto_);
  const int row = sizes_->findData(document_.size());
  if (row >= 0) return sizes_->setCurrentIndex(row);
  const QSize size = document_.size();
  sizes_->addItem(tr("%1 × %2").arg(size.width()).arg(size.height()), size);
  sizes_->setCurrentIndex(sizes_->count() - 1);
}

// Photos.

void DrawPage::openPhoto(const QString& path) {
  if (path.isEmpty()) return;
  photo_ = {1, path, {}};
  sketchPhoto();
}

void DrawPage::sketchPhoto() {
  if (photo_.path.isEmpty() && photo_.pasted.isNull()) return;
  const QSize size = document_.size();
  live_.sketch({photo_, std::min(size.width(), size.height()), detail_->value() / 100.0});
}

void DrawPage::takeSketch(const SketchedPhoto& made) {
  if (!made.error.isEmpty()) {
    banner_->show(Banner::Kind::error, tr("The photo cannot be drawn on: %1").arg(made.error));
    return;
  }
  banner_->hide();
  hasPhoto_ = true;
  canvas_->setPhoto(made.photo);
  changeDrawing([&] { document_.setLines(made.lines); });
}

void DrawPage::dragEnterEvent(QDragEnterEvent* event) {
  if (localFile(event->mimeData()).isEmpty()) return;
  event->acceptProposedAction();
  dropHint_->appear();
}

void DrawPage::dragLeaveEvent(QDragLeaveEvent*) { dropHint_->hide(); }

void DrawPage::dropEvent(QDropEvent* event) {
  dropHint_->hide();
  openPhoto(localFile(event->mimeData()));
  event->acceptProposedAction();
}

// Saving and closing.

/// The drawing and what the model makes of it; without a model the drawing alone.
void DrawPage::save() {
  if (!actions_.save->isEnabled()) return;
  const std::optional<ModelCard> card = model();
  const QString folder = QSettings().value(kFolderKey, picturesFolder()).toString();
  const QString name = card ? "drawn_" + fileNamePart(card->name) : tr("drawing");
  const QString path = dialogs_.saveAs(this, QDir(folder).filePath(name + ".png"));
  if (path.isEmpty()) return;
  const QFileInfo file(path);
  QSettings().setValue(kFolderKey, file.absolutePath());
  ++saving_;
  DrawingSave request{edits_, document_.picture(), path, {}};
  if (card) {
    request.resultPath = path;
    request.drawingPath = freePath(file.absolutePath(), file.completeBaseName() + "_drawing.png");
  }
  live_.save(request);
}

void DrawPage::finishSave(const DrawingSaved& outcome) {
  --saving_;
  if (outcome.drawingSaved) savedEdits_ = outcome.edits;
  if (outcome.error.isEmpty()) {
    emit statusMessage(
        outcome.resultPath.isEmpty()
            ? tr("Saved %1").arg(outcome.drawingPath)
            : tr("Saved %1 and %2")
                  .arg(outcome.resultPath, QFileInfo(outcome.drawingPath).fileName()));
  } else {
    banner_->show(Banner::Kind::error, tr("Not saved: %1").arg(outcome.error));
  }
  if (saving_ > 0 || !std::exchange(closeAfterSave_, false)) return;
  if (outcome.error.isEmpty()) emit closeRequested();
}

bool DrawPage::mayClose() {
  if (saving_ > 0) {
    closeAfterSave_ = true;
    return false;
  }
  if (document_.isEmpty() || edits_ == savedEdits_ || edits_ == discardedEdits_) return true;
  const UnsavedAnswer answer = dialogs_.askUnsaved(this, 0);
  if (answer == UnsavedAnswer::save) {
    save();
    closeAfterSave_ = saving_ > 0;
  }
  if (answer != UnsavedAnswer::discard) return false;
  discardedEdits_ = edits_;  // the window may be closed in two goes, and asks once
  return true;
}

}  // namespace imago::gui
