// Which network a checkpoint holds. Every architecture says which one of its kind the tensors would
// be (guess_…); building that one on paper gives the exact list of the tensors it needs; the one
// whose list fits without a remainder is it.

#include <algorithm>
#include <array>
#include <sstream>

#include "compute/op.h"
#include "models/checkpoint/checkpoint.h"
#include "models/cyclegan.h"
#include "models/esrgan.h"
#include "models/generator.h"
#include "models/key_probe.h"
#include "models/pix2pix.h"
#include "models/srgan.h"
#include "models/srvgg.h"

namespace imago {

namespace {

struct Architecture {
  const char* name;
  Generator (*assume)(const StateDict& tensors);
};

template <SrresnetKeys keys>
Generator assume_srresnet(const StateDict& t) {
  return srresnet_generator(guess_srresnet(t, keys));
}

template <bool early_keys>
Generator assume_msrresnet(const StateDict& t) {
  return msrresnet_generator(guess_msrresnet(t, early_keys));
}

template <RrdbKeys keys>
Generator assume_rrdbnet(const StateDict& t) {
  return rrdbnet_generator(guess_rrdbnet(t, keys));
}

constexpr std::array kArchitectures = {
    Architecture{"pix2pix U-Net", [](const StateDict& t) { return unet_generator(guess_unet(t)); }},
    Architecture{"CycleGAN ResNet",
                 [](const StateDict& t) { return resnet_generator(guess_resnet(t)); }},
    Architecture{"SRGAN SRResNet (keys block1…)", assume_srresnet<SrresnetKeys::leftthomas>},
    Architecture{"SRGAN SRResNet (keys conv1, trunk…)", assume_srresnet<SrresnetKeys::lornatang>},
    Architecture{"SRGAN SRResNet (keys conv_block1, trunk…)",
                 assume_srresnet<SrresnetKeys::lornatang_2022>},
    Architecture{"MSRResNet (keys body…)", assume_msrresnet<false>},
    Architecture{"MSRResNet (keys recon_trunk…)", assume_msrresnet<true>},
    Architecture{"ESRGAN RRDBNet (keys body.N.rdb1…)", assume_rrdbnet<RrdbKeys::basicsr>},
    Architecture{"ESRGAN RRDBNet (keys RRDB_trunk…)", assume_rrdbnet<RrdbKeys::bsrgan>},
    Architecture{"ESRGAN RRDBNet (keys model.1.sub…)", assume_rrdbnet<RrdbKeys::old>},
    Architecture{"SRVGGNetCompact",
                 [](const StateDict& t) { return srvgg_generator(guess_srvgg(t)); }},
};

struct Wanted {
  std::string key;
  Shape shape;
};

// The network on the smallest picture it takes. With running statistics: these are part of the
// weights whether used or not.
std::vector<Wanted> tensors_wanted(const Generator& generator) {
  const ModelInfo& info = generator.info;
  const int64_t side = (info.minimum + info.multiple - 1) / info.multiple * info.multiple;
  Graph graph;
  Tensor x = graph.input("x", {1, info.in_channels, side, side});
  generator.build(graph, x, {});
  std::vector<Wanted> wanted;
  for (const Node& node : graph.nodes()) {
    if (node.op == &kParameter) wanted.push_back({node.name, node.shape});
  }
  return wanted;
}

// Vectors of C elements stand for {1, C, 1, 1}, single values for {1, 1, 1, 1}.
bool fits(const HostTensor& tensor, const Shape& shape) {
  const std::vector<int64_t>& stored = tensor.shape;
  if (stored.size() == 4) {
    return stored == std::vector<int64_t>{shape.n, shape.c, shape.h, shape.w};
  }
  return stored.size() <= 1 && tensor.elements() == shape.elements() && shape.c == shape.elements();
}

std::string in_words(const std::vector<int64_t>& shape) {
  std::string text = shape.empty() ? "a single value" : "";
  for (const int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

std::string in_words(const Shape& shape) {
  if (shape.c == shape.elements()) return std::to_string(shape.c);
  return to_string(shape);
}

bool ends_with_any(const std::string& key, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const char* ending) { return key.ends_with(ending); });
}

// Counters that nothing reads, and the running statistics that old PyTorch wrote for instance norms
// (the published CycleGAN networks have them) but that these do not use.
bool is_idle(const std::string& key, const ModelInfo& info) {
  if (key.ends_with(".num_batches_tracked")) return true;
  return info.norm.starts_with("instance") && ends_with_any(key, {".running_mean", ".running_var"});
}

struct Match {
  const char* name = "";
  Generator generator;
  std::vector<Wanted> wanted;
  int fitting = 0;
  std::vector<std::string> missing, misshapen, unknown;

