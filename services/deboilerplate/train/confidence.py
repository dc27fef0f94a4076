"""Learns how much of a page's text is expected to be right (../confidence.h).

    confidence.py --data DIR --eval EXTRACTION_EVAL --folds FOLDS.bin.gz [--ship]

A logistic curve over what the block models say of a page, times the probability that the text is a story at all, fitted to the F1 of the
text that models found which have not seen the page's site: pages as HTML and flattened. The table printed is on sites left out. --ship writes confidence_weights.inc, learned on all
pages, and tests/quality/extraction/confidence_folds.json, the weights without each fold. The same data give the same bytes.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy
import scipy.optimize

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pages  # noqa: E402

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
sys.path.insert(0, os.path.join(ROOT, "tests/quality/extraction"))
import rightness  # noqa: E402

PENALTY = 0.1


def extract(options, path, gold):
    lines = subprocess.run([options.eval, path, options.folds, gold, "--features"], stdout=subprocess.PIPE, check=True).stdout
    return {answer["id"]: answer for answer in map(json.loads, lines.decode().splitlines())}


def read(options):
    """(fold, features, presence, F1) a page with a gold text, as HTML and as text."""
    truth = os.path.join(options.data, "ground_truth.jsonl")
    rows = pages.read(options.data, "ground_truth.jsonl")
    with tempfile.TemporaryDirectory() as work:
        flat = os.path.join(work, "flat.jsonl")
        with open(flat, "w", encoding="utf-8") as f:
            for row in rows:
                f.write(json.dumps({"id": row["id"], "text": "\n".join(pages.flatten(options.data, row, False))}) + "\n")
        answers = [extract(options, truth, truth), extract(options, flat, truth)]
    return [(pages.fold(row), found[row["id"]]["confidence_features"], found[row["id"]]["presence"], rightness.of_page(row, found[row["id"]]))
            for found in answers for row in rows]


def fit(samples):
    x = numpy.array([s[1] for s in samples], float)
    presence = numpy.array([s[2] for s in samples], float)
    y = numpy.array([s[3] for s in samples], float)

    def loss(w):
        right = 1 / (1 + numpy.exp(-x @ w))
        p = numpy.clip(presence * right, 1e-9, 1 - 1e-9)
        value = -numpy.sum(y * numpy.log(p) + (1 - y) * numpy.log(1 - p)) + PENALTY * w @ w / 2
        return value, x.T @ ((p - y) * (1 - right) / (1 - p)) + PENALTY * w

    found = scipy.optimize.minimize(loss, numpy.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    return [round(float(w), 3) for w in found]


def main():
    options = pages.read_options(__doc__)
    samples = read(options)
    folds = [fit([s for s in samples if s[0] != k]) for k in range(pages.FOLDS)]
    pairs = [(presence * rightness.expected(folds[k], x), y) for k, x, presence, y in samples]
    half = len(pairs) // 2
    for name, part in (("html", pairs[:half]), ("text", pairs[half:])):
        rightness.print_table(name, part)
    if options.ship:
        weights = fit(samples)
        with open(os.path.join(ROOT, "services/deboilerplate/confidence_weights.inc"), "w", encoding="ascii") as f:
            f.write("// Written by script/train deboilerplate.\nconstexpr float kConfidenceWeights[kConfidenceFeatures] = {\n")
            for i in range(0, len(weights), 10):
                f.write("    " + " ".join(f"{w:.3f}F," for w in weights[i:i + 10]) + "\n")
            f.write("};\n")
        with open(os.path.join(ROOT, "tests/quality/extraction/confidence_folds.json"), "w", encoding="ascii") as f:
            f.write("[\n" + ",\n".join(json.dumps(w) for w in folds) + "\n]\n")


if __name__ == "__main__":
    main()
