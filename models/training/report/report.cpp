#include "models/training/report/report.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "compute/base/atomic_file.h"
#include "models/training/methods/outputs.h"
#include "models/training/report/report_chart.h"
#include "models/training/report/report_page.h"
#include "models/training/report/report_sheets.h"
#include "models/training/report/report_table.h"
#include "models/training/run/history.h"

namespace imago {
namespace {

/// What a metric is called, and which way is up.
struct MetricName {
  const char *name, *title, *note;
};
constexpr MetricName kMetrics[] = {
    {"psnr", "PSNR, dB",
     "How close outputs are to their targets, pixel by pixel; higher is better"},
    {"ssim", "SSIM", "How alike structures are, at most 1; higher is better"},
    {"swd", "Sliced Wasserstein distance",
     "How differently small patches of outputs and real pictures are distributed; lower is better"},
    {"spectrum", "Spectral distance, dB",
     "How differently loud frequencies are in made and real sounds; lower is better"},
    {"marginals", "Distance of the columns",
     "How differently values are distributed in made and real rows, from 0, the mean of all "
     "columns"},
    {"associations", "Distance of the associations",
     "How differently pairs of columns depend on each other in made and real rows; 0 is best"},
    {"classifier", "Classifier trained on made rows",
     "What it tells of real rows, as a share of what one trained on real rows tells; 1 is best"},
    {"privacy", "Distance from the training rows",
     "How far made rows are from the closest training row, as a share of how far real rows are "
     "that "
     "were not trained on; much below 1 they give training rows away"},
    {"copies", "Copies in a thousand", "Made rows that stand in the training table"},
    {"accuracy", "Accuracy", "Share of the pictures that are recognised; higher is better"},
    {"diversity", "Diversity",
     "How different outputs are from each other, as a share of the real pictures; near 0: "
     "collapse"},
};

/// The losses of D and those by which D teaches G; all others compare images.
bool is_adversarial(const std::string& name) {
  const std::optional<Loss> loss = loss_named(name);
  return loss && loss->is_adversarial();
}

double value_of(const NamedNumbers& numbers, const std::string& name) {
  for (const auto& [known, value] : numbers)
    if (known == name) return value;
  return std::nan("");
}

/// Names in the order in which they first appear.
template <typename Record>
std::vector<std::string> names_in(const std::vector<Record>& records,
                                  NamedNumbers Record::*numbers) {
  std::vector<std::string> names;
  for (const Record& record : records)
    for (const auto& [name, value] : record.*numbers)
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return names;
}

template <typename Record>
Curve curve_of(const std::vector<Record>& records, NamedNumbers Record::*numbers,
               const std::string& name) {
  Curve curve{name, {}};
  for (const Record& record : records) curve.values.push_back(value_of(record.*numbers, name));
  return curve;
}

template <typename Record>
std::vector<int64_t> steps_of(const std::vector<Record>& records) {
  std::vector<int64_t> steps;
  for (const Record& record : records) steps.push_back(record.step);
  return steps;
}

Chart loss_chart(const History& history, const std::string& title, const std::string& note) {
  Chart chart;
  chart.title = title;
  chart.note = note;
  chart.steps = steps_of(history.losses);
  chart.logarithmic = chart.smooth = true;
  for (const AlarmRecord& alarm : history.alarms) chart.alarms.push_back(alarm.step);
  return chart;
}

std::string loss_charts(const History& history) {
  Chart game = loss_chart(history, "Adversarial losses",
                          "Two sides of a game: both should keep moving, neither should win");
  Chart others = loss_chart(history, "Other losses", "Should fall, the longer the slower");
  const std::vector<std::string> names = names_in(history.losses, &LossRecord::losses);
  const auto is_half = [&](const std::string& name) {  // of "D_A" are "D_fake_A" and "D_real_A"
    const std::optional<Loss> loss = loss_named(name);
    if (!loss || (loss->term != LossTerm::real && loss->term != LossTerm::fake)) return false;
    const Loss whole{LossTerm::discriminator, loss->side};
    return std::ranges::find(names, whole.name()) != names.end();
  };
  for (const std::string& name : names)
    if (!is_half(name))
      (is_adversarial(name) ? game : others)
          .curves.push_back(curve_of(history.losses, &LossRecord::losses, name));
  Chart rate = loss_chart(history, "Learning rate", "");
  rate.logarithmic = rate.smooth = false;
  Curve curve{"learning rate", {}};
  for (const LossRecord& record : history.losses) curve.values.push_back(record.learning_rate);
  rate.curves.push_back(curve);
  return html_of(game) + html_of(others) + html_of(rate);
}

std::string health_charts(const History& history) {
  Chart gradients = loss_chart(history, "Gradients",
                               "Length of each network's gradient; near 0 nothing is learnt");
  Chart accuracy = loss_chart(history, "Accuracy",
                              "Share of pictures judged rightly; of a discriminator 0.5 is "
                              "guessing, at 1 it has won");
  accuracy.logarithmic = false;
  Chart augmentation = loss_chart(history, "Augmentation",
                                  "With which probability a change is made to pictures that the "
                                  "discriminator sees");
  augmentation.logarithmic = false;
  Chart loss_scale = loss_chart(history, "Loss scale",
                                "What losses are multiplied by in fp16; halved where a gradient "
                                "becomes too large, in a step that is skipped");
  loss_scale.smooth = false;
  Chart skipped = loss_chart(history, "Skipped steps", "How many there have been so far");
  skipped.logarithmic = skipped.smooth = false;
  for (const std::string& name : names_in(history.losses, &LossRecord::health)) {
    const std::optional<HealthNumber> number = health_named(name);
    if (!number || number->kind == HealthKind::weights) continue;
    Curve curve = curve_of(history.losses, &LossRecord::health, name);
    curve.name = number->network.name();
    Chart& chart = number->kind == HealthKind::gradient     ? gradients
                   : number->kind == HealthKind::accuracy   ? accuracy
                   : number->kind == HealthKind::loss_scale ? loss_scale
                   : number->kind == HealthKind::skipped    ? skipped
                                                            : augmentation;
    chart.curves.push_back(curve);
  }
  return html_of(accuracy) + html_of(augmentation) + html_of(gradients) + html_of(loss_scale) +
         html_of(skipped);
}

const ValidationRecord* best_of(const History& history) {
  const ValidationRecord* best = nullptr;
  for (const ValidationRecord& record : history.validations)
    if (record.best) best = &record;
  return best;
}

std::string validation_charts(const History& history) {
  const std::vector<std::string> names = names_in(history.validations, &ValidationRecord::metrics);
  std::string html;
  for (const MetricName& metric : kMetrics) {
    Chart chart;
    chart.title = metric.title;
    chart.note = metric.note;
    chart.steps = steps_of(history.validations);
    if (const ValidationRecord* best = best_of(history)) chart.best = best->step;
    for (const std::string& name : names)
      if (name == metric.name || name.starts_with(std::string(metric.name) + "_"))
        chart.curves.push_back(curve_of(history.validations, &ValidationRecord::metrics, name));
    html += html_of(chart);
  }
  return html;
}

std::string heading(const std::string& title, const std::string& content) {
  return content.empty() ? "" : "<h2>" + title + "</h2>\n" + content;
}

std::string grid(const std::string& charts) {
  return charts.empty() ? "" : "<div class=\"grid\">" + charts + "</div>\n";
}

std::string tile(const std::string& name, const std::string& value) {
  return "<div class=\"card\"><span>" + name + "</span><b>" + value + "</b></div>";
}

/// What the best validation is known by.
struct BestTile {
  const char *name, *title, *unit;
};
constexpr BestTile kBest[] = {
    {"psnr", "best PSNR", " dB"}, {"swd", "least distance", ""}, {"accuracy", "best accuracy", ""}};

std::string tiles(const History& history) {
  std::string html;
  if (!history.losses.empty()) {
    const LossRecord& last = history.losses.back();
    html += tile("steps", std::to_string(last.step));
    html += tile("epoch", std::to_string(last.epoch));
    html += tile("a step takes", written(last.milliseconds) + " ms");
  }
  if (const ValidationRecord* best = best_of(history))
    for (const auto& [name, title, unit] : kBest)
      if (const double value = value_of(best->metrics, name); !std::isnan(value))
        html += tile(title, written(value) + unit);
  html += tile("alarms", std::to_string(history.alarms.size()));
  return "<div class=\"tiles\">" + html + "</div>\n";
}

std::string alarm_cards(const History& history) {
  std::string html;
  for (const AlarmRecord& alarm : history.alarms)
    html += "<div class=\"card alarm-card\"><b>Step " + std::to_string(alarm.step) + ": " +
            escaped(alarm.text) + "</b><p>" + escaped(alarm.advice) + "</p></div>\n";
  if (!html.empty()) html += "<p class=\"note\">Dashed lines in the curves mark these steps.</p>\n";
  return html;
}

std::string caption(const ValidationRecord& record) {
  std::string text =
      "Step " + std::to_string(record.step) + ", epoch " + std::to_string(record.epoch);
  for (const auto& [name, value] : record.metrics)
    text += " · " + escaped(name) + " " + written(value);
  return text + (record.best ? " · <b>best so far</b>" : "");
}

/// In pixels of the page, where there is room: small sheets are enlarged, but not beyond
/// recognition.
int shown_width(int width) { return std::min(2 * width, std::max(900, width)); }

std::string sample_sheets(const std::vector<ReportSheets::Sheet>& sheets) {
  if (sheets.empty()) return "";
  const std::string last = std::to_string(sheets.size() - 1);
  std::string html =
      "<div class=\"card sheets\"><div class=\"slider\"><output>" + caption(*sheets.back().record) +
      "</output><input type=\"range\" min=\"0\" " + "max=\"" + last + "\" value=\"" + last +
      "\" aria-label=\"Sample sheets over time\"></div><div class=\"scroll\" tabindex=\"0\">\n";
  for (const ReportSheets::Sheet& sheet : sheets)
    html += std::string("<figure") + (&sheet == &sheets.back() ? " class=\"shown\"" : "") +
            "><img style=\"width:" + std::to_string(shown_width(sheet.width)) + "px\" width=\"" +
            std::to_string(sheet.width) + "\" height=\"" + std::to_string(sheet.height) +
            "\" alt=\"Samples of step " + std::to_string(sheet.record->step) + "\" src=\"" +
            *sheet.uri + "\"><figcaption>" + caption(*sheet.record) + "</figcaption></figure>\n";
  return html + "</div></div>\n";
}

std::string settings_table(const ReportContent& content) {
  std::string rows;
  for (const auto& [name, value] : content.settings)
    rows += "<tr><td>" + escaped(name) + "</td><td>" + escaped(value) + "</td></tr>\n";
  return rows.empty() ? "" : "<div class=\"card\"><table>" + rows + "</table></div>\n";
}

/// How often people took what the run makes for real.
std::string study_table(const History& history) {
  const auto percent = [](double share) {
    return std::to_string(static_cast<int>(std::lround(100 * share))) + " %";
  };
  std::string rows;
  for (const StudyRecord& study : history.studies) {
    const double share = static_cast<double>(study.fooled) / std::max(study.trials, 1);
    rows += "<tr><td>step " + std::to_string(study.step) + ", " + escaped(study.label) +
            "</td><td>" + percent(share) + " fooled (" + percent(study.low) + " to " +
            percent(study.high) + "), " + std::to_string(study.fooled) + " of " +
            std::to_string(study.trials) + " trials</td></tr>\n";
  }
  return rows.empty()
             ? ""
             : "<p class=\"note\">How often a person took a generated picture for the real "
               "one of a pair, each shown for a second; 50 % is guessing. With the "
               "interval of 95 %.</p>\n<div class=\"card\"><table>" +
                   rows + "</table></div>\n";
}

/// "start", "resume"… with their steps; checkpoints are too many to be told.
std::string event_table(const History& history) {
  std::string rows;
  for (const EventRecord& event : history.events)
    if (event.event != "checkpoint")
      rows += "<tr><td>step " + std::to_string(event.step) + "</td><td>" + escaped(event.event) +
              "</td></tr>\n";
  return rows.empty() ? "" : "<div class=\"card\"><table>" + rows + "</table></div>\n";
}

std::string page(const RunFolder& folder, const ReportContent& content, const History& history,
                 const std::vector<ReportSheets::Sheet>& sheets) {
  const std::string title = escaped(content.title);
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
         "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>" +
         title + "</title>\n<style>" + kPageStyle + "</style></head><body><main>\n<h1>" + title +
         "</h1>\n<p class=\"status\">" + escaped(content.status) + "</p>\n" + tiles(history) +
         heading("Alarms", alarm_cards(history)) + heading("Samples", sample_sheets(sheets)) +
         heading("Rows", table_section(folder)) +
         heading("Validation", grid(validation_charts(history))) +
         heading("Perceptual study", study_table(history)) +
         heading("Losses", grid(loss_charts(history))) +
         heading("Health", grid(health_charts(history))) +
         heading("Settings", settings_table(content)) +
         heading("What happened", event_table(history)) +
         "<footer>Written by Imago " IMAGO_VERSION
         ". Nothing on this page comes from elsewhere.</footer>\n</main>\n<script>" +
         kPageScript + "</script></body></html>\n";
}

}  // namespace

ReportWriter::ReportWriter(const RunFolder& folder)
    : folder_(folder), sheets_(std::make_unique<ReportSheets>(folder)) {}

ReportWriter::~ReportWriter() = default;

void ReportWriter::write(const ReportContent& content) {
  const History history = read_history(folder_.metrics());
  const std::string html = page(folder_, content, history, sheets_->choose(history.validations));
  write_file_atomically(folder_.report(), std::as_bytes(std::span(html)));
}

void write_report(const RunFolder& folder, const ReportContent& content) {
  ReportWriter(folder).write(content);
}

}  // namespace imago
