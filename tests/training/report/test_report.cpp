// index.html of a run, read back piece by piece.
#include "models/training/report/report.h"

#include <cmath>
#include <cstdio>
#include <iterator>
#include <limits>
#include <set>

#include "models/data/random_stream.h"
#include "models/training/report/report_chart.h"
#include "models/training/run/history.h"
#include "tests/base/folder.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

struct Point {
  double x, y;
};

/// The corners of the first path of a class.
std::vector<Point> path_of(const std::string& html, const std::string& name) {
  const size_t begin = html.find("d=\"", html.find("<path class=\"" + name)) + 3;
  const std::string path = html.substr(begin, html.find('"', begin) - begin);
  std::vector<Point> points;
  for (size_t at = path.find_first_of("ML"); at < path.size();
       at = path.find_first_of("ML", at + 1)) {
    Point& point = points.emplace_back();
    EXPECT_EQ(std::sscanf(path.c_str() + at + 1, "%lf %lf", &point.x, &point.y), 2) << path;
  }
  return points;
}

Chart chart_of(const std::vector<double>& values, bool logarithmic) {
  Chart chart;
  chart.title = "a < b";
  for (size_t i = 0; i < values.size(); ++i)
    chart.steps.push_back(static_cast<int64_t>(100 * (i + 1)));
  chart.curves = {{"G_L1", values}};
  chart.logarithmic = logarithmic;
  return chart;
}

TEST(ReportChart, DrawsValuesWhereTheyBelong) {
  const std::string linear = html_of(chart_of({10, 20, 40}, false));
  std::vector<Point> line = path_of(linear, "line");  // the first corner is there twice
  ASSERT_EQ(line.size(), 4u);
  EXPECT_NEAR(line[1].x, 1000.0 / 3, 0.1);
  EXPECT_NEAR(line[3].x, 1000, 0.1);
  EXPECT_NEAR((line[2].y - line[3].y) / (line[1].y - line[2].y), 2, 0.01);
  EXPECT_LT(line[3].y, line[1].y);  // up is less
  line = path_of(html_of(chart_of({1, 10, 100}, true)), "line");
  EXPECT_NEAR((line[2].y - line[3].y) / (line[1].y - line[2].y), 1, 0.01);
  // Losses of Wasserstein critics are below zero.
  line = path_of(html_of(chart_of({-1, 10, 100}, true)), "line");
  EXPECT_NEAR((line[2].y - line[3].y) / (line[1].y - line[2].y), 90.0 / 11, 0.05);
  EXPECT_NE(linear.find("a &lt; b"), std::string::npos);
  EXPECT_NE(linear.find("<b>40</b>"), std::string::npos);
}

TEST(ReportChart, LeavesGapsWhereNumbersAreNotFinite) {
  const std::string html =
      html_of(chart_of({1, 2, kNone, std::numeric_limits<double>::infinity(), 3, 4}, false));
  EXPECT_EQ(path_of(html, "line").size(), 6u);  // two stretches, each begins twice
  EXPECT_EQ(count(html, "M"), count(html, "class=\"rule\"") + 2);
  EXPECT_NE(html.find("[1,2,null,null,3,4]"), std::string::npos);
  EXPECT_EQ(html_of(chart_of({kNone, kNone}, true)), "");
  EXPECT_EQ(html_of(chart_of({}, true)), "");
  EXPECT_NE(html_of(chart_of({0, 0}, true)), "");
}

TEST(ReportChart, DrawsLongRunsInFewPointsWithoutLosingPeaks) {
  std::vector<double> values(10000, 1);
  for (size_t i = 5000; i < 5300; ++i) values[i] = 7;
  values[2000] = 3;
  Chart chart = chart_of(values, false);
  chart.smooth = true;
  const std::string html = html_of(chart);
  EXPECT_LE(path_of(html, "line").size(), 301u);
  const std::vector<Point> raw = path_of(html, "raw"), line = path_of(html, "line");
  EXPECT_LE(raw.size(), 601u);
  std::set<double> heights;
  for (const Point& point : raw) heights.insert(point.y);
  EXPECT_EQ(heights.size(), 3u);  // 1, 3 and 7
  // The average over 401 values of which 300 are 7, at its highest.
  const double unit = (*heights.rbegin() - *heights.begin()) / 6;
  double highest = 1000;
  for (const Point& point : line) highest = std::min(highest, point.y);
  EXPECT_NEAR((*heights.rbegin() - highest) / unit, 6 * 300 / 401.0, 0.02);
}

