#!/usr/bin/env python3
"""Runs Sluice against the sample web and prints what comes out of it. script/demo calls it."""
import argparse
import datetime
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
PROGRAM = ROOT / "build/release/bin/sluice"
STAGES = ["fetch", "deboilerplate", "dedupe", "classify-relevance", "feed"]
STALLED_SECONDS_MAX = 180.0  # Without progress, before the end; then something is broken.
LOOK_INTERVAL_SECONDS = 0.2


def find_outstanding(url, asked, told, shown):
    """What has yet to happen before all there is to see of a page has been shown; "" if nothing.

    `asked`: when its last version was first asked for, or None where nobody has; "" where it has no versions. `told`: explain's answer, or
    why there is none. `shown`: the ids of the items that the feed has brought.
    """
    if asked is None:
        return f"{url} has yet to be asked for"
    if isinstance(told, str):
        return f"{url} has no outcome yet: {told}"
    first, last = told["outcomes"][0], told["outcomes"][-1]
    if asked and datetime.datetime.fromisoformat(first["time"]) < datetime.datetime.fromisoformat(asked):
        return f"the last version of {url} has no outcome yet"
    if not told["final"]:
        return f"{url} is still in work, after {last['stage']}"
    if last["outcome"] == "passed" and told["id"] not in shown:
        return f"{url} has been published, and has yet to come"
    return ""


