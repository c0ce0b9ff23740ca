// How numbers are stored while a network runs.
#pragma once

namespace imago {

/// Sums are fp32 whatever it is.
enum class Precision {
  automatic,  // fp16 on a GPU that computes the golden tile rightly so, else fp32
  fp32,
  fp16,  // half the memory; where a device or a network cannot, fp32 all the same
};

/// "auto", "fp32", "fp16".
inline const char* to_string(Precision precision) {
  return precision == Precision::automatic ? "auto"
         : precision == Precision::fp16    ? "fp16"
                                           : "fp32";
}

}  // namespace imago
