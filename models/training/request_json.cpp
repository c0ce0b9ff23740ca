#include "models/training/request_json.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <type_traits>
#include <vector>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "models/training/run/text_file.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

constexpr int kFormat = 1;

// The words of each choice, in a table that reading goes through.
std::vector<DataKind> values_of(DataKind) {
  return {DataKind::aligned, DataKind::unaligned, DataKind::photos, DataKind::paired,
          DataKind::edges,   DataKind::grey,      DataKind::holes,  DataKind::cameras};
}
std::vector<Preprocess> values_of(Preprocess) {
  return {Preprocess::resize_and_crop, Preprocess::crop, Preprocess::scale_width,
          Preprocess::scale_width_and_crop, Preprocess::none};
}
std::vector<Norm> values_of(Norm) { return {Norm::batch, Norm::instance, Norm::none}; }
std::vector<InitType> values_of(InitType) {
  return {InitType::normal, InitType::xavier, InitType::kaiming, InitType::orthogonal,
          InitType::uniform};
}
std::vector<GanMode> values_of(GanMode) {
  return {GanMode::vanilla, GanMode::lsgan, GanMode::wgangp, GanMode::hinge};
}
std::vector<PixelLoss> values_of(PixelLoss) { return {PixelLoss::mse, PixelLoss::l1}; }
std::vector<LearningRatePolicy> values_of(LearningRatePolicy) {
  return {LearningRatePolicy::linear, LearningRatePolicy::step, LearningRatePolicy::plateau,
          LearningRatePolicy::cosine};
}

/// The double that is written with the fewest digits and is read back as this float: 0.02 instead
/// of 0.019999999552965164.
double readable(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  double shortest = 0;
  std::from_chars(text, end, shortest);
  return static_cast<float>(shortest) == value ? shortest : double{value};
}

/// Puts fields into an object.
class Writer {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    if constexpr (std::is_enum_v<T>)
      object[name] = to_string(value);
    else if constexpr (std::is_same_v<T, std::filesystem::path>)
      object[name] = value.string();
    else if constexpr (std::is_same_v<T, float>)
      object[name] = readable(value);
    else
      object[name] = value;
  }

  ordered_json object = ordered_json::object();
};

/// Takes fields out of an object and remembers which it was asked for.
class Reader {
 public:
  Reader(const ordered_json& object, const std::string& source)
      : object_(object), source_(source) {}

  template <class T>
  void operator()(const char* name, T& value) {
    known_.insert(name);
    const auto found = object_.find(name);
    if (found == object_.end()) return;
    try {
      read(*found, value);
    } catch (const nlohmann::json::exception&) {
      fail(std::string("'") + name + "' is " + found->dump() + ", which it cannot be");
    }
  }

  /// Throws Error if the object has a field that nobody asked for.
  void refuse_others() const {
    for (const auto& [name, value] : object_.items())
      if (!known_.contains(name))
        fail("'" + name + "' is not a setting of this version of Imago; use the one that wrote it");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Error(source_ + ": " + what); }

  template <class T>
  void read(const ordered_json& from, T& value) const {
    if constexpr (std::is_enum_v<T>) {
      const std::string word = from.get<std::string>();
      for (const T choice : values_of(T()))
        if (to_string(choice) == word) return void(value = choice);
      fail("'" + word + "' is not a word of this version of Imago; use the one that wrote it");
    } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
      value = from.get<std::string>();
    } else {
      value = from.get<T>();
    }
  }

  const ordered_json& object_;
  const std::string& source_;
  std::set<std::string> known_;
};

// The one list of fields, for both directions: `Request` is const when they are written.

template <class Request, class Visitor>
void visit_data(Request& r, Visitor& v) {
  auto& d = r.data;
  v("dataset_mode", d.kind);
  v("dataroot", d.dataroot);
  v("dataroot_b", d.dataroot_b);
  v("phase", d.phase);
  v("b_to_a", d.b_to_a);
  v("preprocess", d.preprocess);
  v("load_size", d.load_size);
  v("crop_size", d.crop_size);
  v("flip", d.flip);
  v("batch_size", d.batch_size);
  v("max_dataset_size", d.max_dataset_size);
  v("input_nc", d.input_channels);
  v("output_nc", d.output_channels);
  v("serial_batches", d.in_order);
  v("scale", d.scale);
  v("degrade", d.degrade);
  v("data_seed", d.seed);
  v("cache_bytes", d.cache_bytes);
  v("val_cameras", d.val_cameras);
  v("held_out", d.held_out);
  v("color_jitter", d.color_jitter);
  v("input_jitter", d.input_jitter);
  v("augment", d.augment);
  v("white_on_black", d.white_on_black);
  v("line_width", d.line_width);
}

