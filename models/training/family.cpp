#include "models/training/family.h"

#include <algorithm>
#include <array>

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/training/methods/cgan.h"
#include "models/training/methods/dcgan.h"
#include "models/training/methods/gan.h"
#include "models/training/methods/sngan.h"
#include "models/training/methods/wgan_gp.h"
#include "models/training/prepare_stylegan2.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

struct FamilyMethod {
  const char* name;
  Method (*build)(const GanOptions&, const Shape&, const Shape&);
};
constexpr std::array kMethods = {FamilyMethod{"gan", gan}, FamilyMethod{"dcgan", dcgan},
                                 FamilyMethod{"cgan", cgan}, FamilyMethod{"wgan-gp", wgan_gp},
                                 FamilyMethod{"sngan", sngan}};

constexpr const char* kStylegan2Method = "stylegan2";

const FamilyMethod* method_named(const std::string& name) {
  const auto found = std::ranges::find(kMethods, name, &FamilyMethod::name);
  return found == kMethods.end() ? nullptr : &*found;
}

Generator sampler(const TrainingRequest& request, const SamplerSize& size) {
  const std::string& name = request.generator;
  if (name == "perceptron") return perceptron_generator(size);
  if (name == "dcgan" || name == "sngan") return dcgan_generator({size, name == "sngan"});
  throw Error("--netG " + name + ": " + request.method + " has perceptron, dcgan and sngan");
}

JudgeConfig judge_of(const TrainingRequest& request, const SamplerSize& size) {
  JudgeConfig config{.in_channels = size.channels,
                     .side = size.side,
                     .features = request.discriminator_features,
                     .classes = size.classes,
                     .norm = request.norm,
                     .spectral_norm = request.spectral_norm};
  const std::string& name = request.discriminator;
  for (const JudgeKind kind : {JudgeKind::maxout, JudgeKind::dcgan, JudgeKind::sngan})
    if (name == to_string(kind)) {
      config.kind = kind;
      return config;
    }
  throw Error("--netD " + name + ": " + request.method + " has maxout, dcgan and sngan");
}

/// The generator that --init names and the discriminator beside it, in place of new ones; they must
/// be those that the options ask for.
void begin_from(const TrainingRequest& request, GanOptions& options, PreparedTraining& prepared) {
  const fs::path& path = request.init_model;
  Generator found = load_generator(path);
  const ModelInfo &info = found.info, &chosen = options.generator.info;
  if (info.architecture != chosen.architecture || info.latent != chosen.latent ||
      info.classes != chosen.classes || info.scale != chosen.scale ||
      info.out_channels != chosen.out_channels || info.features != chosen.features)
    throw Error(path.string() + ": is " + info.architecture + " of " +
                std::to_string(info.features) + " features that makes " +
                std::to_string(info.scale) + "x" + std::to_string(info.scale) + " of a latent of " +
                std::to_string(info.latent) + " and " + std::to_string(info.classes) +
                " labels: choose --netG, --ngf, --crop-size, --latent and --labels alike");
  prepared.start[kG] = found.weights;
  if (const auto judge = network_beside(path, "G", "D"))
    prepared.start[kD] = unwrap(read_checkpoint(*judge));
}

}  // namespace

const std::vector<std::string>& family_methods() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const FamilyMethod& method : kMethods) list.emplace_back(method.name);
    list.emplace_back(kStylegan2Method);
    return list;
  }();
  return names;
}

bool is_of_family(const std::string& method) {
  return std::ranges::find(family_methods(), method) != family_methods().end();
}

void set_family_defaults(TrainingRequest& request) {
  const std::string& method = request.method;
  const bool perceptrons = method == "gan" || method == "cgan";
  request.data.kind = DataKind::samples;
  request.data.flip = false;
  request.data.batch_size = perceptrons ? 100 : 64;
  request.data.crop_size = perceptrons ? 28 : method == "dcgan" ? 64 : 32;
  request.data.output_channels = perceptrons ? 1 : 3;
  request.data.latent = perceptrons || method == "dcgan" ? 100 : 128;
  request.data.labels = method == "cgan";
  request.validation_pictures = 64;
  request.schedule.epochs = 25;
  request.schedule.epochs_decay = 0;
  request.schedule.learning_rate = 2e-4f;
  request.adam = {.beta1 = 0.5f, .beta2 = 0.999f};
  request.generator = perceptrons ? "perceptron" : method == "sngan" ? "sngan" : "dcgan";
  request.discriminator = perceptrons ? "maxout" : method == "sngan" ? "sngan" : "dcgan";
  if (perceptrons) {
    request.generator_features = 1200;
    request.discriminator_features = 240;
    request.dropout = true;
    request.norm = Norm::none;
    request.init = {InitType::uniform, 1};
  } else if (method == "wgan-gp") {
    request.gan_mode = GanMode::wgangp;
    request.critic_steps = 5;
    request.norm = Norm::none;
    request.adam.beta2 = 0.9f;
    request.schedule.learning_rate = 1e-4f;
  } else if (method == "sngan") {
    request.gan_mode = GanMode::hinge;
    request.spectral_norm = true;
    request.norm = Norm::none;
  } else if (method == kStylegan2Method) {
    set_stylegan2_defaults(request);
  }
}

PreparedTraining prepare_family(const TrainingRequest& request, const Shape& a, const Shape& b) {
  if (request.method == kStylegan2Method) return prepare_stylegan2(request, a, b);
  const DataOptions& data = request.data;
  const SamplerSize size{.latent = data.latent,
                         .classes = static_cast<int>(a.c) - data.latent,
                         .channels = static_cast<int>(b.c),
                         .side = static_cast<int>(b.h),
                         .features = request.generator_features};
  PreparedTraining prepared;
  GanOptions options;
  options.generator = sampler(request, size);
  if (data.label_names.size() == static_cast<size_t>(size.classes))
    options.generator.info.labels = data.label_names;
  options.discriminator = judge_of(request, size);
  options.dropout = request.dropout;
  options.critic_steps = request.critic_steps;
  options.training = common_options(request);
  if (!request.init_model.empty()) begin_from(request, options, prepared);
  prepared.method = method_named(request.method)->build(options, a, b);
  return prepared;
}

}  // namespace imago