class Demo:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-demo-"))
        self.children = []
        self.logs = {}  # Of those that have one, by process.
        self.broker = None
        self.shown = []  # Ids of the items that have come.

    def run_child(self, *command, **redirections):
        child = subprocess.Popen([str(part) for part in command], cwd=self.folder, **redirections)
        self.children.append(child)
        return child

    def start_web(self):
        child = self.run_child(sys.executable, FOLDER / "web.py", "--interval", self.options.interval, "--slow", self.options.slow,
                               stdout=subprocess.PIPE, text=True)
        return json.loads(child.stdout.readline())

    def start_broker(self):
        print("Starting a Kafka broker ...", flush=True)
        self.broker = self.folder / "kafka"
        started = subprocess.run([ROOT / "deploy/kafka/start", self.broker], check=True, capture_output=True, text=True)
        return started.stdout.split()[-1]

    def write_config(self, web):
        if self.options.kafka:
            log = {"kafka": {"bootstrap_servers": self.start_broker(), "partitions": 2, "state_directory": str(self.folder / "state")}}
        else:
            log = {"embedded": {"directory": str(self.folder / "data")}}
        sources = [{"id": site["id"], "interval": "1s"} | site["source"] for site in web["sites"]]
        path = self.folder / "sluice.yaml"
        path.write_text(json.dumps({
            "log": log,
            "fetch": {"contact": "https://example.org/about-our-crawler", "host_interval": "100ms", "allowed_private_networks": ["127.0.0.0/8"],
                      "revisits": ["3s", "6s"], "source_interval_max": "2s", "sources": sources},
            "classify_relevance": {"topics": ["topics/fentanyl-policy.yaml"]}}))  # JSON is YAML.
        return path

    def serve(self, config, target):
        log_path = self.folder / f"{target}.log"
        with open(log_path, "wb") as log:
            child = self.run_child(PROGRAM, "serve", "--config", config, "--target", target, "--grpc-listen", "127.0.0.1:0",
                                   "--http-listen", "127.0.0.1:0", stdout=log, stderr=log)
        self.logs[child.pid] = log_path
        while True:
            found = re.search(r"serve\.listening (.*)\n", log_path.read_text(errors="replace"))
            if found:
                return dict(pair.split("=") for pair in found.group(1).split())
            if child.poll() is not None:
                raise SystemExit(f"{target} did not start:\n{log_path.read_text(errors='replace')}")
            time.sleep(0.05)

    def start(self):
        web = self.start_web()
        config = self.write_config(web)
        targets = STAGES if self.options.kafka else ["all"]
        addresses = {target: self.serve(config, target) for target in targets}
        feed = addresses["feed" if self.options.kafka else "all"]
        print(f"{len(web['sites'])} sample sites publish {web['articles']} articles on 127.0.1.1 to 127.0.1.{len(web['sites'])}, port {web['port']}.")
        for target, listening in addresses.items():
            print(f"{'Sluice' if target == 'all' else target}: gRPC {listening['grpc']}, metrics http://{listening['http']}/metrics")
        print(f"Live page: http://{feed['http']}/   Atom: http://{feed['http']}/feed.atom   JSON: http://{feed['http']}/feed.json\n", flush=True)
        return web, feed

    def start_tail(self, feed):
        return self.run_child(PROGRAM, "tail", "--address", feed["grpc"], "--from", "beginning", "--format", "jsonl", stdout=subprocess.PIPE, text=True)

    def show_feed(self, tail):
        """Prints items as they come, until the tail ends."""
        for line in tail.stdout:
            item = json.loads(line)
            print(f"[{item['event']}] {item['title']}\n    {', '.join([item['site'] or item['url'], *item['author']])}  "
                  f"score {item['score']:.2f}  {' '.join(value for values in item['facets'].values() for value in values)}")
            print("    " + item["text"].replace("\n", " ")[:240] + " ...\n", flush=True)
            self.shown.append(item["id"])

    def show_feed_to_end(self, web, feed):
        """Prints items until the last sample page has its outcome and all that were published have come, however long that takes."""
        tail = self.start_tail(feed)
        reader = threading.Thread(target=self.show_feed, args=(tail,), daemon=True)
        reader.start()
        left = self.pages(web)
        progress, since = None, time.monotonic()
        while True:
            if ended := next((child for child in self.children if child.poll() is not None), None):
                log = self.logs.get(ended.pid)
                raise SystemExit(f"{' '.join(ended.args)} ended with status {ended.returncode} before the demo did\n"
                                 + (log.read_text(errors="replace")[-2000:] if log else ""))
            pending, outstanding = self.find_first_outstanding(web, feed, left)
            if not outstanding:
                break
            if progress != (pending, len(left), len(self.shown)):
                progress, since = (pending, len(left), len(self.shown)), time.monotonic()
            if time.monotonic() - since > STALLED_SECONDS_MAX + float(self.options.interval):
                raise SystemExit(f"the demo has stood still for {STALLED_SECONDS_MAX:.0f} s before its end: {outstanding}")
            time.sleep(LOOK_INTERVAL_SECONDS)
        tail.terminate()
        reader.join()

    def find_first_outstanding(self, web, feed, left):
        """How many articles are unpublished, and what the end waits for first ("": nothing). Takes pages that wait for nothing out of `left`."""
        with urllib.request.urlopen(web["sites"][0]["base"] + "/web.json", timeout=STALLED_SECONDS_MAX) as answer:
            state = json.load(answer)
        if state["pending"]:
            return state["pending"], f"{state['pending']} articles have yet to be published"
        while left:
            outstanding = find_outstanding(left[0], state["asked"].get(left[0], ""), self.explain(feed, left[0]), self.shown)
            if outstanding:
                return 0, outstanding
            left.pop(0)
        return 0, ""

    def pages(self, web):
        """The URLs of all pages that the sample sites name."""
        by_id = {site["id"]: site["base"] for site in web["sites"]}
        sites = list(by_id.values())
        urls = [f"{by_id[article['site']]}/2026/{article['id']}.html" for article in json.loads((FOLDER / "articles.json").read_text()) if "update_of" not in article]
        return urls + [sites[0] + "/members/minutes.html", sites[0] + "/2019/removed.html", sites[1] + "/consent.html", sites[1] + "/section.html"]

    def explain(self, feed, url):
        """What became of a page, or a text that says why that is not known."""
        done = subprocess.run([PROGRAM, "explain", "--address", feed["grpc"], url, "--format", "json"], capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip()

    def show_drops(self, web, feed):
        """Names what was dropped, and why; returns how many pages."""
        print("Dropped on the way:")
        dropped = 0
        for url in self.pages(web):
            told = self.explain(feed, url)
            if isinstance(told, str):
                print(f"    {url}: {told}")
                continue
            last = told["outcomes"][-1]
            if last["outcome"] == "dropped":
                dropped += 1
                print(f"    {url}\n        {last['stage']}: {last['reason']}{' (' + last['detail'] + ')' if last['detail'] else ''}")
        return dropped

    def stop(self):
        for child in reversed(self.children):
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        for child in self.children:
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
        if self.broker:
            subprocess.run([ROOT / "deploy/kafka/stop", self.broker], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--once", action="store_true", help="end after the last sample page")
    parser.add_argument("--kafka", action="store_true", help="separate stages over a real Kafka broker")
    parser.add_argument("--interval", default="1.0", help="seconds between two articles")
    parser.add_argument("--slow", default="0", help="seconds that one of the sites takes to answer for an article")
    options = parser.parse_args()

    demo = Demo(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        web, feed = demo.start()
        if options.once:
            demo.show_feed_to_end(web, feed)
        else:
            demo.show_feed(demo.start_tail(feed))
        dropped = demo.show_drops(web, feed)
        print(f"\n{len(demo.shown)} items in the clean feed, {dropped} pages dropped with a reason.")
        return 0 if demo.shown and dropped else 1
    except KeyboardInterrupt:
        return 0
    finally:
        demo.stop()


if __name__ == "__main__":
    sys.exit(main())
