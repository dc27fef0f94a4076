"""Which blocks of a page belong to its article, by the page's gold text.

The blocks of a page are aligned with the gold text: a block counts as far as its word 4-grams occur in the gold, and of
several blocks with the same text only the one that keeps the order.
"""
import re
import unicodedata

# Scripts without blanks between words: each character is one.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+")
_BLANK = re.compile(r"\s+")


def words(text):
    return _WORD.findall(text)


def norm(text):
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def flat(text):
    return _BLANK.sub(" ", text).strip()


def _coverage(block, grams):
    """Share of the block's words that lie in 4-grams of the gold, and where in the gold the first ones are."""
    hit = [False] * len(block)
    first = ()
    for i in range(len(block) - 3):
        at = grams.get((block[i], block[i + 1], block[i + 2], block[i + 3]))
        if at:
            first = first or tuple(max(0, p - i) for p in at[:6])
            hit[i] = hit[i + 1] = hit[i + 2] = hit[i + 3] = True
    return sum(hit) / len(block), first


def _chain(candidates):
    """The heaviest run of (index, positions, length, weight) whose gold positions rise. Returns {index: position}."""
    best = []  # (score, back, index, position, end)
    for index, positions, length, weight in candidates:
        options = []
        for position in positions:
            score, back = weight, -1
            for k in range(len(best) - 1, max(-1, len(best) - 400), -1):
                if best[k][2] != index and best[k][4] <= position + 3 and best[k][0] + weight > score:
                    score, back = best[k][0] + weight, k
            options.append((score, back, index, position, position + length))
        best.extend(options)
    if not best:
        return {}
    at = max(range(len(best)), key=lambda k: best[k][0])
    out = {}
    while at >= 0:
        out[best[at][2]] = best[at][3]
        at = best[at][1]
    return out


def label(blocks, gold_text, title):
    """One figure from 0 to 1 a block: how much of it belongs to the article."""
    gold = words(gold_text)
    grams = {}
    for i in range(len(gold) - 3):
        grams.setdefault((gold[i], gold[i + 1], gold[i + 2], gold[i + 3]), []).append(i)
    tokens = [words(b) for b in blocks]
    share = [0.0] * len(blocks)
    candidates = []
    for i, t in enumerate(tokens):
        if len(t) >= 4:
            share[i], first = _coverage(t, grams)
            if share[i] >= 0.5 and first:
                candidates.append((i, first, len(t), len(t) * share[i]))
    chain = _chain(candidates)
    chained = {tuple(tokens[i]) for i in chain}
    out = [0.0] * len(blocks)
    for i, first, length, _ in candidates:
        if i in chain or (length >= 10 and tuple(tokens[i]) not in chained):
            out[i] = share[i]
    _fill_short(tokens, gold, chain, out)
    key = norm(title or "")
    for i, b in enumerate(blocks):
        if key and norm(b) == key:
            out[i] = 0.0
    return out


def _fill_short(tokens, gold, chain, out):
    """Blocks of one to three words count where they stand in the gold between their chained neighbours."""
    order = sorted(chain)
    if not order:
        return
    for n, i in enumerate(order[:-1]):
        j = order[n + 1]
        begin, end = chain[i] + len(tokens[i]), chain[j]
        gap = gold[max(0, begin - 2):end + 2]
        for k in range(i + 1, j):
            t = tokens[k]
            if not 1 <= len(t) <= 3 or not gap:
                continue
            if any(gap[m:m + len(t)] == t for m in range(len(gap) - len(t) + 1)):
                out[k] = 1.0


def label_segments(blocks, wanted, unwanted):
    """1, 0, or None where the snippets do not tell."""
    wanted = [flat(x) for x in wanted]
    unwanted = [flat(x) for x in unwanted]
    out = []
    for block in blocks:
        text = flat(block)
        if any(x in text for x in wanted) or any(len(text) >= 20 and text in x for x in wanted):
            out.append(1.0)
        elif any(x in text and len(text) < 8 * len(x) + 40 for x in unwanted):
            out.append(0.0)
        else:
            out.append(None)
    return out
