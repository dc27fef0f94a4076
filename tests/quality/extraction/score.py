"""Scores extraction against gold texts: score.py DATA EXTRACTION_EVAL FEATURES_PROGRAM.

Text: multisets of runs of four words (a run shorter where the text is), precision and recall averaged over pages, F1 of the two
averages. Gold texts that begin with the headline get the predicted one before the prediction. Segments: share of the wanted and
of the unwanted snippets that are in the text. Titles are equal when their letters and digits are, dates when their days are,
authors when they are the same set of names.
Like the blocks, headlines, dates and authors are ranked by weights that have not seen the page's site.
Disguised pages (services/deboilerplate/train/disguises.py) stand for sites unlike those of the data, preformatted ones for texts that
were wrapped at a width.
Pages with and without a story are made of them (made_pages.py) and must be told apart.
Pages that were read block by block (services/deboilerplate/train/readings.py) are scored without the blocks that could be in or out.
The five seed pages are scored by line numbers (seeds.json).
"""
import collections
import gzip
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../services/deboilerplate/train"))
import disguises  # noqa: E402
import labels  # noqa: E402
import made_pages  # noqa: E402
import pages  # noqa: E402
import readings  # noqa: E402
import rightness  # noqa: E402
from rightness import norm, shares  # noqa: E402

FOLDS = os.path.join(HERE, "folds.bin.gz")
CONFIDENCE_FOLDS = os.path.join(HERE, "confidence_folds.json")
RANKING_FOLDS = os.path.join(HERE, "ranking_folds.json")
PEERS = {"trafilatura": 0.936, "go-trafilatura": 0.931, "go-readability": 0.927, "rs-trafilatura": 0.918, "dom_smoothie": 0.915,
         "resiliparse": 0.874}


def flat(text):
    """Blanks single; soft hyphens and characters of no width out, as the stage takes them out."""
    return re.sub(r"\s+", " ", re.sub("[\u00ad\u200b\u200e\u200f\u2060\ufeff]", "", text)).strip()


def f1(pairs):
    p = [a for a, _ in pairs if a is not None]
    r = [b for _, b in pairs if b is not None]
    p, r = sum(p) / len(p) if p else 0, sum(r) / len(r) if r else 0
    return p, r, 2 * p * r / (p + r) if p + r else 0


def answers_of(program, path, *more):
    out = subprocess.run([program, path, FOLDS, *more], stdout=subprocess.PIPE, check=True)
    return map(json.loads, out.stdout.decode().splitlines())


def extract(program, path, gold):
    return {r["id"]: r for r in answers_of(program, path, gold, "--features")}


def rank(rows, answers):
    """Puts the headline, the date and the authors in place that weights choose which have not seen the page's site."""
    with open(RANKING_FOLDS, encoding="ascii") as f:
        folds = json.load(f)
    for row in rows:
        answer = answers[row["id"]]
        for what in ("title", "date", "author"):
            weights = folds[what][pages.fold(row)]
            if answer[what + "s"]:
                answer[what] = max(answer[what + "s"], key=lambda c: sum(w * x for w, x in zip(weights, c[1:])))[0]


def score_texts(rows, answers):
    by = collections.defaultdict(list)
    for row in rows:
        pair = shares(row["text"], rightness.text_of(row, answers[row["id"]]))
        by["all"].append(pair)
        by[row["dataset"]].append(pair)
    return {name: f1(pairs) for name, pairs in by.items()}


def stated_and_found(rows, answers):
    """The confidence that weights and models state which have not seen the page's site, and the F1 found."""
    with open(CONFIDENCE_FOLDS, encoding="ascii") as f:
        folds = json.load(f)
    found = [answers[row["id"]] for row in rows]
    return [(answer["presence"] * rightness.expected(folds[pages.fold(row)], answer["confidence_features"]),
             rightness.of_page(row, answer)) for row, answer in zip(rows, found)]


