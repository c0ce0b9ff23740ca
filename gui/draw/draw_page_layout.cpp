// The Draw page's actions and where its parts stand; what they do is in draw_page.cpp.
#include <QAction>
#include <QActionGroup>
#include <QButtonGroup>
#include <QCheckBox>
#include <QColorDialog>
#include <QComboBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QSlider>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "gui/draw/canvas_view.h"
#include "gui/draw/draw_page.h"
#include "gui/session/session.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/device_combo.h"
#include "gui/widgets/drop_area.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/page_parts.h"

namespace imago::gui {

namespace {

constexpr int kSwatch = 26;
constexpr int kSwatchesInRow = 6;

QIcon swatch(const QColor& colour) {
  QPixmap pixmap(kSwatch - 8, kSwatch - 8);
  pixmap.fill(colour);
  return pixmap;
}

QSlider* slider(const QString& name, const QString& title, int least, int most, int value,
                QWidget* parent) {
  auto* made = new QSlider(Qt::Horizontal, parent);
  made->setObjectName(name);
  made->setAccessibleName(title);
  made->setRange(least, most);
  made->setValue(value);
  return made;
}

}  // namespace

void DrawPage::makeActions() {
  const auto make = [this](Glyph glyph, const QString& text, const QKeySequence& key, auto slot) {
    return newAction(this, glyph, text, key, slot);
  };
  actions_.openPhoto = make(Glyph::picture, tr("&Open Photo…"), QKeySequence::Open,
                            [this] { openPhoto(dialogs_.openPhotos(this).value(0)); });
  actions_.sketchPhoto = make(Glyph::draw, tr("S&ketch on This Photo"), Qt::CTRL | Qt::Key_K,
                              [this] { sketchPhoto(); });
  actions_.openModel = make(Glyph::open, tr("Open &Model File…"), Qt::CTRL | Qt::Key_M, [this] {
    const QString path = dialogs_.openModel(this);
    if (path.isEmpty()) return;
    wantedModel_ = QFileInfo(path).absoluteFilePath();
    session_.readModel(wantedModel_);
  });
  actions_.save = make(Glyph::save, tr("&Save…"), QKeySequence::Save, [this] { save(); });
  actions_.undo = make(Glyph::undo, tr("&Undo"), QKeySequence::Undo,
                       [this] { changeDrawing([this] { document_.undo(); }); });
  actions_.redo = make(Glyph::redo, tr("&Redo"), Qt::CTRL | Qt::SHIFT | Qt::Key_Z,
                       [this] { changeDrawing([this] { document_.redo(); }); });
  actions_.clear = make(Glyph::close, tr("&Clear"), QKeySequence::Delete, [this] {
    canvas_->setPhoto({});
    hasPhoto_ = false;
    changeDrawing([this] { document_.clear(); });
  });

  const auto tool = [&](Glyph glyph, const QString& text, Qt::Key key, Tool what) {
    QAction* action = make(glyph, text, key, [this, what] { canvas_->setTool(what); });
    action->setCheckable(true);
    return action;
  };
  actions_.pen = tool(Glyph::pen, tr("&Pen"), Qt::Key_P, Tool::pen);
  actions_.eraser = tool(Glyph::eraser, tr("&Eraser"), Qt::Key_E, Tool::eraser);
  actions_.line = tool(Glyph::line, tr("&Line"), Qt::Key_L, Tool::line);
  actions_.rectangle = tool(Glyph::rectangle, tr("&Rectangle"), Qt::Key_R, Tool::rectangle);
  actions_.fill = tool(Glyph::fill, tr("&Fill"), Qt::Key_F, Tool::fill);
  auto* group = new QActionGroup(this);
  for (QAction* action :
       {actions_.pen, actions_.eraser, actions_.line, actions_.rectangle, actions_.fill}) {
    group->addAction(action);
  }
  const auto width = [this](double factor) {
    return [this, factor] {
      const double now = canvas_->brush().width;
      const double step = std::max(1.0, std::abs(now * factor - now));
      canvas_->setWidth(std::round(factor > 1 ? now + step : now - step));
    };
  };
  actions_.thinner = make(Glyph::line, tr("&Thinner"), Qt::Key_BracketLeft, width(1 / 1.25));
  actions_.thicker = make(Glyph::line, tr("T&hicker"), Qt::Key_BracketRight, width(1.25));
}

void DrawPage::makeLayout() {
  banner_ = new Banner(this);
  banner_->setObjectName("drawBanner");
  QWidget* pictures = makePictures();
  auto* row = new QHBoxLayout;
  row->setSpacing(12);
  row->addWidget(makeToolColumn());
  row->addWidget(pictures, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 6, 12, 12);
  column->setSpacing(8);
  column->addLayout(row, 1);
}

QWidget* DrawPage::makePictures() {
  auto* splitter = new QSplitter(this);
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(10);
  canvas_ = new CanvasView(document_, this);
  result_ = new ResultView(this);
  rate_ = new QLabel(this);
  rate_->setObjectName("drawRate");
  rate_->setForegroundRole(QPalette::PlaceholderText);
  splitter->addWidget(titledView(tr("Drawing"), canvas_, {}, splitter));
  splitter->addWidget(titledView(tr("Photo"), result_, {rate_}, splitter));
  splitter->setSizes({500, 500});
  return splitter;
}

QWidget* DrawPage::makeToolColumn() {
  auto* panel = new QWidget(this);
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 6, 0);
  models_ = new QComboBox(panel);
  models_->setObjectName("drawModel");
  models_->setAccessibleName(tr("Model"));
  models_->setPlaceholderText(tr("No model"));
  models_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  models_->setMinimumContentsLength(12);
  about_ = quietText("drawAbout", panel);
  devices_ = new DeviceCombo("draw/device", panel);
  devices_->setObjectName("drawDevice");
  sizes_ = new QComboBox(panel);
  sizes_->setObjectName("drawSize");
  sizes_->setAccessibleName(tr("Size of the picture"));
  for (const QSize size :
       {QSize(256, 256), QSize(384, 256), QSize(256, 384), QSize(512, 288), QSize(512, 512)}) {
    sizes_->addItem(tr("%1 × %2").arg(size.width()).arg(size.height()), size);
  }
  negative_ = new QCheckBox(tr("&White on black"), panel);
  negative_->setObjectName("drawNegative");
  negative_->setToolTip(tr("For models that were trained on white lines on black"));

