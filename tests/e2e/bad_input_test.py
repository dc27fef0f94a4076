"""What users get wrong, and what the world does to them, ends in a message that helps."""
import contextlib
import gzip
import json
import os
import re
import shlex
import socket
import subprocess
import unittest

import harness
from subscriber_test import write_pages


KAFKA = "log: {kafka: {bootstrap_servers: 'h:1'}}\n"


class BadInputTest(harness.Case):
    def refuse(self, *arguments, status=1):
        """The message with which a call is refused."""
        done = harness.run(*arguments, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def test_configuration_mistakes_are_named(self):
        for text, expected in (
                ("log: {embedded: {directory: data}}\nfetch:\n  contat: x\n", ["line 3", "fetch.contat", "did you mean contact?"]),
                ("log: {embedded: {directory: data}}\ngrpc: {listen: 'localhost'}\n", ["grpc.listen", "there is no port"]),
                ("log: {}\n", ["log.embedded", "log.kafka"]),
                ("log: {embedded: {directory: data}}\nfetch: {host_interval: fast}\n", ["fetch.host_interval", "duration"]),
                ("log: {embedded: {directory: data}}\nfetch: {sources: [{id: a, feed: 'https://a.example/'}]}\n", ["fetch.contact"]),
                ("log: {embedded: {directory: data}}\nclassify_relevance: {topics: [topics/none.yaml]}\n", ["topics/none.yaml"]),
                ("log: {embedded: {directory: data}}\nruntime: {ordinal: 3, replicas: 2}\n", ["runtime.ordinal"]),
                ("log: {kafka: {bootstrap_servers: 'h:1', properties: {enable.auto.commit: 'true'}}}\n", ["enable.auto.commit"]),
                ("- log\n", ["line 1: a group of keys"]),
                ("log: {embedded: {directory: data}}\nruntime: {threads: 4294967295}\n", ["runtime.threads", "at most 1024"]),
                ("log: {embedded: {directory: data}}\nclassify_relevance: {publish_score_min: 0.3, retract_score_min: 0.5}\n",
                 ["retract_score_min 0.5", "publish_score_min 0.3"]),
                ("log: {kafka: {bootstrap_servers: 'h:1', properties: {bogus.name: 'x'}}}\n", ["no property bogus.name"]),
                ("log: {kafka: {bootstrap_servers: 'h:1', topic_prefix: 'a b'}}\n", ["log.kafka.topic_prefix"]),
                (KAFKA + "dedupe: {document_memory: 365d}\n", ["dedupe.document_memory", "8760h", "100d"]),
                (KAFKA + "feed: {retention: 365d}\n", ["feed.retention", "8760h", "30d"]),
                (KAFKA + "feed: {outcome_retention: 15d}\n", ["feed.outcome_retention", "360h", "14d"])):
            path = self.write("sluice.yaml", text)
            message = self.refuse("config", "check", path)
            for part in expected:
                self.assertIn(part, message)

    def test_what_the_log_keeps_may_be_remembered(self):
        limits = "dedupe: {document_memory: 100d}\nfeed: {retention: 30d, outcome_retention: 14d}\n"
        beyond = "dedupe: {document_memory: 365d}\nfeed: {retention: 365d, outcome_retention: 365d}\n"
        for text in (KAFKA + limits, "log: {embedded: {directory: data}}\n" + beyond):
            harness.run("config", "check", self.write("sluice.yaml", text))

    def test_a_topic_file_with_a_mistake_is_named_with_its_line(self):
        self.write("topic.yaml", "# A topic.\nconceptz: {}\n")
        path = self.write("sluice.yaml", "log: {embedded: {directory: data}}\nclassify_relevance: {topics: [topic.yaml]}\n")
        message = self.refuse("config", "check", path)
        self.assertIn("topic.yaml", message)
        self.assertRegex(message, "line 2|:2")
        self.assertIn("conceptz", message)

    def test_serve_without_a_configuration_says_how_to_get_one(self):
        self.assertIn("config print-default", self.refuse("serve"))
        self.assertIn("config print-default", self.refuse("serve", "--config", self.folder / "none.yaml"))
        self.assertIn("fetch, deboilerplate", self.refuse("serve", "--config", self.write("c.yaml", json.dumps(self.embedded())), "--target", "fetsch"))

    def test_the_default_configuration_is_in_order(self):
        path = self.write("sluice.yaml", harness.run("config", "print-default").stdout)
        self.assertIn("in order", harness.run("config", "check", path).stdout)

    def test_a_port_in_use_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            config = self.write("c.yaml", json.dumps(self.embedded()))
            for flag, key in (("--grpc-listen", "grpc.listen"), ("--http-listen", "http.listen")):
                other = {"--grpc-listen": "--http-listen", "--http-listen": "--grpc-listen"}[flag]
                message = self.refuse("serve", "--config", config, flag, f"127.0.0.1:{port}", other, "127.0.0.1:0")
                self.assertIn(f"127.0.0.1:{port}", message)
                self.assertIn(key, message)

    def test_wrong_use_is_told_from_failure_by_its_status(self):
        for arguments, expected in (
                ([], "name a verb: serve, "),
                (["dlq"], "name a verb: list, "),
                (["extract"], "name a FILE or URL"),
                (["classify"], "name a FILE or URL"),
                (["dedupe"], "name a FILE or URL"),
                (["extract", "--jsonl", "-", "page.html"], "excludes"),
                (["extract", "--jsonl", "-", "--why"], "--why requires FILE|URL"),
                (["extract", "page.html", "--site-memory"], "--site-memory requires --jsonl"),
                (["classify", "--jsonl", "-", "--title", "T"], "--title requires FILE|URL"),
                (["dedupe", "--jsonl", "-", "--why"], "--why requires FILE|URL"),
                (["extract", "--jsonl", "-", "--threads", "-1"], "--threads"),
                (["classify", "--jsonl", "-", "--threads", "100000"], "--threads"),
                (["dedupe", "--jsonl", "-", "--memory-bytes", "5"], "--memory-bytes"),
                (["dlq", "replay"], "--stage NAME"),
                (["dlq", "list", "--stage", "dedup"], "dedupe"),
                (["tail", "--limit", "0"], "--limit"),
                (["replay", "--limit", "-1", "a.jsonl"], "--limit"),
                (["explain", "https://a.example/\udcff"], "is not UTF-8"),
                (["sources", "--address", ""], "--address is empty"),
                (["submit"], "--page FILE"),
                (["submit", "https://a.example/", "--title", "T"], "--title requires --page"),
                (["submit", "https://a.example/", "--date", "2026-11-22"], "--date requires --page"),
                (["submit", "--page", "a.html"], "--url URL")):
            self.assertIn(expected, self.refuse(*arguments, status=2))

    def test_the_rights_on_a_cluster_are_told(self):
        path = self.write("k.yaml", "log: {kafka: {bootstrap_servers: 'h:1', topic_prefix: 'news.', create_topics: false}}\n")
        topics, groups, transactions = harness.run("topics", "acls", "--config", path, "--principal", "User:me").stdout.splitlines()
        self.assertEqual(groups, "kafka-acls.sh --bootstrap-server 'h:1' --add --allow-principal 'User:me' --resource-pattern-type prefixed "
                                 "--group 'news.' --operation Describe --operation Read")
        self.assertIn("--topic 'news.'", topics)
        self.assertNotIn("Create", topics)
        self.assertIn("--transactional-id 'news.'", transactions)
        topics, _, _ = harness.run("topics", "acls", "--config", path, "--principal", "User:CN=Tim O'Hara").stdout.splitlines()
        self.assertIn("User:CN=Tim O'Hara", shlex.split(topics))
        self.assertIn("no log.kafka", self.refuse("topics", "acls", "--config", self.write("c.yaml", json.dumps(self.embedded()))))

    def test_every_script_tells_what_it_does_without_doing_it(self):
        for script in sorted((harness.ROOT / "script").iterdir()):
            if not script.read_bytes().startswith(b"#!"):
                continue
            done = subprocess.run([script, "--help"], cwd="/", capture_output=True, text=True, timeout=20, check=True)
            self.assertRegex(done.stdout, r"^[A-Z][^#]+\.\n", script)
            self.assertNotIn("bootstrap: ready", done.stdout)

    def test_a_directory_instead_of_a_file_is_named(self):
        for arguments in (["extract", self.folder], ["extract", "--jsonl", self.folder], ["classify", self.folder],
                          ["classify", "--topic", self.folder, "-"], ["dedupe", self.folder], ["config", "check", self.folder],
                          ["submit", "--page", self.folder, "--url", "https://a.example/"]):
            message = self.refuse(*arguments)
            self.assertIn(str(self.folder), message)
            self.assertIn("Is a directory", message)
        lines = self.write("pages.jsonl", json.dumps({"id": "a", "file": "."}) + "\n" + json.dumps({"id": "b", "text": "A story."}) + "\n")
        done = harness.run("extract", "--jsonl", lines, check=False)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (1, 1), done.stderr)
        self.assertRegex(done.stderr, "line 1: .*Is a directory")

    def test_a_directory_in_use_is_named(self):
        process = self.serve(self.embedded())
        message = self.refuse("serve", "--config", process.config, "--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0")
        self.assertIn(str(self.folder / "data"), message)

    def test_a_process_that_nobody_can_reach_any_more_ends(self):
        config = self.write("c.yaml", json.dumps(self.embedded()))
        path = self.folder / "few-files.log"
        with open(path, "w") as log:
            process = subprocess.Popen(["sh", "-c", 'ulimit -n 150; exec "$@"', "sh", harness.PROGRAM, "serve", "--config", config,
                                        "--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"], stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        port = harness.wait_for(lambda: re.search(r"serve.listening grpc=127.0.0.1:(\d+)", path.read_text()), "the port")[1]
        with contextlib.ExitStack() as connections:
            with contextlib.suppress(ConnectionError):  # It may have ended before the last.
                for _ in range(200):
                    connections.enter_context(socket.create_connection(("127.0.0.1", int(port))))
            self.assertEqual(process.wait(60), 1)
        self.assertIn("LimitNOFILE", path.read_text())

    def test_a_broker_that_is_away_is_waited_for(self):
        broker = self.broker()
        config = self.kafka(broker)
        broker.stop()
        process = self.serve(config, "deboilerplate", ready=False)
        harness.wait_for(lambda: "deboilerplate 0:" in process.http("/readyz")[1], "/readyz says why", 60)
        self.assertEqual(process.http("/readyz")[0], 503)
        self.assertEqual(process.http("/livez")[0], 200)
        broker.start()
        process.wait_ready()
        broker.kill()
        self.assertTrue(process.alive())
        broker.start()
        process.wait_ready()
        self.assertEqual(process.stop(), 0)

    def test_a_damaged_archive_is_named_and_the_rest_goes_on(self):
        process = self.serve(self.embedded())
        pages = self.folder / "pages.jsonl"
        write_pages(pages, 4)
        lines = pages.read_text().splitlines()
        lines[1] = '{"url": "https://broken.example/", "text": '
        pages.write_text("\n".join(lines) + "\n")
        done = process.cli("replay", str(pages), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("pages.jsonl", done.stderr)
        self.assertIn("line 2", done.stderr)
        self.assertIn("replayed 3 pages", done.stderr)

        record = (b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://warc.example/%d\r\nWARC-Date: 2026-01-05T12:00:00Z\r\n"
                  b"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-00000000000%d>\r\nContent-Type: application/http; msgtype=response\r\n"
                  b"Content-Length: %d\r\n\r\n%s\r\n\r\n")
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><body><p>A page in an archive, number one of two.</p></body></html>"
        whole = b"".join(gzip.compress(record % (n, n, len(http), http)) for n in (1, 2))
        cut = self.folder / "cut.warc.gz"
        cut.write_bytes(whole[:-40])
        done = process.cli("replay", str(cut), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cut.warc.gz", done.stderr)
        self.assertRegex(done.stderr, r"offset \d+|byte \d+|at \d+")
        self.assertIn("replayed 1 page", done.stderr)

    def test_cursors_that_are_forged_or_foreign_are_refused(self):
        process = self.serve(self.embedded())
        pages = self.folder / "pages.jsonl"
        write_pages(pages, 10)
        process.cli("replay", str(pages))
        items = self.first_items(process, self.wait_ended(process, 10))
        cursor = items[-1]["cursor"]
        forged = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
        self.assertIn("cursor", process.cli("tail", "--from", forged, "--idle-exit", "2s", check=False).stderr)
        self.assertEqual(process.stop(), 0)

        other = self.serve({"log": {"embedded": {"directory": str(self.folder / "other")}}}, name="other")
        write_pages(pages, 10, first=50)
        other.cli("replay", str(pages))
        self.first_items(other, len(items))
        done = other.cli("tail", "--from", cursor, "--idle-exit", "2s", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--from", done.stderr)

    def test_batch_lines_that_are_no_json_are_named_and_the_rest_goes_on(self):
        path = self.write("in.jsonl", '{"id": "1", "title": "Fentanyl", "text": "Fentanyl policy."}\nnot json\n{"id": "2", "title": "", "text": "Peaches."}\n')
        done = harness.run("classify", "--jsonl", path, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("line 2", done.stderr)
        self.assertEqual([json.loads(line)["id"] for line in done.stdout.splitlines()], ["1", "2"])

    def test_null_is_no_member(self):
        story = " ".join(["A story of two sentences. It has some words."] * 8)
        path = self.write("in.jsonl", json.dumps({"id": "a", "html": None, "file": None, "text": story}) + "\n")
        (line,) = harness.run("extract", "--jsonl", path).stdout.splitlines()
        self.assertEqual(json.loads(line)["text"], story)

    def test_the_memory_of_who_started_it_is_not_counted(self):
        ballast = b"x" * (300 << 20)
        stats = json.loads(harness.run("classify", "--jsonl", "/dev/null", "--stats").stderr)
        self.assertLess(stats["max_rss_bytes"], len(ballast))
        self.assertGreater(stats["max_rss_bytes"], 1 << 20)

    def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(self):
        process = self.serve(self.embedded())
        nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "grpc_proxy")}
        harness.run("sources", "--address", process.grpc, env={**os.environ, **nowhere})

    def test_more_urls_than_a_call_takes_are_told_one_by_one(self):
        process = self.serve(self.embedded())
        urls = [f"http://10.0.0.1/{number}" for number in range(1001)]
        refused = process.cli("submit", *urls, check=False)
        self.assertEqual((refused.returncode, len(refused.stderr.splitlines())), (1, len(urls)))
        self.assertEqual(process.cli("withdraw", *urls).stdout.split()[1::2], urls)
        self.assertEqual(process.stop(), 0)

    def test_a_source_that_was_taken_out_is_told(self):
        web = self.web()
        web.serve_feed("/feed.xml", [("A headline", f"{web.base}/story.html")])
        agency = {"id": "agency", "feed": f"{web.base}/feed.xml", "interval": "10ms"}
        process = self.serve(self.embedded(fetch=self.fetch_config(agency, source_interval_max="10ms")))

        def state():
            return process.cli("sources").stdout.partition("agency")[2]

        harness.wait_for(lambda: "  ok" in state(), "a visit")
        self.assertEqual(process.stop(), 0)
        process = self.serve(self.embedded(), name="without")
        harness.wait_for(lambda: "overdue: it is configured no more" in state(), "what became of the source")

    def test_output_that_cannot_be_written_is_a_failure(self):
        line = json.dumps({"id": "a", "title": "T", "text": "Some words. " * 20}) + "\n"
        path = self.write("lines.jsonl", line * 300)
        for arguments in (("dedupe", "--jsonl", path), ("dedupe", "--why", path), ("version",)):
            with open("/dev/full", "w") as full:
                done = subprocess.run([str(harness.PROGRAM), *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("written", done.stderr)

    def test_what_has_no_text_is_not_labelled_and_none_commands_the_terminal(self):
        lines = [{"title": "Taken back", "text": ""}, {"title": "\x1b[2JClear", "text": "\x1b]0;x\x07\u00e9" * 1000}]
        path = self.write("lines.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        labels = self.folder / "labels.jsonl"
        done = subprocess.run([str(harness.PROGRAM), "label", str(path), "--labels", str(labels)], input=b"2\n2\n", capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertNotIn("\ufffd", done.stdout.decode(errors="replace"), "a character that was cut")
        self.assertEqual([json.loads(line)["text"] for line in labels.read_text().splitlines()], [lines[1]["text"]])

    def test_an_empty_file_has_nothing_to_label(self):
        labels = self.folder / "labels.jsonl"
        for content in ("", "\n"):
            message = harness.run("label", self.write("none.jsonl", content), "--grade", "2", "--labels", labels).stderr
            self.assertIn("0 labelled", message)
        self.assertEqual(labels.read_text(), "")

    def test_no_page_commands_the_terminal_in_extract_and_classify(self):
        command = "\x1b[2J\x9b31m\x7f"
        block = f"<p class='{command}'>The town{command} said on Monday that it will build a bridge over the river, and that fentanyl is no part of it.</p>"
        page = f"<html><title>A bridge{command} comes</title><article><h1>A bridge{command} comes</h1><p>By Jane{command} Doe</p>{block * 6}</article></html>"
        for arguments in (("extract", "page.html"), ("classify", "page.html"), ("classify", "page.txt", "--title", command)):
            name = arguments[1]
            path = self.write(name, page if name == "page.html" else f"Fentanyl{command} came.\nIt went.\n")
            shown = harness.run(arguments[0], path, "--why", *arguments[2:]).stdout
            self.assertIn("\n", shown)
            self.assertEqual(re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown), [], arguments)

    def test_no_document_commands_the_terminal_in_dedupe(self):
        story = {"title": "\x1b[2JClear", "text": "Some words that come twice. " * 20}
        lines = "".join(json.dumps({"id": f"{number}\x1b]0;x\x07", **story}) + "\n" for number in range(2))
        shown = harness.run("dedupe", "--why", self.write("stories.jsonl", lines)).stdout
        self.assertIn("2 documents", shown)
        self.assertNotIn("\x1b", shown)

    def test_a_full_disk_ends_the_process_loudly_and_loses_nothing(self):
        if subprocess.run(["sh", "-c", "test $(id -u) = 0"]).returncode != 0:
            self.skipTest("a small file system can be mounted by root alone")
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(disk)], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount a small file system: {mounted.stderr.strip()}")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", str(disk)]))
        process = self.serve({"log": {"embedded": {"directory": str(disk / "data")}}})
        pages = self.folder / "pages.jsonl"
        write_pages(pages, 30)
        process.cli("replay", str(pages))
        before = self.first_items(process, self.wait_ended(process, 30))
        with open(disk / "ballast", "wb") as ballast:
            while True:
                try:
                    ballast.write(bytes(1 << 20))
                    ballast.flush()
                except OSError:
                    break
        write_pages(pages, 3000, first=100)
        process.cli("replay", str(pages), check=False)
        harness.wait_for(lambda: not process.alive(), "the process ends", 60)
        self.assertNotEqual(process.child.returncode, 0)
        self.assertIn("serve.failed", process.log.read_text())
        (disk / "ballast").unlink()
        process.start().wait_ready()
        after = self.first_items(process, len(before))
        self.assertEqual([item["id"] for item in after], [item["id"] for item in before])


if __name__ == "__main__":
    unittest.main(verbosity=2)
