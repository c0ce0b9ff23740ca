#include "models/image/colour.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace imago {
namespace {

constexpr std::array<double, 8> kBt709 = {0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06};
constexpr std::array<double, 3> kD50 = {0.9642, 1.0, 0.8249};  // as ICC profiles are about
constexpr double kReferenceWhite = 203;                        // candela/m2: ITU-R BT.2408

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix result{};
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j)
      for (size_t k = 0; k < 3; ++k) result[i][j] += a[i][k] * b[k][j];
  return result;
}

std::array<double, 3> product(const Matrix& a, const std::array<double, 3>& v) {
  std::array<double, 3> result{};
  for (size_t i = 0; i < 3; ++i)
    for (size_t k = 0; k < 3; ++k) result[i] += a[i][k] * v[k];
  return result;
}

Matrix inverse(const Matrix& m) {
  Matrix result{};
  double determinant = 0;
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j) {
      const size_t a = (j + 1) % 3, b = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
      result[i][j] = m[a][c] * m[b][d] - m[a][d] * m[b][c];
    }
  for (size_t k = 0; k < 3; ++k) determinant += m[0][k] * result[k][0];
  for (auto& row : result)
    for (double& value : row) value /= determinant;
  return result;
}

std::array<double, 3> xyz_of(double x, double y) { return {x / y, 1, (1 - x - y) / y}; }

/// Linear RGB to CIE XYZ, white at Y = 1.
Matrix to_xyz(const std::array<double, 8>& points) {
  Matrix primaries{};
  for (size_t c = 0; c < 3; ++c) {
    const auto xyz = xyz_of(points[2 + 2 * c], points[3 + 2 * c]);
    for (size_t i = 0; i < 3; ++i) primaries[i][c] = xyz[i];
  }
  const auto share = product(inverse(primaries), xyz_of(points[0], points[1]));
  for (auto& row : primaries)
    for (size_t c = 0; c < 3; ++c) row[c] *= share[c];
  return primaries;
}

/// Bradford's cone responses (ICC.1:2010, annex E).
constexpr Matrix kCones = {
    {{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}};

/// The adaptation from one white to another by them.
Matrix adaptation(const std::array<double, 3>& from, const std::array<double, 3>& to) {
  const auto before = product(kCones, from), after = product(kCones, to);
  Matrix scale{};
  for (size_t i = 0; i < 3; ++i) scale[i][i] = after[i] / before[i];
  return product(inverse(kCones), product(scale, kCones));
}

double decode_srgb(double v) {
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}
double encode_srgb(double v) {
  return v <= 0.0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
}

/// Rec. ITU-R BT.2100, table 4.
double decode_pq(double v) {
  constexpr double m1 = 0.1593017578125, m2 = 78.84375, c1 = 0.8359375, c2 = 18.8515625,
                   c3 = 18.6875;
  const double p = std::pow(v, 1 / m2);
  return 10000 * std::pow(std::max(p - c1, 0.0) / (c2 - c3 * p), 1 / m1) / kReferenceWhite;
}

/// Ibid., table 5: light of the scene.
double decode_hlg(double v) {
  constexpr double a = 0.17883277, b = 0.28466892, c = 0.55991073;
  return v <= 0.5 ? v * v / 3 : (std::exp((v - c) / a) + b) / 12;
}

/// Rec. ITU-T H.273, table 2; nullopt: unknown.
std::optional<std::array<double, 8>> primaries_of(uint8_t code) {
  switch (code) {
    case 1:
      return kBt709;
    case 4:
      return std::array{0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08};
    case 5:
      return std::array{0.3127, 0.3290, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06};
    case 6:
    case 7:
      return std::array{0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070};
    case 9:
      return std::array{0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046};
    case 11:
      return std::array{0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060};
    case 12:
      return std::array{0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060};
    default:
      return std::nullopt;
  }
}

/// Ibid., table 3.
bool set_transfer(uint8_t code, ColourSpace& space) {
  switch (code) {
    case 1:
    case 6:
    case 14:
    case 15:  // as displays show it: ITU-R BT.1886
      space.gamma = 2.4;
      break;
    case 4:
      space.gamma = 2.2;
      break;
    case 5:
      space.gamma = 2.8;
      break;
    case 8:
      space.gamma = 1;
      break;
    case 13:
      space.decode = decode_srgb;
      return true;
    case 16:
      space.decode = decode_pq;
      space.brighter_than_white = true;
      return true;
    case 18:
      space.decode = decode_hlg;
      space.brighter_than_white = space.hybrid_log_gamma = true;
      return true;
    default:
      return false;
  }
  space.decode = [gamma = *space.gamma](double v) { return std::pow(v, gamma); };
  return true;
}

std::optional<ColourSpace> from_cicp(const std::array<uint8_t, 4>& cicp) {
  ColourSpace space;
  const auto primaries = primaries_of(cicp[0]);
  if (!primaries || !set_transfer(cicp[1], space) || cicp[2] != 0) return std::nullopt;
  space.chromaticities = *primaries;
  space.is_srgb = cicp[0] == 1 && cicp[1] == 13 && cicp[3] != 0;
  if (cicp[3] == 0) {  // black and white at 16 and 235 of 255
    space.decode = [full = space.decode](double v) {
      return full(std::clamp((v * 255 - 16) / 219, 0.0, 1.0));
    };
    space.gamma.reset();
  }
  return space;
}

bool usable(const std::array<double, 8>& points) {
  for (size_t i = 0; i < 8; i += 2)
    if (points[i] < 0 || points[i + 1] <= 0 || points[i] + points[i + 1] > 1) return false;
  const double area = (points[4] - points[2]) * (points[7] - points[3]) -
                      (points[6] - points[2]) * (points[5] - points[3]);
  return std::abs(area) > 1e-4 &&
         std::ranges::all_of(product(kCones, xyz_of(points[0], points[1])),
                             [](double response) { return response > 1e-3; });
}

std::optional<ColourSpace> from_gamma(const ColourChunks& chunks) {
  if (!chunks.gamma && !chunks.chromaticities) return std::nullopt;
  ColourSpace space;
  space.chromaticities = kBt709;
  if (chunks.chromaticities) {
    std::array<double, 8> points;
    for (size_t i = 0; i < 8; ++i) points[i] = (*chunks.chromaticities)[i] / 1e5;
    if (usable(points)) space.chromaticities = points;
  }
  const double exponent = chunks.gamma ? 1e5 / *chunks.gamma : 2.2;
  bool same = std::abs(exponent - 2.2) < 0.03;
  for (size_t i = 0; i < 8; ++i) same &= std::abs(space.chromaticities[i] - kBt709[i]) < 0.002;
  space.is_srgb = same;
  space.gamma = exponent;
  space.decode = [exponent](double v) { return std::pow(v, exponent); };
  return space;
}

}  // namespace

