"""Pages a second through all stages, the time from a page's submission to its delivery at idle, and memory; on both logs, in one run.

The pages are those of the development set, under distinct URLs and with a sentence of their own in each of the first five paragraphs, in a
WARC.gz; without the development set they are pages of our own, which are smaller (the output says so).
"""
import argparse
import gzip
import json
import random
import re
import statistics
import sys
import threading
import time
import unittest
import zlib

import grpc
import harness
from subscriber_test import write_pages

OWN_PAGE = "<html><body><h1>Story</h1>" + "<p>Officials spoke about the harbour at some length on that day, and wrote it down.</p>" * 40 + "</body></html>"


def load_pages():
    folder = harness.SHARED / "data/extraction/pages"
    if not folder.exists():
        return [OWN_PAGE.encode()] * 20, "own pages"
    return [gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("*.html.gz"))[::4]], "development pages"


def make_distinct(page, number):
    parts = re.split(rb"(<p[^>]*>)", page, maxsplit=5)
    for place in range(1, len(parts), 2):
        parts[place] += b"Report %d names witness %d of district %d in paragraph %d. " % (number, number * 7919, number * 104729 % 99991, place)
    return b"".join(parts)


def write_warc(path, count):
    """Returns (pages, inflated bytes)."""
    pages, kind = load_pages()
    total = 0
    with open(path, "wb") as out:
        for number in range(count):
            html = make_distinct(pages[number % len(pages)], number)
            total += len(html)
            body = zlib.compressobj(1, zlib.DEFLATED, 31)
            body = body.compress(html) + body.flush()
            http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            record = (b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://site%d.example/page/%d\r\nWARC-Date: 2026-01-05T12:00:00Z\r\n"
                      b"WARC-Record-ID: <urn:uuid:%032d>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
                      % (number % 500, number, number, len(http), http))
            member = zlib.compressobj(0, zlib.DEFLATED, 31)
            out.write(member.compress(record) + member.flush())
    return kind, total


def write_stories(path, count, seed=11):
    """Stories of some 2.4 kB that are no versions of each other, so that dedupe remembers each."""
    draw = random.Random(seed)
    words = ["".join(draw.choices("abdegiklmnoprstuv", k=draw.randint(3, 9))) for _ in range(20_000)]
    with open(path, "w") as out:
        for number in range(count):
            text = "\n".join(" ".join(draw.choices(words, k=60)).capitalize() + "." for _ in range(5))
            out.write(json.dumps({"url": f"https://story{number % 5000}.example/{number}", "text": text}) + "\n")


class Bench(harness.Case):
    options = None
    results = {}

    def runTest(self):
        warc = self.folder / "pages.warc.gz"
        kind, total = write_warc(warc, self.options.pages)
        print(f"{self.options.pages} {kind}, {total / self.options.pages / 1000:.0f} kB each", flush=True)
        harness.python_protos()
        broker = self.broker()
        for name, config in (("embedded", self.embedded()), ("kafka", self.kafka(broker, partitions=4))):
            process = self.serve(config, name=name)
            idle = process.rss_bytes()
            if self.options.live:
                write_stories(self.folder / "stories.jsonl", self.options.live)
                story_rate, _ = self.measure_rate(process, self.folder / "stories.jsonl", self.options.live)
                print(f"{name}: {self.options.live} stories of 2.4 kB made live, {story_rate:.0f}/s; memory {process.rss_bytes() / 1e6:.0f} MB", flush=True)
            latency = self.measure_latency(process)
            rate, peak = self.measure_rate(process, warc, self.options.pages)
            self.results[name] = rate
            print(f"{name}: {rate:.0f} pages/s; at idle p50 {statistics.median(latency) * 1000:.0f} ms, "
                  f"p99 {sorted(latency)[int(len(latency) * 0.99)] * 1000:.0f} ms; memory {idle / 1e6:.0f} MB idle, {peak / 1e6:.0f} MB under replay", flush=True)
            process.stop()
        print(f"kafka / embedded: {self.results['kafka'] / self.results['embedded']:.2f}")

    def measure_rate(self, process, archive, pages):
        """From the first page's arrival to the last page's end."""
        def ended():
            metrics = process.metrics()
            self.peak = max(self.peak, metrics["process_resident_memory_bytes"])
            return sum(value for series, value in metrics.items()
                       if series.startswith("sluice_records_dropped_total") or series.startswith("sluice_records_dead_lettered_total")
                       or series == 'sluice_records_passed_total{stage="classify-relevance"}')
        self.peak = 0.0
        before = ended()
        begin = time.monotonic()
        replay = threading.Thread(target=process.cli, args=("replay", str(archive)), kwargs={"timeout": 900, "check": False})
        replay.start()
        harness.wait_for(lambda: ended() - before >= pages, "all pages ended", 900, interval=0.1)
        elapsed = time.monotonic() - begin
        replay.join()
        return pages / elapsed, self.peak

    def measure_latency(self, process):
        """Seconds from SubmitPages to Subscribe's delivery, page by page."""
        from sluice.service.v1 import feed_pb2, feed_pb2_grpc, fetch_pb2, fetch_pb2_grpc
        pages = self.folder / "latency.jsonl"
        write_pages(pages, self.options.samples, first=10_000)
        channel = grpc.insecure_channel(process.grpc)
        arrived = {}
        stream = feed_pb2_grpc.FeedServiceStub(channel).Subscribe(feed_pb2.SubscribeRequest(beginning=True))

        def read():
            try:
                for response in stream:
                    for entry in response.items:
                        arrived[entry.item.envelope.url] = time.monotonic()
            except grpc.RpcError:
                pass
        threading.Thread(target=read, daemon=True).start()
        submit = fetch_pb2_grpc.FetchServiceStub(channel)
        latency = []
        for line in pages.read_text().splitlines():
            page = json.loads(line)
            begin = time.monotonic()
            list(submit.SubmitPages(iter([fetch_pb2.SubmitPagesRequest(url=page["url"], text=page["text"], title=page["title"])])))
            try:
                harness.wait_for(lambda: page["url"] in arrived, "delivery", 5, interval=0.001)
                latency.append(arrived[page["url"]] - begin)
            except AssertionError:
                continue  # Off the topic, or a near copy: it is not delivered.
        stream.cancel()
        return latency


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=6000)
    parser.add_argument("--live", type=int, default=0, help="documents that the program remembers before the measurement")
    parser.add_argument("--samples", type=int, default=60)
    Bench.options = parser.parse_args()
    return 0 if unittest.TextTestRunner(stream=sys.stderr).run(Bench()).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