def score_site_memory(rows, answers):
    """F1 with and without the lines that a site's pages had before, on the pages from the third of their site on."""
    seen, later = collections.Counter(), []
    for row in rows:
        seen[pages.site(row)] += 1
        if seen[pages.site(row)] > 2:
            later.append(row)
    touched = [r for r in later if answers[r["id"]]["text"] != answers[r["id"]]["without_site_lines"]]
    cleaned = {r["id"]: dict(answers[r["id"]], text=answers[r["id"]]["without_site_lines"]) for r in later}
    before, after = (score_texts(later, found)["all"] for found in (answers, cleaned))
    print(f"site memory: {len(later)} pages with two others of their site before them, {len(touched)} changed; "
          f"precision {before[0]:.4f} -> {after[0]:.4f} recall {before[1]:.4f} -> {after[1]:.4f} F1 {before[2]:.4f} -> {after[2]:.4f}")
    return after[2] - before[2]


def equal(rows, answers, key, same):
    marks = [same(row[key], answers[row["id"]]) for row in rows if row.get(key)]
    return sum(marks) / len(marks) if marks else 1.0


def score_read(data, program, features, work):
    """F1 on the pages that were read block by block, and the share of their articles that are taken for something else."""
    rows = readings.fill(readings.read(data, work), features, work)
    path = os.path.join(work, "read.jsonl")
    readings.write_pages(rows, path)
    answers = extract(program, path, path)
    pairs = []
    for row in rows:
        lines = answers[row["id"]]["text"].split("\n")
        pairs.append(shares(row["text"], "\n".join(line for line in lines if labels.flat(line) not in row["unsure"])))
    read = [r for r in rows if r["reading"]["kind"] == "article"]
    missed = [r["id"] for r in read if answers[r["id"]]["kind"] not in ("article", "live_blog")]
    p, r, f = f1(pairs)
    print(f"html read             precision {p:.4f} recall {r:.4f} F1 {f:.4f}  ({len(rows)} pages)")
    print(f"read as an article and taken for something else: {len(missed)} of {len(read)}: " + " ".join(missed))
    return f, len(missed) / len(read)


def in_tables(data, row):
    with gzip.open(os.path.join(data, row["file"])) as f:
        return disguises.disguise(f.read(), "tables"), row.get("charset") or ""


def preformatted(data, row):
    """As a mail or a terminal has it: in one element, at most 78 characters a line."""
    lines = (textwrap.fill(line, 78, break_long_words=False, break_on_hyphens=False) for line in pages.flatten(data, row, False))
    text = html.escape("\n\n".join(lines), quote=False)
    return f"<html><body><pre>{text}</pre></body></html>".encode(), "utf-8"


