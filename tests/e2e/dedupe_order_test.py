"""The same documents get the same places from the batch verb, over the embedded log and over Kafka, before and after a restart."""
import datetime
import json
import random
import shutil
import unittest

import grpc
import harness

SEED = 20261122
DOCUMENTS = 240
RELATIONS = {1: "original", 2: "copy", 3: "update", 4: "exact"}
SYLLABLES = [a + b for a in ("har", "cla", "bri", "sto", "mel", "vin", "dor", "pra", "lun", "fes") for b in
             ("bor", "nic", "dge", "ven", "ody", "tage", "mant", "ctice", "ar", "tival")]


def write_pages(path, first_day):
    """JSONL pages of our own, each on a site of its own: stories, their copies (whole, cut, edited, with more text) and forms."""
    source = random.Random(SEED)
    print(f"seed {SEED}")
    stories = []
    with open(path, "w", encoding="utf-8") as out:
        for number in range(DOCUMENTS):
            date = first_day + datetime.timedelta(hours=number)
            if stories and source.random() < 0.5:
                title, paragraphs = source.choice(stories)
                kind = source.randrange(4)
                if kind == 1:
                    paragraphs = paragraphs[:3]
                elif kind == 2:
                    paragraphs = [" ".join(source.choice(SYLLABLES) if source.random() < 0.06 else word for word in text.split(" ")) for text in paragraphs]
                elif kind == 3:
                    paragraphs = [*paragraphs, f"Readers of site {number} may write to its editors, who answer by hand in the order of arrival."]
            else:
                title = f"{source.choice(SYLLABLES).title()} council votes on the {source.choice(SYLLABLES)} of {source.choice(SYLLABLES).title()}"
                paragraphs = [f"Speaker {source.choice(SYLLABLES).title()} said on day {source.randrange(28)} that " +
                              " ".join(source.choices(SYLLABLES, k=45)) + "." for _ in range(5)]
                stories.append((title, paragraphs))
            body = "\n".join(paragraphs)
            out.write(json.dumps({"id": f"page-{number}", "url": f"https://site{number}.example/story/{number}", "title": title,
                                  "text": f"{title}\n\n{body}", "date": date.strftime("%Y-%m-%dT%H:%M:%SZ")}) + "\n")


class DedupeOrderTest(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first_day = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=12)

    def setUp(self):
        super().setUp()
        harness.python_protos()
        self.pages = self.folder / "pages.jsonl"
        write_pages(self.pages, self.first_day)
        self.lines = self.pages.read_text().splitlines(keepends=True)

    def documents(self):
        """The pages as deboilerplate hands them on, a JSON line each."""
        addresses = {page["id"]: page for page in map(json.loads, self.lines)}
        path = self.folder / "documents.jsonl"
        extracted = harness.run("extract", "--jsonl", str(self.pages)).stdout.splitlines()
        with open(path, "w", encoding="utf-8") as out:
            for document in map(json.loads, extracted):
                page = addresses[document["id"]]
                out.write(json.dumps({"id": document["id"], "url": page["url"], "title": document["title"], "text": document["text"],
                                      "date": page["date"]}) + "\n")
        return path

    def batch_places(self):
        """URL -> (URL of the cluster's first, relation, URL of the twin), by the batch verb; asked twice about every document."""
        path = self.documents()
        path.write_text(path.read_text() * 2)
        answers = [json.loads(line) for line in harness.run("dedupe", "--jsonl", str(path)).stdout.splitlines()]
        self.assertEqual(len(answers), 2 * DOCUMENTS)
        self.assertEqual(answers[DOCUMENTS:], answers[:DOCUMENTS], "a known id is answered as the first time")
        url = {page["id"]: page["url"] for page in map(json.loads, self.lines)}
        return {url[answer["id"]]: (url[answer["cluster_id"]], answer["relation"], url.get(answer.get("of"))) for answer in answers[:DOCUMENTS]}

    def served_places(self, process):
        """The same, asked of DedupeService by the ids that OutcomeService gives."""
        from sluice.service.v1 import dedupe_pb2, dedupe_pb2_grpc, outcome_pb2, outcome_pb2_grpc

        channel = grpc.insecure_channel(process.grpc)
        outcomes = outcome_pb2_grpc.OutcomeServiceStub(channel)
        urls = [page["url"] for page in map(json.loads, self.lines)]
        url_of = {outcomes.Explain(outcome_pb2.ExplainRequest(url=url), timeout=30).envelope.id: url for url in urls}
        self.assertEqual(len(url_of), DOCUMENTS)
        stub = dedupe_pb2_grpc.DedupeServiceStub(channel)
        places = {}
        for document, url in url_of.items():
            decision = stub.Lookup(dedupe_pb2.LookupRequest(id=document), timeout=30).decision
            places[url] = (url_of[decision.cluster_id], RELATIONS[decision.relation], url_of.get(decision.of))
        channel.close()
        return places

    def replay(self, process, lines, name, total):
        path = self.folder / f"{name}.jsonl"
        path.write_text("".join(lines))
        process.cli("replay", str(path), timeout=300)
        harness.wait_for(lambda: self.passed_on(process) >= total, f"{total} documents decided", 120, interval=0.2)

    @staticmethod
    def passed_on(process):
        """Documents decided since the start."""
        return sum(value for series, value in process.metrics().items()
                   if series.startswith("sluice_records_passed_total") and 'stage="dedupe"' in series)

    def check(self, config, wipe=None):
        process = self.serve(config)
        half = DOCUMENTS // 2
        self.replay(process, self.lines[:half], "first", half)
        self.assertEqual(process.stop(), 0)
        process.start().wait_ready()
        self.replay(process, self.lines[half:], "second", DOCUMENTS - half)
        expected = self.batch_places()
        relations = [relation for _, relation, _ in expected.values()]
        for relation in ("original", "copy", "exact"):
            self.assertGreater(relations.count(relation), DOCUMENTS // 20, relation)
        last = json.loads(self.lines[-1])["url"]
        harness.wait_for(lambda: self.explain(process, last), "the last outcome", 60)
        self.assertEqual(self.served_places(process), expected)

        self.assertEqual(process.stop(), 0)
        if wipe:
            shutil.rmtree(wipe)
        process.start().wait_ready()
        harness.wait_for(lambda: self.explain(process, last), "the outcomes are back", 60)
        self.assertEqual(self.served_places(process), expected)

    def test_embedded_log(self):
        self.check(self.embedded())

    def test_kafka(self):
        # What a shard keeps beside Kafka can be thrown away.
        self.check(self.kafka(self.broker()), wipe=self.folder / "state")

    def test_documents_without_a_date_have_that_of_the_one_before(self):
        text = "Mayor " + " ".join(random.Random(SEED).choices(SYLLABLES, k=60)) + "."
        documents = [{"id": "dated", "date": "2026-01-04", "text": " ".join(SYLLABLES)}, {"id": "story", "text": text},
                     {"id": "copy", "date": "2026-01-05", "text": text + " More to come."}, {"id": "late", "date": "2026-02-05", "text": text + " The end."}]
        path = self.folder / "undated.jsonl"
        path.write_text("".join(json.dumps({"url": f"https://{document['id']}.example/1", "title": "Harbor votes", **document}) + "\n"
                                for document in documents))
        answers = [json.loads(line) for line in harness.run("dedupe", "--jsonl", str(path)).stdout.splitlines()]
        self.assertEqual([answer["cluster_id"] for answer in answers], ["dated", "story", "story", "late"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
