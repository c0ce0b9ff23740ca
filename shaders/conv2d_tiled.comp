// Convolution for GPUs: an implicit matrix product through shared memory.
//
//   y[n][o][Y(r)][X(q)] = epilogue( sum over t, s, c of
//       x[n][c][r*kSourceStep + rows.source + t][q*kSourceStep + columns.source + s] *
//       w[tap(t, s)][c][o] )
//   Y(r) = r*kOutStep + rows.offset,  X(q) = q*kOutStep + columns.offset
//
// which is conv2d, or with kTransposed all phases of conv2d_dx side by side (ConvPhase in
// compute/ops/conv2d_kernels.h). x outside its borders is zero; x and y NCHW, w as
// conv2d_tiled_weights.comp packs it. The matrices are weights {o, taps*c} and gathered inputs
// {taps*c, n*r*q}; of the sum the taps are outermost, so that a border is tested once a tap.
//
// A workgroup of kLanesO x kLanesP computes a tile of kTileO channels x kTileP pixels, kDepth input
// channels of one tap at a time; an invocation computes 4*kQuadsO channels x 4*kQuadsP pixels. What
// the next step needs is on its way from memory into registers while this one is computed.
// A long sum is cut into slices of `steps_per_slice`, whose results lie one whole y behind the other.
// Grid: (tiles of pixels, ceil(out_channels / kTileO), layers * phases * slices); where there are
// more tiles of pixels than fit along x, the rest lie in further layers.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "epilogue.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool kTransposed = false;
layout(constant_id = 2) const int kKernelY = 3;
layout(constant_id = 3) const int kKernelX = 3;
layout(constant_id = 4) const int kStride = 1;
layout(constant_id = 5) const int kLanesO = 8;
layout(constant_id = 6) const int kLanesP = 8;
layout(constant_id = 7) const int kQuadsO = 2;
layout(constant_id = 8) const int kQuadsP = 2;
layout(constant_id = 9) const int kDepth = 8;
layout(constant_id = 10) const bool kRagged = true;  // in_channels is no multiple of kDepth
#include "phases.glsl"

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer W { store4_t w[]; };
layout(std430, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, binding = 3) readonly buffer Slope { float slope[]; };
layout(std430, binding = 4) readonly buffer Residual { store_t residual[]; };
layout(std430, binding = 5) writeonly buffer Y { mixed_t y[]; };
layout(push_constant) uniform Push {
  int batch, in_channels, in_height, in_width;
  int out_channels, out_height, out_width;
  int padding;
  int layers, steps_per_slice;
  EpilogueScalars scalars;
};

const int kSize = kLanesO * kLanesP;
const int kTileO = kLanesO * kQuadsO * 4;
const int kTileP = kLanesP * kQuadsP * 4;
// Of the inputs an invocation gathers those of kEach pixels, kRows channels apart; of the weights
// every kSize-th vec4.
const int kEach = kTileP > kSize ? kTileP / kSize : 1;
const int kRows = kTileP > kSize ? 1 : kSize / kTileP;
const int kInputLoads = kDepth / kRows;
const int kWeightQuads = kTileO / 4;
const int kWeightLoads = (kDepth * kWeightQuads + kSize - 1) / kSize;

shared vec4 weights[kDepth * kWeightQuads];
shared vec4 inputs[kDepth * kTileP / 4];

int corner_y[kEach], corner_x[kEach], picture[kEach];
bool inside[kEach];
int source[kEach];
vec4 next_weights[kWeightLoads];
float next_inputs[kEach][kInputLoads];

// Where the gathered pixels' inputs of tap (t, s) lie.
void enter_tap(int t, int s) {
  [[unroll]] for (int j = 0; j < kEach; ++j) {
    const int row = corner_y[j] + t;
    const int column = corner_x[j] + s;
    inside[j] = row >= 0 && row < in_height && column >= 0 && column < in_width;
    source[j] = picture[j] + row * in_width + column;
  }
}

// Loads kDepth channels from `base` on; `tap_weights`: the first vec4 of the tap's weights.
void fetch(int thread, int base, int tap_weights, int first_quad) {
  const int row_quads = (out_channels + 3) / 4;
  [[unroll]] for (int i = 0; i < kWeightLoads; ++i) {
    const int at = thread + i * kSize;
    const int c = base + at / kWeightQuads;
    const int quad = first_quad + at % kWeightQuads;
    const bool counts = quad < row_quads && (!kRagged || c < in_channels) &&
                        (kDepth * kWeightQuads % kSize == 0 || at < kDepth * kWeightQuads);
    next_weights[i] = counts ? vec4(w[tap_weights + c * row_quads + quad]) : vec4(0.0);
  }
  const int plane = in_height * in_width;
  const int first = base + (kRows > 1 ? thread / kTileP : 0);
  [[unroll]] for (int j = 0; j < kEach; ++j)
    [[unroll]] for (int i = 0; i < kInputLoads; ++i) {
      const int c = first + i * kRows;
      const bool counts = inside[j] && (!kRagged || c < in_channels);
      next_inputs[j][i] = counts ? acc_t(x[source[j] + c * plane]) : 0.0;
    }
}

