// Curves over the steps of a run, as HTML with SVG inside. Internal to models/training.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imago {

struct Curve {
  std::string name;
  std::vector<double> values;  // one per step; NaN: none
};

struct Chart {
  std::string title, note;
  std::vector<int64_t> steps;  // rising
  std::vector<Curve> curves;
  bool logarithmic = false;     // where no value is negative
  bool smooth = false;          // draws averages over neighbours, the values themselves pale behind
  std::vector<int64_t> alarms;  // marked steps
  std::optional<int64_t> best;  // a marked step
};

/// A <section> for the style and script of report_page.h; empty if there is no finite value.
std::string html_of(const Chart& chart);

/// Text that cannot be taken for markup.
std::string escaped(const std::string& text);

/// Three or four digits, as a person would write them; "–" for NaN.
std::string written(double value);

}  // namespace imago
