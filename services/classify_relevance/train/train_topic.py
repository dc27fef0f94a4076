"""Learns a topic's weights from labelled documents and writes them beside the topic file.

Documents are lines of JSON with id, title, text, language, grade (2: the topic is the subject, 1: it matters to a follower of the
topic, 0: neither) and repo (whoever made it: folds leave one out). A document of `genre` law counts less, and all of that genre are
one fold. Documents that were written for training (--written) widen what the labelled ones show: other languages, kinds of text and
sides of each border. Their folds are languages, and figures and calibration are of the labelled ones alone. What a document looks like
to the model is measured by the program that serves (bin/topic_features).

Two logistic heads with a ridge penalty; the same input gives the same file, byte for byte.
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys

# One thread: sums in a fixed order.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np  # noqa: E402
import yaml  # noqa: E402

HEADS = {"core": 2, "related": 1}
LAW_WEIGHT = 0.3
WRITTEN_WEIGHT = {"core": 0.7, "related": 0.22}
COPY_WEIGHT = 0.15
LEAD_BYTES = 400
LEAD_SHARE_MIN = 0.1
GLUED_BYTES = 6000
PENALTY_PER_DOCUMENT = {"core": 0.4, "related": 0.6}

# How freely each head may use a kind of feature: the penalty of a weight is divided by the square, 0 leaves the kind out. What a
# document is about shows in its headline and in what meets what; whether it matters at all, in how much of it is on the subject.
TRUST = {
    "core": {"text": {"written": 3.0, "": 1.0},
             "concept": {"title": 1.5, "": 0.7},
             "group": {"title": 1.0, "all": 0.7, "peak": 0.7, "places": 0.7, "step": 1.0, "": 0.5},
             "cross": {"title": 1.0, "lead": 0.5, "cover": 1.0}},
    "related": {"text": {"written": 3.0, "": 1.0},
                "concept": {"": 0.0},
                "group": {"title": 0.7, "lead": 1.0, "top": 1.0, "first": 4.0, "all": 4.0, "peak": 4.0, "places": 4.0, "step": 1.0, "": 10.0},
                "cross": {"": 0.0}},
}


def fail(message):
    print(f"train topic: {message}", file=sys.stderr)
    raise SystemExit(1)


def read_documents(paths):
    documents = []
    for path in paths:
        if not os.path.isfile(path):
            fail(f"no labelled documents at {path}")
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                document = json.loads(line)
                if document.get("grade") not in (0, 1, 2):
                    fail(f"{path}:{number}: grade must be 0, 1 or 2")
                document.setdefault("repo", document.get("source") or "labels")
                documents.append(document)
    return documents


def measure(program, topic, documents):
    lines = "".join(
        json.dumps({key: document.get(key) or "" for key in ("id", "title", "text", "language")}) + "\n" for document in documents)
    run = subprocess.run([program, topic], input=lines.encode(), stdout=subprocess.PIPE)
    if run.returncode != 0:
        fail(f"{program} failed")
    rows = run.stdout.decode().splitlines()
    names = rows[0].split("\t")[2:]
    cells = [row.split("\t") for row in rows[1:]]
    anchored = np.array([row[1] == "1" for row in cells])
    values = np.array([[float(cell) for cell in row[2:]] for row in cells])
    return names, anchored, values


def logistic(sums):
    return 1 / (1 + np.exp(-np.clip(sums, -30, 30)))


class Regression:
    """Logistic regression with a ridge penalty over standardised columns times their trust; weights are given for raw columns.

    The curvature at the solution for all rows serves the fits that leave some out as well: they differ little, so that a few cheap
    steps bring each to its own optimum.
    """

    def __init__(self, values, labels, counts, penalty, trust):
        mean = np.average(values, axis=0, weights=counts)
        spread = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=counts))
        self.used = (spread > 1e-6) & (trust > 0)
        self.mean, self.spread = mean[self.used], spread[self.used] / trust[self.used]
        self.columns = values.shape[1]
        self.design = np.hstack([(values[:, self.used] - self.mean) / self.spread, np.ones((len(values), 1))])
        self.labels, self.counts = labels, counts
        self.ridge = np.full(self.design.shape[1], penalty)
        self.ridge[-1] = 1e-6
        self.solution = np.zeros(self.design.shape[1])
        for _ in range(40):
            chance = logistic(self.design @ self.solution)
            curvature = (self.design.T * (counts * chance * (1 - chance))) @ self.design + np.diag(self.ridge)
            step = np.linalg.solve(curvature, self.gradient(self.solution, counts))
            self.solution = self.solution - step
            if np.abs(step).max() < 1e-8:
                break
        self.inverse = np.linalg.inv(curvature)

    def gradient(self, weights, counts):
        return self.design.T @ (counts * (logistic(self.design @ weights) - self.labels)) + self.ridge * weights

    def without(self, rows):
        """Weights and bias learned from all rows but these."""
        counts = np.where(rows, 0.0, self.counts)
        weights = self.solution
        for _ in range(400):
            step = self.inverse @ self.gradient(weights, counts)
            weights = weights - step
            if np.abs(step).max() < 1e-6:
                break
        raw = np.zeros(self.columns)
        raw[self.used] = weights[:-1] / self.spread
        return raw, float(weights[-1] - raw[self.used] @ self.mean)


def f1(truth, kept):
    hits = int((truth & kept).sum())
    return 2 * hits / max(1, int(truth.sum() + kept.sum()))


def average_precision(truth, scores):
    order = np.argsort(-scores, kind="stable")
    truth = truth[order]
    precision = np.cumsum(truth) / np.arange(1, len(truth) + 1)
    return float(precision[truth].mean()) if truth.any() else float("nan")


def reliability(truth, scores, bins=10):
    table, error = [], 0.0
    for number in range(bins):
        inside = (scores >= number / bins) & ((scores < (number + 1) / bins) | (number == bins - 1))
        if inside.any():
            said, was = float(scores[inside].mean()), float(truth[inside].mean())
            error += inside.mean() * abs(said - was)
            table.append({"from": number / bins, "documents": int(inside.sum()), "said": round(said, 3), "was": round(was, 3)})
    return table, float(error)


def rounded(number):
    return float(f"{number:.5g}")


def shortened(text, bytes_max):
    """The text's beginning, up to the end of a word."""
    part = text.encode()[:bytes_max].decode(errors="ignore")
    return part if len(part) == len(text) or " " not in part else part[:part.rindex(" ")]


