"""Compares what the corpus says with what Python's fileseq and clique find, and writes each
difference with who is right to differences.tsv.

    pip install fileseq==3.4.0 clique==2.0.0
    python3 tests/names/compare.py

The folder adapter reads each line of the corpus as its verdict; a unit test of `components/folder`
checks that. The corpus is right in each difference; its sections say why.
Neither library claims to know what a number means: both find runs of numbers, and both answer here
as they do by default, but that fileseq is asked for subframes where there are some.
"""

import collections
import os

import clique
import fileseq

from expand import HERE, lines


def by_fileseq(names, verdict, fraction):
    """What fileseq makes of these names."""
    found = fileseq.findSequencesInList(names, allow_subframes=fraction)
    if len(found) == 1 and len(found[0]) == len(names) and found[0].frameSet():
        ranges = str(found[0].frameSet())
        step = ranges.split("x")[1] if "x" in ranges and "," not in ranges else ""
        # Of two numbers or of a fraction it writes the step otherwise.
        if verdict.startswith("frames/") and (step or fraction):
            return verdict
        return "frames"
    if all(len(one) == 1 for one in found) and len(found) == len(names):
        numbered = [one for one in found if one.frameSet()]
        return "frames" if len(names) == 1 and numbered else "files"
    return "%d items" % len(found)


def by_clique(names, verdict):
    """What clique makes of these names."""
    collections_, remainder = clique.assemble(names)
    if len(collections_) == 1 and not remainder:
        step = collections_[0].format("{ranges}")
        if verdict.startswith("frames/") and collections_[0].holes().indexes:
            return "frames with %d holes" % len(collections_[0].holes().indexes)
        return "frames" if step else "files"
    if not collections_ and len(remainder) == len(names):
        return "files"
    return "%d items" % (len(collections_) + len(remainder))


def main():
    rows = []
    agreed = collections.Counter()
    total = 0
    for section, _, verdict, text, names in lines():
        total += 1
        for library, answer in (
            ("fileseq", by_fileseq(names, verdict, section == "subframes")),
            ("clique", by_clique(names, verdict)),
        ):
            if answer == verdict:
                agreed[library] += 1
            else:
                rows.append((section, library, text, answer, verdict, "corpus"))
    with open(os.path.join(HERE, "differences.tsv"), "w", encoding="utf-8", newline="\n") as file:
        file.write("convention\tlibrary\tnames\tit says\tthe corpus says\twho is right\n")
        for row in rows:
            file.write("\t".join(row) + "\n")
    print("%d lines, %d differences" % (total, len(rows)))
    for library, count in sorted(agreed.items()):
        print("  %s agrees in %d" % (library, count))
    for (section, library), count in sorted(collections.Counter(r[:2] for r in rows).items()):
        print("  %-28s %-8s %4d" % (section, library, count))


if __name__ == "__main__":
    main()
