#include "gui/train/run_view.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/session/words.h"
#include "gui/train/health_panel.h"
#include "gui/train/latent_panel.h"
#include "gui/train/run_list.h"
#include "gui/train/sample_view.h"
#include "gui/widgets/elided_text.h"
#include "gui/widgets/line_chart.h"
#include "gui/widgets/page_parts.h"

namespace imago::gui {

namespace {

constexpr int kHeadingHeight = 26;
constexpr char kLogKey[] = "train/logarithmic";
constexpr char kSmoothingKey[] = "train/smoothing";
constexpr char kSamplesKey[] = "train/samples";

/// The slider's place as the weight of smoothed(): half way is 0.9, the end 0.99.
double weight_of(int place) { return place <= 0 ? 0 : 1 - std::pow(10, -place / 50.0); }

QString metric_words(const QString& name) {
  if (name == "psnr") return RunView::tr("PSNR in dB (higher is better)");
  if (name == "ssim") return RunView::tr("SSIM (higher is better)");
  if (name == "swd") return RunView::tr("Sliced Wasserstein distance (lower is better)");
  if (name == "accuracy") return RunView::tr("Accuracy (share of pictures recognised)");
  if (name == "diversity") return RunView::tr("Diversity (1: as varied as the targets)");
  if (name == "spectrum")
    return RunView::tr("Distance of the mean spectra in dB (lower is better)");
  if (name == "marginals") return RunView::tr("Distance of the columns (lower is better)");
  if (name == "associations") return RunView::tr("Difference of associations (lower is better)");
  if (name == "classifier") return RunView::tr("Classifier (1: learns as well from made rows)");
  if (name == "privacy") return RunView::tr("Privacy (1: as far from real rows as others)");
  if (name == "copies") return RunView::tr("Copies of real rows in a thousand (lower is better)");
  return name;
}

bool falls_below_zero(const QList<RunHistory::Curve>& curves) {
  return std::ranges::any_of(curves, [](const RunHistory::Curve& curve) {
    return std::ranges::any_of(curve.points, [](const QPointF& point) { return point.y() < 0; });
  });
}

}  // namespace

RunView::RunView(TrainingSession& session, const QList<QAction*>& actions, QWidget* parent)
    : QWidget(parent),
      losses_(new LineChart(tr("Losses"), tr("Losses appear here soon."), this)),
      metrics_(new LineChart(tr("Validation"),
                             tr("Measured after each epoch, on pictures that are "
                                "not trained on."),
                             this)),
      samples_(new SampleView(session, this)),
      latents_(new LatentPanel(this)),
      health_(new HealthPanel(this)) {
  auto* splitter = new QSplitter(this);
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(14);
  splitter->addWidget(makeCharts());
  splitter->addWidget(makeResults());
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 2);
  splitter->setSizes({560, 380});
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(8);
  column->addWidget(makeHeader(actions));
  column->addWidget(makeProgress());
  column->addSpacing(2);
  column->addWidget(splitter, 1);
  connect(samples_, &SampleView::stepChanged, this, [this](qint64 step) {
    losses_->setMark(step);
    metrics_->setMark(step);
  });
}

QWidget* RunView::makeHeader(const QList<QAction*>& actions) {
  auto* header = new QWidget(this);
  name_ = new ElidedText(Qt::ElideMiddle, "runName", header);
  QFont font = name_->font();
  font.setPointSizeF(font.pointSizeF() * 1.4);
  name_->setFont(font);
  about_ = new ElidedText(Qt::ElideMiddle, "runAbout", header);
  about_->setForegroundRole(QPalette::PlaceholderText);
  auto* words = new QVBoxLayout;
  words->setSpacing(1);
  words->addWidget(name_);
  words->addWidget(about_);
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(0, 4, 0, 0);
  row->setSpacing(8);
  row->addLayout(words, 1);
  for (QAction* action : actions) {
    auto* button = buttonOf(action, header);
    button->setObjectName(action->objectName() + "Button");
    const auto follow = [button, action] {
      button->setVisible(action->isVisible());
      button->setEnabled(action->isEnabled());
      button->setToolTip(action->toolTip());
    };
    connect(action, &QAction::changed, button, follow);
    follow();
    row->addWidget(button);
  }
  return header;
}

