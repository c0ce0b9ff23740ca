// Convolution on matrix units: the product of conv2d_tiled.comp with cooperative matrices
// (VK_KHR_cooperative_matrix), x, w and residual in fp16, sums in fp32.
//
// The same sums, phases, slices and grid as there; w packed as {taps, o, c}, c up to the next multiple
// of four (conv2d_tiled_weights.comp with its channels exchanged). A subgroup multiplies matrices of
// {kM, kK} weights and {kK, kN} inputs, sizes that the device offers, and computes kBlocksO x kBlocksP of
// them; a workgroup kJobsO x kJobsP such jobs, kDepth input channels of one tap at a time. In shared
// memory channels are innermost for both, as matrix units want them. The device says only how many
// subgroups a workgroup has at least: where there are fewer than jobs, they do them in rounds.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#include "common.glsl"
#include "epilogue.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool kTransposed = false;
layout(constant_id = 2) const int kKernelY = 3;
layout(constant_id = 3) const int kKernelX = 3;
layout(constant_id = 4) const int kStride = 1;
layout(constant_id = 5) const int kM = 16;
layout(constant_id = 6) const int kN = 16;
layout(constant_id = 7) const int kK = 16;
layout(constant_id = 8) const int kJobsO = 2;
layout(constant_id = 9) const int kJobsP = 2;
layout(constant_id = 10) const int kBlocksO = 2;
layout(constant_id = 11) const int kBlocksP = 2;
layout(constant_id = 12) const int kDepth = 32;   // a multiple of kK
layout(constant_id = 13) const int kSize = 128;  // as local_size_x
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

const int kJobs = kJobsO * kJobsP;
const int kTileO = kJobsO * kBlocksO * kM;
const int kTileP = kJobsP * kBlocksP * kN;
const int kQuads = kDepth / 4;
// Rows of shared memory begin at multiples of 16 bytes, and not all in the same bank.
const int kRow = kQuads + 2;
const int kWeightLoads = (kTileO * kQuads + kSize - 1) / kSize;
// An invocation gathers inputs of kEach pixels, four channels at a time, kRows such fours apart.
const int kEach = kTileP > kSize ? kTileP / kSize : 1;
const int kRows = kTileP > kSize ? 1 : kSize / kTileP;
const int kInputLoads = (kQuads + kRows - 1) / kRows;

shared f16vec4 weights[kTileO * kRow];
shared f16vec4 inputs[kTileP * kRow];
shared float results[kJobs * kM * kN];

int corner_y[kEach], corner_x[kEach], picture[kEach];
bool inside[kEach];
int source[kEach];
f16vec4 next_weights[kWeightLoads];
f16vec4 next_inputs[kEach][kInputLoads];

// Where the gathered pixels' inputs of tap (t, s) lie.
void enter_tap(int t, int s) {
  [[unroll]] for (int j = 0; j < kEach; ++j) {
    const int row = corner_y[j] + t;
    const int column = corner_x[j] + s;
    inside[j] = row >= 0 && row < in_height && column >= 0 && column < in_width;
    source[j] = picture[j] + row * in_width + column;
  }
}

// Loads kDepth channels from `base` on; what there is none of is zero.
void fetch(int thread, int base, int tap, int first_channel) {
  const int row_quads = (in_channels + 3) / 4;
  [[unroll]] for (int i = 0; i < kWeightLoads; ++i) {
    const int at = thread + i * kSize;
    const int channel = first_channel + at / kQuads;
    const int quad = base / 4 + at % kQuads;
    const bool counts = at < kTileO * kQuads && channel < out_channels && quad < row_quads;
    const f16vec4 loaded = w[counts ? (tap * out_channels + channel) * row_quads + quad : 0];
    next_weights[i] = counts ? loaded : f16vec4(0.0);
  }
  const int plane = in_height * in_width;
  const int first = base + (kRows > 1 ? thread / kTileP * 4 : 0);
  [[unroll]] for (int j = 0; j < kEach; ++j)
    [[unroll]] for (int i = 0; i < kInputLoads; ++i)
      [[unroll]] for (int k = 0; k < 4; ++k) {
        const int c = first + i * kRows * 4 + k;
        const bool counts = inside[j] && c < in_channels;
        const float16_t loaded = x[counts ? source[j] + c * plane : 0];
        next_inputs[j][i][k] = counts ? loaded : float16_t(0.0);
      }
}

