#include "compute/vk/recorder.h"

#include <algorithm>
#include <cstring>

namespace imago {
namespace {

using Kind = KernelInfo::Resource::Kind;

int64_t texel_bytes(const Binding& binding, const Range& range) {
  return (binding.texel4 ? 4 : 1) * bytes_of(range.type);
}

vk::Format texel_format(const Binding& binding, const Range& range) {
  if (range.type == NumberType::fp16)
    return binding.texel4 ? vk::Format::eR16G16B16A16Sfloat : vk::Format::eR16Sfloat;
  return binding.texel4 ? vk::Format::eR32G32B32A32Sfloat : vk::Format::eR32Sfloat;
}

/// Refuses a dispatch that does not fit the interface its SPIR-V declares or the device's limits.
void check(const Dispatch& dispatch, const Kernel& kernel, const std::vector<Range>& ranges,
           const DeviceProperties& device) {
  const auto fail = [&](const std::string& what) {
    throw Error("kernel " + dispatch.kernel + ": " + what);
  };
  if (dispatch.bindings.size() != kernel.info->bindings.size())
    fail("has " + std::to_string(kernel.info->bindings.size()) + " bindings, got " +
         std::to_string(dispatch.bindings.size()));
  if (dispatch.push.size != kernel.info->push_bytes)
    fail("takes " + std::to_string(kernel.info->push_bytes) + " bytes of push constants, got " +
         std::to_string(dispatch.push.size));
  for (size_t axis = 0; axis < 3; ++axis)
    if (dispatch.groups[axis] == 0) fail("cannot run 0 groups");  // too many: make_plan
  for (size_t b = 0; b < ranges.size(); ++b) {
    const uint64_t bytes = ranges[b].end - ranges[b].begin;
    const Kind kind = kernel.info->bindings[b].kind;
    const uint64_t limit = kind == Kind::uniform ? device.max_uniform_range
                           : kind == Kind::texel
                               ? device.max_texel_elements * static_cast<uint64_t>(texel_bytes(
                                                                 dispatch.bindings[b], ranges[b]))
                               : device.max_storage_range;
    if (bytes > limit)
      throw OutOfMemory("kernel " + dispatch.kernel + " binds " + std::to_string(bytes) +
                        " bytes where " + device.name + " allows " + std::to_string(limit));
    if (ranges[b].begin % device.storage_alignment != 0) fail("a range is not aligned");
  }
}

}  // namespace

bool Hazards::conflicts(const Range& range, bool written) const {
  const auto hits = [&](const Range& other) { return range.overlaps(other); };
  return std::any_of(writes_.begin(), writes_.end(), hits) ||
         (written && std::any_of(reads_.begin(), reads_.end(), hits));
}

void Hazards::note(const Range& range, bool written) {
  (written ? writes_ : reads_).push_back(range);
}

void Hazards::clear() {
  reads_.clear();
  writes_.clear();
}

void Recorder::reserve(const std::vector<Dispatch>& dispatches) {
  if (dispatches.empty()) return;
  uint32_t storage = 0, uniform = 0, texel = 0;
  for (const Dispatch& dispatch : dispatches)
    for (const KernelInfo::Resource& resource : device_.kernel(dispatch).info->bindings) {
      storage += resource.kind == Kind::storage;
      uniform += resource.kind == Kind::uniform;
      texel += resource.kind == Kind::texel;
    }
  std::vector<vk::DescriptorPoolSize> sizes;
  if (storage) sizes.push_back({vk::DescriptorType::eStorageBuffer, storage});
  if (uniform) sizes.push_back({vk::DescriptorType::eUniformBuffer, uniform});
  if (texel) sizes.push_back({vk::DescriptorType::eUniformTexelBuffer, texel});
  pools_.emplace_back(device_.device, vk::DescriptorPoolCreateInfo(
                                          vk::DescriptorPoolCreateFlagBits::eFreeDescriptorSet,
                                          static_cast<uint32_t>(dispatches.size()), sizes));
}

vk::raii::DescriptorSet Recorder::make_set(const Kernel& kernel, const Dispatch& dispatch,
                                           const std::vector<Range>& ranges) {
  vk::raii::DescriptorSets made(device_.device,
                                vk::DescriptorSetAllocateInfo(*pools_.back(), *kernel.set_layout));
  vk::raii::DescriptorSet set = std::move(made.front());
  std::vector<vk::DescriptorBufferInfo> infos(ranges.size());
  std::vector<vk::WriteDescriptorSet> writes;
  views_.reserve(views_.size() + ranges.size());
  for (uint32_t b = 0; b < ranges.size(); ++b) {
    const Range& range = ranges[b];
    const Kind kind = kernel.info->bindings[b].kind;
    if (kind == Kind::none) continue;
    vk::WriteDescriptorSet write(*set, b, 0, 1, vk::DescriptorType::eStorageBuffer);
    if (kind == Kind::texel) {
      const vk::Format format = texel_format(dispatch.bindings[b], range);
      views_.emplace_back(
          device_.device,
          vk::BufferViewCreateInfo({}, range.buffer, format, range.begin, range.end - range.begin));
      write.descriptorType = vk::DescriptorType::eUniformTexelBuffer;
      write.pTexelBufferView = &*views_.back();
    } else {
      infos[b] = vk::DescriptorBufferInfo(range.buffer, range.begin, range.end - range.begin);
      if (kind == Kind::uniform) write.descriptorType = vk::DescriptorType::eUniformBuffer;
      write.pBufferInfo = &infos[b];
    }
    writes.push_back(write);
  }
  device_.device.updateDescriptorSets(writes, {});
  return set;
}

void Recorder::record(const vk::raii::CommandBuffer& commands, const Dispatch& dispatch) {
  const Kernel& kernel = device_.kernel(dispatch);
  std::vector<Range> ranges;
  for (const Binding& binding : dispatch.bindings) ranges.push_back(locate_(binding));
  check(dispatch, kernel, ranges, device_.properties);

  bool needs_barrier = false;
  for (size_t b = 0; b < ranges.size(); ++b)
    needs_barrier |= hazards_.conflicts(ranges[b], kernel.info->bindings[b].written);
  if (needs_barrier) {
    using Access = vk::AccessFlagBits;
    const vk::MemoryBarrier barrier(
        Access::eShaderWrite, Access::eShaderRead | Access::eShaderWrite | Access::eUniformRead);
    commands.pipelineBarrier(vk::PipelineStageFlagBits::eComputeShader,
                             vk::PipelineStageFlagBits::eComputeShader, {}, barrier, {}, {});
    hazards_.clear();
  }
  for (size_t b = 0; b < ranges.size(); ++b)
    hazards_.note(ranges[b], kernel.info->bindings[b].written);

  sets_.push_back(make_set(kernel, dispatch, ranges));
  commands.bindPipeline(vk::PipelineBindPoint::eCompute, *kernel.pipeline);
  commands.bindDescriptorSets(vk::PipelineBindPoint::eCompute, *kernel.layout, 0, *sets_.back(),
                              {});
  if (dispatch.push.size > 0)
    commands.pushConstants<unsigned char>(
        *kernel.layout, vk::ShaderStageFlagBits::eCompute, 0,
        vk::ArrayProxy<const unsigned char>(dispatch.push.size, dispatch.push.bytes.data()));
  commands.dispatch(dispatch.groups[0], dispatch.groups[1], dispatch.groups[2]);
}

void Recorder::full_barrier(const vk::raii::CommandBuffer& commands) {
  using Access = vk::AccessFlagBits;
  using Stage = vk::PipelineStageFlagBits;
  const vk::MemoryBarrier barrier(
      Access::eShaderWrite | Access::eTransferWrite | Access::eHostWrite,
      Access::eShaderRead | Access::eShaderWrite | Access::eUniformRead | Access::eTransferRead |
          Access::eTransferWrite | Access::eHostRead);
  const vk::PipelineStageFlags all = Stage::eComputeShader | Stage::eTransfer | Stage::eHost;
  commands.pipelineBarrier(all, all, {}, barrier, {}, {});
  hazards_.clear();
}

}  // namespace imago
