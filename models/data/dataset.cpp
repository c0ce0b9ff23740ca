#include "models/data/dataset.h"

#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "models/data/data_options.h"
#include "models/data/files.h"
#include "models/data/labels.h"
#include "models/data/picture_cache.h"
#include "models/data/resample.h"
#include "models/data/samples.h"
#include "models/data/sounds.h"
#include "models/data/synth/augment.h"
#include "models/data/synth/colour_strokes.h"
#include "models/data/synth/degrade.h"
#include "models/data/synth/holes.h"
#include "models/data/synth/on_paper.h"
#include "models/data/synth/sketch.h"
#include "models/data/tables/table_data.h"

namespace imago {
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
  return draw_augmentation(*random, options);
}

/// The two pictures of an example, 8 bit.
struct Pair {
  Picture a, b;
  std::string a_file, b_file;
};

/// Of one channel, black on white.
Picture negative(Picture picture) {
  for (uint8_t& value : picture.values) value = static_cast<uint8_t>(255 - value);
  return picture;
}

Picture drawing_of(const Picture& photo, const DataOptions& options, RandomStream& random) {
  const bool by_hand = options.hand_drawn > 0 && random.chance(options.hand_drawn);
  const SketchOptions drawn = by_hand ? draw_hand_options(random) : draw_sketch_options(random);
  const Picture drawing = sketch(photo, drawn, random);
  const bool white_on_black = random.chance(options.white_on_black);
  if (options.colour_strokes == 0) return white_on_black ? negative(drawing) : drawing;
  const int strokes = draw_stroke_count(options.colour_strokes, random);
  return coloured(drawing, photo, strokes, white_on_black, random);
}

/// The same of the same photo, but for the places of its colours, which the example's number tells.
Picture validation_drawing(const Picture& photo, const DataOptions& options, uint64_t serial) {
  SketchOptions plain;
  if (options.line_width > 0) plain.width = options.line_width;
  RandomStream random(0, Purpose::validation, serial);
  const Picture drawing = sketch(photo, plain, random);
  const bool white_on_black = options.white_on_black >= 0.5;
  if (options.colour_strokes == 0) return white_on_black ? negative(drawing) : drawing;
  return coloured(drawing, photo, options.colour_strokes, white_on_black, random);
}

/// White, or black where the drawing is white on black: whatever there is more of.
uint8_t ground_of(const Picture& drawing) {
  const auto count = [&](uint8_t value) { return std::ranges::count(drawing.values, value); };
  return count(255) >= count(0) ? 255 : 0;
}

/// What the network is given in the photo's place. `chance`: null for validation.
Picture derived(const Picture& photo, const DataOptions& options, RandomStream* chance,
                uint64_t serial) {
  if (options.kind == DataKind::grey) return with_channels(photo, 1);
  if (options.kind == DataKind::holes)
    return chance ? with_holes(photo, *chance) : with_blank(photo);
  return chance ? drawing_of(photo, options, *chance) : validation_drawing(photo, options, serial);
}

}  // namespace

struct Dataset::Impl {
  DataOptions options;
  DataFiles files;
  Labels labels;         // samples
  IdxPictures packed{};  // samples from an IDX file
  std::optional<TableData> table;
  int64_t size;
  mutable PictureCache cache;
  mutable std::mutex mutex;  // of the two below
  mutable int64_t epoch = -1;
  mutable std::vector<int64_t> order;  // of `epoch`

  explicit Impl(const DataOptions& the_options)
      : options((check(the_options), the_options)),
        files(list_files(options)),
        labels(options.kind == DataKind::samples ? read_labels(files.a, options) : Labels{}),
        size(static_cast<int64_t>(options.kind == DataKind::unaligned
                                      ? std::max(files.a.size(), files.b.size())
                                      : files.a.size())),
        cache(options.cache_bytes) {
    if (options.kind == DataKind::table) size = table.emplace(options).rows();
    const std::string first = files.a[0].string();
    if (options.kind == DataKind::samples && !list_samples(options).packed.empty())
      packed = read_idx_pictures(path_of(first.substr(0, first.rfind('#')), options));
  }