void keep_fetched(int thread) {
  [[unroll]] for (int i = 0; i < kWeightLoads; ++i) {
    const int at = thread + i * kSize;
    if (at < kTileO * kQuads) weights[at / kQuads * kRow + at % kQuads] = next_weights[i];
  }
  const int first = kRows > 1 ? thread / kTileP : 0;
  [[unroll]] for (int j = 0; j < kEach; ++j)
    [[unroll]] for (int i = 0; i < kInputLoads; ++i) {
      const int p = kEach > 1 ? thread + j * kSize : thread % kTileP;
      const int quad = first + i * kRows;
      if (quad < kQuads) inputs[p * kRow + quad] = next_inputs[j][i];
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

  const int chunks = (in_channels + kDepth - 1) / kDepth;
  const int end = min((slice + 1) * steps_per_slice, rows.taps * columns.taps * chunks);
  const int first_result = slice * batch * out_channels * out_height * out_width;
  for (int round = 0; round < kJobs; round += int(gl_NumSubgroups)) {
    const int job = round + int(gl_SubgroupID);
    const bool works = job < kJobs;
    const int job_o = job / kJobsP * kBlocksO * kM;
    const int job_p = job % kJobsP * kBlocksP * kN;
    coopmat<float, gl_ScopeSubgroup, kM, kN, gl_MatrixUseAccumulator> acc[kBlocksO * kBlocksP];
    [[unroll]] for (int i = 0; i < kBlocksO * kBlocksP; ++i)
      acc[i] = coopmat<float, gl_ScopeSubgroup, kM, kN, gl_MatrixUseAccumulator>(0.0);

    int step = slice * steps_per_slice;
    if (step < end) {
      int t = step / chunks / columns.taps;
      int s = step / chunks % columns.taps;
      int base = step % chunks * kDepth;
      int tap = (rows.tap + t * rows.tap_step) * kKernelX + columns.tap + s * columns.tap_step;
      enter_tap(t, s);
      fetch(thread, base, tap, first_channel);
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
          fetch(thread, base, tap, first_channel);
        }
        if (works)
          [[unroll]] for (int d = 0; d < kQuads; d += kK / 4) {
            coopmat<float16_t, gl_ScopeSubgroup, kM, kK, gl_MatrixUseA> a[kBlocksO];
            [[unroll]] for (int o = 0; o < kBlocksO; ++o)
              coopMatLoad(a[o], weights, (job_o + o * kM) * kRow + d, kRow,
                          gl_CooperativeMatrixLayoutRowMajor);
            [[unroll]] for (int p = 0; p < kBlocksP; ++p) {
              coopmat<float16_t, gl_ScopeSubgroup, kK, kN, gl_MatrixUseB> b;
              coopMatLoad(b, inputs, (job_p + p * kN) * kRow + d, kRow,
                          gl_CooperativeMatrixLayoutColumnMajor);
              [[unroll]] for (int o = 0; o < kBlocksO; ++o)
                acc[o * kBlocksP + p] = coopMatMulAdd(a[o], b, acc[o * kBlocksP + p]);
            }
          }
        barrier();
        if (!more) break;
      }
    }

    // One matrix after the other by way of shared memory. Of acc only constant indices: with others
    // it would have to lie in memory.
    [[dont_unroll]] for (int i = 0; i < kBlocksO * kBlocksP; ++i) {
      subgroupBarrier();
      [[unroll]] for (int k = 0; k < kBlocksO * kBlocksP; ++k)
        if (works && k == i)
          coopMatStore(acc[k], results, job * kM * kN, kN, gl_CooperativeMatrixLayoutRowMajor);
      subgroupBarrier();
      for (int at = int(gl_SubgroupInvocationID); at < kM * kN; at += int(gl_SubgroupSize)) {
        const int pixel = first_pixel + job_p + i % kBlocksP * kN + at % kN;
        const int channel = first_channel + job_o + i / kBlocksP * kM + at / kN;
        if (works && channel < out_channels && pixel < pixels) {
          const int out_y = pixel / columns.outputs % rows.outputs * kOutStep + rows.offset;
          const int out_x = pixel % columns.outputs * kOutStep + columns.offset;
          const int n = pixel / (columns.outputs * rows.outputs);
          const int to = ((n * out_channels + channel) * out_height + out_y) * out_width + out_x;
          const float b = kHasBias != 0 ? bias[channel] : 0.0;
          const float e = kActivation == kPrelu ? slope[channel * kSlopeStride] : 0.0;
          const float add = kHasResidual != 0 ? acc_t(residual[to]) : 0.0;
          y[first_result + to] = mixed_t(epilogue(results[job * kM * kN + at], b, e, add, scalars));
        }
      }
    }
  }
}
