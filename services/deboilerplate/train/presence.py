"""Learns whether what was kept of a page is a story (../presence.h).

    presence.py --data DIR --eval EXTRACTION_EVAL --folds FOLDS.bin.gz --features PROGRAM [--ship]

Boosted trees over what the block models made of pages with their story, with its beginning alone, without it, and with a list of other
stories in its place (made_pages.py); the block models have not seen the page's site. The figures printed are on sites left out. --ship
writes model/html_presence.inc, learned on all pages, and puts the models without each fold into FOLDS.
"""
import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tempfile

import lightgbm
import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import export  # noqa: E402
import made_pages  # noqa: E402
import pages  # noqa: E402
import readings  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PARAMETERS = dict(
    objective="binary", seed=7, learning_rate=0.06, num_leaves=16, min_data_in_leaf=30, lambda_l2=5.0, feature_fraction=0.5,
    bagging_fraction=0.7, bagging_freq=1,
    max_bin=127, use_missing=False, deterministic=True, force_col_wise=True, num_threads=1, verbose=-1)
TREES = 200
STORY_MIN = 0.45  # As in page_kind.cc.
STORYLESS_SHARE = 0.15  # Of the pages that are met: a guess, as what is fetched was linked as a story.
WEIGHTS = {"whole": 1, "brief": 0.5, "hollow": 1, "list": 3}


def rows_of(options, work):
    """Pages with a gold text that are articles."""
    read = readings.fill(readings.read(options.data, work), options.features, work)
    return pages.read(options.data, "ground_truth.jsonl") + [r for r in read if r["reading"]["kind"] == "article"]


def read(options, work):
    """(kinds, folds, features), a made page each."""
    rows = rows_of(options, work)
    fold = {row["id"]: pages.fold(row) for row in rows}
    kinds, folds, x = [], [], []
    for kind, path in made_pages.write(options.data, rows, work).items():
        lines = subprocess.run([options.eval, path, options.folds, path, "--features"], stdout=subprocess.PIPE, check=True).stdout
        for answer in map(json.loads, lines.decode().splitlines()):
            kinds.append(kind)
            folds.append(fold[answer["id"]])
            x.append(answer["presence_features"])
    return numpy.array(kinds), numpy.array(folds), numpy.array(x)


def fit(kinds, x):
    y = numpy.array([made_pages.KINDS[kind] for kind in kinds])
    weight = numpy.array([WEIGHTS[kind] for kind in kinds], float)
    weight[~y] *= weight[y].sum() / weight[~y].sum() * STORYLESS_SHARE / (1 - STORYLESS_SHARE)
    return lightgbm.train(PARAMETERS, lightgbm.Dataset(x, label=y.astype(float), weight=weight), TREES)


def report(kinds, guess):
    for kind, has in made_pages.KINDS.items():
        said = guess[kinds == kind] >= STORY_MIN
        print(f"presence: {kind}: {len(said)} pages, {numpy.mean(said):.4f} have a story, {'all' if has else 'none'} should")


def with_presence(folds, models):
    """The bytes of FOLDS with these models in the last place of each fold."""
    out, at = io.BytesIO(), 0
    for model in models:
        for place in range(5):
            _, trees, nodes = struct.unpack_from("<III", folds, at)
            end = at + 12 + 4 * trees + 8 * nodes
            if place < 4:
                out.write(folds[at:end])
            at = end
        export.write_flat(out, model)
    return out.getvalue()


def main():
    options = pages.read_options(__doc__, "--features")
    with tempfile.TemporaryDirectory() as work:
        kinds, folds, x = read(options, work)
    models = [fit(kinds[folds != k], x[folds != k]) for k in range(pages.FOLDS)]
    guess = numpy.zeros(len(kinds))
    for k, model in enumerate(models):
        guess[folds == k] = model.predict(x[folds == k], num_threads=1)
    report(kinds, guess)
    if options.ship:
        export.write_cpp(os.path.join(HERE, "../model/html_presence.inc"), "HtmlPresence", fit(kinds, x))
        with gzip.open(options.folds) as f:
            blocks = f.read()
        with gzip.GzipFile(options.folds, "wb", mtime=0) as f:
            f.write(with_presence(blocks, models))


if __name__ == "__main__":
    main()
