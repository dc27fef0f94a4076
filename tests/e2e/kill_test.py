"""Every process is killed while documents flow, and nothing shows it: all topics equal those of an undisturbed run, recorded times apart."""
import json
import random
import unittest

import harness
from topics import Reader

SEED = 20260105
DOCUMENTS = 2000
STAGES = ["deboilerplate", "dedupe", "classify-relevance", "feed"]
COMPARED = ["raw-pages", "documents", "deduped", "clean", "outcomes", "dead-letters"]


def write_corpus(path):
    """JSONL pages of our own: stories on and off the topic, copies under other URLs, updates, and pages without an article."""
    source = random.Random(SEED)
    words = [a + b for a in ("har", "cla", "bri", "sto", "mel", "vin", "dor", "pra", "lun", "fes") for b in
             ("bor", "nic", "dge", "ven", "ody", "tage", "mant", "ctice", "ar", "tival")]
    topics = ["fentanyl overdose policy and naloxone funding", "the opioid settlement and treatment rules",
              "tariffs over fentanyl precursors", "the county fair and its peach harvest", "a new roof for the stadium"]
    stories = []
    with open(path, "w", encoding="utf-8") as out:
        for number in range(DOCUMENTS):
            kind = source.random()
            if kind < 0.15 and stories:
                title, body = source.choice(stories)  # A copy on another site.
                url = f"https://copy{number}.example/{number}"
            elif kind < 0.2:
                title, body, url = "Home", "Menu\nLogin\nSubscribe", f"https://empty{number}.example/"
            else:
                topic = source.choice(topics)
                title = f"Report {number} on {topic}"
                body = "\n".join(f"Officials spoke on {topic} in session {number}, part {p}: " + " ".join(source.choices(words, k=50)) + "."
                                 for p in range(4))
                url = f"https://site{source.randrange(40)}.example/story/{number}"
                stories.append((title, body))
            out.write(json.dumps({"url": url, "text": f"{title}\n\n{body}", "title": title, "date": "2026-01-05T12:00:00Z"}) + "\n")


