// Test programs, and those they start, take the first kernel there is for a convolution on a GPU
// too: what is measured can differ from run to run, and the last digits of results with it. The
// tests of measuring (vk/test_tune.cpp) say otherwise.
#include <cstdlib>

namespace {
[[maybe_unused]] const int kFixed = setenv("IMAGO_TUNE", "0", 1);
}
