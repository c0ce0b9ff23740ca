// How numbers are stored. What is loaded is converted at once to what is computed with, acc_t(x[i]), and
// what is stored back, store_t(value): a device that stores fp16 need not compute with it. A kernel with a
// store_t in it is compiled a second time with HALF, and one with a mixed_t a third time with HALF and
// MIXED (CMakeLists.txt); which of them runs follows from the types of the values that it is given
// (Lowering::dispatch).
#ifndef STORAGE_GLSL
#define STORAGE_GLSL

#ifdef HALF
#extension GL_EXT_shader_16bit_storage : require
#define store_t float16_t
#define store4_t f16vec4
#else
#define store_t float
#define store4_t vec4
#endif

// Of the one binding of a kernel that may hold fp32 beside others in fp16.
#ifdef MIXED
#define mixed_t float
#define mixed4_t vec4
#else
#define mixed_t store_t
#define mixed4_t store4_t
#endif

// Sums and everything else that is computed.
#define acc_t float

#endif
