#include "gui/translate/model_panel.h"

#include <QApplication>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/session/chains.h"
#include "gui/session/session.h"
#include "gui/translate/model_library.h"
#include "gui/widgets/fixed_text.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/section.h"

namespace imago::gui {

namespace {

constexpr int kRowPad = 8;
constexpr int kLeastModels = 4, kLeastList = 140;  // of the list, in rows and in pixels
constexpr int kAboutLines = 5, kDetailsLines = 7;  // whatever the model: nothing moves

int modelHeight(const QFontMetrics& font) { return 2 * font.lineSpacing() + 14; }
int headingHeight(const QFontMetrics& font) { return font.lineSpacing() + 12; }

/// A heading, or name over summary (or over the reason why it cannot be used).
class ModelDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const ModelLibrary::Row& row = rowOf(index);
    painter->save();
    if (!row.heading.isEmpty()) {
      QFont font = option.font;
      font.setWeight(QFont::DemiBold);
      painter->setFont(font);
      painter->setPen(option.palette.color(QPalette::Active, QPalette::PlaceholderText));
      painter->drawText(option.rect.adjusted(kRowPad, 0, -kRowPad, -3),
                        Qt::AlignLeft | Qt::AlignBottom, row.heading);
    } else {
      const QStyle* style =
          option.widget != nullptr ? option.widget->style() : QApplication::style();
      style->drawPrimitive(QStyle::PE_PanelItemViewItem, &option, painter, option.widget);
      paintCard(*painter, option, row.card, libraryOf(index).isUsedLast(row.card));
    }
    painter->restore();
  }

  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const bool model = rowOf(index).heading.isEmpty();
    return {120, model ? modelHeight(option.fontMetrics) : headingHeight(option.fontMetrics)};
  }

 private:
  static const ModelLibrary& libraryOf(const QModelIndex& index) {
    return *static_cast<const ModelLibrary*>(index.model());
  }
  static const ModelLibrary::Row& rowOf(const QModelIndex& index) {
    return libraryOf(index).row(index.row());
  }

  static void paintCard(QPainter& painter, const QStyleOptionViewItem& option,
                        const ModelCard& card, bool usedLast) {
    const bool selected = option.state & QStyle::State_Selected;
    QColor plain = option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
    QRect area = option.rect.adjusted(kRowPad, 6, -kRowPad, -6);
    QColor second = plain;
    second.setAlphaF(0.7f);
    if (!card.usable()) {
      const int side = option.fontMetrics.height();
      if (!selected) second = errorColor(option.palette);
      paintGlyph(painter, Glyph::warning, QRect(area.left(), area.top(), side, side),
                 selected ? plain : second);
      area.setLeft(area.left() + side + 6);
    }
    if (!card.sample.isNull()) {
      const QSize size =
          card.sample.size().scaled(area.width() / 3, area.height() + 8, Qt::KeepAspectRatio);
      const QRect place(area.right() - size.width(), area.center().y() - size.height() / 2,
                        size.width(), size.height());
      painter.setRenderHint(QPainter::SmoothPixmapTransform);
      painter.drawImage(place, card.sample);
      area.setRight(place.left() - kRowPad);
    }
    if (usedLast) {
      const int side = option.fontMetrics.height() - 2;
      paintGlyph(painter, Glyph::clock, QRect(area.right() - side, area.top(), side, side), second);
    }
    painter.setPen(plain);
    const int room = area.width() - (usedLast ? option.fontMetrics.height() + 4 : 0);
    painter.drawText(area, Qt::AlignLeft | Qt::AlignTop,
                     option.fontMetrics.elidedText(title(card), Qt::ElideMiddle, room));
    painter.setPen(second);
    painter.drawText(area, Qt::AlignLeft | Qt::AlignBottom,
                     option.fontMetrics.elidedText(summary(card), Qt::ElideRight, area.width()));
  }
};

}  // namespace

