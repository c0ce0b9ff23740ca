#include "models/training/report/report_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace imago {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kMostPoints = 300;  // of a curve: more than that many cannot be told apart
constexpr double kSide = 1000;        // of the drawing, which the page stretches

std::string formatted(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string step_text(int64_t step) {
  if (step < 10000) return std::to_string(step);
  return formatted("%.4g", static_cast<double>(step) / 1000) + "k";
}

/// From values to 0 (low) … 1 (high).
struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;

  double place(double value) const {
    if (!logarithmic) return (value - low) / (high - low);
    return value <= low ? 0 : std::log(value / low) / std::log(high / low);
  }

  /// About three to seven round numbers.
  std::vector<double> ticks() const {
    std::vector<double> found;
    const double span = high - low;
    if (logarithmic && high / low >= 10) {
      const bool few = high / low < 100;
      for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10)
        for (const double part : {1.0, 2.0, 5.0})
          if ((few || part == 1) && decade * part >= low && decade * part <= high)
            found.push_back(decade * part);
      return found;
    }
    const double rough = span / 5, power = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (const double part : {5.0, 2.0, 1.0})
      if (part * power >= rough) step = part * power;
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * span; ++i)
      found.push_back(i * step);
    return found;
  }
};

/// A curve as it is drawn, one value per group of neighbouring steps.
struct Thinned {
  std::vector<double> low, high;  // of the values themselves
  std::vector<double> line;       // the average over neighbours, or the value
};

/// The mean of the finite values no further than `radius` away.
std::vector<double> smoothed(const std::vector<double>& values, int64_t radius) {
  const auto size = static_cast<int64_t>(values.size());
  std::vector<double> sums(values.size() + 1), counts(values.size() + 1), result;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool finite = std::isfinite(values[i]);
    sums[i + 1] = sums[i] + (finite ? values[i] : 0);
    counts[i + 1] = counts[i] + (finite ? 1 : 0);
  }
  for (int64_t i = 0; i < size; ++i) {
    const auto begin = static_cast<size_t>(std::max<int64_t>(i - radius, 0));
    const auto end = static_cast<size_t>(std::min(i + radius + 1, size));
    const bool drawn = std::isfinite(values[static_cast<size_t>(i)]);
    result.push_back(drawn ? (sums[end] - sums[begin]) / (counts[end] - counts[begin]) : kNone);
  }
  return result;
}

Thinned thinned(const std::vector<double>& values, int64_t group, bool smooth) {
  const auto size = static_cast<int64_t>(values.size());
  const std::vector<double> line = smooth ? smoothed(values, size / 50) : values;
  Thinned result;
  for (int64_t begin = 0; begin < size; begin += group) {
    double low = kNone, high = kNone, last = kNone;
    for (int64_t i = begin; i < std::min(begin + group, size); ++i) {
      const double value = values[static_cast<size_t>(i)];
      if (!std::isfinite(value)) continue;
      low = std::fmin(low, value);
      high = std::fmax(high, value);
      last = line[static_cast<size_t>(i)];
    }
    result.low.push_back(low);
    result.high.push_back(high);
    result.line.push_back(last);
  }
  return result;
}

/// Covers the lines, and all values but the wildest.
Axis value_axis(const Chart& chart, const std::vector<Thinned>& curves) {
  std::vector<double> lines, values;
  for (const Thinned& curve : curves)
    for (size_t i = 0; i < curve.line.size(); ++i) {
      if (std::isfinite(curve.line[i])) lines.push_back(curve.line[i]);
      for (const double value : {curve.low[i], curve.high[i]})
        if (std::isfinite(value)) values.push_back(value);
    }
  std::ranges::sort(values);
  const size_t wild = values.size() / 100;
  double low = std::min(*std::ranges::min_element(lines), values[wild]);
  double high = std::max(*std::ranges::max_element(lines), values[values.size() - 1 - wild]);
  Axis axis;
  axis.logarithmic = chart.logarithmic && values[0] >= 0 && high > 0;
  if (axis.logarithmic) {
    low = std::max(low, high * 1e-6);  // below lies nothing that anybody would tell apart
    const double margin = std::max(std::pow(high / low, 0.05), 1.05);
    axis.low = low / margin;
    axis.high = high * margin;
  } else {
    const double span = high - low;
    const bool flat = span <= 1e-3 * std::abs(high);
    const double margin = flat ? 0.25 * std::abs(high) + 1e-12 : 0.05 * span;
    axis.low = low >= 0 && low < margin ? 0 : low - margin;
    axis.high = high + margin;
  }
  return axis;
}

