#!/usr/bin/env python3
"""Times PyTorch on the networks and sizes of `imago bench models`, on the CPU or, if there is one, a
CUDA device, so that both can be compared in one sitting:

    build/release/bin/imago bench models; python3 tests/benchmarks/pytorch_models.py
"""
import os
import pathlib
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fixtures"))
import make_models as m  # noqa: E402

CASES = [
    ("unet_128", lambda: m.Unet(7, 3, 3, 64, "batch"), 128, True),
    ("unet_256", lambda: m.Unet(8, 3, 3, 64, "batch"), 256, True),
    ("resnet_6blocks", lambda: m.Resnet(6, 3, 3, 64, "instance"), 128, False),
    ("resnet_9blocks", lambda: m.Resnet(9, 3, 3, 64, "instance"), 256, False),
    ("srresnet x4 (16 blocks)", lambda: m.Lornatang([2, 2], 64, 16, "conv"), 96, False),
    ("msrresnet x4", lambda: m.Msrresnet([2, 2], 3, 64, 16), 96, False),
    ("rrdbnet x4 (23 blocks)", lambda: m.Rrdbnet("basicsr", 3, 64, 32, 23), 64, False),
    ("srvggnet_compact x4", lambda: m.Compact(3, 64, 16, 4), 128, False),
]


def main():
    torch.set_num_threads(os.cpu_count())
    device = "cuda" if torch.cuda.is_available() else "cpu"
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"PyTorch {torch.__version__}, {device}, {torch.get_num_threads()} threads")
    for name, make, side, statistics_of_picture in CASES:
        net = make().eval().to(device)
        m.statistics_of_picture(net, statistics_of_picture)
        x = torch.rand(1, 3, side, side, device=device)
        seconds = []
        with torch.no_grad():
            for run in range(runs + 1):
                begin = time.perf_counter()
                net(x)
                if device == "cuda":
                    torch.cuda.synchronize()
                if run > 0:
                    seconds.append(time.perf_counter() - begin)
        print(f"{name:25} {side:5} {1000 * statistics.median(seconds):10.1f} ms", flush=True)


if __name__ == "__main__":
    main()
