// Numbers handed from lane to lane of a subgroup. Drivers on the CPU compile one of the two ways to
// a single instruction and the other to a loop over the lanes; the device knows which
// (DeviceProperties::subgroup_broadcasts), and every kernel is told so when it is compiled.
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(constant_id = 100) const bool kBroadcasts = false;

// `value` of the lane of that number, the same for the whole subgroup.
float from_lane(float value, int lane) {
  if (kBroadcasts) return subgroupBroadcast(value, lane);
  return subgroupShuffle(value, lane);
}
