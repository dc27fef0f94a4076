"""The five pages that define the topic, as somebody's scraper left them, come out of the running program as five clean items."""
import pathlib
import unittest

import harness
from text_measures import shingle_f1

# Lines, counted from 1: the headline (None: the page has none) and the article. By file name.
GOLD = {"000": (1, (3, 11)), "001": (2, (3, 46)), "002": (5, (7, 29)), "003": (1, (3, 43)), "004": (None, (1, 5))}


class SeedsTest(harness.Case):
    def check(self, config):
        seeds = sorted(harness.require_shared("data", "seeds").glob("*.txt"))
        self.assertEqual(len(seeds), len(GOLD))
        web = self.web()
        for seed in seeds:
            web.pages[f"/{seed.name}"] = (200, "text/plain; charset=utf-8", seed.read_bytes())
        web.serve_feed("/feed.xml", [(None, f"{web.base}/{seed.name}") for seed in seeds])
        config["fetch"] = self.fetch_config({"id": "seeds", "feed": f"{web.base}/feed.xml"})

        process = self.serve(config)
        self.assertEqual(self.wait_ended(process, len(seeds)), len(seeds))
        items = self.first_items(process, len(seeds))
        by_name = {pathlib.PurePosixPath(item["url"]).name: item for item in items}
        for seed in seeds:
            lines = seed.read_text(encoding="utf-8").split("\n")
            headline, (first, last) = GOLD[seed.name[:3]]
            item = by_name[seed.name]
            self.assertEqual(item["event"], "published")
            self.assertEqual(item["title"], lines[headline - 1].strip() if headline else "", seed.name)
            self.assertGreaterEqual(shingle_f1(item["text"], "\n".join(lines[first - 1:last])), 0.98, seed.name)
            self.assertGreater(item["score"], 0.5, seed.name)
        self.assertEqual(process.stop(), 0)

    def test_on_the_embedded_log(self):
        self.check(self.embedded())

    def test_on_kafka(self):
        self.check(self.kafka(self.broker()))


if __name__ == "__main__":
    unittest.main(verbosity=2)
