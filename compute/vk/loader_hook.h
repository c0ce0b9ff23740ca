// For tests of programs that open devices by themselves.
#pragma once

namespace imago {

/// The vkGetInstanceProcAddr of devices that DeviceOptions gives none to; nullptr: the system's.
/// Not while a device is being opened.
void set_vulkan_loader(void* get_instance_proc_addr);

}  // namespace imago