/// Puts together what belongs into one chart's <svg>.
class Drawing {
 public:
  Drawing(const Axis& steps, const Axis& values) : steps_(steps), values_(values) {}

  double x(double step) const { return kSide * steps_.place(step); }
  double y(double value) const { return kSide * (1 - std::clamp(values_.place(value), -0.5, 1.5)); }

  /// Through the finite points, one line for each stretch without gaps.
  std::string path(const std::vector<double>& steps, const std::vector<double>& values,
                   const std::string& style) const {
    std::string points;
    bool drawing = false;
    for (size_t i = 0; i < steps.size(); ++i) {
      const bool finite = std::isfinite(values[i]);
      if (finite) {
        const std::string point =
            formatted("%.1f", x(steps[i])) + " " + formatted("%.1f", y(values[i]));
        // A line of no length is drawn as a dot, should it stay alone.
        points += drawing ? "L" + point : "M" + point + "L" + point;
      }
      drawing = finite;
    }
    return "<path class=\"" + style + "\" d=\"" + points + "\"/>";
  }

  /// A line across at each tick.
  std::string rules() const {
    std::string lines;
    for (const double tick : values_.ticks())
      lines += "<path class=\"rule\" d=\"M0 " + formatted("%.1f", y(tick)) + "L1000 " +
               formatted("%.1f", y(tick)) + "\"/>";
    return lines;
  }

  std::string upright(double step) const {
    const std::string at = formatted("%.1f", x(step));
    return "<path class=\"alarm\" d=\"M" + at + " 0L" + at + " 1000\"/>";
  }

 private:
  Axis steps_, values_;
};

std::string colour(size_t curve) { return "c" + std::to_string(curve % 8); }

std::string percent(double share) { return formatted("%.2f", 100 * share) + "%"; }

std::string labels(const Axis& steps, const Axis& values) {
  std::string html;
  for (const double tick : values.ticks())
    html += "<span class=\"y\" style=\"bottom:" + percent(values.place(tick)) + "\">" +
            written(tick) + "</span>";
  for (const double tick : steps.ticks())
    if (std::abs(tick - std::round(tick)) < 1e-6)
      html += "<span class=\"x\" style=\"left:" + percent(steps.place(tick)) + "\">" +
              step_text(std::llround(tick)) + "</span>";
  return html;
}

/// What the page's script needs to tell values under the pointer.
std::string data_of(const std::vector<double>& steps, const std::vector<Thinned>& curves,
                    const Axis& axis) {
  const auto list = [](const auto& values, const auto& text) {
    std::string result;
    for (const double value : values) result += (result.empty() ? "" : ",") + text(value);
    return "[" + result + "]";
  };
  const auto number = [](double value) {
    return std::isfinite(value) ? formatted("%.4g", value) : std::string("null");
  };
  std::string values;
  for (const Thinned& curve : curves)
    values += (values.empty() ? "" : ",") + list(curve.line, number);
  return "{\"x\":" + list(steps, [](double step) { return std::to_string(std::llround(step)); }) +
         ",\"at\":" +
         list(steps, [&](double step) { return formatted("%.4f", axis.place(step)); }) +
         ",\"v\":[" + values + "]}";
}

