#!/usr/bin/env python3
"""Runs Sluice against the sample web and prints what comes out of it. script/demo calls it."""
import argparse
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

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
PROGRAM = ROOT / "build/release/bin/sluice"
STAGES = ["fetch", "deboilerplate", "dedupe", "classify-relevance", "feed"]
END_AFTER_IDLE = 6.0  # Seconds.


class Demo:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-demo-"))
        self.children = []
        self.broker = None

    def run_child(self, *command, **redirections):
        child = subprocess.Popen([str(part) for part in command], cwd=self.folder, **redirections)
        self.children.append(child)
        return child

    def start_web(self):
        child = self.run_child(sys.executable, FOLDER / "web.py", "--interval", self.options.interval, stdout=subprocess.PIPE, text=True)
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
        sources = [{"id": feed["id"], "feed": feed["url"], "interval": "1s"} for feed in web["feeds"]]
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
        while True:
            found = re.search(r"serve\.listening (.*)", log_path.read_text(errors="replace"))
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
        print(f"{len(web['feeds'])} sample sites publish {web['articles']} articles on 127.0.1.1 to 127.0.1.{len(web['feeds'])}, port {web['port']}.")
        for target, listening in addresses.items():
            print(f"{'Sluice' if target == 'all' else target}: gRPC {listening['grpc']}, metrics http://{listening['http']}/metrics")
        print(f"Live page: http://{feed['http']}/   Atom: http://{feed['http']}/feed.atom   JSON: http://{feed['http']}/feed.json\n", flush=True)
        return web, feed

    def show_feed(self, feed, seconds):
        """Prints items as they come; returns them once nothing has come for some seconds."""
        arguments = ["tail", "--address", feed["grpc"], "--from", "beginning", "--format", "jsonl"]
        if seconds is not None:
            arguments += ["--idle-exit", f"{seconds:.0f}s"]
        child = self.run_child(PROGRAM, *arguments, stdout=subprocess.PIPE, text=True)
        items = []
        for line in child.stdout:
            item = json.loads(line)
            items.append(item)
            print(f"[{item['event']}] {item['title']}\n    {item['site'] or item['url']}, {', '.join(item['author'])} "
                  f"score {item['score']:.2f}  {' '.join(value for values in item['facets'].values() for value in values)}")
            print("    " + item["text"].replace("\n", " ")[:240] + " ...\n", flush=True)
        return items

    def show_drops(self, web, feed):
        """Names what was dropped, and why."""
        print("Dropped on the way:")
        by_id = {entry["id"]: entry["url"].removesuffix("/feed.xml") for entry in web["feeds"]}
        sites = list(by_id.values())
        urls = [f"{by_id[article['site']]}/2026/{article['id']}.html" for article in json.loads((FOLDER / "articles.json").read_text()) if "update_of" not in article]
        urls += [sites[0] + "/members/minutes.html", sites[0] + "/2019/removed.html", sites[1] + "/consent.html", sites[1] + "/section.html"]
        dropped = 0
        for url in urls:
            done = subprocess.run([PROGRAM, "explain", "--address", feed["grpc"], url, "--format", "json"], capture_output=True, text=True)
            if done.returncode != 0:
                print(f"    {url}: {done.stderr.strip()}")
                continue
            last = json.loads(done.stdout)["outcomes"][-1]
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
    options = parser.parse_args()

    demo = Demo(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        web, feed = demo.start()
        # Some articles are off the topic, so that an item may take a few intervals to come; longer than that is the end.
        idle = 5 * float(options.interval) + END_AFTER_IDLE
        items = demo.show_feed(feed, idle if options.once else None)
        dropped = demo.show_drops(web, feed)
        print(f"\n{len(items)} items in the clean feed, {dropped} pages dropped with a reason.")
        return 0 if items and dropped else 1
    except KeyboardInterrupt:
        return 0
    finally:
        demo.stop()


if __name__ == "__main__":
    sys.exit(main())
