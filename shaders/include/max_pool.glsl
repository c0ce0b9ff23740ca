// Which pixel of a block of FACTOR x FACTOR is the largest.
#ifndef MAX_POOL_GLSL
#define MAX_POOL_GLSL

layout(constant_id = 0) const uint FACTOR = 2;

struct Largest {
  acc_t value;
  uint place;  // row by row
};

void look_at(acc_t value, uint place, inout Largest largest) {
  if (isnan(value) || value > largest.value) largest = Largest(value, place);
}

#endif
