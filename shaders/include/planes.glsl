// For kernels that walk over planes: gl_WorkGroupID.y is the channel, z the image, and the
// invocations along x step through the pixels of the plane together, each doing about four:
//   for (uint p = first_pixel(); p < pixels; p += pixel_step()) …
// Images and channels need no division then, which CPU drivers pay for dearly.
// Launched with plane_groups() of compute/ops/planes.h and local_size_x = 64.
#ifndef IMAGO_PLANES
#define IMAGO_PLANES

uint plane_index() { return gl_WorkGroupID.z * gl_NumWorkGroups.y + gl_WorkGroupID.y; }
uint first_pixel() { return gl_GlobalInvocationID.x; }
uint pixel_step() { return gl_NumWorkGroups.x * 64; }

#endif