std::string legend(const Chart& chart, const std::vector<Thinned>& curves) {
  std::string html = "<p class=\"legend\">";
  for (size_t i = 0; i < curves.size(); ++i) {
    double last = kNone;
    for (const double value : curves[i].line)
      if (std::isfinite(value)) last = value;
    html += "<span class=\"key " + colour(i) + "\"><i></i>" + escaped(chart.curves[i].name) +
            " <b>" + written(last) + "</b></span>";
  }
  return html + "</p>";
}

std::string paths(const Chart& chart, const std::vector<Thinned>& curves,
                  const std::vector<double>& steps, const Drawing& drawing) {
  std::string svg = drawing.rules();
  for (const int64_t alarm : chart.alarms) svg += drawing.upright(static_cast<double>(alarm));
  std::vector<double> twice;  // for the lowest and the highest value of a group
  for (const double step : steps) twice.insert(twice.end(), {step, step});
  for (size_t i = 0; chart.smooth && i < curves.size(); ++i) {
    std::vector<double> values;
    for (size_t k = 0; k < steps.size(); ++k)
      values.insert(values.end(), {curves[i].low[k], curves[i].high[k]});
    svg += drawing.path(twice, values, "raw " + colour(i));
  }
  for (size_t i = 0; i < curves.size(); ++i)
    svg += drawing.path(steps, curves[i].line, "line " + colour(i));
  return svg;
}

/// A ring on the first curve.
std::string best_mark(const Chart& chart, const std::vector<Thinned>& curves,
                      const std::vector<double>& steps, const Axis& across, const Axis& up) {
  for (size_t k = 0; chart.best && k < steps.size(); ++k) {
    if (std::llround(steps[k]) < *chart.best) continue;
    const double value = curves[0].line[k];
    if (!std::isfinite(value)) break;
    return "<span class=\"best\" title=\"the best\" style=\"left:" +
           percent(across.place(steps[k])) + ";bottom:" + percent(up.place(value)) + "\"></span>";
  }
  return "";
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text)
    if (letter == '&')
      result += "&amp;";
    else if (letter == '<')
      result += "&lt;";
    else if (letter == '>')
      result += "&gt;";
    else if (letter == '"')
      result += "&quot;";
    else
      result += letter;
  return result;
}

std::string written(double value) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  const double size = std::abs(value);
  if (size < 1e-12) return "0";
  if (size >= 1000 && size < 1e6) return formatted("%.0f", value);
  if (size >= 1e-3 && size < 1e6) return formatted("%.3g", value);
  const double exponent = std::floor(std::log10(size) + 1e-9);
  return formatted("%.3g", value / std::pow(10, exponent)) + formatted("e%.0f", exponent);
}

std::string html_of(const Chart& chart) {
  const auto size = static_cast<int64_t>(chart.steps.size());
  const int64_t group = std::max<int64_t>((size + kMostPoints - 1) / kMostPoints, 1);
  std::vector<Thinned> curves;
  bool any = false;
  for (const Curve& curve : chart.curves) {
    curves.push_back(thinned(curve.values, group, chart.smooth));
    for (const double value : curves.back().line) any = any || std::isfinite(value);
  }
  if (!any) return "";
  std::vector<double> steps;
  for (int64_t i = 0; i < size; i += group)
    steps.push_back(
        static_cast<double>(chart.steps[static_cast<size_t>(std::min(i + group, size) - 1)]));
  Axis across;
  across.high = std::max(steps.back(), 1.0);
  const Axis up = value_axis(chart, curves);
  return "<section class=\"card chart\"><h3>" + escaped(chart.title) + "</h3><p class=\"note\">" +
         escaped(chart.note) + "</p>" + legend(chart, curves) + "<div class=\"plot\" data-chart='" +
         data_of(steps, curves, across) +
         "'><svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" aria-hidden=\"true\">" +
         paths(chart, curves, steps, Drawing(across, up)) + "</svg>" + labels(across, up) +
         best_mark(chart, curves, steps, across, up) +
         "<span class=\"cursor\"></span></div></section>\n";
}

}  // namespace imago
