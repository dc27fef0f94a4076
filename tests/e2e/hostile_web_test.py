"""Real pages among pages that mean harm: every page has one end, nothing forbidden is asked for, and the process stays small and alive."""
import gzip
import json
import random
import threading
import unittest
import zlib

import harness

REAL_PAGES = 60
SEED = 20260105
RSS_MAX = 1 << 30


def gzip_bomb(inflated_bytes):
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    block = bytes(1 << 22)
    parts = [packer.compress(block) for _ in range(inflated_bytes // len(block))]
    return b"".join(parts) + packer.flush()


def send_slowly(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    pause = threading.Event()
    while True:
        handler.wfile.write(b"x")
        pause.wait(1.0)


def send_endlessly(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    while True:
        handler.wfile.write(b"<p>and on and on it goes, sentence after sentence.</p>" * 1000)


def redirect(location):
    return lambda handler: handler.answer(302, "text/plain", b"", Location=location)


class HostileWebTest(harness.Case):
    def build_web(self):
        stream = harness.require_shared("data", "stream", "pages_html.jsonl.gz")
        web, forbidden = self.web(), self.web("127.0.0.2")
        forbidden.pages["/secret.html"] = (200, "text/html", b"<p>secret</p>")
        random_bytes = random.Random(SEED).randbytes(50_000)
        html = "text/html; charset=utf-8"
        web.pages["/robots.txt"] = (200, "text/plain", b"User-agent: *\nDisallow: /private/\n")
        # Path: what it answers, and the reason with which it must end (None: any drop).
        hostile = {
            "/private/minutes.html": ((200, html, b"<p>private</p>"), "robots_disallowed"),
            "/loop/1": (redirect("/loop/2"), None),
            "/loop/2": (redirect("/loop/1"), None),
            "/to-loopback": (redirect(f"{forbidden.base}/secret.html"), None),
            "/to-metadata": (redirect("http://169.254.169.254/latest/meta-data/"), None),
            "/bomb.html": (lambda h, body=gzip_bomb(2 << 30): h.answer(200, html, body, Content_Encoding="gzip"), None),
            "/slow.html": (send_slowly, None),
            "/endless.html": (send_endlessly, None),
            "/missing.html": ((404, "text/plain", b"gone"), None),
            "/broken.html": ((500, "text/plain", b"oops"), None),
            "/busy.html": (lambda h: h.answer(429, "text/plain", b"later", Retry_After="1"), None),
            "/random.html": ((200, html, random_bytes), None),
            "/nuls.html": ((200, html, b"\0" * 20_000), None),
            "/nested.html": ((200, html, b"<div>" * 200_000 + b"deep"), None),
        }
        for path, (answer, _) in hostile.items():
            web.pages[path] = answer
        links = [f"{web.base}{path}" for path in hostile]
        with gzip.open(stream, "rt", encoding="utf-8") as lines:
            for number, line in zip(range(REAL_PAGES), lines):
                page = (200, html, json.loads(line)["html"].encode())
                for path in [f"/real/{number}.html"] + ([f"/copy/{number}.html"] if number % 10 == 0 else []):
                    web.pages[path] = page
                    links.append(f"{web.base}{path}")
        web.serve_feed("/feed.xml", [("A headline", link) for link in links])
        return web, forbidden, hostile, links

    def test_every_page_has_one_end(self):
        web, forbidden, hostile, links = self.build_web()
        config = self.embedded(fetch=self.fetch_config(
            {"id": "hostile", "feed": f"{web.base}/feed.xml"}, allowed_private_networks=["127.0.0.1/32"],
            retries_max=1, retry_first="200ms", transfer_time_max="8s", low_speed_time="4s"))
        process = self.serve(config)

        largest = [0.0]

        def settled():
            self.assertTrue(process.alive())
            metrics = process.metrics()
            largest[0] = max(largest[0], metrics["process_resident_memory_bytes"])
            return harness.count_ended(metrics) >= len(links)

        harness.wait_for(settled, "an end for every page", 180, interval=0.2)
        for link in links:
            told = harness.wait_for(lambda: self.explain(process, link), f"explain {link}", 20)
            last = told["outcomes"][-1]
            self.assertIn(last["outcome"], ("passed", "dropped", "dead_lettered"), link)
            self.assertTrue(last["outcome"] != "passed" or last["stage"] == "classify-relevance", (link, told))
            reason = hostile.get(link.removeprefix(web.base), (None, None))[1]
            if reason:
                self.assertEqual(last["reason"], reason)
            if link.removeprefix(web.base) in hostile:
                self.assertNotEqual(last["outcome"], "passed", link)
        self.assertEqual(forbidden.requests, [])
        self.assertFalse([path for path, _ in web.requests if path.startswith("/private/")])
        for path, headers in web.requests:
            self.assertIn("sluice/", headers["User-Agent"])
            self.assertIn("example.org/crawler", headers["User-Agent"])
        self.assertLess(largest[0], RSS_MAX)
        self.assert_conserved(process)
        self.assertEqual(process.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
