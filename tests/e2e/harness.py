"""Runs the real program for end-to-end tests: processes on free loopback ports, a Kafka broker where one is wanted, small web servers."""
import atexit
import contextlib
import functools
import html
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SLUICE_BUILD", ROOT / "build/release"))
PROGRAM = BUILD / "bin/sluice"
SHARED = ROOT.parent / "shared"
STAGES = ["fetch", "deboilerplate", "dedupe", "classify-relevance", "feed"]


def require_shared(*parts):
    """The path of development data; skips the test, saying so, where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        raise unittest.SkipTest(f"development data {'/'.join(parts)} is not there")
    return path


def wait_for(condition, what, timeout=60.0, interval=0.02):
    """Returns the first true value of condition(); fails after `timeout` seconds, naming what was waited for."""
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        pause.wait(interval)


def count_published(metrics):
    """Pages that have ended in the clean feed since the process began."""
    return int(metrics.get('sluice_records_passed_total{stage="classify-relevance"}', 0))


def count_ended(metrics):
    """Pages that have ended since the process began."""
    return count_published(metrics) + int(sum(value for series, value in metrics.items() if series.startswith(
        ("sluice_records_dropped_total", "sluice_records_dead_lettered_total"))))


class Process:
    """One `sluice serve`. Its log goes to a file; the addresses come from the line that it writes when it listens."""

    def __init__(self, config, folder, target="all", name=None, arguments=()):
        self.name = name or target.replace(",", "-")
        self.folder = pathlib.Path(folder)
        self.config = self.folder / f"{self.name}.json"
        self.config.write_text(json.dumps(config))  # JSON is YAML.
        self.log = self.folder / f"{self.name}.log"
        self.target = target
        self.arguments = list(arguments)
        self.child = None
        self.addresses = {}

    def start(self, listening=True):
        log = open(self.log, "ab")
        begin = log.tell()
        self.child = subprocess.Popen(
            [str(PROGRAM), "serve", "--config", str(self.config), "--target", self.target,
             "--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", *self.arguments],
            cwd=self.folder, stdout=log, stderr=log)
        log.close()
        if listening:
            self.addresses = wait_for(lambda: self._find_addresses(begin), f"{self.name} listens; see {self.log}")
        return self

    def _find_addresses(self, begin):
        text = self.log.read_bytes()[begin:].decode(errors="replace")
        match = re.search(r"serve\.listening (.*)\n", text)
        if match:
            return dict(pair.split("=", 1) for pair in match.group(1).split())
        if self.child.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.child.returncode}: {text[-2000:]}")
        return None

    @property
    def grpc(self):
        return self.addresses["grpc"]

    def http(self, path, timeout=10):
        """(status, body) of a GET."""
        try:
            with urllib.request.urlopen(f"http://{self.addresses['http']}{path}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def ready(self):
        with contextlib.suppress(OSError):
            return self.http("/readyz")[0] == 200
        return False

    def wait_ready(self, timeout=180):
        wait_for(self.ready, f"{self.name} is ready; see {self.log}", timeout)
        return self

    def metrics(self):
        """{series: value}, a series as Prometheus writes it."""
        result = {}
        for line in self.http("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                series, value = line.rsplit(" ", 1)
                result[series] = float(value)
        return result

    def rss_bytes(self):
        return self.metrics()["process_resident_memory_bytes"]

    def alive(self):
        return self.child is not None and self.child.poll() is None

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def stop(self, timeout=60):
        """SIGTERM; returns the exit status."""
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(timeout)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        return self.child.returncode

    def cli(self, *arguments, check=True, timeout=60):
        """Runs another verb against this process; returns the finished process."""
        return run(arguments[0], "--address", self.grpc, *arguments[1:], check=check, timeout=timeout)


def run(*arguments, check=True, timeout=120, **options):
    done = subprocess.run([str(PROGRAM), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, arguments))}: status {done.returncode}: {done.stderr[-2000:]}")
    return done


class Broker:
    """A real Kafka broker on free loopback ports."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "kafka"

    def _script(self, name, *arguments):
        return subprocess.run([str(ROOT / "deploy/kafka" / name), str(self.folder), *arguments],
                              check=True, capture_output=True, text=True, timeout=180).stdout

    def start(self):
        self._script("start", "--while", str(os.getpid()))
        return self

    def stop(self):
        self._script("stop")

    def kill(self):
        self._script("kill")

    @property
    def address(self):
        return (self.folder / "bootstrap").read_text().strip()