ModelPanel::ModelPanel(Session& session, const Dialogs& dialogs, QWidget* parent)
    : QWidget(parent),
      session_(session),
      dialogs_(dialogs),
      library_(new ModelLibrary(Session::modelFolders(), this)),
      list_(new QListView(this)),
      empty_(new QLabel(tr("No models here yet. Open a model file, or choose the folder where "
                           "you keep them."),
                        list_)),
      about_(new FixedText(kAboutLines, "modelAbout", this)),
      details_(new FixedText(kDetailsLines, "modelDetails", this)),
      detailsSection_(new Section(tr("Details"), details_, "translate/details", false, this)) {
  list_->setObjectName("modelList");
  list_->setAccessibleName(tr("Models"));
  list_->setModel(library_);
  list_->setItemDelegate(new ModelDelegate(list_));
  list_->setUniformItemSizes(false);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->setMinimumHeight(kLeastList);
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setContentsMargins(16, 16, 16, 16);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  auto* overlay = new QVBoxLayout(list_);
  overlay->addWidget(empty_);
  about_->label()->setAccessibleName(tr("About the chosen model"));
  details_->label()->setAccessibleName(tr("Details of the chosen model"));

  auto* open = new QPushButton(icon(Glyph::open), tr("Open…"), this);
  auto* folder = new QPushButton(icon(Glyph::folder), tr("Folder…"), this);
  open->setObjectName("openModel");
  open->setToolTip(tr("Open a model's file"));
  auto* then = new QPushButton(icon(Glyph::add), tr("Then…"), this);
  auto* menu = new QMenu(then);
  then->setObjectName("thenModel");
  then->setToolTip(tr("Another model that goes on with the result"));
  then->setMenu(menu);
  connect(menu, &QMenu::aboutToShow, this, [this, menu] { fillMenu(*menu); });
  list_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(list_, &QWidget::customContextMenuRequested, this, [this, menu](const QPoint& place) {
    if (selected() != nullptr) menu->popup(list_->viewport()->mapToGlobal(place));
  });
  folder->setObjectName("modelFolder");
  folder->setToolTip(tr("Choose the folder where your models are"));
  buttons_ = new QHBoxLayout;
  buttons_->addWidget(open, 1);
  buttons_->addWidget(folder);
  buttons_->addWidget(then);

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(list_, 1);
  column->addWidget(about_);
  column->addWidget(detailsSection_);
  column->addLayout(buttons_);

  connect(open, &QPushButton::clicked, this, &ModelPanel::askForFile);
  connect(folder, &QPushButton::clicked, this, &ModelPanel::askForFolder);
  connect(list_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    if (rebuilding_) return;
    byItself_ = false;
    showCurrent();
  });
  connect(&session_, &Session::modelRead, this, &ModelPanel::addCard);
  connect(&session_, &Session::modelFileDone, this, [this](const ModelFileOutcome& outcome) {
    using Kind = ModelFileOutcome::Kind;
    const bool gone = outcome.kind == Kind::renamed || outcome.kind == Kind::removed;
    if (gone && outcome.error.isEmpty()) forget(outcome.path, outcome.now);
  });
  connect(&session_, &Session::modelsListed, this, &ModelPanel::finishListing);
  reload();
}

void ModelPanel::fit(int wanted, int most) {
  const QFontMetrics font = list_->fontMetrics();
  const int least =
      headingHeight(font) + kLeastModels * modelHeight(font) + 2 * list_->frameWidth();
  const int others = about_->height() + detailsSection_->closedHeight() +
                     buttons_->sizeHint().height() + 3 * layout()->spacing();
  list_->setFixedHeight(std::max({kLeastList, wanted - others, std::min(least, most)}));
  layout()->activate();
}

void ModelPanel::reload() {
  session_.listModels(library_->recent() + library_->chains(), library_->folders());
}

void ModelPanel::fillMenu(QMenu& menu) {
  menu.clear();
  const ModelCard* chosen = selected();
  if (chosen == nullptr || !chosen->usable()) {
    menu.addAction(tr("Choose a model first"))->setEnabled(false);
    return;
  }
  menu.addSection(tr("%1, then").arg(title(*chosen)));
  for (const ModelCard& card : library_->usable()) {
    if (!card.chain.isEmpty()) continue;
    menu.addAction(title(card), this, [this, path = card.path] { chainWith(path); });
  }
  menu.addSeparator();
  QAction* remove = menu.addAction(tr("Remove Chain"), this, &ModelPanel::removeChain);
  remove->setEnabled(!chosen->chain.isEmpty());
  QAction* train = menu.addAction(tr("Train It Further…"), this,
                                  [this, path = chosen->path] { emit trainRequested(path); });
  train->setEnabled(chosen->chain.isEmpty());
}

void ModelPanel::chainWith(const QString& path) {
  const ModelCard* first = selected();
  if (first == nullptr) return;
  wanted_ = chainOf(modelsOf(first->path) + modelsOf(path));
  wantedIsFile_ = true;
  library_->addChain(wanted_);
  session_.readModel(wanted_);
}

void ModelPanel::removeChain() {
  const ModelCard* chosen = selected();
  if (chosen == nullptr || chosen->chain.isEmpty()) return;
  const QString path = chosen->path;
  library_->removeChain(path);
  forget(path, {});
}