QWidget* RunView::makeProgress() {
  auto* row = new QWidget(this);
  bar_ = new QProgressBar(row);
  bar_->setObjectName("trainProgress");
  bar_->setAccessibleName(tr("Progress of training"));
  bar_->setRange(0, 1000);
  bar_->setTextVisible(false);
  bar_->setFixedHeight(10);
  progressText_ = new ElidedText(Qt::ElideRight, "trainProgressText", row);
  auto* column = new QVBoxLayout(row);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addWidget(bar_);
  column->addWidget(progressText_);
  return row;
}

QWidget* RunView::makeCharts() {
  auto* panel = new QWidget(this);
  smoothing_ = new QSlider(Qt::Horizontal, panel);
  smoothing_->setObjectName("smoothing");
  smoothing_->setAccessibleName(tr("Smoothing"));
  smoothing_->setToolTip(tr("Smoothing: the mean over more and more steps"));
  smoothing_->setRange(0, 100);
  smoothing_->setFixedWidth(110);
  logarithmic_ = new QCheckBox(tr("&Logarithmic"), panel);
  logarithmic_->setObjectName("logarithmic");
  logarithmic_->setToolTip(
      tr("Zero and what is below it has no place on a logarithmic axis: losses that fall below "
         "zero have a plain one"));
  metric_ = new QComboBox(panel);
  metric_->setObjectName("metric");
  metric_->setAccessibleName(tr("What is measured"));
  auto* smooth = new QLabel(tr("Smooth"), panel);
  smooth->setForegroundRole(QPalette::PlaceholderText);

  auto* lossRow = new QHBoxLayout;
  lossRow->setSpacing(8);
  lossRow->addWidget(heading(tr("Losses"), panel, kHeadingHeight), 1);
  lossRow->addWidget(smooth);
  lossRow->addWidget(smoothing_);
  lossRow->addSpacing(8);
  lossRow->addWidget(logarithmic_);
  auto* metricRow = new QHBoxLayout;
  metricRow->addWidget(heading(tr("Validation"), panel, kHeadingHeight), 1);
  metricRow->addWidget(metric_);
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addLayout(lossRow);
  column->addWidget(losses_, 3);
  column->addSpacing(8);
  column->addLayout(metricRow);
  column->addWidget(metrics_, 2);

  connect(logarithmic_, &QCheckBox::toggled, this, [this](bool on) {
    losses_->setLogarithmic(on && logarithmic_->isEnabled());
    QSettings().setValue(kLogKey, on);
  });
  connect(smoothing_, &QSlider::valueChanged, this, [this](int place) {
    losses_->setSmoothing(weight_of(place));
    QSettings().setValue(kSmoothingKey, place);
  });
  connect(metric_, &QComboBox::currentIndexChanged, this, &RunView::showMetric);
  logarithmic_->setChecked(QSettings().value(kLogKey, true).toBool());
  smoothing_->setValue(QSettings().value(kSmoothingKey, 40).toInt());
  return panel;
}

QWidget* RunView::makeResults() {
  auto* panel = new QWidget(this);
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  sampleKind_ = new QComboBox(panel);
  sampleKind_->setObjectName("sampleKind");
  sampleKind_->setAccessibleName(tr("What is shown of the samples"));
  sampleKind_->setToolTip(
      tr("The same samples over time, or any sample of the newest weights, moved by hand"));
  sampleKind_->addItems({tr("Over time"), tr("By hand")});
  sampleKind_->setCurrentIndex(QSettings().value(kSamplesKey, 0).toInt() == 1 ? 1 : 0);
  connect(sampleKind_, &QComboBox::activated, this, [this](int kind) {
    QSettings().setValue(kSamplesKey, kind);
    showSamples();
  });
  sampleStack_ = new QStackedWidget(panel);
  sampleStack_->addWidget(samples_);
  sampleStack_->addWidget(latents_);
  auto* sampleRow = new QHBoxLayout;
  sampleRow->addWidget(heading(tr("Samples"), panel, kHeadingHeight), 1);
  sampleRow->addWidget(sampleKind_);
  column->addLayout(sampleRow);
  column->addWidget(sampleStack_, 5);
  column->addSpacing(8);
  column->addWidget(heading(tr("Health"), panel, kHeadingHeight));
  column->addWidget(health_, 2);
  health_->setMinimumHeight(96);
  panel->setMinimumWidth(260);
  return panel;
}

void RunView::setRun(const RunCard& run) {
  live_ = {};
  metric_->clear();
  samples_->setSamples({});
  setDetails({run, std::make_shared<RunHistory>(), {}, 0});
}

