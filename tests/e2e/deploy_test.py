"""The chart renders to what Kubernetes takes, its configurations are ones that the program takes, and the image has the libraries."""
import json
import pathlib
import re
import subprocess
import unittest

import harness
import kubernetes_validate
import yaml

CHART = harness.ROOT / "deploy/helm/sluice"
HELM = harness.ROOT / ".tools/bin/helm"
KUBERNETES = "1.31"
VALUES = {
    "kafka": {"bootstrapServers": "kafka-0:9093,kafka-1:9093", "properties": {"security.protocol": "SASL_SSL", "sasl.mechanisms": "SCRAM-SHA-512"},
              "existingSecret": "kafka-password"},
    "fetch": {"contact": "https://example.org/crawler", "sources": [{"id": "agency", "feed": "https://example.org/rss.xml", "interval": "10m"}]},
    "serviceMonitor": {"enabled": True}, "prometheusRule": {"enabled": True}, "dashboard": {"enabled": True},
}
# Not in Kubernetes' own schemas.
OPERATOR_KINDS = {"ServiceMonitor", "PrometheusRule"}


class ChartTest(harness.Case):
    def helm(self, *arguments, values=None, check=True):
        path = self.folder / "values.json"
        path.write_text(json.dumps(VALUES if values is None else values))
        done = subprocess.run([str(HELM), *arguments, str(CHART), "--values", str(path)], capture_output=True, text=True)
        if check:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def render(self, values=None):
        return [part for part in yaml.safe_load_all(self.helm("template", "--kube-version", KUBERNETES, "news", values=values).stdout) if part]

    def test_lint_finds_nothing(self):
        self.assertIn("0 chart(s) failed", self.helm("lint", "--strict").stdout)

    def test_every_object_is_valid(self):
        objects = self.render()
        kinds = {entry["kind"] for entry in objects}
        self.assertLessEqual({"StatefulSet", "Service", "ConfigMap", "PodDisruptionBudget", "NetworkPolicy", *OPERATOR_KINDS}, kinds)
        for entry in objects:
            if entry["kind"] not in OPERATOR_KINDS:
                kubernetes_validate.validate(entry, KUBERNETES, strict=True)
        names = [(entry["kind"], entry["metadata"]["name"]) for entry in objects]
        self.assertEqual(len(names), len(set(names)))

    def test_the_program_takes_every_configuration(self):
        for entry in self.render():
            if entry["kind"] == "ConfigMap" and "sluice.yaml" in entry["data"]:
                path = self.folder / "sluice.yaml"
                path.write_text(entry["data"]["sluice.yaml"])
                done = subprocess.run([str(harness.PROGRAM), "config", "check", str(path)], capture_output=True, text=True,
                                      env={"SLUICE_ORDINAL": "0", "PATH": "/usr/bin:/bin"})
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_new_source_restarts_fetch_alone(self):
        def checksums(values):
            return {entry["metadata"]["name"]: entry["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
                    for entry in self.render(values) if entry["kind"] == "StatefulSet"}

        before = checksums(VALUES)
        more = {**VALUES, "fetch": {**VALUES["fetch"], "sources": [{"id": "other", "feed": "https://example.org/atom.xml"}]}}
        after = checksums(more)
        self.assertEqual({name for name in before if before[name] != after[name]}, {"news-fetch"})

    def test_what_is_missing_is_named(self):
        done = self.helm("template", "news", values={"fetch": {"contact": "https://example.org"}}, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bootstrapServers", done.stderr)


class ImageTest(unittest.TestCase):
    @unittest.skipUnless(harness.BUILD.name == "release", "the image has the release build")
    def test_the_runtime_packages_have_every_library(self):
        listed = set((harness.ROOT / "deploy/docker/runtime-packages").read_text().split())
        libraries = re.findall(r"=> (/\S+)", subprocess.run(["ldd", str(harness.PROGRAM)], capture_output=True, text=True, check=True).stdout)
        self.assertTrue(libraries)
        direct = re.findall(r"NEEDED\s+(\S+)", subprocess.run(["objdump", "-p", str(harness.PROGRAM)], capture_output=True, text=True, check=True).stdout)
        for library in libraries:
            if pathlib.PurePath(library).name not in direct:
                continue  # Comes with the package that needs it.
            # dpkg knows a file by the path that its package gave it, with or without /usr.
            path = str(pathlib.Path(library).resolve())
            found = subprocess.run(["dpkg", "-S", path, path.removeprefix("/usr")], capture_output=True, text=True)
            package = found.stdout.split(":")[0]
            self.assertIn(package, listed | {"libc6", "libgcc-s1"}, library)


if __name__ == "__main__":
    unittest.main(verbosity=2)