class Web:
    """A web server of a test: `pages` maps a path to a function of the handler that answers it, or to (status, type, body)."""

    def __init__(self, address="127.0.0.1"):
        self.pages = {}
        self.requests = []  # (path, headers), in order.
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.close_connection = True
                web.requests.append((self.path, dict(self.headers)))
                page = web.pages.get(self.path)
                if page is None:
                    page = (404, "text/plain", b"not found")
                with contextlib.suppress(OSError):
                    page(self) if callable(page) else self.answer(*page)

            def answer(self, status, media_type, body, **headers):
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://{address}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve_feed(self, path, links):
        """An RSS feed at `path` of (title or None, absolute URL)."""
        items = "".join(f"<item>{f'<title>{html.escape(title)}</title>' if title else ''}<link>{html.escape(url)}</link></item>" for title, url in links)
        text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>feed</title><link>{self.base}</link>{items}</channel></rss>'
        self.pages[path] = (200, "application/rss+xml", text.encode())

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Case(unittest.TestCase):
    """A test with a folder of its own and processes that end with it."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-e2e-"))
        self.addCleanup(self._remove_folder)

    def _remove_folder(self):
        failed = any(error for _, error in getattr(self._outcome, "errors", [])) or (
            self._outcome.result is not None and any(case is self for case, _ in
                                                     self._outcome.result.failures + self._outcome.result.errors))
        if failed:
            print(f"kept for a look: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def serve(self, config, target="all", name=None, arguments=(), ready=True):
        process = Process(config, self.folder, target, name, arguments)
        self.addCleanup(lambda: process.alive() and process.kill())
        process.start()
        return process.wait_ready() if ready else process

    def web(self, address="127.0.0.1"):
        web = Web(address)
        self.addCleanup(web.stop)
        return web

    def fetch_config(self, *sources, **options):
        """A fetch section that may ask this machine, quickly."""
        return {"contact": "https://example.org/crawler", "host_interval": "10ms", "allowed_private_networks": ["127.0.0.0/8"],
                "sources": list(sources), **options}

    def broker(self):
        broker = Broker(self.folder).start()
        self.addCleanup(broker.stop)
        return broker

    def embedded(self, **sections):
        return {"log": {"embedded": {"directory": str(self.folder / "data")}}, **sections}

    def kafka(self, broker, partitions=1, **sections):
        return {"log": {"kafka": {"bootstrap_servers": broker.address, "partitions": partitions,
                                  "state_directory": str(self.folder / "state")}}, **sections}

    def tail(self, process, *arguments, timeout=120):
        """The items that the clean feed has, from its beginning."""
        done = process.cli("tail", "--from", "beginning", "--format", "jsonl", *(arguments or ("--no-follow",)), timeout=timeout)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def wait_ended(self, process, pages, timeout=180):
        """Waits until so many pages have ended since the process began; returns how many of them ended in the clean feed."""
        def ended():
            metrics = process.metrics()
            return count_ended(metrics) >= pages and (count_published(metrics),)
        return wait_for(ended, f"an end of {pages} pages", timeout, interval=0.2)[0]

    def first_items(self, process, count):
        """The first so many items of the clean feed, however long they take to come."""
        items = self.tail(process, "--limit", str(count), "--idle-exit", "90s")
        self.assertEqual(len(items), count)
        return items

    def explain(self, process, url):
        done = process.cli("explain", url, "--format", "json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def assert_conserved(self, *processes):
        """Per stage: received = passed + dropped + dead-lettered + in flight."""
        sums = {}
        for process in processes:
            for series, value in process.metrics().items():
                match = re.match(r'sluice_records_(received_total|passed_total|dropped_total|dead_lettered_total|in_flight)\{.*stage="([^"]+)"', series)
                if match:
                    stage = sums.setdefault(match.group(2), {})
                    stage[match.group(1)] = stage.get(match.group(1), 0) + value
        self.assertTrue(sums)
        for stage, values in sums.items():
            self.assertEqual(values["received_total"],
                             values["passed_total"] + values.get("dropped_total", 0) + values["dead_lettered_total"] + values["in_flight"],
                             f"{stage}: {values}")
        return sums


@functools.cache
def python_protos():
    """Makes Python code of our protos importable: generated once a process, and gone with it."""
    out = tempfile.mkdtemp(prefix="sluice-python-")
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    protos = [str(path.relative_to(ROOT / "proto")) for path in sorted((ROOT / "proto/sluice").rglob("*.proto"))]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-I", str(ROOT / "proto"), f"--python_out={out}",
                    f"--grpc_python_out={out}", *protos], check=True, capture_output=True)
    sys.path.insert(0, out)
