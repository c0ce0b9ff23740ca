#!/usr/bin/env python3
"""Times one step of training in PyTorch, to be compared with `imago bench train` in one sitting:

    python3 tests/benchmarks/pytorch_training.py --method pix2pix --device cuda --json

The steps are those of tests/fixtures/make_training.py at the papers' sizes: every loss, gradient
and Adam update of a step, without reading pictures. With --json one JSON object is printed.
"""
import argparse
import itertools
import json
import os
import pathlib
import resource
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures"))
import make_discriminators as d  # noqa: E402
import make_models as m  # noqa: E402
import make_training as t  # noqa: E402

GAN = {"lr": 2e-4, "beta1": 0.5, "beta2": 0.999, "pool_size": 50}
SRGAN = {"lr": 1e-4, "beta1": 0.9, "beta2": 0.999, "pixel_steps": 0}
# Networks, shapes of data a and b, settings.
METHODS = {
    "pix2pix": (t.pix2pix, "unet_256, ngf 64; PatchGAN, ndf 64",
                lambda: {"G": m.Unet(8, 3, 3, 64, "batch"), "D": d.PatchGan(6, 64, 3, "batch")},
                (1, 3, 256, 256), (1, 3, 256, 256), GAN),
    "cyclegan": (t.cyclegan, "2 resnet_9blocks, ngf 64; 2 PatchGAN, ndf 64",
                 lambda: cyclegan_networks(9, 64),
                 (1, 3, 256, 256), (1, 3, 256, 256), GAN),
    "srgan": (t.srgan, "SRResNet x4, 5 blocks of 64; its discriminator; no VGG",
              lambda: {"G": m.Leftthomas(2, 64, True), "D": d.SrganDiscriminator(64)},
              (16, 3, 24, 24), (16, 3, 96, 96), SRGAN),
}
# The same for `imago bench train --small`.
SMALL_METHODS = {
    "pix2pix": (t.pix2pix, "unet_32, ngf 8; PatchGAN, ndf 8",
                lambda: {"G": m.Unet(5, 3, 3, 8, "batch"), "D": d.PatchGan(6, 8, 3, "batch")},
                (1, 3, 32, 32), (1, 3, 32, 32), GAN),
    "cyclegan": (t.cyclegan, "2 resnet_1blocks, ngf 8; 2 PatchGAN, ndf 8",
                 lambda: cyclegan_networks(1, 8),
                 (1, 3, 32, 32), (1, 3, 32, 32), GAN),
    "srgan": (t.srgan, "SRResNet x4, 5 blocks of 8; its discriminator; no VGG",
              lambda: {"G": m.Leftthomas(2, 8, True), "D": d.SrganDiscriminator(8)},
              (2, 3, 8, 8), (2, 3, 32, 32), SRGAN),
}


def cyclegan_networks(blocks, width):
    return {"G_A": m.Resnet(blocks, 3, 3, width, "instance"),
            "G_B": m.Resnet(blocks, 3, 3, width, "instance"),
            "D_A": d.PatchGan(3, width, 3, "instance"),
            "D_B": d.PatchGan(3, width, 3, "instance")}


class Clock:
    """Hands out a batch `steps` times and marks when each step begins and the last one ends."""

    def __init__(self, batch, steps):
        self.batch, self.steps, self.marks = batch, steps, []

    def mark(self):
        if self.batch.is_cuda:  # an event, so that the processor may run ahead as in real training
            event = torch.cuda.Event(enable_timing=True)
            event.record()
            self.marks.append(event)
        else:
            self.marks.append(time.perf_counter())

    def __iter__(self):
        for _ in range(self.steps):
            self.mark()
            yield self.batch
        self.mark()

    def milliseconds(self):
        if self.batch.is_cuda:
            torch.cuda.synchronize()
            return [a.elapsed_time(b) for a, b in zip(self.marks, self.marks[1:])]
        return [1000 * (b - a) for a, b in zip(self.marks, self.marks[1:])]


def measure(method, small, device, steps, warm_up):
    step, networks, make, a, b, settings = (SMALL_METHODS if small else METHODS)[method]
    nets = {name: net.to(device).train() for name, net in make().items()}
    low = 0 if method == "srgan" else -1
    clock = Clock(low + (1 - low) * torch.rand(a, device=device), warm_up + steps)
    target = low + (1 - low) * torch.rand(b, device=device)
    step(nets, {"a": clock, "b": itertools.repeat(target)}, settings)
    cuda = device == "cuda"
    return {
        "method": method,
        "networks": networks,
        "batch": b[0],
        "side": b[2],
        "torch": torch.__version__,
        "device": device,
        "device_name": torch.cuda.get_device_name() if cuda else "cpu",
        "threads": torch.get_num_threads(),
        "tf32_convolutions": cuda and torch.backends.cudnn.allow_tf32,
        "warm_up": warm_up,
        "steps": steps,
        "ms_per_step": statistics.median(clock.milliseconds()[warm_up:]),
        "peak_memory_bytes": torch.cuda.max_memory_allocated() if cuda
        else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def main():
    parser = argparse.ArgumentParser(description="Times a step of training in PyTorch.")
    parser.add_argument("--method", choices=METHODS, default="pix2pix")
    parser.add_argument("--device", choices=["cpu", "cuda"],
                        default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, help="measured steps (20 on cuda, 3 on cpu)")
    parser.add_argument("--small", action="store_true", help="narrow networks, small pictures")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    cuda = options.device == "cuda"
    steps = options.steps or (20 if cuda else 3)
    if steps < 1:
        parser.error("--steps must be at least 1")
    if cuda and not torch.cuda.is_available():
        sys.exit("PyTorch sees no CUDA device: use --device cpu")
    torch.set_num_threads(os.cpu_count())
    torch.backends.cudnn.benchmark = True
    result = measure(options.method, options.small, options.device, steps, warm_up=5 if cuda else 1)
    if options.json:
        print(json.dumps(result))
    else:
        print("{method} ({networks}), {batch}x{side}x{side}, {device_name}, PyTorch {torch}: "
              "{ms_per_step:.1f} ms per step, {0:.0f} MiB".format(
                  result["peak_memory_bytes"] / 2 ** 20, **result))


if __name__ == "__main__":
    main()