void ModelPanel::forget(const QString& path, const QString& now) {
  rebuilding_ = true;  // the list forgets its selection while it is renewed
  library_->forget(path);
  if (chosen_ == path) {
    chosen_ = now;
    wanted_ = now;
    wantedIsFile_ = true;
  }
  rebuilding_ = false;
  const int row = library_->rowOf(chosen_);
  row >= 0 ? select(row) : select(library_->firstUsable());
  if (selected() == nullptr) showCurrent();
}

const ModelCard* ModelPanel::selected() const {
  // Not the current index: a view that gets the focus makes its first row current, chosen by
  // nobody.
  const QModelIndexList rows = list_->selectionModel()->selectedIndexes();
  return rows.isEmpty() ? nullptr : &library_->row(rows.first().row()).card;
}

std::optional<ModelCard> ModelPanel::current() const {
  const ModelCard* card = selected();
  return card != nullptr && card->usable() ? std::optional(*card) : std::nullopt;
}

void ModelPanel::select(int row) {
  if (row < 0) return;
  list_->selectionModel()->setCurrentIndex(library_->index(row),
                                           QItemSelectionModel::ClearAndSelect);
}

void ModelPanel::addCard(const ModelCard& card) {
  // What lies in the folders and translates nothing is not offered; of a file that was opened one
  // wants to know why.
  if (card.makesSamples && card.path != wanted_) return;
  rebuilding_ = true;  // the list forgets its selection while it is renewed
  library_->put(card);
  empty_->hide();
  const QString before = chosen_;
  if (!wanted_.isEmpty() && library_->rowNamed(wanted_) >= 0) {
    const ModelCard found = library_->row(library_->rowNamed(wanted_)).card;
    chosen_ = found.path;
    // A file opened from anywhere is there again next time.
    if (found.usable() && found.path == wanted_) library_->use(found);
    wanted_.clear();
    byItself_ = false;
  } else if (byItself_ && wanted_.isEmpty() && !library_->usable().isEmpty()) {
    // Until somebody chooses: the one used last, else the first of the list, as far as they are
    // known.
    const int last = library_->rowOf(library_->recent().value(0));
    const bool known = last >= 0 && library_->row(last).card.usable();
    chosen_ = known ? library_->recent().first() : library_->usable().first().path;
  }
  select(library_->rowOf(chosen_));
  rebuilding_ = false;
  if (chosen_ != before || card.path == chosen_) showCurrent();
}

void ModelPanel::finishListing() {
  empty_->setVisible(library_->rowCount() == 0);
  emit listed();
  if (wanted_.isEmpty() || wantedIsFile_) return;
  emit notFound(tr("There is no model named %1 in %2. Choose another one, or open its file.")
                    .arg(wanted_, library_->folders().join(", ")));
  wanted_.clear();
  if (chosen_.isEmpty()) select(library_->firstUsable());
}

QList<ModelCard> ModelPanel::withPhotos() const {
  QList<ModelCard> cards = library_->usable();
  cards.removeIf([](const ModelCard& card) { return card.photo.isEmpty(); });
  return cards;
}

void ModelPanel::showCurrent() {
  const ModelCard* card = selected();
  if (card != nullptr) {
    chosen_ = card->path;
    list_->scrollTo(list_->currentIndex());
  }
  about_->setText(card != nullptr ? about(*card) : QString());
  details_->setText(card != nullptr ? details(*card) : QString());
  QPalette colors = palette();
  if (card != nullptr && !card->usable()) {
    colors.setColor(QPalette::WindowText, errorColor(palette()));
  }
  about_->label()->setPalette(colors);
  emit currentChanged();
}

void ModelPanel::choose(const QString& pathOrName) {
  byItself_ = false;
  if (QFileInfo(pathOrName).isFile()) return openFile(pathOrName);
  const int row = library_->rowNamed(pathOrName);
  if (row >= 0) return select(row);
  wanted_ = pathOrName;
  wantedIsFile_ = false;
  reload();
}

void ModelPanel::openFile(const QString& path) {
  wanted_ = QFileInfo(path).absoluteFilePath();
  wantedIsFile_ = true;
  session_.readModel(wanted_);
}

void ModelPanel::markUsed() {
  const ModelCard* card = selected();
  if (card == nullptr) return;
  const ModelCard used = *card;  // the row goes when the list is renewed
  library_->use(used);
  addCard(used);
}

void ModelPanel::askForFile() {
  const QString path = dialogs_.openModel(this);
  if (!path.isEmpty()) openFile(path);
}

void ModelPanel::askForFolder() {
  const QString folder =
      dialogs_.pickFolder(this, tr("Folder of Models"), library_->folders().value(0));
  if (folder.isEmpty()) return;
  library_->setFolder(folder);
  library_->clear();
  empty_->show();
  chosen_.clear();
  byItself_ = true;
  showCurrent();
  reload();
}

}  // namespace imago::gui
