"""Trains the models of blocks: gradient-boosted trees on the pages of the development set, folds by site.

    train.py --data DIR --features PROGRAM --work DIR [--ship] [--paths html,text] [--models DIR]

Trains one pair of models a fold and writes them all to WORK/folds.bin.gz; the figures printed are on sites left out.
--ship  writes the pair that was trained on all pages to services/deboilerplate/model/*.inc.
The second model of a pair learns from guesses of first models that have not seen the page's site.
"""
import argparse
import gzip
import json
import math
import multiprocessing
import os
import subprocess
import sys

import lightgbm
import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import disguises  # noqa: E402
import export  # noqa: E402
import labels  # noqa: E402
import pages  # noqa: E402
import readings  # noqa: E402

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
PARAMETERS = dict(
    objective="cross_entropy", min_data_in_leaf=40, feature_fraction=0.4, bagging_fraction=0.8, bagging_freq=1, lambda_l2=5.0,
    max_bin=127, use_missing=False, deterministic=True, force_col_wise=True, num_threads=1, verbose=-1)
# The first model of HTML is small: it judges every block of a page, and the second one mends what it gets wrong. Second models learn
# slowly and see few columns at a time, which holds better on sites left out. What a seed decides is worth .001 of F1 there, more than
# most choices here: these are ones with which no figure fell.
MODELS = {
    ("html", "first"): dict(seed=17, trees=48, learning_rate=0.2, num_leaves=16, max_depth=5),
    ("html", "second"): dict(seed=29, trees=400, learning_rate=0.04, num_leaves=32, max_depth=10, feature_fraction=0.25,
                             min_data_in_leaf=80, lambda_l2=15.0),
    ("text", "first"): dict(seed=7, trees=80, learning_rate=0.12, num_leaves=24, max_depth=6),
    ("text", "second"): dict(seed=7, trees=400, learning_rate=0.05, num_leaves=32, max_depth=10, feature_fraction=0.25),
}
# Share of the many short lines of navigation that is trained on; what is left out weighs on the rest.
LIGHT_SHARE = {"html": 1.0, "text": 0.5}
JOBS = int(os.environ.get("SLUICE_TRAIN_JOBS") or os.cpu_count() or 1)
HOPELESS = 0.04  # As in decide.cc.
# Where a sum of the first trees settles what comes of all: trees, below what, above what, and what such blocks are worth. As in forest.h.
EXITS = {
    "first": ((16, -2.75, math.inf, 0, 1), (32, -3.25, math.inf, 0, 1)),
    "second": ((48, -1.2, 2.2, 0.03, 0.99), (96, -1.5, 1.8, 0.065, 0.93), (200, -1.4, 1.3, 0.1, 0.86)),
}
# A whole page weighs about 1, a block by its words and this: what was read is right for short blocks too.
BLOCK_WORDS, READ_BLOCK_WORDS = 3, 12
SNIPPET_WEIGHT = 0.2  # Of a block of which snippets tell, beside.
DISGUISED_WEIGHT = 0.3  # Of a page in other markup, beside the page itself.


