#include "models/data/dataset.h"

#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "models/data/augment.h"
#include "models/data/degrade.h"
#include "models/data/files.h"
#include "models/data/picture_cache.h"
#include "models/data/resample.h"

namespace imago {
namespace {

void require(bool fine, const std::string& problem) {
  if (!fine) throw DataError(problem);
}

}  // namespace

void check(const DataOptions& options) {
  const auto channels = [](int count) { return count == 1 || count == 3; };
  const bool photos = options.kind == DataKind::photos;
  const Preprocess preprocess = options.preprocess;
  require(options.batch_size >= 1, "--batch-size must be at least 1");
  require(options.crop_size >= 1 && options.load_size >= 1,
          "--crop-size and --load-size must be at least 1");
  require(channels(options.input_channels) && channels(options.output_channels),
          "pictures have 1 or 3 channels (--input-nc, --output-nc)");
  const bool crops_resized =
      preprocess == Preprocess::resize_and_crop || preprocess == Preprocess::scale_width_and_crop;
  require(photos || !crops_resized || options.load_size >= options.crop_size,
          "--load-size " + std::to_string(options.load_size) + " is smaller than --crop-size " +
              std::to_string(options.crop_size) + ": no crop fits into the resized picture");
  require(!photos || options.scale >= 1, "--scale must be at least 1");
  require(!photos || preprocess == Preprocess::none || options.crop_size % options.scale == 0,
          "--crop-size " + std::to_string(options.crop_size) + " is not a multiple of --scale " +
              std::to_string(options.scale));
}

namespace {

/// Numbers 0…size-1 in the order of this epoch (Fisher, Yates; Durstenfeld 1964).
std::vector<int64_t> permutation(uint64_t seed, int64_t epoch, int64_t size) {
  std::vector<int64_t> order(static_cast<size_t>(size));
  std::iota(order.begin(), order.end(), 0);
  RandomStream random(seed, Purpose::permutation, static_cast<uint64_t>(epoch));
  for (int64_t i = size - 1; i > 0; --i)
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(random.below(i + 1))]);
  return order;
}

/// None for validation.
std::optional<Augmentation> draw(RandomStream* random, const DataOptions& options) {
  if (!random) return std::nullopt;
  return draw_augmentation(*random, options.flip);
}

/// The two pictures of an example, 8 bit.
struct Pair {
  Picture a, b;
  std::string a_file, b_file;
};

}  // namespace

struct Dataset::Impl {
  DataOptions options;
  DataFiles files;
  int64_t size;
  mutable PictureCache cache;
  mutable std::mutex mutex;  // of the two below
  mutable int64_t epoch = -1;
  mutable std::vector<int64_t> order;  // of `epoch`

  explicit Impl(const DataOptions& the_options)
      : options((check(the_options), the_options)),
        files(list_files(options)),
        size(static_cast<int64_t>(std::max(files.a.size(), files.b.size()))),
        cache(options.cache_bytes) {}

  int64_t shuffled(int64_t serial) const;
  std::shared_ptr<const Picture> read(const std::filesystem::path& file) const {
    return cache.get(files.root / file);
  }
  Pair aligned(int64_t index, RandomStream* random) const;
  Pair unaligned(int64_t index, RandomStream* random) const;
  Pair photo(int64_t index, RandomStream* random, uint64_t serial) const;
  Pair pair(int64_t index, RandomStream* random, uint64_t serial) const;
  void append(const Pair& pair, Batch& batch) const;
};

/// Which file the example of this serial number is, counted from the beginning of training.
int64_t Dataset::Impl::shuffled(int64_t serial) const {
  if (options.in_order) return serial % size;
  const std::lock_guard lock(mutex);
  if (std::exchange(epoch, serial / size) != serial / size)
    order = permutation(options.seed, epoch, size);
  return order[static_cast<size_t>(serial % size)];
}

Pair Dataset::Impl::aligned(int64_t index, RandomStream* random) const {
  const std::filesystem::path& file = files.a[static_cast<size_t>(index)];
  const std::string path = (files.root / file).string();
  const auto both = read(file);
  if (both->width % 2 != 0)
    throw DataError(path + ": " + size_of(*both) +
                    " pixels: aligned pictures show A and B side by side, so their width is even");
  const int width = both->width / 2;
  const auto augmentation = draw(random, options);
  const auto half = [&](bool right, int channels) {
    const Picture side = part(*both, right ? width : 0, 0, width, both->height);
    return prepare(with_channels(side, channels), options, augmentation, path);
  };
  return {half(options.b_to_a, options.input_channels),
          half(!options.b_to_a, options.output_channels), file.string(), file.string()};
}

