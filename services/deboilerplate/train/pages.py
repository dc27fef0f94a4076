"""The pages that the models of blocks are trained on: as HTML, and flattened to text in several ways."""
import argparse
import gzip
import html.parser
import json
import os
import random
import re
import zlib
from urllib.parse import urlsplit

FOLDS = 5

_LINES = frozenset(
    "address article aside blockquote body br button caption center dd details div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr legend li main nav ol option p pre section summary table tbody td tfoot th thead title tr "
    "ul video".split())
_SILENT = frozenset("script style noscript template svg math iframe object select textarea head canvas".split())
_FURNITURE = frozenset("nav footer aside form button".split())
_EMPTY = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_HIDDEN = re.compile(r"display\s*:\s*none")


def read_options(description, *more):
    """The command line of what learns from extraction's answers: the data, the program that answers, its models of the folds; and `more`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--eval", required=True)
    parser.add_argument("--folds", required=True)
    for name in more:
        parser.add_argument(name, required=True)
    parser.add_argument("--ship", action="store_true")
    return parser.parse_args()


def site(row):
    """Last two labels of the host, or three where the last two are a country's second level; the id where there is none."""
    host = urlsplit(row.get("url") or "").hostname or ""
    labels = host.split(".")
    if not host:
        return row["id"]
    keep = 3 if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else 2
    return ".".join(labels[-keep:])


def fold(row):
    """Pages of a site are in one fold."""
    return zlib.crc32(site(row).encode()) % FOLDS


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


class _Flattener(html.parser.HTMLParser):
    def __init__(self, without_furniture):
        super().__init__(convert_charrefs=True)
        self.without_furniture = without_furniture
        self.parts, self.open, self.silent, self.story = [], [], 0, 0

    def _silences(self, tag, attributes):
        if tag in _SILENT:
            return True
        if self.without_furniture and (tag in _FURNITURE or (tag == "header" and not self.story)):
            return True
        if tag in ("html", "body", "main", "article"):
            return False
        return any(k == "hidden" or (k == "aria-hidden" and v == "true") or (k == "style" and v and _HIDDEN.search(v))
                   for k, v in attributes)

    def handle_starttag(self, tag, attributes):
        if tag in _LINES:
            self.parts.append("\n")
        if tag in _EMPTY:
            return
        silent = self._silences(tag, attributes)
        self.open.append((tag, silent))
        self.silent += silent
        self.story += tag in ("article", "main")

    def handle_endtag(self, tag):
        if tag in _LINES:
            self.parts.append("\n")
        for depth in range(1, min(40, len(self.open)) + 1):
            if self.open[-depth][0] != tag:
                continue
            for name, silent in self.open[-depth:]:
                self.silent -= silent
                self.story -= name in ("article", "main")
            del self.open[-depth:]
            return

    def handle_data(self, text):
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", text))


def markup(folder, row):
    """The page as text, decoded as it says."""
    with gzip.open(os.path.join(folder, row["file"])) as f:
        body = f.read()
    charset = row.get("charset")
    if not charset:
        found = re.search(rb"(?i)charset=[\"']?([\w-]+)", body[:4096])
        charset = found.group(1).decode() if found else "utf-8"
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def flatten(folder, row, without_furniture):
    """The page's text, a line for each block element."""
    flattener = _Flattener(without_furniture)
    flattener.feed(markup(folder, row))
    flattener.close()
    lines = (re.sub(r" +", " ", line).strip() for line in "".join(flattener.parts).split("\n"))
    return [line for line in lines if line]


# What stands between a story and the next one on a page that was flattened whole.
_BARRIERS = [
    "Related Articles", "Related", "Related Stories", "Read more", "More stories", "Recommended", "You may also like", "Most Read",
    "Latest News", "Trending Now", "Comments", "Hashtags", "Mehr zum Thema", "Lesen Sie auch", "Das könnte Sie auch interessieren",
    "À lire aussi", "Artículos relacionados", "Te puede interesar", "Leggi anche", "Leia também", "Relaterede artikler", "Les også",
    "Läs också", "Lees ook", "İlgili Haberler", "Czytaj także", "Baca juga", "相关阅读", "関連記事", "관련기사", "Читайте также",
]
_SOURCES = ["Yahoo", "Reuters", "AP", "BBC News", "Newsweek", "The Herald", "Daily Mail", "CNN", "dpa", "AFP", "News Desk", "Staff"]
_AGES = ["2 hours ago", "25 minutes ago", "Yesterday", "3 days ago", "1 hour ago", "Nov 3, 2025", "12 January 2024", "vor 3 Stunden"]
_NOTES = ["Image generated by AI", "Reported by AI", "Photo: Getty Images", "Advertisement", "Read full story", "View all"]


def with_other_stories(rows, texts, seed):
    """Pages whose flattened text goes on with the beginnings of other sites' stories, as aggregators have it. Only stories of
    the same fold are added, so that no model has seen them."""
    rng = random.Random(seed)
    by_fold = [[r for r in rows if fold(r) == k and len(r.get("text", "")) > 600] for k in range(FOLDS)]
    out = []
    for row, lines in zip(rows, texts):
        if "text" not in row:
            continue
        gold = [line.strip() for line in row["text"].split("\n") if line.strip()]
        base = lines if rng.random() < 0.4 else ([row["title"]] if row.get("title") and rng.random() < 0.7 else []) + gold
        if not base:
            continue
        more = []
        if rng.random() < 0.8:
            more.append(rng.choice(_BARRIERS))
        for _ in range(rng.randint(1, 6)):
            other = rng.choice(by_fold[fold(row)])
            if other["id"] == row["id"]:
                continue
            if rng.random() < 0.4:
                more.append(rng.choice(_SOURCES))
            if rng.random() < 0.4:
                more.append(rng.choice(_AGES))
            if rng.random() < 0.7 and other.get("title"):
                more.append(other["title"])
            paragraphs = [p.strip() for p in other["text"].split("\n") if p.strip()]
            more += paragraphs[:rng.choice((0, 1, 1, 1, 2, 3, 6))]
            if rng.random() < 0.2:
                more.append(rng.choice(_NOTES))
        out.append((row, base + more))
    return out