class KillTest(harness.Case):
    def start_all(self, config, replicas=1):
        processes = {}
        for stage in ["fetch", *STAGES]:
            for ordinal in range(replicas):
                # As on machines of their own: each process has its own directory. The feed is a replica: it has no shards to share.
                prefix = config["log"]["kafka"]["topic_prefix"]
                kafka = {**config["log"]["kafka"], "state_directory": str(self.folder / prefix / f"state{ordinal}")}
                runtime = {} if stage == "feed" else {"ordinal": ordinal, "replicas": replicas}
                processes[stage, ordinal] = self.serve({"log": {"kafka": kafka}, "runtime": runtime}, stage, f"{prefix}{stage}{ordinal}", ready=False)
        for process in processes.values():
            process.wait_ready()
        return processes

    def run_flow(self, broker, prefix, pages, partitions=1, replicas=1, disturb=None):
        """Runs all pages through processes of their own and returns what is in the topics."""
        config = self.kafka(broker, partitions)
        config["log"]["kafka"].update(topic_prefix=prefix)
        (self.folder / prefix).mkdir(exist_ok=True)
        processes = self.start_all(config, replicas)
        reader = Reader(broker.address, prefix)
        fetch = processes["fetch", 0]
        half = DOCUMENTS // 2
        lines = pages.read_text().splitlines(keepends=True)
        for part, chunk in enumerate((lines[:half], lines[half:])):
            path = self.folder / f"{prefix}{part}.jsonl"
            path.write_text("".join(chunk))
            fetch.cli("replay", str(path), timeout=300)
            if part == 0 and disturb:
                disturb(processes, reader)
        harness.wait_for(lambda: reader.count_final() >= DOCUMENTS, "a final outcome of every page", 300, interval=0.5)
        contents = reader.read(COMPARED)
        # Every stage writes its own outcomes in order; how those of several stages fall between each other is nobody's promise.
        contents["outcomes"].sort(key=lambda outcome: outcome["envelope"]["trail"][-1]["stage"])
        for process in processes.values():
            self.assertEqual(process.stop(), 0, process.name)
        return contents

    def kill_each_stage(self, processes, reader):
        for (stage, ordinal), process in processes.items():
            before = reader.count_final()
            self.assertLess(before, DOCUMENTS, "the flow was over before the fault")
            self.assertTrue(process.alive())
            process.kill()
            process.start().wait_ready()

    def assert_same(self, found, expected):
        """Equal, topic by topic; a difference is told by its first record."""
        for topic in COMPARED:
            for place, (a, b) in enumerate(zip(found[topic], expected[topic])):
                if a != b:
                    self.fail(f"{topic} differs first at record {place}:\n{json.dumps(a)[:3000]}\n{json.dumps(b)[:3000]}")
            self.assertEqual(len(found[topic]), len(expected[topic]), topic)

    def test_each_stage_over_kafka(self):
        broker = self.broker()
        pages = self.folder / "pages.jsonl"
        write_corpus(pages)
        undisturbed = self.run_flow(broker, "calm.", pages)
        self.assertEqual(len(undisturbed["raw-pages"]), DOCUMENTS)
        self.assertGreater(len(undisturbed["clean"]), DOCUMENTS // 4)

        killed = self.run_flow(broker, "killed.", pages, disturb=self.kill_each_stage)
        self.assert_same(killed, undisturbed)

    def test_the_broker(self):
        broker = self.broker()
        pages = self.folder / "pages.jsonl"
        write_corpus(pages)
        undisturbed = self.run_flow(broker, "calm.", pages)

        def kill_broker(processes, reader):
            self.assertLess(reader.count_final(), DOCUMENTS, "the flow was over before the fault")
            broker.kill()
            broker.start()
            for process in processes.values():
                self.assertTrue(process.alive())

        self.assert_same(self.run_flow(broker, "killed.", pages, disturb=kill_broker), undisturbed)

    def test_two_processes_a_stage(self):
        broker = self.broker()
        pages = self.folder / "pages.jsonl"
        write_corpus(pages)
        contents = self.run_flow(broker, "wide.", pages, partitions=4, replicas=2, disturb=self.kill_each_stage)
        urls = {json.loads(line)["url"] for line in pages.read_text().splitlines()}
        self.assertEqual({page["envelope"]["url"] for page in contents["raw-pages"]}, urls)
        finals = [outcome["envelope"]["url"] for outcome in contents["outcomes"] if outcome.get("final")]
        self.assertEqual(len(finals), DOCUMENTS)
        self.assertEqual(set(finals), urls)
        ended_in_feed = sum(1 for outcome in contents["outcomes"]
                            if outcome.get("final") and outcome["envelope"]["trail"][-1]["outcome"] == "STEP_OUTCOME_PASSED")
        self.assertEqual(len(contents["clean"]), ended_in_feed)

    def test_the_single_process_on_the_embedded_log(self):
        pages = self.folder / "pages.jsonl"
        write_corpus(pages)
        results = []
        for name, kills in (("calm", 0), ("killed", 6)):
            config = {"log": {"embedded": {"directory": str(self.folder / name)}}}
            process = self.serve(config, name=name)
            lines = pages.read_text().splitlines(keepends=True)
            parts = kills + 1
            for part in range(parts):
                path = self.folder / f"{name}{part}.jsonl"
                path.write_text("".join(lines[part * DOCUMENTS // parts:(part + 1) * DOCUMENTS // parts]))
                process.cli("replay", str(path), timeout=300)
                if part < kills:
                    process.kill()
                    process.start().wait_ready()
            if kills == 0:
                published = self.wait_ended(process, DOCUMENTS)
            items = self.first_items(process, published)
            harness.wait_for(lambda: self.settled(process), "all read", 120, interval=0.3)
            self.assertEqual(self.tail(process, timeout=300)[published:], [])
            for item in items:
                item.pop("cursor")
            results.append(items)
            self.assertEqual(process.stop(), 0)
        self.assertGreater(len(results[0]), DOCUMENTS // 4)
        self.assertEqual(results[1], results[0])

    @staticmethod
    def settled(process):
        lags = [value for series, value in process.metrics().items() if series.startswith("sluice_lag_records")]
        return len(lags) > 3 and not any(lags)


if __name__ == "__main__":
    unittest.main(verbosity=2)