class Set:
    """Pages of one path with their blocks' features, labels and weights."""

    def __init__(self, program, work, name, inputs):
        self.program, self.work, self.name = program, work, name
        self.source = os.path.join(work, name + ".in.jsonl")
        with open(self.source, "w", encoding="utf-8") as f:
            for row, item in inputs:
                f.write(json.dumps(item, ensure_ascii=False) + "\n")
        blocks, self.x = self.dump(None)
        self.dropped = numpy.array([b[1] for page in blocks for b in page], dtype=bool)
        self.fold = numpy.concatenate([numpy.full(len(page), pages.fold(row)) for (row, _), page in zip(inputs, blocks)])
        self.page = numpy.concatenate([numpy.full(len(page), i) for i, page in enumerate(blocks)])
        self.y = numpy.zeros(len(self.x), dtype=numpy.float32)
        self.weight = numpy.zeros(len(self.x), dtype=numpy.float32)
        at = 0
        for (row, item), page in zip(inputs, blocks):
            self._label(at, row, item, [b[0] for b in page])
            at += len(page)

    def _label(self, at, row, item, texts):
        end, scale = at + len(texts), item.get("weight", 1.0)
        if row.get("dom_recall", 1) >= 0.5 and row.get("text"):
            read = "reading" in row and self.name == "html"
            if read and item.get("disguised") and not readings.fits(row["reading"], texts):
                return
            judged = readings.judge(row["reading"], texts) if read else labels.label(texts, row["text"], row.get("title"))
            doubtful = row.get("unsure", ())
            gold_words = len(labels.words(row["text"]))
            more = READ_BLOCK_WORDS if read else BLOCK_WORDS
            self.y[at:end] = [y or 0 for y in judged]
            self.weight[at:end] = [0 if y is None or labels.flat(t) in doubtful else
                                   scale * (len(labels.words(t)) + more) / (gold_words + 60) for t, y in zip(texts, judged)]
        for k, y in enumerate(labels.label_segments(texts, row.get("with", ()), row.get("without", ()))):
            if y is not None:
                self.y[at + k] = y
                self.weight[at + k] += SNIPPET_WEIGHT * scale

    def dump(self, guesses):
        texts, floats = (os.path.join(self.work, self.name + s) for s in (".out.jsonl", ".f32"))
        command = [self.program, self.source, texts, floats]
        if guesses is not None:
            path = os.path.join(self.work, self.name + ".guess.f32")
            numpy.where(self.dropped, 0, guesses).astype(numpy.float32).tofile(path)
            command.append(path)
        subprocess.check_call(command)
        with open(texts, encoding="utf-8") as f:
            rows = [json.loads(line) for line in f]
        columns = max(r["columns"] for r in rows)
        return [r["blocks"] for r in rows], numpy.fromfile(floats, dtype=numpy.float32).reshape(-1, columns)


def train(x, y, weight, model):
    data = lightgbm.Dataset(x, label=numpy.clip(y, 0, 1), weight=weight / weight.mean())
    own = {k: v for k, v in model.items() if k != "trees"}
    return lightgbm.train({**PARAMETERS, **own}, data, model["trees"])


def thin(s, among, seed=11):
    """Rows to train on: all of `among` that weigh something, but of the many short lines of navigation only a part."""
    share = LIGHT_SHARE[s.name]
    usable = among & ~s.dropped & (s.weight > 0)
    rng = numpy.random.default_rng(seed)
    light = usable & (s.y < 0.5) & (s.x[:, 0] < 6)
    keep = usable & (~light | (rng.random(len(s.y)) < share))
    weight = numpy.where(light, s.weight / share, s.weight)
    return keep, weight


def cross_train(s, x, model, guess=None):
    """One model a fold and one of all pages, and each block's guess by the model of its fold. `guess`: by the model before, which
    decides where it is sure."""
    global _fit_one
    among = seen(s, guess)
    keep, weight = thin(s, among)
    if guess is not None:
        weight *= saturation(s, guess)

    def fit(k):
        rows = keep & (s.fold != k)
        booster = train(x[rows], s.y[rows], weight[rows], model)
        left_out = among & (s.fold == k)
        return booster.model_to_string(), predict(booster, x[left_out], "first" if guess is None else "second") if left_out.any() else None

    _fit_one = fit
    # Each fold in a process of its own, which shares the rows: one thread a model, so that the bytes are the same anywhere.
    with multiprocessing.get_context("fork").Pool(JOBS) as pool:
        fitted = pool.map(_fit, range(pages.FOLDS + 1), chunksize=1)
    out = numpy.zeros(len(s.y), dtype=numpy.float32) if guess is None else guess.copy()
    for k in range(pages.FOLDS):
        out[among & (s.fold == k)] = fitted[k][1]
    models = [lightgbm.Booster(model_str=text) for text, _ in fitted]
    return models[:-1], models[-1], out


_fit_one = None


def _fit(k):
    return _fit_one(k)


def saturation(s, guess):
    """How much less what does not belong to a page weighs the more of it there is: a page's precision cannot fall below nothing."""
    wrong = numpy.bincount(s.page, s.weight * (1 - s.y) * guess * ~s.dropped)
    return numpy.where(s.y > 0.5, 1, 1 / (1 + wrong[s.page]))


def predict(model, x, part):
    """What the program predicts: it stops where the first trees leave little doubt."""
    out = model.predict(x, num_threads=1)
    for trees, least, most, low, high in reversed(EXITS[part]):
        begin = model.predict(x, num_iteration=trees, raw_score=True, num_threads=1)
        out[begin < least] = low
        out[begin > most] = high
    return out


