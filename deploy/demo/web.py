#!/usr/bin/env python3
"""A small web of sample news sites for demonstrations and tests: a site each on 127.0.1.1, 127.0.1.2, ..., all on one port.

Each site has /feed.xml (RSS, Atom or JSON Feed) or a front page that lists its stories, /robots.txt and its article pages. Articles appear there
one after the other, so that a subscriber sees the feed live. Beside the articles there are pages that have to be refused: one that robots.txt forbids, one that is gone,
a consent wall and an index page.

Prints one line of JSON when it serves: {"sites": [{"id", "base", "source"}], "articles": N, "port": N}; "source" is what a configuration says. SIGTERM ends it. /web.json at any site tells how
far all of them are: {"pending": N, "asked": {URL: when the last version of an article was first asked for, or null}}.
"""
import argparse
import contextlib
import datetime
import html
import http.server
import json
import pathlib
import signal
import sys
import threading
import xml.sax.saxutils as xml

FOLDER = pathlib.Path(__file__).resolve().parent
FEED_FORMATS = {"meridian-wire": "atom", "valley-public-radio": "json"}
SECTION_SITES = {"clinic-gazette"}  # They have no feed.
HUMAN_DATE = "%B %d, %Y, %H:%M"

SLOW_SITE = "northern-standard"

FORBIDDEN_PAGE = "/members/minutes.html"
GONE_PAGE = "/2019/removed.html"
CONSENT_PAGE = "/consent.html"
INDEX_PAGE = "/section.html"


class Article:
    def __init__(self, fields, by_id):
        original = by_id.get(fields.get("copy_of") or fields.get("update_of"), {})
        merged = {**original, **fields}
        self.id = fields.get("update_of") or fields["id"]
        self.site = merged["site"]
        self.title = merged["title"]
        self.author = merged["author"]
        self.section = merged["section"]
        self.is_update = "update_of" in fields
        extra = [merged["extra"]] if "extra" in fields else []
        text = original.get("text", merged.get("text"))
        # A copy leaves the last paragraph out and adds one of its own; an update puts the news first.
        if "copy_of" in fields:
            self.paragraphs = text[:-1] + extra
        elif self.is_update:
            self.paragraphs = extra + text
        else:
            self.paragraphs = text
        self.published = None
        self.asked = None  # When it was first asked for.

    def path(self):
        return f"/2026/{self.id}.html"


class Web:
    """All sites and what each has published so far."""

    def __init__(self, interval, slow):
        fields = json.loads((FOLDER / "articles.json").read_text(encoding="utf-8"))
        by_id = {entry["id"]: entry for entry in fields}
        self.pending = [Article(entry, by_id) for entry in fields]
        self.total = len(self.pending)
        self.sites = list(dict.fromkeys(article.site for article in self.pending))
        self.published = {site: {} for site in self.sites}
        self.interval = interval
        self.slow = slow
        self.stopped = threading.Event()
        self.lock = threading.Lock()

    def host(self, site):
        return f"127.0.1.{self.sites.index(site) + 1}"

    def site_of(self, address):
        return self.sites[int(address.split(".")[3]) - 1]

    def publish_next(self):
        with self.lock:
            article = self.pending.pop(0)
            article.published = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
            self.published[article.site][article.path()] = article

    def publish_all(self):
        while self.pending and not self.stopped.wait(self.interval):
            self.publish_next()

    def articles(self, site):
        with self.lock:
            return list(self.published[site].values())

    def ask_for(self, site, path):
        """The article, or None."""
        with self.lock:
            article = self.published[site].get(path)
            if article is not None and article.asked is None:
                article.asked = datetime.datetime.now(datetime.timezone.utc)
        if article is not None and site == SLOW_SITE:
            self.stopped.wait(self.slow)
        return article

    def tell(self, port):
        with self.lock:
            asked = {f"http://{self.host(site)}:{port}{path}": article.asked and article.asked.isoformat()
                     for site, articles in self.published.items() for path, article in articles.items()}
            return {"pending": len(self.pending), "asked": asked}


def render_page(article, url):
    date = article.published
    values = {
        "title": html.escape(article.title),
        "author": html.escape(article.author),
        "section": html.escape(article.section),
        "url": url,
        "date_iso": date.isoformat(),
        "date_human": date.strftime(HUMAN_DATE),
        "paragraphs": "\n".join(f"<p>{html.escape(p)}</p>" for p in article.paragraphs),
        "divs": "\n".join(f'<div class="story__paragraph">{html.escape(p)}</div>' for p in article.paragraphs),
        "breaks": "<br><br>\n".join(html.escape(p) for p in article.paragraphs),
        "lines": "\n".join(article.paragraphs),
    }
    middle = len(article.paragraphs) // 2
    first, second = article.paragraphs[:middle], article.paragraphs[middle:]
    values["halves"] = '<div class="ad">Advertisement</div>'.join(
        "<div>" + "\n".join(f"<p>{html.escape(p)}</p>" for p in half) + "</div>" for half in (first, second))
    for suffix, media_type in ((".html", "text/html; charset=utf-8"), (".txt", "text/plain; charset=utf-8")):
        template = FOLDER / "sites" / (article.site + suffix)
        if template.exists():
            text = template.read_text(encoding="utf-8")
            for key, value in values.items():
                text = text.replace("{{" + key + "}}", html.unescape(value) if suffix == ".txt" else value)
            return text, media_type
    raise FileNotFoundError(article.site)


