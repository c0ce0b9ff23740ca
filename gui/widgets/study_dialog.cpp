#include "gui/widgets/study_dialog.h"

#include <QDateTime>
#include <QDir>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <cmath>

namespace imago::gui {

namespace {

constexpr int kShownFor = 1000, kPictureSide = 384;

QLabel* wrapped(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setWordWrap(true);
  return label;
}

QString percent(double share) { return QString("%1 %").arg(std::lround(100 * share)); }

}  // namespace

StudyDialog::StudyDialog(const QString& model, const QString& title, const QString& device,
                         const Dialogs& dialogs, QWidget* parent)
    : QDialog(parent), dialogs_(dialogs) {
  request_.model = model;
  request_.device = device;
  request_.seed = static_cast<quint64>(QDateTime::currentMSecsSinceEpoch());
  setWindowTitle(tr("Perceptual Study: %1").arg(title));
  timer_.setSingleShot(true);
  timer_.setInterval(kShownFor);
  pages_ = new QStackedWidget(this);
  pages_->addWidget(makeBegin());
  pages_->addWidget(makeTrial());
  pages_->addWidget(makeEnd());
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(pages_);
  connect(&timer_, &QTimer::timeout, this, &StudyDialog::showNext);
  connect(&session_, &StudySession::prepareProgress, this,
          [this](double share) { progress_->setValue(static_cast<int>(100 * share)); });
  connect(&session_, &StudySession::ready, this, &StudyDialog::takeReady);
  QString problem;
  inputRow_->setVisible(StudySession::takesPictures(model, &problem));
  problem_->setText(problem);
  real_->setEnabled(problem.isEmpty());
  updateBegin();
}

QWidget* StudyDialog::folderRow(const QString& text, QLineEdit*& line, const char* name) {
  auto* row = new QWidget(this);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  line = new QLineEdit(row);
  line->setObjectName(name);
  line->setAccessibleName(text);
  auto* choose = new QPushButton(tr("Choose…"), row);
  layout->addWidget(new QLabel(text, row));
  layout->addWidget(line, 1);
  layout->addWidget(choose);
  connect(line, &QLineEdit::textChanged, this, &StudyDialog::updateBegin);
  connect(choose, &QPushButton::clicked, this, [this, text, line] {
    const QString folder =
        dialogs_.pickFolder(this, text, line->text().isEmpty() ? picturesFolder() : line->text());
    if (!folder.isEmpty()) line->setText(QDir::toNativeSeparators(folder));
  });
  return row;
}

QWidget* StudyDialog::makeBegin() {
  auto* page = new QWidget(this);
  auto* layout = new QVBoxLayout(page);
  layout->addWidget(wrapped(
      tr("Can you tell what this model makes from real pictures? You will be shown pairs, one "
         "picture after the other, each for one second: one is real, the other is the model's. "
         "Then say which was the fake. The first %1 pairs are practice, with the answer after "
         "each; the %2 after them count. It takes about five minutes.")
          .arg(request_.practice)
          .arg(request_.trials),
      page));
  layout->addWidget(folderRow(tr("Real pictures"), real_, "studyReal"));
  inputRow_ = folderRow(tr("Pictures to translate"), input_, "studyInput");
  layout->addWidget(inputRow_);
  problem_ = wrapped({}, page);
  problem_->setObjectName("studyProblem");
  layout->addWidget(problem_);
  layout->addStretch(1);
  progress_ = new QProgressBar(page);
  progress_->hide();
  layout->addWidget(progress_);
  start_ = new QPushButton(tr("&Start"), page);
  start_->setObjectName("studyStart");
  start_->setDefault(true);
  layout->addWidget(start_, 0, Qt::AlignRight);
  connect(start_, &QPushButton::clicked, this, &StudyDialog::begin);
  return page;
}

QWidget* StudyDialog::makeTrial() {
  auto* page = new QWidget(this);
  auto* layout = new QVBoxLayout(page);
  counter_ = new QLabel(page);
  counter_->setObjectName("studyCounter");
  picture_ = new QLabel(page);
  picture_->setObjectName("studyPicture");
  picture_->setAlignment(Qt::AlignCenter);
  picture_->setMinimumSize(kPictureSide, kPictureSide);
  question_ = new QLabel(page);
  question_->setObjectName("studyQuestion");
  question_->setAlignment(Qt::AlignCenter);
  first_ = new QPushButton(tr("The &first was the fake (1)"), page);
  first_->setObjectName("studyFirst");
  second_ = new QPushButton(tr("The &second was the fake (2)"), page);
  second_->setObjectName("studySecond");
  first_->setEnabled(false);  // until both were shown
  second_->setEnabled(false);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(first_);
  buttons->addWidget(second_);
  layout->addWidget(counter_);
  layout->addWidget(picture_, 1);
  layout->addWidget(question_);
  layout->addLayout(buttons);
  connect(first_, &QPushButton::clicked, this, [this] { answer(true); });
  connect(second_, &QPushButton::clicked, this, [this] { answer(false); });
  return page;
}

QWidget* StudyDialog::makeEnd() {
  auto* page = new QWidget(this);
  auto* layout = new QVBoxLayout(page);
  result_ = wrapped({}, page);
  result_->setObjectName("studyResult");
  result_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  layout->addWidget(result_);
  layout->addStretch(1);
  auto* close = new QPushButton(tr("&Close"), page);
  layout->addWidget(close, 0, Qt::AlignRight);
  connect(close, &QPushButton::clicked, this, &QDialog::accept);
  return page;
}

void StudyDialog::updateBegin() {
  const bool needsInput = inputRow_ != nullptr && !inputRow_->isHidden();
  start_->setEnabled(real_->isEnabled() && !real_->text().isEmpty() &&
                     (!needsInput || !input_->text().isEmpty()));
}

void StudyDialog::begin() {
  request_.realFolder = QDir::fromNativeSeparators(real_->text());
  request_.inputFolder = QDir::fromNativeSeparators(input_->text());
  problem_->clear();
  start_->setEnabled(false);
  progress_->setValue(0);
  progress_->show();
  session_.prepare(request_);
}

void StudyDialog::takeReady(const QString& problem) {
  progress_->hide();
  if (problem.isEmpty()) return showTrial();
  problem_->setText(problem);
  updateBegin();
}

void StudyDialog::showTrial() {
  if (session_.finished()) return showEnd();
  pages_->setCurrentIndex(kTrial);
  trial_ = session_.trial();
  counter_->setText((trial_.practice ? tr("Practice %1 of %2") : tr("Pair %1 of %2"))
                        .arg(trial_.number)
                        .arg(trial_.of));
  first_->setEnabled(false);
  second_->setEnabled(false);
  shown_ = Shown::first;
  present(trial_.first, tr("First"));
}

void StudyDialog::present(const QImage& picture, const QString& which) {
  question_->setText(which);
  picture_->setPixmap(QPixmap::fromImage(
      picture.scaled(kPictureSide, kPictureSide, Qt::KeepAspectRatio, Qt::SmoothTransformation)));
  timer_.start();
  emit pictureShown(picture);
}

void StudyDialog::showNext() {
  if (shown_ == Shown::feedback) return showTrial();
  if (shown_ == Shown::first) {
    shown_ = Shown::second;
    return present(trial_.second, tr("Second"));
  }
  shown_ = Shown::question;
  picture_->clear();
  question_->setText(tr("Which was the fake?"));
  first_->setEnabled(true);
  second_->setEnabled(true);
}

void StudyDialog::answer(bool firstIsFake) {
  if (shown_ != Shown::question) return;
  const bool right = session_.answer(firstIsFake);
  first_->setEnabled(false);
  second_->setEnabled(false);
  if (!trial_.practice) return showTrial();
  shown_ = Shown::feedback;
  question_->setText(right ? tr("Right.") : tr("No, that one was real."));
  timer_.start();
}

void StudyDialog::showEnd() {
  pages_->setCurrentIndex(kEnd);
  const StudyResult result = session_.finish();
  QString text = tr("%1 of %2 pairs fooled you: %3, which is somewhere from %4 to %5 with a "
                    "probability of 95 %. If you had guessed, it would be 50 %.")
                     .arg(result.fooled)
                     .arg(result.trials)
                     .arg(percent(result.share), percent(result.low), percent(result.high));
  if (!result.kept.isEmpty())
    text +=
        "\n\n" +
        tr("It stands in the report of the run now: %1").arg(QDir::toNativeSeparators(result.kept));
  if (!result.error.isEmpty())
    text += "\n\n" + tr("It could not be written into the report of the run: %1").arg(result.error);
  result_->setText(text);
}

void StudyDialog::keyPressEvent(QKeyEvent* event) {
  if (pages_->currentIndex() == kTrial && event->key() == Qt::Key_1) return answer(true);
  if (pages_->currentIndex() == kTrial && event->key() == Qt::Key_2) return answer(false);
  QDialog::keyPressEvent(event);
}

}  // namespace imago::gui
