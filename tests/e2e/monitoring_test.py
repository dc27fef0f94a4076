"""The metrics are what the catalogue says, the alerts do what their tests say, and every query of rules and dashboard runs on a real
Prometheus that scrapes the running program."""
import json
import pathlib
import re
import socket
import subprocess
import unittest
import urllib.parse
import urllib.request

import harness
from subscriber_test import write_pages

MONITORING = harness.ROOT / "monitoring"


def read_catalogue():
    """{family: (type, label names)}"""
    families = {}
    for line in (MONITORING / "metrics.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, kind, labels, _ = [part.strip() for part in line.split("|")]
            families[name] = (kind, set(labels.split(",")) - {"-"})
    return families


def read_scrape(text):
    families, kinds = {}, dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    for line in text.splitlines():
        match = re.match(r"([a-z_]+)(?:\{(.*)\})? ", line)
        if not match:
            continue
        name = match.group(1)
        family = name if name in kinds else re.sub(r"_(bucket|sum|count)$", "", name)
        labels = set(re.findall(r'(\w+)="', match.group(2) or "")) - {"le"}
        families[family] = (kinds[family], labels)
    return families


class MonitoringTest(harness.Case):
    def run_flow(self):
        process = self.serve(self.embedded(fetch=self.fetch_config()))
        pages = self.folder / "pages.jsonl"
        write_pages(pages, 20)
        process.cli("replay", str(pages))
        self.first_items(process, self.wait_ended(process, 20))
        return process

    def prometheus(self, process):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        config = self.folder / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(MONITORING / "prometheus/rules.yaml")],
            "scrape_configs": [{"job_name": "sluice", "static_configs": [{"targets": [process.addresses["http"]]}]}]}))
        child = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder / 'tsdb'}",
                                  f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (child.terminate(), child.wait()))

        def query(expression):
            url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
            try:
                with urllib.request.urlopen(url, timeout=10) as answer:
                    return json.load(answer)["data"]["result"]
            except urllib.error.HTTPError as error:
                if error.code == 503:  # It starts.
                    return None
                raise AssertionError(f"{expression}: {error.read().decode()}") from error
            except OSError:
                return None

        harness.wait_for(lambda: query("count_over_time(sluice_build_info[1m]) > 3"), "Prometheus has scraped", 60)
        return query

    def test_the_scrape_matches_the_catalogue(self):
        found = read_scrape(self.run_flow().http("/metrics")[1])
        self.assertEqual(found, read_catalogue())

    def test_the_alerts_pass_their_tests(self):
        folder = MONITORING / "prometheus"
        subprocess.run(["promtool", "check", "rules", "rules.yaml"], cwd=folder, check=True, capture_output=True)
        subprocess.run(["promtool", "test", "rules", "rules_test.yaml"], cwd=folder, check=True, capture_output=True)
        alerts = set(re.findall(r"alert: (\w+)", (folder / "rules.yaml").read_text()))
        self.assertEqual(alerts, {path.stem for path in (MONITORING / "runbooks").glob("*.md")})
        tested = set(re.findall(r"alertname: (\w+)", (folder / "rules_test.yaml").read_text()))
        self.assertEqual(alerts, tested)

    def test_every_query_runs_on_a_real_prometheus(self):
        query = self.prometheus(self.run_flow())
        dashboard = json.loads((MONITORING / "grafana/sluice.json").read_text())
        known = read_catalogue()
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                expression = target["expr"].replace("$__rate_interval", "1m")
                self.assertIsNotNone(query(expression), panel["title"])
                for name in re.findall(r"\b((?:sluice|process)_\w+)", expression):
                    self.assertIn(re.sub(r"_bucket$", "", name), known, panel["title"])
        for panel in ("Pages received by stage", "Latency, 99 % of records", "Memory", "Shard states", "Freshness",
                      "Calls refused for their token"):
            target = next(entry for entry in dashboard["panels"] if entry["title"] == panel)["targets"][0]
            self.assertTrue(query(target["expr"].replace("$__rate_interval", "1m")), f"{panel} is empty")
        self.assertFalse(query('ALERTS{alertstate="firing"}'))


if __name__ == "__main__":
    unittest.main(verbosity=2)