def seen(s, guess):
    """The blocks that a model is shown: those that the one before has not given up."""
    return numpy.ones(len(s.y), dtype=bool) if guess is None else guess >= HOPELESS


def rows_of(options):
    """The pages with a gold text, then those of which snippets or readers tell."""
    read = {r["id"]: r for r in readings.fill(readings.read(options.data, options.work), options.features, options.work)}
    others = [read.pop(r["id"], r) for r in pages.read(options.data, "segments.jsonl")]
    return pages.read(options.data, "ground_truth.jsonl"), others + list(read.values())


def inputs_of(path, options, rows, others):
    return html_inputs(options, rows + others) if path == "html" else text_inputs(options.data, rows, others)


def html_inputs(options, rows):
    out = [(r, {"id": r["id"], "file": os.path.abspath(os.path.join(options.data, r["file"])), "charset": r.get("charset") or ""})
           for r in rows]
    for n, (row, item) in enumerate(out[:]):
        path = os.path.abspath(os.path.join(options.work, f"disguised-{n}.html.gz"))
        with gzip.open(item["file"]) as f:
            page = disguises.disguise(f.read(), disguises.way_of(row))
        with gzip.open(path, "wb", compresslevel=1) as f:
            f.write(page)
        out.append((row, dict(item, file=path, weight=DISGUISED_WEIGHT, disguised=True)))
    return out


def text_inputs(data, rows, others):
    out = []
    for without_furniture, scale in ((False, 1.0), (True, 0.6)):
        for r in rows + (others if not without_furniture else []):
            lines = pages.flatten(data, r, without_furniture)
            out.append((r, {"id": r["id"], "text": "\n".join(lines), "weight": scale}))
    whole = [o[1]["text"].split("\n") for o in out[:len(rows)]]
    for r, lines in pages.with_other_stories(rows, whole, seed=5):
        out.append((r, {"id": r["id"], "text": "\n\n".join(lines) if len(lines) % 2 else "\n".join(lines), "weight": 0.5}))
    return out


def report(path, s, guess):
    """Word-weighted, a page one vote: what a threshold of one half would reach."""
    rows = s.weight > 0
    kept = (guess > 0.5) & ~s.dropped & rows
    hit = (s.weight * s.y)[kept].sum()
    print(f"{path}: precision {hit / s.weight[kept].sum():.4f} recall {hit / (s.weight * s.y)[rows].sum():.4f}", flush=True)


def run(path, options, rows, others):
    s = Set(options.features, options.work, path, inputs_of(path, options, rows, others))
    print(f"{path}: {s.page.max() + 1} pages, {len(s.y)} blocks, {s.x.shape[1]} columns", flush=True)
    first, first_of_all, guess = cross_train(s, s.x, MODELS[path, "first"])
    report(path + " first", s, guess)
    _, x2 = s.dump(guess)
    numpy.save(os.path.join(options.work, path + ".x2.npy"), x2)
    second, second_of_all, decided = cross_train(s, x2, MODELS[path, "second"], guess)
    report(path + " second", s, decided)
    numpy.savez(os.path.join(options.work, path + ".npz"), y=s.y, weight=s.weight, fold=s.fold, page=s.page, guess=guess,
                decided=decided, dropped=s.dropped)
    if options.ship:
        for booster, part in ((first_of_all, "first"), (second_of_all, "second")):
            export.write_cpp(os.path.join(options.models, f"{path}_{part}.inc"), path.capitalize() + part.capitalize(), booster)
    return list(zip(first, second))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--features", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--paths", default="html,text")
    parser.add_argument("--models", default=os.path.join(ROOT, "services/deboilerplate/model"))
    parser.add_argument("--ship", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.work, exist_ok=True)
    rows, others = rows_of(options)
    folds = {}
    for path in options.paths.split(","):
        folds[path] = run(path, options, rows, others)
        with open(os.path.join(options.work, path + ".folds.bin"), "wb") as f:
            for first, second in folds[path]:
                export.write_flat(f, first)
                export.write_flat(f, second)
    if set(folds) == {"html", "text"}:
        with gzip.GzipFile(os.path.join(options.work, "folds.bin.gz"), "wb", mtime=0) as f:
            for k in range(pages.FOLDS):
                for path in ("html", "text"):
                    for model in folds[path][k]:
                        export.write_flat(f, model)
                export.write_flat(f, None)  # That of presence.py comes here.


if __name__ == "__main__":
    main()
