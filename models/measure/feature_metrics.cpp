#include "models/measure/feature_metrics.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "compute/base/error.h"
#include "models/data/random_stream.h"

namespace imago {
namespace {

constexpr double kNormal95 = 1.959963984540054;  // deviations within which 95 % lie
constexpr int kNeighbours = 3;

using Indices = std::vector<int64_t>;

void check(const Features& a, const Features& b, int64_t least) {
  if (a.dimensions != b.dimensions || a.dimensions < 1)
    throw ShapeError("features of " + std::to_string(a.dimensions) + " and of " +
                     std::to_string(b.dimensions) + " numbers cannot be compared");
  if (a.count() < least || b.count() < least)
    throw ShapeError("sets of " + std::to_string(a.count()) + " and " + std::to_string(b.count()) +
                     " pictures: at least " + std::to_string(least) + " of each are needed");
}

/// A row a picture, in double precision.
cv::Mat matrix_of(const Features& features) {
  const cv::Mat single(static_cast<int>(features.count()), features.dimensions, CV_32F,
                       const_cast<float*>(features.values.data()));
  cv::Mat result;
  single.convertTo(result, CV_64F);
  return result;
}

/// Picture numbers, drawn with replacement.
Indices drawn(int64_t count, RandomStream& random) {
  Indices indices(static_cast<size_t>(count));
  for (int64_t& index : indices) index = random.below(count);
  return indices;
}

cv::Mat rows_of(const cv::Mat& matrix, const Indices& indices) {
  cv::Mat rows(static_cast<int>(indices.size()), matrix.cols, CV_64F);
  for (size_t i = 0; i < indices.size(); ++i)
    matrix.row(static_cast<int>(indices[i])).copyTo(rows.row(static_cast<int>(i)));
  return rows;
}

/// value +- kNormal95 deviations of what `sampled` gives.
template <typename Sampled>
Estimate with_deviation(double value, const BootstrapOptions& options, const Sampled& sampled) {
  double sum = 0, squares = 0;
  for (int i = 0; i < options.samples; ++i) {
    RandomStream random(options.seed, Purpose::bootstrap, static_cast<uint64_t>(i));
    const double one = sampled(random);
    sum += one;
    squares += one * one;
  }
  const double n = options.samples, mean = n > 0 ? sum / n : 0;
  const double variance = n > 1 ? std::max(squares - n * mean * mean, 0.0) / (n - 1) : 0;
  const double half = kNormal95 * std::sqrt(variance);
  return {value, value - half, value + half};
}

/// A set as rows around its mean.
struct Centred {
  explicit Centred(const cv::Mat& rows) {
    cv::reduce(rows, mean, 0, cv::REDUCE_AVG);
    values = rows - cv::repeat(mean, rows.rows, 1);
    values /= std::sqrt(static_cast<double>(rows.rows - 1));  // values^T values: the covariance
  }
  double trace() const { return values.dot(values); }
  cv::Mat mean, values;
};

/// The trace of (C C')^(1/2) is the sum of the singular values of X Y^T, where C = X^T X and
/// C' = Y^T Y: those of the smaller of two matrices, as the square roots of eigenvalues.
double trace_of_root(const cv::Mat& x, const cv::Mat& y) {
  cv::Mat gram;
  if (std::min(x.rows, y.rows) <= x.cols) {
    cv::Mat product;
    cv::gemm(x, y, 1, cv::noArray(), 0, product, cv::GEMM_2_T);
    cv::mulTransposed(product, gram, product.rows > product.cols);
  } else {
    // C^(1/2) C' C^(1/2) has the eigenvalues of C C'.
    cv::Mat of_x, of_y, values, vectors;
    cv::mulTransposed(x, of_x, true);
    cv::mulTransposed(y, of_y, true);
    cv::eigen(of_x, values, vectors);
    cv::Mat root = vectors.clone();
    for (int i = 0; i < root.rows; ++i)
      root.row(i) *= std::sqrt(std::max(values.at<double>(i), 0.0));
    gram = root * of_y * root.t();
  }
  cv::Mat eigenvalues;
  cv::eigen(gram, eigenvalues);
  double sum = 0;
  for (int i = 0; i < eigenvalues.rows; ++i)
    sum += std::sqrt(std::max(eigenvalues.at<double>(i), 0.0));
  return sum;
}

double frechet(const cv::Mat& results, const cv::Mat& truths) {
  const Centred a(results), b(truths);
  const cv::Mat apart = a.mean - b.mean;
  return apart.dot(apart) + a.trace() + b.trace() - 2 * trace_of_root(a.values, b.values);
}

cv::Mat kernel(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat products;
  cv::gemm(a, b, 1.0 / a.cols, cv::noArray(), 0, products, cv::GEMM_2_T);
  products += 1.0;
  return products.mul(products).mul(products);
}

/// The mean over pairs of different pictures.
double mean_within(const cv::Mat& k, const Indices& chosen) {
  double sum = 0, pairs = 0;
  for (const int64_t i : chosen) {
    const auto* row = k.ptr<double>(static_cast<int>(i));
    for (const int64_t j : chosen)
      if (i != j) sum += row[j], ++pairs;
  }
  return pairs > 0 ? sum / pairs : 0;
}

double mean_between(const cv::Mat& k, const Indices& rows, const Indices& columns) {
  double sum = 0;
  for (const int64_t i : rows) {
    const auto* row = k.ptr<double>(static_cast<int>(i));
    for (const int64_t j : columns) sum += row[j];
  }
  return sum / static_cast<double>(rows.size() * columns.size());
}

/// Squared, a row for each of `a`.
cv::Mat distances(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat result(a.rows, b.rows, CV_64F);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < b.rows; ++j)
      result.at<double>(i, j) = cv::norm(a.row(i), b.row(j), cv::NORM_L2SQR);
  return result;
}

/// For each picture the squared distance to its kNeighbours-th nearest other one.
std::vector<double> radii(const cv::Mat& pictures) {
  const cv::Mat all = distances(pictures, pictures);
  std::vector<double> result;
  for (int i = 0; i < all.rows; ++i) {
    std::vector<double> row(all.ptr<double>(i), all.ptr<double>(i) + all.cols);
    row.erase(row.begin() + i);
    std::nth_element(row.begin(), row.begin() + kNeighbours - 1, row.end());
    result.push_back(row[kNeighbours - 1]);
  }
  return result;
}

/// 1 for each picture that lies in a ball around one of `centres`, else 0.
std::vector<double> covered(const cv::Mat& pictures, const cv::Mat& centres) {
  const std::vector<double> radius = radii(centres);
  const cv::Mat all = distances(pictures, centres);
  std::vector<double> result;
  for (int i = 0; i < all.rows; ++i) {
    bool inside = false;
    for (int j = 0; j < all.cols; ++j)
      inside = inside || all.at<double>(i, j) <= radius[static_cast<size_t>(j)];
    result.push_back(inside ? 1 : 0);
  }
  return result;
}

Indices all_of(int count) {
  Indices indices;
  for (int i = 0; i < count; ++i) indices.push_back(i);
  return indices;
}

/// So many rows, evenly spread: files may be sorted by what they show.
cv::Mat spread(const cv::Mat& matrix, int count) {
  Indices indices;
  for (int64_t i = 0; i < count; ++i) indices.push_back((2 * i + 1) * matrix.rows / (2 * count));
  return rows_of(matrix, indices);
}

}  // namespace