def with_copies(documents):
    """The documents, then changed copies whose grade is known: cut to the lead, that without headline, and with another story
    glued on. They teach that short items count and that what follows an article does not. What a long document was graded for need
    not stand in its lead."""
    copies = []
    others = [document for document in documents if document["grade"] == 0 and document.get("genre") != "law"]
    for number, document in enumerate(documents):
        if document.get("genre") == "law":
            continue
        text = document.get("text") or ""
        lead = shortened(text, LEAD_BYTES)
        if document["grade"] == 0 or LEAD_BYTES >= LEAD_SHARE_MIN * len(text.encode()):
            if len(lead) < len(text):
                copies.append({**document, "text": lead, "copy": True})
            copies.append({**document, "title": "", "text": lead, "copy": True})
        if others and len(text) < GLUED_BYTES:
            other = others[number * 7919 % len(others)]
            glued = f'{text}\n{other.get("title") or ""}\n{shortened(other.get("text") or "", GLUED_BYTES)}'
            copies.append({**document, "text": glued, "copy": True})
    return documents + copies


def trusts(names, groups, head):
    """The head's trust in each feature."""
    found = []
    for name in names:
        owner, what = name.split(".", 1)
        kind = "text" if owner == "text" else "cross" if "+" in owner else "group" if owner in groups else "concept"
        table = TRUST[head][kind]
        found.append(table.get("step" if ">=" in what else what, table.get("")))
    return np.array(found)