def score_rewritten(data, rows, program, truth, rewrite, work):
    """F1 on the pages as `rewrite` gives them."""
    path = os.path.join(work, "rewritten.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        for n, row in enumerate(rows):
            page, charset = rewrite(data, row)
            file = os.path.join(work, f"rewritten-{n}.html.gz")
            with gzip.open(file, "wb", compresslevel=1) as to:
                to.write(page)
            f.write(json.dumps({"id": row["id"], "url": row.get("url") or "", "file": file, "charset": charset}) + "\n")
    p, r, f = score_texts(rows, extract(program, path, truth))["all"]
    print(f"html {rewrite.__name__:<16} precision {p:.4f} recall {r:.4f} F1 {f:.4f}")
    return f


def score_made(data, rows, program, work):
    """Shares of pages that are made with and without a story and taken for the opposite."""
    figures = {}
    for kind, path in made_pages.write(data, rows, work).items():
        said = [a["kind"] in ("article", "live_blog") for a in answers_of(program, path)]
        has_story = made_pages.KINDS[kind]
        figures[f"{kind}_missed" if has_story else f"{kind}_let_in"] = sum(s != has_story for s in said) / len(said)
        print(f"made {kind:<16} {sum(said)} of {len(said)} taken for an article, {'all' if has_story else 'none'} should be")
    return figures


def score_seeds(program, folder, work):
    """Lowest F1 of the seed pages, and the share of right titles."""
    with open(os.path.join(HERE, "seeds.json"), encoding="utf-8") as f:
        seeds = json.load(f)
    gold, path = {}, os.path.join(work, "seeds.jsonl")
    with open(path, "w", encoding="utf-8") as f:
        for name, where in seeds.items():
            found = [n for n in os.listdir(folder) if n.startswith(name)]
            with open(os.path.join(folder, found[0]), encoding="utf-8") as page:
                text = page.read()
            lines = text.split("\n")
            begin, end = where["text"]
            gold[name] = (lines[where["title"] - 1].strip() if where["title"] else "", "\n".join(lines[begin - 1:end]))
            f.write(json.dumps({"id": name, "text": text}) + "\n")
    answers = extract(program, path, path)
    scores = {name: f1([shares(text, answers[name]["text"])])[2] for name, (_, text) in gold.items()}
    titles = sum(answers[name]["title"] == title for name, (title, _) in gold.items()) / len(gold)
    print("seeds: " + "  ".join(f"{n} {s:.3f}" for n, s in scores.items()) + f"  titles {titles:.2f}")
    return min(scores.values()), titles


def main():
    data, program, features = sys.argv[1:4]
    truth, snippets = (os.path.join(data, n) for n in ("ground_truth.jsonl", "segments.jsonl"))
    rows = pages.read(data, "ground_truth.jsonl")
    figures = {}
    with tempfile.TemporaryDirectory() as work:
        answers = extract(program, truth, truth)
        rank(rows, answers)
        for name, (p, r, f) in score_texts(rows, answers).items():
            print(f"html {name:<16} precision {p:.4f} recall {r:.4f} F1 {f:.4f}")
            figures["html_" + name.replace("-", "_")] = f
        print("peers: " + "  ".join(f"{n} {f:.3f}" for n, f in PEERS.items()))
        others = [r["id"] for r in rows if answers[r["id"]]["kind"] not in ("article", "live_blog")]
        print(f"taken for something else than an article: {len(others)} of {len(rows)}: " + " ".join(others))
        figures["articles_missed"] = len(others) / len(rows)
        figures["html_read"], figures["read_missed"] = score_read(data, program, features, work)
        for rewrite in (in_tables, preformatted):
            figures["html_" + rewrite.__name__] = score_rewritten(data, rows, program, truth, rewrite, work)
        figures.update(score_made(data, rows, program, work))
        figures["site_memory_gain"] = score_site_memory(rows, answers)
        flattened = os.path.join(work, "flat.jsonl")
        with open(flattened, "w", encoding="utf-8") as f:
            for row in rows:
                f.write(json.dumps({"id": row["id"], "text": "\n".join(pages.flatten(data, row, False))}) + "\n")
        flat_answers = extract(program, flattened, truth)
        for name, (p, r, f) in score_texts(rows, flat_answers).items():
            print(f"text {name:<16} precision {p:.4f} recall {r:.4f} F1 {f:.4f}")
            if name == "all":
                figures["text_all"] = f
        errors = []
        for name, found in (("html", answers), ("text", flat_answers)):
            pairs = stated_and_found(rows, found)
            rightness.print_table(name, pairs)
            errors.append(rightness.calibration_error(pairs))
        figures["confidence_calibration"] = max(errors)
        both = list(rows)
        if os.path.exists(snippets):
            segments = pages.read(data, "segments.jsonl")
            more = extract(program, snippets, snippets)
            rank(segments, more)
            answers.update(more)
            both += segments
            wanted = [flat(s) in flat(more[r["id"]]["text"]) for r in segments for s in r["with"]]
            unwanted = [flat(s) in flat(more[r["id"]]["text"]) for r in segments for s in r["without"]]
            figures["segments_found"] = sum(wanted) / len(wanted)
            figures["segments_let_in"] = sum(unwanted) / len(unwanted)
        figures["title"] = equal(both, answers, "title", lambda g, a: norm(g) == norm(a["title"]))
        figures["date"] = equal(both, answers, "date", lambda g, a: g[:10] == a["date"][:10])
        figures["authors"] = equal(both, answers, "author", lambda g, a: {norm(n) for n in ([g] if isinstance(g, str) else g)} ==
                                   {norm(n) for n in a["author"]})
        seeds = os.path.join(data, "../seeds")
        if os.path.isdir(seeds):
            figures["seeds_min"], figures["seeds_titles"] = score_seeds(program, seeds, work)
    print("quality extraction: " + " ".join(f"{k}={v:.4f}" for k, v in figures.items()))


if __name__ == "__main__":
    main()
