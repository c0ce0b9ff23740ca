#!/usr/bin/env python3
"""docs.py ROOT IMAGO: the test `docs`. What README, CHANGELOG and docs/ point at is there: links,
headings, files of this project, and options, which some command of the program IMAGO must have. And
nothing lies at the top that does not belong there."""

import pathlib
import re
import subprocess
import sys

TOPS = "cli|compute|docs|gui|models|scripts|shaders|tests"
FILE = rf"(?<![\w/.-])(?:{TOPS})/[\w./-]+\.(?:cmake|comp|cpp|glsl|h|json|md|py|txt)\b"
OPTION = r"(?<![\w-])--[A-Za-z][\w-]*"
# Lines about other programs, and what these are told there.
OTHER_PROGRAMS = r"^\s*(?:cmake|ctest|git|ninja|python3|build/)|realesrgan|pip |\btest\.py\b"
# What a walk through the code makes up.
EXAMPLES = {"shaders/absolute.comp", "compute/ops/absolute.cpp", "tests/ops/test_absolute.cpp",
            "models/recipes/NAME.json"}


def run(command):
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return result.stdout + result.stderr


def options_of(program, command=()):
    """The options that the help of a command and of the commands below it names."""
    text = run([program, *command, "--help"])
    found = set(re.findall(OPTION, text))
    commands = text.partition("\nSubcommands:\n")[2].split("\n\n")[0]
    for name in re.findall(r"^  ([a-z][\w-]*)", commands, re.M):
        found |= options_of(program, (*command, name))
    return found


def spelled(option):
    return option.replace("_", "-").lower()


def anchors_of(text):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", without_code_blocks(text), re.M)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def without_code_blocks(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def check_links(root, page, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code_blocks(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        if not file.exists():
            yield f"links to {target}, which is not there"
        elif anchor and anchor not in anchors_of(file.read_text()):
            yield f"links to {target}, where there is no such heading"


def check_files(root, text):
    for name in sorted(set(re.findall(FILE, text)) - EXAMPLES):
        if not (root / name).exists():
            yield f"speaks of {name}, which is not there"


def check_options(text, known):
    lines = [line for line in text.splitlines() if not re.search(OTHER_PROGRAMS, line)]
    for option in sorted(set(re.findall(OPTION, "\n".join(lines)))):
        if spelled(option) not in known:
            yield f"speaks of {option}, an option that no program has"


def check_top(root):
    """Of what git keeps: a program under test may leave something there, and `git add` takes it."""
    belongs = {*TOPS.split("|"), "packaging", "CMakeLists.txt", "CMakePresets.json", "LICENSE",
               "README.md", "CHANGELOG.md"}
    kept = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True).stdout
    for name in sorted({line.split("/")[0] for line in kept.splitlines()} - belongs):
        if not name.startswith("."):
            yield f"{name} lies at the top, where README names no such thing"


def main():
    root, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    scripts = "\n".join(path.read_text(errors="ignore") for path in (root / "scripts").iterdir())
    known = options_of(program) | set(re.findall(OPTION, scripts))
    # Help leaves out aliases, which the manual has, and what other programs' command lines hold.
    known |= set(re.findall(OPTION, run([program, "man"]).replace("\\-", "-")))
    for source in (*(root / "cli").glob("*.cpp"), root / "gui/main.cpp"):
        for string in re.findall(r'"((?:-\w,)?--[^"\n ]+)"', source.read_text()):
            known |= set(re.findall(r"--[A-Za-z][\w-]*", string))
    known = {spelled(option) for option in known}

    complaints, pages = list(check_top(root)), [root / "README.md", root / "CHANGELOG.md", *(root / "docs").glob("*.md")]
    for page in sorted(pages):
        text = page.read_text()
        for complaint in (*check_links(root, page, text), *check_files(root, text),
                          *check_options(text, known)):
            complaints.append(f"{page.relative_to(root)} {complaint}")
    # The code's comments cite the docs.
    for top in TOPS.split("|"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp", ".comp", ".glsl", ".py", ".cmake"):
                cited = set(re.findall(r"(?<![\w/])docs/[\w-]+\.md", path.read_text()))
                complaints += [f"{path.relative_to(root)} cites {name}, which is not there"
                               for name in sorted(cited) if not (root / name).exists()]
    print("\n".join(complaints))
    print(f"{len(pages)} pages, {len(known)} options, {len(complaints)} complaints")
    return 1 if complaints or len(known) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