void RunView::setDetails(const RunDetails& details) {
  const bool same = details.history == details_.history;
  details_ = details;
  const RunCard& card = details_.card;
  name_->setWhole(card.name, QDir::toNativeSeparators(card.path));
  QStringList about = {card.method, card.pictures};
  about.removeAll({});
  about_->setWhole(about.join(" · "));
  latents_->setModel(makesPictures(card) ? card.newest : QString(), card.newestTime);
  showSamples();
  showProgress();
  if (same || details_.history == nullptr) return;
  const RunHistory& history = *details_.history;
  // Wasserstein's losses have either sign: of half of them a logarithmic axis would show nothing.
  logarithmic_->setEnabled(!falls_below_zero(history.losses));
  losses_->setLogarithmic(logarithmic_->isChecked() && logarithmic_->isEnabled());
  losses_->setCurves(history.losses);
  QStringList names;
  for (const RunHistory::Curve& curve : history.metrics) names.append(curve.name);
  if (metric_->count() != names.size()) {
    const QSignalBlocker quiet(metric_);
    metric_->clear();
    for (const QString& name : names) metric_->addItem(metric_words(name), name);
  }
  metric_->setVisible(!names.isEmpty());
  showMetric();
  samples_->setSamples(history.samples);
  health_->setHistory(history);
}

void RunView::showSamples() {
  const bool choice = makesPictures(details_.card);
  sampleKind_->setVisible(choice);
  sampleStack_->setCurrentIndex(choice ? sampleKind_->currentIndex() : 0);
}

void RunView::setDevice(const QString& device) { latents_->setDevice(device); }

void RunView::setActivity(Activity activity) {
  activity_ = activity;
  if (activity == Activity::nobody) live_ = {};
  showProgress();
}

void RunView::setProgress(const TrainProgressView& progress) {
  live_ = progress;
  showProgress();
}

QString RunView::progressText() const { return progressText_->whole(); }

void RunView::showMetric() {
  const QString chosen = metric_->currentData().toString();
  QList<RunHistory::Curve> shown;
  for (const RunHistory::Curve& curve : details_.history->metrics) {
    if (curve.name != chosen) continue;
    shown.append(curve);
    shown.last().words = metric_words(chosen).section(" (", 0, 0);
  }
  metrics_->setCurves(shown);
}

void RunView::showProgress() {
  const QLocale locale;
  const RunHistory& history = *details_.history;
  // What this window trains it knows at once; of all others the files tell.
  TrainProgressView now = live_;
  if (now.steps == 0) {
    now.step = activity_ == Activity::nobody ? details_.card.step
                                             : std::max(details_.card.step, history.step);
    now.steps = details_.card.steps;
    now.epoch = history.epoch;
    now.milliseconds = history.milliseconds;
    if (activity_ == Activity::elsewhere && now.steps > 0 && now.milliseconds > 0) {
      now.secondsLeft = static_cast<double>(now.steps - now.step) * now.milliseconds / 1000;
    }
  }
  bar_->setValue(now.steps > 0 ? static_cast<int>(1000 * now.step / now.steps) : 0);
  QStringList parts;
  const RunCard& card = details_.card;
  switch (activity_) {
    case Activity::stoppingHere:
      parts.append(tr("Saving…"));
      break;
    case Activity::here:
      if (now.step == 0) parts.append(tr("Preparing: the networks are being set up on the device"));
      break;
    case Activity::elsewhere:
      parts.append(tr("Trained by another program"));
      break;
    case Activity::nobody:
      parts.append(!card.finished && card.resumable ? tr("Paused") : describe(card));
      break;
  }
  if (now.step > 0) {
    parts.append(
        now.steps > 0
            ? tr("step %1 of %2").arg(locale.toString(now.step), locale.toString(now.steps))
            : tr("step %1").arg(locale.toString(now.step)));
    if (now.epoch > 0) {
      parts.append(now.epochs > 0 ? tr("epoch %1 of %2").arg(now.epoch).arg(now.epochs)
                                  : tr("epoch %1").arg(now.epoch));
    }
    if (now.milliseconds > 0 && activity_ != Activity::nobody) {
      parts.append(tr("%1 a step").arg(duration(now.milliseconds)));
    }
    if (activity_ != Activity::nobody) parts.append(timeLeft(now.secondsLeft));
  }
  parts.removeAll({});
  QString text = parts.join(" · ");
  if (!text.isEmpty()) text[0] = text[0].toUpper();
  progressText_->setWhole(details_.error.isEmpty() ? text : details_.error);
}

}  // namespace imago::gui
