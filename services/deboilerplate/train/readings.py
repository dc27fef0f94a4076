"""Pages of the development data that we have read, block by block.

    readings.py show --data DIR --features PROGRAM ID      prints a page's blocks with their numbers
    readings.py add --data DIR --features PROGRAM FILE     adds what was read: JSON lines, see below

readings.jsonl tells where on a page its article is, as ranges of the page's words, so that it holds none of its text and outlives
another cut into blocks: id (of segments.jsonl, or a page's path in ../stream/pages_html.jsonl.gz), kind, words (of the whole page),
and ranges [first, end) named in, unsure and headline. What neither is, does not belong to the article. `add` reads the same with
numbers of blocks, first and last, as `show` prints them. How to judge: README.md.
"""
import argparse
import gzip
import json
import os
import subprocess
import tempfile

import labels
import pages

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "readings.jsonl")
RANGES = ("in", "unsure", "headline")
WORDS_MIN = 30  # Of an article: pages with less of it are read for their kind alone.


def readable(data, work):
    """The rows, with file, of all pages that can be read, by their ids. Pages of the stream are unpacked to `work`."""
    rows = {r["id"]: dict(r, file=os.path.abspath(os.path.join(data, r["file"]))) for r in pages.read(data, "segments.jsonl")}
    rows.update(_unpack(os.path.join(data, "../stream/pages_html.jsonl.gz"), work))
    return rows


def read(data, work):
    """The rows of the pages that were read and are there, with file and reading, as `readable` has them."""
    rows = readable(data, work)
    with open(FILE, encoding="ascii") as f:
        found = [json.loads(line) for line in f]
    return [dict(rows[r["id"]], reading=r) for r in found if r["id"] in rows]


def _unpack(archive, work):
    rows = {}
    if not os.path.exists(archive):
        return rows
    os.makedirs(work, exist_ok=True)
    with gzip.open(archive, "rt", encoding="utf-8") as f:
        for n, page in enumerate(map(json.loads, f)):
            path = os.path.abspath(os.path.join(work, f"stream-{n}.html.gz"))
            with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as to:
                to.write(page["html"])
            rows.setdefault(page["path"], {"id": page["path"], "dataset": "stream", "url": page["url"], "file": path, "charset": "utf-8"})
    return rows


def write_pages(rows, path):
    """As the programs read them."""
    with open(path, "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps({"id": row["id"], "url": row.get("url") or "", "file": row["file"], "charset": row.get("charset") or ""}) +
                    "\n")


def blocks_of(rows, program, work):
    """The texts of each page's blocks."""
    source, texts, floats = (os.path.join(work, "readings." + s) for s in ("in.jsonl", "out.jsonl", "f32"))
    write_pages(rows, source)
    subprocess.check_call([program, source, texts, floats])
    os.remove(floats)
    with open(texts, encoding="utf-8") as f:
        return [[b[0] for b in json.loads(line)["blocks"]] for line in f]


def marks(reading, texts, name):
    """The share of each block's words that lie in the ranges of this name."""
    out, begin = [], 0
    for text in texts:
        end = begin + len(labels.words(text))
        if end == begin:
            out.append(1.0 if any(a < begin < b for a, b in reading[name]) else 0.0)
        else:
            out.append(sum(max(0, min(b, end) - max(a, begin)) for a, b in reading[name]) / (end - begin))
        begin = end
    if begin != reading["words"]:
        raise ValueError(f"{reading['id']} has {begin} words and was read when it had {reading['words']}: read it again")
    return out


def fits(reading, texts):
    """Whether the blocks have the words that were read."""
    return sum(len(labels.words(text)) for text in texts) == reading["words"]


def judge(reading, texts):
    """1 or 0 for each block, None where two readers could differ."""
    return [None if doubt > 0.5 else share for share, doubt in zip(marks(reading, texts, "in"), marks(reading, texts, "unsure"))]


def fill(rows, program, work):
    """Gives each row the text that was read as its article's, its headline, and the lines that could be in or out. Returns the rows
    that have an article."""
    for row, texts in zip(rows, blocks_of(rows, program, work)):
        judged = judge(row["reading"], texts)
        row["text"] = "\n".join(t for t, y in zip(texts, judged) if y is not None and y > 0.5)
        row["unsure"] = ({labels.flat(line) for t, y in zip(texts, judged) if y is None for line in t.split("\n")} -
                         {labels.flat(line) for line in row["text"].split("\n")})
        headline = [labels.flat(t) for t, y in zip(texts, marks(row["reading"], texts, "headline")) if y > 0.5]
        row.setdefault("title", headline[0] if headline else "")
    return [r for r in rows if len(labels.words(r["text"])) >= WORDS_MIN]


def of_blocks(read_page, texts):
    """A reading by numbers of blocks as one by words."""
    ends = [0]
    for text in texts:
        ends.append(ends[-1] + len(labels.words(text)))
    out = {"id": read_page["id"], "kind": read_page["kind"], "words": ends[-1]}
    for name in RANGES:
        merged = []
        for first, last in sorted(read_page.get(name, [])):
            if not 0 <= first <= last < len(texts):
                raise ValueError(f"{read_page['id']} has no blocks {first} to {last}, but {len(texts)}")
            a, b = ends[first], ends[last + 1]
            if merged and a <= merged[-1][1]:
                merged[-1][1] = max(b, merged[-1][1])
            elif a < b:
                merged.append([a, b])
        out[name] = merged
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("show", "add"))
    parser.add_argument("--data", required=True)
    parser.add_argument("--features", required=True)
    parser.add_argument("what")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        rows = readable(options.data, work)
        if options.verb == "show":
            for k, text in enumerate(blocks_of([rows[options.what]], options.features, work)[0]):
                print(k, labels.flat(text))
            return
        with open(options.what, encoding="utf-8") as f:
            new = [json.loads(line) for line in f]
        texts = blocks_of([rows[r["id"]] for r in new], options.features, work)
    with open(FILE, "a", encoding="ascii") as f:
        for page, blocks in zip(new, texts):
            f.write(json.dumps(of_blocks(page, blocks), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