  int64_t shuffled(int64_t serial) const;
  std::shared_ptr<const Picture> read(const std::filesystem::path& file) const {
    return cache.get(path_of(file, options));
  }
  /// Which of the partners: by chance in training, as a fixed one would be learnt as if the
  /// pictures were pairs; else the same one every time.
  int64_t choose(const DataFiles::Partners& partners, RandomStream* random) const {
    const bool by_chance = random && !options.in_order;
    return by_chance ? partners.first + random->below(partners.count) : partners.beside;
  }
  Pair registered(const std::filesystem::path& a, const std::filesystem::path& b, bool resize,
                  RandomStream* random) const;
  Pair aligned(int64_t index, RandomStream* random) const;
  Pair paired(int64_t index, RandomStream* random) const;
  Pair unaligned(int64_t index, RandomStream* random) const;
  Pair camera(int64_t index, RandomStream* random) const;
  Pair made_from_photo(int64_t index, RandomStream* random, uint64_t serial) const;
  Pair photo(int64_t index, RandomStream* random, uint64_t serial) const;
  Pair pair(int64_t index, RandomStream* random, uint64_t serial) const;
  void append(const Pair& pair, Batch& batch) const;
  void append_sample(int64_t index, RandomStream* random, uint64_t serial, Batch& batch) const;
  void append_sound(int64_t index, RandomStream* random, uint64_t serial, Batch& batch) const;
  void append_latent(bool training, uint64_t serial, Batch& batch) const;
  void append_example(int64_t index, RandomStream* random, uint64_t serial, Batch& batch) const;
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
  const std::string path = path_of(file, options).string();
  const auto both = read(file);
  if (both->width % 2 != 0)
    throw DataError(path + ": " + size_of(*both) +
                    " pixels: aligned pictures show A and B side by side, so their width is even");
  const int width = both->width / 2;
  const auto augmentation = draw(random, options);
  const auto half = [&](bool right, int channels) {
    return with_channels(part(*both, right ? width : 0, 0, width, both->height), channels);
  };
  return {prepare_input(half(options.b_to_a, options.input_channels), options, augmentation, path),
          prepare(half(!options.b_to_a, options.output_channels), options, augmentation, path),
          file.string(), file.string()};
}

/// Two pictures of one view, treated alike. B gets the size of A first if `resize`.
Pair Dataset::Impl::registered(const std::filesystem::path& a, const std::filesystem::path& b,
                               bool resize, RandomStream* random) const {
  const auto augmentation = draw(random, options);
  const Picture from = with_channels(*read(a), options.input_channels);
  Picture to = with_channels(*read(b), options.output_channels);
  if (resize) to = resize_bicubic(to, from.width, from.height);
  return {prepare_input(from, options, augmentation, path_of(a, options).string()),
          prepare(to, options, augmentation, path_of(b, options).string()), a.string(), b.string()};
}

Pair Dataset::Impl::paired(int64_t index, RandomStream* random) const {
  const std::filesystem::path &a = files.a[static_cast<size_t>(index)],
                              &b = files.b[static_cast<size_t>(index)];
  const auto from = read(a), to = read(b);
  // Resized to one square whatever they were; all else would show different parts of them.
  const bool alike = from->width == to->width && from->height == to->height;
  if (!alike && options.preprocess != Preprocess::resize_and_crop)
    throw DataError(path_of(a, options).string() + ": " + size_of(*from) + " pixels, its partner " +
                    b.string() + " has " + size_of(*to) +
                    ": the pictures of a pair are of one size, or --preprocess resize_and_crop");
  return registered(a, b, false, random);
}

Pair Dataset::Impl::unaligned(int64_t index, RandomStream* random) const {
  const auto of_a = static_cast<int64_t>(files.a.size()),
             of_b = static_cast<int64_t>(files.b.size());
  const std::filesystem::path& a = files.a[static_cast<size_t>(index % of_a)];
  const int64_t chosen = choose({0, of_b, index % of_b}, random);
  const std::filesystem::path& b = files.b[static_cast<size_t>(chosen)];
  const auto prepared = [&](const std::filesystem::path& file, int channels) {
    return prepare(with_channels(*read(file), channels), options, draw(random, options),
                   path_of(file, options).string());
  };
  Picture from = prepared(a, options.input_channels);
  Picture to = prepared(b, options.output_channels);
  return {std::move(from), std::move(to), a.string(), b.string()};
}

