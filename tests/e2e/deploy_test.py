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

    def test_the_program_takes_every_configuration(self, values=None):
        for entry in self.render(values):
            if entry["kind"] == "ConfigMap" and "sluice.yaml" in entry["data"]:
                path = self.folder / "sluice.yaml"
                path.write_text(entry["data"]["sluice.yaml"])
                done = subprocess.run([str(harness.PROGRAM), "config", "check", str(path)], capture_output=True, text=True,
                                      env={"SLUICE_ORDINAL": "0", "PATH": "/usr/bin:/bin"})
                self.assertEqual(done.returncode, 0, done.stderr)

    def restarted(self, **values):
        """The stages that a change of `values` restarts."""
        def checksums(values):
            return {entry["metadata"]["name"]: entry["spec"]["template"]["metadata"]["annotations"]["checksum/config"]
                    for entry in self.render(values) if entry["kind"] == "StatefulSet"}

        before, after = checksums(VALUES), checksums({**VALUES, **values})
        return {name.removeprefix("news-") for name in before if before[name] != after[name]}

    def test_a_change_restarts_its_own_stage_alone(self):
        sources = [{"id": "other", "feed": "https://example.org/atom.xml"}]
        self.assertEqual(self.restarted(fetch={**VALUES["fetch"], "sources": sources}), {"fetch"})
        self.assertEqual(self.restarted(config={"dedupe": {"document_memory": "60d"}}), {"dedupe"})
        self.assertEqual(self.restarted(config={"runtime": {"threads": 2}}), set(harness.STAGES))

    def test_a_topic_file_restarts_classify_relevance(self):
        self.assertEqual(self.restarted(classifyRelevance={"topicFiles": {"own.yaml": "topic: own\n"}}), {"classify-relevance"})

    def configuration(self, stage, values):
        return next(yaml.safe_load(entry["data"]["sluice.yaml"]) for entry in self.render(values)
                    if entry["kind"] == "ConfigMap" and entry["metadata"]["name"] == f"news-{stage}")

    def test_the_topic_files_say_what_is_published_until_a_value_does(self):
        self.assertNotIn("publish_score_min", self.configuration("classify-relevance", VALUES)["classify_relevance"])
        values = {**VALUES, "classifyRelevance": {"publishScoreMin": 0}}
        self.assertEqual(self.configuration("classify-relevance", values)["classify_relevance"]["publish_score_min"], 0)

    def test_what_users_set_has_an_effect(self):
        values = {**VALUES, "fetch": {**VALUES["fetch"], "options": {"revisit": False, "body_bytes_max": 1048576}},
                  "config": {"deboilerplate": {"site_memory": False}, "runtime": {"drain_max": "20s"}}}
        fetch = self.configuration("fetch", values)
        self.assertIs(fetch["fetch"]["revisit"], False)
        self.assertEqual(fetch["runtime"]["drain_max"], "20s")
        self.assertIs(self.configuration("deboilerplate", values)["deboilerplate"]["site_memory"], False)
        self.assertEqual(self.configuration("feed", values)["fetch"], {"body_bytes_max": 1048576})

    def test_shards_are_shared_by_ordinal_or_by_a_group(self):
        self.assertEqual(self.configuration("deboilerplate", VALUES)["runtime"]["replicas"], 2)
        shared = {**VALUES, "ownership": "group"}
        for stage in ("fetch", "deboilerplate", "dedupe", "classify-relevance"):
            self.assertEqual(self.configuration(stage, shared)["runtime"], {"ownership": "group", "drain_max": "45s"})
        self.assertNotIn("ownership", self.configuration("feed", shared)["runtime"])
        self.test_the_program_takes_every_configuration(shared)

    def test_what_would_have_no_effect_is_refused(self):
        for values, named in [
                ({"confg": {}}, "confg"), ({"stages": {"feeds": {"replicas": 1}}}, "feeds"), ({"config": {"log": {}}}, "log"),
                ({"config": {"grpc": {"listen": "0.0.0.0:1"}}}, "grpc"), ({"networkPolicy": {"feedClient": []}}, "feedClient"),
                ({"config": {"runtime": {"replicas": 3}}}, "stages.<stage>.replicas"), ({"config": {"runtime": {"ownership": "group"}}}, "ownership"),
                ({"ownership": "none"}, "ownership"),
                ({"config": {"classify_relevance": {"publish_score_min": 0.7}}}, "classifyRelevance.publishScoreMin"),
                ({"fetch": {**VALUES["fetch"], "options": {"contact": "me"}}}, "fetch.contact")]:
            done = self.helm("template", "--kube-version", KUBERNETES, "news", values={**VALUES, **values}, check=False)
            self.assertNotEqual(done.returncode, 0, values)
            self.assertIn(named, done.stderr)
        self.render({**VALUES, "global": {"of": "a chart above"}})

    def test_every_pod_is_scraped_once(self):
        objects = self.render()
        monitor = next(entry for entry in objects if entry["kind"] == "ServiceMonitor")["spec"]["selector"]
        self.assertEqual(set(monitor), {"matchLabels"})
        chosen = [entry["spec"]["selector"]["app.kubernetes.io/component"] for entry in objects
                  if entry["kind"] == "Service" and monitor["matchLabels"].items() <= entry["metadata"]["labels"].items()]
        self.assertEqual(sorted(chosen), sorted(harness.STAGES))

    def test_feed_clients_are_the_only_ones_at_the_feeds_ports(self):
        clients = [{"podSelector": {"matchLabels": {"reads": "news"}}}]
        values = {**VALUES, "serviceMonitor": {"enabled": False}, "networkPolicy": {"feedClients": clients}}
        policies = {entry["metadata"]["name"]: entry["spec"]["ingress"] for entry in self.render(values) if entry["kind"] == "NetworkPolicy"}
        self.assertEqual([rule["from"] for rule in policies["news-feed"]], [clients])
        self.assertEqual([rule["from"] for rule in policies["news-dedupe"]], [[{"namespaceSelector": {}}]])
        done = self.helm("template", "--kube-version", KUBERNETES, "news", values={**values, "serviceMonitor": {"enabled": True}}, check=False)
        self.assertIn("networkPolicy.monitoring", done.stderr)

    def secured(self, **more):
        return {**VALUES, "tls": {"existingSecret": "feed-tls", "http": True, **more}, "tokens": {"existingSecret": "feed-tokens", "scopes": ["read", "admin"]}}

    def test_certificates_and_tokens_are_mounted_as_folders_and_configured(self):
        values = self.secured(clientCa=True)
        feed = self.configuration("feed", values)
        self.assertEqual(feed["grpc"]["tls"], {"certificate": "/etc/sluice/tls/tls.crt", "key": "/etc/sluice/tls/tls.key",
                                               "client_ca": "/etc/sluice/tls/ca.crt"})
        self.assertEqual(feed["grpc"]["tokens"], {"read_file": "/etc/sluice/tokens/read", "admin_file": "/etc/sluice/tokens/admin"})
        self.assertNotIn("client_ca", feed["http"]["tls"])
        objects = self.render(values)
        for entry in objects:
            if entry["kind"] not in OPERATOR_KINDS:
                kubernetes_validate.validate(entry, KUBERNETES, strict=True)
            if entry["kind"] != "StatefulSet":
                continue
            pod = entry["spec"]["template"]["spec"]
            container = pod["containers"][0]
            mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
            for path, secret in (("/etc/sluice/tls", "feed-tls"), ("/etc/sluice/tokens", "feed-tokens")):
                self.assertNotIn("subPath", mounts[path])  # Which would stay as it was.
                volume = next(volume for volume in pod["volumes"] if volume["name"] == mounts[path]["name"])
                self.assertEqual(volume["secret"]["secretName"], secret)
            self.assertEqual(container["readinessProbe"]["httpGet"]["scheme"], "HTTPS")
            environment = {variable["name"]: variable.get("value") for variable in container["env"]}
            self.assertEqual(environment["SLUICE_CA"], "/etc/sluice/tls/ca.crt")
            self.assertEqual(environment["SLUICE_SERVER_NAME"], "news-feed.default.svc")
            self.assertEqual(environment["SLUICE_TOKEN_FILE"], "/etc/sluice/tokens/admin")
        monitor = next(entry for entry in objects if entry["kind"] == "ServiceMonitor")["spec"]["endpoints"][0]
        self.assertEqual((monitor["scheme"], monitor["tlsConfig"]["ca"]), ("https", {"secret": {"name": "feed-tls", "key": "ca.crt"}}))

    def test_the_program_takes_the_secured_configuration(self):
        folder = self.folder / "etc"
        for name in ("tls", "tokens"):
            (folder / name).mkdir(parents=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", str(folder / "tls/tls.key"),
                        "-out", str(folder / "tls/tls.crt"), "-subj", "/CN=feed"], check=True, capture_output=True)
        (folder / "tls/ca.crt").write_bytes((folder / "tls/tls.crt").read_bytes())
        for scope in ("read", "admin"):
            (folder / "tokens" / scope).write_text(scope * 16)
        path = self.folder / "sluice.yaml"
        for more in ({}, {"clientCa": True}):
            path.write_text(json.dumps(self.configuration("feed", self.secured(**more))).replace("/etc/sluice", str(folder)))
            done = subprocess.run([str(harness.PROGRAM), "config", "check", str(path)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_would_not_be_secure_is_refused(self):
        for values, named in [
                ({"tokens": {"existingSecret": "t"}}, "tls.existingSecret"), ({"tls": {"http": True}}, "tls.existingSecret"),
                ({"tokens": {"existingSecret": "t"}, "tls": {"existingSecret": "c"}}, "pages"), ({"pages": "token"}, "tokens.existingSecret"),
                ({"tls": {"existingSecret": "c", "clientCa": True, "ca": ""}}, "clientCa"), ({"tokens": {"scopes": ["root"]}}, "scopes")]:
            done = self.helm("template", "--kube-version", KUBERNETES, "news", values={**VALUES, **values}, check=False)
            self.assertNotEqual(done.returncode, 0, values)
            self.assertIn(named, done.stderr)
        for pages in ("none", "open"):
            self.render({**VALUES, "tokens": {"existingSecret": "t"}, "tls": {"existingSecret": "c"}, "pages": pages})

    def test_what_is_missing_is_named(self):
        done = self.helm("template", "news", values={"fetch": {"contact": "https://example.org"}}, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bootstrapServers", done.stderr)


class ComposeTest(unittest.TestCase):
    COMPOSE = harness.ROOT / "deploy/compose"

    def test_the_broker_is_the_tested_one_and_its_log_is_on_the_volume(self):
        kafka = yaml.safe_load((self.COMPOSE / "compose.yaml").read_text())["services"]["kafka"]
        self.assertEqual(kafka["image"], "apache/kafka:" + (harness.ROOT / "deploy/kafka/version").read_text().strip())
        self.assertEqual(kafka["volumes"], ["kafka:" + kafka["environment"]["KAFKA_LOG_DIRS"]])

    def test_the_program_takes_the_configuration(self):
        for path in (self.COMPOSE / "sluice.yaml", harness.ROOT / "deploy/config/sluice.yaml"):
            done = subprocess.run([str(harness.PROGRAM), "config", "check", str(path)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)


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
