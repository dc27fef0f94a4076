"""Measures of texts, for end-to-end tests."""
import collections
import re


def shingle_f1(found, wanted, size=4):
    """F1 of the multisets of runs of `size` words."""
    def shingles(text):
        words = re.findall(r"\w+", text.lower())
        return collections.Counter(tuple(words[i:i + size]) for i in range(len(words) - size + 1))
    a, b = shingles(found), shingles(wanted)
    common = sum((a & b).values())
    if not common:
        return 0.0
    precision, recall = common / sum(a.values()), common / sum(b.values())
    return 2 * precision * recall / (precision + recall)
