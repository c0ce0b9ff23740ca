#include "compute/base/host_memory.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace imago {

int64_t free_host_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  for (int64_t kibibytes = 0; file >> name >> kibibytes && std::getline(file, unit);)
    if (name == "MemAvailable:") return kibibytes * 1024;
  return int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE) / 4;
}

}  // namespace imago
