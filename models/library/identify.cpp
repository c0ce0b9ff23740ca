// Which network a checkpoint holds. Every architecture says which one of its kind the tensors would
// be (guess_…); building that one on paper gives the exact list of the tensors it needs; the one
// whose list fits without a remainder is it.
#include "models/library/identify.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <utility>

#include "compute/base/error.h"
#include "compute/ops/ops.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/key_probe.h"
#include "models/checkpoint/tensor_match.h"
#include "models/library/architectures.h"
#include "models/networks/canonical.h"
#include "models/networks/classifier.h"
#include "models/networks/cugan.h"
#include "models/networks/discriminators.h"
#include "models/networks/generator.h"
#include "models/networks/judges.h"
#include "models/networks/msrresnet.h"
#include "models/networks/onnx_network.h"
#include "models/networks/realplksr.h"
#include "models/networks/resnet.h"
#include "models/networks/rrdb.h"
#include "models/networks/sampler.h"
#include "models/networks/sketchnet.h"
#include "models/networks/span.h"
#include "models/networks/srresnet.h"
#include "models/networks/srvgg.h"
#include "models/networks/stylegan2.h"
#include "models/networks/stylegan2_discriminator.h"
#include "models/networks/tabular.h"
#include "models/networks/unet.h"
#include "models/networks/wavegan.h"
#include "models/translate/planes.h"

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
    Architecture{"sketchnet",
                 [](const StateDict& t) { return sketchnet_generator(guess_sketchnet(t)); }},
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
    Architecture{"SPAN", [](const StateDict& t) { return span_generator(guess_span(t)); }},
    Architecture{"RealPLKSR",
                 [](const StateDict& t) { return realplksr_generator(guess_realplksr(t)); }},
    Architecture{"Real-CUGAN", [](const StateDict& t) { return cugan_generator(guess_cugan(t)); }},
    Architecture{"DCGAN",
                 [](const StateDict& t) { return dcgan_generator(guess_dcgan(t, false)); }},
    Architecture{"SNGAN", [](const StateDict& t) { return dcgan_generator(guess_dcgan(t, true)); }},
    Architecture{"StyleGAN2 (rosinality's keys)",
                 [](const StateDict& t) { return stylegan2_generator(guess_stylegan2(t)); }},
    Architecture{"GAN of perceptrons",
                 [](const StateDict& t) { return perceptron_generator(guess_perceptron(t)); }},
    Architecture{"CTGAN", [](const StateDict& t) { return tabular_generator(guess_tabular(t)); }},
    Architecture{"WaveGAN", [](const StateDict& t) { return wavegan_generator(guess_wavegan(t)); }},
};

// The network on the smallest picture it takes. With running statistics: these are part of the
// weights whether used or not.
std::vector<WantedTensor> tensors_wanted(const Generator& generator) {
  const ModelInfo& info = generator.info;
  const int64_t side = (info.minimum + info.multiple - 1) / info.multiple * info.multiple;
  Graph graph;
  Tensor x = graph.input("x", {1, info.in_channels, side, side});
  generator.build(graph, x, {});
  return wanted_tensors(graph);
}

struct Candidate {
  const char* name = "";
  Generator generator;
  TensorMatch match;
};

Candidate compare(const Architecture& architecture, const StateDict& tensors) {
  Candidate candidate = {architecture.name, architecture.assume(tensors), {}};
  candidate.match =
      match_tensors(tensors_wanted(candidate.generator), tensors, candidate.generator.info.norm);
  return candidate;
}

// The file next to the generator in every training folder, and the likeliest one to be mistaken for
// it. Not only what Imago can train: also whatever has 4x4 convolutions from the picture down to
// one channel of real-or-fake.
bool is_discriminator(const StateDict& tensors) {
  if (find_discriminator(tensors) || find_judge(tensors) || find_stylegan2_judge(tensors))
    return true;
  const int layers = count_numbered(tensors, "model.", ".weight");
  const std::string last = "model." + std::to_string(layers - 1) + ".weight";
  return conv_size(tensors, "model.0.weight", 3, 0) == 4 && conv_size(tensors, last, 3, 0) == 4 &&
         conv_size(tensors, last, 0, 0) == 1;
}

