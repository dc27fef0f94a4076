"""Pages without a story of their own, and with little of it, made of pages with one.

Of a page of which the story is known: hollow, without it, as a shell that scripts fill, or a page whose story was taken away; list,
with teasers of other stories in its place; brief, with its beginning alone.
"""
import gzip
import html
import json
import os
import random
import re

import disguises
import labels
import pages

# Whether a page has a story, by what was made of it. Each but the list stands three times: as its head has it, without what that
# claims, and under another headline.
KINDS = {"whole": True, "brief": True, "hollow": False, "list": False}

# What is no text: comments, what elements hold that is not read, tags.
_MARKUP = re.compile(r"(?s)(<!--.*?-->|<(?:script|style|template|noscript)\b.*?</(?:script|style|template|noscript)\s*>|<[a-zA-Z/!?][^<>]*>)")
_TITLE = re.compile(r"(?is)<title[\s>].*?</title\s*>")
_LETTERS_MIN = 16  # Of a text that is taken for the story's wherever in it it stands.
_LEFT_MAX = 0.05
SECTIONS = (
    "News", "Politics", "Fentanyl", "Latest", "Health", "World", "Opinion", "Sport", "Politik", "Wirtschaft", "Aktuelles", "Société",
    "Économie", "Noticias", "Deportes", "Cultura", "Blog", "Archive", "Search results", "Tag: opioids", "Category: drugs",
    "Press releases", "ニュース", "新闻", "Haberler", "Wiadomości", "Nyheter")
_DATES = ("March 4, 2025", "2 hours ago", "04.03.2025", "2024-11-02", "by Staff Writer | Nov 5, 2024", "")
# The items of a list: {link}, {title}, {text}, {date}; and what is around them.
_ITEMS = (
    ('<article class="post"><h2 class="entry-title">{link}</h2><span class="date">{date}</span><div class="entry-summary"><p>{text}</p></div>'
     '<a href="#">Read more</a></article>', "<div>{}</div>"),
    ('<li class="item"><h3>{link}</h3><p>{text}</p><time>{date}</time></li>', "<ul>{}</ul>"),
    ('<div class="views-row"><div class="title">{link}</div><div class="body"><p>{text} <a href="#">more</a></p></div></div>', "<div>{}</div>"),
    ('<div class="x1"><div class="x2"><a href="/s/1"><h3>{title}</h3><p>{text}</p></a></div></div>', "<main>{}</main>"),
    ("<tr><td>{date}</td><td>{link}<br>{text}</td></tr>", "<table>{}</table>"),
    ("<div><h4>{link}</h4>{text}<br><small>{date}</small></div>", "<div>{}</div>"),
    ("<p><b>{link}</b></p><p>{text}</p>", "<div>{}</div>"),
    ('<section class="card"><p class="kicker">{date}</p>{link}<p>{text}</p></section>', "<div>{}</div>"),
)


def norm(text):
    return re.sub(r"[\W_]+", "", html.unescape(text)).casefold()


class Story:
    """A page's markup, cut into texts and tags, with the texts that are of its story."""

    def __init__(self, markup, text, title):
        begin = re.search("(?i)<body", markup)
        cut = begin.start() if begin else 0
        self.head, self.parts = markup[:cut], _MARKUP.split(markup[cut:])
        self.title = norm(title or "")
        self.lines = [norm(line) for line in text.split("\n")]
        self.own = self._find()

    def _find(self):
        """Numbers of the parts, in order."""
        whole, lines = "".join(self.lines), set(self.lines)
        keys = [(i, norm(self.parts[i])) for i in range(0, len(self.parts), 2)]
        keys = [(i, key) for i, key in keys if key]
        own = [(len(key) >= _LETTERS_MIN and key in whole) or key in lines for _, key in keys]
        for k in range(1, len(keys) - 1):  # Such as a link within a sentence.
            own[k] = own[k] or (own[k - 1] and own[k + 1] and keys[k][1] in whole)
        return [i for (i, _), mine in zip(keys, own) if mine]

    def found(self):
        """Whether nearly all of the story is known where it is."""
        left = norm(" ".join(part for i, part in enumerate(self.hollow()) if i % 2 == 0))
        lost = sum(len(line) for line in self.lines if len(line) > 2 * _LETTERS_MIN and line in left)
        return bool(self.own) and lost <= _LEFT_MAX * sum(map(len, self.lines))

    def _without(self, own):
        gone = set(own)
        return [" " if i in gone else part for i, part in enumerate(self.parts)]

    # What can be made of the body, as parts.

    def whole(self):
        return self.parts

    def hollow(self):
        return self._without(self.own)

    def brief(self, words):
        """With the first texts, until they have so many words; None: that is most of it."""
        count = 0
        for k, i in enumerate(self.own):
            count += len(labels.words(self.parts[i]))
            if count >= words:
                rest = self.own[k + 1:]
                return self._without(rest) if len(rest) > len(self.own) / 4 else None
        return None

    def list(self, rng, others):
        """With the titles and lines of `others` where the longest of the first texts was."""
        where = max(self.own[:3], key=lambda i: len(self.parts[i]))
        parts = self.hollow()
        parts[where] = teasers(rng, others)
        return parts

    # Pages of such a body.

    def page(self, parts):
        return self.head + "".join(parts)

    def unsaid(self, parts):
        """Without meta elements and linked data."""
        return _without_claims(self.page(parts))

    def renamed(self, rng, parts, section):
        """With another headline, and no more than a description beside it."""
        head = _without_claims(_TITLE.sub(lambda _: f"<title>{section}</title>", self.head))
        if rng.random() < 0.5:
            head += f'<meta name="description" content="{section}: what is new today, and all that was written before.">'
        return head + "".join(section if i % 2 == 0 and self.title and norm(part) == self.title else part
                              for i, part in enumerate(parts))


