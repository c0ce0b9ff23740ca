// Choosing kernels by measurement: once for a device, driver and version of Imago.
#pragma once

#include <memory>
#include <span>

#include "compute/graph/graph.h"
#include "compute/plan/plan.h"
#include "compute/vk/device.h"

namespace imago {

/// Whether kernels are chosen by measurement on this device: on GPUs, unless IMAGO_TUNE=0 is in the
/// environment; on CPU drivers, for which the first candidates were chosen by measurement, with
/// IMAGO_TUNE=1 alone.
bool is_tuned(const DeviceProperties& device);

/// The choices for plans of `graphs` with these options, and no others, so that they do not depend
/// on what else was run: those remembered for the device, and of what was never measured before,
/// measured now and remembered (beside the pipeline cache). That takes some seconds for a network
/// and leaves out what is less than a hundredth of a graph's work. A candidate whose numbers are
/// not those of the first one, or that the driver refuses, is never chosen; the first one where
/// even that could not be measured. None where !is_tuned(). A TuningWatch (base/tuning_watch.h) is
/// told before each measurement; after what it throws, which the caller gets, the choices made by
/// then are remembered.
std::shared_ptr<const TuningTable> tune(Device& device, std::span<const Graph* const> graphs,
                                        const PlanOptions& options);

}  // namespace imago
