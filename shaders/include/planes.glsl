// For kernels that walk over planes: gl_WorkGroupID.y is the channel, z the image, and the
// invocations along x step through the pixels of the plane together, each doing several:
//   for (uint p = first_pixel(); p < pixels; p += pixel_step()) …
// Images and channels need no division then, which CPU drivers pay for dearly.
// Launched by over_planes() of compute/ops/planes.h, which chooses how many invocations there are.
#ifndef IMAGO_PLANES
#define IMAGO_PLANES

layout(local_size_x = 64, local_size_x_id = 20) in;

uint plane_index() { return gl_WorkGroupID.z * gl_NumWorkGroups.y + gl_WorkGroupID.y; }
uint first_pixel() { return gl_GlobalInvocationID.x; }
uint pixel_step() { return gl_NumWorkGroups.x * gl_WorkGroupSize.x; }

#endif
