// Every op, one line each (a comment where the name does not say it all). To add one: a file in
// compute/ops/, a line here, a shader or a line in a family's shader, a test in tests/ops/.
//
// All functions append a node (or a few) to the graph of their first argument and throw ShapeError
// naming the op and the shapes when these do not fit. Binary functions broadcast dimensions of 1.
#pragma once

#include "compute/graph/graph.h"

namespace imago {

// Element by element. `slope` of prelu is {1,C,1,1} or {1,1,1,1}.
Tensor add(Tensor a, Tensor b);
Tensor sub(Tensor a, Tensor b);
Tensor mul(Tensor a, Tensor b);
Tensor div(Tensor a, Tensor b);
Tensor prelu(Tensor x, Tensor slope);
Tensor affine(Tensor x, float scale, float shift);  // scale * x + shift
Tensor leaky_relu(Tensor x, float slope);           // slope 0 is relu
Tensor relu(Tensor x);
Tensor tanh(Tensor x);
Tensor sigmoid(Tensor x);
Tensor square(Tensor x);
Tensor rsqrt(Tensor x);  // 1 / sqrt(x)
Tensor clamp(Tensor x, float lo, float hi);
Tensor exp(Tensor x);
Tensor log(Tensor x);
Tensor sqrt(Tensor x);
Tensor abs(Tensor x);
Tensor sign(Tensor x);                        // -1, 0 or 1; its gradient is zero
Tensor floor(Tensor x);                       // its gradient is zero too
Tensor softplus(Tensor x);                    // log(1 + exp(x)), without overflow
Tensor dropout(Tensor x, float probability);  // survivors scaled by 1/(1-p); seed from StepParams

// New numbers every step; seed as above.
Tensor random_uniform(Graph& graph, Shape shape);  // in [0, 1)
Tensor random_normal(Graph& graph, Shape shape);   // of mean 0 and deviation 1

// Gradients of the above where it takes two tensors to tell them: dy times the derivative, which
// tanh_dx and sigmoid_dx take from the result y, leaky_relu_dx from the result or the argument.
Tensor leaky_relu_dx(Tensor dy, Tensor y, float slope);
Tensor tanh_dx(Tensor dy, Tensor y);
Tensor sigmoid_dx(Tensor dy, Tensor y);
Tensor clamp_dx(Tensor dy, Tensor x, float lo, float hi);

// Values that no gradient flows through, and broadcasting.
Tensor constant(Graph& graph, Shape shape, float value);
Tensor detach(Tensor x);                  // x, through which no gradient flows
Tensor broadcast(Tensor x, Shape shape);  // repeated along dimensions of 1

// Reductions to size 1 along the chosen axes.
struct Axes {
  bool n = false, c = false, h = false, w = false;
};
Tensor sum(Tensor x, Axes axes);
Tensor mean(Tensor x, Axes axes);
/// Partial sums of squares {1,P,1,1}, P a multiple of 64, for `sum` to add up: the first stage of a
/// two-stage reduction.
Tensor square_sums(Tensor x);
/// The Euclidean norm {1,1,1,1} of all tensors together. A NaN in any of them makes it NaN; numbers
/// beyond 1e19, whose squares are too large for fp32, infinite.
Tensor norm(const std::vector<Tensor>& tensors);

// Convolutions. x {N,Cin,H,W}, w {Cout,Cin,Kh,Kw}; zero padding. conv2d_dx is the gradient of
// conv2d with respect to x, that is the transposed convolution: dy {N,Cout,H,W} and the same w give
// {N,Cin,(H-1)*stride-2*padding+K+output_padding,…}. PyTorch's ConvTranspose2d weight
// {in,out,Kh,Kw} is used as it is.
struct Conv2dSettings {
  int stride = 1;
  int padding = 0;
  int output_padding = 0;  // conv2d_dx only
};
Tensor conv2d(Tensor x, Tensor w, Conv2dSettings settings = {});
Tensor conv2d_dx(Tensor dy, Tensor w, Conv2dSettings settings = {});
// conv2d_dx cut or enlarged (by what output_padding means) to give the gradient of an x of `shape`.
Tensor conv2d_dx_to(Shape shape, Tensor dy, Tensor w, Conv2dSettings settings = {});
// The gradient of conv2d with respect to w: dy {N,Cout,Ho,Wo} and x {N,Cin,H,W} give
// {Cout,Cin,kernel_h,kernel_w}. Ho may be at most conv2d's; rows and columns of x that no output
// reaches count for nothing. Of conv2d_dx(dy,w), whose result has the gradient g: conv2d_dw(dy,g).
Tensor conv2d_dw(Tensor dy, Tensor x, int kernel_h, int kernel_w, Conv2dSettings settings = {});

// Moving data.
enum class PadMode : int { zero, reflect, replicate };
struct Padding {
  int top = 0, bottom = 0, left = 0, right = 0;
};
Tensor pad(Tensor x, Padding padding, PadMode mode);
Tensor pad_dx(Tensor dy, Padding padding, PadMode mode);  // sums what the border repeats
Tensor crop(Tensor x, Padding margin);                    // takes the margins away
Tensor concat(const std::vector<Tensor>& parts);          // along channels
Tensor slice_channels(Tensor x, int begin, int end);
Tensor pixel_shuffle(Tensor x, int factor);  // Shi et al. 2016
Tensor pixel_unshuffle(Tensor x, int factor);
Tensor upsample_nearest(Tensor x, int factor);
Tensor upsample_nearest_dx(Tensor dy, int factor);  // sums of blocks
Tensor upsample_bilinear(Tensor x, int factor);     // half-pixel centres, no antialias
Tensor upsample_bilinear_dx(Tensor dy, int factor);
// x {N,C,H,W}, mirrored at its border pixels without end, at other places: pixel (h, w) of image n
// lies at row d w' + e h' + f and column a w' + b h' + c, bilinearly, where theta[n] = (a, b, c, d,
// e, f), theta {N,6,1,1}, and all places are counted from the picture's middle, in pixels. Both
// sides are at least 2. No gradient flows to theta.
Tensor affine_sample(Tensor x, Tensor theta);
Tensor affine_sample_dx(Tensor dy, Tensor theta);
// With [1 3 3 1] / 8 along both sides, zeros around x: of x with a zero after each pixel where `up`
// is 2, and every second pixel of that where `down` is 2 (Karras et al. 2020, upfirdn_2d). One
// of them is 1. The border is 0 to 3 pixels wide; at the bottom and the right also -1 or 4, which
// gradients need.
struct BlurScale {
  int up = 1, down = 1;
};
Tensor blur(Tensor x, Padding border, BlurScale scale = {});
// The largest of each block of factor x factor; what is left over at the bottom and the right is
// not looked at.
Tensor max_pool(Tensor x, int factor);

Tensor reshape(Tensor x, Shape shape);  // the same elements in the same order

// Normalisation over `axes` with the tensor's own statistics (biased variance):
// (x - mean) / sqrt(var + epsilon). Instance norm: {h,w}; batch norm of the batch: {n,h,w}. Where
// given, times `scale` plus `shift`, both {1,C,1,1}.
Tensor normalize(Tensor x, Axes axes, float epsilon);
Tensor normalize(Tensor x, Axes axes, float epsilon, Tensor scale, Tensor shift);

// Mean of each channel over {n,h,w}, and `factor` times its variance, {1,C,1,1}: read from what
// normalize(x, {n,h,w}, epsilon) computes on its way, where the graph has that too.
Tensor batch_mean(Tensor x, float epsilon);
Tensor batch_variance(Tensor x, float epsilon, float factor = 1);
Tensor normalize_dx(Tensor dy, Tensor x, Axes axes, float epsilon);

inline Tensor operator+(Tensor a, Tensor b) { return add(a, b); }
inline Tensor operator-(Tensor a, Tensor b) { return sub(a, b); }
inline Tensor operator*(Tensor a, Tensor b) { return mul(a, b); }
inline Tensor operator/(Tensor a, Tensor b) { return div(a, b); }
inline Tensor operator*(Tensor a, float b) { return affine(a, b, 0.0f); }
inline Tensor operator*(float a, Tensor b) { return affine(b, a, 0.0f); }
inline Tensor operator+(Tensor a, float b) { return affine(a, 1.0f, b); }
inline Tensor operator-(Tensor a, float b) { return affine(a, 1.0f, -b); }

}  // namespace imago