std::optional<ColourSpace> space_of(const ColourChunks& chunks, bool has_profile) {
  if (chunks.cicp)
    if (auto space = from_cicp(*chunks.cicp)) return space;
  if (has_profile || chunks.srgb) return std::nullopt;
  return from_gamma(chunks);
}

namespace {

/// Grows an ICC profile: all numbers big-endian.
class ProfileWriter {
 public:
  void u32(uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<std::byte>(value >> shift));
  }
  void u16(uint32_t value) {
    bytes_.push_back(static_cast<std::byte>(value >> 8));
    bytes_.push_back(static_cast<std::byte>(value));
  }
  void text(std::string_view letters) {
    for (const char letter : letters) bytes_.push_back(static_cast<std::byte>(letter));
  }
  void zeros(size_t count) { bytes_.resize(bytes_.size() + count); }
  void fixed(double value) { u32(static_cast<uint32_t>(std::lround(value * 65536))); }
  void set_u32(size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; ++i) bytes_[at + i] = static_cast<std::byte>(value >> (24 - 8 * i));
  }
  size_t size() const { return bytes_.size(); }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

void write_xyz(ProfileWriter& profile, const std::array<double, 3>& xyz) {
  profile.text("XYZ ");
  profile.zeros(4);
  for (const double value : xyz) profile.fixed(value);
}

void write_curve(ProfileWriter& profile, const ColourSpace& space) {
  constexpr uint32_t kEntries = 1024;
  profile.text("curv");
  profile.zeros(4);
  if (space.gamma && *space.gamma < 255) {
    profile.u32(1);
    profile.u16(static_cast<uint32_t>(std::lround(*space.gamma * 256)));
    return profile.zeros(2);
  }
  profile.u32(kEntries);
  for (uint32_t i = 0; i < kEntries; ++i) {
    const double light = std::clamp(space.decode(i / (kEntries - 1.0)), 0.0, 1.0);
    profile.u16(static_cast<uint32_t>(std::lround(light * 65535)));
  }
}

void write_description(ProfileWriter& profile) {
  constexpr std::string_view kText("Colours as the PNG describes them\0", 34);
  profile.text("desc");
  profile.zeros(4);
  profile.u32(kText.size());
  profile.text(kText);
  profile.zeros(4 + 4 + 2 + 1 + 67);  // no Unicode, no Macintosh name
}

void write_header(ProfileWriter& profile, int channels) {
  profile.zeros(8);  // the size comes at the end
  profile.u32(0x02100000);
  profile.text("mntr");
  profile.text(channels == 1 ? "GRAY" : "RGB ");
  profile.text("XYZ ");
  for (const uint32_t part : {2026, 1, 1, 0, 0, 0}) profile.u16(part);
  profile.text("acsp");
  profile.zeros(28);
  for (const double value : kD50) profile.fixed(value);
  profile.zeros(128 - profile.size());
}

}  // namespace

