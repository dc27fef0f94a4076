"""How much of a text is right, and whether a stated confidence means that."""
import collections
import math
import re
import unicodedata

WORD = re.compile(r"\w+", re.UNICODE)
HEADLINE_IN_GOLD = {"magic-html", "cleanportaleval"}
BINS = 10


def norm(text):
    return "".join(c for c in unicodedata.normalize("NFKC", str(text or "")).casefold() if c.isalnum())


def runs(text):
    """The multiset of all runs of four words; of the one run there is where the text is shorter."""
    words = WORD.findall(text)
    if 0 < len(words) < 4:
        return collections.Counter([tuple(words)])
    return collections.Counter(zip(*(words[i:] for i in range(4))))


def shares(gold, text):
    """(precision, recall) of a page; None where there is nothing to divide by."""
    g, t = runs(gold), runs(text)
    hit = sum((g & t).values())
    return (hit / sum(t.values()) if t else None, hit / sum(g.values()) if g else None)


def text_of(row, answer):
    """Gold texts that begin with the headline get the predicted one before the prediction."""
    text, head = answer["text"], answer["title"]
    if row.get("title_in_text") and row["dataset"] in HEADLINE_IN_GOLD and head:
        if not norm(text[:2 * len(head) + 20]).startswith(norm(head)):
            return head + "\n\n" + text
    return text


def of_page(row, answer):
    p, r = (x or 0 for x in shares(row["text"], text_of(row, answer)))
    return 2 * p * r / (p + r) if p + r else 0


def expected(weights, features):
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, features))))


def bins(pairs):
    """(stated, found) in order of what is stated, in parts of equal size."""
    pairs = sorted(pairs)
    parts = [pairs[len(pairs) * i // BINS:len(pairs) * (i + 1) // BINS] for i in range(BINS)]
    return [(len(p), sum(a for a, _ in p) / len(p), sum(b for _, b in p) / len(p)) for p in parts if p]


def calibration_error(pairs):
    """Mean difference between stated and found over the bins."""
    return sum(n * abs(a - b) for n, a, b in bins(pairs)) / len(pairs)


def print_table(name, pairs):
    print(f"confidence {name}: pages, stated, found, a tenth of the pages a row")
    for n, stated, found in bins(pairs):
        print(f"  {n:>4}  {stated:.3f}  {found:.3f}")
    good = sum(y >= 0.9 for _, y in pairs) / len(pairs)
    order = sorted(pairs)
    below = order[:len(order) // 10]
    print(f"  calibration error {calibration_error(pairs):.4f}; F1 of 0.9 and more: {good:.3f} of all pages, "
          f"{sum(y >= 0.9 for _, y in below) / max(1, len(below)):.3f} of the tenth with the least confidence")
