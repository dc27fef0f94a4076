"""Learns the weights that rank a page's candidates for its headline, its date and its authors (../title_candidates.h,
../date_candidates.h, ../authors.h).

    ranking.py --data DIR --eval EXTRACTION_EVAL --folds FOLDS.bin.gz [--ship]

Conditional logits: the weights make the gold one the likeliest of a page's candidates. The figures printed are on sites left out.
--ship writes title_weights.inc, date_weights.inc and author_weights.inc, learned on all pages, and
tests/quality/extraction/ranking_folds.json, the weights without each fold, with which script/quality scores. The same data give the same bytes.
"""
import json
import os
import re
import subprocess
import sys

import numpy
import scipy.optimize

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import labels  # noqa: E402
import pages  # noqa: E402

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
PENALTY = {"title": 10.0, "date": 16.0, "author": 4.0}
# Of a page, where not 1: cleanportaleval's are of four sites and all right. As with seeds, these are weights with which no figure fell.
WEIGHTS = {"title": {"cleanportaleval": 0.5}, "date": {"wcxb-dev": 1.5}, "author": {}}
# Data sets that tell the authors of most pages: on others of theirs nobody is named, as a rule.
AUTHORS_TOLD = ("fundus-parser", "wcxb-dev", "readability")
NOBODY_WEIGHT = 0.3
# What golds that are one text have between names.
_BETWEEN_NAMES = re.compile(r",| and | und | & | et | y |;|/|\n")


def same_title(gold, found):
    return labels.norm(gold) == labels.norm(found)


def same_day(gold, found):
    return gold[:10] == found[:10]


def same_authors(gold, found):
    """A gold of several names may be one text, and begin with "by"."""
    golds = [gold] if isinstance(gold, str) else gold
    parts = [re.sub(r"^(by|von|par)\s+", "", part.strip(), flags=re.I) for text in golds for part in _BETWEEN_NAMES.split(text)]
    names = {labels.norm(name) for name in found}
    return names in ({labels.norm(text) for text in golds}, {labels.norm(part) for part in parts if part})


def gold_of(what, row):
    if what == "author" and not row.get("author"):
        return [] if row["dataset"] in AUTHORS_TOLD else None
    return row.get(what) or None


def weight_of(what, row):
    return NOBODY_WEIGHT if what == "author" and not row.get("author") else WEIGHTS[what].get(row["dataset"], 1.0)


def read(options):
    """(row, features, which are right) a page with a gold title, date or author, by what is ranked."""
    out = {"title": [], "date": [], "author": []}
    for name in ("ground_truth.jsonl", "segments.jsonl"):
        path = os.path.join(options.data, name)
        lines = subprocess.run([options.eval, path, options.folds, path, "--features"], stdout=subprocess.PIPE, check=True).stdout
        found = {answer["id"]: answer for answer in map(json.loads, lines.decode().splitlines())}
        for row in pages.read(options.data, name):
            for what, same in (("title", same_title), ("date", same_day), ("author", same_authors)):
                candidates = found[row["id"]][what + "s"]
                gold = gold_of(what, row)
                if gold is not None:
                    features = numpy.array([c[1:] for c in candidates], float)
                    out[what].append((row, features, numpy.array([same(gold, c[0]) for c in candidates], bool)))
    return out


def fit(what, samples):
    penalty = PENALTY[what]
    samples = [(x, right, weight_of(what, row)) for row, x, right in samples if right.any()]

    def loss(w):
        total, gradient = penalty * w @ w / 2, penalty * w
        for x, right, weight in samples:
            score = x @ w
            e = numpy.exp(score - score.max())
            p = e / e.sum()
            q = numpy.where(right, p, 0)
            total -= weight * numpy.log(q.sum())
            gradient = gradient - weight * (x.T @ (q / q.sum() - p))
        return total, gradient

    start = numpy.zeros(samples[0][0].shape[1])
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    return [round(float(w), 3) for w in found]


def cross(what, samples):
    """Weights without each fold; prints how they do on it."""
    folds, by = [], {}
    for k in range(pages.FOLDS):
        folds.append(fit(what, [s for s in samples if pages.fold(s[0]) != k]))
        for row, x, right in samples:
            if pages.fold(row) == k:
                mark = bool(len(right) and right[int(numpy.argmax(x @ numpy.array(folds[k])))])
                by.setdefault("all", []).append((mark, bool(right.any())))
                by.setdefault(row["dataset"], []).append((mark, bool(right.any())))
    for name, marks in by.items():
        print(f"{what} {name:<22} {len(marks):>4} pages  right {sum(m for m, _ in marks) / len(marks):.4f}  "
              f"among the candidates {sum(o for _, o in marks) / len(marks):.4f}")
    return folds


def ship(what, weights):
    name = what.capitalize()
    with open(os.path.join(ROOT, f"services/deboilerplate/{what}_weights.inc"), "w", encoding="ascii") as f:
        f.write(f"// Written by script/train deboilerplate.\nconstexpr float k{name}Weights[k{name}Features] = {{\n")
        for i in range(0, len(weights), 10):
            f.write("    " + " ".join(f"{w:.3f}F," for w in weights[i:i + 10]) + "\n")
        f.write("};\n")


def main():
    options = pages.read_options(__doc__)
    folds = {}
    for what, samples in read(options).items():
        folds[what] = cross(what, samples)
        if options.ship:
            ship(what, fit(what, samples))
    if options.ship:
        with open(os.path.join(ROOT, "tests/quality/extraction/ranking_folds.json"), "w", encoding="ascii") as f:
            lines = [f'"{what}": [\n' + ",\n".join(json.dumps(w) for w in weights) + "\n]" for what, weights in folds.items()]
            f.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