def entries(web, site, base):
    for article in web.articles(site):
        # A feed names a new revision by a new date, and its link stays.
        yield article.title, base + article.path(), article.published
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    if site == web.sites[0]:
        yield "Minutes of the members' meeting", base + FORBIDDEN_PAGE, now
        yield "A page that was taken down", base + GONE_PAGE, now
    if site == web.sites[1]:
        yield "Your choices about cookies", base + CONSENT_PAGE, now
        yield "Latest headlines", base + INDEX_PAGE, now


def render_feed(web, site, base):
    kind = FEED_FORMATS.get(site, "rss")
    if kind == "json":
        items = [{"id": url, "url": url, "title": title, "date_published": date.isoformat()} for title, url, date in entries(web, site, base)]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": site, "items": items}
        return json.dumps(feed), "application/feed+json"
    if kind == "atom":
        items = "".join(f"<entry><id>{url}</id><title>{xml.escape(title)}</title><link href={xml.quoteattr(url)}/><updated>{date.isoformat()}</updated></entry>"
                        for title, url, date in entries(web, site, base))
        return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><id>{base}</id><title>{site}</title>{items}</feed>', "application/atom+xml"
    items = "".join(f"<item><title>{xml.escape(title)}</title><link>{xml.escape(url)}</link><pubDate>{date.strftime('%a, %d %b %Y %H:%M:%S GMT')}</pubDate></item>"
                    for title, url, date in entries(web, site, base))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{site}</title><link>{base}</link>{items}</channel></rss>', "application/rss+xml"


def render_front_page(web, site, base):
    stories = "".join(f'<li><a href="{url.removeprefix(base)}?utm_source=front">{html.escape(title)}</a> {date.strftime(HUMAN_DATE)}</li>'
                      for title, url, date in reversed(list(entries(web, site, base))))
    return (f'<!doctype html><html lang="en"><head><title>{site}</title></head><body><nav><a href="/">Home</a> <a href="/about.html">About us</a> '
            f'<a href="/2026/">Archive</a></nav><h1>Latest</h1><ul>{stories}</ul><script>document.write(\'<a href="/2026/ad.html">\')</script></body></html>')


CONSENT_TEXT = """<!doctype html><html lang="en"><head><title>Before you continue</title></head><body><div class="consent"><h1>Before you continue</h1>
<p>We use cookies and data to deliver and maintain our services, to measure audiences and to show advertising.</p>
<button>Accept all</button><button>Reject all</button><a href="/privacy">Privacy policy</a><a href="/partners">Our partners</a></div></body></html>"""


def render_index():
    links = "".join(f'<li><a href="/2026/{i}.html">Headline number {i} of this section</a></li>' for i in range(40))
    return f'<!doctype html><html lang="en"><head><title>Latest</title></head><body><h1>Latest</h1><ul>{links}</ul></body></html>'


class Handler(http.server.BaseHTTPRequestHandler):
    web = None

    def do_GET(self):
        address, port = self.request.getsockname()[:2]
        site = self.web.site_of(address)
        base = f"http://{address}:{port}"
        path = self.path.split("?")[0]
        article = self.web.ask_for(site, path)
        if path == "/robots.txt":
            self.answer(200, "User-agent: *\nDisallow: /members/\n", "text/plain")
        elif path == "/" and site in SECTION_SITES:
            self.answer(200, render_front_page(self.web, site, base), "text/html; charset=utf-8")
        elif path == "/feed.xml" and site not in SECTION_SITES:
            self.answer(200, *render_feed(self.web, site, base))
        elif path == "/web.json":
            self.answer(200, json.dumps(self.web.tell(port)), "application/json")
        elif article is not None:
            self.answer(200, *render_page(article, base + path))
        elif path == CONSENT_PAGE:
            self.answer(200, CONSENT_TEXT, "text/html; charset=utf-8")
        elif path == INDEX_PAGE:
            self.answer(200, render_index(), "text/html; charset=utf-8")
        else:
            self.answer(404, "not found", "text/plain")

    def answer(self, status, text, media_type):
        body = text.encode("utf-8")
        with contextlib.suppress(ConnectionError):  # Who asked may be gone.
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two articles")
    parser.add_argument("--slow", type=float, default=0.0, help=f"seconds that {SLOW_SITE} takes to answer for an article")
    options = parser.parse_args()

    web = Web(options.interval, options.slow)
    Handler.web = web
    servers = [Server((web.host(web.sites[0]), 0), Handler)]
    port = servers[0].server_address[1]
    servers += [Server((web.host(site), port), Handler) for site in web.sites[1:]]
    signal.signal(signal.SIGTERM, lambda *_: web.stopped.set())
    web.publish_next()
    threading.Thread(target=web.publish_all, daemon=True).start()
    sites = []
    for site in web.sites:
        base = f"http://{web.host(site)}:{port}"
        source = {"section": f"{base}/", "links": "/2026/*"} if site in SECTION_SITES else {"feed": f"{base}/feed.xml"}
        sites.append({"id": site, "base": base, "source": source})
    print(json.dumps({"sites": sites, "articles": web.total, "port": port}), flush=True)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    web.stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
