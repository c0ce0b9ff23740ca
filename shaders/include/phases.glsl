// One axis of a convolution in the form that conv2d and its transpose share, as conv_phases() of
// compute/ops/conv2d_kernels.cpp. The including kernel declares kTransposed and kStride.
#ifndef PHASES_GLSL
#define PHASES_GLSL

const int kOutStep = kTransposed ? kStride : 1;
const int kSourceStep = kTransposed ? 1 : kStride;

struct Axis {
  int outputs, offset, source, taps, tap, tap_step;
};

Axis axis_of(int residue, int out_size, int kernel, int padding) {
  if (!kTransposed) return Axis(out_size, 0, -padding, kernel, 0, 1);
  const int first = (residue + padding) % kStride;
  const int taps = first < kernel ? (kernel - first - 1) / kStride + 1 : 0;
  const int source = (residue + padding - first) / kStride - (taps - 1);
  const int outputs = (out_size - residue + kStride - 1) / kStride;
  return Axis(outputs, residue, source, taps, first + kStride * (taps - 1), -kStride);
}

#endif