template <class Request, class Visitor>
void visit_networks(Request& r, Visitor& v) {
  v("netG", r.generator);
  v("netD", r.discriminator);
  v("ngf", r.generator_features);
  v("ndf", r.discriminator_features);
  v("n_layers_D", r.discriminator_layers);
  v("norm", r.norm);
  v("dropout", r.dropout);
  v("spectral_norm", r.spectral_norm);
  v("init_type", r.init.type);
  v("init_gain", r.init.gain);
  v("init", r.init_model);
  v("netG_chosen", r.generator_chosen);
  v("netD_chosen", r.discriminator_chosen);
}

template <class Request, class Visitor>
void visit_losses(Request& r, Visitor& v) {
  v("gan_mode", r.gan_mode);
  v("pool_size", r.pool_size);
  v("lambda_L1", r.lambda_l1);
  v("keep_luma", r.keep_luma);
  v("lambda_A", r.lambda_a);
  v("lambda_B", r.lambda_b);
  v("lambda_identity", r.lambda_identity);
  v("pixel_loss", r.pixel_loss);
  v("pixel_weight", r.pixel_weight);
  v("adversarial_weight", r.adversarial_weight);
  v("feature_weight", r.feature_weight);
  v("tv_weight", r.total_variation_weight);
  v("relativistic", r.relativistic);
  v("vgg", r.vgg);
  v("pixel_epochs", r.pixel_epochs);
}

template <class Request, class Visitor>
void visit_steps(Request& r, Visitor& v) {
  v("beta1", r.adam.beta1);
  v("beta2", r.adam.beta2);
  v("epsilon", r.adam.epsilon);
  v("weight_decay", r.adam.weight_decay);
  v("clip_norm", r.adam.clip_norm);
  v("lr_policy", r.schedule.policy);
  v("lr", r.schedule.learning_rate);
  v("n_epochs", r.schedule.epochs);
  v("n_epochs_decay", r.schedule.epochs_decay);
  v("lr_decay_iters", r.schedule.decay_epochs);
  v("epoch_count", r.schedule.first_epoch);
  v("average", r.average_decay);
  v("seed", r.seed);
  v("max_steps", r.max_steps);
}

template <class Request, class Visitor>
void visit_run(Request& r, Visitor& v) {
  v("save_epoch_freq", r.save_epochs);
  v("print_freq", r.print_steps);
  v("num_threads", r.threads);
  v("save_steps", r.save_steps);
  v("validate_epochs", r.validate_epochs);
  v("validation_pictures", r.validation_pictures);
  v("health", r.health);
  v("recompute", r.recompute);
}

template <class Request, class Visitor>
void visit(Request& r, Visitor& v) {
  v("name", r.name);
  v("checkpoints_dir", r.checkpoints_dir);
  visit_data(r, v);
  visit_networks(r, v);
  visit_losses(r, v);
  visit_steps(r, v);
  visit_run(r, v);
}

}  // namespace

std::string to_json(const TrainingRequest& request) {
  Writer writer;
  writer("imago_options", kFormat);
  writer("method", request.method);
  visit(request, writer);
  try {
    return writer.object.dump(2) + "\n";
  } catch (const nlohmann::json::exception&) {
    throw Error("a folder or file whose name is not UTF-8 cannot be kept in a run's options");
  }
}

TrainingRequest request_from_json(const std::string& text, const std::string& source) {
  const ordered_json object = ordered_json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("imago_options"))
    throw Error(source + ": is not the options of a training run of Imago");
  Reader reader(object, source);
  int format = 0;
  reader("imago_options", format);
  if (format != kFormat)
    throw Error(source + ": was written by another version of Imago, which keeps options in " +
                "another way; use that one");
  std::string method;
  reader("method", method);
  TrainingRequest request;
  try {
    request = default_request(method);
  } catch (const Error& error) {
    throw Error(source + ": " + error.what());
  }
  visit(request, reader);
  reader.refuse_others();
  return request;
}

void write_options(const TrainingRequest& request, const std::filesystem::path& path) {
  write_text_file(path, to_json(request));
}

TrainingRequest read_options(const std::filesystem::path& path) {
  return request_from_json(read_text_file(path), path.string());
}

}  // namespace imago