def _topic(rng, title):
    """One of its words, as lists of a topic are called."""
    words = [word for word in labels.words(title) if len(word) > 4]
    return rng.choice(words) if words else SECTIONS[0]


def teasers(rng, others):
    """The first of (title, lines) as sites list them, with a first line or, as blogs have it, with most."""
    item, around = rng.choice(_ITEMS)
    posts = rng.random() < 0.3
    count = rng.choice((3, 5, 7) if posts else (5, 8, 10, 12, 15, 20, 30))
    end = None if posts else rng.choice((None, None, "…", " [...]"))
    out = []
    for title, lines in others[:count]:
        text = "</p><p>".join(map(html.escape, lines[:rng.choice((4, 8, 20))])) if posts else html.escape(_cut(lines[0], rng.randint(12, 55), end))
        title = html.escape(title)
        link = f'<a href="/2025/03/{norm(title)[:20]}">{title}</a>'
        out.append(item.format(link=link, title=title, text=text, date=rng.choice(_DATES)))
    return around.format("".join(out)) + '<div class="pagination"><a href="?page=2">Next</a></div>'


def _cut(text, most, end):
    """Its first words, where it has an `end` for that."""
    blank = " " if " " in text else ""
    words = text.split(" ") if blank else list(text)
    return blank.join(words[:most]) + end if end and len(words) > most else text


def _without_claims(markup):
    return disguises.without_claims(markup.encode("utf-8", "replace")).decode("utf-8")


def make(folder, rows, seed=7):
    """(kind, row, markup) of all that can be made of pages with a gold text. Lists have stories of the same fold, so that no model has
    seen them."""
    rng = random.Random(seed)
    others = [[] for _ in range(pages.FOLDS)]
    for row in rows:
        lines = [line for line in row["text"].split("\n") if len(line) > 60]
        if lines and row.get("title"):
            others[pages.fold(row)].append((row["title"], lines))
    for row in rows:
        story = Story(pages.markup(folder, row), row["text"], row.get("title"))
        if not story.found():
            continue
        listed = rng.sample([o for o in others[pages.fold(row)] if o[0] != row.get("title")], 30)
        section = rng.choice(SECTIONS) if rng.random() < 0.6 else _topic(rng, listed[0][0])
        made = {"whole": story.whole(), "hollow": story.hollow(), "brief": story.brief(rng.choice((40, 60, 90, 130, 200)))}
        for kind, parts in made.items():
            if parts is not None:
                yield kind, row, story.page(parts)
                yield kind, row, story.unsaid(parts)
                yield kind, row, story.renamed(rng, parts, section)
        yield "list", row, story.renamed(rng, story.list(rng, listed), section)


def write(folder, rows, work):
    """Writes them to `work`, with a list a kind as the programs read it; {kind: path}."""
    lists = {kind: os.path.join(work, f"made-{kind}.jsonl") for kind in KINDS}
    files = {kind: open(path, "w", encoding="utf-8") for kind, path in lists.items()}
    for n, (kind, row, page) in enumerate(make(folder, rows)):
        path = os.path.join(work, f"made-{n}.html.gz")
        with gzip.open(path, "wb", compresslevel=1) as f:
            f.write(page.encode("utf-8", "replace"))
        files[kind].write(json.dumps({"id": row["id"], "url": row.get("url") or "", "file": path, "charset": "utf-8"}) + "\n")
    for f in files.values():
        f.close()
    return lists