TEST(ReportChart, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(written(0), "0");
  EXPECT_EQ(written(21.34), "21.3");
  EXPECT_EQ(written(80000), "80000");
  EXPECT_EQ(written(2e-4), "2e-4");
  EXPECT_EQ(written(-1.5e-4), "-1.5e-4");
  EXPECT_EQ(written(3e7), "3e7");
  EXPECT_EQ(written(kNone), "–");
}

LossRecord losses_at(int64_t step) {
  const double value = 10.0 / static_cast<double>(step);
  return {step,
          1,
          2e-4,
          310,
          2,
          305,
          {{"D_real", value}, {"G_GAN", 1}, {"G_L1", 3 * value}},
          {{"gradient_G", value}, {"weights_G", 9}, {"accuracy_D", 0.5}}};
}

ValidationRecord validation_at(int64_t step, bool best) {
  return {step, 1, {{"psnr", 17.25}}, "samples/" + std::to_string(step) + ".png", best};
}

void save_sheet(const RunFolder& run, int64_t step, int width, int height, int value) {
  save_png(run.samples() / (std::to_string(step) + ".png"), width, height,
           [=](int, int, int) { return value; });
}

const ReportContent kContent = {"maps <1>", "pix2pix & more", {{"data", "\"quoted\""}}};

/// The pictures in the page.
std::vector<Image> pictures_in(const std::string& html) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string start = "src=\"data:image/jpeg;base64,";
  std::vector<Image> images;
  for (size_t at = html.find(start); at != std::string::npos; at = html.find(start, at + 1)) {
    std::vector<std::byte> bytes;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = at + start.size(); html[i] != '"' && html[i] != '='; ++i) {
      bits = bits << 6 | static_cast<uint32_t>(letters.find(html[i]));
      if ((have += 6) < 8) continue;
      have -= 8;
      bytes.push_back(static_cast<std::byte>(bits >> have & 255));
    }
    images.push_back(decode_image(bytes));
  }
  return images;
}

