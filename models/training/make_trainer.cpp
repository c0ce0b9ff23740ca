#include "models/training/make_trainer.h"

#include <string>
#include <utility>

#include "compute/base/error.h"
#include "models/training/prepare.h"

namespace imago {
namespace {

/// False where whole pictures are taken, whatever their sizes.
bool has_one_size(const DataOptions& data) {
  return data.preprocess != Preprocess::none && data.preprocess != Preprocess::scale_width;
}

void check_sides(const Method& method, const DataOptions& data, const Shape& a) {
  for (const TrainedGenerator& generator : method.generators) {
    const int multiple = generator.architecture.info.multiple;
    if (a.h % multiple != 0 || a.w % multiple != 0)
      throw Error(generator.architecture.info.architecture + " takes pictures whose sides are " +
                  "multiples of " + std::to_string(multiple) + ", these are " +
                  std::to_string(a.w) + "x" + std::to_string(a.h) +
                  (has_one_size(data) ? "; change --crop-size or --netG"
                                      : "; take a --preprocess that crops, or another --netG (the "
                                        "resnets take multiples of 4)"));
  }
}

}  // namespace

std::unique_ptr<Trainer> make_trainer(Device& device, const TrainingRequest& request,
                                      const Dataset& dataset,
                                      std::shared_ptr<const TuningTable> tuning) {
  if (request.precision == NumberType::fp16 && !device.properties().storage_16bit)
    throw Error("--precision fp16: " + device.properties().name +
                " stores no fp16; train with --precision fp32");
  const Batch first = dataset.batch(0);
  PreparedTraining prepared = prepare(request, first.a_shape, first.b_shape);
  check_sides(prepared.method, request.data, first.a_shape);
  TrainerOptions options{request.init,      request.seed,
                         request.pool_size, request.gradient_checkpointing,
                         request.precision, std::move(tuning)};
  if (!has_one_size(request.data))
    options.for_shapes = [request](const Shape& a, const Shape& b) {
      Method method = prepare(request, a, b).method;
      check_sides(method, request.data, a);
      return method;
    };
  return std::make_unique<Trainer>(device, std::move(prepared.method), options, prepared.start);
}

int64_t steps_per_epoch(const Dataset& dataset, const Method& method) {
  const int64_t batches = method.batches_per_step();
  return (dataset.steps_per_epoch() + batches - 1) / batches;
}

}  // namespace imago
