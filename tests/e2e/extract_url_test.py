"""`sluice extract` takes an address as well as a file, and goes where the crawler may go."""
import gzip
import json
import subprocess
import unittest

import harness

HTML = "text/html; charset=iso-8859-1"
PAGE = """<!DOCTYPE html><html lang="en"><head><title>The ferry is back | The Pier</title><meta property="og:site_name" content="The Pier">
<meta property="article:published_time" content="2025-11-03T07:10:00+01:00"></head><body><nav><a href="/">Home</a> <a href="/news">News</a></nav>
<article><h1>The ferry is back</h1><p>By Ida Holm</p>
<p>The ferry that links both banks of the fjord is running again since Monday, after eleven weeks in the yard at Sm\u00f8la.</p>
<p>Engineers replaced the bow gate and one of the two engines, the operator said, and found no damage to the hull itself.</p>
<p>Commuters who had driven ninety minutes around the fjord were glad: the first crossing left with forty cars on board.</p>
</article><footer>Imprint Privacy Contact</footer></body></html>""".encode("iso-8859-1")


class ExtractUrlTest(harness.Case):
    def extract(self, url, *flags, status=0):
        done = harness.run("extract", url, *flags, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def test_a_page_is_fetched_with_its_charset_and_coding_through_redirects(self):
        web = self.web()
        web.pages["/a"] = (200, HTML, PAGE)
        web.pages["/packed"] = lambda handler: handler.answer(200, HTML, gzip.compress(PAGE), Content_Encoding="gzip")
        web.pages["/old"] = lambda handler: handler.answer(301, HTML, b"", Location="/a#top")
        for path in ("/a", "/packed", "/old"):
            out = self.extract(web.base + path, "--allow-private-addresses")
            self.assertIn("title      The ferry is back\n", out)
            self.assertIn("published  2025-11-03T07:10:00+01:00", out)
            self.assertIn("yard at Sm\u00f8la.", out)
            self.assertNotIn("Imprint", out)
        self.assertIn(f"at         {web.base}/a\n", out)
        self.assertTrue(all(headers["User-Agent"].startswith("sluice/") for _, headers in web.requests))

    def test_a_packed_page_may_come_by_standard_input(self):
        done = subprocess.run([harness.PROGRAM, "extract", "-"], input=gzip.compress(PAGE), capture_output=True, check=True)
        self.assertIn(b"title      The ferry is back\n", done.stdout)

    def test_pages_of_the_web_are_compared(self):
        web = self.web()
        web.pages["/a"] = web.pages["/b"] = (200, HTML, PAGE)
        out = harness.run("dedupe", web.base + "/a", web.base + "/b", "--allow-private-addresses").stdout
        self.assertIn(f"cluster {web.base}/a: 2 documents", out)
        message = harness.run("dedupe", web.base + "/a", check=False).stderr
        self.assertIn("--allow-private-addresses", message)

    def test_why_works_on_addresses_too(self):
        web = self.web()
        web.pages["/a"] = (200, HTML, PAGE)
        out = self.extract(web.base + "/a", "--allow-private-addresses", "--why")
        self.assertIn("Candidates for the headline", out)
        self.assertIn("Candidates for the date", out)
        self.assertIn("navigation or footer", out)

    def test_private_addresses_are_refused_and_the_way_on_is_named(self):
        web = self.web()
        web.pages["/a"] = (200, HTML, PAGE)
        message = self.extract(web.base + "/a", status=1)
        self.assertIn("--allow-private-addresses", message)
        self.assertIn("http://169.254.169.254/latest is not fetched", self.extract("http://169.254.169.254/latest", status=1))
        self.assertEqual(web.requests, [])

    def test_what_is_no_page_is_said_to_be_none(self):
        web = self.web()
        web.pages["/image"] = (200, "image/png", b"\x89PNG")
        web.pages["/loop"] = lambda handler: handler.answer(302, HTML, b"", Location="/loop")
        web.pages["/nowhere"] = lambda handler: handler.answer(302, HTML, b"", Location="ftp://example.org/")
        for path, expected in (("/image", "image/png"), ("/none", "status 404"), ("/loop", "more than 5 times"), ("/nowhere", "not fetched")):
            self.assertIn(expected, self.extract(web.base + path, "--allow-private-addresses", status=1))
        gone = web.base
        web.stop()
        self.assertIn("no whole answer", self.extract(gone + "/a", "--allow-private-addresses", status=1))

    def test_site_memory_takes_out_what_repeats(self):
        path = self.folder / "pages.jsonl"
        stories = [[f"Item {n} of the harbour board's list was about {what}, which took the whole evening and ended in a vote of five to four."
                    for what in ("dredging", "the crane", "night fees", "the new pilot boat")] for n in range(4)]
        notices = ["The Pier prints more news from the harbour every morning.", "Reporting by the harbour desk, editing by Ida Holm."]
        with open(path, "w", encoding="utf-8") as f:
            for n, story in enumerate(stories):
                f.write(json.dumps({"id": n, "url": f"https://thepier.example/{n}", "text": "\n".join(story + notices)}) + "\n")
        plain = [json.loads(line)["text"] for line in harness.run("extract", "--jsonl", path).stdout.splitlines()]
        clean = [json.loads(line)["text"] for line in harness.run("extract", "--jsonl", path, "--site-memory").stdout.splitlines()]
        self.assertEqual(plain[:2], clean[:2])
        for story, before, after in zip(stories[2:], plain[2:], clean[2:]):
            gone = set(before.split("\n")) - set(after.split("\n"))
            self.assertTrue(gone and gone <= set(notices), gone)
            self.assertTrue(set(story) <= set(after.split("\n")))


if __name__ == "__main__":
    unittest.main()
