#include "models/data/synth/degrade.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <numbers>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "models/data/synth/blur_kernel.h"

namespace imago {
namespace {

double draw(RandomStream& random, const Range& range) {
  return random.uniform(range.low, range.high);
}

/// 7, 9 … 21: an odd size of blur kernels.
int draw_kernel_size(RandomStream& random) { return 7 + 2 * static_cast<int>(random.below(8)); }

/// Flat kernels and pointed ones equally often, though the range above 1 is the longer one.
double draw_beta(RandomStream& random, const Range& range) {
  return random.chance(0.5) ? random.uniform(range.low, 1) : random.uniform(1, range.high);
}

BlurShape draw_shape(RandomStream& random, const DegradationStage& stage) {
  const auto& probabilities = stage.kernel_probabilities;
  double share = random.uniform();
  size_t kind = 0;
  while (kind + 1 < probabilities.size() && share >= probabilities[kind])
    share -= probabilities[kind++];
  BlurShape shape;
  shape.kind = static_cast<KernelShape>(kind / 2);
  shape.sigma_x = shape.sigma_y = draw(random, stage.sigma);
  if (kind % 2 == 1) {
    shape.sigma_y = draw(random, stage.sigma);
    shape.rotation = random.uniform(-std::numbers::pi, std::numbers::pi);
  }
  if (shape.kind == KernelShape::generalised)
    shape.beta = draw_beta(random, stage.generalised_beta);
  if (shape.kind == KernelShape::plateau) shape.beta = draw_beta(random, stage.plateau_beta);
  return shape;
}

cv::Mat filtered(const cv::Mat& image, const std::vector<float>& kernel, int size) {
  cv::Mat result;
  const cv::Mat weights(size, size, CV_32F, const_cast<float*>(kernel.data()));
  cv::filter2D(image, result, -1, weights, {-1, -1}, 0, cv::BORDER_REFLECT_101);
  return result;
}

cv::Mat blurred(const cv::Mat& image, const DegradationStage& stage, RandomStream& random) {
  if (!random.chance(stage.blur_probability)) return image;
  const int size = draw_kernel_size(random);
  if (random.chance(stage.sinc_probability)) {
    // A small kernel cannot hold the long waves of a low cutoff.
    const double cutoff =
        random.uniform(size < 13 ? std::numbers::pi / 3 : std::numbers::pi / 5, std::numbers::pi);
    return filtered(image, sinc_kernel(size, cutoff), size);
  }
  return filtered(image, blur_kernel(size, draw_shape(random, stage)), size);
}

cv::Mat resized(const cv::Mat& image, int width, int height, RandomStream& random) {
  constexpr int kFilters[] = {cv::INTER_AREA, cv::INTER_LINEAR, cv::INTER_CUBIC};
  const int filter = kFilters[random.below(3)];
  cv::Mat result;
  cv::resize(image, result, {std::max(1, width), std::max(1, height)}, 0, 0, filter);
  return result;
}

double draw_factor(RandomStream& random, const DegradationStage& stage) {
  const double share = random.uniform();
  if (share < stage.enlarge_probability) return random.uniform(1, stage.resize.high);
  if (share < stage.enlarge_probability + stage.reduce_probability)
    return random.uniform(stage.resize.low, 1);
  return 1;
}

cv::Mat grey_of(const cv::Mat& image) {
  cv::Mat grey;
  cv::cvtColor(image, grey, cv::COLOR_RGB2GRAY);
  return grey;
}

void add_gaussian_noise(cv::Mat& image, double sigma, bool grey, RandomStream& random) {
  auto* value = image.ptr<float>();
  for (size_t i = 0; i < image.total(); ++i) {
    double noise = 0;
    for (int c = 0; c < 3; ++c) {
      if (c == 0 || !grey) noise = sigma * random.normal();
      *value++ += static_cast<float>(noise);
    }
  }
}

/// Shot noise as if white were as many photons as the picture has different values, to the next
/// power of two: what scikit-image does, and Real-ESRGAN after it.
void add_poisson_noise(cv::Mat& image, double scale, bool grey, RandomStream& random) {
  const cv::Mat source = grey ? grey_of(image) : image;
  std::vector<int> bytes;
  std::bitset<256> present;
  const auto* from = source.ptr<float>();
  for (size_t i = 0; i < source.total() * static_cast<size_t>(source.channels()); ++i) {
    bytes.push_back(std::clamp(static_cast<int>(std::lround(from[i] * 255)), 0, 255));
    present.set(static_cast<size_t>(bytes.back()));
  }
  const double photons = std::exp2(std::ceil(std::log2(static_cast<double>(present.count()))));
  auto* value = image.ptr<float>();
  for (const int byte : bytes) {
    const double mean = byte / 255.0;
    const auto noise =
        static_cast<float>(scale * (random.poisson(mean * photons) / photons - mean));
    for (int c = 0; c < (grey ? 3 : 1); ++c) *value++ += noise;
  }
}

void clamp(cv::Mat& image) {
  cv::max(image, 0.0, image);
  cv::min(image, 1.0, image);
}

void add_noise(cv::Mat& image, const DegradationStage& stage, RandomStream& random) {
  // `image` may share its pixels with the picture this one was made from.
  image = image.clone();
  const bool gaussian = random.chance(stage.gaussian_probability);
  const bool grey = random.chance(stage.grey_noise_probability);
  if (gaussian)
    add_gaussian_noise(image, draw(random, stage.gaussian_sigma) / 255, grey, random);
  else
    add_poisson_noise(image, draw(random, stage.poisson_scale), grey, random);
  clamp(image);
}

/// There and back, with colour at half resolution as cameras and the web store it.
cv::Mat compressed(cv::Mat image, const Range& quality, RandomStream& random) {
  clamp(image);
  cv::Mat bytes, bgr, back, result;
  image.convertTo(bytes, CV_8U, 255);
  cv::cvtColor(bytes, bgr, cv::COLOR_RGB2BGR);
  std::vector<uchar> file;
  const int q = std::clamp(static_cast<int>(std::lround(draw(random, quality))), 1, 100);
  if (!cv::imencode(".jpg", bgr, file, {cv::IMWRITE_JPEG_QUALITY, q}))
    throw DataError("degrade: the JPEG encoder failed");
  bgr = cv::imdecode(file, cv::IMREAD_COLOR);
  if (bgr.empty()) throw DataError("degrade: the JPEG decoder failed");
  cv::cvtColor(bgr, back, cv::COLOR_BGR2RGB);
  back.convertTo(result, CV_32F, 1 / 255.0);
  return result;
}

/// The sinc filter comes after the resizing or after the compression, as rings and blocks come in
/// either order in the wild.
cv::Mat finished(cv::Mat image, int width, int height, const DegradationOptions& options,
                 RandomStream& random) {
  const bool compress_last = random.chance(0.5);
  if (!compress_last) image = compressed(image, options.second.jpeg_quality, random);
  image = resized(image, width, height, random);
  const int size = draw_kernel_size(random);
  const double cutoff = random.uniform(std::numbers::pi / 3, std::numbers::pi);
  if (random.chance(options.final_sinc_probability))
    image = filtered(image, sinc_kernel(size, cutoff), size);
  if (compress_last) image = compressed(image, options.second.jpeg_quality, random);
  return image;
}

cv::Mat degraded(cv::Mat image, int scale, const DegradationOptions& options,
                 RandomStream& random) {
  const int width = image.cols / scale, height = image.rows / scale;
  const auto scaled = [](int side, double factor) {
    return static_cast<int>(std::lround(side * factor));
  };
  image = blurred(image, options.first, random);
  double factor = draw_factor(random, options.first);
  image = resized(image, scaled(image.cols, factor), scaled(image.rows, factor), random);
  add_noise(image, options.first, random);
  image = compressed(image, options.first.jpeg_quality, random);

  image = blurred(image, options.second, random);
  factor = draw_factor(random, options.second);
  image = resized(image, scaled(width, factor), scaled(height, factor), random);
  add_noise(image, options.second, random);
  return finished(image, width, height, options, random);
}

}  // namespace

Picture degrade(const Picture& large, int scale, const DegradationOptions& options,
                RandomStream& random) {
  if (large.channels != 3 || scale < 1 || large.width % scale != 0 || large.height % scale != 0)
    throw DataError("degrade: a picture of " + size_of(large) + " pixels and " +
                    std::to_string(large.channels) + " channels cannot be reduced by " +
                    std::to_string(scale));
  try {
    cv::Mat image, bytes;
    cv::Mat(large.height, large.width, CV_8UC3, const_cast<uint8_t*>(large.values.data()))
        .convertTo(image, CV_32F, 1 / 255.0);
    degraded(image, scale, options, random).convertTo(bytes, CV_8U, 255);
    Picture small(bytes.cols, bytes.rows, 3);
    std::copy_n(bytes.ptr<uint8_t>(), small.values.size(), small.values.begin());
    return small;
  } catch (const cv::Exception& error) {
    throw DataError("degrade: " + error.err);
  }
}

}  // namespace imago
