#include "gui/train/data_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QProgressBar>
#include <QVBoxLayout>
#include <cmath>

#include "gui/session/train_presets.h"
#include "gui/widgets/note_row.h"

namespace imago::gui {

namespace {

constexpr int kThumb = 52;
constexpr int kExample = 84;

/// Pictures side by side, each as high as the row; those without room are left out.
class Strip : public QWidget {
 public:
  /// `joined`: every second picture belongs to the one before it, and an arrow stands between.
  /// `letters`: of the two of a pair, in their corners; empty: none.
  Strip(const QList<QImage>& pictures, int height, bool joined, QWidget* parent,
        const QString& letters = {})
      : QWidget(parent), pictures_(pictures), joined_(joined), letters_(letters) {
    setFixedHeight(height);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    double x = 0;
    for (qsizetype i = 0; i < pictures_.size(); ++i) {
      const bool first = i % 2 == 0;
      const double own = widthOf(pictures_[i]);
      const double partner =
          joined_ && first && i + 1 < pictures_.size() ? kArrow + widthOf(pictures_[i + 1]) : 0;
      if (x + own + partner > width()) break;
      painter.drawImage(QRectF(x, 0, own, height()), pictures_[i]);
      if (!letters_.isEmpty()) paintLetter(painter, x, letters_[i % 2]);
      x += own;
      if (partner > 0) {
        const QRectF arrow(x, (height() - kArrow) / 2, kArrow, kArrow);
        paintGlyph(painter, Glyph::forward, arrow.adjusted(2, 2, -2, -2),
                   palette().color(QPalette::PlaceholderText));
        x += kArrow;
      } else {
        x += joined_ ? 16 : 6;
      }
    }
  }

 private:
  static constexpr double kArrow = 20;

  void paintLetter(QPainter& painter, double x, QChar letter) const {
    const double side = fontMetrics().height() + 2;
    const QRectF place(x, height() - side, side, side);
    painter.fillRect(place, palette().color(QPalette::Base));
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(place, Qt::AlignCenter, letter);
  }

  double widthOf(const QImage& picture) const {
    return picture.isNull() ? 0
                            : static_cast<double>(height()) * picture.width() / picture.height();
  }

  QList<QImage> pictures_;
  bool joined_;
  QString letters_;
};

}  // namespace

DataPanel::DataPanel(QWidget* parent)
    : QWidget(parent),
      progress_(new QWidget(this)),
      looking_(new QLabel(progress_)),
      bar_(new QProgressBar(progress_)),
      content_(new QVBoxLayout) {
  setObjectName("dataReport");
  bar_->setObjectName("dataProgress");
  bar_->setRange(0, 1000);
  bar_->setTextVisible(false);
  auto* row = new QHBoxLayout(progress_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(10);
  row->addWidget(looking_);
  row->addWidget(bar_, 1);
  content_->setSpacing(10);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(10);
  column->addWidget(progress_);
  column->addLayout(content_);
  setMedium(Medium::pictures);
  clear();
}

void DataPanel::setMedium(Medium medium) {
  const bool table = medium == Medium::table, sounds = medium == Medium::sounds;
  setAccessibleName(table    ? tr("About the table")
                    : sounds ? tr("About the sounds")
                             : tr("About the pictures"));
  looking_->setText(table    ? tr("Looking at the table…")
                    : sounds ? tr("Looking at the sounds…")
                             : tr("Looking at the pictures…"));
  bar_->setAccessibleName(looking_->text());
  // How far it is, is known of pictures alone.
  bar_->setVisible(medium == Medium::pictures);
}

void DataPanel::clear() {
  progress_->hide();
  any_ = false;
  rebuild();
}

void DataPanel::showProgress(double fraction) {
  bar_->setValue(static_cast<int>(std::lround(fraction * bar_->maximum())));
  progress_->show();
}

void DataPanel::showReport(const DataReportView& report) {
  progress_->hide();
  report_ = report;
  any_ = true;
  rebuild();
}

void DataPanel::rebuild() {
  emptyColumn(*content_);
  text_.clear();
  if (!any_) return;
  QStringList all;
  if (!report_.error.isEmpty()) {
    content_->addWidget(new NoteRow(NoteRow::Kind::error, report_.error, {}, this));
    all.append(report_.error);
  } else if (!report_.what.isEmpty()) {
    const auto kind = report_.usable ? NoteRow::Kind::good : NoteRow::Kind::info;
    content_->addWidget(new NoteRow(kind, report_.what, {}, this));
    all.append(report_.what);
  }
  for (const DataProblemView& problem : report_.problems) {
    content_->addWidget(makeProblem(problem));
    all << problem.text << problem.remedy;
  }
  if (report_.usable && !report_.examples.isEmpty()) content_->addWidget(makeExamples());
  text_ = all.join('\n');
  setAccessibleDescription(text_);
}

QWidget* DataPanel::makeProblem(const DataProblemView& problem) {
  auto* row = new NoteRow(problem.error ? NoteRow::Kind::error : NoteRow::Kind::warning,
                          problem.text, problem.remedy, this);
  if (!problem.thumbnails.isEmpty()) {
    auto* strip = new Strip(problem.thumbnails, kThumb, false, row);
    strip->setToolTip(problem.files.join('\n'));
    row->words()->addSpacing(4);
    row->words()->addWidget(strip);
  }
  return row;
}

QWidget* DataPanel::makeExamples() {
  auto* box = new QWidget(this);
  const QString letters = !takesTwoFolders(report_.task) ? QString()
                          : report_.backwards            ? QString("BA")
                                                         : QString("AB");
  const QString what =
      report_.task == TrainTask::unpaired ? tr("What stands in A and in B, by chance together:")
      : makesSamples(report_.task)        ? tr("As the networks see them:")
                                   : tr("What the network gets, and what it should make of it:");
  auto* caption = new QLabel(what, box);
  caption->setObjectName("exampleWords");
  caption->setForegroundRole(QPalette::PlaceholderText);
  QList<QImage> pictures;
  for (const ExamplePair& pair : report_.examples) {
    if (!pair.input.isNull()) pictures << pair.input;
    pictures << pair.target;
  }
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 2, 0, 0);
  column->setSpacing(6);
  column->addWidget(caption);
  auto* strip = new Strip(pictures, kExample, !makesSamples(report_.task), box, letters);
  strip->setObjectName("examples");
  if (!letters.isEmpty()) strip->setAccessibleName(tr("From %1 to %2").arg(letters[0], letters[1]));
  column->addWidget(strip);
  return box;
}

}  // namespace imago::gui
