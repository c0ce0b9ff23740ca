#include "models/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <string>

namespace imago {
namespace fs = std::filesystem;
namespace {

constexpr uint32_t kPicturesMagic = 0x803, kLabelsMagic = 0x801;  // bytes, of three and one axes
constexpr int64_t kMostBytes = int64_t{1} << 33;

/// Reads plain files and gzipped ones alike.
class Reader {
 public:
  explicit Reader(const fs::path& path) : path_(path), file_(gzopen(path.c_str(), "rb"), gzclose) {
    if (!file_) fail("cannot be opened");
    gzbuffer(file_.get(), 1 << 18);
  }

  uint32_t number() {
    uint8_t b[4];
    read(b, sizeof(b));
    return uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
  }

  std::vector<uint8_t> bytes(int64_t count) {
    std::vector<uint8_t> result;
    // Grown piece by piece: a header that promises too much must not take all memory.
    for (int64_t left = count; left > 0;) {
      const auto piece = static_cast<size_t>(std::min<int64_t>(left, 1 << 24));
      result.resize(result.size() + piece);
      read(result.data() + result.size() - piece, piece);
      left -= static_cast<int64_t>(piece);
    }
    return result;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw DataError(path_.string() + ": " + why);
  }

 private:
  void read(uint8_t* to, size_t count) {
    const int got = gzread(file_.get(), to, static_cast<unsigned>(count));
    if (got < 0 || static_cast<size_t>(got) != count)
      fail("is cut short or damaged: get the file anew");
  }

  const fs::path& path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace

fs::path idx_pictures_in(const fs::path& folder, bool of_tests) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
    if (!has("images") || !has("idx3")) continue;
    if ((has("test") || has("t10k")) == of_tests) found.push_back(entry.path());
  }
  return found.empty() ? fs::path() : *std::ranges::min_element(found);
}

fs::path idx_labels_for(const fs::path& pictures) {
  const std::string name = pictures.filename().string();
  return pictures.parent_path() / replaced(replaced(name, "images", "labels"), "idx3", "idx1");
}

Picture IdxPictures::picture(int64_t index) const {
  Picture picture(width, height, 1);
  const auto size = static_cast<int64_t>(picture.values.size());
  std::copy_n(values.begin() + index * size, size, picture.values.begin());
  return picture;
}

IdxPictures read_idx_pictures(const fs::path& path, bool whole) {
  Reader reader(path);
  if (reader.number() != kPicturesMagic)
    reader.fail("is no IDX file of grey pictures with 8 bits a pixel");
  const int64_t count = reader.number(), height = reader.number(), width = reader.number();
  if (count < 1 || height < 1 || width < 1 || height > 65536 || width > 65536 ||
      count > kMostBytes / (height * width))
    reader.fail("says that it holds " + std::to_string(count) + " pictures of " +
                std::to_string(width) + "x" + std::to_string(height) + " pixels: it is damaged");
  IdxPictures pictures{count, static_cast<int>(height), static_cast<int>(width), {}};
  if (whole) pictures.values = reader.bytes(count * height * width);
  return pictures;
}

std::vector<uint8_t> read_idx_labels(const fs::path& path) {
  Reader reader(path);
  if (reader.number() != kLabelsMagic) reader.fail("is no IDX file of labels");
  return reader.bytes(reader.number());
}

}  // namespace imago
