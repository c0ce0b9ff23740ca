#include "models/training/methods/losses.h"

#include "compute/base/error.h"
#include "compute/graph/grad.h"

namespace imago {

const char* to_string(GanMode mode) {
  switch (mode) {
    case GanMode::lsgan:
      return "lsgan";
    case GanMode::wgangp:
      return "wgangp";
    case GanMode::hinge:
      return "hinge";
    case GanMode::wgan:
      return "wgan";
    case GanMode::vanilla:
      break;
  }
  return "vanilla";
}

Tensor mean_of(Tensor x) { return mean(x, {.n = true, .c = true, .h = true, .w = true}); }

Tensor real_loss(GanMode mode, Tensor logits) {
  switch (mode) {
    case GanMode::lsgan:
      return mean_of(square(logits - 1.0f));
    case GanMode::wgangp:
    case GanMode::wgan:
      return mean_of(logits) * -1.0f;
    case GanMode::hinge:
      return mean_of(relu(affine(logits, -1, 1)));
    case GanMode::vanilla:
      break;
  }
  return mean_of(softplus(logits * -1.0f));  // -log(sigmoid(logits))
}

Tensor fake_loss(GanMode mode, Tensor logits) {
  switch (mode) {
    case GanMode::lsgan:
      return mean_of(square(logits));
    case GanMode::wgangp:
    case GanMode::wgan:
      return mean_of(logits);
    case GanMode::hinge:
      return mean_of(relu(logits + 1.0f));
    case GanMode::vanilla:
      break;
  }
  return mean_of(softplus(logits));  // -log(1 - sigmoid(logits))
}

Tensor generator_loss(GanMode mode, Tensor logits) {
  return mode == GanMode::hinge ? mean_of(logits) * -1.0f : real_loss(mode, logits);
}

Tensor relativistic_discriminator_loss(GanMode mode, Tensor real, Tensor fake) {
  const Tensor above = real - mean_of(fake), below = fake - mean_of(real);
  // A fake's own target is 0; below the real ones it is as far as these are above.
  const Tensor of_fake =
      mode == GanMode::lsgan ? mean_of(square(below + 1.0f)) : fake_loss(mode, below);
  return (real_loss(mode, above) + of_fake) * 0.5f;
}

Tensor relativistic_generator_loss(GanMode mode, Tensor real, Tensor fake) {
  return relativistic_discriminator_loss(mode, fake, real);
}

Tensor accuracy(GanMode mode, Tensor real, Tensor fake) {
  const float threshold = mode == GanMode::lsgan ? 0.5f : 0.0f;
  // Signs are 1 and -1 where the logits are right, so that their difference is 2.
  const Tensor difference = mean_of(sign(real - threshold)) - mean_of(sign(fake - threshold));
  return affine(difference, 0.25f, 0.5f);
}

Tensor gradient_penalty(const std::function<Tensor(Tensor)>& critic, Tensor real, Tensor fake,
                        Tensor share) {
  const Tensor x_hat = share * real + affine(share, -1, 1) * fake;
  const Tensor slope = grad(critic(x_hat), x_hat);
  // The root has no slope at zero; what is added is far below any gradient that matters.
  const Tensor norm = sqrt(sum(square(slope), {.c = true, .h = true, .w = true}) + 1e-16f);
  return mean_of(square(norm - 1.0f));
}

Tensor real_slope_penalty(Tensor logits, Tensor real) {
  const Tensor slope = grad(logits, real);
  return mean_of(sum(square(slope), {.c = true, .h = true, .w = true}));
}

namespace {

/// {N, 1, 1, 1}, the largest of x {N, C, 1, 1} but for rounding: halves are compared until one is
/// left.
Tensor largest(Tensor x) {
  while (x.shape().c > 1) {
    const int count = static_cast<int>(x.shape().c), half = count / 2;
    const Tensor a = slice_channels(x, 0, half), b = slice_channels(x, half, 2 * half);
    const Tensor larger = b + relu(a - b);
    x = count % 2 == 0 ? larger : concat({larger, slice_channels(x, count - 1, count)});
  }
  return x;
}

Tensor over_classes(Tensor x) { return sum(x, {.c = true}); }

}  // namespace

Tensor cross_entropy(Tensor logits, Tensor label) {
  // The largest is taken off so that no exponential is too large; the value is the same.
  const Tensor x = logits - detach(largest(logits));
  return mean_of(log(over_classes(exp(x))) - over_classes(x * label));
}

Tensor recognised(Tensor logits, Tensor label) {
  // Of the largest of the others, since that of all is the class's own only but for rounding.
  const Tensor others = largest(logits - label * 1e6f);
  return affine(mean_of(sign(over_classes(logits * label) - others)), 0.5f, 0.5f);
}

Tensor absolute_error(Tensor a, Tensor b) { return mean_of(abs(a - b)); }

Tensor squared_error(Tensor a, Tensor b) { return mean_of(square(a - b)); }

Tensor total_variation(Tensor x) {
  const Shape s = x.shape();
  Tensor total;
  const auto add_steps = [&](const Padding& first, const Padding& second) {
    const Tensor step = crop(x, first) - crop(x, second);
    const float count = static_cast<float>(step.shape().elements() / s.n);
    const Tensor part = sum(square(step), {true, true, true, true}) * (1 / count);
    total = total ? total + part : part;
  };
  if (s.h > 1) add_steps({.top = 1}, {.bottom = 1});
  if (s.w > 1) add_steps({.left = 1}, {.right = 1});
  return total ? total * (2 / static_cast<float>(s.n)) : constant(x.graph(), {1, 1, 1, 1}, 0);
}

Tensor feature_loss(const std::vector<Tensor>& fake, const std::vector<Tensor>& real,
                    const Shape& picture) {
  Tensor total;
  int64_t height = picture.h, width = picture.w;
  int layers = 0;
  for (size_t i = 0; i < fake.size(); ++i) {
    const Shape s = fake[i].shape();
    if (s.h >= height && s.w >= width) continue;
    height = s.h;
    width = s.w;
    const Tensor part = squared_error(fake[i], real[i]);
    total = total ? total + part : part;
    ++layers;
  }
  if (layers == 0)
    throw Error(
        "this discriminator has no layer of a lower resolution whose features could be "
        "compared; choose --feature-weight 0, another --netD, or --vgg");
  return total * (1 / static_cast<float>(layers));
}

Tensor feature_matching(const std::vector<Tensor>& fake, const std::vector<Tensor>& real) {
  Tensor total;
  for (size_t i = 0; i < fake.size(); ++i) {
    const Tensor part = absolute_error(fake[i], real[i]);
    total = total ? total + part : part;
  }
  return total * (4 / static_cast<float>(fake.size()));
}

}  // namespace imago