class Trainer:
    def __init__(self, documents, names, anchored, values, groups, signs):
        # Subjects are not as frequent among written documents as elsewhere: a feature of their own takes that, and is not served.
        self.written = np.array([document.get("written", False) for document in documents])
        self.names, self.anchored, self.values = names + ["text.written"], anchored, np.hstack([values, np.zeros((len(values), 1))])
        self.grades = np.array([document["grade"] for document in documents])
        self.law = np.array([document.get("genre") == "law" for document in documents])
        self.originals = np.array([not document.get("copy") for document in documents])
        self.folds = np.array(["law" if law else f'written {document["language"]}' if written else document["repo"]
                               for law, written, document in zip(self.law, self.written, documents)])
        self.counts = np.where(self.law, LAW_WEIGHT, np.where(self.originals, 1.0, COPY_WEIGHT) * self.balance())
        # A copy that has lost what the document was graded for says nothing.
        used = anchored & self.counts.astype(bool)
        self.rows = np.flatnonzero(used)
        self.learned, self.calibration = {}, {}
        seen = np.hstack([values[used], self.written[used, None].astype(float)])
        for head, grade in HEADS.items():
            labels = (self.grades[used] >= grade).astype(float)
            counts = np.where(self.written, WRITTEN_WEIGHT[head], 1.0) * self.counts
            penalty = PENALTY_PER_DOCUMENT[head] * counts[used & self.originals].sum()
            trust = trusts(self.names, groups, head)
            free = np.ones(len(self.names), dtype=bool)
            # What points the wrong way is left out, until nothing does.
            while True:
                learned = Regression(np.where(free, seen, 0.0), labels, counts[used], penalty, trust)
                weights, _ = learned.without(np.zeros(len(self.rows), dtype=bool))
                wrong = self.wrong(weights, signs) if head == "core" else np.zeros(len(free), dtype=bool)
                if not wrong.any():
                    break
                free &= ~wrong
            self.learned[head] = learned

    def balance(self):
        """Weights by publisher: one with four times the articles counts twice as much, not four times. 1 in the mean."""
        articles = ~self.law & ~self.written & self.originals
        sizes = {fold: float((articles & (self.folds == fold)).sum()) for fold in sorted(set(self.folds[articles]))}
        weights = np.array([sizes.get(fold, 1.0) ** -0.5 for fold in self.folds])
        return np.where(self.written, 1.0, weights / weights[articles].mean())

    def wrong(self, weights, signs):
        """Features that may only raise the score and lower it, or the other way round. What is counted equally to the end of the
        text may only raise it: other stories may follow an article."""
        def of(owners):
            return np.array([name.rsplit(".", 1)[0] in owners or name.split(".")[0] in owners for name in self.names])
        whole = np.array([name.split(".", 1)[1].split(">=")[0] in ("all", "peak", "places") for name in self.names])
        return (whole & (weights < 0)) | (of(set(signs.get("supports", []))) & (weights < 0)) | (of(set(signs.get("opposes", []))) & (weights > 0))

    def unanchored(self, head, rows):
        rows = rows & ~self.anchored & self.originals
        return (float((self.grades[rows] >= HEADS[head]).sum()) + 0.05) / (float(rows.sum()) + 50)

    def out_of_fold(self):
        """Scores of every document by weights that saw nothing of its publisher."""
        sums = {head: np.zeros(len(self.grades)) for head in HEADS}
        scores = {}
        for head in HEADS:
            for fold in sorted(set(self.folds)):
                inside = self.folds == fold
                weights, bias = self.learned[head].without(inside[self.rows])
                sums[head][inside] = self.values[inside] @ weights + bias
            self.calibration[head] = self.calibrate(head, sums[head])
            everything = np.ones(len(self.grades), dtype=bool)
            scores[head] = np.where(self.anchored, logistic(sums[head] * self.calibration[head]), self.unanchored(head, everything))
        scores["related"] = np.maximum(scores["related"], scores["core"])
        return scores

    def calibrate(self, head, sums):
        """How much steeper out-of-fold sums must be to be log odds: the penalty makes them too small. One number for all folds."""
        rows = self.anchored & ~self.law & ~self.written & self.originals
        labels = (self.grades[rows] >= HEADS[head]).astype(float)
        slope = 1.0
        for _ in range(30):
            chance = logistic(sums[rows] * slope)
            slope -= float(sums[rows] @ (chance - labels)) / float((sums[rows] ** 2) @ (chance * (1 - chance)) + 1e-9)
            slope = min(max(slope, 0.5), 2.0)
        return slope

    def report(self, scores, articles):
        summary = {}
        for head, grade in HEADS.items():
            truth, said = self.grades[articles] >= grade, scores[head][articles]
            table, error = reliability(truth, said)
            summary[head] = {"documents": int(articles.sum()), "positive": int(truth.sum()), "f1": round(f1(truth, said >= 0.5), 4),
                             "average_precision": round(average_precision(truth, said), 4), "calibration_error": round(error, 4),
                             "reliability": table}
        return summary

    def weights(self):
        everything = np.ones(len(self.grades), dtype=bool)
        learned = {}
        for head, slope in self.calibration.items():
            weights, bias = self.learned[head].without(np.zeros(len(self.rows), dtype=bool))
            learned[head] = (weights * slope, bias * slope)
        floor, ceiling = self.values[self.anchored].min(axis=0), self.values[self.anchored].max(axis=0)
        served = [(i, name) for i, name in enumerate(self.names) if name != "text.written"]
        features = [{"name": name, **{head: rounded(learned[head][0][i]) for head in HEADS}, "min": rounded(floor[i]),
                     "max": rounded(ceiling[i])} for i, name in served]
        return {"bias": {head: rounded(learned[head][1]) for head in HEADS},
                "unanchored": {head: rounded(self.unanchored(head, everything)) for head in HEADS}, "features": features}


