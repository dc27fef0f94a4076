"""Pages as other sites could have made them: the same text in markup that tells less.

Models that learn from such pages too hold on sites unlike all that they were shown: of old, without names, or with names that a
program made up.
"""
import re
import zlib

# nameless: no class, id, role and the like. hashed: classes and ids as tools that pack style sheets make them up. bare: nameless, and
# with neither elements that divide a page nor meta elements nor linked data. tables: bare, laid out by tables, with breaks for
# paragraphs.
WAYS = ("nameless", "hashed", "bare", "tables")

_TAG = re.compile(rb"<[a-zA-Z][^<>]*>")
_OF_HEAD = (b"<meta", b"<link", b"<scri")
_NAME = re.compile(
    rb"""\s+(?:class|id|itemprop|itemtype|itemscope|role|data-[\w-]+|aria-[\w-]+|name|rel)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.I)
_DIVIDING = re.compile(rb"<(/?)(?:article|main|section|header|footer|aside|nav|figure|figcaption|hgroup)(?=[\s>])", re.I)
_LINKED_DATA = re.compile(rb"(?is)<script[^>]*ld\+json.*?</script>")
_META = re.compile(rb"(?i)<meta(?![^>]*charset)[^>]*>")


def way_of(row):
    return WAYS[zlib.crc32(row["id"].encode()) % len(WAYS)]


def disguise(html, way):
    """Bytes of a page in other markup."""
    html = _TAG.sub(lambda tag: _rename(tag.group(), way), html)
    if way in ("bare", "tables"):
        html = without_claims(_DIVIDING.sub(rb"<\1div", html))
    if way == "tables":
        html = re.sub(rb"(?i)</p\s*>", b"<br><br>", re.sub(rb"(?i)<p(?=[\s>])[^<>]*>", b"", html))
        html = re.sub(rb"(?i)<div(?=[\s>])([^<>]*)>", rb"<table\1><tr><td>", html)
        html = re.sub(rb"(?i)</div\s*>", b"</td></tr></table>", html)
    return html


def without_claims(html):
    """Without what a page's head says of it: meta elements and linked data."""
    return _META.sub(b"", _LINKED_DATA.sub(b"", html))


def _rename(tag, way):
    if tag[:5].lower() in _OF_HEAD:
        return tag
    return _NAME.sub(_made_up if way == "hashed" else b"", tag)


def _made_up(attribute):
    name, value = attribute.group().split(b"=", 1)
    if name.strip().lower() not in (b"class", b"id"):
        return b""
    return name + b'="' + b" ".join(b"x%x" % zlib.crc32(word) for word in value.strip(b"\"' ").split()) + b'"'