void Features::add(const std::vector<float>& features) {
  if (dimensions == 0) dimensions = static_cast<int>(features.size());
  if (static_cast<int>(features.size()) != dimensions)
    throw ShapeError("features of " + std::to_string(features.size()) + " numbers in a set of " +
                     std::to_string(dimensions));
  values.insert(values.end(), features.begin(), features.end());
}

Estimate frechet_distance(const Features& results, const Features& truths,
                          const BootstrapOptions& bootstrap) {
  check(results, truths, 2);
  const cv::Mat a = matrix_of(results), b = matrix_of(truths);
  return with_deviation(frechet(a, b), bootstrap, [&](RandomStream& random) {
    const Indices of_a = drawn(a.rows, random), of_b = drawn(b.rows, random);
    return frechet(rows_of(a, of_a), rows_of(b, of_b));
  });
}

Estimate kernel_distance(const Features& results, const Features& truths,
                         const BootstrapOptions& bootstrap) {
  check(results, truths, 2);
  const cv::Mat a = matrix_of(results), b = matrix_of(truths);
  const cv::Mat of_a = kernel(a, a), of_b = kernel(b, b), of_both = kernel(a, b);
  const auto distance = [&](const Indices& i, const Indices& j) {
    return mean_within(of_a, i) + mean_within(of_b, j) - 2 * mean_between(of_both, i, j);
  };
  return with_deviation(distance(all_of(a.rows), all_of(b.rows)), bootstrap,
                        [&](RandomStream& random) {
                          const Indices i = drawn(a.rows, random), j = drawn(b.rows, random);
                          return distance(i, j);
                        });
}

PrecisionRecall precision_recall(const Features& results, const Features& truths,
                                 const BootstrapOptions& bootstrap) {
  check(results, truths, kNeighbours + 1);
  const cv::Mat a = matrix_of(results), b = matrix_of(truths);
  return {mean_of_samples(covered(a, b), bootstrap), mean_of_samples(covered(b, a), bootstrap)};
}

Estimate nearest_neighbour_test(const Features& results, const Features& truths,
                                const BootstrapOptions& bootstrap) {
  check(results, truths, 2);
  const int n = static_cast<int>(std::min(results.count(), truths.count()));
  cv::Mat both;
  cv::vconcat(spread(matrix_of(results), n), spread(matrix_of(truths), n), both);
  const cv::Mat all = distances(both, both);
  std::vector<double> own;
  for (int i = 0; i < all.rows; ++i) {
    int nearest = i == 0 ? 1 : 0;
    for (int j = 0; j < all.cols; ++j)
      if (j != i && all.at<double>(i, j) < all.at<double>(i, nearest)) nearest = j;
    own.push_back((nearest < n) == (i < n) ? 1 : 0);
  }
  return mean_of_samples(own, bootstrap);
}

Estimate mean_of_samples(const std::vector<double>& values, const BootstrapOptions& bootstrap) {
  if (values.empty()) throw ShapeError("no pictures, so there is nothing to take the mean of");
  const auto count = static_cast<int64_t>(values.size());
  double sum = 0;
  for (const double value : values) sum += value;
  const double mean = sum / static_cast<double>(count);
  std::vector<double> means;
  for (int i = 0; i < bootstrap.samples; ++i) {
    RandomStream random(bootstrap.seed, Purpose::bootstrap, static_cast<uint64_t>(i));
    double of_sample = 0;
    for (int64_t k = 0; k < count; ++k)
      of_sample += values[static_cast<size_t>(random.below(count))];
    means.push_back(of_sample / static_cast<double>(count));
  }
  if (means.empty()) return {mean, mean, mean};
  std::ranges::sort(means);
  const auto at = [&](double share) {
    return means[static_cast<size_t>(std::lround(share * static_cast<double>(means.size() - 1)))];
  };
  return {mean, at(0.025), at(0.975)};
}

Estimate wilson(int64_t successes, int64_t trials) {
  if (trials < 1) throw ShapeError("no trials, so there is no share of them");
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n, z = kNormal95, z2 = z * z;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {p, std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

}  // namespace imago
