"""A subscriber in Python, from our protos: cut off at random and back with its cursor, it sees every item once and in order."""
import json
import random
import unittest

import grpc
import harness

SEED = 20260105
ITEMS = 120


def write_pages(path, count, first=0):
    """JSONL pages of our own, all on the topic and all different."""
    random_words = random.Random(SEED + first)
    words = ("harbor county senate panel clinic rule border officer treatment budget hearing auditor river judge program "
             "nurse council region witness report ministry agreement network seizure chemical register").split()
    with open(path, "w", encoding="utf-8") as out:
        for number in range(first, first + count):
            body = "\n".join(
                f"Lawmakers in district {number} debated fentanyl policy on overdose deaths and naloxone funding, paragraph {p}: "
                + " ".join(random_words.choices(words, k=60)) + "." for p in range(4))
            out.write(json.dumps({"url": f"https://news{number}.example/{number}", "text": f"Fentanyl bill number {number} advances in the senate\n\n{body}",
                                  "title": f"Fentanyl bill number {number} advances in the senate", "date": "2026-01-05T12:00:00Z"}) + "\n")


class SubscriberTest(harness.Case):
    def check(self, config):
        harness.python_protos()
        from sluice.service.v1 import feed_pb2, feed_pb2_grpc

        process = self.serve(config)
        pages = self.folder / "pages.jsonl"
        write_pages(pages, ITEMS)
        process.cli("replay", str(pages))
        expected = [item["id"] for item in self.first_items(process, self.wait_ended(process, ITEMS))]
        self.assertGreater(len(expected), ITEMS // 2)

        stub = feed_pb2_grpc.FeedServiceStub(grpc.insecure_channel(process.grpc))
        cut_after = random.Random(SEED)
        seen, cursor, cuts = [], None, 0
        while len(seen) < len(expected):
            request = feed_pb2.SubscribeRequest(batch_bytes_max=4096)
            if cursor is None:
                request.beginning = True
            else:
                request.cursor = cursor
            stream = stub.Subscribe(request, timeout=60)
            items_left = cut_after.randint(1, 20)
            for response in stream:
                for entry in response.items:
                    seen.append(entry.item.envelope.id)
                    cursor = entry.cursor
                    items_left -= 1
                    if items_left == 0:
                        break
                if items_left <= 0 or len(seen) >= len(expected):
                    break
            stream.cancel()
            cuts += 1
        self.assertGreater(cuts, 3)
        self.assertEqual(seen, expected)

        for cursor, code in (("bm90IGEgY3Vyc29y", grpc.StatusCode.INVALID_ARGUMENT), ("", grpc.StatusCode.INVALID_ARGUMENT)):
            with self.assertRaises(grpc.RpcError) as caught:
                next(iter(stub.Subscribe(feed_pb2.SubscribeRequest(cursor=cursor), timeout=20)))
            self.assertEqual(caught.exception.code(), code)
        self.assertEqual(process.stop(), 0)

    def test_on_the_embedded_log(self):
        self.check(self.embedded())

    def test_on_kafka(self):
        self.check(self.kafka(self.broker(), partitions=4))


if __name__ == "__main__":
    unittest.main(verbosity=2)
