// The Translate page's actions and where its parts stand; what they do is in translate_page.cpp.
#include <QAction>
#include <QClipboard>
#include <QFrame>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "gui/translate/model_panel.h"
#include "gui/translate/options_panel.h"
#include "gui/translate/output_panel.h"
#include "gui/translate/photo_delegate.h"
#include "gui/translate/photo_model.h"
#include "gui/translate/photo_saver.h"
#include "gui/translate/photo_viewer.h"
#include "gui/translate/sample_tiles.h"
#include "gui/translate/translate_page.h"
#include "gui/translate/translate_queue.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/drop_area.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/page_parts.h"
#include "gui/widgets/section.h"
#include "gui/widgets/tool_scroll.h"

namespace imago::gui {

namespace {

constexpr int kBetween = 6;
constexpr int kSeenBelow = 60;  // of what can be scrolled to, in a low window

/// A frame that follows the list's width when failed photos need taller rows.
class PhotoListView : public QListView {
 public:
  using QListView::QListView;

 protected:
  void resizeEvent(QResizeEvent* event) override {
    QListView::resizeEvent(event);
    scheduleDelayedItemsLayout();
  }
};

}  // namespace

void TranslatePage::makeActions() {
  const auto make = [this](Glyph glyph, const QString& text, const QKeySequence& key, auto slot) {
    return newAction(this, glyph, text, key, slot);
  };
  actions_.open = make(Glyph::open, tr("&Open…"), QKeySequence::Open,
                       [this] { openPaths(dialogs_.openPhotos(this)); });
  actions_.openFolder =
      make(Glyph::folder, tr("Open &Folder…"), Qt::CTRL | Qt::SHIFT | Qt::Key_O, [this] {
        const QString folder =
            dialogs_.pickFolder(this, tr("Open All Photos of a Folder"), picturesFolder());
        if (!folder.isEmpty()) openPaths({folder});
      });
  actions_.lastList =
      make(Glyph::clock, tr("Open &Last List Again"), {}, [this] { openLastList(); });
  actions_.paste = make(Glyph::paste, tr("&Paste"), QKeySequence::Paste, [this] {
    if (!take(QGuiApplication::clipboard()->mimeData())) {
      emit statusMessage(tr("There is no picture in the clipboard"));
    }
  });
  actions_.openModel = make(Glyph::open, tr("Open &Model File…"), Qt::CTRL | Qt::Key_M,
                            [this] { models_->askForFile(); });
  actions_.modelFolder = make(Glyph::folder, tr("Mo&del Folder…"), Qt::CTRL | Qt::SHIFT | Qt::Key_M,
                              [this] { models_->askForFolder(); });
  actions_.save = make(Glyph::save, tr("&Save…"), QKeySequence::Save,
                       [this] { saver_->save({currentPhoto()}); });
  actions_.saveAll = make(Glyph::saveAll, tr("Save &All…"), Qt::CTRL | Qt::SHIFT | Qt::Key_S,
                          [this] { saver_->saveAll(); });
  actions_.copy = make(Glyph::paste, tr("&Copy"), QKeySequence::Copy, [this] { copyCurrent(); });
  actions_.remove = make(Glyph::close, tr("&Remove from List"), QKeySequence::Delete,
                         [this] { removeSelected(); });
  actions_.undoRemove =
      make(Glyph::undo, tr("&Undo Remove"), QKeySequence::Undo, [this] { undoRemove(); });
  actions_.undoRemove->setEnabled(false);
  actions_.translate = make(Glyph::translate, tr("&Translate"), Qt::CTRL | Qt::Key_Return,
                            [this] { translate(selectedPhotos(), false); });
  actions_.translateAll =
      make(Glyph::translate, tr("Translate &All"), Qt::CTRL | Qt::SHIFT | Qt::Key_Return,
           [this] { translate(allPhotos(), true); });
  actions_.retryFailed = make(Glyph::redo, tr("Retry &Failed"), Qt::CTRL | Qt::Key_R, [this] {
    QList<int> failed;
    for (const Photo& photo : photos_->photos()) {
      if (photo.state == PhotoState::failed) failed.append(photo.id);
    }
    translate(failed, true);
  });
  actions_.pause = make(Glyph::pause, tr("&Pause"), Qt::CTRL | Qt::Key_P,
                        [this] { queue_->setPaused(!queue_->isPaused()); });
  actions_.cancel =
      make(Glyph::cancel, tr("&Cancel"), Qt::Key_Escape, [this] { queue_->cancelAll(); });
}

void TranslatePage::makeLayout() {
  deviceBanner_ = new Banner(this);
  banner_ = new Banner(this);
  deviceBanner_->setObjectName("deviceBanner");
  viewer_ = new PhotoViewer(session_, *photos_, this);
  actions_.zoomIn = viewer_->zoomIn();
  actions_.zoomOut = viewer_->zoomOut();
  actions_.fit = viewer_->fit();
  actions_.oneToOne = viewer_->oneToOne();

  stack_ = new QStackedWidget(this);
  stack_->addWidget(makeEmptyState());
  stack_->addWidget(viewer_);

  auto* splitter = new QSplitter(this);
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(10);
  splitter->addWidget(makePhotoColumn());
  splitter->addWidget(stack_);
  splitter->addWidget(makeSideColumn());
  splitter->setStretchFactor(0, 0);
  splitter->setStretchFactor(1, 1);
  splitter->setStretchFactor(2, 0);
  splitter->setSizes({230, 600, 300});

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 6, 12, 12);
  column->setSpacing(8);
  column->addWidget(splitter, 1);
  column->addWidget(makeProgressRow());
}

