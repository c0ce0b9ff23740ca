#!/usr/bin/env python3
"""pytorch_labels.py IDX_FOLDER FOLDER: does a classifier see in generated pictures what they were
asked to show?

A small convolutional network learns the grey pictures of IDX_FOLDER (train-images-idx3-ubyte.gz…) in
PyTorch, says how many of its test pictures it gets right, then reads FOLDER, which `imago generate`
wrote: the share of its pictures that the classifier takes for what index.csv says, of all and label
by label. Labels are numbers, or names given by --names in the order of the numbers.
"""

import argparse
import csv
import gzip
import pathlib

import numpy
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F


def read_idx(path, header):
    return torch.from_numpy(numpy.frombuffer(gzip.open(path).read()[header:], numpy.uint8).copy())


def pictures_of(folder, part):
    return read_idx(folder / f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28).float() / 255


def labels_of(folder, part):
    return read_idx(folder / f"{part}-labels-idx1-ubyte.gz", 8).long()


def network():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(32),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(64),
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 49, 128), nn.ReLU(), nn.Linear(128, 10))


def train(net, x, y, epochs):
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    steps = epochs * len(x) // 128
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    net.train()
    for step in range(steps):
        chosen = torch.randint(len(x), (128,))
        optimizer.zero_grad()
        F.cross_entropy(net(x[chosen]), y[chosen]).backward()
        optimizer.step()
        schedule.step()


@torch.no_grad()
def predicted(net, x):
    return torch.cat([net.eval()(part).argmax(1) for part in x.split(500)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("idx", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--names", default="0,1,2,3,4,5,6,7,8,9")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--classifier", type=pathlib.Path, help="kept here, and used if it is there")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = network()
    if options.classifier and options.classifier.exists():
        net.load_state_dict(torch.load(options.classifier))
    else:
        train(net, pictures_of(options.idx, "train"), labels_of(options.idx, "train"),
              options.epochs)
        if options.classifier:
            torch.save(net.state_dict(), options.classifier)
    right = predicted(net, pictures_of(options.idx, "t10k")) == labels_of(options.idx, "t10k")
    print(f"of the real test pictures it takes {right.float().mean():.1%} for what they are")

    names = options.names.split(",")
    if not options.folder.is_dir():
        return
    rows = list(csv.DictReader(open(options.folder / "index.csv")))
    asked = torch.tensor([names.index(row["label"]) for row in rows])
    x = torch.stack([torch.from_numpy(numpy.asarray(
        Image.open(options.folder / row["file"]).convert("L").resize((28, 28)))).float()[None] / 255
        for row in rows])
    agrees = predicted(net, x) == asked
    print(f"of {len(rows)} generated ones {agrees.float().mean():.1%} for what was asked:")
    for i, name in enumerate(names):
        print(f"  {name}: {agrees[asked == i].float().mean():.1%} of {(asked == i).sum()}")


if __name__ == "__main__":
    main()
