#include "models/checkpoint/writers.h"

#include "compute/base/error.h"
#include "models/checkpoint/limits.h"
#include "models/checkpoint/text.h"
#include "models/checkpoint/view.h"

namespace imago::checkpoint {

void check_writable(const std::string& name, const HostTensor& tensor,
                    const std::filesystem::path& path) {
  const auto fail = [&](const std::string& what) {
    throw Error("cannot write " + path.string() + ": the tensor \"" + printable(name) + "\" " +
                what);
  };
  if (name.size() > kMaxName || !is_utf8(name)) fail("has a name that is too long or not UTF-8");
  if (name == "__metadata__") fail("has a name that the format reserves");
  if (tensor.shape.size() > kMaxDims) fail("has more than 8 dimensions");
  if (tensor.data.size() != dense_bytes(tensor.type, tensor.shape, name, 0)) {
    fail("has not the bytes that its shape needs");
  }
}

}  // namespace imago::checkpoint
