"""What an operator withdraws leaves the clean feed and stays out, over a restart too, until that is undone."""
import json
import random
import shutil
import subprocess
import unittest

import harness

SEED = 20261122
WORDS = ("harbor county senate panel clinic rule border officer treatment budget hearing auditor river judge program "
         "nurse council region witness report ministry agreement network seizure chemical register").split()


def story(number):
    """The title and HTML of an article of our own, on the topic."""
    source = random.Random(SEED + number)
    title = f"Fentanyl bill number {number} advances in the senate"
    paragraphs = "".join(
        f"<p>Lawmakers in district {number} debated fentanyl policy on overdose deaths and naloxone funding, paragraph {part}: "
        f"{' '.join(source.choices(WORDS, k=60))}.</p>" for part in range(4))
    return title, f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"


class WithdrawTest(harness.Case):
    def hand_in(self, process, url, html):
        """The id of a page."""
        path = self.folder / "page.html"
        path.write_text(html)
        return process.cli("submit", "--page", str(path), "--url", url).stdout.split()[0]

    def submit(self, process, url, html):
        """Hands in a page that has not been there before and returns how its way ended."""
        return self.end(process, self.hand_in(process, url, html))

    def end(self, process, page):
        """The last step of a page that has ended."""
        def ended():
            answer = self.explain(process, page)
            return answer and answer["final"] and answer["outcomes"][-1]
        return harness.wait_for(ended, f"an end of {page}")

    def withdraw(self, process, url, *arguments):
        """Says so, and returns how that ended."""
        return self.end(process, process.cli("withdraw", url, *arguments).stdout.split()[0])

    def withdrawn(self, process):
        """What is withdrawn: (URL, reason), the newest first."""
        rows = [json.loads(line) for line in process.cli("withdrawn", "--format", "jsonl").stdout.splitlines()]
        return [(row["url"], row["reason"]) for row in rows]

    def assert_kept_out(self, step, *parts):
        self.assertEqual((step["stage"], step["outcome"], step["reason"]), ("dedupe", "dropped", "withdrawn"), step)
        for part in parts:
            self.assertIn(part, step["detail"])

    def check(self, config, lost=None):
        """`lost`: a folder that is gone when the process comes back."""
        print(f"seed {SEED}")
        web = self.web()
        title, html = story(1)
        web.pages["/story"] = (200, "text/html", html.encode())
        web.serve_feed("/feed.xml", [(title, web.base + "/story?utm_source=feed")])
        process = self.serve({**config, "fetch": self.fetch_config({"id": "s", "feed": web.base + "/feed.xml", "interval": "1h"})})
        url, copy, unseen = web.base + "/story", "https://copy.example/1", "https://unseen.example/2"
        published = self.first_items(process, 1)[0]
        self.assertEqual((published["event"], published["url"]), ("published", url))
        self.assertEqual(self.submit(process, copy, html)["reason"], "copied")

        # However the address is written, it is the same page.
        self.assertEqual(self.withdraw(process, url + "?utm_source=mail#top", "--reason", "names the wrong person")["reason"], "retracted")
        retracted = self.first_items(process, 3)[2]
        self.assertEqual((retracted["event"], retracted["article_id"], retracted["url"]), ("retracted", published["article_id"], url))
        self.assertEqual((retracted["retraction_reason"], retracted["retraction_detail"]), ("withdrawn", "names the wrong person"))
        self.assertEqual((retracted["title"], retracted["text"]), (title, ""))
        shown = process.http("/feed.json")[1]
        self.assertNotIn(url, shown)
        self.assertIn(copy, shown)

        # What was never seen is remembered too.
        self.assertEqual(self.withdraw(process, unseen)["reason"], "withdrawn")
        self.assert_kept_out(self.submit(process, unseen, story(2)[1]), unseen)
        self.assert_kept_out(self.submit(process, url, html + "<p>Once more."), url, "names the wrong person")

        self.assertEqual(process.stop(), 0)
        if lost:
            shutil.rmtree(lost)
        process.start().wait_ready()
        self.assertEqual(self.withdrawn(process), [(unseen, ""), (url, "names the wrong person")])
        shown = process.cli("withdrawn", "--limit", "1")
        self.assertRegex(shown.stdout, rf"^\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d  {unseen}\n$")
        self.assertIn("--limit", shown.stderr)
        self.assert_kept_out(self.submit(process, url, story(3)[1]), "names the wrong person")
        self.assert_kept_out(self.submit(process, unseen, story(4)[1]), unseen)
        again = self.withdraw(process, url, "--reason", "names the wrong person")
        self.assertEqual((again["stage"], again["reason"]), ("classify-relevance", "withdrawn"))

        # The page is asked for anew and comes back though it has not changed; one that was handed in is handed in again.
        asked = len(web.requests)
        self.assertEqual(self.withdraw(process, url, "--undo")["reason"], "allowed_again")
        back = self.first_items(process, 4)[3]
        self.assertIn("/story", [path for path, _ in web.requests[asked:]])
        self.assertEqual((back["event"], back["url"], back["article_id"]), ("copied", url, published["article_id"]))
        self.assertEqual((back["revision"], back["text"]), (2, published["text"]))
        self.assertEqual(self.withdraw(process, unseen, "--undo")["reason"], "allowed_again")
        self.assertEqual(process.cli("withdrawn").stdout, "Nothing is withdrawn.\n")
        self.hand_in(process, unseen, story(2)[1])
        last = self.first_items(process, 5)[4]
        self.assertEqual((last["event"], last["url"]), ("published", unseen))
        self.assert_conserved(process)
        self.assertEqual([item["event"] for item in self.tail(process)[5:]], [])
        self.assertEqual(process.stop(), 0)

    def test_on_the_embedded_log(self):
        self.check(self.embedded())

    def test_on_kafka(self):
        # Its tables are rebuilt from their topics.
        self.check(self.kafka(self.broker(), partitions=4), lost=self.folder / "state")

    def test_mistakes_are_named(self):
        process = self.serve(self.embedded())
        done = process.cli("withdraw", "https://news.example/", "no url", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("https://news.example/: it is the front page", done.stderr)
        self.assertIn("no url: ", done.stderr)
        done = process.cli("withdraw", "https://news.example/1", "--reason", "x" * 2000, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("reason has 2000 bytes", done.stderr)

    def dlq(self, process, verb, *arguments):
        return harness.run("dlq", verb, "--address", process.grpc, *arguments).stdout

    def letters(self, process):
        return [json.loads(line)["id"] for line in self.dlq(process, "list", "--format", "jsonl").splitlines()]

    def test_a_record_that_failed_twice_is_replayed_once(self):
        config = self.embedded(dedupe={"withdrawn_max": 1})
        process = self.serve(config)
        steps = [self.withdraw(process, f"https://a.example/{n}") for n in range(2)]
        self.assertEqual([step["outcome"] for step in steps], ["dropped", "dead_lettered"], steps)
        (page,) = self.letters(process)
        self.assertIn("1 sent", self.dlq(process, "replay", page))
        harness.wait_for(lambda: self.letters(process) == [page, page], "a second letter")
        self.assertEqual(process.stop(), 0)
        process = self.serve(self.embedded(), name="again")
        self.assertIn("1 sent", self.dlq(process, "replay", "--stage", "dedupe"))
        harness.wait_for(lambda: self.end(process, page)["outcome"] == "dropped", "an answer")
        self.assertEqual(len(self.withdrawn(process)), 2)
        self.assertEqual(self.dlq(process, "list"), "There are no dead letters.\n")
        self.assertEqual(self.dlq(process, "list", "--resolved").count(page), 2)

    def test_a_record_that_cannot_be_read_is_replayed_once(self):
        broker = self.broker()
        process = self.serve(self.kafka(broker))
        subprocess.run(["kcat", "-P", "-b", broker.address, "-t", "sluice.raw-pages"], input=b"no page", check=True)
        for letters in (1, 2, 3):
            harness.wait_for(lambda: len(self.letters(process)) == letters, f"letter {letters}")
            self.assertIn("1 sent", self.dlq(process, "replay", "--all"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
