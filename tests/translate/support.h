// Small generators and pictures made in memory, and cache folders that are not the user's.
#pragma once

#include <filesystem>
#include <string>

#include "compute/vk/device.h"
#include "models/image/image.h"
#include "models/networks/generator.h"

namespace imago {

/// The generator with a value for every parameter it asks for. Activations keep about their size
/// from layer to layer, so that what is wrong anywhere shows in the picture.
Generator with_weights(Generator generator);

/// The least upscaler: SRVGGNetCompact of one block.
Generator compact(int scale = 2, int channels = 3);

/// A picture of noise in [0.2, 0.8], the same for the same size.
Image noise(int width, int height, int channels = 3);

/// Largest difference of two pictures' values; reports a failure where sizes differ.
double difference(const Image& a, const Image& b);

/// Standard deviation of the values: a picture that is flat proves nothing.
double contrast(const Image& image);

/// Two equal convolutions, which share their few pipelines: for tests that open many devices.
Generator plain_generator();

/// So many convolutions (at least 2), each of which takes the pixel under one `tap` of its 3x3,
/// from 0 at the upper left to 8: beside the input itself, what comes out depends on nothing but
/// the input exactly that many pixels away. Twice as large.
Generator shifting_generator(int tap, int convolutions);

/// `plain_generator` through Device, Parameters and Program: weights are packed
/// beforehand, several dispatches run. With the default options, the right result.
std::vector<float> run_reference_job(const DeviceOptions& options = {});

}  // namespace imago