  column->addWidget(heading(tr("Model"), panel));
  column->addLayout(modelRow(models_, actions_.openModel, panel));
  column->addWidget(about_);
  column->addSpacing(8);
  column->addWidget(heading(tr("Tools"), panel));
  column->addWidget(makeToolRow());
  column->addWidget(makeColours());
  column->addWidget(negative_);
  column->addSpacing(8);
  column->addWidget(makePhotoBox());
  column->addStretch(1);
  column->addWidget(heading(tr("Size of the picture"), panel));
  column->addWidget(sizes_);
  column->addWidget(devices_);

  return toolColumn(panel, this);
}

QWidget* DrawPage::makeToolRow() {
  auto* panel = new QWidget(this);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(2);
  for (QAction* action :
       {actions_.pen, actions_.eraser, actions_.line, actions_.rectangle, actions_.fill}) {
    auto* button = new QToolButton(panel);
    button->setDefaultAction(action);
    button->setAutoRaise(true);
    button->setIconSize({22, 22});
    button->setToolTip(action->iconText() + " (" +
                       action->shortcut().toString(QKeySequence::NativeText) + ")");
    buttons->addWidget(button);
  }
  buttons->addStretch();
  width_ = slider("drawWidth", tr("Width"), static_cast<int>(CanvasView::kThinnest),
                  static_cast<int>(CanvasView::kThickest), 3, panel);
  widthText_ = new QLabel(panel);
  widthText_->setMinimumWidth(widthText_->fontMetrics().horizontalAdvance("00"));
  auto* row = new QHBoxLayout;
  row->addWidget(new QLabel(tr("Width"), panel));
  row->addWidget(width_, 1);
  row->addWidget(widthText_);
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(buttons);
  column->addLayout(row);
  return panel;
}

QWidget* DrawPage::makeColours() {
  auto* panel = new QWidget(this);
  colours_ = new QWidget(panel);
  auto* grid = new QGridLayout(colours_);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(2);
  swatches_ = new QButtonGroup(colours_);
  int place = 0;
  const auto add = [&](QToolButton* button) {
    button->setAutoRaise(true);
    grid->addWidget(button, place / kSwatchesInRow, place % kSwatchesInRow);
    ++place;
  };
  for (const QColor& colour : inkColours()) {
    auto* button = new QToolButton(colours_);
    button->setIcon(swatch(colour));
    button->setCheckable(true);
    button->setChecked(place == 0);
    button->setFixedSize(kSwatch, kSwatch);
    button->setAccessibleName(tr("Colour %1").arg(colour.name()));
    swatches_->addButton(button);
    connect(button, &QToolButton::clicked, canvas_, [this, colour] { canvas_->setColour(colour); });
    add(button);
  }
  auto* other = new QToolButton(colours_);
  other->setText(tr("Other…"));
  connect(other, &QToolButton::clicked, this, [this] {
    const QColor colour = QColorDialog::getColor(canvas_->brush().colour, this);
    if (colour.isValid()) canvas_->setColour(colour);
  });
  grid->addWidget(other, 2, 0, 1, kSwatchesInRow, Qt::AlignLeft);
  grid->setColumnStretch(kSwatchesInRow, 1);

  auto* labelBox = new QWidget(panel);
  labels_ = new QListWidget(labelBox);
  labels_->setObjectName("drawLabels");
  labels_->setAccessibleName(tr("Labels"));
  labels_->setMinimumHeight(220);
  for (const Label& label : facadeLabels()) {
    new QListWidgetItem(swatch(label.colour), label.name, labels_);
  }
  auto* labelColumn = new QVBoxLayout(labelBox);
  labelColumn->setContentsMargins(0, 0, 0, 0);
  labelColumn->addWidget(labels_);

  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(colours_);
  column->addWidget(labelBox);
  return panel;
}

QWidget* DrawPage::makePhotoBox() {
  photoBox_ = new QWidget(this);
  detail_ = slider("drawDetail", tr("Detail"), 0, 100, 60, photoBox_);
  detail_->setToolTip(tr("How many lines are drawn on the photo"));
  opacity_ = slider("drawOpacity", tr("Photo below the drawing"), 0, 100, 40, photoBox_);
  auto* grid = new QGridLayout(photoBox_);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->addWidget(heading(tr("Photo below"), photoBox_), 0, 0, 1, 2);
  grid->addWidget(followingButton(actions_.openPhoto, "openDrawPhoto", photoBox_), 1, 0, 1, 2);
  grid->addWidget(followingButton(actions_.sketchPhoto, "sketchPhoto", photoBox_), 2, 0, 1, 2);
  grid->addWidget(new QLabel(tr("Detail"), photoBox_), 3, 0);
  grid->addWidget(detail_, 3, 1);
  grid->addWidget(new QLabel(tr("Visible"), photoBox_), 4, 0);
  grid->addWidget(opacity_, 4, 1);
  return photoBox_;
}

}  // namespace imago::gui
