#include "models/training/memory.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "models/data/prefetch.h"
#include "models/training/prepare.h"
#include "models/training/validate_rows.h"
#include "models/translate/program_cache.h"

namespace imago {
namespace {

bool are_cut(const DataOptions& data) {
  return data.preprocess != Preprocess::none && data.preprocess != Preprocess::scale_width;
}

BatchShapes shapes_of(const TrainingRequest& request) {
  DataOptions data = request.data;
  if (data.labels || data.kind == DataKind::table) complete(data);
  if (are_cut(data)) return batch_shapes(data, data.crop_size);
  const Batch first = Dataset(request.data).batch(0);
  return {first.a_shape, first.b_shape};
}

int64_t aligned(int64_t bytes) {
  return (bytes + kBindingAlignment - 1) / kBindingAlignment * kBindingAlignment;
}

std::map<std::string, int64_t> parameter_bytes(const Method& method) {
  std::map<std::string, int64_t> bytes;
  for (const Stage& stage : method.stages)
    for (const Phase& phase : stage.phases)
      for (const Node& node : phase.graph->nodes())
        if (node.op == &kParameter) bytes[node.name] = aligned(node.shape.bytes());
  return bytes;
}

/// What validation puts on the device: one picture at a time, of photos twice the crop
/// (validate.h).
ProgramMemory validation_memory(const TrainingRequest& request, const Method& method,
                                const DeviceProperties& device, const BatchShapes& shapes) {
  ProgramMemory total;
  if (request.validate_epochs == 0) return total;
  for (const TrainedGenerator& generator : method.generators) {
    Shape shape = generator.input == Side::a ? shapes.a : shapes.b;
    shape.n = 1;
    if (request.data.kind == DataKind::table) shape.h = RowValidation::kAtOnce;
    if (request.data.kind == DataKind::photos) shape.h *= 2, shape.w *= 2;
    const ProgramMemory program =
        memory_of(plan_network(generator.architecture, shape, generator.architecture.defaults,
                               device, {.fold_constants = false}));
    total.device += program.device;
    total.host_visible += program.host_visible;
  }
  return total;
}

ProgramMemory largest_stage(const TrainingRequest& request, const Method& method,
                            const DeviceProperties& device) {
  ProgramMemory most;
  for (const Stage& stage : method.stages) {
    ProgramMemory total;
    for (const Phase& phase : stage.phases) {
      const ProgramMemory program =
          memory_of(make_plan(*phase.graph, device,
                              {.storage = request.precision,
                               .gradient_checkpointing = request.gradient_checkpointing,
                               .fold_constants = false}));
      total.device += program.device;
      total.host_visible += program.host_visible;
    }
    if (total.total() > most.total()) most = total;
  }
  return most;
}

}  // namespace

MemoryEstimate predict_memory(const TrainingRequest& request, const DeviceProperties& device,
                              const Shape& a, const Shape& b) {
  const Method method = prepare(request, a, b).method;
  MemoryEstimate estimate;
  int64_t largest = 0;
  for (const auto& [name, bytes] : parameter_bytes(method)) {
    estimate.parameters += bytes;
    largest = std::max(largest, bytes);
  }
  const ProgramMemory stage = largest_stage(request, method, device);
  const ProgramMemory validation = validation_memory(request, method, device, {a, b});
  estimate.work = stage.device;
  estimate.validation = validation.total();
  // Parameters come in pieces when training begins, and are read one by one to be saved.
  estimate.transfer = stage.host_visible + largest;
  estimate.peak =
      estimate.parameters +
      std::max(std::min({estimate.parameters, Parameters::kPieceBytes, largest_block(device)}),
               estimate.work + estimate.transfer + estimate.validation);
  const int64_t batches = Prefetcher::kAhead + request.threads + 1;
  estimate.host =
      request.data.cache_bytes + batches * (a.bytes() + b.bytes()) + estimate.parameters;
  return estimate;
}

MemoryEstimate predict_memory(const TrainingRequest& request, const DeviceProperties& device) {
  const BatchShapes shapes = shapes_of(request);
  return predict_memory(request, device, shapes.a, shapes.b);
}

Fit fit(const TrainingRequest& request, const DeviceProperties& device, uint64_t available) {
  return fit([&] { return predict_memory(request, device).peak; }, available);
}

namespace {

std::string readable(int64_t bytes) {
  char text[32];
  const double mib = static_cast<double>(bytes) / (1 << 20);
  if (mib < 1024)
    std::snprintf(text, sizeof(text), "%.*f MiB", mib < 10 ? 1 : 0, mib);
  else
    std::snprintf(text, sizeof(text), "%.1f GiB", mib / 1024);
  return text;
}

}  // namespace

std::string describe(const MemoryEstimate& estimate, uint64_t available) {
  const bool fits = fit([&] { return estimate.peak; }, available).fits();
  return "takes " + readable(estimate.peak) + " of " + readable(static_cast<int64_t>(available)) +
         " free device memory (weights and their moments " + readable(estimate.parameters) +
         ", working memory " + readable(estimate.work) + ", transfers " +
         readable(estimate.transfer) + ", validation " + readable(estimate.validation) +
         "): " + (fits ? "fits" : "does not fit; --fit lowers what a step takes until it does");
}

namespace {

/// Sides below the present one, ascending, that the networks of `request` can be trained with.
std::vector<int> smaller_crops(const TrainingRequest& request) {
  const DataKind kind = request.data.kind;
  if (!are_cut(request.data) || kind == DataKind::table || kind == DataKind::sounds) return {};
  const BatchShapes shapes = shapes_of(request);
  const Method method = prepare(request, shapes.a, shapes.b).method;
  const bool photos = request.data.kind == DataKind::photos;
  const int scale = photos ? request.data.scale : 1;
  int step = scale, least = scale;
  for (const TrainedGenerator& generator : method.generators) {
    const ModelInfo& info = generator.architecture.info;
    step = std::lcm(step, info.multiple * scale);
    least = std::max(least, info.minimum * scale);
  }
  std::vector<int> crops;
  for (int side = step; side < request.data.crop_size; side += step) {
    if (side < least) continue;
    const BatchShapes smaller = batch_shapes(request.data, side);
    try {
      prepare(request, smaller.a, smaller.b);
      crops.push_back(side);
    } catch (const Error&) {
      // The discriminator cannot judge so small a picture, or one of such sides.
    }
  }
  return crops;
}

/// The largest of the ascending `values` that fits; the least of them if none does.
int largest_that_fits(const std::vector<int>& values, const std::function<bool(int)>& fits) {
  const auto end = std::partition_point(values.begin(), values.end(), fits);
  return end == values.begin() ? values.front() : *(end - 1);
}

}  // namespace

TrainingRequest fit_request(const TrainingRequest& request, const DeviceProperties& device,
                            uint64_t available, std::vector<std::string>* changes) {
  TrainingRequest fitting = request;
  const auto fits = [&](const TrainingRequest& r) { return fit(r, device, available).fits(); };
  const auto lower = [&](const std::string& option, int& value, const std::vector<int>& values) {
    if (values.empty() || fits(fitting)) return;
    const int before = value;
    const int chosen = largest_that_fits(values, [&](int candidate) {
      value = candidate;
      return fits(fitting);
    });
    value = chosen;
    changes->push_back(option + " " + std::to_string(value) + " instead of " +
                       std::to_string(before));
  };
  if (fits(fitting)) return fitting;
  if (!fitting.gradient_checkpointing) {
    fitting.gradient_checkpointing = true;
    changes->push_back(
        "activations are made again in the backward pass (--gradient-checkpointing)");
  }
  std::vector<int> batches;
  const int together = request.method == "tabular" ? request.packed_rows : 1;
  for (int size = together; size < request.data.batch_size; size += together)
    batches.push_back(size);
  lower("--batch-size", fitting.data.batch_size, batches);
  if (!fits(fitting)) lower("--crop-size", fitting.data.crop_size, smaller_crops(fitting));
  if (const Fit least = fit(fitting, device, available); !least.fits())
    throw OutOfMemory("even with --gradient-checkpointing, --batch-size " +
                      std::to_string(fitting.data.batch_size) + " and --crop-size " +
                      std::to_string(fitting.data.crop_size) +
                      (least.too_large.empty() ? " a step takes " + readable(least.needed) + ", " +
                                                     readable(least.available) + " are free"
                                               : ", " + least.too_large) +
                      "; choose a smaller network: --ngf, --ndf or --netG");
  return fitting;
}

}  // namespace imago
