"""Reads corpus.txt."""

import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))


def expanded(names):
    """The names of a line."""
    found = re.search(r"\{([^}]*)\}", names)
    start, end = names[: found.start()], names[found.end() :]
    return [start + number + end for part in found.group(1).split(",") for number in numbers(part)]


def numbers(part):
    """`0001..0024..5` as numbers; anything else as it is."""
    found = re.fullmatch(r"(-?)(\d+)\.\.(-?)(\d+)(?:\.\.(\d+))?", part)
    if not found:
        return [part]
    sign, first, sign_last, last, step = found.groups()
    width = len(first) if first.startswith("0") else 1
    values = range(int(sign + first), int(sign_last + last) + 1, int(step or 1))
    return ["%s%0*d" % ("-" if value < 0 else "", width, abs(value)) for value in values]


def lines():
    """Each line: section, reason, verdict, its text, its names."""
    section = reason = None
    with open(os.path.join(HERE, "corpus.txt"), encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if line.startswith("# ") and ": " in line:
                section, reason = line[2:].split(": ", 1)
            elif line and not line.startswith("#"):
                verdict, names = line.split(" ", 1)
                yield section, reason, verdict, names, expanded(names)