Pair Dataset::Impl::unaligned(int64_t index, RandomStream* random) const {
  const auto of_a = static_cast<int64_t>(files.a.size()),
             of_b = static_cast<int64_t>(files.b.size());
  const std::filesystem::path& a = files.a[static_cast<size_t>(index % of_a)];
  // A partner by chance: a fixed one would be learnt as if the pictures were pairs.
  const bool by_chance = random && !options.in_order;
  const int64_t partner = by_chance ? random->below(of_b) : index % of_b;
  const std::filesystem::path& b = files.b[static_cast<size_t>(partner)];
  const auto prepared = [&](const std::filesystem::path& file, int channels) {
    return prepare(with_channels(*read(file), channels), options, draw(random, options),
                   (files.root / file).string());
  };
  Picture from = prepared(a, options.input_channels);
  Picture to = prepared(b, options.output_channels);
  return {std::move(from), std::move(to), a.string(), b.string()};
}

Pair Dataset::Impl::photo(int64_t index, RandomStream* random, uint64_t serial) const {
  const std::filesystem::path& file = files.a[static_cast<size_t>(index)];
  const Picture large = with_channels(
      prepare_photo(*read(file), options, draw(random, options), (files.root / file).string()), 3);
  const auto reduced = [&] {
    const int scale = options.scale;
    if (!options.degrade) return resize_bicubic(large, large.width / scale, large.height / scale);
    const Purpose purpose = random ? Purpose::degradation : Purpose::validation;
    RandomStream chance(options.seed, purpose, serial);
    return degrade(large, scale, {}, chance);
  };
  const Picture small = reduced();
  return {with_channels(small, options.input_channels),
          with_channels(large, options.output_channels), file.string(), file.string()};
}

/// `random`: null for validation.
Pair Dataset::Impl::pair(int64_t index, RandomStream* random, uint64_t serial) const {
  switch (options.kind) {
    case DataKind::aligned:
      return aligned(index, random);
    case DataKind::unaligned:
      return unaligned(index, random);
    default:
      break;
  }
  return photo(index, random, serial);
}

void Dataset::Impl::append(const Pair& pair, Batch& batch) const {
  const auto add = [&](const Picture& picture, const std::string& file, Shape& shape,
                       std::vector<float>& values, std::vector<std::string>& names) {
    const Shape own{static_cast<int64_t>(names.size()) + 1, picture.channels, picture.height,
                    picture.width};
    if (!names.empty() && (own.h != shape.h || own.w != shape.w))
      throw DataError((files.root / file).string() + ": " + size_of(picture) +
                      " pixels where the batch has " + std::to_string(shape.w) + "x" +
                      std::to_string(shape.h) +
                      ": pictures of different sizes need --batch-size 1 or a --preprocess that "
                      "crops");
    shape = own;
    append_planes(picture, options.kind == DataKind::photos ? 0.0f : -1.0f, 1.0f, values);
    names.push_back(file);
  };
  add(pair.a, pair.a_file, batch.a_shape, batch.a, batch.files);
  add(pair.b, pair.b_file, batch.b_shape, batch.b, batch.b_files);
}

const char* to_string(DataKind kind) {
  switch (kind) {
    case DataKind::unaligned:
      return "unaligned";
    case DataKind::photos:
      return "photos";
    case DataKind::paired:
      return "paired";
    case DataKind::edges:
      return "edges";
    case DataKind::grey:
      return "grey";
    case DataKind::holes:
      return "holes";
    case DataKind::cameras:
      return "cameras";
    case DataKind::aligned:
      break;
  }
  return "aligned";
}

const char* to_string(Preprocess preprocess) {
  switch (preprocess) {
    case Preprocess::crop:
      return "crop";
    case Preprocess::scale_width:
      return "scale_width";
    case Preprocess::scale_width_and_crop:
      return "scale_width_and_crop";
    case Preprocess::none:
      return "none";
    case Preprocess::resize_and_crop:
      break;
  }
  return "resize_and_crop";
}

Dataset::Dataset(const DataOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Dataset::~Dataset() = default;
Dataset::Dataset(Dataset&&) noexcept = default;
Dataset& Dataset::operator=(Dataset&&) noexcept = default;
const DataOptions& Dataset::options() const { return impl_->options; }
int64_t Dataset::size() const { return impl_->size; }
int64_t Dataset::steps_per_epoch() const {
  const int64_t batch_size = impl_->options.batch_size;
  return (impl_->size + batch_size - 1) / batch_size;
}

Batch Dataset::batch(int64_t step) const {
  if (step < 0) throw DataError("there is no training step " + std::to_string(step));
  Batch result;
  for (int i = 0; i < impl_->options.batch_size; ++i) {
    const int64_t serial = step * impl_->options.batch_size + i;
    RandomStream random(impl_->options.seed, Purpose::example, static_cast<uint64_t>(serial));
    const int64_t index = impl_->shuffled(serial);
    impl_->append(impl_->pair(index, &random, static_cast<uint64_t>(serial)), result);
  }
  return result;
}

Batch Dataset::example(int64_t index) const {
  if (index < 0 || index >= impl_->size)
    throw DataError("there is no example " + std::to_string(index) + " in a data set of " +
                    std::to_string(impl_->size));
  Batch result;
  impl_->append(impl_->pair(index, nullptr, static_cast<uint64_t>(index)), result);
  return result;
}

}  // namespace imago