Pair Dataset::Impl::camera(int64_t index, RandomStream* random) const {
  const int64_t chosen = choose(files.partners[static_cast<size_t>(index)], random);
  return registered(files.a[static_cast<size_t>(index)], files.b[static_cast<size_t>(chosen)], true,
                    random);
}

/// Derived from exactly the pixels of B that are shown, so that lines are as wide as the network
/// sees them.
Pair Dataset::Impl::made_from_photo(int64_t index, RandomStream* random, uint64_t serial) const {
  const std::filesystem::path& file = files.a[static_cast<size_t>(index)];
  Picture photo = with_channels(
      prepare(*read(file), options, draw(random, options), path_of(file, options).string()), 3);
  RandomStream chance(options.seed, Purpose::derivation, serial);
  const bool placed = random && options.on_paper > 0 && chance.chance(options.on_paper);
  const SheetPlace place = placed ? draw_sheet_place(photo, chance) : SheetPlace{};
  if (placed) photo = on_paper(photo, place);
  Picture other = derived(photo, options, random ? &chance : nullptr, serial);
  if (placed && chance.chance(0.5)) {
    const UndrawnPart undrawn(place, chance);
    undrawn.clear(other, ground_of(other));
    undrawn.clear(photo, 255);
  }
  return {with_channels(options.b_to_a ? photo : other, options.input_channels),
          with_channels(options.b_to_a ? other : photo, options.output_channels), file.string(),
          file.string()};
}

Pair Dataset::Impl::photo(int64_t index, RandomStream* random, uint64_t serial) const {
  const std::filesystem::path& file = files.a[static_cast<size_t>(index)];
  const Picture large = with_channels(
      prepare_photo(*read(file), options, draw(random, options), path_of(file, options).string()),
      3);
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
    case DataKind::paired:
      return paired(index, random);
    case DataKind::unaligned:
      return unaligned(index, random);
    case DataKind::cameras:
      return camera(index, random);
    case DataKind::edges:
    case DataKind::grey:
    case DataKind::holes:
      return made_from_photo(index, random, serial);
    case DataKind::photos:
    case DataKind::samples:
    case DataKind::table:
    case DataKind::sounds:
      break;
  }
  return photo(index, random, serial);
}

/// A latent and a picture; of the picture's class in training, of any for validation.
void Dataset::Impl::append_sample(int64_t index, RandomStream* random, uint64_t serial,
                                  Batch& batch) const {
  const std::filesystem::path& file = files.a[static_cast<size_t>(index)];
  const std::string path = path_of(file, options).string();
  DataOptions sized = options;
  sized.load_size = options.crop_size;
  const Picture whole = packed.count > 0 ? packed.picture(packed_index(file)) : *read(file);
  const Picture picture =
      prepare(with_channels(whole, options.output_channels), sized, draw(random, options), path);
  const auto classes = static_cast<int64_t>(labels.names.size());
  const auto count = static_cast<int64_t>(batch.files.size()) + 1;
  batch.a_shape = {count, options.latent + classes, 1, 1};
  batch.b_shape = {count, picture.channels, picture.height, picture.width};
  append_latent(random != nullptr, serial, batch);
  if (classes > 0) {
    const int64_t label = random ? labels.of_files[static_cast<size_t>(index)] : index % classes;
    for (int64_t i = 0; i < classes; ++i) batch.a.push_back(i == label ? 1.0f : 0.0f);
  }
  append_planes(picture, -1, 1, batch.b);
  batch.files.push_back(file.string());
  batch.b_files.push_back(file.string());
}

void Dataset::Impl::append_latent(bool training, uint64_t serial, Batch& batch) const {
  RandomStream numbers(options.seed, training ? Purpose::latent : Purpose::fixed_latent, serial);
  for (int i = 0; i < options.latent; ++i) batch.a.push_back(static_cast<float>(numbers.normal()));
}