  bool exact() const { return missing.empty() && misshapen.empty() && unknown.empty(); }
};

Match compare(const Architecture& architecture, const StateDict& tensors) {
  Match match;
  match.name = architecture.name;
  match.generator = architecture.assume(tensors);
  match.wanted = tensors_wanted(match.generator);
  std::map<std::string, const Wanted*> by_key;
  for (const Wanted& wanted : match.wanted) {
    by_key[wanted.key] = &wanted;
    const HostTensor* tensor = tensors.find(wanted.key);
    if (!tensor) {
      match.missing.push_back(wanted.key);
    } else if (fits(*tensor, wanted.shape)) {
      ++match.fitting;
    } else {
      match.misshapen.push_back(wanted.key + " is " + in_words(tensor->shape) + ", expected " +
                                in_words(wanted.shape));
    }
  }
  for (const auto& [key, tensor] : tensors) {
    if (!by_key.contains(key) && !is_idle(key, match.generator.info)) match.unknown.push_back(key);
  }
  return match;
}

// "a, b, c and 12 more"
std::string some_of(const std::vector<std::string>& all) {
  constexpr size_t kShown = 4;
  std::string text;
  for (size_t i = 0; i < std::min(all.size(), kShown); ++i) text += (i ? ", " : "") + all[i];
  if (all.size() > kShown) text += " and " + std::to_string(all.size() - kShown) + " more";
  return text;
}

// The file next to the generator in every training folder, and the likeliest one to be mistaken for
// it: 4x4 convolutions from the picture down to one channel of real-or-fake.
bool is_patch_discriminator(const StateDict& tensors) {
  const int layers = count_numbered(tensors, "model.", ".weight");
  const std::string last = "model." + std::to_string(layers - 1) + ".weight";
  return conv_size(tensors, "model.0.weight", 3, 0) == 4 && conv_size(tensors, last, 3, 0) == 4 &&
         conv_size(tensors, last, 0, 0) == 1;
}

std::string explain(const Match& nearest, const StateDict& tensors) {
  std::ostringstream text;
  if (tensors.size() == 0) return "the file holds no tensors, so no network";
  if (is_patch_discriminator(tensors)) {
    return "this is a discriminator (PatchGAN), which judges pictures and cannot make any; choose "
           "the generator's file, in the same folder mostly (…_net_G.pth, …_net_G_A.pth)";
  }
  const size_t known = static_cast<size_t>(nearest.fitting) + nearest.misshapen.size();
  if (known == 0) {
    std::vector<std::string> keys, names;
    for (const auto& [key, tensor] : tensors) keys.push_back(key);
    for (const Architecture& architecture : kArchitectures) names.push_back(architecture.name);
    text << "no network that Imago knows has tensors with these names: " << some_of(keys)
         << ". Known are: ";
    for (size_t i = 0; i < names.size(); ++i) text << (i ? ", " : "") << names[i];
    return text.str();
  }
  text << "the tensors fit no network that Imago knows. Nearest is " << nearest.name << " ("
       << nearest.generator.info.architecture << "): " << nearest.fitting << " of its "
       << nearest.wanted.size() << " tensors are there";
  if (!nearest.missing.empty()) text << "; missing: " << some_of(nearest.missing);
  if (!nearest.misshapen.empty()) text << "; of another shape: " << some_of(nearest.misshapen);
  if (!nearest.unknown.empty()) text << "; not part of it: " << some_of(nearest.unknown);
  return text.str();
}

std::string license_of(const StateDict& tensors) {
  for (const char* key : {"license", "License", "modelspec.license"}) {
    if (const auto found = tensors.metadata.find(key); found != tensors.metadata.end()) {
      return found->second;
    }
  }
  return "";
}

// Moves the weights over as fp32 and counts what was trained: running statistics are not.
Generator with_weights(Match match, const StateDict& tensors) {
  Generator generator = std::move(match.generator);
  ModelInfo& info = generator.info;
  info.license = license_of(tensors);
  generator.weights.metadata = tensors.metadata;
  generator.weights.warnings = tensors.warnings;
  for (const Wanted& wanted : match.wanted) {
    const HostTensor& stored = *tensors.find(wanted.key);
    if (info.precision.empty()) info.precision = to_string(stored.type);
    if (!ends_with_any(wanted.key, {".running_mean", ".running_var"})) {
      info.parameters += stored.elements();
    }
    generator.weights.insert(wanted.key,
                             stored.type == DType::f32
                                 ? stored
                                 : HostTensor::from_float(stored.shape, stored.to_float()));
  }
  return generator;
}

}  // namespace

Generator identify(const StateDict& tensors) {
  Match nearest;
  for (const Architecture& architecture : kArchitectures) {
    Match match = compare(architecture, tensors);
    if (match.exact()) return with_weights(std::move(match), tensors);
    const auto likeness = [](const Match& m) { return m.fitting + int(m.misshapen.size()); };
    if (nearest.wanted.empty() || likeness(match) > likeness(nearest)) nearest = std::move(match);
  }
  throw Error(explain(nearest, tensors));
}

Generator load_generator(const std::filesystem::path& path) {
  const StateDict tensors = unwrap(read_checkpoint(path));
  try {
    Generator generator = identify(tensors);
    generator.info.name = path.stem().string();
    return generator;
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  }
}

}  // namespace imago