/// Parts of names by which networks are told that Imago does not run, and what they are.
struct Foreign {
  const char *part, *what;
};
constexpr Foreign kForeign[] = {
    {"to_img.init_pos", "it samples pictures at places of its own (DySample, grid sampling)"},
    {"relative_position_bias_table", "it is a transformer (SwinIR, HAT, DRCT…)"},
    {"stylegan_decoder", "it is GFPGAN, built around StyleGAN2"},
    {"channe_mixer", "it is PLKSR, of which Imago knows the later RealPLKSR"},
    {".attn.qkv.", "it is a transformer (DAT, SRFormer, RGT…)"},
    {".qkv_dwconv.", "it is a transformer (Restormer)"},
    {".to_qkv.", "it is a transformer (attention)"},
    {"offset_conv", "it has deformable convolutions"},
    {"conv_offset", "it has deformable convolutions"}};

std::string foreign(const StateDict& tensors) {
  for (const Foreign& other : kForeign)
    for (const auto& [key, tensor] : tensors)
      if (key.find(other.part) != std::string::npos)
        return std::string("Imago does not run this network: ") + other.what + "; found by " + key;
  return "";
}

std::string explain(const Candidate& nearest, const StateDict& tensors) {
  std::ostringstream text;
  if (tensors.size() == 0) return "the file holds no tensors, so no network";
  if (is_discriminator(tensors)) {
    return "this is a discriminator, not a generator: it judges pictures and cannot make any. "
           "Choose the generator's file, in the same folder mostly (…_net_G.pth, …_net_G_A.pth)";
  }
  if (find_classifier(tensors))
    return "this is a classifier: it tells what pictures show and cannot make any. "
           "'imago evaluate' takes it";
  if (const std::string what = foreign(tensors); !what.empty()) return what;
  // One name of another shape, as fc.weight, is no resemblance.
  if (nearest.match.fitting == 0 && nearest.match.known() < 2) {
    std::vector<std::string> keys, names;
    for (const auto& [key, tensor] : tensors) keys.push_back(key);
    for (const Architecture& architecture : kArchitectures) names.push_back(architecture.name);
    text << "no network that Imago knows has tensors with these names: " << some_of(keys)
         << ". Known are: ";
    for (size_t i = 0; i < names.size(); ++i) text << (i ? ", " : "") << names[i];
    return text.str();
  }
  text << "the tensors fit no network that Imago knows. Nearest is " << nearest.name << " ("
       << nearest.generator.info.architecture << "): " << differences(nearest.match);
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

// Metadata of files from anywhere: what is no sensible number is as if it were not there.
int number_in(const StateDict& tensors, const char* key, int most, int otherwise) {
  const auto found = tensors.metadata.find(key);
  if (found == tensors.metadata.end()) return otherwise;
  int number = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [rest, error] = std::from_chars(found->second.data(), end, number);
  const bool sensible = error == std::errc() && rest == end && number > 0 && number <= most;
  return sensible ? number : otherwise;
}

/// The names of a sampler's classes: those that the file gives, else their numbers.
std::vector<std::string> labels_in(const StateDict& tensors, int classes) {
  std::vector<std::string> labels;
  const auto found = tensors.metadata.find("imago_labels");
  if (found != tensors.metadata.end()) {
    const auto json = nlohmann::json::parse(found->second, nullptr, false);
    if (json.is_array())
      for (const auto& label : json)
        if (label.is_string()) labels.push_back(label.get<std::string>());
  }
  if (labels.size() == static_cast<size_t>(classes)) return labels;
  labels.clear();
  for (int i = 0; i < classes; ++i) labels.push_back(std::to_string(i));
  return labels;
}

bool says(const StateDict& tensors, const char* key, const char* value) {
  const auto found = tensors.metadata.find(key);
  return found != tensors.metadata.end() && found->second == value;
}

/// Of "<label>_net_G.pth" in the folder of a run: used as its options.json says it was trained.
Generator as_trained(Generator generator, const std::filesystem::path& path) {
  if (path.filename().string().find("_net_G") == std::string::npos) return generator;
  std::ifstream file(path.parent_path() / "options.json");
  const auto options = nlohmann::json::parse(file, nullptr, false);
  if (!options.is_object() || !options.contains("imago_options")) return generator;
  const auto batch_size = options.find("batch_size");
  if (batch_size != options.end() && batch_size->is_number_integer() && *batch_size > 1)
    generator = using_running_statistics(std::move(generator));
  const bool colours = options.value("keep_luma", nlohmann::json()) == true;
  return colours ? keeping_luma(std::move(generator)) : generator;
}

/// With what the metadata say of how it is meant to be used.
Generator as_meant(Generator generator, const StateDict& tensors) {
  ModelInfo& info = generator.info;
  info.license = license_of(tensors);
  info.side = number_in(tensors, "imago_side", 65536, 0);
  info.labels = labels_in(tensors, info.classes);
  if (info.rate > 0) info.rate = number_in(tensors, "imago_rate", 384000, info.rate);
  if (info.scale == 1) info.shifts = number_in(tensors, "imago_shifts", kMostShifts, 1);
  info.margin = number_in(tensors, "imago_margin", kMostMargin, 0);
  info.takes_drawings = says(tensors, "imago_input", "drawing");
  if (says(tensors, "imago_statistics", "running"))
    generator = using_running_statistics(std::move(generator));
  const bool colours =
      info.scale == 1 && info.out_channels == 3 && says(tensors, "imago_luma", "input");
  return colours ? keeping_luma(std::move(generator)) : generator;
}

// Moves the weights over as fp32 and counts what was trained: running statistics are not.
Generator with_weights(Candidate candidate, const StateDict& tensors) {
  Generator generator = std::move(candidate.generator);
  ModelInfo& info = generator.info;
  generator.weights.metadata = tensors.metadata;
  generator.weights.warnings = tensors.warnings;
  info.notes = tensors.warnings;
  if (const auto& counters = candidate.match.counters; !counters.empty())
    info.notes.push_back("tensors that are counters, not weights, were left out: " +
                         some_of(counters));
  for (const WantedTensor& wanted : candidate.match.wanted) {
    const HostTensor& stored = *tensors.find(wanted.key);
    if (info.precision.empty()) info.precision = to_string(stored.type);
    if (!is_tracked(wanted.key)) info.parameters += stored.elements();
    generator.weights.insert(wanted.key,
                             stored.type == DType::f32
                                 ? stored
                                 : HostTensor::from_float(stored.shape, stored.to_float()));
  }
  return as_meant(std::move(generator), tensors);
}

}  // namespace

bool is_generator(const StateDict& stored) {
  const StateDict tensors = canonical(stored);
  return std::any_of(kArchitectures.begin(), kArchitectures.end(), [&](const auto& architecture) {
    return compare(architecture, tensors).match.exact();
  });
}

Generator identify(const StateDict& stored) {
  if (is_onnx(stored)) return as_meant(onnx_generator(stored), stored);
  const StateDict tensors = canonical(stored);
  std::optional<Candidate> nearest;
  for (const Architecture& architecture : kArchitectures) {
    Candidate candidate = compare(architecture, tensors);
    if (candidate.match.exact()) return with_weights(std::move(candidate), tensors);
    if (!nearest || candidate.match.known() > nearest->match.known())
      nearest = std::move(candidate);
  }
  throw Error(explain(*nearest, stored));
}

Generator load_generator(const std::filesystem::path& path, const LoadOptions& options) {
  const StateDict checkpoint = read_checkpoint(path);
  try {
    Generator generator = is_onnx(checkpoint)
                              ? as_meant(onnx_generator(checkpoint, options.range), checkpoint)
                              : identify(choose_generator(checkpoint, options.key));
    generator.info.name = path.stem().string();
    return as_trained(std::move(generator), path);
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  }
}

}  // namespace imago