QWidget* TranslatePage::makeEmptyState() {
  samples_ = new SampleTiles;
  auto* state = new EmptyState(tr("Drop photos or films here, or open them"),
                               tr("Files or whole folders: PNG, JPEG, WebP, TIFF, BMP, PPM"),
                               {actions_.open, actions_.openFolder, actions_.paste}, samples_);
  auto* area = new QScrollArea;  // of a small window
  area->setFrameShape(QFrame::NoFrame);
  area->setFocusPolicy(Qt::NoFocus);
  area->setWidgetResizable(true);
  area->setWidget(state);
  auto* nothing = new QWidget(stack_);
  auto* place = new QVBoxLayout(nothing);
  place->setContentsMargins(0, PhotoViewer::kHeaderHeight, 0, 0);
  place->addWidget(area);
  return nothing;
}

QWidget* TranslatePage::makePhotoColumn() {
  auto* panel = new QWidget(this);
  list_ = new PhotoListView(panel);
  list_->setObjectName("photoList");
  list_->setAccessibleName(tr("Photos"));
  list_->setModel(photos_);
  list_->setItemDelegate(new PhotoDelegate(list_));
  list_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->setResizeMode(QListView::Adjust);
  list_->setMinimumWidth(180);
  list_->setContextMenuPolicy(Qt::ActionsContextMenu);
  auto* line = new QAction(list_);
  line->setSeparator(true);
  list_->addActions({actions_.translate, actions_.retryFailed, actions_.save, actions_.copy, line,
                     actions_.remove});
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  photosHeading_ = heading(tr("Photos"), panel, PhotoViewer::kHeaderHeight);
  photosHeading_->setObjectName("photosHeading");
  column->addWidget(photosHeading_);
  column->addWidget(list_);
  return panel;
}

/// What may be higher than the window; the buttons below are always in sight.
QWidget* TranslatePage::makeScrolled() {
  auto* content = new QWidget;
  options_ = new OptionsPanel(content);
  output_ = new OutputPanel(dialogs_, content);
  outputSection_ = new Section(tr("Output"), output_, "translate/output", false, content);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* options = new Section(tr("Options"), options_, "translate/options", true, content);
  column->addWidget(models_);
  column->addSpacing(kBetween);
  column->addWidget(options);
  column->addSpacing(kBetween);
  column->addWidget(outputSection_);
  auto* area = new ToolScroll(this);
  area->setContent(content);
  for (Section* section : {models_->detailsSection(), options, outputSection_})
    area->follow(section);
  // By the place alone, whatever is open: the list stays as high as it is.
  area->setFit([this, options](int height) {
    const int others = options->openHeight() + outputSection_->closedHeight() + 2 * kBetween;
    models_->fit(height - others, height - kSeenBelow);
  });
  area->setMinimumHeight(120);
  return area;
}

QWidget* TranslatePage::makeSideColumn() {
  auto* panel = new QWidget(this);
  const auto button = [&](QAction* action, const QString& name) {
    auto* push = buttonOf(action, panel);
    push->setObjectName(name);
    return push;
  };
  translateButton_ = button(actions_.translate, "translate");
  translateAllButton_ = button(actions_.translateAll, "translateAll");
  QFont strong = translateButton_->font();
  strong.setWeight(QFont::DemiBold);
  translateButton_->setFont(strong);
  translateButton_->setIconSize({20, 20});
  translateButton_->setMinimumHeight(translateButton_->sizeHint().height() + 8);
  translateAllButton_->setMinimumHeight(translateButton_->minimumHeight());

  forecast_ = new QLabel(panel);
  forecast_->setObjectName("forecast");
  forecast_->setWordWrap(true);
  forecast_->setTextFormat(Qt::PlainText);
  forecast_->setAlignment(Qt::AlignLeft | Qt::AlignBottom);
  forecast_->setFixedHeight(3 * forecast_->fontMetrics().lineSpacing());  // nothing moves

  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  buttons->addWidget(translateButton_, 3);
  buttons->addWidget(translateAllButton_, 2);
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(heading(tr("Model"), panel, PhotoViewer::kHeaderHeight));
  column->addWidget(makeScrolled(), 1);
  column->addSpacing(4);
  column->addWidget(forecast_);
  column->addSpacing(6);
  column->addLayout(buttons);
  panel->setMinimumWidth(280);
  return panel;
}

QWidget* TranslatePage::makeProgressRow() {
  progressRow_ = new QWidget(this);
  QSizePolicy place = progressRow_->sizePolicy();
  place.setRetainSizeWhenHidden(true);  // so that nothing moves under the pointer
  progressRow_->setSizePolicy(place);
  progressText_ = new QLabel(progressRow_);
  progressText_->setObjectName("progressText");
  progressBar_ = new QProgressBar(progressRow_);
  progressBar_->setObjectName("progressBar");
  progressBar_->setAccessibleName(tr("Progress of translating"));
  progressBar_->setRange(0, 1000);
  progressBar_->setTextVisible(false);
  auto* pause = buttonOf(actions_.pause, this);
  pause->setObjectName("pause");
  const QString other = tr("Go On");
  pause->setMinimumWidth(  // the same with either text: nothing moves under the pointer
      pause->sizeHint().width() + std::max(0, fontMetrics().horizontalAdvance(other) -
                                                  fontMetrics().horizontalAdvance(tr("Pause"))));
  auto* cancel = buttonOf(actions_.cancel, this);
  cancel->setObjectName("cancel");
  cancel->setToolTip(tr("Cancel (Esc)"));
  auto* row = new QHBoxLayout(progressRow_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(10);
  row->addWidget(progressText_);
  row->addWidget(progressBar_, 1);
  row->addWidget(pause);
  row->addWidget(cancel);
  return progressRow_;
}

}  // namespace imago::gui
