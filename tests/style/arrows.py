#!/usr/bin/env python3
"""arrows.py ROOT: the test `arrows`. Nobody includes what the rooms' arrows do not allow, be it by way
of other headers: shaders -> compute -> models -> {cli, gui}, and as below inside them (docs/design.md).
The build enforces much of it; here is the rest, and the chain of headers by which it came about."""

import pathlib
import re
import sys

QT = r"<Q[A-Z]|<Qt"
ENGINE = r'"compute/(?!base/|graph/(shape|number_type|adam)\.h)'  # all but what everybody may know
MODELS = r'"models/'
PROGRAMS = r'"(cli|gui)/'
VULKAN = r"<vulkan/"


def room(name):
    return rf'"models/{name}/'


# Files whose path matches -> what they must not reach, why.
RULES = [
    (r"shaders/", rf'"(compute|models)/|{PROGRAMS}', "shaders/ knows nothing above it"),
    (r"compute/", rf"{MODELS}|{PROGRAMS}|{QT}|<opencv", "compute/ knows no models, programs or Qt"),
    (r"compute/(?!vk/)", VULKAN, "only compute/vk knows Vulkan"),
    (r"compute/base/", r'"compute/(?!base/)', "compute/base is below the rest of compute/"),
    (r"models/", rf"{PROGRAMS}|{QT}|{VULKAN}", "models/ knows no programs, Qt or Vulkan"),
    (r"models/image/", rf"{ENGINE}|{MODELS}(?!image/)", "models/image knows files and pixels only"),
    (r"models/sound/", rf"{ENGINE}|{MODELS}(?!sound/)", "models/sound knows files and samples only"),
    (r"models/checkpoint/", rf"{ENGINE}|{MODELS}(?!checkpoint/)",
     "models/checkpoint knows files and tensors only"),
    (r"models/options/", rf"{ENGINE}|{MODELS}(?!options/)", "models/options knows no settings"),
    (r"models/networks/", rf"{MODELS}(?!networks/|checkpoint/)",
     "models/networks is above models/checkpoint alone"),
    (r"models/options/", rf"{ENGINE}|{MODELS}(?!options/)", "models/options knows no models"),
    (r"models/translate/", "|".join(map(room, ["measure", "data", "training", "library"])),
     "models/translate is below measure, data, training and library"),
    (r"models/video/", rf"{ENGINE}|{MODELS}(?!video/|image/|options/)",
     "models/video knows files, pictures and options only"),
    (r"models/data/", rf"{ENGINE}|" + "|".join(map(room, ["checkpoint", "networks", "translate",
                                                          "measure", "training", "library"])),
     "models/data knows pictures only"),
    (r"models/measure/", room("training"), "models/measure is below training"),
    (r"models/library/", "|".join(map(room, ["data", "measure", "training"])),
     "models/library is beside data, measure and training"),
    (r"models/(?!playground/)", room("playground"), "models/playground is above all other models"),
    (r"cli/", rf'"gui/|{QT}|{VULKAN}', "cli/ knows no app, Qt or Vulkan"),
    (r"gui/", rf'{VULKAN}|{ENGINE}|"cli/', "gui/ knows no Vulkan, no engine and no command line"),
    (r"gui/(?!session/)", MODELS, "only gui/session talks to models/"),
    (r"gui/session/", r'"gui/(?!session/)', "gui/session is below the rest of the app"),
    (r"gui/widgets/", r'"gui/(?!session/|widgets/)', "gui/widgets is below the pages"),
    (r"gui/translate/", r'"gui/(train|playground)/', "the pages do not know each other"),
    (r"gui/train/", r'"gui/(translate|playground)/', "the pages do not know each other"),
    (r"gui/library/", r'"gui/(translate|train|playground|draw)/', "the pages do not know each other"),
    (r"gui/playground/", r'"gui/(translate|train)/', "the pages do not know each other"),
]


def read_includes(root):
    """{"cli/main.cpp": ['"cli/command.h"', "<string>", ...]}"""
    includes = {}
    for top in ("shaders", "compute", "models", "cli", "gui"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                includes[path.relative_to(root).as_posix()] = re.findall(
                    r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")', path.read_text(), re.M)
    return includes


def reached(includes, file):
    """What a file includes, itself or by way of others: {include: the chain of files up to it}."""
    chains, waiting = {}, [(file, [file])]
    for name, chain in waiting:  # grows while it is walked: nearest first
        for include in includes.get(name, []):
            if include not in chains:
                chains[include] = chain
                waiting.append((include.strip('"'), chain + [include.strip('"')]))
    return chains


def main():
    includes = read_includes(pathlib.Path(sys.argv[1]))
    complaints = []
    for file in includes:
        chains = reached(includes, file)
        for where, forbidden, reason in RULES:
            if re.match(where, file):
                complaints += [f"{' > '.join(chain)} includes {include}: {reason}"
                               for include, chain in chains.items() if re.match(forbidden, include)]
    print("\n".join(complaints))
    print(f"{len(includes)} files, {len(complaints)} includes against the arrows")
    return 1 if complaints or not includes else 0


if __name__ == "__main__":
    sys.exit(main())