TEST(Report, TellsWhatHappenedAndNeedsNothingElse) {
  const TemporaryFolder folder;
  const RunFolder run{folder.path()};
  {
    HistoryWriter history(run.metrics(), 0);
    history.add(EventRecord{0, "start"});
    for (const int64_t step : {100, 200, 300}) history.add(losses_at(step));
    history.add(validation_at(300, true));
    history.add(AlarmRecord{300, "collapse", "All <b>alike", "try & see"});
  }
  save_sheet(run, 300, 40, 30, 128);
  write_report(run, kContent);
  const std::string html = content_of(run.report());
  for (const std::string part :
       {"<title>maps &lt;1&gt;</title>", "pix2pix &amp; more", "&quot;quoted&quot;",
        "Step 300: All &lt;b&gt;alike", "try &amp; see", "psnr 17.2", "best so far", "PSNR",
        "Adversarial losses", "Other losses", "Learning rate", "Accuracy", "Gradients", "start"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  const size_t others = html.find("Other losses");
  EXPECT_LT(html.find("</i>G_GAN"), others);
  EXPECT_GT(html.find("</i>G_L1"), others);
  for (const std::string part :
       {"http:", "https:", "//cdn", "href", "url(", "@import", "weights_G"})
    EXPECT_EQ(html.find(part), std::string::npos) << part;
  EXPECT_EQ(count(html, "src="), count(html, "src=\"data:"));
  for (const std::string tag : {"div", "section", "span", "figure", "p", "svg", "table", "script"})
    EXPECT_EQ(count(html, "<" + tag + " ") + count(html, "<" + tag + ">"),
              count(html, "</" + tag + ">"))
        << tag;
  const std::vector<Image> pictures = pictures_in(html);
  ASSERT_EQ(pictures.size(), 1u);
  EXPECT_EQ(pictures[0].width, 40);
  EXPECT_EQ(pictures[0].height, 30);
  EXPECT_NEAR(pictures[0].pixels[0], 128 / 255.0, 0.02);
}

TEST(Report, ShowsARunThatHasOnlyBegun) {
  const TemporaryFolder folder;
  write_report({folder.path()}, kContent);
  EXPECT_NE(content_of(folder.path() / "index.html").find("maps"), std::string::npos);
}

/// The steps whose sheets are shown.
std::vector<int64_t> shown(const std::string& html) {
  const std::string picture = "alt=\"Samples of step ";
  std::vector<int64_t> steps;
  for (size_t at = html.find(picture); at != std::string::npos; at = html.find(picture, at + 1))
    steps.push_back(std::stoll(html.substr(at + picture.size(), 12)));
  return steps;
}

TEST(Report, ShowsFirstBestAndNewestOfManySheets) {
  const TemporaryFolder folder;
  const RunFolder run{folder.path()};
  ReportWriter report(run);
  HistoryWriter history(run.metrics(), 0);
  for (int64_t step = 1; step <= 100; ++step) {
    history.add(validation_at(step, step == 38));
    save_sheet(run, step, 4, 4, 0);
    if (step % 20 == 0) report.write(kContent);
  }
  const std::vector<int64_t> steps = shown(content_of(run.report()));
  EXPECT_LE(steps.size(), 24u);
  EXPECT_GE(steps.size(), 12u);
  EXPECT_EQ(steps.front(), 1);
  EXPECT_EQ(steps.back(), 100);
  EXPECT_EQ(std::set<int64_t>(steps.begin(), steps.end()).count(38), 1u);
  for (size_t i = 1; i < steps.size(); ++i) {
    EXPECT_LT(steps[i - 1], steps[i]);
    EXPECT_LE(steps[i] - steps[i - 1], 8);
  }
}

TEST(Report, LeavesOutSheetsThatCannotBeRead) {
  const TemporaryFolder folder;
  const RunFolder run{folder.path()};
  HistoryWriter history(run.metrics(), 0);
  for (const int64_t step : {1, 2, 3}) history.add(validation_at(step, false));
  save_sheet(run, 1, 4, 4, 0);
  std::ofstream(run.samples() / "2.png") << "half a pict";
  ReportWriter report(run);
  report.write(kContent);
  EXPECT_EQ(shown(content_of(run.report())), std::vector<int64_t>{1});
  // Found as soon as it is there; and as it is now, should the step have been done again.
  save_sheet(run, 3, 4, 4, 255);
  save_sheet(run, 1, 8, 8, 255);
  report.write(kContent);
  const std::vector<Image> pictures = pictures_in(content_of(run.report()));
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[0].width, 8);
}

// Noise is what JPEG can do least with.
TEST(Report, StaysSmallEnoughToBeSent) {
  const TemporaryFolder folder;
  const RunFolder run{folder.path()};
  HistoryWriter history(run.metrics(), 0);
  RandomStream random(1, Purpose::example, 0);
  save_png(run.samples() / "1.png", 1200, 1100,
           [&](int, int, int) { return static_cast<int>(random.bits() % 256); });
  for (int64_t step = 1; step <= 12; ++step) {
    history.add(validation_at(step, false));
    if (step > 1)
      fs::create_hard_link(run.samples() / "1.png",
                           run.samples() / (std::to_string(step) + ".png"));
  }
  write_report(run, kContent);
  EXPECT_LT(fs::file_size(run.report()), (8u << 20) + 100000);
  const std::string html = content_of(run.report());
  EXPECT_EQ(shown(html).front(), 1);
  EXPECT_EQ(shown(html).back(), 12);
  EXPECT_GE(shown(html).size(), 4u);
  const Image first = pictures_in(html)[0];
  EXPECT_NEAR(first.width * first.height, 1 << 20, 2000);
}

TEST(Report, SaysWhatCannotBeReadOrWritten) {
  const TemporaryFolder folder;
  const RunFolder run{folder.path()};
  const auto failure = [&](const RunFolder& where) -> std::string {
    try {
      write_report(where, kContent);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const RunFolder absent{folder.path() / "none"};
  EXPECT_NE(failure(absent).find(absent.report().string()), std::string::npos);
  std::ofstream(run.metrics()) << "{\n";
  EXPECT_NE(failure(run).find("metrics.jsonl:1"), std::string::npos);
  EXPECT_FALSE(fs::exists(run.report()));
}

}  // namespace
}  // namespace imago::test