void keep_fetched(int thread) {
  [[unroll]] for (int i = 0; i < kWeightLoads; ++i) {
    const int at = thread + i * kSize;
    if (kDepth * kWeightQuads % kSize == 0 || at < kDepth * kWeightQuads)
      weights[at] = next_weights[i];
  }
  const int first = kRows > 1 ? thread / kTileP : 0;
  [[unroll]] for (int j = 0; j < kEach; ++j)
    [[unroll]] for (int i = 0; i < kInputLoads; ++i) {
      const int p = (kEach > 1 ? thread + j * kSize : thread % kTileP);
      inputs[(first + i * kRows) * (kTileP / 4) + p / 4][p % 4] = next_inputs[j][i];
    }
}

void main() {
  const int thread = int(gl_LocalInvocationIndex);
  const int phases = kOutStep * kOutStep;
  const int layer = int(gl_WorkGroupID.z) % layers;
  const int phase = int(gl_WorkGroupID.z) / layers % phases;
  const int slice = int(gl_WorkGroupID.z) / (layers * phases);
  const Axis rows = axis_of(phase / kOutStep, out_height, kKernelY, padding);
  const Axis columns = axis_of(phase % kOutStep, out_width, kKernelX, padding);

  const int first_pixel = (int(gl_WorkGroupID.x) + layer * int(gl_NumWorkGroups.x)) * kTileP;
  const int first_channel = int(gl_WorkGroupID.y) * kTileO;
  const int pixels = batch * rows.outputs * columns.outputs;
  if (first_pixel >= pixels) return;  // of another phase or the last layer

  [[unroll]] for (int j = 0; j < kEach; ++j) {
    const int pixel = first_pixel + (kEach > 1 ? thread + j * kSize : thread % kTileP);
    const int q = pixel % columns.outputs;
    const int r = pixel / columns.outputs % rows.outputs;
    const int n = pixel / (columns.outputs * rows.outputs);
    // Of a pixel that there is none of, all inputs are outside.
    corner_y[j] = pixel < pixels ? r * kSourceStep + rows.source : -0x10000;
    corner_x[j] = q * kSourceStep + columns.source;
    picture[j] = n * in_channels * in_height * in_width;
  }

  const int lane_o = thread / kLanesP;
  const int lane_p = thread % kLanesP;
  vec4 acc[4 * kQuadsO][kQuadsP];
  [[unroll]] for (int o = 0; o < 4 * kQuadsO; ++o)
    [[unroll]] for (int p = 0; p < kQuadsP; ++p) acc[o][p] = vec4(0.0);

  const int chunks = (in_channels + kDepth - 1) / kDepth;
  const int tap_quads = in_channels * ((out_channels + 3) / 4);
  int step = slice * steps_per_slice;
  const int end = min(step + steps_per_slice, rows.taps * columns.taps * chunks);
  if (step < end) {
    const int first_quad = first_channel / 4;
    int t = step / chunks / columns.taps;
    int s = step / chunks % columns.taps;
    int base = step % chunks * kDepth;
    int tap = (rows.tap + t * rows.tap_step) * kKernelX + columns.tap + s * columns.tap_step;
    enter_tap(t, s);
    fetch(thread, base, tap * tap_quads, first_quad);
    for (;;) {
      keep_fetched(thread);
      barrier();
      const bool more = ++step < end;
      if (more) {
        base += kDepth;
        if (base >= in_channels) {
          base = 0;
          if (++s == columns.taps) {
            s = 0;
            ++t;
          }
          tap = (rows.tap + t * rows.tap_step) * kKernelX + columns.tap + s * columns.tap_step;
          enter_tap(t, s);
        }
        fetch(thread, base, tap * tap_quads, first_quad);
      }
      [[unroll]] for (int d = 0; d < kDepth; ++d) {
        vec4 a[kQuadsO], b[kQuadsP];
        [[unroll]] for (int i = 0; i < kQuadsO; ++i)
          a[i] = weights[d * kWeightQuads + lane_o + i * kLanesO];
        [[unroll]] for (int i = 0; i < kQuadsP; ++i)
          b[i] = inputs[d * (kTileP / 4) + lane_p + i * kLanesP];
        [[unroll]] for (int o = 0; o < 4 * kQuadsO; ++o)
          [[unroll]] for (int p = 0; p < kQuadsP; ++p)
            acc[o][p] = fma(vec4(a[o / 4][o % 4]), b[p], acc[o][p]);
      }
      if (!more) break;
      barrier();
    }
  }

  const int first_result = slice * batch * out_channels * out_height * out_width;
  [[unroll]] for (int p = 0; p < 4 * kQuadsP; ++p) {
    const int pixel = first_pixel + (lane_p + p / 4 * kLanesP) * 4 + p % 4;
    const int out_y = pixel / columns.outputs % rows.outputs * kOutStep + rows.offset;
    const int out_x = pixel % columns.outputs * kOutStep + columns.offset;
    const int n = pixel / (columns.outputs * rows.outputs);
    [[unroll]] for (int o = 0; o < 4 * kQuadsO; ++o) {
      const int channel = first_channel + (lane_o + o / 4 * kLanesO) * 4 + o % 4;
      if (channel < out_channels && pixel < pixels) {
        const int at = ((n * out_channels + channel) * out_height + out_y) * out_width + out_x;
        const float b = kHasBias != 0 ? bias[channel] : 0.0;
        const float e = kActivation == kPrelu ? slope[channel * kSlopeStride] : 0.0;
        const float add = kHasResidual != 0 ? acc_t(residual[at]) : 0.0;
        y[first_result + at] = mixed_t(epilogue(acc[o][p / 4][p % 4], b, e, add, scalars));
      }
    }
  }
}
