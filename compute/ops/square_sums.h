// The op of square_sums() (ops.h), for plan/half.cpp.
#pragma once

namespace imago {

extern const struct Op kSquareSums;

}  // namespace imago
