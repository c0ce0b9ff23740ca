// Padding of an axis of `size` elements by its mode (id 10): 0 zero, 1 reflect, 2 replicate, as PadMode
// in compute/ops.h. `padded_index` is where element i, which may lie outside, is read; with zero
// padding `inside` tells whether it counts.
#ifndef PADDING_GLSL
#define PADDING_GLSL

layout(constant_id = 10) const int kPadMode = 0;

int padded_index(int i, int size) {
  if (kPadMode == 1) {
    i = abs(i);
    i = size - 1 - abs(size - 1 - i);
  }
  return clamp(i, 0, size - 1);
}

bool inside(int i, int size) { return kPadMode != 0 || (i >= 0 && i < size); }

#endif
