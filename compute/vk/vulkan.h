// Vulkan-Hpp, included only by the files of this folder.
#pragma once

#define VULKAN_HPP_NO_SMART_HANDLE
#define VULKAN_HPP_ENABLE_DYNAMIC_LOADER_TOOL 0  // we hand vkGetInstanceProcAddr in
#include <vulkan/vulkan_raii.hpp>

#include "compute/base/error.h"

namespace imago {

/// Runs `call`, turning Vulkan's exceptions into Imago's.
template <class Call>
auto guarded(const char* what, Call&& call) {
  try {
    return call();
  } catch (const vk::OutOfDeviceMemoryError&) {
    throw OutOfMemory(std::string(what) + ": the device is out of memory");
  } catch (const vk::OutOfHostMemoryError&) {
    throw OutOfMemory(std::string(what) + ": the driver is out of host memory");
  } catch (const vk::OutOfPoolMemoryError&) {
    throw OutOfMemory(std::string(what) + ": a descriptor pool is out of memory");
  } catch (const vk::FragmentedPoolError&) {
    throw OutOfMemory(std::string(what) + ": a descriptor pool is fragmented");
  } catch (const vk::DeviceLostError&) {
    throw DeviceError(std::string(what) +
                      ": the device was lost (driver reset or watchdog); try again, or with a "
                      "smaller tile");
  } catch (const vk::SystemError& error) {
    throw DeviceError(std::string(what) + ": " + error.what());
  }
}

}  // namespace imago