/// A latent and a part of a sound.
void Dataset::Impl::append_sound(int64_t index, RandomStream* random, uint64_t serial,
                                 Batch& batch) const {
  const std::filesystem::path& file = files.a[static_cast<size_t>(index)];
  const auto count = static_cast<int64_t>(batch.files.size()) + 1;
  const int64_t side = sound_side(options.length);
  batch.a_shape = {count, options.latent, 1, 1};
  batch.b_shape = {count, 1, side, side};
  append_latent(random != nullptr, serial, batch);
  const std::vector<float> part = sound_part(path_of(file, options), options, random);
  batch.b.insert(batch.b.end(), part.begin(), part.end());
  batch.files.push_back(file.string());
  batch.b_files.push_back(file.string());
}

void Dataset::Impl::append_example(int64_t index, RandomStream* random, uint64_t serial,
                                   Batch& batch) const {
  if (options.kind == DataKind::samples) return append_sample(index, random, serial, batch);
  if (options.kind == DataKind::sounds) return append_sound(index, random, serial, batch);
  append(pair(index, random, serial), batch);
}

void Dataset::Impl::append(const Pair& pair, Batch& batch) const {
  const auto add = [&](const Picture& picture, const std::string& file, Shape& shape,
                       std::vector<float>& values, std::vector<std::string>& names) {
    const Shape own{static_cast<int64_t>(names.size()) + 1, picture.channels, picture.height,
                    picture.width};
    if (!names.empty() && (own.h != shape.h || own.w != shape.w))
      throw DataError(path_of(file, options).string() + ": " + size_of(picture) +
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

void complete(DataOptions& options) {
  options.label_names = read_label_names(options);
  options.table = read_table_coding(options);
}

Dataset::Dataset(const DataOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Dataset::~Dataset() = default;
Dataset::Dataset(Dataset&&) noexcept = default;
Dataset& Dataset::operator=(Dataset&&) noexcept = default;
const DataOptions& Dataset::options() const { return impl_->options; }
const std::vector<std::string>& Dataset::label_names() const { return impl_->labels.names; }
bool Dataset::is_packed() const { return impl_->packed.count > 0; }
int64_t Dataset::size() const { return impl_->size; }
uint32_t Dataset::fingerprint() const {
  if (impl_->table) return impl_->table->fingerprint();
  uint32_t sum = 2166136261u;  // FNV-1a, 32 bits
  const auto add = [&sum](const std::string& text) {
    for (const char c : text) sum = (sum ^ static_cast<uint8_t>(c)) * 16777619u;
    sum = (sum ^ 0xff) * 16777619u;  // an end that no name has
  };
  const DataOptions& options = impl_->options;
  // Where a folder of B's own lies does not matter, no more than where dataroot does.
  const auto add_files = [&](const std::vector<std::filesystem::path>& files, bool of_b) {
    const bool apart = of_b && !options.dataroot_b.empty();
    const std::filesystem::path folder = side_folder(options, options.phase, true);
    for (const std::filesystem::path& file : files)
      add((apart ? file.lexically_relative(folder) : file).generic_string());
  };
  add_files(impl_->files.a, options.b_to_a);
  add("");
  add_files(impl_->files.b, !options.b_to_a);
  return sum;
}
int64_t Dataset::steps_per_epoch() const {
  const int64_t batch_size = impl_->options.batch_size;
  return (impl_->size + batch_size - 1) / batch_size;
}

Batch Dataset::batch(int64_t step) const {
  if (step < 0) throw DataError("there is no training step " + std::to_string(step));
  if (impl_->table) return impl_->table->batch(step);
  Batch result;
  for (int i = 0; i < impl_->options.batch_size; ++i) {
    const int64_t serial = step * impl_->options.batch_size + i;
    RandomStream random(impl_->options.seed, Purpose::example, static_cast<uint64_t>(serial));
    const int64_t index = impl_->shuffled(serial);
    impl_->append_example(index, &random, static_cast<uint64_t>(serial), result);
  }
  return result;
}

Batch Dataset::example(int64_t index) const {
  if (index < 0 || index >= impl_->size)
    throw DataError("there is no example " + std::to_string(index) + " in a data set of " +
                    std::to_string(impl_->size));
  if (impl_->table) return impl_->table->example(index);
  Batch result;
  impl_->append_example(index, nullptr, static_cast<uint64_t>(index), result);
  return result;
}

}  // namespace imago