std::vector<std::byte> make_profile(const ColourSpace& space, int channels) {
  const std::vector<std::string_view> tags =
      channels == 1 ? std::vector<std::string_view>{"desc", "cprt", "wtpt", "kTRC"}
                    : std::vector<std::string_view>{"desc", "cprt", "wtpt", "rXYZ", "gXYZ",
                                                    "bXYZ", "rTRC", "gTRC", "bTRC"};
  ProfileWriter profile;
  write_header(profile, channels);
  const size_t table = profile.size() + 4;
  profile.u32(static_cast<uint32_t>(tags.size()));
  profile.zeros(12 * tags.size());
  const auto white = xyz_of(space.chromaticities[0], space.chromaticities[1]);
  const Matrix colours = product(adaptation(white, kD50), to_xyz(space.chromaticities));
  size_t curve = 0, curve_size = 0;
  for (size_t i = 0; i < tags.size(); ++i) {
    const std::string_view tag = tags[i];
    size_t at = profile.size();
    if (tag == "desc") {
      write_description(profile);
    } else if (tag == "cprt") {
      profile.text("text");
      profile.zeros(4);
      profile.text(std::string_view("No copyright\0", 13));
    } else if (tag == "wtpt") {
      write_xyz(profile, kD50);
    } else if (tag.ends_with("XYZ")) {
      const size_t c = tag[0] == 'r' ? 0 : tag[0] == 'g' ? 1 : 2;
      write_xyz(profile, {colours[0][c], colours[1][c], colours[2][c]});
    } else if (curve == 0) {
      write_curve(profile, space);
    }
    size_t size = profile.size() - at;
    if (tag.ends_with("TRC")) {  // one for all channels
      if (curve == 0) curve = at, curve_size = size;
      at = curve, size = curve_size;
    }
    uint32_t signature = 0;
    for (const char letter : tag) signature = signature << 8 | static_cast<uint8_t>(letter);
    profile.set_u32(table + 12 * i, signature);
    profile.set_u32(table + 12 * i + 4, static_cast<uint32_t>(at));
    profile.set_u32(table + 12 * i + 8, static_cast<uint32_t>(size));
    profile.zeros((4 - profile.size() % 4) % 4);
  }
  profile.set_u32(0, static_cast<uint32_t>(profile.size()));
  return profile.take();
}

namespace {
constexpr size_t kSteps = 1 << 16;  // of light from black to white
}

ConverterToSrgb::ConverterToSrgb(const ColourSpace& space, const RowLayout& layout)
    : layout_(layout), hybrid_log_gamma_(space.hybrid_log_gamma) {
  const int maximum = (1 << layout.bits) - 1;
  for (int i = 0; i <= maximum; ++i)
    light_.push_back(static_cast<float>(space.decode(static_cast<double>(i) / maximum)));
  // Light is looked up by its square root, so that dark tones are as finely divided as the samples.
  for (size_t i = 0; i <= kSteps; ++i) {
    const double root = static_cast<double>(i) / kSteps;
    encoded_.push_back(static_cast<uint16_t>(std::lround(encode_srgb(root * root) * maximum)));
  }
  const auto white = xyz_of(space.chromaticities[0], space.chromaticities[1]);
  const Matrix there =
      product(adaptation(white, xyz_of(kBt709[0], kBt709[1])), to_xyz(space.chromaticities));
  to_srgb_ = product(inverse(to_xyz(kBt709)), there);
}

template <typename Sample>
void ConverterToSrgb::convert_samples(std::span<std::byte> rows) const {
  auto* sample = reinterpret_cast<Sample*>(rows.data());
  const auto channels = static_cast<size_t>(layout_.channels);
  const size_t stride = channels + (layout_.alpha ? 1 : 0);
  const size_t count = rows.size() / sizeof(Sample) / stride;
  const auto encode = [this](double light) {
    const double root = std::sqrt(std::clamp(light, 0.0, 1.0));
    return static_cast<Sample>(encoded_[static_cast<size_t>(std::lround(root * kSteps))]);
  };
  for (size_t i = 0; i < count; ++i, sample += stride) {
    std::array<double, 3> light{};
    for (size_t c = 0; c < 3; ++c) light[c] = light_[sample[channels == 3 ? c : 0]];
    if (hybrid_log_gamma_) {  // BT.2100, table 5: a display of 1000 candela/m2
      const double y = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
      const double shown = y > 0 ? 1000 / kReferenceWhite * std::pow(y, 0.2) : 0;
      for (double& value : light) value *= shown;
    }
    if (channels == 3) {
      const auto srgb = product(to_srgb_, light);
      for (size_t c = 0; c < 3; ++c) sample[c] = encode(srgb[c]);
    } else {
      sample[0] = encode(light[0]);
    }
  }
}

void ConverterToSrgb::convert(std::span<std::byte> rows) const {
  if (layout_.bits == 16)
    convert_samples<uint16_t>(rows);
  else
    convert_samples<uint8_t>(rows);
}

}  // namespace imago