def write(path, file):
    rows = ",\n".join("  " + json.dumps(row) for row in file["features"])
    head = json.dumps({key: value for key, value in file.items() if key != "features"}, indent=1)
    path.write_text(head[:-2] + ',\n "features": [\n' + rows + "\n ]\n}\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(prog="script/train topic", description=__doc__.split("\n")[0])
    parser.add_argument("topic", help="topic file")
    parser.add_argument("labels", nargs="+", help="labelled documents, JSONL")
    parser.add_argument("--program", required=True, help="bin/topic_features")
    parser.add_argument("--written", help="documents that were written for training, JSONL")
    parser.add_argument("--predictions", help="write the out-of-fold scores there, JSONL")
    args = parser.parse_args()
    written = read_documents([args.written]) if args.written else []
    documents = with_copies(read_documents(args.labels) + [{**document, "written": True} for document in written])
    names, anchored, values = measure(args.program, args.topic, documents)
    # Read strictly by the program above; here every scalar stays a string: a group may be called `off`.
    topic = yaml.load(pathlib.Path(args.topic).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    trainer = Trainer(documents, names, anchored, values, set(topic.get("groups") or {}), topic.get("training") or {})
    scores = trainer.out_of_fold()
    summary = trainer.report(scores, ~trainer.law & ~trainer.written & trainer.originals)
    if written:
        summary["written"] = trainer.report(scores, trainer.written & trainer.originals)
    path = pathlib.Path(args.topic).parent / topic["weights"]
    labels = [{"sha256": hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest(), "documents": len(read_documents([name]))}
              for name in args.labels + ([args.written] if args.written else [])]
    write(path, {"topic": topic["topic"], "version": 1, "labels": labels, "out_of_fold": summary, **trainer.weights()})
    if args.predictions:
        with open(args.predictions, "w", encoding="utf-8") as out:
            for i, document in enumerate(documents):
                if document.get("copy"):
                    continue
                out.write(json.dumps({"id": document["id"], "score": rounded(scores["core"][i]),
                                      "related": rounded(scores["related"][i])}) + "\n")
    for head in HEADS:
        if written:
            row = summary["written"][head]
            print(f"{head}: F1 {row['f1']:.3f}, average precision {row['average_precision']:.3f} over {row['documents']} written documents "
                  "left out by language")
        row = summary[head]
        print(f"{head}: F1 {row['f1']:.3f}, average precision {row['average_precision']:.3f}, "
              f"calibration error {row['calibration_error']:.3f} over {row['documents']} documents left out by repo")
    print(f"wrote {path}")


main()
